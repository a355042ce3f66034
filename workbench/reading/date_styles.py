"""How a mapping writes the style of dates: DD.MM.YYYY, MM/DD/YY, D MMM YYYY."""

from __future__ import annotations

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
    """The strptime format of a date style such as DD.MM.YYYY, or None if it does not say a day, month and year."""
    text, out = style, ""
    while text:
        token = next((t for t in _TOKENS if text.startswith(t[0])), None)
        if token is None and (text[0].isalpha() or text[0] == "%"):
            return None
        out += token[1] if token else text[0]
        text = text[len(token[0]) if token else 1 :]
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
                "write it like DD.MM.YYYY, MM/DD/YYYY or D MMM YYYY",
                key,
            )
        else:
            formats.append(found)
    return tuple(formats)
