"""Dossiers: all that is known about a change, in one folder whose every number can be computed again."""
