"""Write docs/formats/ (a page for each kind of file) and workbench/schema/ (JSON Schema) from the forms that readers go
by. `--check` only says which are stale."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rendering import settle

from workbench.cases.assume import ASSUMPTIONS
from workbench.documents.facts_form import facts_form
from workbench.documents.form import Form, Key
from workbench.documents.schema import FOLDER, schema
from workbench.documents.section import WANTED
from workbench.facts import facts
from workbench.guideline.change_forms import DRAFT, UNSIGNED
from workbench.guideline.forms import EXAMPLE, GUIDELINE, OVERLAY, PROGRAM, SOURCE
from workbench.guideline.table_forms import CONDITIONS, LIMITS, MEASURES
from workbench.privacy.rules import rules
from workbench.reading.mapping_form import MAPPING
from workbench.review.record_form import RECORD_FILE
from workbench.review.scenario_form import SCENARIO

ROOT = Path(__file__).parent.parent
PAGES, TESTS = ROOT / "docs" / "formats", ROOT / "tests"
BASE, SEEDS = TESTS / "errors" / "_base", TESTS / "fuzz" / "seeds"


@dataclass(frozen=True)
class Kind:
    """A kind of file. `top` is its whole content where it is YAML, else the form of a table's rows; `where` says where
    such files stand, as a pattern from the project's folder; `also` is what the page says besides."""

    name: str
    title: str
    where: str
    top: Key | Form
    example: Path
    also: str = ""

    @property
    def language(self) -> str:
        return {".json": "json", ".csv": "csv"}.get(self.example.suffix, "yaml")


def _whole(form: Form) -> Key:
    return Key("", "section", form=form)


_GUIDELINES = BASE / "guidelines"
KINDS = (
    Kind(
        "guideline",
        "A guideline",
        "guidelines/<id>/<version>.yaml",
        _whole(GUIDELINE),
        SEEDS / "guideline" / "everything.yaml",
        "One file a version. What it says comes over what its base says: the same id takes the base's place. A "
        "deciding guideline names versions of both tables, itself or through its base, and has `examples.yaml` and "
        "`README.md` beside it. A bare number other than 0 and 1 in an expression is doubted: it wants to be a "
        "parameter.\n\n"
        "Expressions are told in [the language](../language.md), what a decision makes of them in "
        "[the meaning](../meaning.md).",
    ),
    Kind(
        "limits",
        "Limits",
        "guidelines/<id>/<version>.limits.csv",
        LIMITS,
        _GUIDELINES / "physical-therapy" / "2026.1.limits.csv",
        "A row without visits or weeks, and a row that an earlier one hides, are problems.",
    ),
    Kind(
        "conditions",
        "Conditions",
        "guidelines/conditions/<version>.csv",
        CONDITIONS,
        _GUIDELINES / "conditions" / "2026.1.csv",
        "Dots and capitals of codes do not matter. Where no row of the longest prefix is true, or one is unknown, the "
        "condition stays missing: shorter prefixes are not tried. Two rows that can both match are a problem. A "
        "published version is never edited; a change is a new version.",
    ),
    Kind(
        "measures",
        "Measures",
        "guidelines/measures/<version>.csv",
        MEASURES,
        _GUIDELINES / "measures" / "2026.1.csv",
        "A published version is never edited; a change is a new version.",
    ),
    Kind(
        "sources",
        "Sources",
        "guidelines/sources.yaml",
        Key("", "section", "id → a text", each=_whole(SOURCE), named=Key("", "name")),
        _GUIDELINES / "sources.yaml",
        "Evidence other than `consensus` on a source that nobody has read in full or in part is doubted.",
    ),
    Kind(
        "examples",
        "Examples",
        "guidelines/<id>/examples.yaml",
        Key("", "sections", "a list of examples", form=EXAMPLE),
        _GUIDELINES / "physical-therapy" / "examples.yaml",
        "They run in the tests and on every save. The facts are those of [a request](request.md).",
    ),
    Kind(
        "plan",
        "A plan overlay",
        "guidelines/plans/<plan>/<version>.yaml",
        _whole(OVERLAY),
        SEEDS / "overlay" / "everything.yaml",
        "`changes` is the mechanism of [drafts](draft.md); it applies to the versions of a guideline whose period "
        "overlaps its own, and must match in each.",
    ),
    Kind(
        "program",
        "A program",
        "guidelines/programs/<program>/<version>.yaml",
        _whole(PROGRAM),
        _GUIDELINES / "programs" / "review" / "2019-11.yaml",
        "The newest version published on or before the day a request was received counts; where that day is missing "
        "the newest, and where none was yet published the oldest.",
    ),
    Kind(
        "draft",
        "Changes, and a draft",
        "drafts/<draft>.yaml",
        _whole(DRAFT),
        SEEDS / "draft" / "everything.yaml",
        "One mechanism for drafts, overlays and scenarios. A change that matches nothing, an `add` of an id that "
        "exists, a value outside its range and a change to a base's item under the base while a guideline is drafted, "
        "are problems. Layers lie over one another: base, draft of the base, guideline, draft of the guideline, "
        "overlay, draft of the overlay. Where two set the same thing the later wins, with a warning that names both.",
    ),
    Kind(
        "scenario",
        "A scenario",
        "scenarios/<scenario>.yaml",
        _whole(SCENARIO),
        SEEDS / "scenario" / "everything.yaml",
        "`workbench scenario` runs it; `<scenario>.expected.csv` beside it holds its key numbers.",
    ),
    Kind(
        "mapping",
        "A mapping",
        "<anywhere>.yaml",
        _whole(MAPPING),
        SEEDS / "mapping" / "everything.yaml",
        "What a cell may hold, and worked mappings: [reading your own file](../mapping.md).",
    ),
    Kind(
        "assumptions",
        "Assumptions",
        "scenarios/assumptions/<name>.yaml",
        _whole(ASSUMPTIONS),
        SEEDS / "assumptions" / "everything.yaml",
        "Outcomes, and facts that identify a request, are never assumed.",
    ),
    Kind(
        "request",
        "A request",
        "<anywhere>.yaml",
        _whole(facts_form()),
        SEEDS / "request" / "everything.yaml",
        "`discipline` is required. A table of cases (CSV, Excel, Parquet) has these facts as columns, or a "
        "[mapping](mapping.md) that says which column is which; there `request_id` is required too. Facts that are "
        "derived where absent, and how, are told in [the meaning](../meaning.md).",
    ),
    Kind(
        "record",
        "A record",
        "<anywhere>.json",
        _whole(RECORD_FILE),
        SEEDS / "record" / "everything.json",
        "In Parquet, as `workbench replay` writes records, the fields of the decision are the columns, and "
        "`NAME.texts.json` beside the file holds the texts behind the ids, keyed by digest; `of` in it is the SHA-256 "
        "of the file that it belongs to. How a record of another schema is read: [compatibility](../compatibility.md).",
    ),
)


def kind(name: str) -> Kind:
    return next(k for k in KINDS if k.name == name)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _holds(key: Key, at: dict[str, str]) -> str:
    """What may stand there, in words; `at` says where the forms within it are told."""
    said = [_kind(k, at) for k in (key, *key.also) if not (k.kind == "any" and key.also)]
    words = " or ".join(dict.fromkeys(said))
    if key.choices and len(key.choices) <= 12:
        words = ("a list of " if key.kind == "texts" else "") + ", ".join(map(_code, key.choices))
        words += f" or {WANTED[key.also[0].kind]}" if key.also else ""
    if key.low is not None or key.high is not None:
        low, high = ("" if end is None else f"{end:,}" for end in (key.low, key.high))
        words += f", {low}..{high}"
    return words


def _kind(key: Key, at: dict[str, str]) -> str:
    if key.form is not None and key.form.name in at:
        link = f"[{_name(key.form)}]({at[key.form.name]})"
        return f"a list, each {link}" if key.kind == "sections" else link
    if key.kind in ("section", "items") and key.each is not None:
        inner = " or ".join(dict.fromkeys(_kind(k, at) for k in (key.each, *key.each.also) if not _open(k)))
        return f"{'keys' if key.kind == 'section' else 'a list'}, each {inner}" if inner else WANTED[key.kind]
    return WANTED[key.kind]


def _open(key: Key) -> bool:
    return key.kind == "any" and bool(key.also)


def _name(form: Form) -> str:
    return form.name.replace("_", " ")


def _anchor(form: Form) -> str:
    return "#" + _name(form).lower().replace(" ", "-")


def _forms(key: Key, seen: dict[str, Form]) -> Iterator[Form]:
    """The forms within a key, each once, in the order in which they are met."""
    for form in [key.form] if key.form else []:
        if form.name not in seen:
            seen[form.name] = form
            yield form
            for inner in (*form.keys, *([form.rest] if form.rest else [])):
                yield from _forms(inner, seen)
    for inner in (key.each, *key.also):
        if inner is not None:
            yield from _forms(inner, seen)


def _table(form: Form, at: dict[str, str], head: str = "key") -> list[str]:
    lines = [f"| {head} | holds | must | what |", "|---|---|---|---|"]
    for key in form.keys:
        what = key.text + (f" (where left out: {key.default})" if key.default else "")
        must = "yes" if key.required else ""
        lines.append(f"| `{key.name}` | {_cell(_holds(key, at))} | {must} | {_cell(what)} |")
    lines += [f"| … | {_cell(_holds(form.rest, at))} |  | {_cell(form.rest.text)} |"] if form.rest else []
    lines += [f"\nExactly one of {', '.join(map(_code, group))} stands." for group in form.one_of]
    lines += [f"\nAt least one of {', '.join(map(_code, group))} stands." for group in form.any_of]
    lines += [f"\nWhere `{first}` stands, `{second}` must." for first, second in form.needs]
    return lines


def page(one: Kind) -> str:
    top = one.top
    form = top if isinstance(top, Form) else top.form
    intro = form.text if form is not None else f"{SOURCE.text} {top.text}."
    lines = [f"# {one.title}", "", f"`{one.where}` · written by `make docs` from what its reader goes by", "", intro]
    lines += ["", one.also] if one.also else []
    if isinstance(top, Form):
        lines += ["", *_table(top, {}, "column")]
    elif one.name == "request":
        lines += ["", *_facts()]
    else:
        skipped = {"request": facts_form()}  # it has a page of its own
        at = {"request": "request.md"}
        if one.name in ("plan", "scenario"):  # changes have a page of their own
            skipped |= {f.name: f for f in _forms(_whole(DRAFT), {}) if f.name != "benefit_limit"}
            at |= {name: f"draft.md{_anchor(f)}" for name, f in skipped.items() if name != "request"}
            at |= {"draft": "draft.md", "unsigned_draft": "draft.md"}
            skipped |= {"unsigned_draft": UNSIGNED}
        inner = list(_forms(top, skipped))
        at |= {f.name: _anchor(f) for f in inner}
        for found in inner:
            heading = [] if found is form else ["", f"## {_name(found).capitalize()}", "", found.text]
            lines += [*heading, "", *_table(found, at)]
    shown = one.example.read_text(encoding="utf-8").rstrip()
    lines += ["", "## An example", "", f"```{one.language}", shown, "```"]
    if isinstance(one.top, Key):
        lines += ["", f"JSON Schema: `workbench/schema/{one.name}.json` ([how editors use it](index.md))."]
    return "\n".join(lines) + "\n"


def _facts() -> list[str]:
    lines = ["| fact | holds | unit | makes sense where | what |", "|---|---|---|---|---|"]
    for key in facts_form().keys:
        fact = facts()[key.name]
        where = _code(fact.only_where.replace("|", "\\|"))
        lines.append(f"| `{key.name}` | {_cell(_holds(key, {}))} | {fact.unit} | {where} | {_cell(fact.meaning)} |")
    return lines


def privacy_page() -> str:
    lines = [
        "# Columns and what becomes of them",
        "",
        "`workbench/privacy/privacy_table.csv` · written by `make docs`",
        "",
        "What `workbench deidentify` does to each column, by profile; a column that is not here is refused. The letter "
        "is that of 45 CFR 164.514(b)(2)(i). What each action means is told in [privacy](../privacy.md).",
        "",
        "| column | other spellings | identifier | safe_harbor | shifted | how | note |",
        "|---|---|---|---|---|---|---|",
    ]
    path = ROOT / "workbench" / "privacy" / "privacy_table.csv"
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
        assert row["column"] in rules()
        cells = (_code(row["column"]), ", ".join(row["also"].split("|")), row["identifier"])
        cells += (row["safe_harbor"], row["shifted"], row["how"], row["note"])
        lines.append(f"| {' | '.join(_cell(c) for c in cells)} |")
    return "\n".join(lines) + "\n"


INDEX = """# Files

Every file that people write, a page each; every page and every JSON Schema is written by `make docs` from the same
declarations that the readers go by. A reader tells all problems of a file at once, each with file, line, column, code
and the nearest right thing (`workbench check`).

| file | where it stands |
|---|---|
{rows}
| [privacy table](privacy.md) | `workbench/privacy/privacy_table.csv` |

In every YAML file: a key stands once, unknown keys are refused, `no`, `yes`, `on`, `1e3` and the like are refused where
a word or a number is meant, versions and procedure codes stand in quotes, days are written 2026-01-31, and there are no
anchors, aliases, tags or second documents.

## Completion and checking while you write
The first line of each YAML file here, and of each that the product writes (drafts, proposed mappings), says which
schema it follows, by a path from that file:

```yaml
# yaml-language-server: $schema=../../workbench/schema/guideline.json
```

Any editor with a YAML language server reads it, offline:

- *VS Code*: the extension "YAML" (redhat.vscode-yaml). Ctrl+Space lists the keys that may stand there with what they
  mean; a misspelt key, a missing one and a number out of its range are underlined as you type.
- *JupyterLab*: `jupyterlab-lsp` with `yaml-language-server` (Node.js), both of your own installing; they are no part of
  this project. Completion then comes with Tab in the file editor.
- *Vim, Emacs, Helix, PyCharm and others*: their YAML language server, the same line.

A file of your own gets the line by hand: the path from the file to `workbench/schema/<kind>.json` of the installation,
which `python -c "from workbench.documents.schema import FOLDER; print(FOLDER)"` prints.

A schema knows less than the reader. It does not know which sources, parameters or guidelines exist, whether an
expression is one, or what two keys say together: `workbench check` does.
"""


def index() -> str:
    rows = "\n".join(f"| [{one.title}]({one.name}.md) | `{one.where}` |" for one in KINDS)
    return INDEX.replace("{rows}", rows)


def files() -> dict[Path, str]:
    """Every file that is rendered, with what it is to hold."""
    out = {PAGES / f"{one.name}.md": page(one) for one in KINDS}
    out |= {PAGES / "index.md": index(), PAGES / "privacy.md": privacy_page()}
    for one in KINDS:
        if isinstance(one.top, Key):
            text = json.dumps(schema(one.top, one.title), indent=1, ensure_ascii=False)
            out[FOLDER / f"{one.name}.json"] = text + "\n"
    return out


if __name__ == "__main__":
    sys.exit(settle(files(), [*PAGES.glob("*.md"), *FOLDER.glob("*.json")]))
