"""What `import workbench as wb` gives: pandas in and out, or a path for what does not fit memory.

Frames are Arrow-backed, so a missing boolean or integer stays missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import pandas as pd
import polars as pl

from workbench.cases import generate as _generate
from workbench.cases.assume import Assumptions, load_assumptions
from workbench.cases.calibrate import Data, calibrate
from workbench.cases.read import Reading
from workbench.cases.read import read_cases as _read_cases
from workbench.cases.request import read_request
from workbench.cases.sources import read_source
from workbench.engine import reference
from workbench.engine.setting import Setting, setting
from workbench.guideline.load import load_guidelines
from workbench.guideline.load_draft import load_draft
from workbench.guideline.model import Draft, Library
from workbench.review import difference as _difference
from workbench.review.scenario_file import load_scenario
from workbench.review.trial import Trial
from workbench.review.trial import try_scenario as _try_scenario
from workbench.study import compare as _compare
from workbench.study.replay import About, Replay, facts_of, prepare
from workbench.study.replay import replay as _replay
from workbench.study.store import replay_to, sidecar, write

__all__ = ["Cases", "Comparison", "Replayed", "Tried", "calibration", "compare", "decide", "diff", "generate",
           "load_assumptions", "load_draft", "load_guidelines", "read_cases", "replay", "show_account",
           "show_calibration", "show_distribution", "try_scenario", "tune"]


def to_pandas(frame: pl.DataFrame) -> pd.DataFrame:
    """A Polars frame as pandas, Arrow-backed."""
    return frame.to_pandas(use_pyarrow_extension_array=True)


def to_polars(frame: pd.DataFrame | pl.DataFrame) -> pl.DataFrame:
    return frame if isinstance(frame, pl.DataFrame) else pl.from_pandas(frame)


@dataclass(frozen=True)
class Cases:
    """A file, read: `accepted` rows as cases, rows `set_aside` with their reasons; together they are all that was
    read. `notes` says what was read as unknown, and why; `skipped` counts rows that were not meant, by reason."""

    accepted: pd.DataFrame = field(repr=False)
    set_aside: pd.DataFrame = field(repr=False)
    notes: pd.DataFrame = field(repr=False)
    read: int
    skipped: Mapping[str, int] = field(repr=False, default_factory=dict)

    def __repr__(self) -> str:
        return f"Cases: {self.read:,} read = {len(self.accepted):,} accepted + {len(self.set_aside):,} set aside"


@dataclass(frozen=True)
class Replayed:
    """Decisions, one record a request in the order of the cases, with what they rest on (`about`)."""

    result: Replay = field(repr=False)
    setting: Setting = field(repr=False)

    @cached_property
    def decisions(self) -> pd.DataFrame:
        return to_pandas(self.result.decisions)

    @property
    def about(self) -> About:
        return self.result.about

    @cached_property
    def texts(self) -> dict[str, object]:
        """Digest → the texts, sources and numbers behind the ids in the records."""
        return sidecar(self.result.decisions, self.setting)

    def write(self, path: str | Path) -> None:
        """The decisions as Parquet, their texts beside them."""
        write(self.result, Path(path), self.setting)

    def trace(self, request_id: str) -> reference.Traced:
        """How one request was decided, step by step, by the reference."""
        rows = self.result.cases.filter(pl.col("request_id") == request_id)
        if rows.is_empty():
            raise KeyError(request_id)
        return reference.decide(facts_of(rows.row(0, named=True)), self.setting)


@dataclass(frozen=True)
class Comparison:
    """What a draft changes, as pandas tables. Every difference is draft − published."""

    result: _compare.Comparison = field(repr=False)

    @property
    def sentence(self) -> str:
        return self.result.sentence()

    @cached_property
    def matrix(self) -> pd.DataFrame:
        """Requests: a row for each published determination, a column for each of the draft's."""
        return pd.DataFrame.from_dict(self.result.matrix, orient="index")

    @cached_property
    def rates(self) -> pd.DataFrame:
        return pd.DataFrame([vars(r) for r in self.result.rates]).set_index("name")

    @cached_property
    def flips(self) -> pd.DataFrame:
        return to_pandas(self.result.flips)

    @cached_property
    def split(self) -> pd.DataFrame:
        """Counts and rates of all requests, of those on recorded facts, and of those resting on assumptions."""
        return to_pandas(self.result.split()).set_index("facts")

    def by(self, fact: str) -> pd.DataFrame:
        """The same for each value of a fact: discipline, condition, plan, complexity, …"""
        return to_pandas(self.result.groups(fact))

    def history(self, side: str = "published") -> pd.DataFrame:
        """Engine × history × independent review, in requests."""
        return to_pandas(self.result.against_history(side))

    def as_dict(self) -> dict[str, object]:
        return self.result.as_dict()


@dataclass(frozen=True)
class Tried:
    """A scenario, tried: what changes, the verdict, the gates, the numbers. Every difference is draft − published."""

    result: Trial = field(repr=False)

    @property
    def verdict(self) -> str:
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
        return pd.DataFrame([[g.gate.name, g.gate.bound, float(g.gate.limit), g.published, g.draft, g.holds]
                             for g in self.result.gates],
                            columns=["gate", "bound", "limit", "published", "draft", "holds"])

    @property
    def numbers(self) -> pd.DataFrame:
        """The key numbers, as texts with their units: counts, shares, and notes on what they rest on."""
        return pd.DataFrame([[k.name, k.text, k.unit] for k in self.result.key_numbers()],
                            columns=["number", "value", "unit"])

    @property
    def comparison(self) -> Comparison:
        return Comparison(self.result.comparison)

    def by(self, fact: str) -> pd.DataFrame:
        """Requests for which the draft supports more, and less, by the values of a fact."""
        return pd.DataFrame(self.result.by(fact),
                            columns=[fact, "requests", "draft supports more", "draft supports less"])

    def picture(self, name: str = "rates") -> Picture:
        """A static figure with its text: rates, determinations or condition."""
        from workbench.review.pictures import picture
        html = picture(self.result, name)
        return Picture(html, html.partition('alt="')[2].partition('"')[0])

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


def changes_table(difference: _difference.Difference) -> pd.DataFrame:
    return pd.DataFrame([[i.place, i.title, i.part or i.how, i.old, i.new, i.unit, i.source, i.evidence]
                         for i in difference.items],
                        columns=["in", "what", "part", "old", "new", "unit", "source", "evidence"])


def read_cases(path: str | Path, guidelines: Library, *, mapping: str | Path | Mapping | None = None,
               source: str | None = None) -> Cases:
    """Read cases from CSV, Parquet or Excel with a mapping, or from a known `source` (narratives, imr, claims).

    Raises ProblemsFound where the file as a whole can not be read; rows with problems are set aside instead.
    """
    found: Reading = (read_source(source, path, guidelines) if source
                      else _read_cases(path, guidelines, mapping=mapping))
    return Cases(to_pandas(found.accepted), to_pandas(found.set_aside), to_pandas(found.notes), found.read,
                 dict(found.skipped))


def generate(requests: int, guidelines: Library, *, seed: int = 1) -> pd.DataFrame:
    """Invented requests, calibrated and seeded: the same seed gives the same requests on any machine."""
    return to_pandas(_generate.generate(requests, seed, guidelines))


def calibration(cases: pd.DataFrame) -> pd.DataFrame:
    """Generated cases held against the published figures of calibration.csv, a row each: id, quantity, target,
    generated, difference_percent (generated − target), n, counts, source, and `within` (10 %)."""
    from workbench.lab.cases_view import calibration_table
    return calibration_table(to_pandas(calibrate(to_polars(cases))))


def show_calibration(held: pd.DataFrame, *, counts: bool = True):
    """The rows of `calibration` as a table with its sentence: the published figures, or (`counts=False`) those that
    were assumed or remembered and do not count."""
    from workbench.lab.cases_view import show_calibration as show
    return show(held, counts)


def show_distribution(cases: pd.DataFrame, name: str):
    """A picture of generated cases with its table beside it: visits, requests, age, improvement, missing or cover.
    Raises KeyError for another name."""
    from workbench.lab.cases_view import show_distribution as show
    return show(Data(to_polars(cases)), name)


def show_account(cases: Cases, replayed: Replayed):
    """What was read and what was decided of it, with counts that add up: rows, reasons, determinations, missing facts,
    and history beside the engine. Raises ValueError where the replay is of other cases."""
    from workbench.lab.account_view import show_account as show
    return show(cases.accepted, cases.set_aside, cases.notes, cases.read, cases.skipped, replayed.decisions,
                replayed.about)


def decide(request: str | Path | Mapping, guidelines: Library, *, program: str | None = None,
           as_of: date | None = None, draft: Draft | None = None) -> reference.Traced:
    """Decide one request (facts by name, or a YAML file), with the trace. It goes by its own `received_on` unless
    `as_of` names a day. Assumptions never apply to a single decision."""
    chosen = setting(guidelines, as_of=as_of, by_date=as_of is None, program=program, draft=draft)
    frame = prepare(read_request(request, guidelines), chosen)
    return reference.decide(facts_of(frame.row(0, named=True)), chosen)


def replay(cases: pd.DataFrame | str | Path, guidelines: Library, *, draft: Draft | None = None,
           as_of: date | None = None, by_date: bool = False, program: str | None = None,
           versions: Mapping[str, str] | None = None, assume: Assumptions | None = None, mode: str = "as_recorded",
           policy: str = "history", engine: str = "columnar", out: str | Path | None = None) -> Replayed | About:
    """Decide history. A frame gives a `Replayed`; a path to Parquet needs `out` and gives what it rests on.

    `versions` (guideline → version) tries those versions, of whatever status, in place of the ones the day chooses.
    """
    chosen = setting(guidelines, as_of=as_of, by_date=by_date, program=program, draft=draft, pins=versions)
    options = {"assumptions": assume, "mode": mode, "policy": policy, "engine": engine}
    if isinstance(cases, str | Path):
        if out is None:
            raise ValueError("a replay of a file needs out=PATH for its decisions")
        return replay_to(Path(cases), Path(out), chosen, **options)
    return Replayed(_replay(to_polars(cases), chosen, **options), chosen)


def compare(published: Replayed, draft: Replayed) -> Comparison:
    """Two replays of the same cases side by side."""
    return Comparison(_compare.compare(published.result, draft.result))


def diff(guidelines: Library, one: Draft | str, two: str = "") -> pd.DataFrame:
    """What a draft, or one version against another (`"physical-therapy/2026.1"`), changes."""
    return changes_table(_difference.diff_draft(guidelines, one) if isinstance(one, Draft) else
                         _difference.diff_versions(guidelines, one, two))


def try_scenario(scenario: str | Path | Mapping, guidelines: Library) -> Tried:
    """Try a scenario: a file, or its keys as a mapping (those that are None count as absent). Raises ProblemsFound with
    all that is wrong with it."""
    if isinstance(scenario, Mapping):
        scenario = {k: v for k, v in scenario.items() if v is not None and v != ""}
    return Tried(_try_scenario(load_scenario(scenario, guidelines), guidelines))


def tune(guidelines: Library | str | Path | None = None, cases: pd.DataFrame | str | Path | None = None, **options):
    """The tuning screen of the notebook: move a number of a guideline and see which requests come out otherwise.

    `guidelines` is a folder (found by itself where it is `guidelines` here or above), `cases` a frame or a file;
    without it the screen offers generated requests and the real ones of the project. Options: `requests` and `seed` of
    the generated ones, `as_of`, `program`, `state` (what `panel.state` gave before), `drafts` (where drafts are saved).
    """
    from workbench.lab.tune import tune as open_panel
    return open_panel(guidelines, cases, **options)
