"""Scenario files: a question about a change, the cases to ask it of, and the gates that the answer must pass.

    scenario = load_scenario("scenarios/relax-chronic-back-pain.yaml", library)

Paths in a scenario count from the folder that holds the guideline folder, which is where the commands are run. What it
may hold is declared in scenario_form.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from os.path import isfile
from pathlib import Path
from typing import TypeVar

from workbench.cases.assume import Assumptions, load_assumptions
from workbench.documents.section import Section, open_section, take_value
from workbench.documents.yaml_places import Items, Pairs, Scalar, Value, from_plain, read_yaml
from workbench.errors import Problems, ProblemsFound, nearest
from workbench.guideline.load_draft import load_draft
from workbench.guideline.model import DECIDES, Draft, DraftBase, Library, Overlay
from workbench.guideline.resolve import base_digest
from workbench.reading.sources import SOURCES
from workbench.review.scenario_form import BOUNDS, GATE, GATES, SCENARIO, TRIED
from workbench.review.tried_versions import known_versions

KEYS = SCENARIO.names


@dataclass(frozen=True)
class Gate:
    """A bound on a number of the draft's side: a share from 0 to 1, or requests for `newly_referred`."""

    name: str
    bound: str  # at_least | at_most
    limit: Decimal

    def holds(self, value: float | None) -> bool:
        """Whether a value keeps the bound; one that can not be computed does not."""
        if value is None:
            return False
        return value >= float(self.limit) if self.bound == "at_least" else value <= float(self.limit)


@dataclass(frozen=True)
class CaseSource:
    """Where cases come from: so many invented ones with a seed, or a file (of a known source, or with a mapping)."""

    generate: int = 0
    seed: int = 1
    file: str = ""
    source: str = ""
    mapping: str = ""

    def words(self) -> str:
        if self.generate:
            return f"{self.generate:,} invented requests, seed {self.seed}"
        how = f" read as {self.source}" if self.source else f" with {self.mapping}" if self.mapping else ""
        return f"{self.file}{how}"


@dataclass(frozen=True)
class Scenario:
    """`versions` are those of the draft's side where they differ from `baseline`; `parameters` is what the file says,
    as plain matter for a notebook."""

    scenario: str
    question: str
    notebook: str
    baseline: tuple[tuple[str, str], ...]
    draft: Draft | None
    versions: tuple[tuple[str, str], ...]
    cases: CaseSource
    assumptions: Assumptions | None
    replay: str
    policy: str
    program: str | None
    as_of: date | None
    by_date: bool
    gates: tuple[Gate, ...]
    parameters: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)
    file: str = field(default="", compare=False)
    root: Path = field(default=Path("."), compare=False, repr=False)

    @property
    def name(self) -> str:
        return self.scenario


def load_scenario(source: Path | str | Mapping[str, object], library: Library) -> Scenario:
    """A scenario of a file, or of plain matter (a notebook's parameters). Raises ProblemsFound with all that is wrong,
    placed in the file; keys that are none of a scenario's are checked against its notebook."""
    problems = Problems()
    root: Value | None
    if isinstance(source, Mapping):
        root, file = from_plain(source, problems, "scenario"), ""
    else:
        root, file = read_yaml(source, problems), str(source)
    section = open_section(root, "a scenario", SCENARIO if file else SCENARIO.optional("notebook"))
    if section is None:
        raise ProblemsFound(problems)
    scenario = _Reader(section, library, problems, file).read()
    problems.check()
    return scenario


Loaded = TypeVar("Loaded")


class _Reader:
    """Takes a scenario's keys one by one; every slip goes to `problems`."""

    def __init__(self, section: Section, library: Library, problems: Problems, file: str):
        self.section, self.library, self.problems, self.file = section, library, problems, file
        self.root = Path(library.root).parent

    def read(self) -> Scenario:
        take = self.section.take
        name = take("scenario", "name", default="")
        if name and self.file and Path(self.file).stem != name:
            self.section.fail(
                "wrong-place",
                f"the scenario {name} stands in {Path(self.file).name}",
                f"name the file {name}.yaml",
                "scenario",
            )
        question = take("question", "text", default="")
        notebook = take("notebook", "line", default="")
        self._there(notebook, "notebook")
        baseline = self._versions(take("baseline", "section"), "baseline")
        draft, versions = self._draft(name, question, baseline)
        cases = self._cases(take("cases", "section"))
        assumptions = self._assumptions(take("assumptions", "line", default=""))
        mode = take("replay", "line", default="as_recorded")
        policy = take("policy", "line", default="history")
        program = take("program", "name")
        known = sorted({p.program for p in (*self.library.programs, *self.library.waiting)})
        if program and program not in known:
            self.section.fail("unknown-program", f"there is no program {program}", nearest(program, known), "program")
        for tried, _ in versions:
            if tried in known and tried != program:
                told, hint = f"the replay does not go by the program {tried}", f"write program: {tried}"
                self.section.fail("bad-scenario", told, hint, "program")
        as_of, by_date = self._day(), bool(take("by_date", "boolean"))
        if as_of and by_date:
            self.section.fail("bad-scenario", "a scenario is decided as of a day or by date, not both", key="by_date")
        gates = tuple(self._gates(take("gates", "section")))
        self._rest(notebook)
        return Scenario(
            name,
            question,
            notebook,
            baseline,
            draft,
            versions,
            cases or CaseSource(),
            assumptions,
            mode,
            policy,
            program,
            as_of,
            by_date,
            gates,
            self._parameters(),
            self.file,
            self.root,
        )

    def _there(self, path: str, key: str, section: Section | None = None) -> None:
        if path and not isfile(self.root / path):
            (section or self.section).fail(
                "missing-file", f"there is no file {path}", "paths count from the folder beside the guidelines", key
            )

    def _versions(self, section: Section | None, what: str) -> tuple[tuple[str, str], ...]:
        out = []
        known = known_versions(self.library)
        for key, value in section.value if section else ():
            version = take_value(value, f"the version of {key.text}", "version")
            versions = known.get(key.text, {})
            if not versions:
                told = f"there is no guideline, plan or program {key.text} that decides"
                key.fail("unknown-guideline", told, nearest(key.text, known))
            elif version is not None and version not in versions:
                value.fail(
                    "unknown-guideline", f"there is no version {version} of {key.text}", nearest(version, versions)
                )
            elif version is not None:
                out.append((key.text, version))
        if section is not None and not section.keys:
            section.fail("bad-scenario", f"`{what}` names no guideline, plan or program")
        return tuple(out)

    def _draft(
        self, name: str, question: str, baseline: tuple[tuple[str, str], ...]
    ) -> tuple[Draft | None, tuple[tuple[str, str], ...]]:
        """The draft, or the versions that take the place of the baseline's."""
        given = self.section.take("draft", "any")
        if isinstance(given, Scalar):
            path = take_value(given, "`draft`", "line", default="")
            self._there(path, "draft")
            if path and isfile(self.root / path):
                draft = self._loaded(lambda: load_draft(self.root / path, self.library))
                return self._fits(draft, dict(baseline)), ()
            return None, ()
        section = open_section(given, "a draft", TRIED)
        if section is None:
            return None, ()
        if "version" not in section:
            draft = self._loaded(lambda: load_draft(section.value, self.library))
            if draft is not None:
                ids = {c.guideline for c in draft.changes} & set(dict(baseline))
                base = tuple((i, DraftBase(v, base_digest(self.library, i, v))) for i, v in baseline if i in ids)
                draft = replace(
                    draft,
                    draft=name if draft.draft == "unnamed" else draft.draft,
                    reason=draft.reason or question,
                    base=draft.base or base,
                )
            return self._fits(draft, dict(baseline)), ()
        versions = self._versions(section.take("version", "section"), "version")
        section.finish()
        for id_, version in versions:
            if dict(baseline).get(id_) == version:
                section.fail("bad-scenario", f"the draft is {id_}/{version}, as the baseline is", key="version")
            elif id_ not in dict(baseline) and not self._first(id_):
                section.fail("bad-scenario", f"the baseline names no version of {id_}", "add it there", "version")
        return None, versions

    def _first(self, id_: str) -> bool:
        """Whether this is a plan that has no overlay in force: its first one is compared with none."""
        return all(
            isinstance(v, Overlay) and v.status not in DECIDES for v in known_versions(self.library)[id_].values()
        )

    def _fits(self, draft: Draft | None, baseline: Mapping[str, str]) -> Draft | None:
        """A draft that was made on another version would change nothing in the baseline."""
        for id_, base in draft.base if draft else ():
            if id_ in baseline and baseline[id_] != base.version:
                self.section.fail(
                    "bad-scenario",
                    f"the draft was made on {id_}/{base.version}, the baseline is {id_}/{baseline[id_]}",
                    key="draft",
                )
        return draft

    def _loaded(self, load: Callable[[], Loaded]) -> Loaded | None:
        try:
            return load()
        except ProblemsFound as found:
            self.problems.extend([p for p in found.problems if p not in self.problems])
            return None

    def _cases(self, section: Section | None) -> CaseSource | None:
        if section is None:
            return None
        section.what = "`cases`"
        if ("generate" in section) == ("file" in section):
            section.fail(
                "bad-scenario",
                "cases are generated or come from a file",
                "write {generate: 5000, seed: 7} or {file: …}",
            )
        cases = CaseSource(
            section.take("generate", "integer", default=0),
            section.take("seed", "integer", default=1),
            section.take("file", "line", default=""),
            section.take("source", "line", default=""),
            section.take("mapping", "line", default=""),
        )
        if cases.source and cases.source not in SOURCES:
            section.fail("bad-scenario", f"there is no source {cases.source}", nearest(cases.source, SOURCES), "source")
        for key in ("file", "mapping"):
            self._there(getattr(cases, key), key, section)
        section.finish()
        return cases

    def _assumptions(self, path: str) -> Assumptions | None:
        self._there(path, "assumptions")
        if not path or not isfile(self.root / path):
            return None
        return self._loaded(lambda: load_assumptions(self.root / path, self.library))

    def _day(self) -> date | None:
        """`as_of`; a notebook hands days over as texts."""
        given = self.section.take("as_of", "any")
        if given is None or isinstance(given, Scalar) and given.kind == "null":
            return None
        if isinstance(given, Scalar) and given.kind == "text":
            try:
                return date.fromisoformat(given.text)
            except ValueError:
                pass
        return take_value(given, "`as_of`", "date")

    def _gates(self, section: Section | None) -> Iterator[Gate]:
        for key, value in section.value if section else ():
            if key.text not in GATES:
                key.fail("unknown-gate", f"{key.text} is not a rate", nearest(key.text, GATES))
                continue
            one = open_section(value, f"the gate {key.text}", GATE[key.text])
            if one is None:
                continue
            if not one.keys:
                one.fail("bad-scenario", f"the gate {key.text} has no bound", "write at_least or at_most")
            for bound in BOUNDS:
                limit = one.take(bound, "number")
                if limit is not None:
                    yield Gate(key.text, bound, limit)
            one.finish()

    def _rest(self, notebook: str) -> None:
        """Keys that are none of a scenario's must be parameters of its notebook."""
        extra = [k for k, _ in self.section.value if k.text not in KEYS]
        if not self.file or not isfile(self.root / notebook):
            self.section.finish()
            return
        from workbench.review.notebook import parameters_of

        known = parameters_of(self.root / notebook)
        for key in extra:
            if key.text not in known:
                key.fail(
                    "notebook-parameter",
                    f"neither a scenario nor {notebook} has `{key.text}`",
                    nearest(key.text, {*KEYS, *known}),
                )
        for key, value in self.section.value:
            parameter = known.get(key.text)
            wrong = parameter.misfit(plain(value)) if parameter else ""
            if wrong:
                value.fail("notebook-parameter", f"{notebook} takes for `{key.text}` {wrong}")
            elif parameter is None and key.text in KEYS and key.text != "notebook":
                key.fail(
                    "notebook-parameter",
                    f"{notebook} has no parameter `{key.text}`",
                    nearest(key.text, known) or "add it to the cell tagged `parameters`",
                )

    def _parameters(self) -> dict[str, object]:
        return {k.text: plain(v) for k, v in self.section.value if k.text != "notebook"}


def plain(value: Value) -> object:
    """A value of a file as plain matter that a notebook can be given: days as texts, decimals as floats."""
    if isinstance(value, Pairs):
        return {k.text: plain(v) for k, v in value}
    if isinstance(value, Items):
        return [plain(v) for v in value.values]
    assert isinstance(value, Scalar)
    if isinstance(value.value, Decimal):
        return int(value.value) if value.kind == "integer" else float(value.value)
    return value.value if value.kind in ("boolean", "null") else value.text
