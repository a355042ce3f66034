"""The forms that readers go by, and what is written from them: format pages and JSON Schemas."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from fuzz.kinds import KINDS, Kind, laid_out, problems_of
from fuzz.mutate import slips, trees
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import YAMLError

from workbench.documents.form import Form, Key
from workbench.documents.schema import FOLDER, modeline, schema
from workbench.documents.section import Section
from workbench.documents.yaml_places import parse_yaml
from workbench.errors import Problems
from workbench.facts import facts
from workbench.guideline.draft_yaml import render
from workbench.guideline.load import load_guidelines
from workbench.guideline.load_draft import load_draft
from workbench.reading.suggest_mapping import suggest_text

ROOT = Path(__file__).parent.parent
ERRORS = ROOT / "tests" / "errors"
# kind of the fuzz tests → its schema
SCHEMAS = {k: k for k in ("guideline", "examples", "sources", "program", "draft", "scenario", "assumptions", "mapping")}
SCHEMAS |= {"base": "guideline", "overlay": "plan", "request": "request"}
SHIPPED = sorted([*(ROOT / "guidelines").rglob("*.yaml"), *(ROOT / "scenarios").rglob("*.yaml")])
LINE = re.compile(r"# yaml-language-server: \$schema=(\S+)\n")
# What a form says of a file; other codes are about names, expressions, or what stands in other files.
OF_FORM = {"unknown-key", "missing-key", "wrong-value", "yaml-word", "bad-id", "out-of-range"}
# Broken files whose fault of these codes no schema can see, with the reason.
UNSEEN = {
    "changes/out-of-range": "the range is the parameter's own",
    "changes/out-of-range-below-zero": "what a change makes of a number",
    "changes/out-of-range-places": "what a change makes of a number",
    "changes/wrong-value": "what a change makes of a number",
    "draft/missing-key-base": "which versions it must name hangs on the changes",
    "draft/out-of-range": "what a change makes of a number",
    "guideline/bad-id-of-the-language": "the words of the language",
    "guideline/bad-id-reserved": "the reasons that every decision can give",
    "guideline/out-of-range": "the range is the parameter's own",
    "guideline/out-of-range-places": "how many digits are computed with",
    "guideline/wrong-value-date": "no day of the calendar, but of its form",
    "guideline/yaml-word-no": "JSON has no unquoted words",
    "overlay/out-of-range": "what a change makes of a number",
    "scenario/matches-nothing": "the range is the parameter's own",
}


class _Plain(SafeConstructor):
    pass


_Plain.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


def plain(path_or_text: Path | str) -> object:
    """A YAML file as an editor's language server sees it: YAML 1.2, days as texts."""
    text = path_or_text.read_text(encoding="utf-8") if isinstance(path_or_text, Path) else path_or_text
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = _Plain
    return _keys(yaml.load(text))


def _keys(value: object) -> object:
    """JSON's keys are texts."""
    if isinstance(value, dict):
        return {k if isinstance(k, str) else str(k): _keys(v) for k, v in value.items()}
    return [_keys(v) for v in value] if isinstance(value, list) else value


@cache
def validator(name: str) -> Draft7Validator:
    import json

    return Draft7Validator(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))


def faults(name: str, value: object) -> list[str]:
    return [f"{e.json_path}: {e.message[:200]}" for e in validator(name).iter_errors(value)]


def test_pages_and_schemas_are_as_the_forms_say() -> None:
    call = [sys.executable, ROOT / "scripts" / "render_formats.py", "--check"]
    said = subprocess.run(call, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert (said.returncode, said.stdout) == (0, ""), said.stdout + said.stderr


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda p: p.stem)
def test_a_schema_is_one(path: Path) -> None:
    Draft7Validator.check_schema(validator(path.stem).schema)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_shipped_file_names_its_schema_and_keeps_it(path: Path) -> None:
    first = LINE.match(path.read_text(encoding="utf-8"))
    assert first, f"{path} does not say which schema it follows"
    named = (path.parent / first[1]).resolve()
    assert named.parent == FOLDER and named.is_file()
    assert faults(named.stem, plain(path)) == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_is_sound_keeps_its_schema(name: str) -> None:
    texts = KINDS[name].sound()
    assert texts
    for text in texts:
        assert faults(SCHEMAS[name], plain(text)) == []


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "reading" / "worked").glob("*.yaml")), ids=lambda p: p.stem)
def test_a_worked_mapping_keeps_the_schema(path: Path) -> None:
    assert faults("mapping", plain(path)) == []


def broken() -> Iterator[tuple[str, Path, str]]:
    """The broken files in tests/errors that a schema is for, with the codes of form that they show."""
    for expected in sorted(ERRORS.glob("*/*/expected.txt")):
        case = expected.parent
        for name, wanted in SCHEMAS.items():
            path = case / KINDS[name].path
            lines = expected.read_text(encoding="utf-8").splitlines()
            codes = {x.split(": ", 1)[1].split(" ", 1)[0] for x in lines if x.startswith(f"{KINDS[name].path}:")}
            # A guideline folder's case may break another file of the same kind (a second version).
            if path.is_file() and codes & OF_FORM:
                yield f"{case.parent.name}/{case.name}", path, wanted


BROKEN = [(case, path, name) for case, path, name in broken() if case.partition("/")[0] != "yaml"]


@pytest.mark.parametrize("case, path, name", BROKEN, ids=[case for case, _, _ in BROKEN])
def test_a_file_broken_in_form_fails_its_schema(case: str, path: Path, name: str) -> None:
    found = faults(name, plain(path.read_text(encoding="utf-8").replace("DIGEST", "a" * 16)))
    assert bool(found) == (case not in UNSEEN), found


def test_what_is_named_as_unseen_is_there() -> None:
    assert set(UNSEEN) <= {case for case, _, _ in BROKEN}
    assert len(BROKEN) - len(UNSEEN) >= 15


YAMLS = [KINDS[name] for name in SCHEMAS]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with laid_out(tmp_path_factory.mktemp("files")):
        yield


@cache
def sound(kind: Kind) -> list[object]:
    return trees(kind.sound())


ODD = ["", " ", "\n", "a\nb", "PT\n", [], [""], [" "], ["a\nb"], ["97110", "97110"], [None], None, True, "true", 0, -1, 1.0, 1.5,
       1e300, "1", "2026-01-31", "2026-01-31 ", {}]  # fmt: skip


@pytest.mark.parametrize("fact", facts())
def test_no_value_of_a_fact_is_refused_by_the_schema_alone(folder: None, fact: str) -> None:
    kind = KINDS["request"]
    for value in ODD:
        tree = {"request_id": "r", "discipline": "PT", fact: value}
        found = faults(SCHEMAS["request"], tree)
        assert not found or problems_of(kind, json.dumps(tree).encode()), (fact, value, found)


# What the reader says of a value that no schema sees: ranges that a file sets itself and the digits that are computed
# with; how YAML reads an unquoted word; names of files and of things; numbers that are not in plain digits.
BEYOND = re.compile(
    r": out-of-range |: yaml-word |it names a CSV file|grades? of evidence|plain digits|without quotes|wants two numbers"
    r"|does not say on which version of"  # hangs on which guidelines `changes` names
    r"|below its start"  # the one end beside the other
)


@given(st.sampled_from(YAMLS).flatmap(lambda k: slips(sound(k)).map(lambda tree: (k, k.written(tree)))))
def test_what_a_schema_refuses_the_reader_refuses(folder: None, case: tuple[Kind, bytes]) -> None:
    """And the other way round: what a reader refuses for its shape the schema sees too, but for what is BEYOND it."""
    kind, data = case
    problems = problems_of(kind, data)
    try:
        value = plain(data.decode("utf-8"))
    except (YAMLError, UnicodeDecodeError, ValueError):
        assert problems
        return
    found = faults(SCHEMAS[kind.name], value)
    assert not found or problems, found
    here = [p for p in problems if p.file.endswith(kind.path) and p.code in OF_FORM and not BEYOND.search(str(p))]
    if kind.name in ("scenario", "request"):  # parameters of its notebook are keys of a scenario; a request has a test
        here = [p for p in here if p.code != "unknown-key"]
    assert found or not here, [str(p) for p in here]


def test_a_form_is_the_only_declaration() -> None:
    """What a form says is said once: take is given none of it again, and no key that the form lacks."""
    form = Form("thing", "A thing.", (Key("visits", "integer", low=1), Key("note", "text", required=False)))
    value = parse_yaml("visits: 0\n", problems := Problems())
    section = Section(value, "a thing", form)
    assert section.take("visits", "integer") is None and [p.code for p in problems] == ["out-of-range"]
    with pytest.raises(TypeError):
        section.take("visits", "integer", low=0)
    with pytest.raises(TypeError):
        section.take("visits", "text")
    with pytest.raises(KeyError):
        section.take("weeks", "integer")


def test_one_that_calls_for_another() -> None:
    form = Form(
        "thing",
        "A thing.",
        (Key("limits", "line", required=False), Key("scope", "line", required=False)),
        needs=(("limits", "scope"),),
    )
    for text, codes in (("limits: x\n", ["missing-key"]), ("limits: x\nscope: y\n", []), ("scope: y\n", [])):
        problems = Problems()
        section = Section(parse_yaml(text, problems), "a thing", form)
        section.take("limits", "line")
        section.take("scope", "line")
        assert [p.code for p in problems] == codes
        found = list(Draft7Validator(schema(Key("", "section", form=form), "thing")).iter_errors(plain(text)))
        assert bool(found) == bool(codes)


def test_what_the_product_writes_names_its_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = load_guidelines(ERRORS / "_base" / "guidelines")
    base = (ERRORS / "_base" / "draft.yaml").read_text(encoding="utf-8")
    (tmp_path / "draft.yaml").write_text(re.sub(r", digest: DIGEST", "", base), encoding="utf-8")
    path = tmp_path / "drafts" / "again.yaml"
    path.parent.mkdir()
    path.write_text(render(load_draft(tmp_path / "draft.yaml", library), path), encoding="utf-8")
    (tmp_path / "cases.csv").write_text("Auth no,Disc\n1,PT\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(suggest_text("cases.csv", library), encoding="utf-8")
    for one, name in ((path, "draft"), (mapping, "mapping")):
        first = LINE.match(one.read_text(encoding="utf-8"))
        assert first and (one.parent / first[1]).resolve() == FOLDER / f"{name}.json"
        assert faults(name, plain(one)) == []
    load_draft(path, library)


def test_a_draft_of_everything_is_written_as_it_was_read(tmp_path: Path) -> None:
    """Every kind of change, a plan's own keys included, comes back from the file that is written of it."""
    library = load_guidelines(ERRORS / "_base" / "guidelines")
    texts = [
        (ROOT / "tests" / "fuzz" / "seeds" / "draft" / name).read_text(encoding="utf-8")
        for name in ("everything.yaml", "benefit.yaml")
    ]
    dropped = re.sub(r"benefit_limit: .*", "benefit_limit: {drop: true}", texts[0])
    for text in (*texts, dropped):
        path = tmp_path / "draft.yaml"
        path.write_text(text, encoding="utf-8")
        draft = load_draft(path, library)
        again = tmp_path / "again.yaml"
        again.write_text(render(draft, again), encoding="utf-8")
        assert load_draft(again, library) == draft
        assert faults("draft", plain(again)) == []


def test_no_path_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def other_drive(*_: object) -> str:
        raise ValueError("path is on mount 'D:'")

    monkeypatch.setattr(os.path, "relpath", other_drive)
    assert modeline("draft", "x.yaml") == ""
