"""Cases on a cluster: checked, with derived facts, as the columnar reading has them. Each partition is prepared by the
code that prepares a frame; what belongs together (the requests of a member) therefore stands in one partition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from workbench.cases.assume import Assumptions
from workbench.cases.frame import SCHEMA, checked
from workbench.cases.prepared import prepared
from workbench.engine.setting import Setting
from workbench.errors import Problem, ProblemsFound
from workbench.facts import REQUIRED
from workbench.guideline.model import Library
from workbench.study.case_source import sound

if TYPE_CHECKING:
    from workbench.engine.spark import Frame, Session

ROWS = 100_000  # requests that are prepared at once
MOST = 20  # problems that are told
PLACE = ("_file", "_place")  # where a request stands, by which the order of a member's requests is settled
PROBLEM = "_problem"
_KINDS: dict[pl.DataType, tuple[str, pa.DataType]] = {
    pl.String(): ("STRING", pa.string()),
    pl.Boolean(): ("BOOLEAN", pa.bool_()),
    pl.Int64(): ("BIGINT", pa.int64()),
    pl.Float64(): ("DOUBLE", pa.float64()),
    pl.Date(): ("DATE", pa.date32()),
    pl.List(pl.String): ("ARRAY<STRING>", pa.list_(pa.string())),
}
_COLUMNS: dict[str, pl.DataType] = {
    **SCHEMA,
    "assumed": pl.List(pl.String),
    PLACE[0]: pl.String(),
    PLACE[1]: pl.Int64(),
    PROBLEM: pl.String(),
}
# Requests of one key are of one partition. Without a member an episode stands for itself, and a request without either.
KEY = "coalesce(concat('m ', member_id), concat('e ', episode_id), concat('r ', request_id))"


def cases_on(spark: Session, path: str, setting: Setting, assumptions: Assumptions | None, *, whole: bool) -> Frame:
    """The prepared cases of a Parquet file or folder, kept on the cluster, with their places. `whole`: the requests of
    an episode must stand together whatever they say of themselves. Raises ProblemsFound for rows that can not be
    decided, a request_id that stands twice, and an episode that several members share."""
    read = spark.read.option("datetimeRebaseMode", "CORRECTED").parquet(path)
    lost = [Problem("missing-column", f"no column holds {n}", path) for n in REQUIRED if n not in read.columns]
    if lost:
        raise ProblemsFound(lost)
    facts = [name if name in read.columns else f"CAST(NULL AS {_KINDS[t][0]}) AS {name}" for name, t in SCHEMA.items()]
    frame = read.selectExpr(*facts, "_metadata.file_path AS _file", "_metadata.row_index AS _place")
    said = ["count(*)", "coalesce(bool_or(episode_id IS NULL OR request_number IS NULL), false)"]
    requests, counts = frame.selectExpr(*said).head() or (0, False)
    whole = whole or bool(counts)
    if whole:
        _one_member(frame, path)
        parts = max(-(-int(requests) // ROWS), spark.sparkContext.defaultParallelism)
        frame = frame.selectExpr("*", f"{KEY} AS _key").repartition(parts, "_key").drop("_key")
    trusted = _checked(path)
    make = _preparing(setting.library, setting.as_of, dict(setting.pins), assumptions, trusted, whole)
    kinds = ", ".join(f"{name} {_KINDS[t][0]}" for name, t in _COLUMNS.items())
    found: Frame = frame.mapInArrow(make, kinds).persist()
    if not trusted:
        _all_sound(found, path)
    return found.drop(PROBLEM)


def _checked(path: str) -> bool:
    """Whether all files of a local path are as `read` or `generate` writes them."""
    here = Path(path)
    files = sorted(here.rglob("*.parquet")) if here.is_dir() else [here]
    return bool(files) and all(f.is_file() and checked(f) for f in files)


def _one_member(frame: Frame, path: str) -> None:
    keys = frame.where("episode_id IS NOT NULL").selectExpr("episode_id", f"{KEY} AS key").distinct()
    shared = keys.groupBy("episode_id").count().where("count > 1").limit(MOST).collect()
    if shared:
        said = "the requests of an episode are to name one member, or none of them any"
        raise ProblemsFound([Problem("split-episode", f"episode {r[0]}: {said}", path) for r in shared])


def _all_sound(frame: Frame, path: str) -> None:
    wrong = frame.where(f"{PROBLEM} IS NOT NULL").select("request_id", PROBLEM).limit(MOST).collect()
    problems = [Problem("bad-value", f"request {r[0]}: {r[1]}", path) for r in wrong]
    twice = frame.groupBy("request_id").count().where("count > 1").limit(MOST).collect()
    problems += [Problem("duplicate-request", f"request {r[0]} stands {r[1]} times", path) for r in twice]
    if problems:
        raise ProblemsFound(problems)


Batches = Iterator[pa.RecordBatch]


def _preparing(
    library: Library,
    as_of: date | None,
    pins: dict[str, str],
    assumptions: Assumptions | None,
    trusted: bool,
    whole: bool,
) -> Callable[[Iterable[pa.RecordBatch]], Batches]:
    """What runs on the workers: a partition of facts and places → prepared cases."""
    schema = pa.schema([(name, _KINDS[t][1]) for name, t in _COLUMNS.items()])

    def prepare(batches: Iterable[pa.RecordBatch]) -> Batches:
        held: list[pa.RecordBatch] = []
        for batch in batches:
            held.append(batch)
            if not whole and sum(b.num_rows for b in held) >= ROWS:
                yield from made(held)
                held = []
        if held:
            yield from made(held)

    def made(held: list[pa.RecordBatch]) -> Batches:
        frame = pl.DataFrame(pl.from_arrow(pa.Table.from_batches(held))).sort(*PLACE)
        problems = pl.Series(PROBLEM, [None] * frame.height, dtype=pl.String)
        if not trusted:
            try:
                frame = sound(frame, library)
            except ProblemsFound as found:
                said = dict.fromkeys(range(frame.height), "")
                for problem in found.problems:
                    said[(problem.line or 1) - 1] += f"{problem.message} "
                problems = pl.Series(PROBLEM, [s.strip() or None for s in said.values()], dtype=pl.String)
                frame = frame.clear(frame.height).with_columns(
                    frame["request_id"], frame["discipline"], frame["_file"], frame["_place"]
                )
        ready = prepared(frame, library, as_of, pins, assumptions).frame.with_columns(problems)
        yield from ready.select(*_COLUMNS).to_arrow().cast(schema).to_batches(max_chunksize=10_000)

    return prepare
