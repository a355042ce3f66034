"""The lines of a CSV file: which encoding they are in, where each ends, and what makes one of no use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from workbench.cases.values import Misfit
from workbench.reading.cell_texts import short

LONGEST_LINE = 1_000_000  # bytes of one line
BOM = b"\xef\xbb\xbf"
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_WRITTEN_OUT = {i: f"\\x{i:02x}" for i in (*range(9), 11, 12, *range(14, 32), 127, 0xFFFE, 0xFFFF)}


@dataclass(frozen=True)
class Line:
    """A physical line; `fault` says why it can not be used, and `text` then shows its bytes as well as can be. `end` is
    the byte after it, `number` its place in the file, from 1."""

    text: str
    fault: Misfit | None = None
    end: int = 0
    number: int = 0


class Form(NamedTuple):
    """How the bytes of a file are lines; `whole`: only Python's own decoder tells where its lines end."""

    path: Path
    encoding: str
    whole: bool = False


def form_of(path: Path, said: str) -> Form:
    """Found out from how the file begins: byte order marks, UTF-16 without one (every other byte of plain text is
    zero), and lines that end in CR alone (old Macintosh exports)."""
    with path.open("rb") as file:
        start = file.read(65_536)
    encoding = said or "utf-8"
    if not said and start.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        encoding = "utf-32"
    elif not said and start.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif not said and len(start) > 8:
        odd, even = start[1:400:2], start[0:400:2]
        if odd.count(0) > 0.3 * len(odd) and not even.count(0):  # other letters than Latin ones have no zeros
            encoding = "utf-16-le"
        elif even.count(0) > 0.3 * len(even) and not odd.count(0):
            encoding = "utf-16-be"
    if _wide(encoding):
        return Form(path, encoding, True)
    whole = b"\r" in start and b"\n" not in start
    return Form(path, "utf-8-sig" if whole and encoding == "utf-8" else encoding, whole)


def _wide(encoding: str) -> bool:
    return encoding.replace("_", "-").startswith(("utf-16", "utf-32"))


def lines_of(form: Form, offset: int = 0, number: int = 1) -> Iterator[Line]:
    """Physical lines from a byte on, of which the first has this number; decoded one by one, so that one line in
    another encoding spoils no other."""
    path, encoding = form.path, form.encoding
    if form.whole:
        yield from _wide_lines(path, encoding)
        return
    with path.open("rb") as file:
        file.seek(offset)
        start = offset == 0
        while data := file.readline(LONGEST_LINE + 1):
            if len(data) > LONGEST_LINE and not data.endswith(b"\n"):
                while (more := file.readline(LONGEST_LINE)) and not more.endswith(b"\n"):
                    pass
                yield Line(data[:200].decode(encoding, "backslashreplace") + "…", _TOO_LONG, file.tell(), number)
            else:
                data = data.removeprefix(BOM) if start else data
                yield replace(_decoded(data, encoding), end=file.tell(), number=number)
            start = False
            number += 1


_TOO_LONG = Misfit("too-large", f"a line of more than {LONGEST_LINE:,} bytes")
_ENDS = ("\r", "\n")


def _wide_lines(path: Path, encoding: str) -> Iterator[Line]:
    number = 1
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        try:
            while text := file.readline(LONGEST_LINE):
                if len(text) == LONGEST_LINE and not text.endswith(_ENDS):
                    while (more := file.readline(LONGEST_LINE)) and not more.endswith(_ENDS):
                        pass
                    yield Line(text[:200] + "…", _TOO_LONG, number=number)
                else:
                    yield replace(_checked(text), number=number)
                number += 1
        except UnicodeError as error:  # without the mark at its start, UTF-16 can be read in two ways
            hint = f"say `encoding: {encoding}-le` in the mapping, or -be"
            yield Line("", Misfit("unreadable", str(error), hint), number=number)


def _decoded(data: bytes, encoding: str) -> Line:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        shown = data.decode(encoding, "backslashreplace")
        hint = _other_encoding(data, encoding)
        message = f"byte {data[error.start]:#04x} is not {encoding.upper()}"
        return Line(shown, Misfit("unreadable", message, hint, not_in=encoding))
    if seen := _in_utf8(data, encoding):
        message = f"the row is UTF-8 and not {encoding.upper()}, in which it would hold {short(seen)}"
        hint = "write all rows of the file in one encoding"
        return Line(data.decode(), Misfit("unreadable", message, hint, not_in=encoding))
    return _checked(text)


def _other_encoding(data: bytes, encoding: str) -> str:
    """In what else a line may be written that is not in this encoding."""
    others = "name the one it is written in by `encoding` in the mapping, such as cp850 (DOS) or mac-roman"
    if encoding != "utf-8":
        return others
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return f"nor CP1252, which was tried too; {others}"
    return "if the file is from Windows, say `encoding: cp1252` in the mapping"


# Of these, the signs that letters of UTF-8 turn into stand beside one another in no word (`Ã¼`).
_WESTERN = ("cp1252", "iso8859-1", "iso8859-15", "cp1250", "iso8859-2", "cp1254", "cp850", "cp437", "mac-roman")
_TWO_BYTES = re.compile(rb"(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})+")


def holds_utf8(data: bytes, encoding: str) -> re.Match[bytes] | None:
    """The first letters that are written in UTF-8, in bytes that are to be of a Western encoding."""
    return None if data.isascii() or encoding not in _WESTERN else _TWO_BYTES.search(data)


def _in_utf8(data: bytes, encoding: str) -> str:
    """What would stand for the first letters of a line that is UTF-8; empty where it is not."""
    if not (found := holds_utf8(data, encoding)):
        return ""
    try:
        data.decode()
    except UnicodeDecodeError:
        return ""
    return found[0].decode(encoding, "replace")


def _checked(text: str) -> Line:
    bad = CONTROL.search(text)
    if bad:
        fault = Misfit("unreadable", f"the row holds the character U+{ord(bad[0]):04X}")
        return Line(text.translate(_WRITTEN_OUT), fault)
    return Line(text)
