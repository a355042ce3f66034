"""Two replays of the same cases → what the draft changes: flips, counts, rates, groups. Always draft − published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
import polars as pl

from workbench.engine import decision as d
from workbench.study.rates import RATES, Rate, as_draft, features, newly_referred, rates, shares
from workbench.study.replay import BY_DATE, About, Replay

GROUPS = ("discipline", "condition", "plan")
BASES = ("all", "recorded", "assumed")  # all requests; those on recorded facts alone; those resting on assumptions
CASE = (
    "episode_id",
    "member_id",
    "discipline",
    "condition",
    "complexity",
    "plan",
    "line_of_business",
    "received_on",
    "review_timing",
    "expedited",
    "requested_visits",
    "requested_weeks",
    "visits_used",
    "weeks_used",
    "historical_determination",
    "historical_visits",
    "appeal_outcome",
)
SIDE = (
    "determination",
    "granted_visits",
    "granted_weeks",
    "referred_visits",
    "waived_visits",
    "reasons",
    "missing",
    "urgent",
)


AMOUNTS = ("granted_visits", "granted_weeks", "referred_visits")  # of which sums are told


class NotComparable(ValueError):
    """The two replays are not of the same requests in the same order, or not decided in the same way."""


@dataclass(frozen=True)
class Counts:
    """How many requests, episodes and people; a request without a member stands for nobody."""

    requests: int
    episodes: int
    people: int

    def as_dict(self) -> dict[str, int]:
        return dict(self.__dict__)


@dataclass(frozen=True)
class Groups:
    """Groups of requests by name, and the group of each request."""

    names: list[str]
    place: np.ndarray

    @classmethod
    def of(cls, key: pl.Series) -> Groups:
        names = key.unique().sort().to_list()
        return cls(names, key.replace_strict(names, range(len(names)), return_dtype=pl.Int32).to_numpy())

    def sums(self, values: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
        """Sums of each column by group, over all requests or these rows."""
        at = self.place if rows is None else self.place[rows]
        columns = [np.bincount(at, weights=values[:, i], minlength=len(self.names)) for i in range(values.shape[1])]
        return np.column_stack(columns)


class Changes(Protocol):
    """What a sentence (words/comparisons.py) and a page of numbers need, wherever the two sides were added up."""

    @property
    def published(self) -> About: ...
    @property
    def draft(self) -> About: ...
    @property
    def total(self) -> Counts: ...
    @property
    def flipped(self) -> Counts: ...
    @property
    def matrix(self) -> dict[str, dict[str, int]]: ...
    @property
    def rates(self) -> tuple[Rate, ...]: ...
    def amount(self, name: str) -> dict[str, int]: ...


@dataclass(frozen=True)
class Comparison:
    """`pair` has a row a request: the case, and both sides (the draft's with suffix `_draft`)."""

    published: About
    draft: About
    pair: pl.DataFrame = field(repr=False)

    @cached_property
    def flips(self) -> pl.DataFrame:
        """The requests whose determination, granted visits or granted weeks differ, in the order of the input."""
        return self.pair.filter("flipped")

    @cached_property
    def matrix(self) -> dict[str, dict[str, int]]:
        """Published determination → draft determination → requests, every pair of determinations."""
        found = dict(((a, b), n) for a, b, n in self.pair.group_by("determination", "determination_draft").len().rows())
        return {a: {b: found.get((a, b), 0) for b in d.DETERMINATIONS} for a in d.DETERMINATIONS}

    @cached_property
    def rates(self) -> tuple[Rate, ...]:
        return rates(self.pair)

    @property
    def total(self) -> Counts:
        return count(self.pair)

    @property
    def flipped(self) -> Counts:
        return count(self.flips)

    def amount(self, name: str) -> dict[str, int]:
        """The sum of `granted_visits`, `granted_weeks` or `referred_visits`: published, draft, draft − published."""
        one, two = self.pair.select(pl.col(name, f"{name}_draft").sum()).row(0)
        return {"published": one, "draft": two, "difference": two - one}

    def amounts(self) -> dict[str, dict[str, int]]:
        """Those sums by name."""
        return {name: self.amount(name) for name in AMOUNTS}

    def grouped(self, by: str, key: Callable[[], pl.Series]) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
        """The groups of a key (one value a request, known as `by`), and by group the sums of the features of
        rates.py as published and under the draft, and how many requests change."""
        groups = Groups.of(key())
        one, two = (groups.sums(features(side)) for side in (self.pair, as_draft(self.pair)))
        return groups.names, one, two, groups.sums(self.pair["flipped"].to_numpy()[:, None])[:, 0]

    def whole(self) -> Comparison:
        """The comparison with every column of the pair at hand."""
        return self

    def of_cell(self, published: str, draft: str) -> pl.DataFrame:
        """The requests of a cell of the matrix, in the order of the input; columns of the pair."""
        return self.pair.filter((pl.col("determination") == published) & (pl.col("determination_draft") == draft))

    def landed(self, by: str, key: Callable[[], pl.Series]) -> pl.DataFrame:
        """A row for each value of a key, which has one a request and is known as `by`: `group`, requests, people (null
        where no request names a member), changed, and the approval rate of both sides above and below the line."""
        over, under = RATES[0].over, RATES[0].under
        table = pl.concat(
            [
                self.pair.select(key().alias("group"), "flipped", "member_id", over=over, under=under),
                as_draft(self.pair).select(over_draft=over, under_draft=under),
            ],
            how="horizontal",
        )
        return table.group_by("group").agg(
            pl.len().alias("requests"),
            # No member named at all: people are not stated, which is not 0.
            pl.when(pl.col("member_id").is_not_null().any())
            .then(pl.col("member_id").drop_nulls().n_unique())
            .alias("people"),
            pl.col("flipped").sum().alias("changed"),
            pl.col("over", "under", "over_draft", "under_draft").sum(),
        )

    def by_base(self, base: str) -> pl.DataFrame:
        """The pair on recorded facts alone, resting on assumptions, or all of it."""
        return self.pair if base == "all" else self.pair.filter(pl.col("on_assumptions") == (base == "assumed"))

    def split(self) -> pl.DataFrame:
        """One row for all requests, those on recorded facts and those on assumptions: counts of each determination
        on both sides, flips and rates."""
        return pl.concat(
            [_summary(self.by_base(base)).with_columns(pl.lit(base).alias("facts")) for base in BASES],
            how="vertical_relaxed",
        )

    def groups(self, by: str) -> pl.DataFrame:
        """The same split within each value of a fact (`discipline`, `condition`, `plan`, …), largest group first;
        a missing value is a group of its own, named null."""
        parts = []
        for (value,), group in self.pair.group_by(by, maintain_order=True):
            for base in BASES:
                rows = group if base == "all" else group.filter(pl.col("on_assumptions") == (base == "assumed"))
                if base == "all" or rows.height:
                    parts.append(
                        _summary(rows).with_columns(
                            pl.lit(value, dtype=pl.String).alias(by), pl.lit(base).alias("facts")
                        )
                    )
        if not parts:
            return pl.DataFrame(schema={by: pl.String, "facts": pl.String})
        table = pl.concat(parts, how="vertical_relaxed")
        size = table.filter(pl.col("facts") == "all").select(by, pl.col("requests").alias("_size"))
        table = table.join(size, on=by, how="left", nulls_equal=True, maintain_order="left")
        return (
            table.sort("_size", by, descending=[True, False], maintain_order=True)
            .drop("_size")
            .select(by, "facts", pl.exclude(by, "facts"))
        )

    def against_history(self, side: str = "published") -> pl.DataFrame:
        """What history decided, what independent review made of it, and what the engine says now: requests.

        A table of two opinions; neither is the truth of the other.
        """
        name = "determination" if side == "published" else "determination_draft"
        return (
            self.pair.group_by("historical_determination", "appeal_outcome", name)
            .len("requests")
            .rename({name: "engine"})
            .sort("historical_determination", "appeal_outcome", "engine", nulls_last=True)
        )

    def as_dict(self) -> dict[str, object]:
        """The comparison as plain JSON matter."""
        return as_plain(self, facts=self.split().to_dicts())


def as_plain(changes: Changes, **more: object) -> dict[str, object]:
    """What two sides come to as plain JSON matter, wherever they were added up, and what else is known there."""
    rates = ("published", "draft", "difference", "low", "high")
    return {
        "cases": changes.total.requests,
        "episodes": changes.total.episodes,
        "people": changes.total.people,
        "flips": changes.flipped.requests,
        "flipped": changes.flipped.as_dict(),
        "matrix": changes.matrix,
        "rates": {r.name: {name: getattr(r, name) for name in rates} for r in changes.rates},
        "amounts": {name: changes.amount(name) for name in AMOUNTS},
        **more,
        "published": changes.published.as_dict(),
        "draft": changes.draft.as_dict(),
    }


def count(frame: pl.DataFrame) -> Counts:
    """Requests, episodes and people of a frame of requests."""
    return Counts(frame.height, frame["episode_id"].drop_nulls().n_unique(), frame["member_id"].drop_nulls().n_unique())


def compare(published: Replay, draft: Replay) -> Comparison:
    """Put two replays of the same cases side by side. Raises NotComparable where they are not."""
    if not published.decisions["request_id"].equals(draft.decisions["request_id"]):
        raise NotComparable("the two replays are not of the same requests in the same order")
    for name in ("mode", "deciding_day", "assumptions", "program", "policy"):
        one, two = getattr(published.about, name), getattr(draft.about, name)
        if one != two:
            nothing = BY_DATE if name == "deciding_day" else "none"
            raise NotComparable(f"{name} differs: published {one or nothing}, draft {two or nothing}")
    sides = [published.decisions.select(*SIDE, "assumed"), draft.decisions.select(pl.col(*SIDE).name.suffix("_draft"))]
    pair = pl.concat([published.cases.select("request_id", *CASE), *sides], how="horizontal")
    differs = pl.any_horizontal(
        pl.col(n).ne_missing(pl.col(f"{n}_draft")) for n in ("determination", "granted_visits", "granted_weeks")
    )
    return Comparison(
        published.about,
        draft.about,
        pair.with_columns(differs.alias("flipped"), (pl.col("assumed").list.len() > 0).alias("on_assumptions")),
    )


def _summary(pair: pl.DataFrame) -> pl.DataFrame:
    """One row of counts and rates of a paired frame."""
    total, changed = count(pair), count(pair.filter("flipped"))
    row: dict[str, object] = {
        "requests": total.requests,
        "episodes": total.episodes,
        "people": total.people,
        "changed": changed.requests,
        "newly_referred": int(newly_referred(pair).sum() or 0),
    }
    for side, suffix in (("published", ""), ("draft", "_draft")):
        counts = dict(pair[f"determination{suffix}"].value_counts().rows())
        row |= {f"{name} {side}": counts.get(name, 0) for name in d.DETERMINATIONS}
        one = pair.select(
            "requested_visits", determination=f"determination{suffix}", granted_visits=f"granted_visits{suffix}"
        )
        row |= {f"{name} {side}": value for name, value in shares(one).items()}
    floats = {k: pl.Float64 for k in row if "_rate " in k}
    return pl.DataFrame([row], schema_overrides=floats)
