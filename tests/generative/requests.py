"""Requests for generated guidelines: shrinkable ones, and many at once."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from generative.boundaries import Near
from generative.expressions import fact_values
from generative.libraries import CODES, CONDITIONS, DAYS, LINES, PLANS, STATES, Case, cases
from workbench.facts import facts as fact_table

_NARROW = {
    "discipline": ("PT", "PT", "PT", "OT"),
    "line_of_business": LINES,
    "state": STATES,
    "plan": (*PLANS, "unknown-plan"),
    "condition": CONDITIONS,
    "requested_visits": tuple(map(Decimal, (1, 2, 6, 10, 12, 400))),
    "requested_weeks": tuple(map(Decimal, (1, 2, 4, 8, 104))),
    "weeks_used": tuple(map(Decimal, (0, 1, 4, 30))),
    "visits_used": tuple(map(Decimal, (0, 0, 1, 5, 10, 999))),
    "in_network": (True, True, False),
    "plan_of_care": (True, True, True, False),
    "visits_used_this_year": tuple(map(Decimal, (0, 10, 29, 30, 999))),
    "evaluation_only": (False, False, True),
}
_NEAR = [d + timedelta(days=n) for d in DAYS for n in (-1, 0, 30)]


def _values(name: str, near: Near) -> st.SearchStrategy[object]:
    """Any value, or as often one at which something turns."""
    return _any(name) | st.sampled_from(near[name]) if name in near else _any(name)


def _any(name: str) -> st.SearchStrategy[object]:
    if name in _NARROW:
        return st.sampled_from(_NARROW[name])
    if name in ("received_on", "requested_start"):
        return st.sampled_from(_NEAR)
    if name == "procedures":
        return st.lists(st.sampled_from(CODES), min_size=1, max_size=3, unique=True).map(tuple)
    return fact_values(name)


@st.composite
def requests(draw, names: tuple[str, ...], near: Near, size: int = 12) -> list[dict[str, object]]:
    """Requests over these facts; a fact is missing from half of them, or seldom, by the luck of the request."""
    rows = []
    for i in range(draw(st.integers(1, size))):
        one_in = draw(st.sampled_from((2, 5, 20, 1000, 1000)))
        row = {n: draw(_values(n, near)) for n in names if n == "discipline" or draw(st.integers(1, one_in)) > 1}
        rows.append({"request_id": f"r{i}", **row})
    return rows


def many_requests(names: tuple[str, ...], near: Near, seed: int, size: int) -> list[dict[str, object]]:
    """The same by a plain random generator: a thousand times faster, and not to be shrunk."""
    luck = random.Random(seed)
    pools = {n: pool(n, luck) for n in names}
    pools |= {n: [*pools[n], *near[n]] for n in names if n in near}
    rows = []
    for i in range(size):
        missing = luck.choice((0.5, 0.2, 0.05, 0.01, 0, 0))
        late = 0.15 if luck.random() < 0.5 else 0  # the day received, which is seldom missed otherwise
        row = {
            n: luck.choice(pools[n])
            for n in names
            if n == "discipline" or luck.random() >= max(missing, late if n == "received_on" else 0)
        }
        rows.append({"request_id": f"r{i}", **row})
    return rows


def pool(name: str, luck: random.Random) -> list[object]:
    """Values of a fact: its bounds, where rounding turns, and some at random."""
    fact = fact_table()[name]
    if name in _NARROW:
        return list(_NARROW[name])
    if name in ("received_on", "requested_start"):
        return list(_NEAR)
    if fact.kind == "boolean":
        return [True, False]
    if fact.kind == "date":
        return [*_NEAR, date(2024, 2, 29), date(1, 1, 1), date(9999, 12, 31)]
    if name == "procedures":
        return [(a, b)[:n] for a in CODES for b in CODES if a != b for n in (1, 2)]
    if fact.kind in ("text", "choice"):
        return list(fact.choices or ("", "a", "b", "B", "M54.5", "é", "𝛼"))
    low, high = fact.low, fact.high
    if fact.kind == "integer":
        ends = [low, low + 1, high, high - 1, *map(Decimal, (0, 1, 7, 12))]
        some = [Decimal(luck.randint(int(low), int(high))) for _ in range(10)]
        return [n for n in (*ends, *some, *(Decimal(luck.randint(0, 60)) for _ in range(10))) if low <= n <= high]
    step = Decimal("0.00000001")
    inside = Decimal(10) ** 7 - step
    low, high = max(low, -inside), min(high, inside)
    some = [Decimal(luck.randint(int(low * 10**8), int(high * 10**8))).scaleb(-8) for _ in range(10)]
    near = [Decimal(luck.randint(-50, 50)).scaleb(-1) for _ in range(10)]
    ends = [low, high, step, -step, *map(Decimal, ("0", "1", "0.5", "-0.5", "2.5", "0.30000001", "0.00000005"))]
    return [n for n in (*ends, *some, *near) if low <= n <= high]


@st.composite
def asked(draw) -> tuple[Case, list[dict[str, object]]]:
    """A case, and requests that it decides."""
    case = draw(cases())
    return case, draw(requests(case.facts, case.near))
