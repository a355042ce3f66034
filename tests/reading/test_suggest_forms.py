"""What a suggestion makes of sheets, ids, percentages and days, and how it stands on paper."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from openpyxl import Workbook

from workbench.errors import ProblemsFound
from workbench.guideline.model import Library
from workbench.reading.mapping import Mapping, load_mapping
from workbench.reading.read import read_cases
from workbench.reading.suggest_mapping import suggest_text

ROOT = Path(__file__).parents[2]


def suggested(path: Path, library: Library) -> tuple[str, Mapping]:
    text = suggest_text(path, library)
    made = path.parent / "m.yaml"
    made.write_text(text, encoding="utf-8")
    return text, load_mapping(made, library)


def facts_of(mapping: Mapping) -> dict[str, str]:
    return {c.column: c.fact.name for c in mapping.columns}


def book_of(path: Path, **sheets: list[list[object]]) -> Path:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name.replace("_", " "))
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


REQUESTS: list[list[object]] = [["request_id", "discipline", "visits"], ["a", "PT", 12], ["b", "OT", 8]]
SUMMARY: list[list[object]] = [["Discipline", "Count"], ["PT", 1], ["OT", 1]]


def test_the_other_sheets_are_told(shipped: Library, tmp_path: Path) -> None:
    path = book_of(tmp_path / "c.xlsx", Summary=SUMMARY, January=REQUESTS, February=REQUESTS)
    text, mapping = suggested(path, shipped)
    assert mapping.sheet == "January"
    assert "other sheets, not read, with the same columns: February; not read: Summary" in text
    path = book_of(tmp_path / "d.xlsx", Requests=REQUESTS, Notes_of_MS=[["Contact"], ["clinic"]])
    text, mapping = suggested(path, shipped)
    assert mapping.sheet == "Requests" and "other sheets, not read: Notes of MS" in text


@pytest.mark.parametrize("first", [SUMMARY, [["Report of January"], ["PT", 1]], [[None], ["x"]]])
def test_a_first_sheet_that_holds_no_requests(shipped: Library, tmp_path: Path, first: list[list[object]]) -> None:
    path = book_of(tmp_path / "c.xlsx", Summary=first, January=REQUESTS)
    with pytest.raises(ProblemsFound, match="another sheet.*January"):
        read_cases(path, shipped)


@pytest.mark.parametrize("name", ["id", "ID", "Auth", "Auth #", "Case ID", "CaseID", "Record ID", "Referral #", "PA number", "Reference", "Fall-Nr", "GUID"])  # fmt: skip
def test_a_column_of_ids_is_offered(shipped: Library, tmp_path: Path, name: str) -> None:
    path = tmp_path / "c.csv"
    path.write_text(f"{name},Discipline,Visits\n1,PT,12\n2,OT,8\n3,PT,4\n")
    _, mapping = suggested(path, shipped)
    assert facts_of(mapping)[name] == "request_id"
    assert read_cases(path, shipped, mapping=mapping).accepted["request_id"].to_list() == ["1", "2", "3"]


@pytest.mark.parametrize(
    "content",
    [
        "ID,Discipline,Visits\n1,PT,12\n1,PT,12\n2,OT,8\n",  # not unique
        "ID,Discipline,Visits\n1,PT,12\n,PT,12\n2,OT,8\n",  # not filled
        "Auth,Discipline,Visits\nY,PT,12\nN,PT,12\nY,PT,8\n",
        "ID,Name,Ward\n1,a,x\n2,b,y\n3,c,z\n",  # no requests
        "Patient name,Discipline,Visits\na,PT,12\nb,PT,12\nc,PT,8\n",
    ],
)
def test_an_id_is_never_invented(shipped: Library, tmp_path: Path, content: str) -> None:
    (tmp_path / "c.csv").write_text(content)
    assert "request_id" not in facts_of(suggested(tmp_path / "c.csv", shipped)[1]).values()


@pytest.mark.parametrize("name", ["17", "221904", "1e5", "no", "2026-01-05", "null", "Ü", "Requests of May"])
def test_a_file_of_any_name(shipped: Library, tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.csv").write_text("request_id,discipline\na,PT\n")
    _, mapping = suggested(tmp_path / f"{name}.csv", shipped)
    assert mapping.name


def test_a_discipline_in_numbers_is_left_open(shipped: Library, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("record_id,discipline,age\n1,1,54\n2,2,61\n")
    text, mapping = suggested(tmp_path / "c.csv", shipped)
    assert facts_of(mapping) == {"record_id": "request_id", "age": "age_years"}
    assert "no requests" not in text and "Left open: discipline" in text


def test_one_known_by_its_name_goes_before_any_id(shipped: Library, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("ID,Auth no,Discipline\n1,A1,PT\n2,A2,PT\n")
    assert facts_of(suggested(tmp_path / "c.csv", shipped)[1]) == {"Auth no": "request_id", "Discipline": "discipline"}


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (["0.35", "1", "0"], [35, 100, 0]),
        (["0.5", "1.0", "0.0"], [50, 100, 0]),
        (["0.35", "85", "100"], None),  # both scales: left to a person
        (["35", "85", "100"], [35, 85, 100]),
        (["35%", "85%", "100%"], [35, 85, 100]),
    ],
)
def test_fractions_of_a_percentage(shipped: Library, tmp_path: Path, cells: list[str], read: list[int] | None) -> None:
    rows = [f"{i},PT,{c}" for i, c in enumerate(cells)]
    (tmp_path / "c.csv").write_text("\n".join(["request_id,discipline,Goals met", *rows]) + "\n")
    text, mapping = suggested(tmp_path / "c.csv", shipped)
    found = read_cases(tmp_path / "c.csv", shipped, mapping=mapping)
    assert ("percent: fraction" in text) == (read is not None and cells[0].startswith("0."))
    if read is not None:
        assert found.accepted["goals_met_percent"].to_list() == read
    else:
        assert len(found.accepted) < 3


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (["01/15/26", "01/25/2026", "02/01/26"], [(1, 15), (1, 25), (2, 1)]),
        (["15/01/2026", "02/01/26", "25/01/26"], [(1, 15), (1, 2), (1, 25)]),
        (["15.01.2026", "02.01.26"], [(1, 15), (1, 2)]),
        (["2026-01-15", "15-Jan-26", "16-Jan-2026"], [(1, 15), (1, 15), (1, 16)]),
        (["01/15/2026", "20260201"], [(1, 15), (2, 1)]),
    ],
)
def test_days_in_several_styles(
    shipped: Library, tmp_path: Path, cells: list[str], days: list[tuple[int, int]]
) -> None:
    rows = [f"{i},PT,{c}" for i, c in enumerate(cells)]
    (tmp_path / "c.csv").write_text("\n".join(["request_id,discipline,Received", *rows]) + "\n")
    _, mapping = suggested(tmp_path / "c.csv", shipped)
    found = read_cases(tmp_path / "c.csv", shipped, mapping=mapping)
    assert found.accepted["received_on"].to_list() == [date(2026, *d) for d in days]


def test_only_styles_that_read_the_same_days_are_said_to_be_alike(shipped: Library, tmp_path: Path) -> None:
    for cells, said in ((["20260106", "6-Jan-2026", "2026-1-6"], False), (["01/02/2026", "03/04/2026"], True)):
        rows = [f"{i},PT,{c}" for i, c in enumerate(cells)]
        (tmp_path / "c.csv").write_text("\n".join(["request_id,discipline,Received", *rows]) + "\n")
        text, mapping = suggested(tmp_path / "c.csv", shipped)
        assert ("no day tells them apart" in text) == said
        assert len(read_cases(tmp_path / "c.csv", shipped, mapping=mapping).accepted) == len(cells)


@pytest.mark.parametrize(
    ("cells", "days"),  # None: set aside
    [
        (["13/02/2026", "02/13/2026", "01/02/2026", "03/03/2026"], [(2, 13), (2, 13), None, (3, 3)]),
        (
            ["15/01/2026", "16/01/2026", "17/01/2026", "02/01/26", "01/25/26"],
            [(1, 15), (1, 16), (1, 17), None, (1, 25)],
        ),
        (["13/02/2026 14:30", "02/13/2026", "20/02/2026", "01/02/2026 0:00"], [(2, 13), (2, 13), (2, 20), None]),
    ],
)
def test_a_column_in_both_orders(
    shipped: Library, tmp_path: Path, cells: list[str], days: list[tuple[int, int] | None]
) -> None:
    """Where a column proves both orders in one form, no day that may be either is read."""
    rows = [f"{i},PT,{c}" for i, c in enumerate(cells)]
    (tmp_path / "c.csv").write_text("\n".join(["request_id,discipline,Received", *rows]) + "\n")
    text, mapping = suggested(tmp_path / "c.csv", shipped)
    assert "day and month stand in both orders" in text
    found = read_cases(tmp_path / "c.csv", shipped, mapping=mapping)
    got = dict(found.accepted.select("request_id", "received_on").rows())
    assert [got.get(str(i)) for i in range(len(cells))] == [d and date(2026, *d) for d in days]


def test_a_column_in_both_orders_that_is_mostly_open(shipped: Library, tmp_path: Path) -> None:
    cells = ["13/02/2026", "02/13/2026", "01/02/2026", "02/03/2026", "04/05/2026", "06/07/2026", "05/08/2026"]
    rows = [f"{i},PT,{c}" for i, c in enumerate(cells)]
    (tmp_path / "c.csv").write_text("\n".join(["request_id,discipline,Received", *rows]) + "\n")
    text, mapping = suggested(tmp_path / "c.csv", shipped)
    assert "Received: ignore   # like received_on, but day and month stand in both orders" in text


def test_other_columns_tell_the_order(shipped: Library, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("request_id,discipline,Received,Start,Born\n1,PT,03/02/2026,15/02/2026,17/03/1950\n")
    text, mapping = suggested(path, shipped)
    assert "day first as in other columns" in text
    assert read_cases(path, shipped, mapping=mapping).accepted["received_on"].to_list() == [date(2026, 2, 3)]
    path.write_text("request_id,discipline,Received,Start,Born\n1,PT,03/02/2026,02/15/2026,17/03/1950\n")
    text, _ = suggested(path, shipped)
    assert "Received: ignore   # like received_on, but days such as '03/02/2026' may be either" in text


def test_a_day_in_the_other_order_says_so(shipped: Library, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("request_id,discipline,received_on\n1,PT,13/02/2026\n2,PT,13/14/2026\n")
    found = read_cases(tmp_path / "c.csv", shipped, mapping={"dates": ["MM/DD/YYYY"]})
    told = [" ".join(reasons) for reasons in found.set_aside["reasons"]]
    assert "day and month exchanged" in told[0] and "exchanged" not in told[1]


def test_days_that_may_be_either_are_noted_where_others_stand_in_the_other_order(
    shipped: Library, tmp_path: Path
) -> None:
    cells = ["13/02/2026", "01/02/2026", "02/13/2026", "03/03/2026", "2026-01-02", "01/02/2026 14:30"]
    rows = [f"{i},PT,{c}" for i, c in enumerate(cells)]
    (tmp_path / "c.csv").write_text("\n".join(["request_id,discipline,received_on", *rows]) + "\n")
    found = read_cases(tmp_path / "c.csv", shipped, mapping={"dates": ["MM/DD/YYYY"]})
    told = found.notes.filter(pl.col("note").str.contains("other days stand in the other order"))
    assert told["row"].to_list() == [3, 7] and len(found.accepted) == 5
    (tmp_path / "c.csv").write_text("\n".join(["request_id,discipline,received_on", *rows[1:5]]) + "\n")
    assert read_cases(tmp_path / "c.csv", shipped, mapping={"dates": ["MM/DD/YYYY"]}).notes.is_empty()


@pytest.mark.parametrize(
    ("content", "comma"),
    [
        ("Baseline;Visits\n12,5;12\nk.A.;8\n", True),
        ("Baseline;Visits\n12,5 %;12\n;8\n", True),
        ("Baseline;Visits\n12;12,0\n13;8,0\n", True),
        ("Baseline;Visits\n1.234.567;12\n13;8\n", True),
        ("Baseline;Visits\n12.5;12\n13;8\n", False),
        ("Baseline;Visits\n1,234;12\n13;8\n", False),
        ("Baseline;Current\n12.5;1,5\n13.5;2,5\n", True),  # one of each: of the other nothing is read
        ("Baseline;Current;Previous score\n12.5;1,5;1.5\n13.5;2,5;2.5\n", False),
    ],
)
def test_the_decimal_comma_is_proposed_where_a_column_proves_it(
    shipped: Library, tmp_path: Path, content: str, comma: bool
) -> None:
    head, *rows = content.splitlines()
    lines = [f"{i};PT;{r}" for i, r in enumerate(rows)]
    (tmp_path / "c.csv").write_text("\n".join(["request_id;discipline;" + head, *lines]) + "\n")
    text, mapping = suggested(tmp_path / "c.csv", shipped)
    assert mapping.decimal == ("," if comma else ".")
    read_cases(tmp_path / "c.csv", shipped, mapping=mapping)


def test_the_decimal_comma_of_texts_beside_typed_numbers(shipped: Library, tmp_path: Path) -> None:
    rows: list[list[object]] = [["request_id", "discipline", "Baseline", "Current"], ["a", "PT", 12.5, "1,5"]]
    path = book_of(tmp_path / "c.xlsx", Requests=[*rows, ["b", "PT", 13.5, "2,5"]])
    _, mapping = suggested(path, shipped)
    found = read_cases(path, shipped, mapping=mapping)
    assert found.accepted.select("score_baseline", "score_current").rows() == [(12.5, 1.5), (13.5, 2.5)]


def test_an_age_is_computed_from_a_birth(shipped: Library, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("request_id,discipline,Received,DOB\n1,PT,2026-02-13,03/17/1960\n2,PT,2026-02-14,\n3,PT,,\n")
    _, mapping = suggested(path, shipped)
    found = read_cases(path, shipped, mapping=mapping)
    assert found.accepted["age_years"].to_list() == [65, None, None]
    assert found.notes.select("row", "fact", "note").rows() == [(3, "age_years", "no day in DOB; it is missing")]


@pytest.mark.parametrize(
    "content",
    [
        "Received,DOB\n2026-02-13,03/04/1960\n",  # either order
        "Received,DOB\n2026-02-13,03/17/60\n",  # either century
        "Received,DOB,Age\n2026-02-13,03/17/1960,65\n",  # known
        "Received,DOB\n02/13/2026,17.03.1960\n",  # both orders
        "Start,DOB\n02/13/2026,03/17/1960\n",  # no day received
        "Received,DOB,Birth date\n2026-02-13,1960-01-01,1960-01-02\n",
    ],
)
def test_no_age_is_invented(shipped: Library, tmp_path: Path, content: str) -> None:
    head, row = content.splitlines()
    (tmp_path / "c.csv").write_text(f"request_id,discipline,{head}\n1,PT,{row}\n")
    text, mapping = suggested(tmp_path / "c.csv", shipped)
    assert not mapping.computed and "DOB: ignore   # a birth" in text


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Date of Service", "a day of service"),
        ("DOS", "a day of service"),
        ("DOB", "a birth"),
        ("Date", "which day it is"),
        ("Score", "which score it is"),
        ("Billing NPI", "whose NPI it is"),
        ("Modifier", "a modifier"),
        ("record_id", "its values stand in several rows"),
        ("Units requested", "units may be of 15 minutes"),
        ("MDFR_CD1", "a modifier"),
        ("CLM_FROM_DT", "a day of service"),
        ("BENE_BIRTH_DT", "a birth"),
        ("ORG_NPI_NUM", "whose NPI it is"),
        ("CLM_PMT_AMT", "an amount of money"),
        ("LINE_SRVC_CNT", "of what it is the count"),
        ("Request Service", "a service"),
        ("Svc", "a service"),
        ("Patient Name", "names a person"),
        ("Shoe size", "no fact is known by this name"),
    ],
)
def test_what_is_left_open_says_why(shipped: Library, tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "c.csv").write_text(f"{name},Discipline,Visits\n1,PT,12\n1,OT,8\n")
    text, mapping = suggested(tmp_path / "c.csv", shipped)
    assert name not in facts_of(mapping) and f"{name}: ignore   # " in text and why in text


@pytest.mark.parametrize(
    ("content", "read"),
    [
        (
            "Antrags-Nr;Versichertennummer;Geschlecht;Fachrichtung;Eingangsdatum;Beantragte Sitzungen;Entscheidung\n"
            "A1;V1;männlich;Physiotherapie;13.01.2026;12;genehmigt\nA2;V2;weiblich;Logopädie;14.01.2026;8;abgelehnt\n",
            [
                ("A1", "V1", "male", "PT", date(2026, 1, 13), 12, "approved"),
                ("A2", "V2", "female", "ST", date(2026, 1, 14), 8, "denied"),
            ],
        ),
        (
            "N° dossier;N° d'assuré;Sexe;Discipline;Date de réception;Séances demandées;Décision\n"
            "A1;V1;F;Kinésithérapie;13/01/2026;12;accordé\nA2;V2;homme;Orthophonie;14/01/2026;8;refusé\n",
            [
                ("A1", "V1", "female", "PT", date(2026, 1, 13), 12, "approved"),
                ("A2", "V2", "male", "ST", date(2026, 1, 14), 8, "denied"),
            ],
        ),
    ],
)
def test_names_and_words_of_other_languages(
    shipped: Library, tmp_path: Path, content: str, read: list[tuple[object, ...]]
) -> None:
    (tmp_path / "c.csv").write_text(content, encoding="utf-8")
    _, mapping = suggested(tmp_path / "c.csv", shipped)
    facts = ("request_id", "member_id", "sex", "discipline", "received_on", "requested_visits")
    found = read_cases(tmp_path / "c.csv", shipped, mapping=mapping)
    assert found.accepted.select(*facts, "historical_determination").rows() == read


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\ufeff", "\u2028"])
def test_signs_that_stand_in_no_text(shipped: Library, tmp_path: Path, sign: str) -> None:
    frame = pl.DataFrame({"request_id": ["a", "b", "c"], "discipline": ["PT"] * 3, "sex": [f"fem{sign}", "F", "M"]})
    frame.write_parquet(tmp_path / "c.parquet")
    _, mapping = suggested(tmp_path / "c.parquet", shipped)
    found = read_cases(tmp_path / "c.parquet", shipped, mapping=mapping)
    assert len(found.accepted) + len(found.set_aside) == 3 and "female" in found.accepted["sex"].to_list()


def test_a_mapping_printed_for_any_terminal_fits_its_file(shipped: Library, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("Größe – neu;request_id;discipline;Ort;sex\n1;a;PT;📍;♀\n2;b;OT;x;F\n", encoding="utf-8")
    for encoding in ("ascii", "cp1252", "utf-8"):
        call = [
            sys.executable,
            "-c",
            "from workbench.terminal.parser import main; main()",
            "read",
            "--suggest",
            str(path),
        ]
        call += ["--guidelines", str(ROOT / "guidelines")]
        env = {"PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT), "PATH": ""}
        done = subprocess.run(call, capture_output=True, env=env, check=True)
        (tmp_path / "m.yaml").write_bytes(done.stdout)
        mapping = load_mapping(tmp_path / "m.yaml", shipped)
        assert "Größe – neu" in mapping.ignored
        assert dict(mapping.columns[2].values)["♀"] is None


@pytest.mark.parametrize(
    ("letters", "meant"),
    [
        ("H M", {"H": "male", "M": "female"}),  # hombre, mujer
        ("F M", {"F": "female", "M": "male"}),
        ("F H", {"F": "female", "H": "male"}),  # femme, homme
        ("F H M", {"F": "female", "H": None, "M": None}),
        ("Hombre Mujer", {"Hombre": "male", "Mujer": "female"}),
    ],
)
def test_what_m_means_hangs_on_what_stands_beside_it(
    shipped: Library, tmp_path: Path, letters: str, meant: dict[str, str | None]
) -> None:
    rows = "".join(f"{i},PT,{letter}\n" for i, letter in enumerate(letters.split(), start=1))
    (tmp_path / "c.csv").write_text("request_id,discipline,sex\n" + rows)
    _, mapping = suggested(tmp_path / "c.csv", shipped)
    (sex,) = (c for c in mapping.columns if c.fact.name == "sex")
    assert dict(sex.values) == meant


def test_rows_that_are_not_utf_8_are_looked_at(shipped: Library, tmp_path: Path) -> None:
    text = "Fallnummer;Disziplin;Eingang\nF-1;PT;05.01.2026\nF-2;OT;06.01.26\nF-3;ST;13.01.2026 \n;;ü\n"
    (tmp_path / "c.csv").write_bytes(text.replace("F-1;PT", "Fü-1;PT").encode("cp1252"))
    (tmp_path / "d.csv").write_text(text.replace("F-1;PT", "Fü-1;PT"))
    one, two = (suggested(tmp_path / name, shipped) for name in ("c.csv", "d.csv"))
    assert "encoding: cp1252" in one[0] and "encoding" not in two[0]
    assert [(c.column, c.fact.name, c.dates) for c in one[1].columns] == [
        (c.column, c.fact.name, c.dates) for c in two[1].columns
    ]


def test_one_day_against_another_column_decides_nothing(shipped: Library, tmp_path: Path) -> None:
    rows = ["1,PT,1/5/26,12/1/25", "2,OT,1/6/26,11/15/25", "3,ST,13/1/26,2/13/25"]
    (tmp_path / "c.csv").write_text("\n".join(["request_id,discipline,received,onset date", *rows]))
    text, mapping = suggested(tmp_path / "c.csv", shipped)
    assert "received_on" not in facts_of(mapping).values()
    assert "only '13/1/26' has the day first; other columns have the other order" in text
    (tmp_path / "c.csv").write_text("\n".join(["request_id,discipline,received,onset date", *rows, "4,PT,14/1/26,"]))
    text, mapping = suggested(tmp_path / "c.csv", shipped)
    assert "[DD/MM/YY]}   # day first; other columns have the other order" in text


def test_a_name_that_stands_twice_is_left_open(shipped: Library, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("request_id,discipline,visits,visits\n1,PT,12,3\n2,OT,8,2\n")
    text, mapping = suggested(tmp_path / "c.csv", shipped)
    assert "visits: ignore   # this name stands twice in the header; rename one of the two first" in text
    assert read_cases(tmp_path / "c.csv", shipped, mapping=tmp_path / "m.yaml").accepted.height == 2


def test_rows_that_share_an_id_are_lines_of_a_request(shipped: Library, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("CLM_ID,Discipline,HCPCS_CD\n1,PT,97110\n1,PT,97140\n")
    text, _ = suggested(tmp_path / "c.csv", shipped)
    assert "# grouped: true" in text and "# row_ids" not in text


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["1,97110", ",97140", "3,97530"], "ID: ignore   # like request_id, but it is not filled in row 3"),
        (["1,97110", '2,"97140', "3,97530"], "ID: request_id   # filled"),  # a row that can not be split
        (["1,97110", "2,97140", "Total,9"], "ID: request_id   # filled"),
        (["1,97110", "2,97140", "Total:,9", ",9"], "ID: ignore   # like request_id, but it is not filled in row 5"),
    ],
)
def test_an_id_that_is_not_filled_is_told_with_its_row(
    shipped: Library, tmp_path: Path, rows: list[str], said: str
) -> None:
    (tmp_path / "c.csv").write_text("\n".join(["ID,CPT", *rows]) + "\n")
    assert said in suggested(tmp_path / "c.csv", shipped)[0]


def test_codes_parted_by_blanks_need_no_separator(shipped: Library, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("request_id,discipline,CPT\n1,PT,97110 97140\n")
    _, mapping = suggested(tmp_path / "c.csv", shipped)
    assert read_cases(tmp_path / "c.csv", shipped, mapping).accepted["procedures"].to_list() == [["97110", "97140"]]


@pytest.mark.parametrize(
    ("column", "what"), [("PT;OT;PT", "disciplines"), ("M54.50;F80.0;M25.511", "diagnoses"), ("2026-01-01;;", "days")]
)
def test_what_a_column_holds_is_told_where_its_name_says_nothing(
    shipped: Library, tmp_path: Path, column: str, what: str
) -> None:
    (tmp_path / "c.csv").write_text(
        "\n".join(["x,held", *(f"{i},{c}" for i, c in enumerate(column.split(";")))]) + "\n"
    )
    assert (
        f"held: ignore   # no fact is known by this name, but its values are {what}"
        in suggested(tmp_path / "c.csv", shipped)[0]
    )
