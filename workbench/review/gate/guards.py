"""What a revision changes in what judges it: who may sign, the gates of scenarios, what examples expect.

None of it breaks anything by itself; all of it is put before the reader, since a change that comes with its own measure
would otherwise pass unseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from workbench.errors import ProblemsFound
from workbench.guideline.model import Library
from workbench.review.example_file import WRITTEN, Example
from workbench.review.examples import read_all
from workbench.review.scenario_file import Scenario, load_scenario
from workbench.review.signing.reviewers import Reviewer, load_reviewers

MOST = 8  # examples told one by one


def guards(base: Library, head: Library) -> Iterator[str]:
    """A sentence for each thing that stood guard and is otherwise now."""
    yield from _reviewers(load_reviewers(base.root), load_reviewers(head.root))
    yield from _gates(_scenarios(base), _scenarios(head))
    yield from _examples(_expected(base), _expected(head))


def _reviewers(one: Mapping[str, Reviewer], two: Mapping[str, Reviewer]) -> Iterator[str]:
    for id_ in sorted({*one, *two}):
        was, now = one.get(id_), two.get(id_)
        if now is None:
            yield f"who may sign: {id_} is gone"
        elif was is None:
            yield f"who may sign: {id_} is new ({now.name}, {now.credential}), as {', '.join(now.roles)}"
        else:
            for what, a, b in (
                ("roles", ", ".join(was.roles), ", ".join(now.roles)),
                ("key", was.key, now.key),
                ("last day", was.until or "none", now.until or "none"),
                ("name and credential", f"{was.name}, {was.credential}", f"{now.name}, {now.credential}"),
            ):
                if a != b:
                    yield f"who may sign: {id_}, {what}: {a} → {b}"


def _scenarios(library: Library) -> Mapping[str, Scenario]:
    """File name → scenario, of those that can be read; one that can not is told where it is run."""
    found = {}
    for path in sorted((Path(library.root).parent / "scenarios").glob("*.yaml")):
        try:
            found[path.name] = load_scenario(path, library)
        except ProblemsFound:
            continue
    return found


def _gates(one: Mapping[str, Scenario], two: Mapping[str, Scenario]) -> Iterator[str]:
    for file, was in one.items():
        now = two.get(file)
        held = {(g.name, g.bound): g.limit for g in was.gates}
        if now is None:
            if held:
                yield f"the scenario {was.name} is gone, and with it its gates: {', '.join(n for n, _ in held)}"
            continue
        holds = {(g.name, g.bound): g.limit for g in now.gates}
        for (name, bound), limit in held.items():
            words = bound.replace("_", " ")
            after = holds.get((name, bound))
            if after is None:
                yield f"the gate {name} {words} {limit} of {was.name} is gone"
            elif after != limit:
                looser = after > limit if bound == "at_most" else after < limit
                yield f"the gate {name} of {was.name} is {'looser' if looser else 'tighter'}: {words} {limit} → {after}"


def _expected(library: Library) -> Mapping[tuple[str, str], Example]:
    """(folder, name) → example, of those that somebody wrote."""
    return {(folder, e.name): e for folder, some in read_all(library).items() for e in some if e.kind == WRITTEN}


def _examples(one: Mapping[tuple[str, str], Example], two: Mapping[tuple[str, str], Example]) -> Iterator[str]:
    told = []
    for key, was in one.items():
        now = two.get(key)
        if now is None:
            told.append(f"the example “{was.name}” is gone")
        elif now.expect != was.expect:
            names = [n for n in {**was.expect, **now.expect} if was.expect.get(n) != now.expect.get(n)]
            what = "; ".join(f"{n} {_show(was.expect.get(n))} → {_show(now.expect.get(n))}" for n in names)
            told.append(f"the example “{was.name}” expects otherwise: {what}")
    yield from told[:MOST]
    if len(told) > MOST:
        yield f"and {len(told) - MOST} more examples are gone or expect otherwise"


def _show(value: object) -> str:
    if value is None:
        return "not said"
    return (", ".join(map(str, value)) or "none") if isinstance(value, tuple) else str(value)
