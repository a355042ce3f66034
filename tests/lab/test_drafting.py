"""A state is a draft and a draft is a state; files are written once and read again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from workbench.errors import ProblemsFound
from workbench.guideline.addresses import Handle
from workbench.guideline.load_draft import load_draft
from workbench.lab.tuning import drafts as drafting
from workbench.lab.tuning.state import State

D = Decimal
TODAY = date(2026, 11, 24)
STATE = (
    State("physical-therapy", "2026.1", "low_back_pain")
    .moved(Handle.of("limits.lbp.visits"), D(14))
    .moved(Handle.of("parameters.improvement_needed"), D("0.8"))
    .moved(Handle.of("limits.lbp.per_week"), D("2.5"))
)


def save(state, library, folder, **how):
    return drafting.save(
        state,
        library,
        folder,
        **{"name": "More room, please!", "author": "A. Uthor", "reason": "too tight", "today": TODAY, **how},
    )


def codes(found) -> list[str]:
    return [p.code for p in found.value.problems]


def test_saved_and_opened_again(library, tmp_path):
    path = save(STATE, library, tmp_path / "new")
    assert path == tmp_path / "new" / "more-room-please.yaml"
    draft = load_draft(path, library)
    assert (draft.author, draft.reason, draft.created) == ("A. Uthor", "too tight", TODAY)
    assert dict(draft.base)["physical-therapy"].version == "2026.1"
    again = drafting.load(path.parent, path.stem, State("speech-therapy", "2026.1"), library)
    assert (again.guideline, dict(again.changes), again.kept) == ("physical-therapy", dict(STATE.changes), None)
    assert again.draft == "more-room-please"
    assert drafting.saved(path.parent) == ["more-room-please"]


def test_nothing_is_written_over(library, tmp_path):
    path = save(STATE, library, tmp_path)
    before = path.read_bytes()
    with pytest.raises(ProblemsFound) as found:
        save(STATE.moved(Handle.of("limits.lbp.visits"), D(20)), library, tmp_path)
    assert codes(found) == ["draft-exists"]
    assert path.read_bytes() == before
    save(STATE.moved(Handle.of("limits.lbp.visits"), D(20)), library, tmp_path, replace_existing=True)
    assert b"20" in path.read_bytes() and [p.name for p in tmp_path.iterdir()] == [path.name]


def test_who_and_why_are_asked_for_at_once(library, tmp_path):
    with pytest.raises(ProblemsFound) as found:
        save(State("physical-therapy", "2026.1"), library, tmp_path, name="…", author=" ", reason="")
    assert len(found.value.problems) == 4 and set(codes(found)) == {"missing-key"}
    assert not list(tmp_path.iterdir())


OTHER = """\
draft: wide
author: A
reason: because
created: 2026-11-01
base: {{physical-therapy: {{version: "2026.1", digest: {digest}}}}}
changes:
  physical-therapy:
    parameters: {{attendance_needed: {{set: 60}}}}
    criteria: {{drop: [home_program]}}
    limits:
      change:
        - {{where: {{condition: low_back_pain}}, visits: {{add: 2}}}}
        - {{rows: [lbp], visits: {{set: 15}}}}
"""


@pytest.fixture
def wide(library, tmp_path):
    from workbench.guideline.resolve import base_digest

    (tmp_path / "wide.yaml").write_text(
        OTHER.format(digest=base_digest(library, "physical-therapy", "2026.1")), encoding="utf-8"
    )
    return tmp_path


def test_what_no_slider_shows_is_kept(library, wide, desk):
    state = drafting.load(wide, "wide", desk.first(), library)
    assert state.kept is not None and state.changed == 4
    values = desk.result(state).values
    assert (values["parameters.attendance_needed"], values["limits.lbp.visits"], values["limits.lbp_high.visits"]) == (
        60,
        15,
        15,
    )
    # A slider moved afterwards counts, and the rest still does.
    moved = state.moved(Handle.of("parameters.attendance_needed"), D(50)).moved(
        Handle.of("limits.lbp_high.visits"), D(30)
    )
    values = desk.result(moved).values
    assert (values["parameters.attendance_needed"], values["limits.lbp.visits"], values["limits.lbp_high.visits"]) == (
        50,
        15,
        30,
    )
    path = save(moved, library, wide, name="wider")
    whole = load_draft(path, library)
    assert {c.target for c in whole.changes} == {"parameters", "criteria", "limits"}
    assert desk.result(drafting.load(wide, "wider", desk.first(), library)).values == values


def test_a_draft_on_another_text_is_offered_not_taken(library, wide):
    path = wide / "wide.yaml"
    path.write_text(OTHER.format(digest="0123456789abcdef").replace("wide", "stale"), encoding="utf-8")
    with pytest.raises(ProblemsFound) as found:
        drafting.load(wide, "wide", STATE, library)
    assert codes(found) == ["stale-digest"]
    told = drafting.carried_words(wide, "wide", library)
    # All of it, in the words of the guideline: parameter, criterion, rows by `where`, row by its id.
    assert told[0] == "parameter Attendance below which a clinician looks: 50 → 60 percent"
    assert any("home_program" in line for line in told) and any(line.endswith("visits 10 → 15") for line in told)
    assert any(line.endswith("visits 16 → 18") for line in told)
    carried = drafting.load(wide, "wide", STATE, library, carry=True)
    assert carried.kept.base[0][1].digest != "0123456789abcdef"


def test_python_gives_the_same_draft(library):
    (line,) = drafting.python_lines(STATE)
    scope = {"wb": type("wb", (), {"load_draft": staticmethod(load_draft)}), "guidelines": library}
    exec(line, scope)
    assert set(scope["draft"].changes) == set(drafting.draft_of(STATE).changes)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("More room, please!", "more-room-please"),
        ("  A  ", "a"),
        ("…", ""),
        ("../../etc/passwd", "etc-passwd"),
        ("Ünder", "under"),
        ("Für Rücken", "fur-rucken"),
        ("腰痛", "8170-75db"),
    ],
)
def test_slug(name, file):
    assert drafting.slug(name) == file
