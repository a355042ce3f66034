"""Assumptions files: values for facts that real files lack, each with its reason, for replays alone.

    assumptions: hearing-orders
    facts:
      plan_of_care: {value: true, reason: "…"}
      intent:
        - {where: {condition: autism}, value: habilitative, reason: "…"}
        - {value: rehabilitative, reason: "…"}

Of several entries for a fact, the first whose `where` is known to hold is taken. `where` looks at what was recorded
or derived, never at another assumption, so that the order of facts does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from workbench.cases.derive import derive, derived
from workbench.cases.frame import SCHEMA, Frame
from workbench.cases.request import unwrapped
from workbench.cases.values import Misfit, Value, checked
from workbench.documents.form import Form, Key
from workbench.documents.section import Section, open_section
from workbench.documents.yaml_places import Items, read_yaml
from workbench.documents.yaml_places import Value as YamlValue
from workbench.errors import Problems, nearest
from workbench.facts import REQUIRED, Fact, facts
from workbench.guideline.model import Library
from workbench.language.columnar import compile_
from workbench.language.names import names
from workbench.language.syntax import parse

ASSUMED = "assumed"  # the column that lists a row's assumed facts, in the order of the fact table
# Without these nothing could be told apart, or history would be made up.
_NEVER = {
    **{name: "it identifies a request" for name in (*REQUIRED, "member_id", "episode_id")},
    **{f.name: "it is an outcome" for f in facts().values() if f.group == "outcome"},
}


_LOOKED_AT = tuple(n for n, f in facts().items() if f.in_expressions and f.kind != "code list")
_VALUE = (Key("", "scalar"), Key("", "items", each=Key("", "line")))
ASSUMPTION = Form(
    "assumption",
    "A value that stands in for a missing fact in a replay, with its reason.",
    (
        Key("value", "any", "the value", also=_VALUE),
        Key("reason", "text", "why this value"),
        Key(
            "where",
            "section",
            "fact → the value that it must be known to have; looks at what is recorded, never at another assumption",
            required=False,
            each=Key("", "scalar"),
            named=Key("", "line", choices=_LOOKED_AT),
        ),
    ),
)
_ONE = Key("", "section", form=ASSUMPTION)
ASSUMPTIONS = Form(
    "assumptions",
    "What replays assume where a file says nothing. A single decision never assumes.",
    (
        Key("assumptions", "name", "its name"),
        Key(
            "facts",
            "section",
            "fact → one entry, or a list of which the first whose `where` holds is taken",
            each=Key("", "any", also=(_ONE, Key("", "sections", form=ASSUMPTION))),
            named=Key("", "line", choices=tuple(n for n in facts() if n not in _NEVER)),
        ),
    ),
)


@dataclass(frozen=True)
class Assumption:
    """`where` holds (fact, value) pairs that must all be known to be equal."""

    fact: str
    value: Value
    reason: str
    where: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True)
class Assumptions:
    name: str
    entries: tuple[Assumption, ...]
    file: str = ""


def load_assumptions(path: str | Path, library: Library) -> Assumptions:
    """Raises ProblemsFound with everything that is wrong in the file."""
    problems = Problems()
    top = open_section(read_yaml(path, problems), "an assumptions file", ASSUMPTIONS)
    name, entries = "", []
    if top is not None:
        name = top.take("assumptions", "name") or ""
        section = top.take("facts", "section")
        top.finish()
        for key, value in section.value if section is not None else ():
            fact = facts().get(key.text)
            if fact is None:
                key.fail("unknown-key", f"{key.text} is not a fact", nearest(key.text, facts()))
            elif key.text in _NEVER:
                key.fail("bad-assumption", f"{key.text} is never assumed: {_NEVER[key.text]}")
            elif isinstance(value, Items) and not value.values:
                value.fail("wrong-value", f"{key.text} is an empty list", "leave the fact out")
            else:
                for item in value.values if isinstance(value, Items) else (value,):
                    entry = _entry(fact, open_section(item, key.text, ASSUMPTION), library)
                    if entry is not None:
                        entries.append(entry)
                _reachable(key.text, value, entries)
    problems.check()
    return Assumptions(name, tuple(entries), str(path))


def _entry(fact: Fact, section: Section | None, library: Library) -> Assumption | None:
    if section is None:
        return None
    value = _value(fact, section, library)
    reason = section.take("reason", "text")
    where = []
    condition = section.take("where", "section")
    section.finish()
    for key, wanted in condition.value if condition is not None else ():
        other = facts().get(key.text)
        if other is None or other.kind == "code list" or not other.in_expressions or other is fact:
            key.fail(
                "bad-assumption",
                f"`where` can not look at {key.text}",
                nearest(key.text, [n for n, f in facts().items() if f.in_expressions and f is not fact]),
            )
            continue
        held = checked(other, unwrapped(wanted), library)
        if isinstance(held, Misfit):
            wanted.fail("bad-assumption", held.message, held.hint)
        elif held is None:
            wanted.fail("bad-assumption", f"{key.text} has no value here")
        else:
            where.append((key.text, held))
    return None if value is None or not reason else Assumption(fact.name, value, reason, tuple(where))


def _value(fact: Fact, section: Section, library: Library) -> Value:
    given = section.take("value", "any")
    if given is None:
        return None
    value = checked(fact, unwrapped(given), library)
    if isinstance(value, Misfit):
        given.fail("bad-assumption", value.message, value.hint)
        return None
    if value is None:
        given.fail("bad-assumption", f"{fact.name} has no value here", "leave the fact out: it stays missing")
    return value


def _reachable(name: str, value: YamlValue, entries: list[Assumption]) -> None:
    if not isinstance(value, Items):
        return
    mine = [e for e in entries if e.fact == name]
    if any(not e.where for e in mine[:-1]):
        value.fail(
            "bad-assumption",
            f"{name}: entries after one without `where` are never taken",
            "put the one without `where` last",
        )


def assume(
    frame: Frame,
    assumptions: Assumptions | None,
    library: Library,
    as_of: date | None = None,
    pins: Mapping[str, str] | None = None,
) -> Frame:
    """The frame derived (as `derive` does), with what is still missing assumed and derived again, and the column
    `assumed`.

    A derived fact that rests on an assumption is not listed itself: its inputs are.
    """
    frame = derive(frame, library, as_of, pins)
    entries = assumptions.entries if assumptions is not None else ()
    told = [name for name in SCHEMA if any(e.fact == name for e in entries)]
    # Facts that make sense only where another one says so come second, and only where it does.
    phases = [[n for n in told if not facts()[n].only_where], [n for n in told if facts()[n].only_where]]
    # What is assumed looks at the frame as it is now, whatever is filled in afterwards.
    frame = frame.with_columns(
        *(_taken(n, entries).alias(f"_{n}") for n in told), *(pl.col(n).is_null().alias(f"_{n}_missing") for n in told)
    )
    for phase in phases:
        frame = frame.with_columns(
            pl.coalesce(n, pl.when(_makes_sense(n)).then(pl.col(f"_{n}"))).alias(n) for n in phase
        )
    lists = [pl.when(pl.col(f"_{n}_missing") & pl.col(n).is_not_null()).then(pl.lit(n)) for n in told]
    listed = pl.concat_list(lists).list.drop_nulls() if lists else pl.lit([], pl.List(pl.String))
    frame = frame.with_columns(listed.alias(ASSUMED))
    frame = frame.drop(f"_{n}{end}" for n in told for end in ("", "_missing"))
    return derived(frame, library, as_of, pins) if told else frame


def _makes_sense(name: str) -> pl.Expr:
    where = facts()[name].only_where
    node = parse(where, names({})).node if where else None
    return pl.lit(True) if node is None else compile_(node, {}).fill_null(False)


def _taken(name: str, entries: tuple[Assumption, ...]) -> pl.Expr:
    """What is assumed of a fact in each row, null where nothing is."""
    taken = [pl.lit(None, SCHEMA[name])]
    for entry in entries:
        if entry.fact == name:
            holds = pl.lit(True)
            for other, value in entry.where:
                holds = holds & (pl.col(other) == _literal(other, value)).fill_null(False)
            taken.append(pl.when(holds).then(_literal(name, entry.value)))
    return pl.coalesce(taken)


def _literal(name: str, value: Value) -> pl.Expr:
    if isinstance(value, tuple):
        return pl.lit(list(value), dtype=pl.List(pl.String))
    return pl.lit(float(value) if isinstance(value, Decimal) else value, dtype=SCHEMA[name])
