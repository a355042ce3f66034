"""Fixtures of this folder."""

from small_library import shipped, small

__all__ = ["shipped", "small"]
