"""A source, read and replayed, on one screen: what became of every row, what was decided, and what it waits for.

Every count adds up: read = accepted + set aside, and the determinations are those of the accepted, each of them once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from html import escape

import pandas as pd

from workbench.engine.decision import DETERMINATIONS
from workbench.lab.shown import Shown, block, share
from workbench.review.page import Html, table
from workbench.review.sentences import noun
from workbench.review.words import DETERMINATION, period
from workbench.study.replay import About

MOST = 10   # facts and kinds of notes that are listed


def show_account(accepted: pd.DataFrame, set_aside: pd.DataFrame, notes: pd.DataFrame, read: int,
                 skipped: Mapping[str, int], decisions: pd.DataFrame, about: About) -> Shown:
    """What was read, what was decided, and beside it what history decided. `data` has a row a determination: requests
    on recorded facts, resting on assumptions, and both. Raises ValueError where the decisions are of other cases."""
    if list(accepted["request_id"]) != list(decisions["request_id"]):
        raise ValueError("these decisions are not of these cases")
    decided = determinations(decisions)
    say = (f"{read:,} read = {len(accepted):,} accepted + {len(set_aside):,} set aside. "
           f"{in_words(decided, len(decisions))}")
    columns = [_read(accepted, set_aside, read, skipped) + _notes(notes),
               _decided(decided) + _waiting(decisions)]
    html = block(f'<p class="say">{escape(say)}</p><div class="halves">'
                 + "".join(f"<div>{c}</div>" for c in columns) + f"</div>{_history(accepted, decisions)}"
                 + f'<p class="note">{escape(rests_on(about))}</p>')
    return Shown(html, say, decided)


def rests_on(about: About) -> str:
    """Requests, episodes and people, the period, the deciding day, and which guidelines decided."""
    def named(count: int, what: str) -> str:
        return f"{count:,} {what} known" if count else f"no {what} known"
    versions = ", ".join(g.partition(" ")[0] for g in about.guidelines) or "no guideline"
    day = "by date" if about.deciding_day == "by date" else f"as of {about.deciding_day}"
    return (f"{about.requests:,} requests, {named(about.episodes, 'episodes')}, {named(about.people, 'people')} "
            f"({period(about)}). Decided {day} by {versions}.")


def determinations(decisions: pd.DataFrame) -> pd.DataFrame:
    """A row a determination, in requests: on recorded facts alone, resting on assumptions, all."""
    assumed = decisions["assumed"].map(len) > 0
    found = {d: decisions["determination"] == d for d in DETERMINATIONS}
    return pd.DataFrame([[d, int((is_it & ~assumed).sum()), int((is_it & assumed).sum()), int(is_it.sum())]
                         for d, is_it in found.items()],
                        columns=["determination", "recorded", "assumed", "requests"]).set_index("determination")


def in_words(decided: pd.DataFrame, total: int) -> str:
    """`Of 30 requests: 2 approved, …; 30 rest on assumptions.`"""
    parts = [f"{row.requests:,} {DETERMINATION[name]}" for name, row in decided.iterrows() if row.requests]
    rest = int(decided["assumed"].sum())
    tail = f"{rest:,} rest on assumptions" if rest else "none rests on assumptions"
    return f"Of the {total:,} accepted: {', '.join(parts) or 'none decided'}; {tail}."


def waiting_for(decisions: pd.DataFrame) -> pd.DataFrame:
    """Fact → requests that are decided information_needed and lack it, most first."""
    waiting = decisions[decisions["determination"] == "information_needed"]
    counts = Counter(fact for facts in waiting["missing"] for fact in facts)
    return pd.DataFrame(sorted(counts.items(), key=lambda x: (-x[1], x[0])), columns=["fact", "requests"])


def history(accepted: pd.DataFrame, decisions: pd.DataFrame) -> pd.DataFrame:
    """Rows: what history decided and what review made of it; columns: what the guideline says now. Requests."""
    both = pd.DataFrame({"history": _words(accepted["historical_determination"]),
                         "review": _words(accepted["appeal_outcome"]),
                         "engine": decisions["determination"].astype(str).to_numpy()})
    found = both.groupby(["history", "review", "engine"]).size().unstack(fill_value=0)
    return found.reindex(columns=[d for d in DETERMINATIONS if d in found.columns])


def _words(column: pd.Series) -> list[str]:
    return ["not stated" if pd.isna(v) else str(v).replace("_", " ") for v in column]


def _read(accepted: pd.DataFrame, set_aside: pd.DataFrame, read: int, skipped: Mapping[str, int]) -> str:
    reasons, first = Counter(), {}
    for codes, said in zip(set_aside["codes"], set_aside["reasons"], strict=True):
        code = "; ".join(codes)
        reasons[code] += 1
        first.setdefault(code, str(said[0]).removeprefix(f"{codes[0]} ").replace("`", ""))
    aside = [[Html(f"set aside: {escape(code)}<small>first: {escape(first[code])}</small>"), n]
             for code, n in sorted(reasons.items(), key=lambda x: (-x[1], x[0]))]
    rows = [["accepted", len(accepted)], *(aside or [["set aside", 0]]),
            [Html("<b>read</b>"), Html(f"<b>{read:,}</b>")],
            *([f"besides, not meant: {why}", n] for why, n in skipped.items())]
    return table(["rows", "count"], rows, numbers=[1], caption="What became of the rows")


def _notes(notes: pd.DataFrame) -> str:
    """Facts read as unknown, by how many notes; notes on the file as a whole in full."""
    if notes.empty:
        return ""
    whole, single = notes[notes["row"] == 0], notes[notes["row"] != 0]
    counts = Counter(single["fact"])
    rows = [[noun(f), n] for f, n in sorted(counts.items(), key=lambda x: (-x[1], x[0]))[:MOST]]
    said = "".join(f'<p class="note">{escape(str(n).replace("`", ""))}</p>' for n in whole["note"])
    return (table(["fact", "rows"], rows, numbers=[1], caption="Cells read as unknown, each with a note")
            if rows else "") + said


def _decided(decided: pd.DataFrame) -> str:
    rows = [[DETERMINATION[name], int(r.recorded), int(r.assumed), int(r.requests)] for name, r in decided.iterrows()
            if r.requests]
    total = [Html(f"<b>{int(n):,}</b>") for n in decided.sum()]
    return table(["the guideline says", "on recorded facts", "on assumptions", "requests"],
                 [*rows, [Html("<b>accepted</b>"), *total]], numbers=(1, 2, 3), caption="What was decided, requests")


def _waiting(decisions: pd.DataFrame) -> str:
    facts, waiting = waiting_for(decisions), int((decisions["determination"] == "information_needed").sum())
    if facts.empty:
        return ""
    rows = [[noun(r.fact), int(r.requests), share(r.requests, waiting)] for r in facts.head(MOST).itertuples()]
    more = f"; {len(facts) - MOST} further facts are not shown" if len(facts) > MOST else ""
    return table(["missing fact", "requests", "share"], rows, numbers=(1, 2),
                 caption=f"What {waiting:,} requests wait for (most lack several){more}")


def _history(accepted: pd.DataFrame, decisions: pd.DataFrame) -> str:
    found = history(accepted, decisions)
    if found.empty:
        return ""
    rows = [[*names, *map(int, row), Html(f"<b>{int(sum(row)):,}</b>")]
            for names, row in zip(found.index, found.to_numpy().tolist(), strict=True)]
    sums = [Html(f"<b>{int(n):,}</b>") for n in [*found.sum(), found.to_numpy().sum()]]
    rows.append([Html("<b>all</b>"), "", *sums])
    head = ["history", "review of it", *(DETERMINATION[d] for d in found.columns), "requests"]
    return table(head, rows, numbers=range(2, len(head)), caption="What history decided beside what the guideline says "
                 "now, requests. Two opinions; neither is the truth of the other")
