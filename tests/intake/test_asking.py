"""The form asks what can still change the outcome, and nothing else; what it then knows decides as everything would."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date

import pytest
from told import Person, could_matter, decisions, derived, fill_in, outcome, people

from workbench.engine.setting import Setting, setting
from workbench.facts import facts
from workbench.generator.generate import generate
from workbench.guideline.load import load_guidelines
from workbench.guideline.model import Library
from workbench.intake.asking import PLACE, URGENT, Asking, ask, askable
from workbench.language.awaited import Awaited
from workbench.language.interpret import evaluate
from workbench.language.names import names
from workbench.language.syntax import parse

PROGRAM = "rehab-review-2019"
START = {"request_id": "A", "received_on": date(2026, 2, 1), "discipline": "PT"}


@pytest.fixture(scope="module")
def library() -> Library:
    return load_guidelines("guidelines")


def filled_in(library: Library, count: int, seed: int, program: str | None) -> tuple[list[Person], Setting]:
    chosen = setting(library, program=program)
    cases = generate(20 * count, seed, library).sample(count, seed=seed)
    found = people(list(cases.iter_rows(named=True)))
    fill_in(found, chosen)
    return found, chosen


def held_to_the_engine(found: Sequence[Person], chosen: Setting, completions: int) -> None:
    said = []
    for person, whole in zip(found, decisions([p.papers for p in found], chosen), strict=True):
        assert person.asking is not None
        said.append(outcome(person.asking.traced.decision))
        assert said[-1] == outcome(whole), person.told
    alone = decisions([p.papers for p in found], setting(chosen.library))
    for person, decision in zip(found, alone, strict=True):
        assert set(person.told) <= could_matter(decision, chosen)
        assert len(person.told) < len(askable())
    # Whatever else were told, it would come to the same; a condition that was computed is known already.
    draw = random.Random(7)
    for _ in range(completions):
        others = [draw.choice(found) for _ in found]
        more = [
            {**{k: v for k, v in o.papers.items() if k not in {*p.told, "condition"}}, **p.told}
            for p, o in zip(found, others, strict=True)
        ]
        assert [outcome(d) for d in decisions(more, chosen)] == said


@pytest.mark.parametrize(("program", "seed"), [(None, 11), (PROGRAM, 5)])
def test_the_form_reaches_what_the_engine_decides(library: Library, program: str | None, seed: int) -> None:
    held_to_the_engine(*filled_in(library, 10, seed, program), completions=4)


@pytest.mark.slow
@pytest.mark.parametrize(("program", "seed"), [(None, 1), (PROGRAM, 2)])
def test_the_form_reaches_what_the_engine_decides_for_200(library: Library, program: str | None, seed: int) -> None:
    held_to_the_engine(*filled_in(library, 200, seed, program), completions=20)


def asking(library: Library, program: str | None = None, **told: object) -> Asking:
    chosen = setting(library, program=program)
    given = {**START, **told}
    return ask(derived([given], chosen)[0], given, chosen)


def test_what_names_the_rules_is_asked_first_then_what_decides_most(library: Library) -> None:
    first = asking(library, PROGRAM)
    assert set(first.open[:3]) == {"line_of_business", "state", "plan"}
    assert first.pending[0].kind == PLACE
    told = {"line_of_business": "commercial", "state": "OH", "plan": None, "requested_start": date(2026, 2, 1)}
    then = asking(library, PROGRAM, **told)
    assert then.open[:2] == ("intent", "diagnosis")
    assert {"red_flag", "worsening"} & {n for p in then.pending if p.kind == URGENT for n in p.facts}
    asked = [n for n in then.open if n not in ("intent", "diagnosis")]
    pressing = {n for p in then.pending if p.kind == URGENT for n in p.facts}
    assert max(map(asked.index, {"red_flag", "worsening"} & pressing)) < asked.index("skilled_care")
    assert set(then.needed) <= set(then.open)
    assert [n for n in then.open if n in then.needed] == list(then.needed)


def test_where_no_review_is_required_only_warning_signs_are_asked(library: Library) -> None:
    told = {"line_of_business": "commercial", "state": "TX", "plan": None}
    found = asking(library, PROGRAM, **told)
    assert found.traced.decision.determination == "not_required"
    assert {p.kind for p in found.pending} == {URGENT}


def test_a_warning_sign_ends_the_questions_that_only_papers_hang_on(library: Library) -> None:
    told = {"line_of_business": "commercial", "plan": None, "diagnosis": "M54.50", "intent": "rehabilitative"}
    before, after = (asking(library, **told, red_flag=sign) for sign in ("none", "cauda_equina"))
    assert after.traced.decision.urgent and not before.traced.decision.urgent
    assert "plan_of_care" in before.open and "plan_of_care" not in after.open
    assert len(after.open) < len(before.open)


def test_a_fact_that_was_asked_and_is_not_known_is_not_asked_again(library: Library) -> None:
    assert "worsening" in asking(library).open
    assert "worsening" not in asking(library, worsening=None).open


@pytest.mark.parametrize(
    ("text", "known", "awaited", "value", "asked"),
    [
        ("Coalesce(post_surgical, true)", {}, {"post_surgical"}, None, {"post_surgical"}),
        ("Coalesce(post_surgical, true)", {}, set(), True, set()),
        ("post_surgical is null", {}, {"post_surgical"}, None, {"post_surgical"}),
        ("post_surgical is null", {}, set(), True, set()),
        ("post_surgical is null and age_years > 17", {"age_years": 9}, {"post_surgical"}, False, set()),
        ("Coalesce(age_years > 17 and post_surgical, true)", {"age_years": 9}, {"post_surgical"}, False, set()),
        ("Coalesce(improvement_mcid > 1, true)", {}, {"score_current"}, True, set()),  # its measure never comes
        ("Coalesce(improvement_mcid > 1, true)", {"measure": "odi", "score_baseline": 40}, {"score_current"}, None,
         {"score_current"}),
        ("condition is null", {}, {"condition", "diagnosis"}, None, {"diagnosis"}),
        ("condition is null", {"diagnosis": "M54.5"}, {"condition"}, None, {"condition"}),
        ("condition is null", {"diagnosis": "M54.5"}, {"post_surgical"}, None, {"post_surgical"}),
        ("requested_visits is null", {}, {"evaluation_only"}, None, {"evaluation_only"}),
        ("post_surgical", {}, {"complexity"}, None, set()),
    ],
)  # fmt: skip
def test_what_is_settled_while_answers_may_come(
    text: str, known: dict[str, object], awaited: set[str], value: bool | None, asked: set[str]
) -> None:
    node = parse(text, names({}), condition=True).node
    assert node is not None
    numbers = {k: facts()[k].low.__class__(v) if isinstance(v, int) else v for k, v in known.items()}
    waiting = Awaited(numbers, frozenset(awaited), frozenset({"post_surgical", "age_years"}))
    found = waiting.answer(node, {})
    assert (found.value, set(found.asked)) == (value, asked)
    if value is not None:
        assert evaluate(node, numbers, {}).value is value
