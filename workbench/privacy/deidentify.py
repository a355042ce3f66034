"""De-identification of a file of cases, by one of two profiles; asked for, never done unasked.

`safe_harbor` follows the list of 45 CFR 164.514(b)(2): identifiers go or become random surrogates, days become days
since the start of the episode, of whose first day the year alone is told. `shifted` moves all days of a person by one
random number of days: intervals stay, and so it is *not* safe harbor. Both take two passes over the file: one to
learn who is who and when each episode began, one to write. Memory holds the identifiers and one batch.

One year an episode, not one a day: a request of 2025 three days after one of 2024 would tell the day of both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

import polars as pl

from workbench.documents.outputs import claim, writing
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.guideline.model import Library
from workbench.privacy import rules as rule
from workbench.privacy.export import write_shuffled
from workbench.privacy.read import frames, header
from workbench.privacy.report import ColumnReport, Report
from workbench.privacy.rules import LABEL, LABELLED, OLDEST, PROFILES, YEAR, Column
from workbench.privacy.surrogates import Surrogates, random_shift

_YEAR_DAYS = 365.2425
_FORMATS = (".csv", ".parquet")


def deidentify_file(
    path: Path | str,
    out: Path | str,
    profile: str,
    map_path: Path | str | None = None,
    *,
    drop: Sequence[str] = (),
    library: Library | None = None,
    force: bool = False,
) -> Report:
    """Write the rows of `path` (CSV or Parquet, one header line) to `out` without what identifies people, in random
    order; returns what was done to each column.

    `map_path`: the map from identifiers to surrogates, apart from the output, readable by its owner alone; one that is
    there already is used and added to. Without it no map is kept. `drop` leaves columns out, known or not. `library` is
    the guideline folder whose plans, conditions and measures are names that may stay; without it they go missing.
    An output that is there already is replaced only with `force`.
    Raises ProblemsFound with everything that stands against it, and then writes nothing: `unknown-column` for each
    column of which no rule is known, `field-count` for each broken row, `bad-call`, `unreadable`.
    """
    path, out, map_path = Path(path), Path(out), Path(map_path) if map_path else None
    _callable(path, out, profile, map_path)
    claim([out], [path, map_path, library.root if library else None], force=force)
    columns = rule.recognise(header(path), profile, drop, path)
    names = rule.folder_names(library) if library else {}
    work = _Work(path, profile, columns, Surrogates(profile, map_path), names)
    work.fitting()
    work.learn()
    metadata = {"workbench.privacy": json.dumps({"profile": profile, "safe_harbor": profile == "safe_harbor"})}
    with writing(out) as (partial,):
        write_shuffled(work.transformed(), work.rows, partial, metadata, out.suffix)
        if map_path:
            map_path.parent.mkdir(parents=True, exist_ok=True)
            work.surrogates.write()  # before the output: a map with too much in it harms nobody
    return work.report(out, map_path)


def _callable(path: Path, out: Path, profile: str, map_path: Path | None) -> None:
    problems = []
    if profile not in PROFILES:
        problems.append(
            Problem("bad-call", f"there is no profile {profile}", str(path), hint=nearest(profile, PROFILES))
        )
    if not path.is_file():
        problems.append(Problem("missing-file", "there is no such file", str(path)))
    for file in (path, out):
        if file.suffix not in _FORMATS:
            problems.append(
                Problem(
                    "bad-call",
                    f"{file.name} is neither CSV nor Parquet",
                    str(file),
                    hint="name a .csv or .parquet file; workbench read turns others into cases",
                )
            )
    places = [p.resolve() for p in (path, out, map_path) if p]
    if len(set(places)) < len(places):
        problems.append(Problem("bad-call", "the file, the output and the map are three files", str(out)))
    if problems:
        raise ProblemsFound(problems)


def _readable(have: object, *, lists: bool = False) -> bool:
    if isinstance(have, pl.List):
        return lists and _readable(have.inner)
    return (isinstance(have, pl.DataType) and have.is_numeric()) or isinstance(
        have, pl.String | pl.Boolean | pl.Date | pl.Datetime | pl.Null | pl.Categorical | pl.Enum
    )


def _earliest(columns: Sequence[Column]) -> pl.Expr:
    return pl.min_horizontal(f"_day {c.name}" for c in columns) if columns else pl.lit(None, pl.Date)


def _latest(columns: Sequence[Column]) -> pl.Expr:
    return pl.max_horizontal(f"_day {c.name}" for c in columns) if columns else pl.lit(None, pl.Date)


@dataclass
class _Work:
    """The state of one run: what the first pass learns and the second counts."""

    path: Path
    profile: str
    columns: list[Column]
    surrogates: Surrogates
    names: Mapping[str, frozenset[str]]  # of the guideline folder, by column
    rows: int = 0
    starts: pl.DataFrame = field(default_factory=pl.DataFrame)  # _group, _start: the first day of each episode
    persons: pl.DataFrame = field(default_factory=pl.DataFrame)  # _person, _over: known to pass 89
    counts: pl.DataFrame = field(default_factory=pl.DataFrame)

    def __post_init__(self) -> None:
        self.used = [c for c in self.columns if c.action != "drop"]
        self.dates = [c for c in self.used if c.action in ("days", "shift")]
        self.opening = [c for c in self.dates if c.rule.how == "opening"]

    def batches(self) -> Iterator[pl.DataFrame]:
        """The columns in use, days parsed as `_day NAME`, with `_person`, `_group` (what shares a start of its days),
        `_first` (the first day of the row that can open an episode), `_any` and `_late` (its first and last day of
        whatever kind)."""
        for batch in frames(self.path, [c.name for c in self.used]):
            have = batch.schema
            ids = {
                c.rule.column: rule.as_text(pl.col(c.name), have[c.name])
                for c in self.used
                if c.rule.column in ("member_id", "episode_id")
            }
            member, episode = ids.get("member_id", pl.lit(None)), ids.get("episode_id", pl.lit(None))
            member, episode = pl.lit("m") + member.cast(pl.String), pl.lit("e") + episode.cast(pl.String)
            days = [rule.day(pl.col(c.name), have[c.name]).alias(f"_day {c.name}") for c in self.dates]
            batch = batch.with_columns(
                pl.coalesce(member, episode).alias("_person"), pl.coalesce(episode, member).alias("_group"), *days
            )
            yield batch.with_columns(
                _earliest(self.opening).alias("_first"),
                _earliest(self.dates).alias("_any"),
                _latest(self.dates).alias("_late"),
            )

    def fitting(self) -> None:
        """Raises ProblemsFound with every column that holds neither texts, numbers, days nor a list of codes."""
        have = next(frames(self.path, [c.name for c in self.used])).schema
        wrong = [
            Problem(
                "bad-value",
                f"the column {c.name} holds {have[c.name]}, which is not read here",
                str(self.path),
                hint=f"leave it out with --drop {quote(c.name)}",
            )
            for c in self.used
            if not _readable(have[c.name], lists=c.rule.column == "procedures")
        ]
        if not self.used:
            wrong.append(Problem("bad-call", "every column would be dropped: nothing is left to write", str(self.path)))
        if wrong:
            raise ProblemsFound(wrong)

    def learn(self) -> None:
        """The first pass: surrogates, the start of each episode, who passes 89."""
        groups, persons = [], []
        identifiers: dict[str, list[pl.Series]] = {}
        for batch in self.batches():
            self.rows += len(batch)
            groups.append(batch.drop_nulls("_group").group_by("_group").agg(pl.col("_first", "_any").min()))
            persons.append(batch.drop_nulls("_person").group_by("_person").agg(*self._ages(batch.schema)))
            for c in self.used:
                if c.action == "surrogate":
                    texts = batch.select(rule.as_text(pl.col(c.name), batch.schema[c.name])).to_series()
                    identifiers.setdefault(c.rule.how, []).append(texts.drop_nulls().unique())
        for kind, parts in identifiers.items():
            self.surrogates.draw(kind, pl.concat([t.rename("original") for t in parts]).unique())
        starts = pl.concat(groups).group_by("_group").agg(pl.col("_first", "_any").min())
        self.starts = starts.select("_group", pl.coalesce("_first", "_any").alias("_start"))
        people = pl.concat(persons).group_by("_person").agg(pl.col("oldest", "reach", "last").max())
        if self.profile == "shifted":
            self.surrogates.draw("shift", people["_person"])
        self.persons = people.select(
            "_person",
            ((pl.col("oldest") > OLDEST) | (pl.col("reach") + pl.col("last") >= (OLDEST + 1) * _YEAR_DAYS))
            .fill_null(False)
            .alias("_over"),
        )

    def _ages(self, have: pl.Schema) -> list[pl.Expr]:
        """Of each person: the oldest age, the last day of whatever kind (a discharge two years on tells as much as a
        request), and the largest of age − day, which with the last day tells what age the person reaches in the file.
        An age is that of the row's first day."""
        age = next(
            (rule.age(pl.col(c.name), have[c.name]) for c in self.used if c.action == "ninety"), pl.lit(None, pl.Int64)
        )
        first = pl.coalesce("_first", "_any").cast(pl.Int32).cast(pl.Float64)
        last = pl.col("_late").cast(pl.Int32).cast(pl.Float64)
        return [age.max().alias("oldest"), (age * _YEAR_DAYS - first).max().alias("reach"), last.max().alias("last")]

    def transformed(self) -> Iterator[pl.DataFrame]:
        """The second pass: the batches as they are written. Counts as it goes."""
        totals = []
        for batch in self.batches():
            batch = batch.join(self.starts, on="_group", how="left", maintain_order="left").join(
                self.persons, on="_person", how="left", maintain_order="left"
            )
            batch = batch.with_columns(pl.coalesce("_start", "_first", "_any").alias("_start"))
            if self.profile == "shifted":
                batch = self._with_shift(batch)
            made = batch.select(self._made(c, batch).alias(c.made) for c in self.used)
            for c in self.used:
                if c.action == "surrogate":
                    made = self._exchanged(made, c)
            totals.append(self._counted(batch, made))
            if any(c.action == "days" for c in self.used):
                made = made.with_columns(batch["_start"].dt.year().cast(pl.Int64).alias(YEAR))
            yield made.with_columns(pl.lit(LABEL[self.profile]).alias(LABELLED))
        self.counts = pl.concat(totals).sum()

    def _with_shift(self, batch: pl.DataFrame) -> pl.DataFrame:
        """A row of nobody known is shifted by itself."""
        known = self.surrogates.of("shift").rename({"original": "_person", "surrogate": "_shift"})
        batch = batch.join(known, on="_person", how="left", maintain_order="left")
        shift = batch["_shift"]
        nobody = shift.is_null().arg_true()
        return batch.with_columns(shift.scatter(nobody, [random_shift() for _ in range(len(nobody))]))

    def _made(self, column: Column, batch: pl.DataFrame) -> pl.Expr:
        value, dtype = pl.col(column.name), batch.schema[column.name]
        day = pl.col(f"_day {column.name}")
        if column.action == "days":
            return (day - pl.col("_start")).dt.total_days()
        if column.action == "shift":
            return day + pl.duration(days=pl.col("_shift"))
        if column.action == "ninety":
            age = rule.age(value, dtype)
            alone = ~pl.col("_over").fill_null(False)
            return pl.when(age > OLDEST).then(pl.lit(OLDEST + 1, pl.Int64)).when(alone).then(age)
        if column.action == "zip3":
            return rule.zip3(value, dtype, column.rule.how)
        return rule.as_text(value, dtype) if column.action == "surrogate" else rule.kept(column, dtype, self.names)

    def _exchanged(self, made: pl.DataFrame, column: Column) -> pl.DataFrame:
        known = self.surrogates.of(column.rule.how).rename({"original": column.made})
        joined = made.join(known, on=column.made, how="left", maintain_order="left")
        return joined.with_columns(pl.col("surrogate").alias(column.made)).drop("surrogate")

    def _counted(self, batch: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
        """How many values each column had and lost, in one row."""
        row: dict[str, object] = {}
        for c in self.used:
            texts = isinstance(batch.schema[c.name], pl.String)
            before = (batch[c.name].str.strip_chars() != "").sum() if texts else batch[c.name].count()
            after = made[c.made].count()
            if c.action == "ninety":
                read = batch.select(rule.age(pl.col(c.name), batch.schema[c.name])).to_series().count()
                row |= {"together": (made[c.made] > OLDEST).sum(), "hidden": read - after}
                after = read
            row |= {f"had {c.name}": before, f"lost {c.name}": before - after}
            if c.action == "zip3":
                row["zips"] = (made[c.made] == "000").sum()
        return pl.DataFrame({k: [v] for k, v in row.items()}, schema=dict.fromkeys(row, pl.Int64))

    def report(self, out: Path, map_path: Path | None) -> Report:
        totals = self.counts.row(0, named=True)
        columns = []
        for c in self.columns:
            had, lost = totals.get(f"had {c.name}"), totals.get(f"lost {c.name}", 0)
            columns.append(ColumnReport(c.name, c.action, c.rule.identifier, c.made, c.rule.note, had, lost))
        grouped = {c.rule.column for c in self.used} & {"episode_id", "member_id"}
        people = self.persons.filter(pl.col("_person").str.starts_with("m")).height
        return Report(
            self.profile,
            str(self.path),
            str(out),
            str(map_path) if map_path else None,
            self.rows,
            people if "member_id" in grouped else None,
            tuple(columns),
            days_from="episode" if "episode_id" in grouped else "member" if grouped else "row",
            ages_together=totals.get("together", 0),
            ages_hidden=totals.get("hidden", 0),
            zips_hidden=totals.get("zips", 0),
            map_beside=map_path is not None and map_path.resolve().parent == out.resolve().parent,
        )
