"""The Spark reading: case frames of any size decided on a cluster. It gives the complete decision record.

As in the columnar reading a row is first sorted by which rules decide it; each such group is decided by the columns of
its plan. No row is looked at here: what could meet a row (versions, overlays) is taken from the guideline folder.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeAlias

from workbench.engine import decision as d
from workbench.engine.columns import FREE, VARIANT, Plan, by_variant, needed, value
from workbench.engine.plan import plans
from workbench.engine.setting import Setting
from workbench.engine.spark_nodes import NO_IDS, Compiled, compile_node, compile_plan
from workbench.errors import Problem, ProblemsFound
from workbench.guideline.model import Overlay, Program, ProgramRow
from workbench.language.spark import among, column, compile_, day, text, whole

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    Frame: TypeAlias = DataFrame  # on the cluster, for rooms that hand it on
    Session: TypeAlias = SparkSession

_TYPES: dict[type, str] = {
    str: "STRING",
    int: "BIGINT",
    bool: "BOOLEAN",
    date: "DATE",
    tuple: "ARRAY<STRING>",
    d.Engine: "STRING",
}


def _literal(value: object) -> str:
    """What a field has where nothing happened, as SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value}L" if isinstance(value, int) else NO_IDS if value == [] else text(str(value))


RECORD: dict[str, str] = {f.name: _TYPES[f.holds] for f in d.FIELDS}
GROUP = "_group"
FREED, NO_GUIDELINE, AMBIGUOUS = -1, -2, -3  # groups that no rules decide
_DEFAULT = {f.name: _literal(f.default) for f in d.FIELDS}
# What the texts mean hangs on these, whatever the session of a cluster was given.
SETTINGS = {
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.decimalOperations.allowPrecisionLoss": "true",
    # A plan of this width is more than one method of Java holds: each try would end in a page of log, and be undone.
    "spark.sql.codegen.wholeStage": "false",
}
_LOCAL = {
    "spark.ui.enabled": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.ui.showConsoleProgress": "false",
}


def session(master: str | None = None, **options: str) -> Session:
    """The Spark session of this process, begun on `master` (None: what `spark-submit` or the notebook's cluster gives)
    where there is none yet. Raises ProblemsFound (`missing-extra`) without pyspark or Java."""
    try:
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError:
        raise _missing("pyspark is not installed", "pip install 'therapy-workbench[spark]'") from None
    # Arrow alone is exchanged, no frames of pandas.
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    # Workers run the same Python: what prepares the cases there is this package.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder: Any = SparkSession.builder.appName("workbench")
    if master:
        builder = builder.master(master)
    for name, given in {**(_LOCAL if master and master.startswith("local") else {}), **options}.items():
        builder = builder.config(name, given)
    try:
        found: SparkSession = builder.getOrCreate()
    except (PySparkRuntimeError, FileNotFoundError) as error:
        if "JAVA" not in str(error).upper():
            raise
        raise _missing("Spark finds no Java", "install Java 17 (Debian: openjdk-17-jre-headless)") from None
    for name, given in SETTINGS.items():
        found.conf.set(name, given)
    return found


def _missing(what: str, hint: str) -> ProblemsFound:
    return ProblemsFound([Problem("missing-extra", f"the engine spark can not run: {what}", hint=hint)])


def decide(frame: Frame, setting: Setting, keep: Sequence[str] = ()) -> Frame:
    """Prepared cases → one decision record a row, with the columns `keep` beside it. Rows keep no order."""
    settled, groups = settle(frame, setting)
    asked = {"referred_visits": "requested_visits", "referred_weeks": "requested_weeks"}
    nothing = {"granted_visits": "0L", "granted_weeks": "0L", **asked}
    apart = {
        FREED: {"determination": text(d.NOT_REQUIRED), "reasons": f"array({text(d.BY_PROGRAM)})"},
        NO_GUIDELINE: {"determination": text(d.CLINICIAN), "reasons": "array('no_guideline')", **nothing},
        AMBIGUOUS: {"determination": text(d.CLINICIAN), "reasons": "array('ambiguous_guideline')", **nothing},
    }
    undecided = settled.where(f"{GROUP} < 0")
    known: dict[str, str] = {}
    for name in {n for found in apart.values() for n in found}:
        cases = " ".join(f"WHEN {g} THEN {found[name]}" for g, found in apart.items() if name in found)
        known[name] = f"CASE {GROUP} {cases} ELSE {_DEFAULT[name]} END"
    parts = [_record(undecided, known, keep)]
    for number, compiled in groups:
        found = run(settled.where(f"{GROUP} = {number}"), compiled)
        parts.append(_record(found, {n: c for n, c in compiled.names.items() if n in RECORD}, keep))
    return reduce(lambda a, b: a.unionByName(b), parts)


def run(frame: Frame, compiled: Compiled) -> Frame:
    """The frame with every column of the plan."""
    for level in compiled.levels:
        frame = frame.selectExpr("*", *(f"{said} AS {name}" for name, said in level))
    return frame


def _record(frame: Frame, known: dict[str, str], keep: Sequence[str]) -> Frame:
    """The record's columns: those given, those already there, else what stands where nothing happened."""
    there, columns = set(frame.columns), []
    for name, kind in RECORD.items():
        said = known[name] if name in known else column(name) if name in there else _DEFAULT[name]
        columns.append(f"CAST({said} AS {kind}) AS {name}")
    return frame.selectExpr(*keep, *columns)


def settle(frame: Frame, setting: Setting) -> tuple[Frame, list[tuple[int, Compiled]]]:
    """Steps 1 and 2: the frame with the number of the group that decides each row (`_group`, below 0 where no rules
    do) and of the variant within it, and the plan of each group."""
    found = [_Period(setting, start, when) for start, when in _periods(setting)]
    variant = _when((p.when, p.number) for p in found)
    claims = _when((p.when, f"array({', '.join(p.scopes)})") for p in found if p.scopes)
    group, turned, groups = [], [], list[tuple[int, Compiled]]()
    for period in found:
        cases, count = [], " + ".join(f"_claims[{i}]" for i in range(len(period.scopes)))
        for i, (plan, places) in enumerate(period.plans):
            at = period.of[i]
            cases.append((f"_claims[{at}] = 1 AND {among(VARIANT, [whole(p + 1) for p in places])}", f"{len(groups)}"))
            if list(places) != list(range(len(places))):
                new = _when((f"{VARIANT} = {p + 1}L", whole(k)) for k, p in enumerate(places, start=1))
                turned.append((f"{GROUP} = {len(groups)}", new))
            groups.append((len(groups), compile_plan(needed(plan, [n for n, _ in plan.columns if n in RECORD]))))
        alone = [(f"{count} = 0", f"{NO_GUIDELINE}"), (f"{count} > 1", f"{AMBIGUOUS}")] if period.scopes else []
        group.append((period.when, _when([*alone, *cases], f"{NO_GUIDELINE}")))
    for columns in (
        (*_days(setting), f"{d.SCHEMA}L AS schema", f"{text(str(d.Engine(d.SPARK)))} AS engine"),
        [f"{said} AS {name}" for name, said in _program(setting).items()],
        [f"CAST({variant} AS BIGINT) AS {VARIANT}"],
        [f"{claims} AS _claims"],
        [f"{_when(group, f'{NO_GUIDELINE}')} AS _decides"],
        # What the program frees has its group all the same, since rules may say that it is urgent.
        [f"CASE WHEN {FREE} AND _decides < 0 THEN {FREED} ELSE _decides END AS {GROUP}"],
    ):
        frame = frame.selectExpr("*", *columns)
    if turned:
        others = [column(name) for name in frame.columns if name != VARIANT]
        frame = frame.selectExpr(*others, f"{_when(turned, VARIANT)} AS {VARIANT}")
    return frame, groups


def _when(cases: Iterable[tuple[str, str]], otherwise: str = "NULL") -> str:
    said = " ".join(f"WHEN {when} THEN {then}" for when, then in cases)
    return f"CASE {said} ELSE {otherwise} END" if said else otherwise


class _Period:
    """What decides in a period in which nothing changes. `scopes`: whether each guideline claims a row, 1 or 0;
    `plans` with the places of the overlays that each serves, and `of`, the place of their guideline."""

    def __init__(self, setting: Setting, start: date, when: str):
        overlays = _overlays(setting, start)
        self.when, self.number = when, _numbered(overlays)
        self.scopes: list[str] = []
        self.plans: list[tuple[Plan, tuple[int, ...]]] = []
        self.of: list[int] = []
        for i, guideline in enumerate(setting.guidelines(start)):
            rules = [setting.rules(guideline, o) for o in overlays]
            scope = compile_node(by_variant([value(r, r.scope) for r in rules]))
            self.scopes.append(f"CAST(coalesce({scope}, false) AS INT)")
            made = plans(rules, named=setting.program is not None)
            self.plans += made
            self.of += [i] * len(made)


def _days(setting: Setting) -> list[str]:
    """The deciding day of each request, and where it comes from."""
    if setting.as_of is not None:
        return [f"{day(setting.as_of)} AS deciding_day", f"{text(d.AS_OF)} AS day_from"]
    asked = day(setting.asked_on) if setting.asked_on else "CAST(NULL AS DATE)"
    source = text(d.ASKED_ON) if setting.asked_on else "NULL"
    return [
        f"coalesce(received_on, {asked}) AS deciding_day",
        f"CASE WHEN received_on IS NOT NULL THEN {text(d.RECEIVED_ON)} ELSE {source} END AS day_from",
    ]


def _periods(setting: Setting) -> Iterator[tuple[date, str]]:
    """The periods in which nothing changes that a request can be decided in: first day, and which rows."""
    cuts = setting.cut_days
    for start, end in zip((date.min, *cuts), (*cuts, date.max), strict=True):
        if setting.as_of is None or start <= setting.as_of < end:
            yield start, f"deciding_day >= {day(start)} AND deciding_day < {day(end)}"


def _overlays(setting: Setting, start: date) -> list[Overlay | None]:
    """The overlays that can apply on this day, in order, None first."""
    known = {(o.plan, line) for o in setting.library.overlays for line in o.lines_of_business}
    found = {o.name: o for plan, line in known if (o := setting.overlay(plan, line, start))}
    return [None, *(found[name] for name in sorted(found))]


def _numbered(overlays: Sequence[Overlay | None]) -> str:
    """The number (from 1) of the overlay that applies to a row."""
    cases = "".join(
        f" WHEN plan = {text(o.plan)} AND {among('line_of_business', [text(x) for x in o.lines_of_business])} THEN {i}L"
        for i, o in enumerate(overlays, start=1)
        if o is not None
    )
    return f"(CASE{cases} ELSE 1L END)" if cases else "1L"


def _program(setting: Setting) -> dict[str, str]:
    """Step 1, by the version of the program that counts for each row."""
    nothing = {FREE: "false", "_requests_from": "CAST(NULL AS DATE)"}
    none = {"program": "CAST(NULL AS STRING)", "program_digest": "CAST(NULL AS STRING)"}
    if not setting.program:
        return nothing | none
    days = sorted({p.published for p in setting.library.programs if p.program == setting.program}, reverse=True)
    versions = [(f"received_on >= {day(published)}", setting.program_for(published)) for published in days]
    versions = [("received_on IS NULL", setting.program_for(None)), *versions, ("true", setting.program_for(date.min))]
    found: dict[str, list[str]] = {name: [] for name in nothing | none}
    for when, program in versions:
        assert program is not None, "a program is named"
        digest = text(setting.program_digest(program))
        for name, said in (_rows(program) | {"program": text(program.name), "program_digest": digest}).items():
            found[name].append(f"WHEN {when} THEN {said}")
    return {name: f"CASE {' '.join(cases)} END" for name, cases in found.items()}


def _rows(program: Program) -> dict[str, str]:
    """Whether a row is free of review, and from which day requests are taken where it is not. The first row of the
    program that names a request speaks for it."""
    start = "coalesce(requested_start, received_on)"
    required, first = [], []
    for row in program.rows:
        mine, due = _names(program, row), "false"
        if row.review_from is not None:
            due = f"NOT coalesce({start} < {day(row.review_from)}, false)"
            if row.exempt_when is not None:
                due += f" AND NOT coalesce({compile_(row.exempt_when, {})}, false)"
        required.append(f"WHEN {mine} THEN {due}")
        if row.review_from is not None and row.requests_from is not None:
            first.append(f"WHEN {mine} THEN {day(row.requests_from)}")
        else:
            first.append(f"WHEN {mine} THEN CAST(NULL AS DATE)")
    known = "(line_of_business IS NOT NULL AND state IS NOT NULL)"
    needs = f"CASE {' '.join(required)} ELSE false END" if required else "false"
    since = f"CASE {' '.join(first)} END" if first else "CAST(NULL AS DATE)"
    return {FREE: f"({known} AND NOT ({needs}))", "_requests_from": f"CASE WHEN {known} THEN {since} END"}


def _names(program: Program, row: ProgramRow) -> str:
    if row.states is not None:
        where = among("state", [text(s) for s in row.states])
    else:
        where = f"NOT {among('state', [text(s) for s in sorted(program.named(row.line_of_business))])}"
        if not program.named(row.line_of_business):
            where = "state IS NOT NULL"
    of = among("discipline", [text(x) for x in row.disciplines])
    return f"coalesce(line_of_business = {text(row.line_of_business)} AND {where} AND {of}, false)"
