"""`examples.yaml` beside a guideline, a base or a program: named requests, the determination that a clinician expects,
and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbench.cases.request import read_facts
from workbench.cases.values import Value as FactValue
from workbench.documents.section import Section, open_section
from workbench.documents.yaml_places import Items, Pairs, Scalar, Value, read_yaml
from workbench.engine.decision import BUILT_IN
from workbench.errors import Problems, nearest
from workbench.guideline.forms import EXAMPLE, EXPECTED_LISTS, EXPECTED_NUMBERS, expected_form
from workbench.guideline.model import Library

WRITTEN, RESTATED = "written", "restated"


@dataclass(frozen=True)
class Example:
    """A request as facts in their types (missing ones absent) and the columns of its record that are expected:
    `determination` always; numbers as int or None; lists as tuples. `kind` is written (with the reason that a
    clinician has, `why`) or restated (generated from a row of a table); `versions` are those for which it holds, empty
    for all that run; `entry` is the example of the file that it is one request of, its own name where that has one."""

    name: str
    request: Mapping[str, FactValue]
    expect: Mapping[str, object]
    line: int
    file: str = ""
    why: str = ""
    kind: str = WRITTEN
    versions: tuple[str, ...] = ()
    program: str | None = None
    entry: str = field(default="", compare=False)


@dataclass(frozen=True)
class _Read:
    """An entry of the file: what others may lean on, and its examples, one for each request."""

    line: int
    rows: tuple[dict[str, FactValue], ...]
    examples: tuple[Example, ...]


def load_examples(path: Path | str, library: Library) -> tuple[Example, ...]:
    """The examples of one file, one for each request. Raises ProblemsFound with all that is wrong in it."""
    problems = Problems()
    root = read_yaml(path, problems)
    entries: dict[str, _Read] = {}
    if isinstance(root, Items):
        for value in root.values:
            one = open_section(value, "an example", EXAMPLE)
            if one is None:
                continue
            name = one.take("name", "line", default="")
            read = _read(one, name, entries, library)
            if name in entries:
                value.fail(
                    "duplicate-id", f"two examples are named {name!r}", f"the other stands in line {entries[name].line}"
                )
            else:
                _same_reason(one, read, entries)
                entries[name] = read
    elif root is not None:
        root.fail("wrong-value", "examples.yaml is a list of examples", "begin each with - name:")
    problems.check()
    return tuple(example for read in entries.values() for example in read.examples)


def _read(one: Section, name: str, above: Mapping[str, _Read], library: Library) -> _Read:
    why = one.take("why", "text", default="")
    lent = _lent(one, above)
    request = one.take("request", "section")
    if request is None and "like" not in one and "request" not in one:
        one.fail("missing-key", "an example lacks `request`", "or `like`, the example whose request it takes")
    own = request.value if request is not None else Pairs(one.value.document, one.value.line, one.value.column, ())
    each = one.take("each", "section")
    rows, labels = _rows(own, lent, each, library) if request is not None or "like" in one else ((), ())
    expect = one.take("expect", "section")
    example = Example(
        name,
        {},
        {} if expect is None else _expected(expect, library),
        one.value.line,
        one.value.document.file,
        " ".join(why.split()),
        versions=_versions(one, library),
        program=_program(one, library),
        entry=name,
    )
    one.finish()
    many = len(rows) > 1
    examples = (
        replace(example, name=f"{name} ({label})" if many else name, request=row)
        for row, label in zip(rows, labels, strict=True)
    )
    return _Read(one.value.line, rows, tuple(examples))


def _same_reason(one: Section, read: _Read, above: Mapping[str, _Read]) -> None:
    """A reason that another example gives word for word is none of this one's."""
    why = read.examples[0].why if read.examples else ""
    other = next((name for name, r in above.items() if r.examples and r.examples[0].why == why), None)
    if why and other is not None:
        one.fail("same-reason", f"`why` is word for word that of “{other}”", "say what is true of this one", "why")


def _lent(one: Section, above: Mapping[str, _Read]) -> tuple[dict[str, FactValue], ...]:
    """The requests of the example that this one is like; one of no facts where it is like none."""
    like = one.take("like", "line")
    if like is None:
        return ({},)
    if like not in above:
        one.fail("unknown-example", f"no example above is named {like!r}", nearest(like, above), "like")
        return ({"discipline": "PT"},)  # so that its absence is not told beside what is wrong
    return above[like].rows or ({},)


def _rows(
    own: Pairs, lent: tuple[dict[str, FactValue], ...], each: Section | None, library: Library
) -> tuple[tuple[dict[str, FactValue], ...], tuple[str, ...]]:
    """The requests of an example, and what tells them apart."""
    columns = _columns(each)
    length = len(next(iter(columns.values()))) if columns else len(lent)
    if columns and len(lent) != length:  # other requests: what all those of the lent one share is theirs too
        shared = [(k, v) for k, v in lent[0].items() if all(k in row and row[k] == v for row in lent)]
        lent = (dict(shared),) * length
    rows, labels = [], []
    for i in range(length):
        pairs = [(k, v) for k, v in own if k.text not in {name.text for name in columns}]
        pairs += [(name, values[i]) for name, values in columns.items()]
        rows.append(read_facts(Pairs(own.document, own.line, own.column, tuple(pairs)), library, lent[i]))
        labels.append(_label([values[i] for values in columns.values()], rows[-1]))
    # A request is told by its name, so that no two have one.
    numbered = (x if labels.count(x) == 1 else f"{x}, {i + 1}".lstrip(", ") for i, x in enumerate(labels))
    return tuple(rows), tuple(numbered)


def _columns(each: Section | None) -> dict[Scalar, tuple[Value, ...]]:
    """The lists of `each`, all of one length."""
    if each is None:
        return {}
    columns: dict[Scalar, tuple[Value, ...]] = {}
    for key, value in each.value:
        if not isinstance(value, Items) or not value.values:
            value.fail("wrong-value", f"`{key.text}` of `each` wants a list of values", f"write {key.text}: [a, b]")
        elif columns and len(value.values) != len(next(iter(columns.values()))):
            first = next(iter(columns))
            value.fail(
                "wrong-value",
                f"`{key.text}` has {len(value.values)} values and `{first.text}` {len(columns[first])}; all lists of "
                "`each` are of one length",
            )
        else:
            columns[key] = value.values
    if not each.value.pairs:
        each.value.fail("wrong-value", "`each` is empty", "leave the key out")
    return columns


def _label(values: Iterable[Value], row: Mapping[str, FactValue]) -> str:
    """What tells a request of `each` from the others: its first two values, else its discipline and diagnosis."""
    own = [v.text if isinstance(v, Scalar) else "+".join(_words(v)) for v in values][:2]
    return " ".join(own) or " ".join(str(row[n]) for n in ("discipline", "diagnosis") if n in row)


def _words(value: Value) -> list[str]:
    return [v.text for v in value.values if isinstance(v, Scalar)] if isinstance(value, Items) else []


def _versions(one: Section, library: Library) -> tuple[str, ...]:
    named = one.take("versions", "texts", default=())
    known = dict.fromkeys(g.version for g in library.guidelines if not g.base)
    for version in named:
        if version not in known:
            one.fail("unknown-guideline", f"no guideline has a version {version}", nearest(version, known), "versions")
    return named


def _program(one: Section, library: Library) -> str | None:
    named = one.take("program", "name")
    known = dict.fromkeys(p.program for p in library.programs)
    if named is not None and named not in known:
        one.fail("unknown-program", f"there is no program {named}", nearest(named, known), "program")
        return None
    return named


def _expected(expect: Section, library: Library) -> dict[str, object]:
    expect = Section(expect.value, "an expectation", expected_form(_reasons(library)))
    out: dict[str, object] = {"determination": expect.take("determination", "line")}
    for key in EXPECTED_LISTS:
        if key in expect:
            out[key] = expect.take(key, "texts", default=())
    if "urgent" in expect:
        out["urgent"] = expect.take("urgent", "boolean")
    out |= {key: expect.take(key, "integer") for key in EXPECTED_NUMBERS if key in expect}
    expect.finish()
    return out


def _reasons(library: Library) -> tuple[str, ...]:
    lists = [x for g in library.guidelines for x in (g.exemptions, g.waivers, g.criteria)]
    lists += [o.waivers for o in library.overlays]
    return tuple(dict.fromkeys([*BUILT_IN, *(item.id for items in lists for item in items)]))
