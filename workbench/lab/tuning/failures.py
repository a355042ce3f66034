"""What the machine could not do, as a sentence for people: no error names, no numbers."""

from __future__ import annotations

from workbench.documents.outputs import cause


def failure(error: Exception) -> str:
    """`drafts: the disk is full`; for anything but files, that the workbench met what it did not expect."""
    if isinstance(error, OSError):
        why = cause(error.errno) if error.errno else error.strerror or "the file could not be used"
        return f"{error.filename}: {why}." if error.filename else f"{why[:1].upper()}{why[1:]}."
    if isinstance(error, MemoryError):
        return "There is not enough memory for this."
    return f"The workbench met something that it did not expect ({type(error).__name__})."
