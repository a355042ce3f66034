"""A comparison as it may leave the house: small cells hidden so that none can be found out again.

Everything is one system of sums: the matrix and its totals, what changes, and each group's counts, published and draft.
So a cell can not be had by subtracting one table from another, either. Rates are quotients of counts that are shown,
and nothing else. People and episodes are told for the whole alone: by group they overlap, and the overlap would tell.
Made for passing on, where it is asked for; an author's own screen shows the whole comparison.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import polars as pl

from workbench.engine import decision as d
from workbench.privacy.suppression import THRESHOLD, Cells, Table, suppress
from workbench.study.compare import GROUPS, Comparison
from workbench.study.rates import NEWLY_REFERRED, RATES, as_draft, newly_referred

__all__ = ["BY", "OTHERS", "THRESHOLD", "TOO_FEW", "Table", "release", "suppress"]

BY = (*GROUPS, "facts")
TOO_FEW = "too few to show"
OTHERS = "the smallest groups together"  # those of fewer than 11, and more until there are 11; without names
_D = d.DETERMINATIONS
_REFERRED = tuple((a, b) for a in (d.APPROVED, d.NOT_REQUIRED) for b in (d.CLINICIAN, d.IN_PART))
_OVER = {
    "approval_rate": (d.APPROVED,),
    "any_approval_rate": (d.APPROVED, d.IN_PART),
    "referral_rate": (d.CLINICIAN, d.IN_PART),
    "information_rate": (d.INFORMATION,),
    "immediate_rate": (d.APPROVED, d.NOT_REQUIRED),
}
_OF_ALL = ("immediate_rate",)
_NESTED = ("discipline", "condition")  # which conditions a discipline treats is no secret
_MATRIX_COST, _TOTAL_COST, _SIZE_COST, _WHOLE_COST = 1.0, 50.0, 5.0, 1000.0


class Released(TypedDict):
    """What `release` gives; None stands for what is hidden, and for a rate of nothing."""

    release: dict[str, int | str]
    cases: dict[str, int | None]
    flips: dict[str, int | None]
    matrix: dict[str, dict[str, int | None]]
    totals: dict[str, Mapping[str, int | None]]
    rates: dict[str, dict[str, float | None]]
    amounts: dict[str, dict[str, int | None]]
    groups: dict[str, list[dict[str, float | str | None]]]
    about: dict[str, object]


def release(comparison: Comparison, by: Sequence[str] = BY) -> Released:
    """The tables of a comparison with small counts hidden: `cases`, `flips`, `matrix`, `totals`, `rates`, `amounts`,
    `groups` (fact → rows), `about`. None stands for what is hidden ("too few to show"), and for a rate of nothing.

    `by`: columns of the pair to group by, or `facts` (recorded or assumed), or `history` (what was decided then and
    what review made of it). Groups with fewer than 11 requests or people stand together. Raises NotSolved where no
    safe pattern was found; nothing may be passed on then. Each release stands alone: two of overlapping cases may be
    subtracted from one another, which no single one can prevent (see release_log).

    Intervals and sums of visits are told only where no count of any table is small: the width of an interval is the
    root of a sum over those that gained and those that lost, so with the difference it gives both; a sum of visits
    over a known ask gives how many asked.
    """
    pair = _prepared(comparison.pair)
    sheets = _Sheets(pair)
    for name in by:
        sheets.group(name)
    if all(name in by for name in _NESTED):
        sheets.nest(*_NESTED)
    hidden = sheets.cells.protect()
    shown = [None if h else n for h, n in zip(hidden, sheets.cells.counts, strict=True)]
    whole = sheets.whole.read(shown)
    plain = not any(sheets.cells.small)
    return {
        "release": {"smallest": THRESHOLD, "hidden": TOO_FEW},
        "cases": _three(pair, whole.requests),
        "flips": _flips(pair, whole.changed, whole.requests),
        "matrix": {a: {b: whole.matrix[a, b] for b in _D} for a in _D},
        "totals": {"published": whole.published, "draft": whole.draft},
        "rates": _rates(comparison, pair, whole, plain),
        "amounts": _amounts(comparison, pair, plain),
        "groups": {
            name: [_row(name, value, sheet.read(shown)) for value, sheet in groups.items()]
            for name, groups in sheets.groups.items()
        },
        "about": _about(comparison),
    }


@dataclass(frozen=True)
class _Shown:
    requests: int | None
    changed: int | None
    new: int | None
    published: Mapping[str, int | None]
    draft: Mapping[str, int | None]
    matrix: Mapping[tuple[str, str], int | None]


@dataclass(frozen=True)
class _Sheet:
    """The cell numbers of one set of requests."""

    requests: int
    changed: int
    new: int
    published: Mapping[str, int]
    draft: Mapping[str, int]
    matrix: Mapping[tuple[str, str], int]
    inner: Mapping[tuple[str, str, bool], int]  # the matrix, its diagonal parted in changed and unchanged

    def read(self, shown: Sequence[int | None]) -> _Shown:
        return _Shown(
            shown[self.requests],
            shown[self.changed],
            shown[self.new],
            {a: shown[i] for a, i in self.published.items()},
            {a: shown[i] for a, i in self.draft.items()},
            {ab: shown[i] for ab, i in self.matrix.items()},
        )


def _prepared(pair: pl.DataFrame) -> pl.DataFrame:
    """A request without a member is counted as a person of its own."""
    alone = pl.lit("request ") + pl.int_range(pl.len()).cast(pl.String)
    return pair.with_columns(
        pl.coalesce(pl.lit("member ") + pl.col("member_id"), alone).alias("_person"),
        newly_referred(pair).fill_null(False).alias("_new"),
        _label("facts").alias("_facts"),
        _label("history").alias("_history"),
    )


def _label(name: str) -> pl.Expr:
    if name == "facts":
        return pl.when("on_assumptions").then(pl.lit("assumed")).otherwise(pl.lit("recorded"))
    return pl.concat_str(
        pl.col("historical_determination").fill_null("not stated"),
        pl.col("appeal_outcome").fill_null("no review"),
        separator=", ",
    )


class _Sheets:
    """All sheets in one system of cells: the whole, and each group of each grouping."""

    def __init__(self, pair: pl.DataFrame):
        self.pair, self.cells = pair, Cells()
        self.groups: dict[str, dict[str | None, _Sheet]] = {}
        self.labels: dict[str, pl.Series] = {}
        self.whole = self._sheet(pair, whole=True)

    def group(self, name: str) -> None:
        column = f"_{name}" if name in ("facts", "history") else name
        few = pl.col(column).is_in(self._few(column).implode(), nulls_equal=True)
        labels = self.pair.select(pl.when(few).then(pl.lit(OTHERS)).otherwise(column).alias(name)).to_series()
        self.labels[name] = labels
        parts = self.pair.with_columns(labels.alias("_label")).partition_by("_label", as_dict=True)
        # By name: the order of size would tell the size of a group between its neighbours.
        order = sorted(parts, key=lambda key: (key[0] == OTHERS, key[0] is None, key[0]))
        self.groups[name] = {key[0]: self._sheet(parts[key]) for key in order}
        for at, total in self.whole.inner.items():
            self.cells.bind(total, [sheet.inner[at] for sheet in self.groups[name].values()])

    def _few(self, column: str) -> pl.Series:
        """The groups with fewer than 11 requests or people, and the next smallest while they are few together."""
        sizes = self.pair.group_by(column).agg(pl.len().alias("n"), pl.col("_person").n_unique().alias("people"))
        sizes = sizes.sort(pl.min_horizontal("n", "people"), column, nulls_last=True)
        n = sizes.filter(pl.min_horizontal("n", "people") < THRESHOLD).height
        while 0 < n < sizes.height and not _behind(
            self.pair.filter(pl.col(column).is_in(sizes[column].head(n).implode(), nulls_equal=True)), pl.lit(True)
        ):
            n += 1
        return sizes[column].head(n)

    def nest(self, outer: str, inner: str) -> None:
        """Bind two groupings by their common refinement: where a condition occurs in one discipline alone, the
        discipline's count less those of its other conditions would tell it."""
        both = self.pair.with_columns(self.labels[outer].alias("_outer"), self.labels[inner].alias("_inner"))
        parts = both.partition_by("_outer", "_inner", as_dict=True)
        alone = [value for value in self.groups[inner] if sum(key[1] == value for key in parts) == 1]
        joint = {
            key: self.groups[inner][key[1]] if key[1] in alone else self._sheet(part, seen=False)
            for key, part in parts.items()
        }
        for place, name in enumerate((outer, inner)):
            for value, sheet in self.groups[name].items():
                for at, total in sheet.inner.items():
                    if name == outer or value not in alone:
                        self.cells.bind(total, [j.inner[at] for key, j in joint.items() if key[place] == value])

    def _sheet(self, pair: pl.DataFrame, *, whole: bool = False, seen: bool = True) -> _Sheet:
        add, bind = self.cells.add, self.cells.bind
        found = _tally(pair, "determination", "determination_draft", "flipped")
        inner = {
            (a, b, c): add(*found.get((a, b, c), (0, 0)), cost=_MATRIX_COST, shown=whole and a != b)
            for a in _D
            for b in _D
            for c in ((True, False) if a == b else (True,))
        }
        matrix = {(a, b): inner[a, b, True] for a in _D for b in _D}
        found = _tally(pair, "determination", "determination_draft")
        for a in _D:
            matrix[a, a] = add(*found.get((a, a), (0, 0)), cost=_MATRIX_COST, shown=whole)
            bind(matrix[a, a], [inner[a, a, True], inner[a, a, False]])
        sides: list[dict[str, int]] = []
        for place, column in enumerate(("determination", "determination_draft")):
            found = _tally(pair, column)
            sides.append({a: add(*found.get((a,), (0, 0)), cost=_TOTAL_COST if whole else 1.0, shown=seen) for a in _D})
            for a, number in sides[-1].items():
                bind(number, [n for ab, n in matrix.items() if ab[place] == a])
        # A group that is named is known to have 11 requests.
        named = seen and not whole and min(pair.height, _people(pair)) >= THRESHOLD
        requests = add(
            pair.height,
            _people(pair),
            cost=_WHOLE_COST if whole else _SIZE_COST,
            least=THRESHOLD if named else 0,
            shown=seen,
        )
        bind(requests, list(sides[0].values()))
        changed, new = pair.filter("flipped"), pair.filter("_new")
        parts = (changed, pair.filter(~pl.col("flipped")), new, changed.filter(~pl.col("_new")))
        numbers = [
            add(part.height, _people(part), cost=(_WHOLE_COST if whole else _SIZE_COST) / 3, shown=shown)
            for part, shown in zip(parts, (seen, False, seen, False), strict=True)
        ]
        bind(requests, numbers[:2])
        bind(numbers[0], numbers[2:])
        bind(numbers[0], [n for at, n in inner.items() if at[2]])
        bind(numbers[2], [matrix[ab] for ab in _REFERRED])
        return _Sheet(requests, numbers[0], numbers[2], sides[0], sides[1], matrix, inner)


def _people(pair: pl.DataFrame) -> int:
    return pair["_person"].n_unique()


def _tally(pair: pl.DataFrame, *names: str) -> dict[tuple[object, ...], tuple[int, int]]:
    """Values of the columns → requests and people."""
    counted = pair.group_by(names).agg(pl.len().alias("_n"), pl.col("_person").n_unique().alias("_people"))
    return {tuple(row[:-2]): (row[-2], row[-1]) for row in counted.rows()}


def _three(pair: pl.DataFrame, requests: int | None) -> dict[str, int | None]:
    """Requests, episodes and people; the latter two only where the requests are shown and they are not few."""
    counts = (pair["episode_id"].drop_nulls().n_unique(), pair["member_id"].drop_nulls().n_unique())
    episodes, people = (n if requests is not None and _enough(n) else None for n in counts)
    return {"requests": requests, "episodes": episodes, "people": people}


def _flips(pair: pl.DataFrame, changed: int | None, requests: int | None) -> dict[str, int | None]:
    """The same for what changes. Nor may those whom no change touches be few: they are the difference."""
    whole, part = _three(pair, requests), _three(pair.filter("flipped"), changed)
    for name in ("episodes", "people"):
        all_, some = whole[name], part[name]
        if all_ is None or some is None or not _enough(all_ - some):
            part[name] = None
    return part


def _enough(count: int) -> bool:
    return count == 0 or count >= THRESHOLD


def _behind(pair: pl.DataFrame, where: pl.Expr) -> bool:
    """Whether the requests of whom something is true are none, or enough requests of enough people."""
    rows = pair.filter(where)
    return _enough(rows.height) and _enough(_people(rows))


def _quotient(name: str, side: Mapping[str, int | None], requests: int | None) -> float | None:
    """A rate of counts that are shown; null where one is hidden or there is nothing to count."""
    parts = [n for n in (side[a] for a in _OVER[name]) if n is not None]
    free = 0 if name in _OF_ALL else side[d.NOT_REQUIRED]
    if len(parts) < len(_OVER[name]) or requests is None or free is None:
        return None
    return sum(parts) / (requests - free) if requests > free else None


def _rates(
    comparison: Comparison, pair: pl.DataFrame, whole: _Shown, plain: bool
) -> dict[str, dict[str, float | None]]:
    """`plain`: no count of any table is small."""
    kinds = {kind.name: kind for kind in RATES}
    drafted = as_draft(pair)
    out = {}
    for rate in comparison.rates:
        one: float | None
        two: float | None
        if rate.name == NEWLY_REFERRED:
            one, two, steady = (None if whole.new is None else 0), whole.new, whole.new is not None
        else:
            kind = kinds[rate.name]
            terms = pl.concat(
                [
                    pair.select("_person", over=kind.over, under=kind.under),
                    drafted.select(over_draft=kind.over, under_draft=kind.under),
                ],
                how="horizontal",
            )
            differs = (pl.col("over") != pl.col("over_draft")) | (pl.col("under") != pl.col("under_draft"))
            steady = plain and _behind(terms, differs)
            if rate.name in _OVER:
                one, two = (_quotient(rate.name, side, whole.requests) for side in (whole.published, whole.draft))
            else:
                enough = steady and all(
                    _behind(terms, pl.col(n) > 0) for n in ("over", "under", "over_draft", "under_draft")
                )
                one, two = (rate.published, rate.draft) if enough else (None, None)
        difference = None if one is None or two is None else two - one
        told = plain and steady and difference is not None
        out[rate.name] = {
            "published": one,
            "draft": two,
            "difference": difference,
            "low": rate.low if told else None,
            "high": rate.high if told else None,
        }
    return out


def _amounts(comparison: Comparison, pair: pl.DataFrame, plain: bool) -> dict[str, dict[str, int | None]]:
    """Sums of visits and weeks, where no count is small and enough requests stand behind each side and what differs."""
    out = {}
    for name, sums in comparison.amounts().items():
        one, two = pl.col(name).fill_null(0), pl.col(f"{name}_draft").fill_null(0)
        sides = {"published": plain and _behind(pair, one > 0), "draft": plain and _behind(pair, two > 0)}
        if not _behind(pair, one != two):
            sides["draft"] = False
        sides["difference"] = all(sides.values())
        out[name] = {key: sums[key] if shown else None for key, shown in sides.items()}
    return out


def _row(name: str, value: str | None, sheet: _Shown) -> dict[str, float | str | None]:
    row: dict[str, float | str | None] = {
        name: value,
        "requests": sheet.requests,
        "changed": sheet.changed,
        "newly_referred": sheet.new,
    }
    for side, counts in (("published", sheet.published), ("draft", sheet.draft)):
        row |= {f"{a} {side}": n for a, n in counts.items()}
        row |= {f"{rate} {side}": _quotient(rate, counts, sheet.requests) for rate in _OVER}
    return row


def _about(comparison: Comparison) -> dict[str, object]:
    """What the comparison rests on, without its counts and with years for days."""
    about = comparison.draft.as_dict()
    names = ("deciding_day", "mode", "policy", "guidelines", "overlays", "program", "draft", "assumptions", "engine")
    years = [day and day.year for day in comparison.draft.period]
    return {name: about[name] for name in names} | {
        "published_guidelines": [str(pin) for pin in comparison.published.guidelines],
        "years_received": years,
    }
