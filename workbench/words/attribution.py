"""What is due to each edit of a draft, in words."""

from __future__ import annotations

from workbench.study.attribute import Attributed
from workbench.words.numbers import true_minus

SHOWN = ("changed_requests", "granted_visits", "newly_referred")


def lines(found: Attributed) -> list[str]:
    """The whole, then a line for each edit: its due of requests that change, visits and newly referred, of which how
    much by itself."""
    t = found.total
    out = [
        f"{t['changed_requests']:,} requests change ({t['changed_people']:,} people, {t['changed_episodes']:,} "
        f"episodes), visits granted {_plus(t['granted_visits'])}, {t['newly_referred']:,} requests newly referred; due "
        "to each edit (of that alone):"
    ]
    if found.sampled:
        out.append(f"estimated from {found.sampled:,} orders of the edits; ± is the 95 % bound")
    for edit in found.table["edit"].unique(maintain_order=True):
        rows = {r["measure"]: r for r in found.table.filter(found.table["edit"] == edit).to_dicts()}
        said = []
        for measure in SHOWN:
            row = rows[measure]
            bound = "" if row["low"] is None else f" ± {row['high'] - row['due']:,.1f}"
            said.append(f"{measure.replace('_', ' ')} {_plus(row['due'])}{bound} ({_plus(row['alone'])})")
        out.append(f"- {edit}: {', '.join(said)}")
    met = found.pairs.filter(found.pairs["measure"] == "changed_requests")
    for row in met.sort("meeting").to_dicts():
        out.append(f"  {row['edit']} and {row['other']} meet: {_plus(row['meeting'])} requests change")
    return out


def _plus(value: float) -> str:
    return true_minus(f"{value:+,.0f}" if value == int(value) else f"{value:+,.1f}")
