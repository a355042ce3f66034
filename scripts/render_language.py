"""Write docs/language.md from its template and the tables of tests/spec. `--check` only says whether it is stale."""

from __future__ import annotations

import re
import sys
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from rendering import settle  # noqa: E402
from spec.tables import refused, rows  # noqa: E402

from workbench.language.tree import OPERATORS  # noqa: E402

PAGE, TEMPLATE = ROOT / "docs" / "language.md", ROOT / "scripts" / "language.template.md"
_UNKNOWN = {
    "strict": "unknown if an operand is",
    "kleene": "as in Logic",
    "known": "always known",
    "first": "the first known operand",
    "branch": "unknown if the condition that decides is",
    "bounds": "unknown unless a known end settles it",
}
_SHOWN = {
    "days_between": "days between",
    "weeks_between": "weeks between",
    "negate": "- (sign)",
    "case_of": "case … when",
}


def code(text: str) -> str:
    """As code within a table: a bar would end the cell, a backtick the code."""
    text = text.replace("|", "\\|")
    return f"`` {text} ``" if "`" in text else f"`{text}`" if text else ""


def table(header: str, lines: list[tuple[str, ...]]) -> str:
    names = header.split("|")
    out = [f"| {' | '.join(names)} |", "|" + "---|" * len(names)]
    return "\n".join(out + [f"| {' | '.join(cells)} |" for cells in lines])


def topic(name: str) -> str:
    return table(
        "expression|facts|answer|asked|note",
        [
            (
                code(r.expression),
                code(r.facts),
                r.answer if r.answer.startswith("error") else code(r.answer),
                ", ".join(map(code, r.asked.split())),
                r.note.replace("|", "\\|"),
            )
            for r in rows(name)
        ],
    )


def operators() -> str:
    listed = sorted(OPERATORS.values(), key=lambda o: (o.level == 0, o.level))
    lines = []
    for (level, _), group in groupby(listed, key=lambda o: (o.level, o.unknown)):
        these = list(group)
        names = dict.fromkeys(code(_SHOWN.get(o.name, o.symbol)) for o in these)
        lines.append((str(level or ""), ", ".join(names), _UNKNOWN[these[0].unknown]))
    return table("binds|operators|with an unknown operand", lines)


def errors() -> str:
    return table(
        "expression|place|code|message|hint",
        [
            (code(r.expression), r.place, code(r.code), r.message.replace("|", "\\|"), r.hint.replace("|", "\\|"))
            for r in refused()
        ],
    )


def page() -> str:
    text = TEMPLATE.read_text(encoding="utf-8")
    text = text.replace("{{operators}}", operators()).replace("{{errors}}", errors())
    return re.sub(r"\{\{table (\w+)\}\}", lambda m: topic(m[1]), text)


if __name__ == "__main__":
    sys.exit(settle({PAGE: page()}))
