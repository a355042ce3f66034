"""Strategies for whole guideline folders as they are once loaded, for settings to decide with, and for requests.

Nothing here has to be sensible: scopes overlap, rows hide one another, plans change what they like. It only has to be
something that could be loaded, so that every reading must decide it alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from generative.boundaries import Near, near
from generative.expressions import PARAMETERS, TYPES, conditions, parameter_values
from workbench.engine.decision import LIMIT_FACTS
from workbench.engine.setting import Setting
from workbench.errors import ProblemsFound
from workbench.facts import facts as fact_table
from workbench.guideline.limit_cells import KEY_KINDS, CellReader
from workbench.guideline.model import (
    BenefitLimit,
    Cell,
    Change,
    ConditionRow,
    Criterion,
    Draft,
    Exemption,
    Guideline,
    Library,
    LimitRow,
    Overlay,
    Parameter,
    Program,
    ProgramRow,
    Waiver,
)
from workbench.guideline.resolve import resolve
from workbench.language.build import call
from workbench.language.show import show
from workbench.language.tree import BOOLEAN, STRING, Fact, Literal, Node, looked_at, parameter_names

DAYS = (date(2019, 11, 1), date(2020, 2, 29), date(2026, 1, 1), date(2026, 7, 1))
CONDITIONS = ("acl_reconstruction", "autism", "low_back_pain")
LINES = ("commercial", "medicare_advantage", "medicaid")
STATES = ("ME", "TX", "CO")
DISCIPLINES = ("PT", "OT", "ST")
INTENTS = ("rehabilitative", "habilitative", "maintenance")
PLANS = ("harbor", "summit")
CODES = ("97110", "97530", "97033")
_CELLS = CellReader({"condition": CONDITIONS, "measure": ("lefs", "odi")})
_KEYS = [
    n
    for n, f in fact_table().items()
    if f.in_expressions and f.kind in KEY_KINDS and n not in ("measure", "second_measure")
]
# Columns that real limit tables have, so that rows match now and then.
_USUAL = ("intent", "condition", "complexity", "age_years", "post_surgical", "visits_used", "review_type")
# What decides beside the expressions.
_ALWAYS = (
    "received_on",
    "requested_start",
    "discipline",
    "intent",
    "line_of_business",
    "state",
    "plan",
    "procedures",
    "visits_used_this_year",
    "condition",
    "complexity",
    "age_years",
    "post_surgical",
    "review_type",
    *LIMIT_FACTS,
)


# ------------------------------------------------------------------------------------------------------- guidelines


@st.composite
def cells(draw) -> tuple[Cell, ...]:
    usual = draw(st.lists(st.sampled_from(_USUAL), max_size=3, unique=True))
    others = draw(st.lists(st.sampled_from(_KEYS), max_size=1))
    return tuple(_CELLS.read(name, draw(cell_texts(name))) for name in dict.fromkeys([*usual, *others]))


def cell_texts(name: str) -> st.SearchStrategy[str]:
    fact, type_ = fact_table()[name], _CELLS.types[name]
    if type_ == BOOLEAN:
        return st.sampled_from(("true", "false"))
    if type_.kind == "string":
        return st.sampled_from(type_.choices)
    low, high = fact.low, min(fact.high, fact.low + 100) if draw_near(fact.low) else fact.high
    number = (
        st.integers(int(low), int(high)).map(str)
        if fact.kind == "integer"
        else st.decimals(low, high, places=1, allow_nan=False).map(lambda d: format(d, "f"))
    )
    return st.tuples(number, number).map(lambda ends: "..".join(sorted(ends, key=Decimal)))


def draw_near(low: Decimal) -> bool:
    return abs(low) <= 1


@st.composite
def limit_rows(draw) -> tuple[LimitRow, ...]:
    rates = st.none() | st.sampled_from((Decimal(0), Decimal("0.5"), Decimal("2.5"), Decimal(3)))
    counts = st.sampled_from(("episode", "episode", "request"))
    rows = [
        LimitRow(
            f"row{i}",
            draw(cells()),
            draw(st.integers(0, 40)),
            draw(st.integers(0, 30)),
            draw(rates),
            "s",
            "consensus",
            counts=draw(counts),
        )
        for i in range(draw(st.integers(0, 5)))
    ]
    if draw(st.integers(0, 3)):  # mostly one that catches the rest
        rows.append(
            LimitRow(
                "rest",
                (),
                draw(st.integers(4, 500)),
                draw(st.integers(4, 120)),
                draw(rates),
                "s",
                "consensus",
                counts=draw(counts),
            )
        )
    return tuple(rows)


@st.composite
def parameters(draw) -> tuple[Parameter, ...]:
    values = draw(parameter_values())
    return tuple(
        Parameter(n, n, values[n], unit, Decimal(low), Decimal(high), Decimal("0.5"), "", "s", "consensus", DAYS[0])
        for n, (unit, low, high) in PARAMETERS.items()
    )


def sometimes(strategy: st.SearchStrategy, one_in: int = 2) -> st.SearchStrategy:
    return st.integers(1, one_in).flatmap(lambda n: strategy if n == one_in else st.none())


@st.composite
def rarely_true(draw, depth: int) -> Node:
    """A condition that seldom holds, so that requests come past it."""
    rare = draw(st.sampled_from((("evaluation_only", "true"), ("condition", "autism"), ("age_years", "3..9"))))
    guard = _CELLS.read(*rare).node
    return call("and", guard, draw(conditions(depth))) if draw(st.integers(0, 5)) else draw(conditions(depth))


@st.composite
def often_true(draw, depth: int) -> Node:
    """A condition that mostly holds, so that some requests are approved."""
    node = draw(conditions(depth))
    form = draw(st.integers(0, 3))
    if form == 0:
        return node
    usual = draw(st.sampled_from((("in_network", "true"), ("plan_of_care", "true"), ("visits_used", "0..300"))))
    return call("or", _CELLS.read(*usual).node, node) if form < 3 else _CELLS.read(*usual).node


@st.composite
def criteria(draw, prefix: str, most: int = 3) -> tuple[Criterion, ...]:
    out = []
    for i in range(draw(st.integers(0, most))):
        unmet = draw(st.sampled_from(("clinician_review", "clinician_review", "administrative")))
        out.append(
            Criterion(
                f"{prefix}{i}",
                "t",
                draw(often_true(2)),
                "s",
                draw(sometimes(conditions(1))),
                unmet,
                "c" if unmet == "administrative" else "",
                urgent=unmet != "administrative" and draw(st.integers(0, 3)) == 3,
                papers_wait=unmet != "administrative" and draw(st.integers(0, 3)) == 3,
            )
        )
    return tuple(out)


@st.composite
def waivers(draw, prefix: str) -> tuple[Waiver, ...]:
    return tuple(
        Waiver(
            f"{prefix}{i}",
            "t",
            draw(st.integers(0, 30)),
            "s",
            draw(sometimes(st.integers(0, 20))),
            draw(sometimes(conditions(1))),
        )
        for i in range(draw(st.integers(0, 2)))
    )


@st.composite
def exemptions(draw, prefix: str) -> tuple[Exemption, ...]:
    size = draw(st.sampled_from((0, 0, 1, 2)))
    return tuple(Exemption(f"{prefix}{i}", "t", draw(rarely_true(1)), "s") for i in range(size))


def _is(fact: str, value: str) -> Node:
    return call("=", Fact(TYPES[fact], name=fact), Literal(STRING, value=value))


@st.composite
def scopes(draw, discipline: str) -> Node:
    form = draw(st.integers(0, 15))
    if form < 14:
        return _is("discipline", discipline)
    return Literal(BOOLEAN, value=True) if form == 14 else draw(conditions(1))


@st.composite
def guidelines(draw) -> tuple[Guideline, ...]:
    """A base with all parameters, and one or two guidelines on it in one or two versions."""
    out = [
        Guideline(
            "common",
            "1",
            "t",
            "published",
            DAYS[0],
            "",
            None,
            draw(parameters()),
            draw(exemptions("be")),
            draw(waivers("bw")),
            draw(criteria("bc", 2)),
            None,
            "f",
        )
    ]
    for discipline in draw(st.sampled_from((("PT",), ("PT", "OT")))):
        starts = draw(st.sampled_from((DAYS[:1], DAYS[:2], DAYS[:3:2], DAYS[1:3])))
        for i, start in enumerate(starts):
            status = draw(st.sampled_from(("published", "published", "published", "retired", "in_review")))
            own = draw(st.lists(st.sampled_from(out[0].parameters), max_size=2, unique=True))
            own = tuple(replace(p, value=draw(st.sampled_from((p.low, p.high)))) for p in own)
            mine = draw(criteria("c"))
            if out[0].criteria and draw(st.booleans()):  # the same id takes its place
                mine = (*mine, replace(out[0].criteria[0], requires=draw(often_true(2))))
            out.append(
                Guideline(
                    f"therapy-{discipline.lower()}",
                    str(i + 1),
                    "t",
                    status,
                    start,
                    "common/1",
                    draw(scopes(discipline)),
                    own,
                    draw(exemptions("e")),
                    draw(waivers("w")),
                    mine,
                    draw(limit_rows()),
                    "f",
                )
            )
    return tuple(out)


# ---------------------------------------------------------------------------------------------------------- changes


@st.composite
def changes(draw, guideline: Guideline) -> tuple[Change, ...]:
    """Changes that match something in this version."""
    steps: list[Change] = []

    def step(target, kind, ids=(), where=None, **body):
        steps.append(Change(guideline.id, target, kind, tuple(ids), where, tuple(body.items())))

    for name in draw(st.lists(st.sampled_from(sorted(PARAMETERS)), max_size=2, unique=True)):
        _, low, high = PARAMETERS[name]
        step("parameters", "change", [name], value=(("set", Decimal(draw(st.integers(low, high)))),))
    rows = [r.id for r in guideline.limits]
    amount = st.sampled_from(
        (
            (("set", Decimal(9)),),
            (("add", Decimal(3)),),
            (("multiply", Decimal("1.25")),),
            (("at_most", Decimal(12)),),
            (("at_least", Decimal(6)), ("multiply", Decimal("0.5"))),
        )
    )
    if rows and draw(st.booleans()):
        step("limits", "change", [draw(st.sampled_from(rows))], visits=draw(amount), weeks=draw(amount))
    if rows and draw(st.booleans()):
        step("limits", "change", where=(), visits=draw(amount))
    if rows and draw(st.integers(0, 3)) == 0:
        step("limits", "drop", [draw(st.sampled_from(rows))])
    if draw(st.integers(0, 3)) == 0:
        wide = {c.fact: c.text for c in draw(cells())}
        step(
            "limits",
            "add",
            ["added_row"],
            visits=Decimal(10),
            weeks=Decimal(8),
            source="s",
            evidence="consensus",
            **wide,
        )
    ids = [c.id for c in guideline.criteria]
    if ids and draw(st.booleans()):
        step("criteria", "change", [draw(st.sampled_from(ids))], requires=show(draw(often_true(2))))
    if draw(st.integers(0, 2)) == 0:
        step(
            "criteria",
            "add",
            ["added"],
            text="t",
            requires=show(draw(often_true(1))),
            source="s",
            applies=show(draw(conditions(1))),
        )
    if draw(st.integers(0, 3)) == 0:
        step("exemptions", "add", ["exempted"], text="t", when=show(draw(rarely_true(1))), source="s")
    if draw(st.integers(0, 3)) == 0:
        step("waivers", "add", ["waived"], text="t", visits=Decimal(4), source="s")
    return tuple(steps)


@st.composite
def overlays(draw, decide: tuple[Guideline, ...]) -> tuple[Overlay, ...]:
    out = []
    for plan in draw(st.lists(st.sampled_from(PLANS), max_size=2, unique=True)):
        for i, start in enumerate(draw(st.sampled_from((DAYS[:1], DAYS[:1], DAYS[1:3], DAYS[2:3])))):
            lines = tuple(draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=2, unique=True)))
            benefit = BenefitLimit(draw(st.integers(1, 40)), "s", draw(_some(DISCIPLINES)), draw(_some(INTENTS)))
            target = draw(st.sampled_from(decide))
            status = draw(st.sampled_from(("published", "published", "draft")))
            out.append(
                Overlay(
                    plan,
                    str(i + 1),
                    "t",
                    status,
                    start,
                    lines,
                    "s",
                    90,
                    draw(waivers("pw")),
                    draw(_some(CODES)),
                    draw(sometimes(st.just(benefit))),
                    draw(changes(target)) if draw(st.booleans()) else (),
                )
            )
    return tuple(out)


def _some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


@st.composite
def programs(draw) -> tuple[Program, ...]:
    out = []
    for i, published in enumerate(draw(st.lists(st.sampled_from(DAYS), max_size=2, unique=True))):
        rows: list[ProgramRow] = []
        for line in draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=3, unique=True)):
            named = draw(st.lists(st.sampled_from(STATES), max_size=2, unique=True))
            parts: list[tuple[str, ...] | None] = [(s,) for s in named]
            parts += [None] if draw(st.booleans()) or not parts else []
            for states in parts:
                planned = draw(st.integers(0, 3)) == 0
                review = None if planned else draw(st.sampled_from(DAYS[:3]))
                first = draw(sometimes(st.sampled_from((DAYS[0], DAYS[2], DAYS[3]))))
                disciplines = draw(st.sampled_from((DISCIPLINES, ("PT",))))
                rows.append(
                    ProgramRow(
                        line,
                        states,
                        disciplines,
                        "s",
                        first,
                        review,
                        "later" if planned else "",
                        draw(sometimes(_exempting())),
                    )
                )
        out.append(Program("review", str(i + 1), "t", published, tuple(rows)))
    return tuple(out)


def _exempting() -> st.SearchStrategy[Node]:
    """Programs have no parameters, so that only facts stand there."""
    return conditions(2).map(lambda n: Literal(BOOLEAN, value=False) if parameter_names(n) else n)


# --------------------------------------------------------------------------------------------------------- settings


@dataclass(frozen=True)
class Case:
    setting: Setting
    facts: tuple[str, ...]  # what can matter
    near: Near  # the values of facts at which something turns


@st.composite
def cases(draw, *, drafted: bool = False) -> Case:
    """Something to decide with, and the facts that it looks at; `drafted` has a draft always, as far as one loads."""
    some = draw(guidelines())
    decide = tuple(g for g in some if not g.base)
    library = Library(
        "generated",
        {},
        {},
        {"": (ConditionRow("autism", "t", (), (), ()),)},
        some,
        draw(overlays(decide)),
        draw(programs()),
    )
    draft = None
    if drafted or draw(st.integers(0, 2)) == 0:
        target = draw(st.sampled_from(decide))
        plans = {o.plan for o in library.overlays}
        for_plan = tuple((p, draw(changes(target))) for p in sorted(plans) if draw(st.booleans()))
        draft = Draft("d", "a", "r", None, (), draw(changes(target)), for_plan)
    library, draft = _loadable(library, draft)
    program = "review" if library.programs and draw(st.booleans()) else None
    pins = tuple((g.id, g.version) for g in decide if draw(st.integers(0, 9)) == 0)
    late = date(2026, 12, 31)
    day = draw(st.sampled_from((*DAYS, late, late, late, date(2019, 1, 1)))) if draw(st.booleans()) else None
    setting = Setting(library, day, program, draft, pins)
    return Case(setting, tuple(dict.fromkeys((*_ALWAYS, *sorted(_used(library, draft))))), near(setting))


def told(case: Case) -> str:
    """What decides, in the words of the language."""
    setting = case.setting
    lines = [f"as of {setting.as_of}, program {setting.program}, draft {setting.draft}, pins {setting.pins}"]
    for guideline in setting.library.guidelines:
        lines.append(f"{guideline.name} {guideline.status} from {guideline.effective}")
        lines += [
            f"  {c.id}: {show(c.applies) if c.applies else 'always'} -> {show(c.requires)}" for c in guideline.criteria
        ]
    return "\n".join(lines)


def _loadable(library: Library, draft: Draft | None) -> tuple[Library, Draft | None]:
    """Without the changes that do not apply in every version that they meet: those would never load."""
    decide = [g for g in library.guidelines if not g.base]

    def applies(lib: Library, draft: Draft | None, overlays: Iterable[Overlay | None]) -> bool:
        try:
            for guideline in decide:
                for overlay in overlays:
                    resolve(lib, guideline.id, guideline.version, overlay, draft)
        except ProblemsFound:
            return False
        return True

    kept = tuple(
        o if applies(replace(library, overlays=(o,)), None, [o]) else replace(o, changes=()) for o in library.overlays
    )
    library = replace(library, overlays=kept)
    return library, draft if draft and applies(library, draft, (None, *kept)) else None


def _used(library: Library, draft: Draft | None) -> set[str]:
    """The facts of every expression and cell that can come to bear."""
    nodes: list[Node | None] = [r.exempt_when for p in library.programs for r in p.rows]
    for guideline in library.guidelines:
        if guideline.base:
            continue
        for overlay in (None, *library.overlays):
            rules = resolve(library, guideline.id, guideline.version, overlay, draft).rules
            nodes += [rules.scope, *(e.when for e in rules.exemptions), *(w.when for w in rules.waivers)]
            nodes += [n for c in rules.criteria for n in (c.applies, c.requires)]
            nodes += [c.node for r in rules.limits for c in r.cells]
    return set(looked_at(*nodes))
