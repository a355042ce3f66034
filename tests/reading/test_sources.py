"""Real sources: every row is accounted for, and nothing is made up."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from workbench.errors import ProblemsFound
from workbench.reading.sources import SOURCES, read_source
from workbench.reading.sources.claim_lines import read_claims_file
from workbench.reading.sources.claims import COLUMNS as CLAIM_COLUMNS
from workbench.reading.sources.hearing_orders import COLUMNS as ORDER_COLUMNS
from workbench.reading.sources.imr import COLUMNS as IMR_COLUMNS
from workbench.study.monitor_checks import counts, findings
from workbench.terminal.parser import main

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="the folder ../shared with the public data is not here")


def put(path, columns, rows, delimiter=","):
    with path.open("w", newline="") as file:
        out = csv.DictWriter(file, columns, delimiter=delimiter, restval="")
        out.writeheader()
        out.writerows(rows)
    return path


def accounted(found) -> None:
    assert len(found.accepted) + len(found.set_aside) == found.read


def test_an_unknown_source(shipped):
    with pytest.raises(ProblemsFound, match="did you mean claims"):
        read_source("claim", "x.csv", shipped)


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_each_source_has_its_page(name):
    text = (ROOT / "docs" / "sources" / f"{name}.md").read_text(encoding="utf-8")
    assert f"(`{name}`)" in text and "## What it can not tell" in text


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_file_that_is_not_there_or_another(shipped, tmp_path, name):
    for content in (None, "", "a,b\n1,2\n"):
        path = tmp_path / f"{name}.csv"
        if content is not None:
            path.write_text(content)
        with pytest.raises(ProblemsFound):
            read_source(name, path, shipped)


def orders(shipped, tmp_path, *rows):
    base = {"source": "TX-DWC-MCCH", "case_id": "1", "discipline": "PT"}
    numbered = [base | {"case_id": str(i)} | r for i, r in enumerate(rows)]
    return read_source("narratives", put(tmp_path / "o.csv", ORDER_COLUMNS, numbered), shipped)


@pytest.mark.parametrize(
    "cells, facts",
    [
        ({"region": "lumbar", "post_op": "N"}, {"condition": "low_back_pain", "post_surgical": False}),
        ({"region": "lumbar", "post_op": "Y"}, {"condition": "musculoskeletal", "post_surgical": True}),
        ({"region": "lumbar", "post_op": "Y", "note": "Fusion in May"}, {"condition": "lumbar_fusion"}),
        ({"region": "knee ACL", "post_op": "Y"}, {"condition": "acl_reconstruction"}),
        ({"region": "elsewhere"}, {"condition": None, "post_surgical": None}),
        ({"discipline": "PT-aquatic"}, {"discipline": "PT"}),
        ({"prior_visits": "12"}, {"visits_used": 12, "review_type": "continuing"}),
        ({"prior_visits": "8 to 12"}, {"visits_used": None, "review_type": None}),
        ({"prior_visits": "many", "requested_visits": "12-15"}, {"visits_used": None, "requested_visits": None}),
        ({"prior_visits": "0"}, {"visits_used": 0, "review_type": None}),
        ({"decision_date": "2020-02-29"}, {"decided_on": date(2020, 2, 29), "received_on": None}),
        ({"decision_date": "2020"}, {"decided_on": None}),
        ({"decision_date": "2020-02-30"}, {"decided_on": None}),
        ({"first_outcome": "denied"}, {"historical_determination": "denied", "appeal_outcome": None}),
        ({"first_outcome": "denied", "final_outcome": "denied"}, {"appeal_outcome": "upheld"}),
        (
            {"first_outcome": "denied", "final_outcome": "approved"},
            {"historical_determination": "approved", "appeal_outcome": "overturned"},
        ),
        ({"source": "NY-DFS", "note": "Medicaid"}, {"state": "NY", "line_of_business": "medicaid"}),
        ({"source": "NY-DFS"}, {"state": "NY", "line_of_business": None}),
        ({"source": "elsewhere"}, {"state": None, "line_of_business": None}),
        ({}, {"state": "TX", "line_of_business": "workers_compensation", "member_id": None, "intent": None}),
        ({"note": "97110, 97140 and G0283; claim 12345"}, {"procedures": ["97110", "97140", "G0283"]}),
        (
            {"note": "retrospective period", "region": "gait, home"},
            {"review_timing": "post_service", "setting": "home"},
        ),
    ],
)
def test_hearing_orders(shipped, tmp_path, cells, facts):
    found = orders(shipped, tmp_path, cells)
    row = found.accepted.row(0, named=True)
    assert {k: row[k] for k in facts} == facts
    # A cell that was not taken is mentioned.
    lost = {"prior_visits": "visits_used", "requested_visits": "requested_visits", "decision_date": "decided_on"}
    for column, fact in lost.items():
        if cells.get(column) and facts.get(fact, 0) is None:
            assert fact in found.notes["fact"].to_list()


@pytest.mark.parametrize(
    ("cells", "fact", "value"),
    [
        ({"requested_visits": "999"}, "requested_visits", None),
        ({"requested_weeks": "-9"}, "requested_weeks", None),
        ({"prior_visits": "999"}, "visits_used", 999),  # within the range: noted
        ({"decision_date": "1900-01-01"}, "decided_on", None),
        ({"decision_date": "9999-12-31"}, "decided_on", None),
    ],
)
def test_what_stands_for_no_value_in_hearing_orders(shipped, tmp_path, cells, fact, value):
    found = orders(shipped, tmp_path, cells)
    assert found.accepted[fact].to_list() == [value]
    assert "no " in " ".join(found.notes.filter(pl.col("fact") == fact)["note"])


def test_hearing_orders_that_can_not_be_used(shipped, tmp_path):
    found = orders(
        shipped,
        tmp_path,
        {"discipline": "chiropractic"},
        {"first_outcome": "settled"},
        {"discipline": ""},
        {"requested_visits": "900"},
        {},
        {"case_id": "4"},
    )
    accounted(found)
    assert dict(found.set_aside.select("row", "codes").iter_rows()) == {
        2: ["value-not-a-choice"],
        3: ["value-not-a-choice"],
        4: ["missing-value"],
        5: ["value-out-of-range"],
        7: ["duplicate-request"],
    }


def test_the_shipped_hearing_orders(shipped):
    found = read_source("narratives", ROOT / "scenarios/cases/hearing_orders.csv", shipped)
    accounted(found)
    assert found.read == len(found.accepted) == 30
    assert found.accepted["historical_determination"].value_counts(sort=True).rows() == [
        ("denied", 21),
        ("approved", 9),
    ]
    assert found.accepted["received_on"].null_count() == 30


@needs_shared
def test_the_shipped_hearing_orders_are_the_coded_ones():
    shipped = (ROOT / "scenarios/cases/hearing_orders.csv").read_text(encoding="utf-8")
    assert shipped == (SHARED / "narratives" / "adjudicated_requests.csv").read_text(encoding="utf-8")


def imr_row(**cells):
    return {
        "Reference ID": "MN1",
        "Report Year": "2011",
        "Diagnosis Category": "Mental",
        "Diagnosis Sub Category": "Autism",
        "Treatment Category": "",
        "Treatment Sub Category": "Speech Therapy",
        "Type": "Medical Necessity",
        "Determination": "Overturned Decision of Health Plan",
        "Age Range": "11_20",
        "Patient Gender": "Male",
    } | cells


def test_reviews(shipped, tmp_path):
    rows = [
        imr_row(),
        imr_row(**{"Reference ID": "MN2", "Treatment Sub Category": "Physical Therapy"}),
        imr_row(**{"Reference ID": "MN3", "Treatment Sub Category": "Chemotherapy"}),
        imr_row(
            **{
                "Reference ID": "MN4",
                "Diagnosis Category": "Pediatrics",
                "Diagnosis Sub Category": "Delayed Speech",
                "Determination": "Upheld Decision of Health Plan",
                "Age Range": "",
                "Patient Gender": "",
            }
        ),
        imr_row(**{"Reference ID": "MN5", "Determination": "Withdrawn"}),
        imr_row(),
    ]
    found = read_source("imr", put(tmp_path / "i.csv", IMR_COLUMNS, rows, ";"), shipped)
    accounted(found)
    shown = ("request_id", "discipline", "condition", "sex", "age_years", "appeal_outcome")
    assert found.accepted.select(shown).rows() == [
        ("MN1", "ST", "autism", "male", None, "overturned"),
        ("MN2", "PT", None, "male", None, "overturned"),  # autism is no condition of physical therapy here
        ("MN4", "ST", None, None, None, "upheld"),
    ]
    assert found.set_aside["row"].to_list() == [6, 7] and dict(found.skipped) == {
        "the treatment is no physical, occupational or speech therapy": 1
    }
    assert "in the band 11-20" in found.notes["note"].to_list()


def test_an_older_export_with_commas_in_unquoted_cells(shipped, tmp_path):
    text = (
        ",".join(IMR_COLUMNS)
        + "\n"
        + "\n".join(
            ",".join(r[c] for c in IMR_COLUMNS)
            for r in (
                imr_row(),
                imr_row(**{"Reference ID": "MN2", "Diagnosis Category": "Ears, Nose, Throat"}),
                imr_row(
                    **{
                        "Reference ID": "MN3",
                        "Treatment Category": "Diagnostic Imaging, Screening and Testing",
                        "Treatment Sub Category": "Mammography",
                    }
                ),
            )
        )
        + "\n"
    )
    path = tmp_path / "i.csv"
    path.write_text(text)
    found = read_source("imr", path, shipped)
    accounted(found)
    assert found.accepted["request_id"].to_list() == ["MN1"]
    assert found.set_aside["codes"].to_list() == [["field-count"]] * 2
    assert "Ears, Nose, Throat" in found.set_aside["raw"][0]


@needs_shared
def test_the_published_reviews(shipped, tmp_path):
    path = SHARED / "imr" / "imr_determinations.csv"
    found = read_source("imr", path, shipped)
    accounted(found)
    assert (found.read, len(found.accepted), sum(n for _, n in found.skipped)) == (1251, 1251, 19228 - 1251)
    assert dict(found.accepted["discipline"].value_counts().iter_rows()) == {"PT": 260, "OT": 201, "ST": 790}
    assert dict(found.accepted["appeal_outcome"].value_counts().iter_rows()) == {"overturned": 837, "upheld": 414}
    older = tmp_path / "older.csv"
    older.write_text(path.read_text(encoding="utf-8").replace(";", ","), encoding="utf-8")
    again = read_source("imr", older, shipped)
    accounted(again)
    sound = set(again.accepted["request_id"])
    assert sound < set(found.accepted["request_id"]) and len(sound) + 15 == 1251  # "Ears, Nose, Throat"
    assert found.accepted.filter(pl.col("request_id").is_in(list(sound))).equals(again.accepted)
    assert again.read + sum(n for _, n in again.skipped) == 19228


def claim(member, day, *codes, **cells):
    return (
        {
            "DESYNPUF_ID": member,
            "CLM_ID": "c",
            "SEGMENT": "1",
            "CLM_FROM_DT": day,
            "CLM_THRU_DT": day,
            "ICD9_DGNS_CD_1": "V5789",
        }
        | {f"HCPCS_CD_{i}": c for i, c in enumerate(codes, start=1)}
        | cells
    )


def claims(shipped, tmp_path, *rows):
    people = [{"DESYNPUF_ID": "a", "BENE_BIRTH_DT": "19400615", "BENE_SEX_IDENT_CD": "2", "SP_STATE_CODE": "45"}]
    put(tmp_path / "beneficiary.csv", tuple(people[0]), people)
    return read_source("claims", put(tmp_path / "outpatient_claims.csv", CLAIM_COLUMNS, rows), shipped)


def test_claims_become_visits_episodes_and_requests(shipped, tmp_path):
    found = claims(
        shipped,
        tmp_path,
        claim("a", "20080110", "97001"),
        claim("a", "20080112", "97110", "99213"),
        claim("a", "20080120", "97110", ICD9_DGNS_CD_1="7242"),
        claim("a", "20080601", "97002", "97140"),
        claim("b", "20080301", "92507", "97110"),
        claim("c", "20080301", "99213"),
    )
    accounted(found)
    rows = found.accepted.select(
        "member_id",
        "discipline",
        "received_on",
        "requested_visits",
        "requested_weeks",
        "visits_attended",
        "age_years",
        "state",
        "condition",
        "days_since_last_visit",
    ).rows()
    assert rows == [
        ("a", "PT", date(2008, 1, 10), 2, 2, 2, 67, "TX", "low_back_pain", None),
        ("a", "PT", date(2008, 6, 1), 1, 1, 1, 67, "TX", None, 133),
        ("b", "ST", date(2008, 3, 1), 1, 1, 1, None, None, None, None),
    ]
    assert found.skipped == (("claim without a therapy code", 1),)
    assert found.accepted["diagnosis"].null_count() == 3


def test_claims_that_do_not_say_enough(shipped, tmp_path):
    found = claims(
        shipped,
        tmp_path,
        claim("a", "20080110", "97110"),
        claim("b", "", "97001"),
        claim("b", "20089901", "92507"),
        claim("c", "20080110", "97110", ICD9_DGNS_CD_1="V5721"),
        claim("d", "20080110", "97001"),
        claim("e", "20080110", "97001", "97003", "97110"),
    )
    accounted(found)
    assert found.set_aside["codes"].to_list() == [["missing-value"]] * 3
    assert "billed by OT and PT" in found.set_aside["reasons"][0][0]
    rows = (
        found.accepted.sort("member_id", "discipline")
        .select("member_id", "discipline", "evaluation_only", "requested_visits", "procedures")
        .rows()
    )
    assert rows == [
        ("c", "OT", False, 1, ["97110"]),
        ("d", "PT", True, None, ["97001"]),
        ("e", "OT", None, None, ["97003"]),
        ("e", "PT", None, None, ["97001"]),
    ]


@needs_shared
def test_the_public_claims(shipped):
    found = read_source("claims", SHARED / "synpuf", shipped)
    accounted(found)
    assert len(found.accepted) > 300 and found.reasons == {"missing-value": len(found.set_aside)}
    assert found.accepted["request_id"].is_unique().all()
    said = " ".join(found.notes["note"])
    assert f"{found.read - found.set_aside.filter(pl.col('request_id').is_null()).height} episodes" in said


IMR_MAPPING = {
    "columns": {
        "Case": "Reference ID",
        "Service": {"column": "Treatment Sub Category", "values": {"Physio": "Physical Therapy"}},
        "Decision": {"column": "Determination", "values": {"Upheld": "Upheld Decision of Health Plan"}},
        "Exported on": "ignore",
    }
}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_an_export_with_names_and_words_of_its_own(shipped, tmp_path, separator, encoding):
    known = ["Report Year", "Diagnosis Category", "Diagnosis Sub Category", "Treatment Category", "Type", "Age Range"]
    header = [
        "Exported on",
        "Case",
        "Service",
        "Decision",
        *(k.lower().replace(" ", "_") for k in known),
        "Patient.Gender",
    ]
    rows = [
        ["today", "MN1", "Physio", "Upheld", *[""] * 5, "NA", "Male"],
        ["today", "MN2", "Surgery", "Upheld", *[""] * 7],
    ]
    text = "\n".join(separator.join(r) for r in (header, *rows)) + "\n"
    (tmp_path / "imr.csv").write_bytes(text.encode(encoding))
    mapping = IMR_MAPPING | ({"encoding": encoding} if encoding == "cp1252" else {})
    found = read_source("imr", tmp_path / "imr.csv", shipped, mapping)
    accounted(found)
    assert found.accepted.select("request_id", "discipline", "appeal_outcome", "sex").rows() == [
        ("MN1", "PT", "upheld", "male")
    ]
    assert not found.warnings and sum(n for _, n in found.skipped) == 1
    assert "age_years" not in found.notes["fact"].to_list()


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"Case": "Reference Id"}, "did you mean Reference ID"),
        ({"Case": "request_id"}, "request_id is no column of the source"),
        ({"A": "Type", "B": "Type"}, "Type comes from two columns"),
        ({"Case": "Reference ID"}, "the column Case, which the mapping names, is not in the file"),
        ({"Case": {"column": "Reference ID", "vals": {}}}, "unknown-key"),
    ],
)
def test_a_mapping_of_a_source_that_is_wrong(shipped, tmp_path, columns, said):
    path = put(tmp_path / "i.csv", IMR_COLUMNS, [imr_row()])
    with pytest.raises(ProblemsFound, match=said):
        read_source("imr", path, shipped, {"columns": columns})


def test_the_terminal_reads_a_source_with_a_mapping(tmp_path, capsys):
    (tmp_path / "m.yaml").write_text("columns: {Case: Reference ID}\n")
    row = {("Case" if k == "Reference ID" else k): v for k, v in imr_row().items()}
    path = put(tmp_path / "i.csv", tuple(row), [row])
    call = ["read", "imr", str(path), "--map", str(tmp_path / "m.yaml"), "--out", str(tmp_path / "o.parquet")]
    assert main([*call, "--guidelines", str(ROOT / "guidelines")]) == 0, capsys.readouterr().err
    assert "1 row read = 1 accepted + 0 set aside" in capsys.readouterr().out
    bad = [str(tmp_path / "m.yaml") if a.endswith("o.parquet") else a for a in call]
    assert main([*bad, "--force", "--guidelines", str(ROOT / "guidelines")]) == 2


def test_an_export_of_the_register_that_r_wrote(shipped, tmp_path):
    row = dict.fromkeys(IMR_COLUMNS, "") | {
        "Reference ID": "MN1",
        "Treatment Sub Category": "Physical Therapy",
        "Determination": "Upheld Decision of Health Plan",
    }
    path = tmp_path / "imr.csv"
    names = ['""', *(f'"{c.replace(" ", ".")}"' for c in IMR_COLUMNS)]
    path.write_text(",".join(names) + "\n" + ",".join(f'"{v}"' for v in ("1", *row.values())) + "\n")
    found = read_source("imr", path, shipped)
    assert found.accepted.select("request_id", "appeal_outcome").rows() == [("MN1", "upheld")] and found.read == 1


def test_an_id_that_says_nothing_is_none_and_no_note_is_of_a_row_set_aside(shipped, tmp_path):
    rows = [imr_row(**{"Reference ID": "unknown"}), imr_row(), imr_row(), imr_row(**{"Determination": "Perhaps"})]
    found = read_source("imr", put(tmp_path / "imr.csv", list(imr_row()), rows), shipped)
    accounted(found)
    assert found.accepted["request_id"].to_list() == ["MN1"] and found.set_aside["row"].to_list() == [2, 4, 5]
    assert set(found.notes["row"]) == {0, 3}


def test_claims_as_lines_are_the_visits_of_the_requests_made_of_them(shipped, tmp_path):
    rows = (
        claim("a", "20080110", "97001", AT_PHYSN_NPI="1234567893"),
        claim("a", "20080112", "97110", AT_PHYSN_NPI="1234567893", SEGMENT="2"),
        claim("b", "20080301", "92507", ICD9_DGNS_CD_1="7843", CLM_ID="d"),
        claim("c", "", "92507"),
        claim("d", "20080301", "99213"),
    )
    names = (
        "DESYNPUF_ID",
        "BENE_BIRTH_DT",
        "BENE_DEATH_DT",
        "BENE_SEX_IDENT_CD",
        "SP_STATE_CODE",
        "BENE_SMI_CVRAGE_TOT_MONS",
    )
    people = [dict(zip(names, ("b", "19400615", "20080201", "2", "45", "0"), strict=True))]
    put(tmp_path / "beneficiary_2008.csv", names, people)
    put(tmp_path / "outpatient_claims.csv", (*CLAIM_COLUMNS, "AT_PHYSN_NPI"), rows)
    found = read_claims_file(tmp_path, shipped, "claims")
    lines = found.lines.sort("row")
    assert lines.select("row", "member_id", "discipline", "visits", "provider_npi", "eligible").rows() == [
        (2, "a", "PT", 0, "1234567893", None),  # row 1 has the names; an evaluation is no visit
        (3, "a", "PT", 1, "1234567893", None),
        (4, "b", "ST", 1, None, False),
    ]
    assert lines["episode_id"].to_list()[0] == lines["episode_id"].to_list()[1] != lines["episode_id"].to_list()[2]
    assert lines.row(2, named=True)["state"] == "TX" and lines.row(2, named=True)["age_years"] == 67
    assert any("1 claims have no day" in n for n in found.notes) and any(
        n.startswith("1 claims without") for n in found.notes
    )
    wrong = findings(lines, date(2026, 1, 1)).filter(member_id="b")
    assert wrong["code"].to_list() == ["npi-missing", "after-death", "not-covered"], wrong


@needs_shared
def test_the_public_claims_as_lines(shipped):
    found = read_claims_file(SHARED / "synpuf", shipped, "claims")
    asked = read_source("claims", SHARED / "synpuf", shipped)
    # As many episodes as requests were made of them, set aside or not.
    made = asked.read - asked.set_aside.filter(pl.col("request_id").is_null()).height
    assert found.lines["episode_id"].n_unique() == made and found.lines["member_id"].n_unique() > 500
    counted = counts(findings(found.lines, date(2026, 1, 1))).filter(
        pl.col("code").is_in(["npi-form", "npi-check-digit"])
    )
    assert dict(counted.select("code", "rows").iter_rows()) == {"npi-form": 763, "npi-check-digit": 193}
