"""A source, read and replayed, on one screen: what became of every row, what was decided, and what it waits for.

Every count adds up: read = accepted + set aside, and the determinations are those of the accepted, each of them once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from workbench.engine.decision import DETERMINATIONS
from workbench.lab.notebook_html import Shown, block, entries
from workbench.reading.accept_rows import said
from workbench.study.replay import About
from workbench.words.conditions import noun
from workbench.words.decisions import DETERMINATION, accepted_words, day_words, period
from workbench.words.html import NOTHING, Html, joined, table, tag
from workbench.words.numbers import several, share

MOST = 10  # facts and kinds of notes that are listed


def show_account(
    accepted: pd.DataFrame,
    set_aside: pd.DataFrame,
    notes: pd.DataFrame,
    read: int,
    skipped: Mapping[str, int],
    decisions: pd.DataFrame,
    about: About,
) -> Shown:
    """What was read, what was decided, and beside it what history decided. `data` has a row a determination: requests
    on recorded facts, resting on assumptions, and both. Raises ValueError where the decisions are of other cases."""
    if list(accepted["request_id"]) != list(decisions["request_id"]):
        raise ValueError("these decisions are not of these cases")
    decided = determinations(decisions)
    counts = {str(row.Index): int(row.requests) for row in entries(decided)}
    say = (
        f"{read:,} read = {len(accepted):,} accepted + {len(set_aside):,} set aside. "
        f"{accepted_words(counts, int(decided['assumed'].sum()), len(decisions))}"
    )
    columns = [_read(accepted, set_aside, read, skipped) + _notes(notes), _decided(decided) + _waiting(decisions)]
    html = block(
        tag("p", say, class_="say"),
        tag("div", *(tag("div", c) for c in columns), class_="halves"),
        _history(accepted, decisions),
        tag("p", rests_on(about), class_="note"),
    )
    return Shown(html, say, decided)


def rests_on(about: About) -> str:
    """Requests, episodes and people, the period, the deciding day, and which guidelines decided."""

    def named(count: int, what: str) -> str:
        return f"{count:,} {what} known" if count else f"no {what} known"

    versions = ", ".join(g.name for g in about.guidelines) or "no guideline"
    return (
        f"{several(about.requests, 'request')}, {named(about.episodes, 'episodes')}, {named(about.people, 'people')} "
        f"({period(about)}). Decided {day_words(about)} by {versions}."
    )


def determinations(decisions: pd.DataFrame) -> pd.DataFrame:
    """A row a determination, in requests: on recorded facts alone, resting on assumptions, all."""
    assumed = decisions["assumed"].map(len) > 0
    found = {d: decisions["determination"] == d for d in DETERMINATIONS}
    return pd.DataFrame(
        [
            [d, int((is_it & ~assumed).sum()), int((is_it & assumed).sum()), int(is_it.sum())]
            for d, is_it in found.items()
        ],
        columns=["determination", "recorded", "assumed", "requests"],
    ).set_index("determination")


def waiting_for(decisions: pd.DataFrame) -> pd.DataFrame:
    """Fact → requests that are decided information_needed and lack it, most first."""
    waiting = decisions[decisions["determination"] == "information_needed"]
    lists: Any = waiting["missing"]
    counts: Counter[str] = Counter(str(fact) for facts in lists for fact in facts)
    most_first: list[tuple[str, int]] = sorted(counts.items(), key=lambda x: (-x[1], x[0]))
    return pd.DataFrame(most_first, columns=["fact", "requests"])


def history(accepted: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """Rows: what history decided and what review made of it; columns: what the guideline says now. Requests."""
    both = pd.DataFrame(
        {
            "history": _words(accepted["historical_determination"]),
            "review": _words(accepted["appeal_outcome"]),
            "engine": decisions["determination"].astype(str).to_numpy(),
        }
    )
    found = both.groupby(["history", "review", "engine"]).size().unstack(fill_value=0)
    return found.reindex(columns=[d for d in DETERMINATIONS if d in found.columns])


def _words(column: Any) -> list[str]:
    return ["not stated" if pd.isna(v) else str(v).replace("_", " ") for v in column]


def _read(accepted: pd.DataFrame, set_aside: pd.DataFrame, read: int, skipped: Mapping[str, int]) -> Html:
    reasons: Counter[str] = Counter()
    first: dict[str, str] = {}
    for codes, whys in zip(set_aside["codes"], set_aside["reasons"], strict=True):
        code = "; ".join(dict.fromkeys(codes))
        reasons[code] += 1
        first.setdefault(code, said(codes[0], whys[0]).replace("`", ""))
    aside = [
        [joined((f"set aside: {code}", tag("small", f"first: {first[code]}"))), n]
        for code, n in sorted(reasons.items(), key=lambda x: (-x[1], x[0]))
    ]
    rows: list[list[object]] = [
        ["accepted", len(accepted)],
        *(aside or [["set aside", 0]]),
        [tag("b", "read"), tag("b", f"{read:,}")],
        *([f"besides, not meant: {why}", n] for why, n in skipped.items()),
    ]
    return table(["rows", "count"], rows, numbers=[1], caption="What became of the rows")


def _notes(notes: pd.DataFrame) -> Html:
    """Facts read as unknown, by how many notes; notes on the file as a whole in full."""
    if notes.empty:
        return NOTHING
    whole, single = notes[notes["row"] == 0], notes[notes["row"] != 0]
    counts = Counter(single["fact"])
    rows = [[noun(f), n] for f, n in sorted(counts.items(), key=lambda x: (-x[1], x[0]))[:MOST]]
    said = joined(tag("p", str(n).replace("`", ""), class_="note") for n in whole["note"])
    return (
        table(["fact", "rows"], rows, numbers=[1], caption="Cells read as unknown, each with a note")
        if rows
        else NOTHING
    ) + said


def _decided(decided: pd.DataFrame) -> Html:
    rows = [
        [DETERMINATION[r.Index], int(r.recorded), int(r.assumed), int(r.requests)]
        for r in entries(decided)
        if r.requests
    ]
    total = [tag("b", f"{int(n):,}") for n in decided.sum()]
    return table(
        ["the guideline says", "on recorded facts", "on assumptions", "requests"],
        [*rows, [tag("b", "accepted"), *total]],
        numbers=(1, 2, 3),
        caption="What was decided, requests",
    )


def _waiting(decisions: pd.DataFrame) -> Html:
    facts, waiting = waiting_for(decisions), int((decisions["determination"] == "information_needed").sum())
    if facts.empty:
        return NOTHING
    rows = [[noun(r.fact), int(r.requests), share(r.requests, waiting)] for r in entries(facts.head(MOST))]
    more = f"; {len(facts) - MOST} further facts are not shown" if len(facts) > MOST else ""
    return table(
        ["missing fact", "requests", "share"],
        rows,
        numbers=(1, 2),
        caption=f"What {waiting:,} requests wait for (most lack several){more}",
    )


def _history(accepted: pd.DataFrame, decisions: pd.DataFrame) -> Html:
    found = history(accepted, decisions)
    if found.empty:
        return NOTHING
    rows = [
        [*names, *map(int, row), tag("b", f"{int(sum(row)):,}")]
        for names, row in zip(found.index, found.to_numpy().tolist(), strict=True)
    ]
    sums = [tag("b", f"{int(n):,}") for n in [*found.sum(), found.to_numpy().sum()]]
    rows.append([tag("b", "all"), "", *sums])
    head = ["history", "review of it", *(DETERMINATION[d] for d in found.columns), "requests"]
    return table(
        head,
        rows,
        numbers=range(2, len(head)),
        caption="What history decided beside what the guideline says "
        "now, requests. Two opinions; neither is the truth of the other",
    )
