"""A suggestion may be empty, and is never wrong: files as people have them, with what may be made of them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from workbench.errors import ProblemsFound
from workbench.facts import facts
from workbench.guideline.model import Library
from workbench.reading.mapping import Mapping, load_mapping
from workbench.reading.open_table import open_table
from workbench.reading.read import read_cases
from workbench.reading.suggest_mapping import suggest_text
from workbench.reading.suggest_names import TURNS, meant

FOUND = Path(__file__).parent / "found"


def suggested(path: Path, library: Library, folder: Path) -> tuple[str, Mapping]:
    text = suggest_text(path, library)
    assert ": ignore\n" not in text, "each column that is left open says why"
    (folder / "m.yaml").write_text(text, encoding="utf-8")
    return text, load_mapping(folder / "m.yaml", library)


def mapped(mapping: Mapping) -> dict[str, str]:
    return {c.column: c.fact.name for c in mapping.columns}


def test_negated_columns_are_ignored_with_a_remark(shipped: Library, tmp_path: Path) -> None:
    text, mapping = suggested(FOUND / "suggest_negated_columns.csv", shipped, tmp_path)
    assert mapped(mapping) == {
        "Case ID": "request_id",
        "Discipline": "discipline",
        "Primary diagnosis code": "diagnosis",
    }
    for name in ("Not in network", "No plan of care on file", "Goals not met", "Visits requested last year"):
        assert f"  {name}: ignore   # is not" in text


def test_negated_values_are_no_choices(shipped: Library, tmp_path: Path) -> None:
    text, mapping = suggested(FOUND / "suggest_negated_values.csv", shipped, tmp_path)
    assert "null: not known what is meant by" in text
    values = {c.fact.name: dict(c.values) for c in mapping.columns}
    assert values["historical_determination"] == {"Not Approved": None, "Disapproved": None}
    assert values["appeal_outcome"] == {"Not upheld": None}
    assert values["line_of_business"] == {"Non-Medicaid": None}
    assert values["funding"]["Self-insured"] == "self_funded"


def test_a_file_without_requests_is_said_to_hold_none_and_stops(shipped: Library, tmp_path: Path) -> None:
    text, mapping = suggested(FOUND / "suggest_not_requests.csv", shipped, tmp_path)
    assert "seems to hold no requests" in text and not mapping.constants and not mapping.row_ids
    with pytest.raises(ProblemsFound) as found:
        read_cases(FOUND / "suggest_not_requests.csv", shipped, mapping=mapping)
    told = str(found.value)
    assert "no column holds request_id" in told and "no column holds discipline" in told


def test_a_visit_log_is_no_list_of_requests(shipped: Library, tmp_path: Path) -> None:
    text, mapping = suggested(FOUND / "suggest_therapy_log.csv", shipped, tmp_path)
    assert mapped(mapping) == {"MRN": "member_id", "Disc": "discipline", "Dx": "diagnosis"}
    assert "its values stand in several rows" in text


def test_claim_lines(shipped: Library, tmp_path: Path) -> None:
    _, mapping = suggested(FOUND / "suggest_claim_lines.csv", shipped, tmp_path)
    named = mapped(mapping)
    assert named["diagnosis_code_1"] == "diagnosis" and named["hcpcs_code"] == "procedures"
    values = {c.fact.name: dict(c.values) for c in mapping.columns}
    assert values["setting"] == {"11": "office", "02": "telehealth"}


@pytest.mark.parametrize(
    ("content", "facts_", "accepted"),
    [
        # Points and commas of decimals.
        (b"request_id;discipline;score_baseline\n1;PT;12,5\n2;PT;1.234,5\n", {"score_baseline": [12.5, 1234.5]}, 2),
        # One day number among days, one oddity among many like values: the rest is read.
        (b"request_id,discipline,received_on\n1,PT,2026-02-01\n2,PT,2026-02-02\n3,PT,46054\n", {}, 2),
        (
            b"request_id,discipline,requested_visits\n1,PT,12\n2,PT,12\n3,PT,12\n4,PT,2x/wk\n5,PT,TBD\n",
            {"requested_visits": [12, 12, 12, None]},
            4,
        ),
        # A diagnosis as the reader reads it.
        (b"request_id,discipline,Dx\n1,PT,ICD-10: M54.50\n2,PT,Dx: F80.0\n", {"diagnosis": ["M54.50", "F80.0"]}, 2),
        (b"request_id,discipline,POS\n1,PT,11.0\n2,PT,POS 22\n", {"setting": ["office", "hospital_outpatient"]}, 2),
        # Names in another encoding.
        ("request_id,discipline,Größe\n1,PT,ü\n2,PT,\n".encode("cp1252"), {}, 2),
    ],
)
def test_a_suggestion_reads_what_the_reader_reads(
    shipped: Library, tmp_path: Path, content: bytes, facts_: dict[str, list[object]], accepted: int
) -> None:
    (tmp_path / "c.csv").write_bytes(content)
    _, mapping = suggested(tmp_path / "c.csv", shipped, tmp_path)
    found = read_cases(tmp_path / "c.csv", shipped, mapping=mapping)
    assert found.accepted.height == accepted
    assert {name: found.accepted[name].to_list() for name in facts_} == facts_


def test_the_sheet_that_holds_the_table_is_named(shipped: Library, tmp_path: Path) -> None:
    _, mapping = suggested(FOUND / "second_sheet.xlsx", shipped, tmp_path)
    assert mapping.sheet == "Requests 2025"
    found = read_cases(FOUND / "second_sheet.xlsx", shipped, mapping=mapping)
    assert found.accepted.height == 2 and found.set_aside.is_empty()


def test_marks_of_a_missing_value_are_proposed(shipped: Library, tmp_path: Path) -> None:
    _, mapping = suggested(FOUND / "sas_missing.csv", shipped, tmp_path)
    found = read_cases(FOUND / "sas_missing.csv", shipped, mapping=mapping)
    assert found.accepted["requested_visits"].to_list() == [12, None, 8]
    assert found.accepted["score_baseline"].to_list() == [None, 40, 41]


def test_no_row_of_values_is_taken_for_the_header(shipped: Library, tmp_path: Path) -> None:
    try:
        _, mapping = suggested(FOUND / "header_duplicate.csv", shipped, tmp_path)
    except ProblemsFound as found:
        assert "Notes" in str(found)
    else:
        assert mapping.header_row == 1


@pytest.mark.parametrize("fact", [n for n, f in facts().items() if f.kind in ("boolean", "choice", "integer")])
@pytest.mark.parametrize("turn", [*TURNS, "secondary", "type of", "cost of", "un"])
def test_a_word_before_a_name_makes_it_another_thing(fact: str, turn: str) -> None:
    found = meant(f"{turn} {fact.replace('_', ' ')}")
    another = {f"second_{fact}"} if turn == "secondary" else set()
    assert found is None or found[0] in {"visits_used", "weeks_used", "score_previous"} | another, found


@pytest.mark.parametrize(
    "name",
    [
        "Patient Name",
        "provider_id",
        "diagnosis_code_type",
        "Secondary diagnosis",
        "ProcedureCost",
        "Visit #",
        "visit number",
        "Ineligible",
        "Unsigned plan of care",
        "disapproved visits",
        "member eligible until",
        "non par",
        "review date",
    ],
)
def test_what_is_near_a_name_is_not_it(name: str) -> None:
    assert meant(name) is None


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("PlanOfCare", "plan_of_care"),
        ("Dicipline", "discipline"),
        ("Auth #", "request_id"),
        ("Request No", "request_id"),
        ("Visits Requested", "requested_visits"),
        ("diagnosis_code_1", "diagnosis"),
        ("in_network_flag", "in_network"),
    ],
)
def test_what_means_a_fact_is_found(name: str, fact: str) -> None:
    assert (meant(name) or ("", 0))[0] == fact


STARTS = {
    "JSON": b'[{"a": 1}]',
    "a FHIR resource (JSON)": b'{\n "resourceType": "Bundle",\n "entry": []}',
    "an X12 message (278)": (FOUND / "request_278.edi").read_bytes(),
    "an X12 message (837)": b"ST*837*0001*005010X222A1~\n",
    "an HL7 v2 message": b"MSH|^~\\&|A|B|C|D|20260101||ADT^A01|1|P|2.5\r",
    "an HTML page": b"<table><tr><td>request_id</td></tr></table>",
    "XML": b'<?xml version="1.0"?><requests/>',
    "a FHIR resource in XML": b'<Bundle xmlns="http://hl7.org/fhir"></Bundle>',
    "a SAS transport file": b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!",
    "an SPSS file": b"$FL2@(#) SPSS DATA FILE",
    "a Stata file": b"<stata_dta><header>",
    "compressed (gzip)": b"\x1f\x8b\x08\x00",
    "a PDF": b"%PDF-1.7",
    "an old Excel workbook (.xls)": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "a SQLite database": b"SQLite format 3\x00",
    "an image (PNG)": b"\x89PNG\r\n\x1a\n",
}


@pytest.mark.parametrize("what", STARTS)
@pytest.mark.parametrize("name", ["table.csv", "table.xls", "table"])
def test_what_is_no_table_is_named(what: str, name: str, shipped: Library, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(STARTS[what])
    for call in (lambda p: open_table(p, Mapping()), lambda p: suggest_text(p, shipped)):
        with pytest.raises(ProblemsFound) as found:
            call(tmp_path / name)
        (problem,) = found.value.problems
        assert problem.code == "unreadable" and f"is {what}, which is not read" in problem.message


def test_a_zip_is_no_workbook(shipped: Library, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "cases.zip", "w") as packed:
        packed.writestr("cases.csv", "request_id,discipline\n1,PT\n")
    with pytest.raises(ProblemsFound, match=r"compressed \(zip\), which is not read \(unpack it first\)"):
        suggest_text(tmp_path / "cases.zip", shipped)


@pytest.mark.parametrize(
    "header", ["[request_id],discipline", "{id},kind", "ISAAC,visits", "MSH,dx", "<name>,age", "ORCID,name", "a|b"]
)
def test_a_table_is_not_taken_for_something_else(header: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{header}\n1,2\n".replace(",2", "|2" if "|" in header else ",2"))
    assert len(open_table(tmp_path / "a.csv", Mapping()).columns) == 2


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("BENE_ID", "member_id"),
        ("HCPCS_CD", "procedures"),
        ("LINE_ICD_DGNS_CD", "diagnosis"),
        ("PRNCPAL_DGNS_CD", "diagnosis"),
        ("ICD_DGNS_CD1", "diagnosis"),
        ("LINE_PLACE_OF_SRVC_CD", "setting"),
        ("RNDRNG_PHYSN_NPI", "provider_npi"),
        ("GNDR_CD", "sex"),
        ("Nº de solicitud", "request_id"),
        ("Spécialité", "discipline"),
        ("MDFR_CD1", None),
        ("CLM_PMT_AMT", None),
        ("LINE_SRVC_CNT", None),
        ("Units requested", None),
    ],
)
def test_names_that_exports_shorten(name: str, fact: str | None) -> None:
    found = meant(name)
    assert (found and found[0]) == fact


def test_nested_names_mean_what_their_parts_do(shipped: Library, tmp_path: Path) -> None:
    line = '{"auth": {"id": "a", "service": {"discipline": "PT", "cpt": ["97110"]}}, "history": {"visits": 3}}'
    (tmp_path / "c.jsonl").write_text(line)
    _, mapping = suggested(tmp_path / "c.jsonl", shipped, tmp_path)
    assert mapped(mapping) == {
        "auth.id": "request_id",
        "auth.service.discipline": "discipline",
        "auth.service.cpt": "procedures",
    }
