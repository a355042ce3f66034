"""Mental-health and habilitative care held against medical rehabilitative care: limits, criteria, thresholds, outcomes.

    compare_parity(library, requests=20000, seed=7).markdown()   # docs/parity.md
    python -m workbench.review.parity                            # `make docs`: write that page

What the page is for: parity of mental-health benefits (45 CFR 146.136, 42 CFR 438.910) asks that limits, and how
they are applied, are no stricter than for medical care; 45 CFR 156.115 (a) (5) asks the same of habilitative beside
rehabilitative care. The page shows; it does not judge that the law is kept. Outcomes are of invented requests, so that
they show how the rules work and not how many people there are.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from statistics import median

from workbench.documents.outputs import write_text
from workbench.engine import decision as d
from workbench.engine.setting import Setting, setting
from workbench.errors import ProblemsFound
from workbench.generator.generate import generate
from workbench.guideline.digests import short
from workbench.guideline.model import Criterion, Guideline, Library, LimitRow
from workbench.guideline.versions import latest_published
from workbench.language.interpret import evaluate
from workbench.language.tree import parameter_names
from workbench.study.care_groups import (
    GROUPS,
    HABILITATIVE,
    MEDICAL,
    MENTAL,
    Grouped,
    Outcome,
    Why,
    grouped,
    outcomes,
    reasons,
    stopped_by,
)
from workbench.study.replay import prepare, replay
from workbench.words.conditions import amount, trim
from workbench.words.numbers import true_minus

PAGE = "docs/parity.md"
REQUESTS, SEED = 20_000, 7
SHOWN = 0.01  # a reason that differs by less is not on the page
# What asks the same of both kinds of care: in words, rehabilitative, habilitative, whether the larger is stricter.
PAIRS = (
    ("limitation at the start, functional measure", "functional_deficit", "habilitative_functional_deficit", True),
    ("visits before progress is looked for", "reassess_after_visits", "habilitative_reassess_visits", False),
    ("goals reached that count as progress", "goals_needed", "habilitative_goals", True),
    ("days between re-evaluations", "reevaluate_after_days", "long_term_review_days", False),
)


@dataclass(frozen=True)
class LimitsOf:
    """The limit rows of one discipline that a group falls under. Visits and weeks: least, median, most."""

    discipline: str
    group: str
    rows: int
    visits: tuple[int, float, int]
    weeks: tuple[int, float, int]
    by_request: int  # rows whose numbers count each request alone


@dataclass(frozen=True)
class Asked:
    """A criterion, of which groups it is asked, and the share of each group's requests that it stopped."""

    discipline: str
    id: str
    of: tuple[bool, ...]  # in the order of GROUPS
    stopped: tuple[float | None, ...]


@dataclass(frozen=True)
class Parity:
    guidelines: tuple[str, ...]
    requests: int
    seed: int
    limits: tuple[LimitsOf, ...]
    thresholds: tuple[tuple[str, str, str, str], ...]  # in words, rehabilitative, habilitative, which is stricter
    criteria: tuple[Asked, ...]
    outcomes: tuple[Outcome, ...]
    reasons: tuple[Why, ...]

    def findings(self) -> list[str]:
        """What is less favourable to habilitative or mental-health care, in words; empty where nothing is."""
        out = [
            f"{what}: habilitative care is held to {b}, rehabilitative to {a}" for what, a, b, s in self.thresholds if s
        ]
        for o in self.outcomes:
            if o.high is not None and o.high < 0 and o.difference is not None:
                out.append(
                    f"{o.group}, {o.review} requests: settled at once {100 * -o.difference:.1f} points less often "
                    f"than {MEDICAL} ones (difference {_points(o.low)} to {_points(o.high)})"
                )
            shares = dict(o.shares)
            base = next((dict(x.shares) for x in self.outcomes if (x.group, x.review) == (MEDICAL, o.review)), shares)
            out += [
                f"{o.group}, {o.review} requests: {name.replace('_', ' ')} {_percent(shares[name])} %, {MEDICAL} ones "
                f"{_percent(base[name])} % (difference {_points(low)} to {_points(high)})"
                for name, _, low, high in o.held_up
                if low > 0
            ]
        for group in (HABILITATIVE, MENTAL):
            only = sorted({c.id for c in self.criteria if c.of[GROUPS.index(group)] and not c.of[0]})
            if only:
                out.append(f"asked of {group} care and not of {MEDICAL} care: {', '.join(only)}")
        return out

    def as_dict(self) -> dict[str, object]:
        return {
            "guidelines": list(self.guidelines),
            "requests": self.requests,
            "seed": self.seed,
            "limits": [x.__dict__ for x in self.limits],
            "thresholds": [
                dict(zip(("what", "rehabilitative", "habilitative", "stricter"), t, strict=True))
                for t in self.thresholds
            ],
            "criteria": [
                {
                    "discipline": c.discipline,
                    "id": c.id,
                    "asked_of": dict(zip(GROUPS, c.of, strict=True)),
                    "stopped": dict(zip(GROUPS, c.stopped, strict=True)),
                }
                for c in self.criteria
            ],
            "outcomes": [{**o.__dict__, "shares": dict(o.shares)} for o in self.outcomes],
            "reasons": [w.__dict__ for w in self.reasons],
            "findings": self.findings(),
        }

    def lines(self) -> list[str]:
        """What stands out, for the terminal."""
        out = [f"{', '.join(self.guidelines)}; {self.requests:,} invented requests, seed {self.seed}"]
        out += [
            f"{o.group}, {o.review}: {o.requests:,} requests of {o.people:,} people, {_percent(o.immediate)} % at once"
            for o in self.outcomes
        ]
        return [*out, *(f"stands out: {f}" for f in self.findings() or ["nothing"])]

    def markdown(self) -> str:
        """The page."""
        found = self.findings()
        parts = [
            "# Parity: mental-health and habilitative against medical rehabilitative care",
            f"Rendered by `workbench parity --out {PAGE}` (or `make docs`) from {', '.join(self.guidelines)}, on "
            f"{self.requests:,} invented requests (seed {self.seed}).",
            "**Mental health** is care for a diagnosis of chapter F of ICD-10-CM (autism, disorders of development, "
            "speech and language among them), rehabilitative or habilitative; in the tables of limits, those whose "
            "codes all lie in that chapter. **Habilitative** and **medical rehabilitative** care "
            "are the rest, by their aim. Maintenance care is left out. Mental-health parity asks that limits are no "
            "stricter than for medical care (45 CFR 146.136; for Medicaid's managed care 42 CFR 438.910; neither "
            "read here), and 45 CFR 156.115 (a) (5) the same of habilitative beside rehabilitative care. This page "
            "shows what the rules do. **Networks are not covered**: who is under contract, what is paid, how far and "
            "how long people wait is a part of parity of which nothing is known here. That the law is kept is for a "
            "lawyer to say.",
            "## What stands out",
            "\n".join(f"- {f}." for f in found) or "Nothing is less favourable.",
            "## Limits",
            "Least, median and most over the rows of each discipline. A number that counts each request starts anew "
            "with every authorization; one that counts the episode is used up.",
            _table(
                ["discipline", "group", "rows", "visits", "weeks", "rows that count each request"],
                [[x.discipline, x.group, x.rows, _three(x.visits), _three(x.weeks), x.by_request] for x in self.limits],
            ),
            "## Thresholds",
            _table(
                ["what", "rehabilitative", "habilitative", "stricter for habilitative"],
                [[a, b, c, "**yes**" if s else "no"] for a, b, c, s in self.thresholds],
            ),
            "## Criteria",
            "Whether a criterion is asked of a group, and the share of the group's requests, percent, that it stopped "
            "(unmet or unanswered).",
            _table(
                ["discipline", "criterion", *GROUPS],
                [[c.discipline, f"`{c.id}`", *map(_asked, c.of, c.stopped)] for c in self.criteria],
            ),
            "## Outcomes",
            "Shares of the group's requests, percent; *at once* is approved or not required, with the difference from "
            f"{MEDICAL} requests of the same kind in points (95 %, clustered by member).",
            _table(
                [
                    "group",
                    "requests",
                    "people",
                    "kind",
                    *(n.replace("_", " ") for n in d.DETERMINATIONS),
                    "at once",
                    "difference",
                ],
                [
                    [
                        o.group,
                        o.requests,
                        o.people,
                        o.review,
                        *(_percent(s) for _, s in o.shares),
                        _percent(o.immediate),
                        ""
                        if o.difference is None
                        else f"{_points(o.difference)} ({_points(o.low)} to {_points(o.high)})",
                    ]
                    for o in self.outcomes
                ],
            ),
            "## Reasons for the differences",
            "Reasons that a group's requests bear more or less often than "
            f"{MEDICAL} ones (percent of all requests of the kind, difference in points, 95 %); those of requests that "
            "need no authorization are among them, such as visits that a plan or a state frees. Left out are reasons "
            "that differ by less than a point, or whose bounds hold 0.",
            _table(
                ["group", "kind", "reason", "of its requests", f"of {MEDICAL} ones", "difference"],
                [
                    [
                        w.group,
                        w.review,
                        f"`{w.reason}`",
                        _percent(w.share),
                        _percent(w.medical),
                        f"{_points(w.share - w.medical)} ({_points(w.low)} to {_points(w.high)})",
                    ]
                    for w in self.reasons
                    if abs(w.share - w.medical) >= SHOWN
                ],
            ),
        ]
        return "\n\n".join(parts) + "\n"


def compare_parity(library: Library, *, requests: int = REQUESTS, seed: int = SEED) -> Parity:
    """The latest published guidelines, tried on generated requests."""
    chosen = setting(library)
    guidelines = latest_published(library)
    frame = prepare(generate(requests, seed, library), chosen)
    pair = grouped(replay(frame, chosen))
    rules = {g.id: chosen.rules(g, None) for g in guidelines}
    limits = [x for g in guidelines for x in _limits(library, g, rules[g.id].limits)]
    return Parity(
        tuple(f"{g.name} ({short(rules[g.id].guideline_digest)})" for g in guidelines),
        requests,
        seed,
        tuple(limits),
        _thresholds(chosen, guidelines),
        tuple(c for g in guidelines for c in _criteria(g, rules[g.id].criteria, rules[g.id].values, pair)),
        tuple(outcomes(pair)),
        tuple(reasons(pair)),
    )


def _discipline(guideline: Guideline) -> str:
    """PT, OT or ST: the discipline whose requests its scope takes."""
    names = [
        x
        for x in ("PT", "OT", "ST")
        if guideline.scope is not None and evaluate(guideline.scope, {"discipline": x}, {}).value is True
    ]
    return names[0] if len(names) == 1 else guideline.id


def _limits(library: Library, guideline: Guideline, rows: Sequence[LimitRow]) -> Iterable[LimitsOf]:
    table = library.condition_tables.get(library.tables(guideline).conditions, ())
    prefixes: dict[str, set[str]] = {}
    for row in table:
        prefixes.setdefault(row.condition, set()).update(p[0] for p in row.prefixes)
    mental = {condition for condition, letters in prefixes.items() if letters == {"F"}}
    for group in GROUPS:
        mine = [r for r in rows if _row_group(r, mental) in ((group,) if group == MENTAL else (group, "both"))]
        if mine:
            yield LimitsOf(
                _discipline(guideline),
                group,
                len(mine),
                _spread([r.visits for r in mine]),
                _spread([r.weeks for r in mine]),
                sum(r.counts == "request" for r in mine),
            )


def _row_group(row: LimitRow, mental: set[str]) -> str:
    cells = {c.fact: c.text for c in row.cells}
    if cells.get("intent") == "maintenance":
        return ""
    if cells.get("condition") in mental:
        return MENTAL
    return {"rehabilitative": MEDICAL, "habilitative": HABILITATIVE}.get(cells.get("intent", ""), "both")


def _spread(numbers: list[int]) -> tuple[int, float, int]:
    return min(numbers), float(median(numbers)), max(numbers)


def _thresholds(chosen: Setting, guidelines: Sequence[Guideline]) -> tuple[tuple[str, str, str, str], ...]:
    """Each pair of numbers, once for all disciplines where they agree."""
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for g in guidelines:
        parameters = {p.id: p for p in chosen.rules(g, None).parameters}
        for what, one, two, larger in PAIRS:
            if one in parameters and two in parameters:
                a, b = parameters[one], parameters[two]
                worse = b.value > a.value if larger else b.value < a.value
                row = (what, amount(a.value, a.unit), amount(b.value, b.unit), "habilitative" if worse else "")
                found.setdefault(row, []).append(_discipline(g))
    every = len(guidelines)
    return tuple((w + ("" if len(n) == every else f" ({', '.join(n)})"), a, b, s) for (w, a, b, s), n in found.items())


def _criteria(
    guideline: Guideline, criteria: Sequence[Criterion], values: dict[str, Decimal], pair: Grouped
) -> Iterable[Asked]:
    discipline = _discipline(guideline)
    totals, counts = stopped_by(pair, discipline)
    for c in criteria:
        of = tuple(
            _asked_of(c, intents, values)
            for intents in (("rehabilitative",), ("habilitative",), ("habilitative", "rehabilitative"))
        )
        shares = tuple(counts[g, c.id] / totals[g] if totals.get(g) else None for g in GROUPS)
        yield Asked(discipline, c.id, of, shares)


def _asked_of(c: Criterion, intents: Sequence[str], values: dict[str, Decimal]) -> bool:
    """Whether a criterion can apply to some request of these aims."""
    known = {n: values[n] for n in parameter_names(c.applies) if n in values}
    return any(evaluate(c.applies, {"intent": i}, known).value is not False for i in intents)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join("---" for _ in head) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(map(str, r)) + " |" for r in rows)])


def _three(spread: tuple[int, float, int]) -> str:
    low, middle, high = spread
    return f"{low} · {trim(Decimal(str(middle)))} · {high}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _points(share: float | None) -> str:
    return "" if share is None else true_minus(f"{100 * share:+.1f}")


def _asked(of: bool, stopped: float | None) -> str:
    return "not asked" if not of else "asked" if stopped is None else f"{100 * stopped:.1f}"


if __name__ == "__main__":
    from workbench.guideline.load import load_guidelines

    try:
        text = compare_parity(load_guidelines("guidelines")).markdown()
    except ProblemsFound as problems:
        sys.exit(str(problems))
    page = Path(PAGE)
    if not page.is_file() or page.read_text(encoding="utf-8") != text:
        write_text(page, text)
        print(f"wrote {page}")
    else:
        print(f"{page} is up to date")
