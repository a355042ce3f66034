"""Controls come from the guideline; what is typed beside them is read, or refused with a reason."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from workbench.guideline.addresses import Handle, Rule
from workbench.guideline.model import LimitRow
from workbench.guideline.moves import Movable
from workbench.lab.tuning.controls import UNUSED, Control, Refusal, conditions, groups, read

D = Decimal


@pytest.fixture(scope="module")
def rules(library):
    from workbench.engine.setting import setting

    chosen = setting(library)
    return chosen.rules(next(g for g in chosen.guidelines(chosen.as_of) if g.id == "physical-therapy"), None)


@pytest.fixture(scope="module")
def found(rules, library):
    return groups(rules, library, "low_back_pain")


def test_every_parameter_has_one_control(found, rules):
    keys = [c.key for g in found for c in g.controls]
    assert len(keys) == len(set(keys))
    assert {k for k in keys if k.startswith("parameters.")} == {f"parameters.{p.id}" for p in rules.parameters}


def test_every_number_of_the_conditions_rows_has_one(found, rules):
    rows = [r for r in rules.limits if any((c.fact, c.text) == ("condition", "low_back_pain") for c in r.cells)]
    wanted = {f"limits.{r.id}.{n}" for r in rows for n in ("visits", "weeks", "per_week") if getattr(r, n) is not None}
    assert rows
    assert wanted <= {c.key for g in found[:2] for c in g.controls}


def test_a_limit_names_the_evidence_of_its_own_number(found):
    assert not [c.key for g in found for c in g.controls if ";" in c.evidence or ";" in c.source_id]


def test_a_control_says_what_its_file_says(found, rules, library):
    controls = {c.key: c for g in found for c in g.controls}
    for p in rules.parameters:
        c = controls[f"parameters.{p.id}"]
        assert (c.label, c.moves.unit, c.published, c.moves.usual, c.moves.step) == (
            p.label,
            p.unit,
            p.value,
            (p.low, p.high),
            p.step,
        )
        assert (c.source_id, c.evidence, c.checked) == (p.source, p.evidence, p.checked.isoformat())
        assert c.source == library.sources[p.source].title
        assert p.help in c.help


def test_values_are_found_again(found, rules):
    for c in (c for g in found for c in g.controls):
        assert c.handle.value_in(rules) == c.published
        assert c.moves.usual[0] <= c.published <= c.moves.usual[1]
        assert c.moves.low <= c.moves.usual[0] and c.moves.usual[1] <= c.moves.high
    assert Handle.of("limits.no_such_row.visits").value_in(rules) is None
    assert Handle.of("parameters.none").value_in(rules) is None


def test_groups_follow_the_criteria(found):
    titles = [g.title for g in found]
    assert titles[:2] == ["Limits of low back pain", "Visits a week, low back pain"]
    area = {c.key.partition(".")[2]: g.title for g in found for c in g.controls}
    assert area["goals_needed"] == area["attendance_needed"] == "Continuing treatment"
    assert area["improvement_needed"] == "Every request"  # first met where a loss is weighed
    assert area["medicare_report_visits"] == "Some requests only"
    assert area["functional_deficit"] == "Admission"
    assert area["habilitative_deficit"] == "Admission, habilitative"
    assert UNUSED not in titles
    assert titles.index("Continuing treatment") < titles.index("Admission")


def test_rows_are_told_apart_by_what_differs(found):
    labels = [c.label for c in found[0].controls]
    assert len(labels) == len(set(labels))
    assert "Visits, high complexity" in labels and "Visits, other" in labels
    assert not any("rehabilitative" in label or "back pain" in label for label in labels)


def test_a_row_alone_needs_no_telling_apart(rules, library):
    found = groups(rules, library, "work_conditioning")
    assert [c.label for c in found[0].controls] == ["Visits", "Weeks"]


def test_a_condition_without_rows_has_parameters_all_the_same(rules, library):
    assert groups(rules, library, "")[0].title == "Continuing treatment"


def test_an_unused_parameter_says_so(rules, library):
    found = groups(replace(rules, criteria=()), library, "")
    assert found[0].title == UNUSED


def test_conditions_are_those_with_rows(rules, library):
    found = dict(conditions(rules, library))
    assert found["low_back_pain"] == "Low back pain"
    assert set(found) == {c.text for r in rules.limits for c in r.cells if c.fact == "condition"}
    assert conditions(replace(rules, limits=(LimitRow("any", (), 5, 5, None, "s", "consensus"),)), library) == []


CONTROL = Control(
    Movable(
        "g",
        Handle(Rule("limits", "a"), "visits"),
        "",
        "visits an episode",
        D(16),
        D(4),
        D(40),
        (D(4), D(40)),
        D(1),
        True,
    ),
    "Visits",
    "",
    "",
    "",
    "",
    "",
)
FINE = replace(
    CONTROL, moves=replace(CONTROL.moves, whole=False, unit="MCID", low=D("0.5"), high=D(2), published=D("1.0"))
)


@pytest.mark.parametrize(
    ("control", "typed", "value"),
    [
        (CONTROL, "21", "21"),
        (CONTROL, " 4 ", "4"),
        (CONTROL, "40", "40"),
        (CONTROL, "21.0", "21"),
        (FINE, "0.85", "0.85"),
        (FINE, "2", "2"),
        (replace(FINE, moves=replace(FINE.moves, low=D(-2), high=D(2))), "−1.5", "-1.5"),
    ],
)
def test_read(control, typed, value):
    assert read(control, typed) == D(value)


@pytest.mark.parametrize(
    ("control", "typed", "reason"),
    [
        (CONTROL, "", "16 is published"),
        (CONTROL, "many", "“many” is not a number"),
        (CONTROL, "nan", "is not a number"),
        (CONTROL, "inf", "is not a number"),
        (CONTROL, "41", "41 lies outside 4–40"),
        (CONTROL, "3", "3 lies outside 4–40"),
        (CONTROL, "20.5", "20.5 is not a whole number of visits"),
        (CONTROL, "1e9", "lies outside"),
        (FINE, "1,500", "can be read in two ways"),
        (FINE, "1.123456789", "more than 8 decimal places"),
    ],
)
def test_refused(control, typed, reason):
    with pytest.raises(Refusal, match=reason):
        read(control, typed)
