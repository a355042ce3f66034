"""Files that more than one test lays out."""

DRAFT = """\
draft: more-room
author: A. Author
reason: to see what happens
created: 2026-11-23
changes:
  physical-therapy:
    limits:
      change:
        - {where: {condition: low_back_pain}, visits: {set: 16}}
"""
