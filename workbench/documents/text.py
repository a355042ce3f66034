"""Reading a text file whole: what can not be read, is too large or is not plain UTF-8 text becomes a Problem."""

from __future__ import annotations

import re
from bisect import bisect_right
from pathlib import Path

from workbench.errors import Problem, Problems, closest

SIZE = 1_000_000  # bytes, which YAML takes ten seconds to read; the largest shipped file is a fifth of it
# Everything that has no business in a text file; the separators U+0085, U+2028 and U+2029 would also shift lines.
CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff"  # as a class of a pattern
CONTROL = re.compile(f"[{CONTROLS}\ud800-\udfff]")


class Lines:
    """Offsets of a text as line and column, both from 1."""

    def __init__(self, text: str):
        self._starts = [0, *(m.end() for m in re.finditer("\n", text))]

    def place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def read_text(path: Path | str, problems: Problems, *, shown: str = "", size: int = SIZE) -> str | None:
    """The text of a UTF-8 file (a byte order mark is dropped), or None with the reason added to `problems`.
    `shown` is the file's name in messages (default: the path as given)."""
    path, shown = Path(path), shown or str(path)

    def fail(code: str, message: str, hint: str = "") -> None:
        problems.add(Problem(code, message, shown, hint=hint))

    try:
        if not path.exists():
            beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
            meant = closest(path.name, beside)
            fail("missing-file", f"there is no file {path.name}", f"did you mean {meant}?" if meant else "")
        elif not path.is_file():
            fail("unreadable", f"{path.name} is not a file")
        elif path.stat().st_size > size:
            fail("too-large", f"the file has {path.stat().st_size} bytes; at most {size} are read")
        else:
            return decode(path.read_bytes(), problems, shown)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        fail("unreadable", f"the file can not be read: {reason}")
    return None


def decode(data: bytes, problems: Problems, shown: str) -> str | None:
    """UTF-8 bytes as text without control characters, or None with the reason added to `problems`."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        line, column = Lines(before).place(len(before))
        problems.add(
            Problem(
                "unreadable",
                f"byte {data[error.start]:#04x} is not UTF-8",
                shown,
                line,
                column,
                "save the file as UTF-8",
            )
        )
        return None
    return text if plain_text(text, problems, shown) else None


def plain_text(text: str, problems: Problems, shown: str) -> bool:
    """Whether the text is free of control characters; the first one is reported."""
    bad = CONTROL.search(text)
    if bad is None:
        return True
    line, column = Lines(text).place(bad.start())
    problems.add(
        Problem(
            "unreadable",
            f"the character U+{ord(bad[0]):04X} can not stand in a text file",
            shown,
            line,
            column,
            "save the file as UTF-8 text",
        )
    )
    return False


def entries(text: str) -> tuple[str, ...]:
    """What a cell or line lists, joined by `;`: ids of sources, kinds of evidence, one or one for each number."""
    return tuple(part.strip() for part in text.split(";") if part.strip())
