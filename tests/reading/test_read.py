"""Reading files: what is accepted and what set aside are together all that was read, whatever the file."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from itertools import accumulate

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from workbench.cases.frame import SCHEMA, checked
from workbench.errors import ProblemsFound
from workbench.generator.generate import generate, generate_to
from workbench.reading.mapping import MISSING
from workbench.reading.read import read_cases, read_to

FEWER = settings(max_examples=max(40, settings().max_examples // 2))


def codes(found) -> dict[int, list[str]]:
    return dict(found.set_aside.select("row", "codes").iter_rows())


def put(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


cells = st.text(st.sampled_from('aPT,;"\n\r\t \x00\xe9=-.'), max_size=3) | st.sampled_from(["PT", "pt", "a", " b "])


@FEWER
@given(st.lists(st.binary(max_size=60), max_size=8), st.booleans())
@example([b"\xc2\xea\x81\x60\xb3\x14\x11\xcf\xbd\x92\x08\x00\x09\xc7\x31\x8c"], True)  # of a SAS file, in a cell
def test_any_bytes_are_accepted_or_set_aside(shipped, tmp_path_factory, lines, header):
    path = tmp_path_factory.getbasetemp() / "bytes.csv"
    put(path, (b"request_id,discipline,plan\n" if header else b"") + b"\n".join(lines))
    try:
        found = read_cases(path, shipped)
    except ProblemsFound as error:
        assert error.problems and not header
        return
    assert len(found.accepted) + len(found.set_aside) == found.read
    assert all(found.set_aside["reasons"].list.len() > 0)
    assert found.accepted["request_id"].null_count() == 0 and found.accepted["request_id"].is_unique().all()


@FEWER
@given(st.lists(st.lists(cells, min_size=3, max_size=3), max_size=6))
@example([[";", "PT", ".P"]])
def test_what_csv_writes_is_read_row_for_row(shipped, tmp_path_factory, rows):
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["request_id", "discipline", "plan"], *rows])
    found = read_cases(put(tmp_path_factory.getbasetemp() / "rows.csv", out.getvalue()), shipped)
    if any("\x00" in cell for row in rows for cell in row):
        return  # such a row may fall into several lines
    begins = accumulate((1 + sum(cell.count("\n") for cell in row) for row in rows), initial=2)
    # By the line on which it begins; a row without any value is no row.
    lines = {line: row for line, row in zip(begins, rows, strict=False) if any(cell.strip() for cell in row)}
    assert found.read == len(lines)
    aside = set(found.set_aside["row"])
    kept = [row for line, row in lines.items() if line not in aside]
    noted = set(
        found.notes.filter(fact="plan").filter(pl.col("note").str.contains("missing"))["row"]
    )  # `-`, `.P`: what stands for no value
    numbers = [line for line in lines if line not in aside]
    gone = [r[2].strip() in MISSING or number in noted for number, r in zip(numbers, kept, strict=True)]
    plans = [None if lost else r[2].strip() for lost, r in zip(gone, kept, strict=True)]
    assert [(r[0].strip(), plan) for r, plan in zip(kept, plans, strict=True)] == found.accepted.select(
        "request_id", "plan"
    ).rows()
    assert all(r[1].strip().upper() == "PT" and r[0].strip() for r in kept)


odd_lines = [
    b"a,PT,1",
    b'b,PT,"x"',
    b'c,PT,"x\ny"',
    b'd,PT,"',
    b"e,PT",
    b"f,PT,\xe9",
    b"",
    b"g,PT,1\r",
    b"h,\x00,1",
    b'i,"P"T,1',
    "j,PT,\u20ac".encode(),
    b'"k\n\n",PT,2',
]


@FEWER
@given(st.lists(st.sampled_from(odd_lines)), st.integers(1, 60))
def test_it_does_not_matter_where_stretches_end(shipped, tmp_path_factory, lines, block):
    path = put(tmp_path_factory.getbasetemp() / "s.csv", b"\n".join([b"request_id,discipline,plan", *lines]))
    whole = read_cases(path, shipped)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workbench.reading.csv_table.BLOCK", block)
        patch.setattr("workbench.reading.csv_table.ROWS", 3)
        parts = read_cases(path, shipped)
    assert parts.accepted.equals(whole.accepted) and parts.set_aside.equals(whole.set_aside)


def test_a_million_columns_and_a_huge_field(shipped, tmp_path):
    path = put(tmp_path / "c.csv", ",".join(f"c{i}" for i in range(1_000_000)))
    with pytest.raises(ProblemsFound, match="too-large"):
        read_cases(path, shipped)
    path = put(
        tmp_path / "c.csv",
        "request_id,discipline,plan\n1,PT," + "x" * 3_000_000 + '\n2,PT,"' + "y" * 200_000 + '"\n3,PT,z\n',
    )
    found = read_cases(path, shipped)
    assert codes(found) == {2: ["too-large"], 3: ["too-large"]} and found.accepted["request_id"].to_list() == ["3"]


def test_one_broken_row_never_costs_its_neighbours(shipped, tmp_path):
    broken = [b'"a,PT,1', b'b,"P"T,1', b"c,PT", b"d,PT,1,1", b"e,PT,caf\xe9", b"f,PT,\x00", b'g,PT,"1""', b",PT,1"]
    lines = [b"request_id,discipline,plan"]
    for i, line in enumerate(broken):
        lines += [b"s%d,PT,1" % i, line]
    found = read_cases(put(tmp_path / "c.csv", b"\n".join([*lines, b"last,PT,1"])), shipped)
    assert found.read == 2 * len(broken) + 1
    assert {f"s{i}" for i in range(len(broken))} | {"last"} <= set(found.accepted["request_id"])
    assert codes(found) == {
        3: ["bad-csv"],
        5: ["bad-csv"],
        7: ["field-count"],
        9: ["field-count"],
        11: ["unreadable"],
        13: ["unreadable"],
        15: ["bad-csv"],
        17: ["missing-value"],
    }


def test_quoted_fields_may_hold_separators_quotes_and_lines(shipped, tmp_path):
    text = 'request_id,discipline,plan\n1,PT,"a, ""b""\nc"\n2,PT,"5"" tall"\n3,PT,5" tall\n'
    found = read_cases(put(tmp_path / "c.csv", text), shipped)
    assert found.accepted["plan"].to_list() == ['a, "b"\nc', '5" tall', '5" tall']


@pytest.mark.parametrize("encoding, said", [("utf-8-sig", None), ("utf-16", None), ("cp1252", "cp1252")])
def test_other_encodings(shipped, tmp_path, encoding, said):
    path = put(tmp_path / "c.csv", "request_id,discipline,language\n1,PT,Français\n".encode(encoding))
    found = read_cases(path, shipped, mapping={"encoding": said} if said else None)
    assert found.accepted["language"].to_list() == ["Français"]
    assert "encoding" not in (said or "") and found.read == 1


def test_an_undeclared_encoding_costs_only_the_rows_that_need_it(shipped, tmp_path):
    path = put(tmp_path / "c.csv", "request_id,discipline,language\n1,PT,Français\n2,PT,English\n".encode("cp1252"))
    found = read_cases(path, shipped)
    assert found.accepted["request_id"].to_list() == ["2"]
    assert "cp1252" in found.set_aside["reasons"][0][0] and found.set_aside["raw"][0] == r"1,PT,Fran\xe7ais"


def test_three_styles_of_dates(shipped, tmp_path):
    path = put(tmp_path / "c.csv", "id,d,day\n1,PT,2025-03-31\n2,PT,31.03.2025\n3,PT,31 Mar 2025\n4,PT,3/31/2025\n")
    mapping = {
        "dates": ["DD.MM.YYYY", "D MMM YYYY"],
        "columns": {"id": "request_id", "d": "discipline", "day": "received_on"},
    }
    found = read_cases(path, shipped, mapping=mapping)
    assert found.accepted["received_on"].to_list() == [date(2025, 3, 31)] * 3
    assert codes(found) == {5: ["bad-value"]}


def test_a_mapping_renames_translates_and_adds(shipped, tmp_path):
    path = put(tmp_path / "c.csv", "Disc;Score;Signed;CPT;What\nphysical;42,5;X;97110, 97140;?\nspeech;;-;;?\n")
    found = read_cases(
        path,
        shipped,
        mapping={
            "separator": ";",
            "decimal": ",",
            "row_ids": "case-",
            "missing": ["-"],
            "columns": {
                "Disc": {"fact": "discipline", "values": {"physical": "PT", "speech": "ST"}},
                "Score": "score_baseline",
                "Signed": {"fact": "plan_of_care", "values": {"X": True}},
                "CPT": {"fact": "procedures", "list_separator": ","},
                "What": "ignore",
            },
            "constants": {"state": "TX", "requested_visits": 12},
        },
    )
    assert not found.warnings and found.set_aside.is_empty()
    rows = found.accepted.select(
        "request_id", "discipline", "score_baseline", "plan_of_care", "procedures", "state", "requested_visits"
    ).rows()
    assert rows == [
        ("case-2", "PT", 42.5, True, ["97110", "97140"], "TX", 12),
        ("case-3", "ST", None, None, None, "TX", 12),
    ]


def test_decimals_are_rounded_on_their_digits(shipped, tmp_path):
    texts = ["0.000000005", "0.0000000149999999999999999999", "-0.000000005", "1.005", "1e-9", "5e-9"]
    text = "request_id,discipline,score_baseline\n" + "".join(f"{i},PT,{t}\n" for i, t in enumerate(texts))
    found = read_cases(put(tmp_path / "c.csv", text), shipped)
    assert found.accepted["score_baseline"].to_list() == [1e-8, 1e-8, 0.0, 1.005, 0.0, 1e-8]


def workbook(path, rows, merge=()):
    book = Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for span in merge:
        sheet.merge_cells(span)
    book.save(path)
    return path


def test_a_workbook_with_merged_cells(shipped, tmp_path):
    path = workbook(
        tmp_path / "c.xlsx",
        [
            ["request_id", "discipline", "received_on", "requested_visits", "plan_of_care"],
            ["a", "PT", date(2025, 1, 31), 12, True],
            ["b", "PT", datetime(2025, 2, 1), 12.0, None],
            ["c", "PT", None, 8, None],
            [None] * 5,
            ["d", None, None, 9, None],
            ["e", "#REF!", None, 9, None],
        ],
        merge=["B4:B6"],
    )
    found = read_cases(path, shipped)
    assert found.read == 6
    assert found.accepted.select("request_id", "received_on", "requested_visits", "plan_of_care").rows() == [
        ("a", date(2025, 1, 31), 12, True),
        ("b", date(2025, 2, 1), 12, None),
    ]
    assert [r[0].split(";")[0] for r in found.set_aside["reasons"].to_list()][:1] == [
        "bad-value row 4 holds merged cells (B4:B6)"
    ]
    assert len(found.set_aside) == 4


def test_a_workbook_under_a_title(shipped, tmp_path):
    rows = [["Requests of 2025", None], [None, None], ["request_id", "discipline"], ["a", "PT"]]
    path = workbook(tmp_path / "c.xlsx", rows, merge=["A1:B1"])
    with pytest.raises(ProblemsFound, match="header_row"):
        read_cases(path, shipped)
    assert read_cases(path, shipped, mapping={"header_row": 3}).accepted["request_id"].to_list() == ["a"]


def test_parquet_of_other_types(shipped, tmp_path):
    frame = pl.DataFrame(
        {
            "request_id": [1, 2, 3],
            "discipline": ["PT", "PT", "XX"],
            "requested_visits": [12.0, 12.5, 3.0],
            "plan_of_care": [1, 0, None],
            "received_on": [datetime(2025, 1, 31)] * 3,
            "score_baseline": [float("nan"), 1.0, float("inf")],
            "procedures": [["97110", None], [], None],
            "provider_npi": [1234567893] * 3,
        }
    )
    frame.write_parquet(tmp_path / "c.parquet")
    found = read_cases(tmp_path / "c.parquet", shipped)
    assert found.accepted.select(
        "request_id", "requested_visits", "plan_of_care", "received_on", "score_baseline", "procedures", "provider_npi"
    ).rows() == [("1", 12, True, date(2025, 1, 31), None, ["97110"], "1234567893")]
    assert codes(found) == {2: ["bad-value"], 3: ["bad-value", "value-not-a-choice"]}


@pytest.mark.parametrize("cut", [0.0, 0.3, 0.9, 0.999])
def test_a_truncated_parquet_is_refused(shipped, tmp_path, cut):
    whole = generate(500, 1, shipped)
    whole.write_parquet(tmp_path / "c.parquet")
    data = (tmp_path / "c.parquet").read_bytes()
    (tmp_path / "c.parquet").write_bytes(data[: int(len(data) * cut)])
    with pytest.raises(ProblemsFound, match="unreadable"):
        read_to(tmp_path / "c.parquet", tmp_path / "out.parquet", shipped)
    assert not (tmp_path / "out.parquet").exists() and not list(tmp_path.glob("*.part"))


def test_ten_percent_broken_rows_over_many_batches(shipped, tmp_path, monkeypatch):
    monkeypatch.setattr("workbench.reading.csv_table.ROWS", 300)
    rows = [f"r{i},PT,{i % 30 + 1}" if i % 10 else f"r{i},PT,-1" for i in range(1, 2001)]
    rows[1500:1500] = ["r7,PT,5"]  # repeats a row of another batch
    path = put(tmp_path / "c.csv", "request_id,discipline,requested_visits\n" + "\n".join(rows) + "\n")
    whole = read_cases(path, shipped)
    report = read_to(path, tmp_path / "out.parquet", shipped, quarantine=tmp_path / "aside.parquet")
    assert (report.read, report.accepted, report.set_aside) == (2001, 1800, 201)
    assert report.reasons == whole.reasons == {"value-out-of-range": 200, "duplicate-request": 1}
    assert pl.read_parquet(tmp_path / "out.parquet").equals(whole.accepted)
    assert pl.read_parquet(tmp_path / "aside.parquet").sort("row").equals(whole.set_aside)
    assert report.examples["duplicate-request"] == ["row 1502: request_id: 'r7' stands in row 8 already"]
    assert checked(tmp_path / "out.parquet") and not checked(tmp_path / "aside.parquet")


def test_what_was_written_reads_back_the_same(shipped, tmp_path):
    generate_to(tmp_path / "g.parquet", 3000, 5, shipped)
    report = read_to(tmp_path / "g.parquet", tmp_path / "o.parquet", shipped, quarantine=tmp_path / "q.csv")
    generated = pl.read_parquet(tmp_path / "g.parquet")
    assert report.set_aside == 0 and not report.warnings and not report.noted.counts()
    assert pl.read_parquet(tmp_path / "o.parquet").equals(generated.select(*SCHEMA))
    flat = generated.select(*SCHEMA).with_columns(pl.col("procedures").list.join(";"))
    flat.write_csv(tmp_path / "g.csv")
    read_to(tmp_path / "g.csv", tmp_path / "o.parquet", shipped, force=True)
    assert pl.read_parquet(tmp_path / "o.parquet").equals(generated.select(*SCHEMA))


def test_episodes_are_made_out_over_the_whole_file(shipped, tmp_path, monkeypatch):
    monkeypatch.setattr("workbench.reading.open_table.ROWS", 100)
    known = generate(1000, 5, shipped).select(*SCHEMA)
    bare = known.with_columns(pl.lit(None, SCHEMA[n]).alias(n) for n in ("episode_id", "request_number"))
    bare.write_parquet(tmp_path / "g.parquet")
    read_to(tmp_path / "g.parquet", tmp_path / "o.parquet", shipped, force=True)
    got = pl.read_parquet(tmp_path / "o.parquet")
    sound = known["condition"].is_not_null() & ~known["member_id"].is_in(
        known.filter(pl.col("condition").is_null())["member_id"].to_list()
    )
    pairs = pl.DataFrame(
        {"a": known["episode_id"], "b": got["episode_id"], "n": known["request_number"], "m": got["request_number"]}
    ).filter(sound)
    assert pairs.select("a", "b").unique().height == pairs["a"].n_unique() == pairs["b"].n_unique()
    assert pairs["n"].equals(pairs["m"])


@pytest.mark.parametrize("size", [150_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_many_rows_with_one_bad_cell(shipped, tmp_path, size):
    bad, path = size * 3 // 4, tmp_path / "c.csv"
    with path.open("w") as file:
        file.write("request_id,discipline,requested_visits,received_on\n")
        for i in range(size):
            file.write(f"r{i},PT,{'twelve' if i == bad else i % 40 + 1},2025-01-31\n")
    report = read_to(path, tmp_path / "o.parquet", shipped, quarantine=tmp_path / "q.csv")
    assert (report.read, report.accepted, report.set_aside) == (size, size - 1, 1)
    assert report.examples == {"bad-value": [f"row {bad + 2}: requested_visits: 'twelve' is not a whole number"]}


OPENED = ["1,PT,12,a,x", '2,PT,8,b,"y', "3,OT,4,c,z", "4,ST,6,d,w", "5,PT,7,e,v"]


@pytest.mark.parametrize(
    ("row", "text", "aside"),
    [
        (3, '4,ST,6,d,w"', [3]),  # closed at the end of a later row
        (2, '3,OT,4,c,z"', [3]),  # of the next
        (2, '3,OT,4,c,""', [3]),  # an empty cell in quotes
        (3, '4,ST,"6",d,w', [3]),
        (4, "5,PT,7,e,v", [3]),  # nowhere
    ],
)
def test_a_quotation_mark_that_swallows_rows(shipped, tmp_path, row, text, aside):
    rows = [*OPENED[:row], text, *OPENED[row + 1 :]]
    (tmp_path / "c.csv").write_text("\n".join(["id,disc,visits,note,more", *rows]) + "\n")
    mapping = {
        "columns": {"id": "request_id", "disc": "discipline", "visits": "requested_visits"}
        | {"note": "ignore", "more": "ignore"}
    }
    found = read_cases(tmp_path / "c.csv", shipped, mapping=mapping)
    assert found.read == 5 and found.set_aside["row"].to_list() == aside
    assert found.accepted["request_id"].to_list() == ["1", "3", "4", "5"]


def test_a_note_of_several_lines_is_one_cell(shipped, tmp_path):
    notes = ['"seen twice, at home, by MS\nand once more"', '"one, two, three, four\nfive, six\n\nseven"', '"a\nb"']
    rows = [f"{note},{i},PT,12,x" for i, note in enumerate(notes)]
    (tmp_path / "c.csv").write_text("\n".join(["note,id,disc,visits,more", *rows]) + "\n")
    mapping = {"columns": {"id": "request_id", "disc": "discipline", "visits": "requested_visits", "note": "plan"}}
    found = read_cases(tmp_path / "c.csv", shipped, mapping=mapping)
    assert found.accepted["plan"].to_list() == [n.strip('"') for n in notes]
