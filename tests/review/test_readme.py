"""The README beside each guideline says what its files say, and is not stale."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.guideline.resolve import resolve
from workbench.guideline.versions import latest_published
from workbench.review.example_file import load_examples
from workbench.review.examples import examples_of
from workbench.review.examples_page import read_counts
from workbench.review.readme import pages, render, shown_version, stale, write

DECIDING = ("physical-therapy", "occupational-therapy", "speech-therapy")


def test_no_readme_is_stale(shipped):
    assert [str(p) for p in stale(shipped)] == [], "run `make docs`"


@pytest.fixture(scope="module", params=DECIDING)
def page(request, shipped):
    guideline = shown_version(shipped, request.param)
    return resolve(shipped, guideline.id, guideline.version).rules, render(shipped, guideline)


def test_it_holds_every_criterion_number_row_and_exemption(page):
    rules, text = page
    plain = text.replace("\n", " ")
    for criterion in rules.criteria:
        assert criterion.text.split(".")[0] in plain
        assert not criterion.cure or criterion.cure in plain
    for parameter in rules.parameters:
        assert f"(`{parameter.id}`)" in text
    for item in (*rules.exemptions, *rules.waivers):
        assert item.text in plain
    limits = text.split("## Limits")[1].split("## Numbers")[0]
    rows = [line for line in limits.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == len(rules.limits)
    for line, row in zip(rows, rules.limits, strict=True):
        cells = [c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]]
        assert (cells[2], cells[3]) == (str(row.visits), str(row.weeks))
        assert cells[5] == {"episode": "the episode", "request": "each request"}[row.counts]
        said = [g.split(": ")[-1] for g in cells[6].split(", ")]
        assert said in (row.evidence.split(";"), row.evidence.split(";")[:1])


def test_it_tells_what_plans_change_and_where_review_is_required(page, shipped):
    rules, text = page
    told = text.split("## What plans change")[1].split("## Where review is required")[0]
    changed = {o.plan for o in shipped.overlays if any(c.guideline == rules.guideline for c in o.changes)}
    assert changed and all(f"`{plan}`" in told for plan in changed)
    where = text.split("## Where review is required")[1].split("## ")[0]
    newest = max((p for p in shipped.programs if p.program == "rehab-review-2019"), key=lambda p: p.published)
    assert where.count("`rehab-review-2019`") == len(newest.rows)
    assert where.count("Autism") >= 4 and " = " not in told


def test_a_clinician_reads_no_code(page):
    """No names of facts and no operators stand in the criteria and limits."""
    rules, text = page
    told = text.split("## Criteria")[1].split("## Numbers")[0]
    told = re.sub(r"\([^()]*\)|`[^`]*`", "", told)
    assert not re.findall(r"\b[a-z]+_[a-z_]+\b", told)
    assert ">=" not in told and " = " not in told


def test_sources_say_how_far_they_were_read(page, shipped):
    rules, text = page
    listed = text.split("## Sources")[1].split("## Examples")[0]
    for criterion in rules.criteria:
        assert f"`{criterion.source}`" in listed
    for line in listed.strip().splitlines():
        source = shipped.sources[re.search(r"`([^`]+)`$", line)[1]]
        assert {
            "full": "read in full",
            "part": "read in part",
            "secondary": "known through others",
            "unread": "not yet read",
        }[source.read] in line


def test_examples_are_counted(page, shipped):
    rules, text = page
    path = Path(shipped.root) / rules.guideline / "examples.yaml"
    if path.exists():
        own = {e.entry for e in load_examples(path, shipped)}
        shown = text.split("## Examples")[1]
        told = sum(int(n) for n in re.findall(r"<details><summary>.*\((\d+)\)</summary>", shown))
        (guideline,) = [g for g in latest_published(shipped) if g.id == rules.guideline]
        mine = examples_of(shipped, guideline)
        assert told == len(own & {e.entry for e in mine}) and f"({len(mine)} requests)" in shown
        assert all(f"- {e.entry}" in shown for e in mine if e.entry in own and "_" not in e.entry)


def test_the_counts_of_alterations_are_on_the_page(page, shipped):
    _, text = page
    (row,) = [r for r in read_counts(shipped) if r["kind"] == "measures"]
    assert f"| {row['noticed']} | {row['alterations']} | {row['change_nothing']} |" in text.split("## Examples")[1]


def test_it_is_written_once_and_then_fresh(small, tmp_path):
    library = replace(small, root=str(tmp_path))
    (tmp_path / "physical-therapy").mkdir()
    assert write(library) == list(pages(library)) and write(library) == [] and stale(library) == []


def test_a_version_under_review_shows_what_it_would_change(small):
    published = shown_version(small, "physical-therapy")
    row = replace(published.limits[0], visits=18)
    trial = replace(published, version="2026.2", status="in_review", limits=(row, *published.limits[1:]))
    text = render(replace(small, guidelines=(*small.guidelines, trial)), published)
    assert "## Under review: version 2026.2" in text
    assert "visits 16 → 18" in text
    assert "Under review" not in render(small, published)
