"""What the terminal prints reaches any terminal: signs that its encoding lacks are written another way."""

from __future__ import annotations

import codecs
import io
import json
import sys

_PLAIN = {"→": "->", "←": "<-", "−": "-", "–": "-", "—": "-", "≥": ">=", "≤": "<=", "…": "...", "’": "'", "×": "x"}


def _spelled(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    out = ""
    for sign in error.object[error.start : error.end]:
        plain = _PLAIN.get(sign)
        out += plain or sign.encode("ascii", "backslashreplace").decode("ascii")
    return out, error.end


def any_terminal() -> None:
    """Let stdout and stderr write whatever they are given; called once, before anything is printed."""
    codecs.register_error("workbench.plain", _spelled)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="workbench.plain")


def _whole() -> bool:
    """Whether the encoding of stdout holds every sign."""
    return (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "").startswith("utf")


def remark(text: str) -> None:
    """What is said beside the answer, which alone is on stdout."""
    print(text, file=sys.stderr)


def as_json(value: object) -> str:
    """JSON for stdout; with escapes of its own where the encoding of stdout can not hold every sign."""
    return json.dumps(value, ensure_ascii=not _whole(), indent=1, default=str)


def as_yaml(text: str) -> str:
    """YAML for stdout, in which signs beyond ASCII stand in double quotes or remarks: with escapes of its own where
    stdout is not UTF-8, as what is then written to a file is read as UTF-8."""
    return text if _whole() else "".join(c if c < "\x80" else _escaped(ord(c)) for c in text)


def _escaped(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
