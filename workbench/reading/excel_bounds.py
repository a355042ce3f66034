"""How large a workbook may be, seen before it is parsed: a file of 0.4 MB can hold a cell of 400 million characters."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import IO

from workbench.errors import Problem

LARGEST = 500_000_000  # bytes of the unpacked workbook
LONGEST_CELL = (
    200_000  # bytes between two marks; a cell of Excel holds 32,767 characters, of 6 bytes (`&quot;`) at most
)
LONGEST_ROW = 20_000_000  # bytes; 16,384 cells are a row of Excel
_BLOCK = 1_000_000


def too_large(path: Path) -> Problem | None:
    """What makes the workbook too large to be read, if anything: the whole, a cell, or a row. Memory holds one block.
    Raises what zipfile raises of a file that is no workbook."""
    with zipfile.ZipFile(path) as packed:
        size = sum(i.file_size for i in packed.infolist())
        if size > LARGEST:
            return _problem(path, f"the workbook unpacks to {size:,} bytes; at most {LARGEST:,} are read")
        for name in packed.namelist():
            if name.startswith("xl/") and name.endswith(".xml"):
                with packed.open(name) as file:
                    if problem := _stretches(path, name, file):
                        return problem
    return None


def _stretches(path: Path, name: str, file: IO[bytes]) -> Problem | None:
    cell = row = 0
    while block := file.read(_BLOCK):
        longest, cell = _longest(block, b"<", cell)
        if longest > LONGEST_CELL:
            return _problem(path, f"a cell of {name} holds more than {LONGEST_CELL:,} bytes")
        if "/worksheets/" in name:
            longest, row = _longest(block, b"<row", row)
            if longest > LONGEST_ROW:
                return _problem(path, f"a row of {name} holds more than {LONGEST_ROW:,} bytes")
    return None


def _longest(block: bytes, mark: bytes, before: int) -> tuple[int, int]:
    """The longest stretch without `mark` that ends in the block, and the one that goes on after it; `before` bytes of
    the first stood ahead of the block. A mark cut in two by the end of a block makes a stretch look longer at most."""
    parts = [len(part) for part in block.split(mark)]
    parts[0] += before
    return max(parts), parts[-1]


def _problem(path: Path, message: str) -> Problem:
    return Problem("too-large", message, str(path), hint="save the sheet as CSV")
