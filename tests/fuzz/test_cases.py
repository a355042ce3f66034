"""Case files: CSV as it really comes, Parquet of any types, broken files of every kind. Nothing is lost, nothing falls."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook

from fuzz.kinds import SEEDS, TESTS, library
from fuzz.mutate import garbage, texts
from fuzz.places import placed_in_files
from workbench.cases.frame import SCHEMA
from workbench.documents.yaml_places import read_yaml
from workbench.engine.setting import setting
from workbench.errors import CODES, Problems, ProblemsFound
from workbench.privacy.deidentify import deidentify_file
from workbench.reading.mapping import load_mapping
from workbench.reading.read import read_cases, read_to
from workbench.reading.sources import SOURCES, read_source
from workbench.reading.suggest_mapping import suggest_text
from workbench.study.replay import replay

FILES = [
    *sorted((SEEDS / "cases").iterdir()),
    *(p for p in sorted((TESTS / "errors").glob("*/*/cases.*")) if p.stat().st_size < 20_000),
]
CORPUS = [p.read_bytes().decode("utf-8", "surrogateescape") for p in FILES if p.suffix == ".csv"]
WORDS = [
    "request_id",
    "discipline",
    "received_on",
    "plan",
    "episode_id",
    "request_number",
    "member_id",
    "measure",
    "score_baseline",
    "procedures",
    "PT",
    "ot",
    "TRUE",
    "y",
    "1e400",
    "NaN",
    "inf",
    "1,5",
    "01/02/2026",
    "2026-1-1",
    "M54.5",
    "odi",
    '"a""b"',
    '"a\nb"',
    "=HYPERLINK()",
    "@x",
    "+1",
    "9223372036854775808",
    "\r",
    "\udcff\udcfe",
]


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("cases"))
    yield
    os.chdir(before)


def reads(path: Path) -> None:
    """Every row is accepted or set aside with its reasons, whether read whole or in batches; accepted rows decide."""
    try:
        found = read_cases(path, library())
    except ProblemsFound as error:
        placed_in_files(error.problems)
        with pytest.raises(ProblemsFound):
            read_to(path, "out.parquet", library(), force=True)
        return
    placed_in_files(found.warnings)
    assert len(found.accepted) + len(found.set_aside) == found.read
    assert dict(found.accepted.schema) == SCHEMA and found.accepted["request_id"].is_unique().all()
    assert sorted(found.set_aside["row"].unique()) == found.set_aside["row"].to_list()
    for row in found.set_aside.iter_rows(named=True):
        assert row["codes"] and set(row["codes"]) <= set(CODES) and row["raw"] is not None
        assert all(r.startswith(f"{c} ") for c, r in zip(row["codes"], row["reasons"], strict=True))
    report = read_to(path, "out.parquet", library(), quarantine="aside.parquet", force=True)
    assert (report.read, report.accepted, report.set_aside) == (found.read, len(found.accepted), len(found.set_aside))
    assert "\n".join(report.lines()).encode() and report.as_dict()
    assert pl.read_parquet("aside.parquet").sort("row").equals(found.set_aside)
    if len(found.accepted):
        assert len(replay(found.accepted, setting(library(), by_date=True)).decisions) == len(found.accepted)


def opens(path: Path) -> None:
    """What else a file of cases can be handed to says at most what is wrong with it."""
    for what in (_suggested, *(_source(name) for name in SOURCES), _deidentified):
        try:
            what(path)
        except ProblemsFound as error:
            placed_in_files(p for p in error.problems if p.file)


def _suggested(path: Path) -> None:
    Path("mapping.yaml").write_text(suggest_text(path, library()), encoding="utf-8")
    assert read_yaml("mapping.yaml", Problems()) is not None
    load_mapping("mapping.yaml", library())


def _source(name: str):
    def read(path: Path) -> None:
        found = read_source(name, path, library())
        assert len(found.accepted) + len(found.set_aside) == found.read

    return read


def _deidentified(path: Path) -> None:
    deidentify_file(path, "private.csv", "safe_harbor", force=True).lines()


def written(data: bytes, name: str = "cases.csv") -> Path:
    Path(name).write_bytes(data)
    return Path(name)


@pytest.mark.parametrize("file", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_seed(file: Path) -> None:
    path = written(file.read_bytes(), file.name)
    reads(path)
    opens(path)


@given(texts(CORPUS, WORDS))
def test_mutated_tables(text: str) -> None:
    reads(written(text.encode("utf-8", "surrogateescape")))


@given(texts(CORPUS, WORDS))
@example("\na,PT,=1+1\nb,PT,2\n")
def test_mutated_tables_elsewhere(text: str) -> None:
    opens(written(text.encode("utf-8", "surrogateescape")))


FACTS = [
    "request_id",
    "discipline",
    "requested_visits",
    "score_baseline",
    "plan_of_care",
    "received_on",
    "procedures",
    "condition",
    "measure",
    "member_id",
    "age_years",
    "plan",
    "other",
    "improvement_mcid",
    "request_number",
]
NOW = datetime(2026, 1, 2, 3, 4, 5)
# Types that a Parquet file may hold where a fact is expected, each with values that it can take.
TYPES: list[tuple[pa.DataType, Sequence[object]]] = [
    (pa.string(), ["a", "PT", "", "2026-01-02", "1", "true", "97110;97140", "é", "x" * 300, "\x00", "=1"]),
    (pa.large_string(), ["PT", "b"]),
    (pa.binary(), [b"PT", b"\xff\x00", b""]),
    (pa.bool_(), [True, False]),
    (pa.int64(), [0, 1, -1, 2**63 - 1, -(2**63)]),
    (pa.uint64(), [0, 2**64 - 1]),
    (pa.int8(), [1, -128]),
    (pa.float64(), [0.5, 1.0, float("nan"), float("inf"), -float("inf"), 1e300, -0.0, 5e-324, 12.345678905]),
    (pa.float32(), [0.1, float("nan"), 3e38]),
    (pa.float16(), [1.5]),
    (pa.null(), [None]),
    (pa.decimal128(38, 10), [Decimal("1.5"), Decimal("9" * 28)]),
    (pa.decimal256(60, 2), [Decimal("9" * 50)]),
    (pa.date32(), [date(2026, 1, 2), date(1, 1, 1), date(9999, 12, 31)]),
    (pa.date64(), [date(2026, 1, 2)]),
    (pa.timestamp("us"), [NOW, datetime(2026, 1, 2)]),
    (pa.timestamp("ns", "UTC"), [NOW.replace(tzinfo=UTC)]),
    (pa.timestamp("s", "America/New_York"), [NOW.replace(tzinfo=UTC)]),
    (pa.time64("us"), [time(1, 2)]),
    (pa.duration("s"), [timedelta(days=1)]),
    (pa.list_(pa.string()), [["97110"], [], [None], ["a", "\x00"]]),
    (pa.list_(pa.int64()), [[97110], []]),
    (pa.list_(pa.list_(pa.string())), [[["97110"]]]),
    (pa.list_(pa.string(), 2), [["97110", "97140"]]),
    (pa.struct([("a", pa.string())]), [{"a": "PT"}]),
    (pa.map_(pa.string(), pa.int64()), [[("a", 1)]]),
    (pa.dictionary(pa.int8(), pa.string()), ["PT", "OT"]),
    (pa.list_(pa.struct([("a", pa.int64())])), [[{"a": 1}]]),
    (pa.binary(2), [b"PT"]),
]


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """A table of a few facts in types of any kind; the two required columns mostly sound."""
    rows = draw(st.integers(0, 3))
    columns: dict[str, pa.Array] = {}
    if draw(st.integers(0, 9)):
        columns = {
            "request_id": pa.array([f"r{i}" for i in range(rows)], pa.string()),
            "discipline": pa.array(["PT"] * rows, pa.string()),
        }
    for name in draw(st.lists(st.sampled_from(FACTS), min_size=1, max_size=5, unique=True)):
        if name in columns and draw(st.booleans()):
            continue
        type_, values = draw(st.sampled_from(TYPES))
        picked = draw(st.lists(st.sampled_from([None, *values]), min_size=rows, max_size=rows))
        columns[name] = pa.array(picked, type_)
    return pa.table(columns)


@given(tables())
def test_tables_of_any_types(table: pa.Table) -> None:
    pq.write_table(table, "typed.parquet")
    reads(Path("typed.parquet"))
    opens(Path("typed.parquet"))


def _parquet(**columns: Sequence[object]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"request_id": ["a", "b"], "discipline": ["PT", "OT"], **columns}), sink)
    return sink.getvalue().to_pybytes()


def _workbook() -> bytes:
    book = Workbook()
    for row in (
        ["request_id", "discipline", "received_on", "plan"],
        ["a", "PT", date(2026, 1, 2), "=1+1"],
        ["b", "OT", "x", None],
    ):
        book.active.append(row)
    book.save("made.xlsx")
    return Path("made.xlsx").read_bytes()


@pytest.fixture(scope="module")
def binaries() -> dict[str, bytes]:
    return {
        "cases.parquet": _parquet(requested_visits=[3, 4], plan=["x", None], score_baseline=[0.5, 1]),
        "cases.xlsx": _workbook(),
    }


@given(st.sampled_from(["cases.parquet", "cases.xlsx", "cases.csv"]), st.data())
def test_garbage(binaries: dict[str, bytes], name: str, data: st.DataObject) -> None:
    content = data.draw(garbage([*binaries.values(), b"", *(t.encode("utf-8", "surrogateescape") for t in CORPUS)]))
    path = written(content, name)
    reads(path)
    opens(path)
