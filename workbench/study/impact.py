"""What a change does to the people of a history, as plain frozen data: who loses, who gains, in which groups, whose
care may stop, what was denied and overturned then, and the hours of review that it takes. Always draft − published.

    found = impact(published, draft)      # two replays of the same cases
    found.fares, found.groups, found.stops, found.review

Nothing here is said in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from workbench.engine import decision as d
from workbench.guideline.digests import plain
from workbench.study.compare import Comparison, Counts, compare, count
from workbench.study.fares import ALIKE, FARES, GAINS, LOSES, fares, supported
from workbench.study.listing import group_key
from workbench.study.rates import Rate, count_of, rates_of, sums_of
from workbench.study.replay import About, Replay

MINUTES = 20.0
MOST = 200  # requests told one by one
GROUPS = ("age_band", "sex", "language", "rural", "line_of_business", "intent", "plan", "condition", "discipline")
REFERS = (d.CLINICIAN, d.IN_PART)
NOT_APPEALED = "not appealed"
APPEALS = ("overturned", "upheld", "withdrawn", NOT_APPEALED)
_FACTS = ("review_type", "intent", "requested_visits", "requested_weeks")


@dataclass(frozen=True)
class Assumption:
    """A number that nothing here measured; it is printed wherever something rests on it."""

    name: str
    value: float
    unit: str
    why: str


def minutes_per_review(minutes: float = MINUTES) -> Assumption:
    """How long a clinician takes for one request that is referred, wholly or in part."""
    why = "a house assumption: no time of review was measured on these cases"
    return Assumption("minutes per review", minutes, "minutes", why)


@dataclass(frozen=True)
class Amount:
    """A number of both sides; `low` and `high` bound draft − published (95 %, paired and clustered by member), None
    where no interval is told."""

    name: str
    unit: str
    published: float
    draft: float
    low: float | None = None
    high: float | None = None

    @property
    def difference(self) -> float:
        return self.draft - self.published


@dataclass(frozen=True)
class Fared:
    """How many fare so: loses, mixed, gains, otherwise (study/fares.py)."""

    how: str
    counts: Counts


@dataclass(frozen=True)
class Became:
    """Requests that published decides one way and the draft another or the same."""

    published: str
    draft: str
    requests: int


@dataclass(frozen=True)
class Group:
    """Those of one value of a fact. `fact` is a fact, or age_band; `rates` are the rates of docs/meaning.md with their
    intervals, which one person alone has not; `stops` counts continuing requests whose support ends."""

    fact: str
    value: str
    total: Counts
    fares: tuple[Fared, ...]
    rates: tuple[Rate, ...]
    stops: Counts

    def counts(self, how: str) -> Counts:
        return next(f.counts for f in self.fares if f.how == how)

    @property
    def net_loss(self) -> float:
        """Of its requests the share that lose less the share that gain; from −1 to 1."""
        lose, gain = (self.counts(how).requests for how in (LOSES, GAINS))
        return (lose - gain) / max(self.total.requests, 1)


@dataclass(frozen=True)
class Side:
    """How one side decides a request; None where nothing is told."""

    determination: str
    granted_visits: int | None
    granted_weeks: int | None
    waived_visits: int | None
    referred_visits: int | None
    reasons: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Changed:
    """One request that is decided otherwise. `stops`: a continuing one that published supports and the draft does not;
    `appeal`: what became of its denial in history ("" where it was none)."""

    request_id: str
    episode_id: str | None
    member_id: str | None
    how: str
    discipline: str | None
    condition: str | None
    intent: str | None
    plan: str | None
    review_type: str | None
    requested_visits: int | None
    requested_weeks: int | None
    published: Side
    draft: Side
    stops: bool
    appeal: str
    on_assumptions: bool


@dataclass(frozen=True)
class Appealed:
    """Requests that history denied, by what became of the denial; how many of them each side approves or frees, how
    many the draft newly does, and how many no longer."""

    outcome: str  # one of APPEALS
    denials: Counts
    published: int
    draft: int
    newly: int
    no_longer: int


@dataclass(frozen=True)
class Stops:
    """Continuing requests: all, those that published supports at once, and of these those that the draft does not,
    by what it decides; the visits that they lose at once; and those that it is the other way round for."""

    continuing: Counts
    supported: Counts
    stops: Counts
    becomes: tuple[tuple[str, int], ...]
    visits: int
    resumes: Counts


@dataclass(frozen=True)
class Reviews:
    """What goes to a clinician, wholly or in part, and the hours that it takes under an assumption that is told."""

    requests: Amount
    visits: Amount
    hours: Amount
    hours_per_thousand: Amount  # requests of the history
    rests_on: Assumption


@dataclass(frozen=True)
class Cause:
    """What of the effect is due to one edit (study/attribute.py): by itself, by its meeting with others, `due` = both,
    which add up over the edits to the whole; `low` and `high` bound `due` where it was estimated."""

    edit: str
    measure: str
    unit: str
    alone: float
    meeting: float
    due: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Impact:
    """All of it. `requests` are those decided otherwise, losers first, urgent ones first among them; `untold` so many
    more. `remarks` say what is not known, and why."""

    published: About
    draft: About
    total: Counts
    changed: Counts
    fares: tuple[Fared, ...]
    matrix: tuple[Became, ...]
    rates: tuple[Rate, ...]
    amounts: tuple[Amount, ...]
    groups: tuple[Group, ...]
    appeals: tuple[Appealed, ...]
    stops: Stops
    review: Reviews
    requests: tuple[Changed, ...] = field(repr=False)
    untold: int = 0
    causes: tuple[Cause, ...] = ()
    remarks: tuple[str, ...] = ()

    def counts(self, how: str) -> Counts:
        """How many fare so."""
        return next(f.counts for f in self.fares if f.how == how)

    @property
    def nobody_loses(self) -> bool:
        """Whether no request fares worse, wholly or in part."""
        return not any(f.counts.requests for f in self.fares if f.how in FARES[:2])

    def as_dict(self) -> dict[str, object]:
        """As plain JSON matter."""
        out = {name: plain(value) for name, value in vars(self).items() if name not in ("published", "draft")}
        return {"published": self.published.as_dict(), "draft": self.draft.as_dict(), **out}


def impact(
    published: Replay, draft: Replay, *, minutes: float = MINUTES, groups: Sequence[str] = GROUPS, most: int = MOST
) -> Impact:
    """What a draft, or another version, does. Raises NotComparable where the two replays are of other cases, or differ
    in more than the rules; ValueError for a group that is none or minutes below 0."""
    if minutes < 0:
        raise ValueError(f"a review can not take {minutes:g} minutes")
    compared = compare(published, draft)
    pair = _pair(compared, published)
    told = pair.filter(pl.col("fares") != ALIKE)
    return Impact(
        published.about,
        draft.about,
        count(pair),
        count(told),
        _fared(pair),
        tuple(Became(a, b, n) for a, row in compared.matrix.items() for b, n in row.items() if n),
        compared.rates,
        tuple(_amounts(compared)),
        tuple(_groups(pair, published.cases, groups)),
        tuple(_appeals(pair)),
        _stops(pair),
        _reviews(pair, compared, minutes),
        tuple(_requests(told, most)),
        max(0, told.height - most),
        (),
        tuple(_remarks(pair)),
    )


def _pair(compared: Comparison, published: Replay) -> pl.DataFrame:
    """The pair with what is asked of each request: how it fares, whether it stops, what became of a denial."""
    facts = published.cases.select(n for n in _FACTS if n not in compared.pair.columns)
    continuing = (pl.col("review_type") == "continuing").fill_null(False)
    denied = (pl.col("historical_determination") == "denied").fill_null(False)
    # What a clinician decides in history may be a denial in part; only whole denials are looked at.
    return pl.concat([compared.pair, facts], how="horizontal").with_columns(
        fares().alias("fares"),
        continuing.alias("continuing"),
        supported().alias("supported"),
        supported("_draft").alias("supported_draft"),
        pl.when(denied).then(pl.col("appeal_outcome").fill_null(NOT_APPEALED)).otherwise(pl.lit("")).alias("appeal"),
    )


def _fared(pair: pl.DataFrame) -> tuple[Fared, ...]:
    return tuple(Fared(how, count(pair.filter(pl.col("fares") == how))) for how in FARES)


def _amounts(compared: Comparison) -> Iterator[Amount]:
    for name, found in compared.amounts().items():
        yield Amount(name, name.partition("_")[2], found["published"], found["draft"])


def _groups(pair: pl.DataFrame, cases: pl.DataFrame, names: Iterable[str]) -> Iterator[Group]:
    """Groups by fact, in each those first of which most lose."""
    for name in names:
        keyed = pair.with_columns(group_key(cases, name).alias("group"))
        found = [_group(name, str(value), rows) for (value,), rows in keyed.group_by("group")]
        yield from sorted(found, key=lambda g: (-g.net_loss, -g.total.requests, g.value))


def _group(name: str, value: str, rows: pl.DataFrame) -> Group:
    sums = sums_of(rows)
    found = rates_of(sums)
    if sums.clusters < 2:
        found = tuple(replace(r, low=None, high=None) for r in found)
    return Group(name, value, count(rows), _fared(rows), found, count(rows.filter(_ends())))


def _ends() -> pl.Expr:
    return pl.col("continuing") & pl.col("supported") & ~pl.col("supported_draft")


def _appeals(pair: pl.DataFrame) -> Iterator[Appealed]:
    for outcome in APPEALS:
        mine = pair.filter(pl.col("appeal") == outcome)
        one, two = (pl.col(f"determination{s}").is_in([d.APPROVED, d.NOT_REQUIRED]) for s in ("", "_draft"))
        sums = mine.select(one=one.sum(), two=two.sum(), newly=(~one & two).sum(), gone=(one & ~two).sum()).row(0)
        yield Appealed(outcome, count(mine), *(int(n) for n in sums))


def _stops(pair: pl.DataFrame) -> Stops:
    continuing = pair.filter("continuing")
    ends = continuing.filter(_ends())
    becomes = dict(ends["determination_draft"].value_counts().rows())
    kept = pl.max_horizontal("granted_visits", "waived_visits").fill_null(0)
    return Stops(
        count(continuing),
        count(continuing.filter("supported")),
        count(ends),
        tuple((name, becomes[name]) for name in d.DETERMINATIONS if name in becomes),
        int(ends.select(kept.sum()).item() or 0),
        count(continuing.filter(~pl.col("supported") & pl.col("supported_draft"))),
    )


def _reviews(pair: pl.DataFrame, compared: Comparison, minutes: float) -> Reviews:
    one, two, low, high = count_of(REFERS, sums_of(pair))
    visits = compared.amount("referred_visits")

    def scaled(name: str, unit: str, by: float) -> Amount:
        return Amount(name, unit, one * by, two * by, low * by, high * by)

    hours = minutes / 60
    return Reviews(
        scaled("requests that a clinician decides", "requests", 1),
        Amount("visits that a clinician decides", "visits", visits["published"], visits["draft"]),
        scaled("hours of review", "hours", hours),
        scaled("hours of review per 1,000 requests", "hours", hours * 1000 / max(pair.height, 1)),
        minutes_per_review(minutes),
    )


def _requests(told: pl.DataFrame, most: int) -> Iterator[Changed]:
    """Losers first; among those who fare alike urgent ones, then the ones of which care stops, then the order of the
    cases."""
    order = pl.col("fares").replace_strict({how: i for i, how in enumerate(FARES)}, return_dtype=pl.Int8)
    urgent = pl.any_horizontal(pl.col("urgent", "urgent_draft").fill_null(False))
    first = told.sort(order, ~urgent, ~_ends(), maintain_order=True).head(most)
    for row in first.with_columns(_ends().alias("stops")).iter_rows(named=True):
        yield Changed(
            request_id=str(row["request_id"]),
            how=row["fares"],
            published=_side(row, ""),
            draft=_side(row, "_draft"),
            **{name: row[name] for name in _TOLD},
        )


_TOLD = ("episode_id", "member_id", "discipline", "condition", "intent", "plan", "review_type", "requested_visits",
         "requested_weeks", "stops", "appeal", "on_assumptions")  # fmt: skip


def _side(row: Mapping[str, Any], suffix: str) -> Side:
    return Side(
        determination=row[f"determination{suffix}"],
        granted_visits=row[f"granted_visits{suffix}"],
        granted_weeks=row[f"granted_weeks{suffix}"],
        waived_visits=row[f"waived_visits{suffix}"],
        referred_visits=row[f"referred_visits{suffix}"],
        reasons=tuple(row[f"reasons{suffix}"] or ()),
        missing=tuple(row[f"missing{suffix}"] or ()),
    )


def _remarks(pair: pl.DataFrame) -> Iterator[str]:
    if not pair.height:
        yield "there are no requests"
        return
    lacks = [
        what
        for column, what in (
            ("historical_determination", "what history decided is not recorded: nothing is said of denials"),
            ("review_type", "whether a request is a continuing one is not recorded: no care gap can be seen"),
            ("member_id", "the requests name no person: intervals take each for a person of its own"),
        )
        if pair[column].null_count() == pair.height
    ]
    yield from lacks
