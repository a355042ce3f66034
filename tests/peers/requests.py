"""Requests for the comparison: the examples beside the guidelines with a few facts changed, and some wholly random."""

from __future__ import annotations

import random
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from generative.requests import pool

from workbench.cases.derive import derive
from workbench.cases.frame import SCHEMA
from workbench.cases.request import rows
from workbench.engine.fact_values import exact
from workbench.facts import facts as fact_table
from workbench.guideline.model import Library
from workbench.language.interpret import Facts
from workbench.review.example_file import load_examples

_FACTS = [n for n, f in fact_table().items() if f.in_expressions and n not in ("request_id", "episode_id", "member_id")]
_DAYS = [date(2019, 7, 1) + timedelta(days=n) for n in range(0, 1800, 60)] + [
    date(2019, 10, 20),
    date(2019, 10, 21),
    date(2019, 10, 31),
    date(2019, 11, 1),
    date(2020, 3, 31),
    date(2020, 4, 1),
]


@lru_cache(maxsize=1)
def examples(root: Path, library: Library) -> list[Facts]:
    """The requests of all examples.yaml, with their derived facts."""
    wanted = [e for path in sorted(root.glob("*/examples.yaml")) for e in load_examples(path, library)]
    frame = derive(rows({"request_id": "request", **e.request} for e in wanted), library)
    found = map(exact, frame.iter_rows(named=True))
    return [{n: v for n, v in row.items() if n in SCHEMA and v is not None} for row in found]


def requests(root: Path, library: Library, size: int, luck: random.Random) -> list[Facts]:
    """So many requests; every third or so is an example with one to four facts changed or taken away."""
    known = examples(root, library)
    codes = sorted({c for facts in known for c in facts.get("procedures", ())} | {"97033", "97016", "S8948"})
    pools = {n: pool(n, luck) for n in _FACTS} | {
        "condition": sorted(library.choices["condition"]),
        "measure": sorted(library.choices["measure"]),
        "plan": [*sorted({o.plan for o in library.overlays}), "no-such-plan"],
        "received_on": _DAYS,
        "requested_start": _DAYS,
        "state": ["ME", "CO", "CA", "FL", "TX", "WA", "WY", "IN", "VA", "NV", "WI"],
        "procedures": [(a,) for a in codes] + [(a, b) for a in codes for b in codes if a < b],
        "discipline": ["PT", "OT", "ST"],
        "line_of_business": list(fact_table()["line_of_business"].choices),
    }
    out = []
    for i in range(size):
        if luck.random() < 0.9:
            facts = dict(luck.choice(known))
            facts |= {
                n: luck.choice(pools[n])
                for n in ("plan", "line_of_business", "state", "received_on")
                if luck.random() < 0.6
            }
            for name in luck.sample(_FACTS, luck.choice((0, 0, 1, 2, 3, 4))):
                facts[name] = luck.choice(pools[name])
            for name in luck.sample(sorted(facts), luck.choice((0, 0, 1, 2))):
                if name != "discipline":
                    del facts[name]
        else:
            missing = luck.choice((0.3, 0.05))
            facts = {n: luck.choice(pools[n]) for n in _FACTS if n == "discipline" or luck.random() > missing}
        out.append(facts | {"request_id": f"r{i}"})
    return out
