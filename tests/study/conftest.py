"""Fixtures of this folder."""

from desk_cases import _desk, cases, desk, library, prepared

__all__ = ["_desk", "cases", "desk", "library", "prepared"]
