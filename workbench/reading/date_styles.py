"""How a mapping writes the style of dates: DD.MM.YYYY, MM/DD/YY, D MMM YYYY."""

from __future__ import annotations

import re

from workbench.documents.section import Section

# How a date style is written, and what strptime makes of it; longest first, so that MMM is not read as MM and M.
_TOKENS = (
    ("YYYY", "%Y"),
    ("MMMM", "%B"),
    ("MMM", "%b"),
    ("YY", "%y"),
    ("MM", "%m"),
    ("DD", "%d"),
    ("M", "%m"),
    ("D", "%d"),
)


def strptime_format(style: str) -> str | None:
    """The strptime format of a date style such as DD.MM.YYYY, or None if it does not say a day, month and year. What is
    no sign of these stands for itself; Latin letters only in quotation marks (`D" de "MMMM`), since HH or `Date` would
    surely be meant otherwise."""
    text, out = style, ""
    while text:
        token = next((t for t in _TOKENS if text.startswith(t[0])), None)
        as_is = re.match(r'"([^"%]*)"', text)
        if not token and not as_is and (text[0] in '%"' or text[0].isascii() and text[0].isalpha()):
            return None
        out += token[1] if token else as_is[1] if as_is else text[0]
        text = text[len(token[0]) if token else as_is.end() if as_is else 1 :]
    says = {"%Y": "y", "%y": "y", "%B": "m", "%b": "m", "%m": "m", "%d": "d"}
    kinds = [says[out[i : i + 2]] for i in range(len(out)) if out[i : i + 2] in says]
    return out if sorted(kinds) == ["d", "m", "y"] else None


def date_styles(section: Section, key: str) -> tuple[str, ...]:
    formats = []
    for style in section.take(key, "texts", default=()) or ():
        found = strptime_format(style)
        if found is None:
            section.fail(
                "bad-mapping",
                f"{style} does not say a day, a month and a year",
                'write it like DD.MM.YYYY, MM/DD/YYYY, D MMM YYYY or, with letters that stand in it, D" de "MMMM YYYY',
                key,
            )
        else:
            formats.append(found)
    return tuple(formats)
