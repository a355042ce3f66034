"""The numbers of a scenario as tables of its report: counts, rates, what becomes of what, groups."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from workbench.engine.decision import DETERMINATIONS
from workbench.review.page import note, section
from workbench.review.pictures import MOST, group_words, picture, sums
from workbench.review.scenario_result import LESS, MORE, SAME, Trial, settled, stated
from workbench.study.compare import BASES
from workbench.study.rates import NEWLY_REFERRED, Rate
from workbench.words.conditions import labels, value_words
from workbench.words.decisions import DETERMINATION, points
from workbench.words.html import NOTHING, Html, cell, table, tag
from workbench.words.numbers import percent, plus, trim
from workbench.words.numbers import stated as counted

DIRECTION = {MORE: "the draft supports more", LESS: "the draft supports less", SAME: "the draft supports as much"}
GROUPS = ("discipline", "condition", "complexity", "line_of_business", "plan")


def counts_table(trial: Trial) -> Html:
    c, moved = trial.comparison, trial.directions
    rows: list[Sequence[object]] = [
        [what, *(counted(n) for n in stated(found, c.total).values())]
        for what, found in (("all", c.total), ("that change", c.flipped))
    ]
    rows += [[f"that change: {DIRECTION[d]}", n, "", ""] for d, n in moved.items()]
    amounts = [[n.replace("_", " "), a["published"], a["draft"], plus(a["difference"])] for n, a in c.amounts().items()]
    summed = sums(trial)
    without = c.draft.requests_without_person
    unnamed = note(f"{without:,} requests name no person.") if without else NOTHING
    return section(
        "Requests, episodes, people",
        table(["", "requests", "episodes", "people"], rows, numbers=(1, 2, 3)),
        unnamed,
        table(["visits and weeks, summed", "published", "draft", "draft − published"], amounts, numbers=(1, 2, 3)),
        _drawn(trial, "determinations"),
        table(
            ["determination", "published, requests", "draft, requests", "draft − published"],
            [[n, a, b, plus(b - a)] for n, a, b in summed],
            numbers=(1, 2, 3),
        ),
    )


def rates_table(trial: Trial) -> Html:
    rows = [[r.label, r.out_of, *_sides(r), points(r)] for r in trial.comparison.rates]
    return section(
        "Rates",
        _drawn(trial, "rates"),
        table(
            ["rate", "of", "published", "draft", "draft − published (95 %), points"],
            rows,
            numbers=(2, 3, 4),
            caption="Newly referred: requests that published approved or exempted and the draft refers; its "
            "difference is in requests.",
        ),
    )


def _drawn(trial: Trial, name: str) -> Html:
    found = picture(trial, name)
    return NOTHING if found is None else found.html


def _sides(r: Rate) -> tuple[str, str]:
    if r.name == NEWLY_REFERRED:
        return "", f"{r.draft:,.0f}"
    return percent(r.published), percent(r.draft)


def matrix_table(trial: Trial) -> Html:
    matrix = trial.comparison.matrix
    head = [tag("th", "published ↓ draft →", scope="col")]
    head += [tag("th", DETERMINATION[d], scope="col", class_="n") for d in DETERMINATIONS]
    rows = NOTHING
    for a in DETERMINATIONS:
        cells = [tag("td", cell(matrix[a][b]), class_=f"n {settled(matrix, a, b)}") for b in DETERMINATIONS]
        rows += tag("tr", tag("th", DETERMINATION[a], scope="row"), *cells)
    caption = (
        "Requests: a row for what published decides, a column for what the draft decides. Grey: the same "
        "determination. Teal: towards approval. Purple: away from it."
    )
    inside = (tag("caption", caption), tag("thead", tag("tr", *head)), tag("tbody", rows))
    return section("What becomes of what", tag("table", *inside, class_="matrix"))


def groups_table(trial: Trial) -> Html:
    if not trial.flips:
        return NOTHING
    names, parts = labels(trial.library), []
    for fact in GROUPS:
        found = trial.by(fact)
        if len(found) < 2:
            continue
        moving = [(group_words(v, fact, names), n, up, down) for v, n, up, down in found if up + down]
        shown, what = moving[:MOST], fact.replace("_", " ")
        rest = f"; {len(moving) - MOST:,} more change less" if len(moving) > MOST else ""
        rest += f"; {len(found) - len(moving):,} of {len(found):,} do not change" if len(found) > len(moving) else ""
        if fact == "condition":
            parts.append(_drawn(trial, "condition"))
        parts.append(
            table(
                [what, "requests", "draft supports more", "draft supports less"],
                shown,
                numbers=(1, 2, 3),
                caption=f"By {what}, requests{rest}",
            )
        )
    return section("Where it lands", *parts)


def kinds_table(trial: Trial) -> Html:
    c = trial.comparison
    invented = bool(trial.scenario.cases.generate)
    kinds = [
        [
            "requests, episodes, people, period, what was asked",
            "invented by the generator" if invented else "observed: read from the cases",
        ],
        [
            "history: what was decided then, what independent review made of it",
            "invented by the generator" if invented else "observed, where the cases say so",
        ],
        ["determinations, visits and weeks granted, rates, differences", "recomputed by the engine"],
        ["of these, requests that rest on an assumption", f"assumed: {c.draft.requests_on_assumptions:,}"],
    ]
    head = {"all": "all requests", "recorded": "on recorded facts alone", "assumed": "resting on assumptions"}
    rows = []
    for row in c.split().iter_rows(named=True):
        if row["facts"] in BASES:
            rows.append(
                [
                    head[row["facts"]],
                    row["requests"],
                    row["episodes"],
                    row["people"],
                    row["changed"],
                    percent(row["approval_rate published"]),
                    percent(row["approval_rate draft"]),
                    percent(row["referral_rate published"]),
                    percent(row["referral_rate draft"]),
                ]
            )
    split = table(
        [
            "",
            "requests",
            "episodes",
            "people",
            "requests that change",
            "approved, published",
            "approved, draft",
            "referred, published",
            "referred, draft",
        ],
        rows,
        numbers=range(1, 9),
        caption="Every count split: on recorded facts, and resting on assumptions",
    )
    return section(
        "Observed, recomputed, assumed", table(["number", "where it comes from"], kinds), split, _assumed(trial)
    )


def _assumed(trial: Trial) -> Html:
    held = trial.scenario.assumptions
    if held is None:
        return NOTHING
    rows = [
        [
            e.fact.replace("_", " "),
            "; ".join(f"{f.replace('_', ' ')} = {_words(v)}" for f, v in e.where),
            _words(e.value),
            e.reason,
        ]
        for e in held.entries
    ]
    return table(
        ["fact", "where", "assumed", "reason"], rows, caption=f"Assumptions ({held.name}), for missing facts alone"
    )


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return value_words(value) if isinstance(value, str) else trim(value) if isinstance(value, Decimal) else str(value)
