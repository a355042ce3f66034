"""A difference as a page and for a pull request: everything that changes stands there once, escaped, with what the
proof says of it; two drafts, and versions of tables, are compared like any other."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest
from test_difference import CASES, draft_of
from test_effect import LOWER, SHORT, changed
from test_prove import SOUND, library

from workbench.errors import ProblemsFound
from workbench.guideline.declared import Excepted
from workbench.guideline.load_draft import load_draft
from workbench.guideline.model import Change, DraftBase, Overlay
from workbench.review.difference import diff_draft, diff_versions
from workbench.review.difference_page import LONGEST, difference_markdown, difference_page
from workbench.review.page import things_of
from workbench.review.proof.effect import compare_draft, compare_versions
from workbench.review.proof.row_reach import RowReach

PT = "physical-therapy"


@pytest.fixture(scope="module")
def everything(small, tmp_path_factory):
    path = next(p for p in CASES if p.stem == "everything")
    return diff_draft(small, draft_of(path, small, tmp_path_factory.mktemp("draft")))


def test_the_page_has_both_sides_of_every_part_and_escapes_texts(everything):
    page = str(difference_page(everything))
    assert page.count('<td class="old">') == page.count('<td class="new">') == len(everything.items)
    assert page.count("<td rowspan=") == 3 * len(things_of(everything))
    assert "<script" not in page and "&lt;script&gt;" in page
    assert not re.search(r"(src|href)=\"http", page), "nothing is fetched"
    assert "As written" in page and str(difference_page(everything)) == page


def test_markdown_is_one_table_that_shows_texts_as_they_stand(everything):
    told = difference_markdown(everything)
    assert "<script" not in told
    shown = [i for i in everything.said if i.part not in ("note", "checked")]
    rows = [line for line in told.splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + len(shown) and len({line.replace("\\|", "").count("|") for line in rows}) == 1
    assert len(told) <= LONGEST + 200


@pytest.fixture(scope="module")
def proved():
    """A plan that keeps its own row, and rows of which one hides another in the new version."""
    own = Change("therapy", "limits", "change", ("rest",), None, (("visits", (("set", Decimal(10)),)),))
    overlay = Overlay("keeper", "1", "t", "published", SOUND.effective, ("commercial",), "s", changes=(own,))
    new = changed(limits=(SHORT[1], SHORT[0]), parameters=LOWER)
    found = library(SOUND, new, overlays=(overlay,))
    names = "therapy/1", "therapy/2"
    return diff_versions(found, *names), [compare_versions(found, *names, plan=p) for p in ("", "keeper")]


def test_rows_that_a_change_hides_are_told(proved):
    effect = proved[1][0]
    assert effect.rows == (RowReach("children", True, False),)
    assert "limit row children becomes unreachable" in "\n".join(effect.lines())
    assert effect.as_dict()["rows"] == [{"id": "children", "before": True, "after": False}]
    assert "becomes reachable" in RowReach("x", False, True).words
    assert "is new, and no request comes to it" in RowReach("x", None, False).words
    assert "is dropped" in RowReach("x", False, None).words


def test_what_a_proof_says_stands_beside_each_thing(proved):
    difference, effects = proved
    page, told = str(difference_page(difference, effects)), difference_markdown(difference, effects)
    for text in (page, told):
        assert "more permissive" in text and "stricter" in text and "children" in text
        assert "all but keeper/1" in text
        assert "Where it decides otherwise" in text
    assert told.count("<details>") == told.count("</details>") == 2
    assert page.count('class="say no"') == sum(e.verdict not in ("equivalent", "more permissive") for e in effects)


def test_a_comment_is_cut_where_it_is_too_long(proved, monkeypatch):
    monkeypatch.setattr("workbench.review.difference_page.LONGEST", 900)
    told = difference_markdown(*proved)
    assert len(told) < 1000 and told.endswith("Cut here: the rest is in the page and as JSON.\n")
    assert told.count("<details>") == told.count("</details>")


def drafts(small, one: float, two: float):
    return [
        load_draft({"changes": {PT: {"parameters": {"improvement_needed": {"set": v}}}}}, small) for v in (one, two)
    ]


def test_two_drafts_are_compared_with_one_another(small):
    one, two = drafts(small, 0.8, 0.6)
    (item,) = diff_draft(small, two, before=one).items
    assert (item.old, item.new) == (Decimal("0.8"), Decimal("0.6"))
    assert diff_draft(small, one, before=one).items == ()
    guideline = next(g for g in small.guidelines if g.id == PT)
    effect = compare_draft(small, two, guideline, before=one)
    assert effect.verdict == "more permissive" and compare_draft(small, one, guideline, before=one).regions == ()


def test_two_drafts_of_other_versions_are_not(small):
    one, two = (replace(d, base=((PT, DraftBase(v, "")),)) for d, v in zip(drafts(small, 0.8, 0.6), "12", strict=True))
    with pytest.raises(ProblemsFound, match="different versions"):
        diff_draft(small, two, before=one)


def test_tables_that_differ_are_told_with_the_versions_that_name_them(small):
    rows, measures = small.condition_tables["2026.1"], small.measure_tables["2026.1"]
    name, first = next(iter(measures.items()))
    later = replace(
        small,
        condition_tables={"2026.1": rows, "2": (replace(rows[0], prefixes=("A00",)), *rows[2:])},
        measure_tables={"2026.1": measures, "2": {**measures, name: replace(first, mcid=Decimal(3))}},
    )
    old = next(g for g in later.guidelines if g.id == PT)
    new = replace(old, version="2", tables=replace(old.tables, conditions="2", measures="2"))
    later = replace(later, guidelines=(*later.guidelines, new))
    told = {(i.kind, str(i.address), i.part): i for i in diff_versions(later, f"{PT}/2026.1", f"{PT}/2").items}
    assert told["measure", f"measures.{name}", "mcid"].new == 3
    assert told["condition", f"conditions.{rows[0].condition}", "codes"].new[0].startswith("A00")
    assert told["condition", f"conditions.{rows[1].condition}", ""].how == "dropped"
    assert told["about", "table of conditions", ""].new == "2"
    with pytest.raises(ProblemsFound, match="one kind"):
        diff_versions(later, "conditions/2", "measures/2")


def test_what_a_version_says_of_itself_is_compared():
    gap = Excepted("no-gap", "No number.", ("maintenance",))
    found = library(SOUND, changed(exceptions=(gap,)))
    item = next(i for i in diff_versions(found, "therapy/1", "therapy/2").items if i.kind == "exception")
    assert (item.how, str(item.address), item.new) == ("added", "exception to no-gap", "No number. (about maintenance)")
