"""Replays of what does not fit memory: Parquet in, Parquet out, batch by batch, texts once in a sidecar.

The output appears under its name only when it is whole: a run that is interrupted leaves the last good file, and
starts anew the next time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
from tqdm import tqdm

from workbench.cases.assume import Assumptions
from workbench.cases.frame import SCHEMA, empty
from workbench.documents.outputs import claim, digest, scratch, writing
from workbench.engine.decision import DETERMINATIONS, Decision
from workbench.engine.setting import Setting
from workbench.guideline.digests import plain
from workbench.guideline.model import Rules
from workbench.reading.open_table import stored
from workbench.reading.read import Report, read_to
from workbench.study.case_source import is_checked
from workbench.study.replay import About, Replay, replay

BATCH = 250_000  # requests


def sidecar(decisions: pl.DataFrame, setting: Setting) -> dict[str, object]:
    """Digest → what it names: the texts, sources and numbers behind the ids in the records, each once."""
    out: dict[str, object] = {}
    used = decisions.select("guideline", "version", "overlay").drop_nulls("guideline").unique()
    for guideline, version, overlay in used.sort("guideline", "version", "overlay").rows():
        rules = setting.rules_named(guideline, version, overlay)
        out.setdefault(rules.guideline_digest, texts(setting.rules_named(guideline, version, None)))
        if rules.overlay_digest:
            out.setdefault(rules.overlay_digest, texts(rules))
    for program in setting.library.programs:
        if program.program == setting.program:
            out[setting.program_digest(program)] = plain(program)
    return out


def texts(rules: Rules) -> dict[str, object]:
    """What the ids of a record mean under these rules."""
    return {
        "guideline": rules.guideline,
        "version": rules.version,
        "title": rules.title,
        "plan": rules.plan or None,
        "overlay_version": rules.overlay_version or None,
        "parameters": {p.id: plain(p) for p in rules.parameters},
        "exemptions": {e.id: plain(e) for e in rules.exemptions},
        "waivers": {w.id: plain(w) for w in rules.waivers},
        "criteria": {c.id: plain(c) for c in rules.criteria},
        "limits": {r.id: plain(r) for r in rules.limits},
    }


def beside(out: Path) -> Path:
    """Where the texts of a file of decisions stand."""
    return out.with_suffix(".texts.json")


def allowed(out: Path, setting: Setting, reads: Iterable[str | Path | None] = (), *, force: bool = False) -> None:
    """Raises ProblemsFound unless decisions may be written there by a call that reads those files."""
    reads = [*reads, setting.library.root, setting.draft.file if setting.draft else None]
    claim([out], reads, force=force, endings=[".parquet"])
    claim([beside(out)], reads, force=force)


def write(result: Replay, out: Path, setting: Setting, *, force: bool = False) -> None:
    """The records of a replay as Parquet, with their sidecar `NAME.texts.json` beside them. Raises ProblemsFound
    (`output-exists`, `unwritable`, …)."""
    allowed(out, setting, force=force)
    with writing(out, beside(out)) as (part, texts_):
        result.decisions.write_parquet(part)
        _sidecar(texts_, part, sidecar(result.decisions, setting), result.about)


def replay_file(
    cases: Path,
    out: Path,
    setting: Setting,
    *,
    mapping: str | Path | None = None,
    assumptions: Assumptions | None = None,
    engine: str = "columnar",
    mode: str = "as_recorded",
    policy: str = "history",
    quiet: bool = True,
    force: bool = False,
) -> tuple[About, Report | None]:
    """Replay any file of cases to a Parquet file of records, in memory that does not grow with it. A file that no
    reader of ours wrote is read first, as `workbench read` does; the report says what was set aside."""
    reads = [cases, mapping, assumptions.file if assumptions else None]
    allowed(out, setting, reads, force=force)

    def decide(file: Path) -> About:
        return replay_to(
            file,
            out,
            setting,
            assumptions=assumptions,
            engine=engine,
            mode=mode,
            policy=policy,
            quiet=quiet,
            force=True,
        )

    if is_checked(cases) and not mapping:
        return decide(cases), None
    with scratch(out) as folder:
        read = Path(folder) / "cases.parquet"
        report = read_to(cases, read, setting.library, mapping=mapping, quiet=quiet)
        return decide(read), report


def replay_to(
    cases: Path,
    out: Path,
    setting: Setting,
    *,
    assumptions: Assumptions | None = None,
    engine: str = "columnar",
    mode: str = "as_recorded",
    policy: str = "history",
    quiet: bool = True,
    force: bool = False,
) -> About:
    """Replay a Parquet file of cases to a Parquet file of records, in the order of the input.

    As recorded, memory stays flat in the number of requests; carried forward needs whole episodes and so all of it.
    Raises ProblemsFound, also where `out` is a file that is read, or is there already without `force`.
    """
    allowed(out, setting, [cases, assumptions.file if assumptions else None], force=force)
    if mode != "as_recorded":
        whole = pl.concat([empty(), *(part.select(*SCHEMA) for part in stored(cases, BATCH))])
        result = replay(whole, setting, assumptions=assumptions, engine=engine, mode=mode, policy=policy)
        write(result, out, setting, force=True)
        return result.about
    seen = _Seen()
    texts_: dict[str, object] = {}

    with ExitStack() as stack:
        part_, texts_file = stack.enter_context(writing(out, beside(out)))
        writer = None
        for batch in _batches(cases, quiet):
            part = replay(batch, setting, assumptions=assumptions, engine=engine)
            seen.add(part)
            texts_.update(sidecar(part.decisions, setting))
            table = part.decisions.to_arrow()
            writer = writer or stack.enter_context(pq.ParquetWriter(part_, table.schema))
            writer.write_table(table)
        if writer is not None:
            writer.close()
        about = seen.about()
        _sidecar(texts_file, part_, texts_, about)
    return about


class _Seen:
    """What the batches have in common, added up: people and episodes are counted once across batches."""

    def __init__(self) -> None:
        self.abouts: list[About] = []
        self.members: set[str] = set()
        self.episodes: set[str] = set()

    def add(self, part: Replay) -> None:
        self.abouts.append(part.about)
        self.members.update(part.cases["member_id"].drop_nulls().unique().to_list())
        self.episodes.update(part.cases["episode_id"].drop_nulls().unique().to_list())

    def about(self) -> About:
        first = self.abouts[0]
        plans: dict[str, int] = {}
        for one in self.abouts:
            for plan, n in one.plans_without_overlay:
                plans[plan] = plans.get(plan, 0) + n
        starts = [a.period[0] for a in self.abouts if a.period[0]]
        ends = [a.period[1] for a in self.abouts if a.period[1]]
        total = {
            n: sum(getattr(a, n) for a in self.abouts)
            for n in ("requests", "requests_without_person", "requests_on_assumptions")
        }
        return replace(
            first,
            **total,
            episodes=len(self.episodes),
            people=len(self.members),
            period=(min(starts, default=None), max(ends, default=None)),
            guidelines=tuple(sorted({g for a in self.abouts for g in a.guidelines})),
            overlays=tuple(sorted({o for a in self.abouts for o in a.overlays})),
            plans_without_overlay=tuple(sorted(plans.items())),
        )


def _batches(cases: Path, quiet: bool) -> Iterator[pl.DataFrame]:
    rows = pq.read_metadata(cases).num_rows
    with tqdm(total=rows, unit=" requests", disable=quiet, desc="replay") as bar:
        if not rows:
            yield empty()
        for batch in stored(cases, BATCH):
            yield batch.select(*SCHEMA)
            bar.update(len(batch))


def _sidecar(path: Path, records: Path, content: dict[str, object], about: About) -> None:
    """`of` is the SHA-256 of the file of records that the texts belong to, and to no other."""
    whole = {"of": digest(records), "about": about.as_dict(), "texts": content}
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=False, default=str), encoding="utf-8")


def sidecar_of(decision: Decision, setting: Setting) -> dict[str, object]:
    """The sidecar of a single decision."""
    row = {name: [getattr(decision, name)] for name in ("guideline", "version", "overlay")}
    return sidecar(pl.DataFrame(row, schema=dict.fromkeys(row, pl.String)), setting)


def determinations(decisions: Path) -> dict[str, int]:
    """Determination → requests, of a file of decisions."""
    found = dict(pl.scan_parquet(decisions, glob=False).group_by("determination").len().collect().rows())
    return {name: found.get(name, 0) for name in DETERMINATIONS}
