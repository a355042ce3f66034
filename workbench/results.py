"""What the verbs of `workbench.api` give: pandas tables, made when they are first asked for.

Frames are Arrow-backed, so a missing boolean or integer stays missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import polars as pl

from workbench.engine import reference
from workbench.engine.setting import Setting
from workbench.errors import nearest
from workbench.facts import facts
from workbench.review import difference as _difference
from workbench.review.scenario_result import Trial
from workbench.study import compare as _compare
from workbench.study import sweep as _sweep
from workbench.study.case_source import sound
from workbench.study.clocks import first
from workbench.study.decision_file import sidecar, write
from workbench.study.replay import About, Replay, facts_of, prepare
from workbench.words.comparisons import sentence

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workbench.cases.assume import Assumptions
    from workbench.cases.prepared import PreparedCases
    from workbench.guideline.model import Library
    from workbench.review.proof.prove import Proof


def to_pandas(frame: pl.DataFrame) -> pd.DataFrame:
    """A Polars frame as pandas, Arrow-backed."""
    return frame.to_pandas(use_pyarrow_extension_array=True)


def to_polars(frame: pd.DataFrame | pl.DataFrame) -> pl.DataFrame:
    """A pandas frame as Polars; a Polars frame as it is."""
    return frame if isinstance(frame, pl.DataFrame) else pl.from_pandas(frame)


def ready(
    frame: pd.DataFrame | pl.DataFrame, library: Library, chosen: Setting, assume: Assumptions | None
) -> PreparedCases:
    """Cases as a verb is given them, checked and with their derived facts. Raises ProblemsFound."""
    return prepare(sound(to_polars(frame), library), chosen, assume)


@dataclass(frozen=True)
class Cases:
    """A file, read: `accepted` rows as cases, rows `set_aside` with their reasons; together they are all that was
    read. `notes` says what was read as unknown, and why; `skipped` counts rows that were not meant, by reason.

    Shape: `accepted`: a row a request, a column a fact; `set_aside`: row, request_id, codes, reasons, raw; `notes`:
    row, request_id, fact, note; `read`: how many rows; `skipped`: reason → rows.
    Units: those of the facts (docs/formats/request.md).
    Errors: none of its own.

    >>> read = wb.read_cases("scenarios/cases/hearing_orders.csv", guidelines, source="narratives")
    >>> read.read == len(read.accepted) + len(read.set_aside)
    True
    """

    accepted: pd.DataFrame = field(repr=False)
    set_aside: pd.DataFrame = field(repr=False)
    notes: pd.DataFrame = field(repr=False)
    read: int
    skipped: Mapping[str, int] = field(repr=False, default_factory=dict)

    def __repr__(self) -> str:
        return f"Cases: {self.read:,} read = {len(self.accepted):,} accepted + {len(self.set_aside):,} set aside"


@dataclass(frozen=True)
class Replayed:
    """Decisions, one record a request in the order of the cases, with what they rest on (`about`).

    Shape: `decisions`: a row a request, a column a field of the record (docs/formats/record.md lists them).
    Units: whole visits and weeks; missing where none is told.
    Errors: as each method says.

    >>> replayed = wb.replay(cases, guidelines)
    >>> (replayed.decisions["request_id"] == cases["request_id"]).all()
    True
    >>> replayed.trace(cases["request_id"][0]).decision.determination == replayed.decisions["determination"][0]
    True
    """

    result: Replay = field(repr=False)
    setting: Setting = field(repr=False)

    @cached_property
    def decisions(self) -> pd.DataFrame:
        """One record a request: determination, visits and weeks granted, referred and waived, reasons, digests."""
        return to_pandas(self.result.decisions)

    @property
    def about(self) -> About:
        """What the decisions rest on: guideline versions, deciding day, mode, policy, program, draft, assumptions."""
        return self.result.about

    @cached_property
    def texts(self) -> dict[str, object]:
        """Digest → the texts, sources and numbers behind the ids in the records."""
        return sidecar(self.result.decisions, self.setting)

    def write(self, path: str | Path, *, force: bool = False) -> None:
        """The decisions as Parquet, their texts beside them; files that are there already are replaced only with
        `force`. Raises ProblemsFound."""
        write(self.result, Path(path), self.setting, force=force)

    def trace(self, request_id: str) -> reference.Traced:
        """How one request was decided, step by step, by the reference. Raises KeyError for an id that is not among the
        cases."""
        rows = self.result.cases.filter(pl.col("request_id") == request_id)
        if rows.is_empty():
            raise KeyError(request_id)
        return reference.decide(facts_of(rows.row(0, named=True)), self.setting)


@dataclass(frozen=True)
class Comparison:
    """What a draft changes, as pandas tables. Every difference is draft − published.

    Shape: `matrix` 6 × 6 determinations in requests; `rates` a row a rate; `flips` a row a request that changes, the
    draft's columns with `_draft` at their end; `split`, `by(fact)` a row a group; `history()` a row for each
    combination.
    Units: requests, episodes and people are three counts; rates are shares of 1, `visit_approval_rate` of visits.
    Errors: KeyError for a fact that is none (`by`), or a side other than published and draft (`history`).

    >>> more = wb.load_draft(
    ...     {"changes": {"physical-therapy": {"limits": {"change": [{"where": {}, "visits": {"add": 4}}]}}}}, guidelines
    ... )
    >>> compared = wb.compare(wb.replay(cases, guidelines), wb.replay(cases, guidelines, draft=more))
    >>> int(compared.matrix.to_numpy().sum())
    200
    >>> len(compared.flips) == compared.as_dict()["flipped"]["requests"]
    True
    """

    result: _compare.Comparison = field(repr=False)

    @property
    def sentence(self) -> str:
        """What changes, in one sentence that counts requests, episodes and people."""
        return sentence(self.result)

    @cached_property
    def matrix(self) -> pd.DataFrame:
        """Requests: a row for each published determination, a column for each of the draft's."""
        return pd.DataFrame.from_dict(self.result.matrix, orient="index")

    @cached_property
    def rates(self) -> pd.DataFrame:
        """By name: the rate under published and draft (shares of 1), draft − published and its 95 % interval."""
        return pd.DataFrame([vars(r) for r in self.result.rates]).set_index("name")

    @cached_property
    def flips(self) -> pd.DataFrame:
        """The requests whose determination, granted visits or granted weeks differ, both sides in a row; urgent first,
        then those of which an expedited review was asked, else in the order of the cases."""
        return to_pandas(self.result.flips.sort(*first("", "_draft"), descending=True, maintain_order=True))

    @cached_property
    def split(self) -> pd.DataFrame:
        """Counts and rates of all requests, of those on recorded facts, and of those resting on assumptions."""
        return to_pandas(self.result.split()).set_index("facts")

    def by(self, fact: str) -> pd.DataFrame:
        """The same for each value of a fact: discipline, condition, plan, complexity, … Raises KeyError for a name that
        is none."""
        # Any column would do for Polars, the engine's own included: grouped by `reasons` the counts would mean nothing.
        if fact not in facts():
            raise KeyError(f"{fact} is no fact {nearest(fact, facts())}".strip())
        return to_pandas(self.result.groups(fact))

    def history(self, side: str = "published") -> pd.DataFrame:
        """Engine × history × independent review, in requests. Raises KeyError for a side other than published and
        draft."""
        if side not in ("published", "draft"):
            raise KeyError(f"{side} is no side; published and draft are")
        return to_pandas(self.result.against_history(side))

    def as_dict(self) -> dict[str, object]:
        """The whole comparison as plain values, ready for JSON."""
        return self.result.as_dict()


@dataclass(frozen=True)
class Swept:
    """What one number of a guideline, or two, come to at each value. Every difference is draft − published.

    Shape: `table`: a row for each combination of values, metric and group, with the values under the names of the
    controls, `metric`, `unit`, `published`, `draft`, `difference`, and, without groups, `low` and `high`, the 95 %
    interval of the difference (for rates).
    Units: shares of 1, requests, episodes, people, visits or weeks, as `unit` says.
    Errors: ValueError where a metric is drawn that was not swept (`figure`).

    >>> swept = wb.sweep(cases, guidelines, ("physical-therapy", "limits.lbp.visits"), [8, 10, 12])
    >>> picture = swept.figure("referral_rate")
    """

    result: _sweep.Swept = field(repr=False)

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row for each combination of values, metric and group: the values, `metric`, `unit` (share of 1, requests,
        people, episodes, visits, weeks), `published`, `draft`, `difference`, and for rates of all requests `low` and
        `high`, the 95 % interval of the difference."""
        return to_pandas(self.result.table)

    @property
    def about(self) -> About:
        """What the published side rests on."""
        return self.result.about

    def figure(self, metric: str = "approval_rate") -> Figure:
        """A line over one number (one for each group), or a map over two. Raises ValueError for a metric that was not
        swept."""
        from workbench.words.sweep_figures import figure

        return figure(self.result, metric)


@dataclass(frozen=True)
class Tried:
    """A scenario, tried: what changes, the verdict, the gates, the numbers. Every difference is draft − published.

    Shape: `gates`: gate, bound, limit, published, draft, holds; `numbers`: number, value (a text), unit; `changes` as
    `wb.diff`; `by(fact)`: the fact, requests, draft supports more, draft supports less.
    Units: gates in shares of 1 or requests; numbers say theirs.
    Errors: ProblemsFound where a report can not be written.

    >>> tried = wb.try_scenario("scenarios/relax-chronic-back-pain.yaml", guidelines)
    >>> tried.holds == all(tried.gates["holds"])
    True
    """

    result: Trial = field(repr=False)

    @property
    def verdict(self) -> str:
        """One sentence: whether the gates hold, and what it costs whom."""
        return self.result.verdict()

    @property
    def holds(self) -> bool:
        """Whether every gate holds."""
        return self.result.holds

    @property
    def words(self) -> str:
        """What changes, in plain text."""
        return "\n".join(self.result.difference.lines())

    @property
    def changes(self) -> pd.DataFrame:
        """What changes: old → new with unit, source and evidence."""
        return changes_table(self.result.difference)

    @property
    def gates(self) -> pd.DataFrame:
        """A row for each gate: its bound and limit, the rate under published and draft, and whether it holds."""
        return pd.DataFrame(
            [
                [g.gate.name, g.gate.bound, float(g.gate.limit), g.published, g.draft, g.holds]
                for g in self.result.gates
            ],
            columns=["gate", "bound", "limit", "published", "draft", "holds"],
        )

    @property
    def numbers(self) -> pd.DataFrame:
        """The key numbers, as texts with their units: counts, shares, and notes on what they rest on."""
        return pd.DataFrame(
            [[k.name, k.text, k.unit] for k in self.result.key_numbers()], columns=["number", "value", "unit"]
        )

    @property
    def comparison(self) -> Comparison:
        """Published against draft on the cases of the scenario."""
        return Comparison(self.result.comparison)

    def by(self, fact: str) -> pd.DataFrame:
        """Requests for which the draft supports more, and less, by the values of a fact."""
        return pd.DataFrame(
            self.result.by(fact), columns=[fact, "requests", "draft supports more", "draft supports less"]
        )

    def picture(self, name: str = "rates") -> Picture:
        """A static figure with its text: rates, determinations or condition."""
        from workbench.review.pictures import picture

        found = picture(self.result, name)
        return Picture("", "") if found is None else Picture(str(found.html), found.alt)

    def report(self, folder: str | Path) -> Path:
        """Write the report page, the key numbers and the result into a folder; returns the page."""
        from workbench.review.report import write_report

        return write_report(self.result, Path(folder))


@dataclass(frozen=True)
class Picture:
    """A figure that a notebook shows as it is, with the text that says the same."""

    html: str = field(repr=False)
    text: str

    def _repr_html_(self) -> str:
        return self.html


@dataclass(frozen=True)
class Proved:
    """Answers about every request: proofs, and requests that show the contrary.

    Shape: `holds`: whether every question is answered with yes; `lines`: all in words; `table`: guideline, question,
    about, state (holds, fails, undecided), text, plan, request (fact → value, or None).
    Units: none.
    Errors: none of its own.

    >>> proved = wb.prove(guidelines, ["speech-therapy"], questions=["referred-in-part"], plan="")
    >>> list(proved.table.state)
    ['holds']
    """

    result: Proof = field(repr=False)

    @property
    def holds(self) -> bool:
        """Whether every question is answered with yes."""
        return self.result.holds

    @property
    def lines(self) -> list[str]:
        """All answers in words, a line each."""
        return self.result.lines()

    @property
    def table(self) -> pd.DataFrame:
        """A row for each answer."""
        rows = [
            [a.guideline, a.question, a.about, a.state, a.text, a.plan, dict(a.witness.facts) if a.witness else None]
            for a in self.result.answers
        ]
        return pd.DataFrame(rows, columns=["guideline", "question", "about", "state", "text", "plan", "request"])


def changes_table(difference: _difference.Difference) -> pd.DataFrame:
    """What a draft or another version changes, a row for each number or text: old → new, unit, source, evidence."""
    return pd.DataFrame(
        [[i.place, i.title, i.part or i.how, i.old, i.new, i.unit, i.source, i.evidence] for i in difference.said],
        columns=["in", "what", "part", "old", "new", "unit", "source", "evidence"],
    )
