"""Replays on a cluster: a folder of cases in, a folder of decisions out, as recorded or carried forward. Nothing but
counts comes back to the driver."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import polars as pl

from workbench.cases.assume import Assumptions
from workbench.cases.case_file import Writer
from workbench.cases.frame import SCHEMA, conform
from workbench.documents.outputs import digest, scratch
from workbench.engine import decision as d
from workbench.engine.columnar import RECORD as COLUMNS
from workbench.engine.setting import Setting
from workbench.engine.spark import RECORD, decide, session
from workbench.errors import Problem, ProblemsFound
from workbench.language.spark import text
from workbench.study.carry import Carried
from workbench.study.decision_file import beside, sidecar
from workbench.study.replay import About, Pin, Replay, prepare
from workbench.study.spark_cases import cases_on

if TYPE_CHECKING:
    from workbench.engine.spark import Frame, Session


def replay_folder(
    cases: str | Path,
    out: str | Path,
    setting: Setting,
    master: str | None = None,
    *,
    assumptions: Assumptions | None = None,
    mode: str = "as_recorded",
    policy: str = "history",
    force: bool = False,
) -> tuple[About, dict[str, int]]:
    """Replay Parquet cases (a file or a folder, here or anywhere that Spark reads) to a folder of decisions; what the
    replay rests on, and determination → requests. Rows keep no order; each has its request_id. The texts stand beside
    the folder as `NAME.texts.json`.

    Raises ProblemsFound: `missing-extra` without Spark, `output-exists`, `output-is-input`, `split-episode` for an
    episode that more than one member shares, and what is wrong with the cases.
    """
    _allowed(str(cases), str(out), force)
    spark = session(master)
    with _placed(str(out)) as (place, work):
        frame = cases_on(spark, str(cases), setting, assumptions, whole=mode == "carried_forward")
        carried = None
        if mode == "as_recorded":
            decide(frame, setting).write.parquet(place)
        else:
            carried = carry_forward(spark, frame, setting, policy, work, place)
        decisions = spark.read.parquet(place)
        about = _about(frame, decisions, setting, mode, policy if carried else None, carried, assumptions)
        found = dict(map(tuple, decisions.groupBy("determination").count().collect()))
        frame.unpersist()
        _texts(spark, str(out), place, decisions, setting, about)
    return about, {name: int(found.get(name, 0)) for name in d.DETERMINATIONS}


def replay_frame(
    frame: pl.DataFrame,
    setting: Setting,
    master: str | None = None,
    *,
    assumptions: Assumptions | None = None,
    mode: str = "as_recorded",
    policy: str = "history",
) -> Replay:
    """Checked cases of this machine decided by Spark, in their order: to see that it decides alike. Raises as
    `replay_folder` does."""
    session(master)  # before anything is written
    with TemporaryDirectory() as folder:
        cases, out = Path(folder) / "cases.parquet", Path(folder) / "out"
        with Writer(cases) as writer:
            writer.write(conform(frame).select(*SCHEMA))
        about, _ = replay_folder(cases, out, setting, master=master, assumptions=assumptions, mode=mode, policy=policy)
        decided = pl.read_parquet(out / "*.parquet").cast(pl.Schema(COLUMNS))
        order = frame.select(pl.col("request_id"))
        decisions = order.join(decided, on="request_id", how="left", maintain_order="left")
    return Replay(prepare(frame, setting, assumptions).frame, decisions, about)


def _remote(path: str) -> bool:
    return "://" in path and not path.startswith("file:")


def _allowed(cases: str, out: str, force: bool) -> None:
    """What Spark itself does not refuse: it would read what it has just begun to write over."""
    if not _remote(cases) and not Path(cases).exists():
        raise ProblemsFound([Problem("bad-call", "there is no such file or folder", cases)])
    if _remote(out):
        return  # Spark refuses a folder that is there
    here, there = Path(out).resolve(), Path(cases).resolve()
    if here == there or here in there.parents or there in here.parents:
        raise ProblemsFound([Problem("output-is-input", "the output is what the call reads", out, hint="name another")])
    if Path(out).exists() and not force:
        hint = "--force replaces it; in Python, force=True"
        raise ProblemsFound([Problem("output-exists", "the folder is there already", out, hint=hint)])


@contextmanager
def _placed(out: str) -> Iterator[tuple[str, str]]:
    """Where decisions are written, and what is needed on the way. Here a folder appears under its name when it is
    whole, and an earlier one stays until then; elsewhere Spark's own mark `_SUCCESS` says that it is whole."""
    if _remote(out):
        yield out, f"{out.rstrip('/')}.work"
        return
    with scratch(out) as folder:
        place = Path(folder) / "decisions"
        yield str(place), str(Path(folder) / "work")
        earlier = Path(folder) / "earlier"
        if Path(out).is_dir():
            Path(out).rename(earlier)
        elif Path(out).exists():
            Path(out).unlink()
        place.rename(out)
        shutil.rmtree(earlier, ignore_errors=True)


def _texts(spark: Session, out: str, place: str, decisions: Frame, setting: Setting, about: About) -> None:
    """What the ids of the records mean, each once."""
    names = ("guideline", "version", "overlay")
    rows = [tuple(row) for row in decisions.select(*names).distinct().collect()]
    used = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    whole: dict[str, object] = {"about": about.as_dict(), "texts": sidecar(used, setting)}
    if _remote(out):
        made = json.dumps(whole, ensure_ascii=False, default=str)
        spark.createDataFrame([(made,)], "value STRING").coalesce(1).write.text(f"{out.rstrip('/')}.texts")
        return
    files = sorted(Path(place).glob("*.parquet"))
    of = hashlib.sha256("".join(f"{f.name} {digest(f)}\n" for f in files).encode()).hexdigest()
    made = json.dumps({"of": of, **whole}, indent=1, ensure_ascii=False, default=str)
    beside(Path(out)).write_text(made, encoding="utf-8")


# Carried forward


def carry_forward(spark: Session, frame: Frame, setting: Setting, policy: str, work: str, out: str) -> Carried:
    """Decide with carried history, turn after turn, all episodes at once; what a turn leaves is written down, so that
    no turn's plan grows with those before it."""
    frame.selectExpr(
        "*",
        "CASE WHEN episode_id IS NULL THEN concat('alone ', request_id) ELSE concat('in ', episode_id) END AS _episode",
    ).selectExpr(
        "*",
        "CAST(row_number() OVER (PARTITION BY _episode ORDER BY received_on ASC NULLS LAST, "
        "request_number ASC NULLS LAST, _file, _place) - 1 AS INT) AS _turn",
        "bool_or(received_on IS NULL) OVER (PARTITION BY _episode) AS _undated",
    ).write.partitionBy("_turn").parquet(f"{work}/cases")
    row = spark.read.parquet(f"{work}/cases").selectExpr("max(_turn)").head()
    turns = -1 if row is None or row[0] is None else int(row[0])
    visits, weeks = supported(policy)
    history = None
    shape = spark.read.parquet(f"{work}/cases").drop("_turn").schema
    for turn in range(turns + 1):
        rows = spark.read.schema(shape).parquet(f"{work}/cases/_turn={turn}")
        if history is None:
            rows = rows.selectExpr("*", "false AS _carried")
        else:
            others = [c for c in rows.columns if c not in d.HISTORY_FACTS]
            rows = rows.join(history, "_episode", "left").selectExpr(
                *others,
                "CASE WHEN _kept THEN _visits ELSE visits_used END AS visits_used",
                "CASE WHEN _kept THEN _weeks ELSE weeks_used END AS weeks_used",
                "coalesce(_kept, false) AS _carried",
            )
        rows = rows.selectExpr(
            "*",
            "coalesce(visits_attended, historical_visits, requested_visits) AS _took",
            "improvement_mcid IS NOT NULL AS _measured",
        )
        known = ("historical_determination", "historical_visits", "requested_visits", "requested_weeks")
        kept = [*d.HISTORY_FACTS, *known, "_took", "_measured", "_carried", "_episode", "_undated"]
        decided = decide(rows, setting, kept).selectExpr(
            "*", f"{visits} AS _on", f"{weeks} AS _for", f"{turn} AS _turn"
        )
        decided.write.parquet(f"{work}/done/turn-{turn}")
        history = spark.read.parquet(f"{work}/done/turn-{turn}").selectExpr(
            "_episode",
            f"visits_used + {_least('_took', '_on')} AS _visits",
            f"weeks_used + {_least('requested_weeks', '_for')} AS _weeks",
            f"NOT _undated AND (_carried OR {'true' if turn == 0 else 'false'}) AS _kept",
        )
        history = history.selectExpr(
            "_episode", "_visits", "_weeks", "_kept AND _visits IS NOT NULL AND _weeks IS NOT NULL AS _kept"
        )
    if turns < 0:
        decide(frame, setting).write.parquet(out)
        return Carried(0, 0, 0, 0)
    done = spark.read.parquet(*(f"{work}/done/turn-{turn}" for turn in range(turns + 1)))
    done.select(*RECORD).write.parquet(out)
    moved = "_turn > 0 AND _carried"
    found: Any = done.selectExpr(
        f"count_if({moved})",
        "count_if(_turn > 0 AND NOT _carried)",
        "count(DISTINCT CASE WHEN _turn > 0 AND NOT _carried THEN _episode END)",
        f"count_if({moved} AND _measured)",
    ).head()
    return Carried(*(int(n) for n in found))


def _least(a: str, b: str) -> str:
    """The smaller of two, unknown where either is."""
    return f"(CASE WHEN {a} IS NOT NULL AND {b} IS NOT NULL THEN least({a}, {b}) END)"


def supported(policy: str) -> tuple[str, str]:
    """Visits and weeks that a decided request supports for the later ones, as `study/carry.py` has them."""
    open_ = f"determination IN ('{d.CLINICIAN}', '{d.INFORMATION}')"
    free = f"determination = '{d.NOT_REQUIRED}'"
    if policy == "all":
        visits, weeks = "requested_visits", "requested_weeks"
    elif policy == "none":
        visits = weeks = "0L"
    else:
        visits = (
            "coalesce(historical_visits, CASE WHEN historical_determination IN ('approved', 'not_required') "
            "THEN requested_visits WHEN historical_determination IN ('denied', 'withdrawn') THEN 0L END)"
        )
        approved = "historical_determination IN ('approved', 'approved_in_part', 'not_required')"
        weeks = f"(CASE WHEN {visits} = 0 THEN 0L WHEN {approved} OR {visits} > 0 THEN requested_weeks END)"
    granted = "CASE WHEN waived_visits > granted_visits THEN waived_visits ELSE granted_visits END"
    held = f"CASE WHEN waived_visits > {visits} THEN waived_visits ELSE {visits} END"
    return (
        f"CASE WHEN {free} THEN requested_visits WHEN {open_} THEN {held} ELSE {granted} END",
        f"CASE WHEN {free} THEN requested_weeks WHEN {open_} THEN {weeks} ELSE granted_weeks END",
    )


def _about(
    frame: Frame,
    decisions: Frame,
    setting: Setting,
    mode: str,
    policy: str | None,
    carried: Carried | None,
    assumptions: Assumptions | None,
) -> About:
    """The circumstances of a replay, counted on the cluster."""
    said = ("count(*)", "count(DISTINCT episode_id)", "count(DISTINCT member_id)", "count_if(member_id IS NULL)")
    row: Any = frame.selectExpr(*said, "min(received_on)", "max(received_on)").head()
    first: date | None = row[4]
    reviewed = decisions.where(f"NOT array_contains(reasons, {text(d.BY_PROGRAM)})")
    named = reviewed.where("plan IS NOT NULL AND overlay IS NULL").groupBy("plan").count().collect()
    assumed: Any = decisions.selectExpr("count_if(size(assumed) > 0)").head()

    def pins(name: str, by: str) -> tuple[Pin, ...]:
        found = reviewed.selectExpr(f"{name} AS name", f"{by} AS digest").where("name IS NOT NULL").distinct()
        return tuple(sorted(Pin(*pair) for pair in found.collect()))

    return About(
        requests=int(row[0]),
        episodes=int(row[1]),
        people=int(row[2]),
        requests_without_person=int(row[3]),
        period=(first, row[5]),
        deciding_day=setting.as_of,
        mode=mode,
        policy=policy,
        guidelines=pins("concat(guideline, '/', version)", "guideline_digest"),
        overlays=pins("overlay", "overlay_digest"),
        program=setting.program,
        draft=setting.draft.draft if setting.draft else None,
        assumptions=assumptions.name if assumptions else None,
        requests_on_assumptions=int(assumed[0]),
        plans_without_overlay=tuple(sorted((r[0], int(r[1])) for r in named)),
        engine=d.Engine(d.SPARK),
        carried=carried,
    )
