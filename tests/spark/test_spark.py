"""The Spark reading gives what the reference gives: expressions, nodes, whole records. Many expressions and guidelines
go into one job, since each job costs a second."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import reduce

import polars as pl
import pytest
from generative.agreement import Record, decided, frame_for
from generative.expressions import expressions, fact_rows, parameter_values
from generative.libraries import Case, cases
from generative.requests import many_requests
from generative.test_nodes import NODES
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from readings import READINGS, frame_of
from spec.small_rules import LIBRARY, SETTING, UNDER_PROGRAM
from spec.small_rules import rows as small_rows
from spec.tables import NAMES, PARAMETERS, literal, rows, topics

from workbench.engine.setting import Setting, setting
from workbench.engine.spark import decide
from workbench.engine.spark_nodes import compile_node
from workbench.language.show import show
from workbench.language.spark import asks, compile_
from workbench.language.syntax import parse
from workbench.language.tree import OPERATORS, Call, Node, asked_names, looked_at, walk

Asked = tuple[Node, dict[str, object], dict[str, Decimal]]  # an expression, the facts, the parameters


@pytest.fixture(scope="module")
def on_spark(session, tmp_path_factory):
    """A Polars frame as one of Spark's."""
    folder = tmp_path_factory.mktemp("frames")

    def put(frame: pl.DataFrame):
        path = folder / f"{len(list(folder.iterdir()))}.parquet"
        frame.write_parquet(path)
        return session.read.option("datetimeRebaseMode", "CORRECTED").parquet(str(path))

    return put


def _answers(on_spark, asked: Sequence[Asked]) -> list[tuple[object, frozenset[str]]]:
    """The value of each expression for its own facts, and what it asks for, all in one job."""
    wanted = sorted({name for node, _, _ in asked for name in looked_at(node)})
    texts: dict[str, list[int]] = {}
    for i, (node, _, values) in enumerate(asked):
        needs = [(n, asks(node, n, values)) for n in (*asked_names(node), None)]
        flags = ", ".join(f"CASE WHEN {said} THEN '{n or '*'}' END" for n, said in needs if said)
        said = f"array_compact(array({flags}))" if flags else "array()"
        texts.setdefault(f"to_json(struct({compile_(node, values)} AS v, {said} AS a))", []).append(i)
    cases = " ".join(f"WHEN _row IN ({', '.join(map(str, at))}) THEN {said}" for said, at in texts.items())
    frame = on_spark(frame_of([facts for _, facts, _ in asked], wanted))
    found = pl.DataFrame(
        [tuple(r) for r in frame.selectExpr("_row", f"CASE {cases} END AS found").collect()],
        schema={"row": pl.Int64, "found": pl.String},
        orient="row",
    ).sort("row")
    return [_plain(said, node) for said, (node, _, _) in zip(found["found"], asked, strict=True)]


def _plain(said: str, node: Node) -> tuple[object, frozenset[str]]:
    found = json.loads(said, parse_int=Decimal)
    value = found.get("v")
    if value is not None and node.type.numeric:
        value = Decimal(value).scaleb(-node.type.places)
    elif value is not None and node.type.kind == "date":
        value = date.fromisoformat(value)
    asked = frozenset(found["a"])
    assert ("*" in asked) == bool(asked - {"*"}), "asking for any is not the union"
    return value, asked - {"*"}


def test_an_expression_means_what_its_row_says(on_spark):
    asked, told, lines = [], [], []
    for row in (r for topic in topics() for r in rows(topic) if not r.answer.startswith("error ")):
        node, known = parse(row.expression, NAMES).node, row.known
        assert node is not None
        facts = {n: v for n, v in known.items() if n not in PARAMETERS}
        asked.append((node, facts, {n: v for n, v in known.items() if n in PARAMETERS}))
        told.append((literal(row.answer), frozenset(row.asked.split())))
        lines.append(f"{row.topic}:{row.line} {row.expression}")
    found = _answers(on_spark, asked)
    assert [x for x in zip(lines, told, found, strict=True) if x[1] != x[2]] == []
    assert len(found) > 250


def test_a_random_expression_has_its_value_and_asks_for_its_facts(on_spark):
    asked: list[Asked] = []
    used: set[str] = set()

    @seed(11)
    @settings(max_examples=120, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.data())
    def draw(data):
        node = data.draw(expressions())
        values = data.draw(parameter_values())
        used.update(n.op for n in walk(node) if isinstance(n, Call))
        asked.extend((node, facts, values) for facts in data.draw(fact_rows(looked_at(node))))

    draw()
    first = READINGS[0]
    wrong = []
    for (node, facts, values), found in zip(asked, _answers(on_spark, asked), strict=True):
        wanted = first.values(node, [facts], values)[0], first.asked(node, [facts], values)[0]
        if wanted != found:
            wrong.append(f"{show(node)}: reference {wanted}, Spark {found} of {facts}, {values}")
    assert wrong == []
    assert len(used) > 0.9 * len(OPERATORS), set(OPERATORS) - used


def test_a_node_means_what_it_says(on_spark):
    kinds = {"a": pl.Int64, "b": pl.Int64, "p": pl.Boolean, "q": pl.Boolean, "c": pl.List(pl.String)}
    given_ = list({json.dumps(g): g for _, g, _ in NODES}.values())
    frames = [
        pl.DataFrame(g, schema={n: kinds[n] for n in g}).with_columns(given=pl.lit(i)) for i, g in enumerate(given_)
    ]
    frame = pl.concat(frames, how="diagonal").with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    texts = [f"to_json(struct({compile_node(node)} AS v)) AS n{i}" for i, (node, _, _) in enumerate(NODES)]
    got = on_spark(frame).selectExpr("row", "given", *texts).orderBy("row").collect()
    for i, (node, mine, wanted) in enumerate(NODES):
        found = [json.loads(row[f"n{i}"]).get("v") for row in got if given_[row["given"]] == mine]
        assert found == wanted, node


def _decided(on_spark, parts: Sequence[tuple[pl.DataFrame, Setting]]) -> list[list[Record]]:
    """The records of several settings, in one job."""
    frames = []
    for i, (frame, chosen) in enumerate(parts):
        numbered = on_spark(frame.with_row_index("at").with_columns(pl.col("at").cast(pl.Int64)))
        frames.append(decide(numbered, chosen, ["at"]).selectExpr(f"{i} AS part", "*"))
    rows_ = sorted(reduce(lambda a, b: a.unionByName(b), frames).collect(), key=lambda r: (r["part"], r["at"]))
    out: list[list[Record]] = [[] for _ in parts]
    for row in rows_:
        out[row["part"]].append({k: v for k, v in row.asDict().items() if k not in ("part", "at")})
    return out


def test_a_request_is_decided_as_its_row_says(on_spark):
    for program, chosen in ((False, SETTING), (True, UNDER_PROGRAM)):
        mine = [r for r in small_rows() if r.program == program]
        frame = frame_for([r.request for r in mine])
        (found,) = _decided(on_spark, [(frame, chosen)])
        for row, record, wanted in zip(mine, found, decided([r.request for r in mine], chosen), strict=True):
            assert {k: v for k, v in record.items() if k != "engine"} == _but_engine(wanted), row.note
            assert record["engine"] == "spark 1"


def _but_engine(record: Record) -> Record:
    return {k: v for k, v in record.items() if k != "engine"}


def test_generated_guidelines_give_the_complete_record_of_the_reference(on_spark):
    drawn: list[Case] = []

    @seed(7)
    @settings(max_examples=5, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(cases())
    def draw(case):
        drawn.append(case)

    draw()
    requests = [many_requests(case.facts, case.near, i, 60) for i, case in enumerate(drawn)]
    parts = [(frame_for(r), case.setting) for r, case in zip(requests, drawn, strict=True)]
    said: set[object] = set()
    for case, some, found in zip(drawn, requests, _decided(on_spark, parts), strict=True):
        wanted = decided(some, case.setting)
        assert len(found) == len(wanted)
        for one, two, facts in zip(wanted, found, some, strict=True):
            differs = {k: (v, two[k]) for k, v in one.items() if k != "engine" and two[k] != v}
            assert not differs, (differs, facts)
        said.update(r["determination"] for r in wanted)
    assert len(said) >= 4, said


@pytest.mark.parametrize("by_date", [True])
def test_the_record_says_where_its_deciding_day_comes_from(on_spark, by_date):
    requests = [small_rows()[0].request | {"received_on": day} for day in (date(2020, 3, 1), None)]
    chosen = setting(LIBRARY, by_date=by_date, asked_on=date(2026, 5, 5))
    (found,) = _decided(on_spark, [(frame_for(requests), chosen)])
    assert [(r["deciding_day"], r["day_from"]) for r in found] == [
        (date(2020, 3, 1), "received_on"),
        (date(2026, 5, 5), "asked_on"),
    ]
