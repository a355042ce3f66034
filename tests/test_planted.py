"""What people write stays text: markup, links that run, formulas and control characters are planted in every text field
of every kind of file, and no page, Markdown, spreadsheet or terminal has them as more than words.

A field is every text of a sound file that still loads with a planted text in its place: nothing here lists fields, so
that a new one is planted by itself.
"""

from __future__ import annotations

import asyncio
import csv
import io
import re
import shutil
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import mistune
import polars as pl
import pytest
from fuzz.kinds import BASE, SEEDS
from fuzz.mutate import flow
from ruamel.yaml import YAML

from workbench.cases.request import row
from workbench.documents.outputs import write_text
from workbench.engine.setting import setting
from workbench.errors import ProblemsFound
from workbench.guideline.load import load_guidelines
from workbench.guideline.load_draft import load_draft
from workbench.lab.sources_view import show_account
from workbench.lab.tuning.case_sets import Cases, CaseSet
from workbench.lab.tuning.open import open_panel
from workbench.lab.tuning.session import Desk
from workbench.reading.read import read_cases
from workbench.review.readme import pages
from workbench.review.report import report, write_report
from workbench.review.scenario_file import load_scenario
from workbench.review.scenario_result import try_scenario
from workbench.study.listing import as_csv
from workbench.study.replay import prepare, replay
from workbench.terminal.parser import main

EVIL = (
    "=cmd|'/c calc'!A0 <img src=x onerror=alert(1)><script>alert(2)</script> [a](javascript:alert(3)) "
    "<a href=javascript:alert(4)>b</a> **bold** | `code` $x_ <!-- gone"
)
CONTROLS = "red\x1b[31m bell\x07 turned\u202e back\x9b"
FORMULA = re.compile(r"^[\s\x00-\x1f]*[=+\-@]")
NUMBER = re.compile(r"^[-+]?[0-9.]+(e[-+]?[0-9]+)?$", re.I)


# ------------------------------------------------------------------------------------------------------- planting


def leaves(tree: object, at: tuple = ()) -> Iterator[tuple]:
    """Where the texts of a document stand."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, (*at, key))
    elif isinstance(tree, list):
        for i, value in enumerate(tree):
            yield from leaves(value, (*at, i))
    elif isinstance(tree, str):
        yield at


def put(tree, at: tuple, value: str) -> None:
    for step in at[:-1]:
        tree = tree[step]
    tree[at[-1]] = value


def plant_yaml(path: Path, loads: Callable[[], object], text: str) -> list[str]:
    """Plants every field of a YAML file that may hold any text; their names."""
    tree, planted = YAML(typ="safe").load(path.read_text(encoding="utf-8")), []
    for at in list(leaves(tree)):
        value = tree
        for step in at:
            value = value[step]
        before = path.read_bytes()
        put(tree, at, f"{text} {value}" if text == CONTROLS else text)
        path.write_bytes(flow(tree).encode())
        try:
            loads()
            planted.append(str(at[-1]))
        except ProblemsFound:
            path.write_bytes(before)
            put(tree, at, value)
    return planted


def plant_csv(path: Path, loads: Callable[[], object], text: str) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    planted = []
    for column in range(len(head)):
        before = path.read_bytes()
        changed = [[text if i == column else cell for i, cell in enumerate(r)] for r in rows]
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *changed])
        try:
            loads()
            planted.append(head[column])
            rows = changed
        except ProblemsFound:
            path.write_bytes(before)
    return planted


def plant(here: Path, text: str):
    """A folder of guidelines whose every free text is planted, the library in it, and the names of the fields."""
    shutil.copytree(BASE, here, dirs_exist_ok=True)
    for kind, place in (("guideline", "physical-therapy/2026.1.yaml"), ("overlay", "plans/harbor/2026.1.yaml")):
        path, sound = here / "guidelines" / place, (here / "guidelines" / place).read_bytes()
        shutil.copy(SEEDS / kind / "everything.yaml", path)
        try:
            load_guidelines(here / "guidelines")
        except ProblemsFound:
            path.write_bytes(sound)

    def loads():
        library = load_guidelines(here / "guidelines")
        pages(library)  # reads the examples
        return library

    names: dict[str, list[str]] = {}
    for path in sorted((here / "guidelines").rglob("*")):
        if path.suffix == ".yaml":
            names[path.name] = names.get(path.name, []) + plant_yaml(path, loads, text)
        elif path.suffix == ".csv":
            names[path.name] = names.get(path.name, []) + plant_csv(path, loads, text)
    return here, loads(), names


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    return plant(tmp_path_factory.mktemp("planted"), EVIL)


CHANGES = {"physical-therapy": {"limits": {"change": [{"where": {}, "visits": {"add": 2}}]}}}

# -------------------------------------------------------------------------------------------------------- looking


class Looker(HTMLParser):
    """What a page would do: elements that are none of ours, attributes that run, links that are none of the web."""

    def __init__(self, page: str):
        super().__init__()
        self.wrong: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name.startswith("on") or name in ("action", "formaction", "srcset", "xlink:href", "http-equiv"):
                self.wrong.append(f"{tag} {name}")
            if name == "href" and not (value or "").startswith(("http://", "https://", "#")):
                self.wrong.append(f"link to {value}")
            if name == "src" and not (value or "").startswith("data:image/"):
                self.wrong.append(f"source {value}")
        if tag in ("script", "iframe", "object", "embed", "link", "base"):
            self.wrong.append(tag)

    def handle_comment(self, data):
        self.wrong.append(f"comment {data}")


def shows(page: str, words: str = "onerror=alert(1)") -> None:
    """The page does nothing, and what was planted can be read on it (so that this looked at something)."""
    assert Looker(page).wrong == []
    assert words in page or words in re.sub(r"&[a-z]+;", "", page)


def safe_cells(text: str, least: int = 0) -> None:
    found = [cell for line in csv.reader(io.StringIO(text)) for cell in line]
    assert [c for c in found if FORMULA.match(c) and not NUMBER.match(c) and c not in ("−", "–")] == []
    assert sum("cmd|" in c for c in found) >= least


def cases_with(text: str, library, size: int = 6) -> pl.DataFrame:
    """Requests whose every free text is planted."""
    from workbench.facts import facts

    free = [n for n, f in facts().items() if f.kind == "text" and n not in ("request_id", "condition", "measure")]
    rows = []
    for i in range(size):
        known = {"request_id": f"{text} {i}", "discipline": "PT", "intent": "rehabilitative", "age_years": 40,
                 "condition": "low_back_pain", "complexity": "low", "requested_visits": 10 + i, "requested_weeks": 8, "visits_used": 0,
                 "weeks_used": 0, "plan_of_care": True, "goals_met_percent": 60, "member_eligible": True}  # fmt: skip
        rows.append(row({**dict.fromkeys(free, text), **known}))
    return pl.concat(rows)


# ---------------------------------------------------------------------------------------------------------- tests


def test_the_fields_that_people_fill_are_planted(planted):
    names = planted[2]
    found = {n for some in names.values() for n in some}
    assert {"title", "label", "text", "note", "publisher", "url", "help", "cure"} <= found, names


def test_the_readme_is_text(planted):
    _, library, _ = planted
    found = pages(library)
    assert found
    for page in found.values():
        html = mistune.create_markdown(escape=False, plugins=["table", "url", "strikethrough"])(page)
        html = html.replace("<details>", "").replace("<summary>", "")
        assert Looker(html).wrong == []
        assert all(c.isprintable() or c == "\n" for c in page)
        shows(html)
        inside = re.sub(r"<[^>]*>", "", html)
        assert "**bold**" in inside and "`code`" in inside and "[a](javascript:" in inside


def scenario_of(library, text: str):
    return load_scenario(
        {
            "scenario": "planted",
            "question": text,
            "baseline": {"physical-therapy": "2026.1"},
            "draft": {"author": text, "reason": text, "changes": CHANGES},
            "cases": {"generate": 300, "seed": 5},
        },
        library,
    )


def test_the_report_and_its_numbers_are_text(planted, tmp_path):
    _, library, _ = planted
    trial = try_scenario(scenario_of(library, EVIL), library)
    page = report(trial)
    shows(page)
    assert page.count("onerror=alert(1)&gt;") > 5
    write_report(trial, tmp_path)
    for path in tmp_path.rglob("*.csv"):
        safe_cells(path.read_text(encoding="utf-8"), 0)


def test_the_screen_is_text(planted, tmp_path):
    here, library, _ = planted
    frame = cases_with(EVIL, library)
    sets = (CaseSet("own", EVIL, lambda _: Cases(frame, EVIL)),)

    async def open_it():
        desk = Desk(library, sets)
        desk.drafts = tmp_path / "drafts"
        panel = open_panel(lambda: desk)
        panel.ready()
        return panel

    panel = asyncio.run(open_it())
    panel.hear({"act": "moves", "seq": 1, "moves": some_move(panel)})
    panel.hear({"act": "search", "seq": 2, "value": EVIL})
    panel.hear({"act": "open", "seq": 3, "id": f"{EVIL} 2"})
    panel.hear({"act": "save", "seq": 4, "name": EVIL, "author": EVIL, "reason": EVIL})
    shown = [v for n in panel.trait_names() if isinstance(v := getattr(panel, n), str) and "<" in v and not n[0] == "_"]
    pieces = [p for p in shown if "</" in p and "function" not in p]
    assert len(pieces) > 5
    assert [w for p in pieces for w in Looker(p).wrong] == []
    assert sum("onerror" in p for p in pieces) >= 3
    assert Looker(panel.snapshot()).wrong == []


def some_move(panel) -> dict[str, str]:
    """One control of the screen, moved."""
    key, control = next(iter(panel.result.controls.items()))
    return {key: str(control.moves.low if control.published == control.moves.high else control.moves.high)}


def test_lists_of_requests_run_nothing_in_a_spreadsheet(planted):
    _, library, _ = planted
    draft = load_draft({"changes": CHANGES}, library)
    from workbench.study.compare import compare

    published = setting(library)
    cases = prepare(cases_with(EVIL, library), published)
    both = [replay(cases, s) for s in (published, setting(library, draft=draft))]
    safe_cells(as_csv(compare(*both)), 2)
    # What was read and decided, as the notebook of sources shows it.
    decided = both[0]
    aside = pl.DataFrame({"codes": [EVIL], "reasons": [EVIL]}).to_pandas()
    notes = pl.DataFrame({"note": [EVIL], "code": [EVIL], "fact": [EVIL], "row": [0]}).to_pandas()
    view = show_account(
        cases.frame.to_pandas(), aside, notes, 7, {EVIL: 1}, decided.decisions.to_pandas(), decided.about
    )
    assert Looker(view.html).wrong == []


def test_a_file_of_cases_is_read_and_set_aside_without_running(planted, tmp_path):
    _, library, _ = planted
    name = "<img src=x onerror=alert(1)> =cmd.csv"
    rows = [["request_id", "discipline", EVIL], [EVIL, "PT", EVIL], ["b", EVIL, EVIL]]
    with (tmp_path / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    (tmp_path / "map.yaml").write_text("columns: {request_id: request_id, discipline: discipline}\n", encoding="utf-8")
    found = read_cases(tmp_path / name, library, mapping=tmp_path / "map.yaml")
    assert len(found.accepted) + len(found.set_aside) == 2 and len(found.set_aside) >= 1
    html = getattr(found, "_repr_html_", lambda: "")()
    assert Looker(html).wrong == []


def test_rows_set_aside_run_nothing_in_a_spreadsheet(planted, tmp_path, monkeypatch):
    """And a file of decisions or of cases without names, which other people open."""
    here, _, _ = planted
    monkeypatch.chdir(tmp_path)
    with open("cases.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["request_id", "discipline"], [EVIL, "none"], ["+1+1", "none"], ["good", "PT"]])
    call = ["read", "cases", "cases.csv", "--out", "o.parquet", "--guidelines", str(here / "guidelines")]
    main([*call, "--quarantine", "aside.csv"])
    safe_cells(Path("aside.csv").read_text(encoding="utf-8"), 1)
    cases_with(EVIL, planted[1]).write_parquet("named.parquet")
    main(["deidentify", "named.parquet", "--profile", "safe_harbor", "--out", "shared.csv", *call[-2:]])
    text = Path("shared.csv").read_text(encoding="utf-8")
    safe_cells(text)
    assert "cmd|" not in text and "onerror" not in text


CALLS = [
    ["check", "guidelines"],
    ["diff", "draft.yaml", "--guidelines", "guidelines"],
    ["diff", "physical-therapy/2026.1", "physical-therapy/2026.1", "--guidelines", "guidelines"],
    ["plan", "physical-therapy", "--guidelines", "guidelines"],
    ["program", "review", "--guidelines", "guidelines", "--on", "2020-01-01"],
    ["decide", "request.yaml", "--guidelines", "guidelines"],
]


@pytest.mark.parametrize("text", [EVIL, CONTROLS], ids=["markup", "controls"])
@pytest.mark.parametrize("call", CALLS, ids=lambda c: " ".join(c[:2]))
def test_a_terminal_is_sent_no_control(planted, call, text, monkeypatch, capsys):
    here, _, _ = planted
    monkeypatch.chdir(here)
    for name, tree in (
        ("request", {"discipline": "PT", "plan": "a", "requested_visits": 4, "request_id": text}),
        ("draft", {"draft": "d", "author": text, "reason": text, "changes": CHANGES}),
    ):
        write_text(here / f"{name}.yaml", flow(tree))
    main(call)
    said = capsys.readouterr()
    assert {c for c in said.out + said.err if not c.isprintable() and c != "\n"} == set()
    assert said.out or said.err


def test_no_field_of_a_file_holds_a_control(tmp_path):
    """What would steer a terminal, or turn a line round, is refused where it is written."""
    assert {n for some in plant(tmp_path, CONTROLS)[2].values() for n in some} == set()
