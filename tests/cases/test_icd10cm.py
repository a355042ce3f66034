"""Which ICD-10-CM codes exist: each row is a text, its normal form, whether it is a code, and whether it can be billed."""

from __future__ import annotations

import pytest

from workbench.cases.icd10cm import codes, earlier, fault, in_release, is_billable, is_code, normal_form

ROWS = [
    ("m54.50", "M54.50", True, True),
    ("M5450", "M54.50", True, True),
    ("M54.50.", "M54.50", True, True),
    ("M54.5", "M54.5", True, False),  # a heading since October 2021
    ("M54", "M54", True, False),
    ("S39.012", "S39.012", True, False),
    ("S39.012A", "S39.012A", True, True),
    ("W85.XXXA", "W85.XXXA", True, True),
    ("M99.999", "M99.999", False, False),
    ("MS", "", False, False),
    ("missing", "", False, False),
    ("724.2", "", False, False),
    ("", "", False, False),
]


@pytest.mark.parametrize(("text", "normal", "code", "billable"), ROWS)
def test_codes(text: str, normal: str, code: bool, billable: bool) -> None:
    assert (normal_form(text), is_code(text), is_billable(text)) == (normal, code, billable)
    assert bool(fault(text)) is not code


def test_every_code_has_the_form_and_a_heading_is_no_leaf() -> None:
    assert len(codes()) == 98_166 and not codes() & earlier()
    assert all(normal_form(c).replace(".", "") == c for c in codes() | earlier())
    gone = min(earlier())
    assert is_code(gone) and not in_release(gone) and not is_billable(gone)
    assert sum(map(is_billable, codes())) > 74_000
    assert all(not is_billable(c[:n]) for c in list(codes())[::500] for n in range(3, len(c)))


@pytest.mark.parametrize(
    ("text", "says"), [("724.2", "ICD-9"), ("97110", "procedure"), ("279039007", "SNOMED"), ("M99.999", "no release")]
)
def test_what_else_a_text_may_be_is_said(text: str, says: str) -> None:
    assert says in fault(text)
