"""Deciding again only what can come out otherwise: from one replay to the next, when numbers of a guideline move.

`Bench` holds a published replay and gives the replay under any draft, record for record what `replay` gives. It finds
the requests whose record *may* differ (never too few), and has a reading decide those: the reference where they are
few, whole columns where they are many. It decides nothing itself.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_

import polars as pl

from workbench.cases.assume import Assumptions
from workbench.engine import decision as d
from workbench.engine.columnar import decide_frame
from workbench.engine.setting import Setting
from workbench.engine.terms import compile_
from workbench.guideline.model import Draft, LimitRow, Rules
from workbench.guideline.versions import find_guideline, find_overlay
from workbench.language.tree import Call, Node, parameter_names
from workbench.study.replay import Replay, about, decide_by_reference

FEW = 80            # up to so many requests the reference is quicker than columnar expressions can be made
KEPT = 200          # of how many settings the difference is kept, for going back and forth
_LOGIC = ("and", "or", "xor", "not", "implies")
_BRANCHING = ("if", "case", "case_of", "Coalesce")
_ROW = "_at"


@dataclass(frozen=True)
class _Group:
    """The requests that one set of rules decides: their cases, with their place in the whole frame as `_at`."""

    guideline: str
    version: str
    overlay: str | None
    cases: pl.DataFrame = field(repr=False)


@dataclass(frozen=True)
class _Apart:
    """What a setting decides otherwise than published: places and whole records; the rest is as published."""

    setting: Setting = field(repr=False)
    rows: pl.Series = field(repr=False)
    records: pl.DataFrame = field(repr=False)


class Bench:
    """A published replay, decided as recorded, and what was found for the drafts that were asked for last."""

    def __init__(self, published: Replay, setting: Setting, assumptions: Assumptions | None = None):
        if published.about.mode != "as_recorded":
            raise ValueError("requests of a replay that carries history forward are not decided alone")
        self.published, self.setting, self._assumptions = published, setting, assumptions
        self._groups = _groups(published)
        self._found: dict[tuple[int, tuple], pl.Series] = {}
        self._nearest = _Apart(setting, pl.Series(dtype=pl.UInt32), published.decisions.clear())
        self._kept: OrderedDict[tuple, _Apart] = OrderedDict()

    def under(self, setting: Setting) -> Replay:
        """The replay under this setting, which differs from the published one in its draft alone."""
        self._nearest = self._apart(setting, self._nearest)
        return self._whole(self._nearest)

    def along(self, settings: Iterable[Setting], columns: tuple[str, ...]) -> Iterator[pl.DataFrame]:
        """Some columns of the records under one setting after the other: quick where each is near the one before."""
        near = self._nearest
        for setting in settings:
            near = self._apart(setting, near)
            yield self._decisions(near, columns)

    def _rules(self, group: _Group, setting: Setting) -> Rules:
        if setting.draft is not None and not _touches(setting.draft, group.guideline, setting):
            setting = self.setting
        overlay = find_overlay(setting.library, *group.overlay.split("/", 1)) if group.overlay else None
        return setting.rules(find_guideline(setting.library, group.guideline, group.version), overlay)

    def _apart(self, setting: Setting, near: _Apart) -> _Apart:
        key = tuple((r.guideline_digest, r.overlay_digest) for r in (self._rules(g, setting) for g in self._groups))
        if key not in self._kept:
            self._kept[key] = self._redecide(near, setting)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return replace(self._kept[key], setting=setting)

    def _redecide(self, near: _Apart, now: Setting) -> _Apart:
        """From a known setting to another: what was apart, with the requests that may differ decided again."""
        before = self._decisions(near, ("determination", "reasons"))
        chosen, made = [pl.Series(dtype=pl.UInt32)], [near.records.clear()]
        for i, group in enumerate(self._groups):
            old, new = self._rules(group, near.setting), self._rules(group, now)
            frame = group.cases.filter(self._affected(i, before, old, new)) if old != new else group.cases.clear()
            if frame.height:
                chosen.append(frame[_ROW])
                made.append((decide_by_reference if frame.height <= FEW else decide_frame)(frame.drop(_ROW), now))
        rows = pl.concat(chosen)
        still = ~near.rows.is_in(rows.implode())
        return _Apart(now, pl.concat([near.rows.filter(still), rows]), pl.concat([near.records.filter(still), *made]))

    def _decisions(self, apart: _Apart, columns: tuple[str, ...] | None = None) -> pl.DataFrame:
        """All records under a setting, in the order of the cases."""
        published, records = self.published.decisions, apart.records
        if columns:
            published, records = published.select(columns), records.select(columns)
        n = published.height
        if len(apart.rows):
            at = pl.Series(range(n), dtype=pl.UInt32).scatter(
                apart.rows, pl.Series(range(n, n + records.height), dtype=pl.UInt32))
            published = pl.concat([published, records])[at]
        return published if columns else published.with_columns(self._digests(apart.setting))

    def _digests(self, setting: Setting) -> pl.Expr:
        """The digest of the rules that decide each request now, whether or not they decide it otherwise."""
        found = {(g.guideline, g.version): self._rules(g, setting).guideline_digest for g in self._groups}
        names = [f"{g}/{v}" for g, v in found]
        now = pl.format("{}/{}", "guideline", "version").replace_strict(
            names, list(found.values()), default=pl.col("guideline_digest"), return_dtype=pl.String)
        return now.alias("guideline_digest")

    def _whole(self, apart: _Apart) -> Replay:
        decisions = self._decisions(apart)
        before = self.published.about
        return Replay(self.published.cases, decisions, about(
            self.published.cases, decisions, apart.setting, engine=before.engine.split()[0], mode="as_recorded",
            policy=None, carried=None, assumptions=self._assumptions))

    def _affected(self, group: int, decisions: pl.DataFrame, old: Rules, new: Rules) -> pl.Series:
        """Which requests of a group may come out otherwise."""
        cases = self._groups[group].cases
        if not _numbers_only(old, new):
            return cases.select(pl.repeat(True, pl.len())).to_series()
        moved = [m for n in _conditions(old) if (m := _moved(n, old, new)) is not None]
        rows = cases.select(reduce(or_, moved, pl.repeat(False, pl.len()))).to_series()
        changed = [i for i, (a, b) in enumerate(zip(old.limits, new.limits, strict=True), start=1) if a != b]
        if changed:
            moves = reduce(or_, (_amounts_move(old.limits[i - 1], new.limits[i - 1]) for i in changed))
            moves = cases.select(moves & self._first_row(group, old).is_in(changed)).to_series()
            rows = rows | (moves & _open(decisions[cases[_ROW]]))
        return rows

    def _first_row(self, group: int, rules: Rules) -> pl.Series:
        """The limit row of each request of a group. Kept, since moves of numbers leave it alone."""
        key = (group, tuple(r.cells for r in rules.limits))
        if key not in self._found:
            self._found[key] = self._groups[group].cases.select(first_row(rules)).to_series()
        return self._found[key]


def _touches(draft: Draft, guideline: str, setting: Setting) -> bool:
    """Whether a draft can change this guideline: by name, through a base, or for a plan."""
    meant = {c.guideline for c in draft.changes}
    return guideline in meant or bool(draft.plans) or any(g.base and g.id in meant for g in setting.library.guidelines)


def _groups(published: Replay) -> list[_Group]:
    keys = ("guideline", "version", "overlay")
    cases = published.cases.with_row_index(_ROW).with_columns(published.decisions.select(
        pl.col(*keys).name.prefix("_of_")))
    decided = cases.filter(pl.col("_of_guideline").is_not_null())
    return [_Group(*key, rows.drop(*(f"_of_{k}" for k in keys)))
            for key, rows in decided.group_by(*(f"_of_{k}" for k in keys), maintain_order=True)]


# what may come out otherwise

def _open(decisions: pl.DataFrame) -> pl.Series:
    """What hangs on amounts: an exemption, a waiver or an unmet criterion settles a request without them."""
    return decisions["determination"].is_in([d.APPROVED, d.IN_PART, d.INFORMATION]) | (
        (decisions["determination"] == d.CLINICIAN) & decisions["reasons"].list.contains("limit_reached"))


def _numbers_only(old: Rules, new: Rules) -> bool:
    """Whether nothing but values of parameters and numbers of limit rows differs."""
    def rest(rules: Rules) -> Rules:
        return replace(rules, guideline_digest="", parameters=tuple(replace(p, value=p.low) for p in rules.parameters),
                       limits=tuple(replace(r, visits=0, weeks=0, per_week=None) for r in rules.limits))
    moved = {p.id for p, q in zip(old.parameters, new.parameters, strict=False) if p != q}
    return rest(old) == rest(new) and not moved & set(parameter_names(old.scope))


def _conditions(rules: Rules) -> list[Node]:
    """Every condition in which a parameter can stand."""
    nodes = [e.when for e in rules.exemptions] + [w.when for w in rules.waivers]
    nodes += [n for c in rules.criteria for n in (c.applies, c.requires)]
    return [n for n in nodes if n is not None]


def _moved(node: Node, old: Rules, new: Rules) -> pl.Expr | None:
    """Where a condition may come out otherwise, or ask for other facts: where one of its parts that hold a changed
    parameter does. None where none can."""
    moved = {i for i, v in old.values.items() if new.values[i] != v}
    if not moved & set(parameter_names(node)):
        return None
    if isinstance(node, Call) and node.op in _LOGIC:
        parts = [m for a in node.args if (m := _moved(a, old, new)) is not None]
        return reduce(or_, parts)
    before, after = compile_(node, old.values), compile_(node, new.values)
    differs = before.ne_missing(after)
    return differs | before.is_null() if _branches(node) else differs


def _branches(node: Node) -> bool:
    """Whether what an unknown asks for may hang on a value."""
    return isinstance(node, Call) and (node.op in _BRANCHING or any(_branches(a) for a in node.args))


def first_row(rules: Rules) -> pl.Expr:
    """The first limit row, counted from 1, that is true; 0 where an unknown one comes first, or none is."""
    found = []
    for i, row in enumerate(rules.limits, start=1):
        cells = [compile_(c.node, rules.values) for c in row.cells]
        truth = reduce(lambda a, b: a & b, cells, pl.lit(True))
        found.append(pl.when(truth.is_null()).then(0).when(truth).then(i))
    return pl.coalesce([*found, pl.lit(0)]).cast(pl.Int32)


def _amounts_move(old: LimitRow, new: LimitRow) -> pl.Expr:
    """Where the numbers of a row bind before or after: elsewhere all of the ask fits both, or both are used up."""
    parts = [_binds(*pair) for pair in ((old.visits, new.visits, "requested_visits", "visits_used"),
                                        (old.weeks, new.weeks, "requested_weeks", "weeks_used")) if pair[0] != pair[1]]
    if old.per_week != new.per_week:
        parts.append(pl.lit(True))
    return reduce(or_, parts, pl.lit(False))


def _binds(old: int, new: int, asked: str, used: str) -> pl.Expr:
    left, left_now, ask = old - pl.col(used), new - pl.col(used), pl.col(asked)
    fits = ((left >= ask) & (left_now >= ask)).fill_null(False)
    gone = ((left <= 0) & (left_now <= 0)).fill_null(False)
    return pl.col(used).is_not_null() & ~fits & ~gone
