"""Steps 3 to 6 for a group of rows that one set of rules decides, as Polars expressions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

import polars as pl

from workbench.engine import decision as d
from workbench.engine.masks import bits, spell
from workbench.engine.terms import asks, asks_any, compile_, may_be_undefined
from workbench.guideline.model import Criterion, Rules
from workbench.language.tree import fact_names

MET, UNMET, UNKNOWN, UNDEFINED = 0, 1, 2, 3
# How step 5 comes out.
NO_LIMIT, LIMIT_UNKNOWN, LIMIT_REACHED, SUPPORTED, LIMIT_EXCEEDED = range(5)
_WORDS = {NO_LIMIT: "no_limit", LIMIT_UNKNOWN: "limit_unknown", LIMIT_REACHED: "limit_reached",
          LIMIT_EXCEEDED: "limit_exceeded"}
_VISITS, _WEEKS, _USED, _WEEKS_USED = (pl.col(n) for n in d.LIMIT_FACTS)
_DECIDED = pl.Enum(d.DETERMINATIONS)


@dataclass(frozen=True)
class Compiled:
    """The expressions that rules come to: stages, each of which may use the columns of those before it, and what
    says which facts are missing."""

    rules: Rules
    stages: tuple[tuple[pl.Expr, ...], ...]
    reasons: tuple[str, ...]
    criteria: tuple[str, ...]
    facts: tuple[str, ...]         # facts that can be listed as missing, sorted
    lacks: tuple[pl.Expr | None, ...]


def compile_rules(rules: Rules, *, named: bool) -> Compiled:
    """The expressions of these rules. `named`: a program is named."""
    criteria = _criteria(rules)
    overlay = f"{rules.plan}/{rules.overlay_version}" if rules.plan else None
    told = {"guideline": rules.guideline, "version": rules.version, "guideline_digest": rules.guideline_digest,
            "overlay": overlay, "overlay_digest": rules.overlay_digest or None}
    stages = (
        _asked(rules), [*_each_waiver(rules), *_exempted(rules), *_states(rules, criteria), _row(rules)],
        [*_waived(rules), *_limited(rules)], _amounts(rules), [_outcome()], [_determination(rules, criteria)],
        [*_granted(), *_mask_columns(rules, criteria),
         *(pl.lit(value, dtype=pl.String).alias(name) for name, value in told.items())])
    facts = tuple(sorted({*d.LIMIT_FACTS, "received_on", "procedures", "line_of_business", "state",
                          *fact_names(*(n for c in criteria[2:] for n in (c.applies, c.requires))),
                          *(c.fact for r in rules.limits for c in r.cells)}))
    return Compiled(rules, tuple(tuple(s) for s in stages), tuple(_reason_ids(rules, criteria)),
                    tuple(c.id for c in criteria), facts, tuple(_lacking(facts, rules, criteria, named)))


def decide_group(group: pl.DataFrame, compiled: Compiled) -> pl.DataFrame:
    """The group with the columns of the decision record."""
    lazy = group.lazy()
    for stage in compiled.stages:
        lazy = lazy.with_columns(stage)
    group = lazy.collect(optimizations=_options(group.height))
    return group.with_columns(spell(group, "_r", compiled.reasons).alias("reasons"),
                              spell(group, "_u", compiled.criteria).alias("undefined"),
                              _missing(group, compiled).alias("missing"))


def _options(rows: int) -> pl.QueryOptFlags:
    """Looking for common subexpressions takes longer than deciding a small group twice over."""
    return pl.QueryOptFlags() if rows > 20_000 else pl.QueryOptFlags.none()


def _asked(rules: Rules) -> list[pl.Expr]:
    """Visits asked, cut to what the benefit still covers, and the visits beyond it."""
    criterion = d.benefit_criterion(rules)
    if criterion is None:
        return [_VISITS.alias("_asked"), pl.lit(0).alias("benefit_excess_visits")]
    left = compile_(d.benefit_left(rules.benefit_limit.visits), rules.values)
    cut = (compile_(criterion.applies, rules.values) & (left > 0) & (left < _VISITS)).fill_null(False)
    return [pl.when(cut).then(left).otherwise(_VISITS).alias("_asked"),
            pl.when(cut).then(_VISITS - left).otherwise(0).alias("benefit_excess_visits")]


def _each_waiver(rules: Rules) -> list[pl.Expr]:
    """`_w0`, `_w1`, …: the visits that each waiver frees; 0 where anything is unknown."""
    asked, columns = pl.col("_asked"), []
    for i, waiver in enumerate(rules.waivers):
        holds = compile_(waiver.when, rules.values)
        if waiver.weeks is not None:
            holds = holds & (_WEEKS_USED < waiver.weeks)
        left = (pl.lit(waiver.visits, dtype=pl.Int64) - _USED).clip(lower_bound=0)
        free = pl.when(holds & left.is_not_null() & asked.is_not_null()).then(_least(left, asked)).otherwise(0)
        columns.append(free.alias(f"_w{i}"))
    return columns


def _waived(rules: Rules) -> list[pl.Expr]:
    """The visits that the most generous waiver frees, and which one it is (-1: none); the first among equals."""
    names = [f"_w{i}" for i in range(len(rules.waivers))]
    most = pl.max_horizontal(*names) if names else pl.lit(0, dtype=pl.Int64)  # none of them is ever null
    which = pl.lit(-1, dtype=pl.Int32)
    for i, name in reversed(list(enumerate(names))):
        which = pl.when(pl.col(name) == most).then(i).otherwise(which)
    return [most.alias("waived_visits"), pl.when(most > 0).then(which).otherwise(-1).alias("_waiver")]


def _exempted(rules: Rules) -> list[pl.Expr]:
    return [compile_(e.when, rules.values).fill_null(False).alias(f"_e{i}") for i, e in enumerate(rules.exemptions)]


def _criteria(rules: Rules) -> list[Criterion]:
    """Built-in criteria first. Those two that the language can not say carry no expression of their own."""
    built_in = [Criterion("too_early", "", _NOTHING, "", unmet=d.ADMINISTRATIVE),
                Criterion("excluded_procedure", "", _NOTHING, "", unmet=d.ADMINISTRATIVE)]
    benefit = d.benefit_criterion(rules)
    return [*built_in, *([benefit] if benefit else []), *rules.criteria]


_NOTHING = d.benefit_left(1)  # never evaluated


def _states(rules: Rules, criteria: list[Criterion]) -> list[pl.Expr]:
    """`_s0`, `_s1`, …: how each criterion comes out."""
    too_early = pl.when(pl.col("_requests_from").is_null()).then(MET).when(pl.col("received_on").is_null()).then(
        UNKNOWN).when(pl.col("received_on") < pl.col("_requests_from")).then(UNMET).otherwise(MET)
    codes, out = pl.col("procedures"), [too_early, pl.lit(MET)]
    uncovered = pl.lit([], dtype=pl.List(pl.String))
    if rules.excluded_procedures:
        excluded = list(rules.excluded_procedures)
        uncovered = codes.list.filter(pl.element().is_in(excluded)).fill_null([])
        every = (codes.list.len() > 0) & (uncovered.list.len() == codes.list.len())
        out[1] = pl.when(codes.is_null()).then(UNKNOWN).when(every).then(UNMET).otherwise(MET)
    for criterion in criteria[2:]:
        out.append(_state(criterion, rules))
    return [*(s.cast(pl.Int8).alias(f"_s{i}") for i, s in enumerate(out)), uncovered.alias("procedures_not_covered")]


def _state(c: Criterion, rules: Rules) -> pl.Expr:
    met = compile_(c.requires, rules.values).cast(pl.Boolean)
    if c.applies is not None:
        met = ~compile_(c.applies, rules.values).cast(pl.Boolean) | met
    unknown: pl.Expr = pl.lit(UNKNOWN)
    if may_be_undefined(c.applies) or may_be_undefined(c.requires):
        parts = [p for p in (asks_any(c.applies, rules.values), asks_any(c.requires, rules.values)) if p is not None]
        unknown = pl.when(reduce(or_, parts, pl.lit(False))).then(UNKNOWN).otherwise(UNDEFINED)
    return pl.when(met.is_null()).then(unknown).when(met).then(MET).otherwise(UNMET)


def _row(rules: Rules) -> pl.Expr:
    """The first limit row that is not false: n where row n matches, -n where it is unknown, 0 where there is none."""
    found = []
    for i, row in enumerate(rules.limits, start=1):
        truth = reduce(and_, (compile_(c.node, rules.values) for c in row.cells), pl.lit(True))
        found.append(pl.when(truth.is_null()).then(-i).when(truth).then(i))
    return (pl.coalesce([*found, pl.lit(0)]) if found else pl.lit(0)).cast(pl.Int32).alias("_row_found")


def _gather(values: list, dtype: pl.DataType) -> pl.Expr:
    """A number of the matched row; null where no row matches."""
    table = pl.lit(pl.Series([None, *values], dtype=dtype))
    return table.gather(pl.col("_row_found").clip(lower_bound=0))


def _limited(rules: Rules) -> list[pl.Expr]:
    columns = [(_gather([r.visits for r in rules.limits], pl.Int64) - _USED).alias("_left"),
               (_gather([r.weeks for r in rules.limits], pl.Int64) - _WEEKS_USED).alias("_weeks_left")]
    if any(r.per_week is not None for r in rules.limits):
        rates = [None if r.per_week is None else int(r.per_week * 10**8) for r in rules.limits]
        columns.append(_gather(rates, pl.Int64).alias("_per_week"))
    return columns


def _least(a: pl.Expr, b: pl.Expr) -> pl.Expr:
    return pl.when(b < a).then(b).otherwise(a)


def _amounts(rules: Rules) -> list[pl.Expr]:
    """Visits and weeks that the limit supports, meaningful where nothing is missing."""
    weeks = _least(_WEEKS, pl.col("_weeks_left"))
    visits = _least(pl.col("_asked"), pl.col("_left"))
    if any(r.per_week is not None for r in rules.limits):
        rate = pl.col("_per_week")
        visits = pl.when(rate.is_null()).then(visits).otherwise(_least(visits, rate * weeks // 10**8))
    return [visits.alias("_visits"), weeks.alias("_weeks")]


def _outcome() -> pl.Expr:
    lacking = reduce(or_, (pl.col(n).is_null() for n in d.LIMIT_FACTS))
    reached = (pl.col("_left") <= 0).fill_null(False) | (pl.col("_weeks_left") <= 0).fill_null(False)
    all_of_it = (pl.col("_visits") == pl.col("_asked")) & (pl.col("_weeks") == _WEEKS)
    found = pl.col("_row_found")
    return (pl.when(found == 0).then(NO_LIMIT).when(found < 0).then(LIMIT_UNKNOWN).when(reached).then(LIMIT_REACHED)
            .when(lacking).then(LIMIT_UNKNOWN).when(pl.col("_visits") <= 0).then(LIMIT_REACHED)
            .when(all_of_it).then(SUPPORTED).otherwise(LIMIT_EXCEEDED).cast(pl.Int8).alias("_outcome"))


def _any(flags: list[pl.Expr]) -> pl.Expr:
    return reduce(or_, flags, pl.lit(False))


def _unmet(i: int) -> pl.Expr:
    return (pl.col(f"_s{i}") == UNMET) | (pl.col(f"_s{i}") == UNDEFINED)


def _free(rules: Rules) -> pl.Expr:
    """Exempt, or every visit asked for is waived."""
    waived = (pl.col("_waiver") >= 0) & (pl.col("waived_visits") == pl.col("_asked"))
    return _any([pl.col(f"_e{i}") for i in range(len(rules.exemptions))]) | waived.fill_null(False)


def _determination(rules: Rules, criteria: list[Criterion]) -> pl.Expr:
    administrative = _any([_unmet(i) for i, c in enumerate(criteria) if c.unmet == d.ADMINISTRATIVE])
    clinical = _any([_unmet(i) for i, c in enumerate(criteria) if c.unmet != d.ADMINISTRATIVE])
    unknown = _any([pl.col(f"_s{i}") == UNKNOWN for i in range(len(criteria))])
    outcome = pl.col("_outcome")
    say = {name: pl.lit(name, dtype=_DECIDED) for name in d.DETERMINATIONS}
    return (pl.when(_free(rules)).then(say[d.NOT_REQUIRED]).when(administrative).then(say[d.ADMINISTRATIVE])
            .when(clinical | (outcome == NO_LIMIT) | (outcome == LIMIT_REACHED)).then(say[d.CLINICIAN])
            .when(unknown | (outcome == LIMIT_UNKNOWN)).then(say[d.INFORMATION])
            .when(outcome == LIMIT_EXCEEDED).then(say[d.IN_PART]).otherwise(say[d.APPROVED]).alias("determination"))


def _granted() -> list[pl.Expr]:
    decided = pl.col("determination")
    supports = decided.is_in([d.APPROVED, d.IN_PART])
    refers = decided.is_in([d.IN_PART, d.CLINICIAN])
    columns = []
    for name, amount, asked in (("visits", "_visits", pl.col("_asked")), ("weeks", "_weeks", _WEEKS)):
        granted = pl.when(decided == d.NOT_REQUIRED).then(None).when(supports).then(pl.col(amount)).otherwise(0)
        covered = pl.when(supports).then(pl.col(amount)).otherwise(0)
        if name == "visits":
            waived = pl.col("waived_visits")
            covered = pl.when(waived > covered).then(waived).otherwise(covered)
        columns += [granted.cast(pl.Int64).alias(f"granted_{name}"),
                    pl.when(refers).then(asked - covered).otherwise(0).cast(pl.Int64).alias(f"referred_{name}")]
    return columns


def _reason_ids(rules: Rules, criteria: list[Criterion]) -> list[str]:
    return [*(e.id for e in rules.exemptions), *(w.id for w in rules.waivers), *(c.id for c in criteria),
            *_WORDS.values()]


def _mask_columns(rules: Rules, criteria: list[Criterion]) -> list[pl.Expr]:
    """The reasons as bits, in the order of `_reason_ids`; undefined criteria likewise; what step 3 ends lists nothing
    of the later steps."""
    decided = pl.col("determination")
    free = decided == d.NOT_REQUIRED
    unmet = [_unmet(i) for i in range(len(criteria))]
    any_unmet, informed = _any(unmet), decided == d.INFORMATION
    waived = free & (pl.col("waived_visits") == pl.col("_asked")).fill_null(False)
    flags = [pl.col(f"_e{i}") for i in range(len(rules.exemptions))]
    flags += [waived & (pl.col("_waiver") == i) for i in range(len(rules.waivers))]
    flags += [~free & pl.when(informed).then(pl.col(f"_s{i}") == UNKNOWN).otherwise(unmet[i])
              for i in range(len(criteria))]
    flags += [~free & ~any_unmet & (pl.col("_outcome") == code) & _speaks(code, decided) for code in _WORDS]
    undefined = [~free & (pl.col(f"_s{i}") == UNDEFINED) for i in range(len(criteria))]
    return [*bits(flags, "_r"), *bits(undefined, "_u"), pl.when(free).then(pl.lit([], dtype=pl.List(pl.String)))
            .otherwise(pl.col("procedures_not_covered")).alias("procedures_not_covered")]


def _speaks(outcome: int, decided: pl.Expr) -> pl.Expr:
    """Whether the outcome of step 5 is a reason: an unknown criterion can outweigh a limit that is exceeded."""
    return decided == d.IN_PART if outcome == LIMIT_EXCEEDED else pl.lit(True)


def _missing(group: pl.DataFrame, compiled: Compiled) -> pl.Series:
    """The missing facts that can still matter, sorted, where the determination lists them."""
    rows = group.lazy().filter(pl.col("determination").is_in(d.LISTS_MISSING)).select(
        "_row", *bits(compiled.lacks, "_m")).collect(optimizations=_options(group.height))
    found = rows.select("_row", spell(rows, "_m", compiled.facts).alias("missing"))
    joined = group.select("_row").join(found, on="_row", how="left", maintain_order="left")
    return joined["missing"].fill_null(pl.Series([[]], dtype=pl.List(pl.String)))


def _lacking(facts: tuple[str, ...], rules: Rules, criteria: list[Criterion], named: bool) -> list[pl.Expr | None]:
    """For each fact, whether it is listed as missing; None where it never is."""
    asked: dict[str, list[pl.Expr]] = {f: [] for f in facts}
    asked["received_on"].append(pl.col("_s0") == UNKNOWN)
    asked["procedures"].append(pl.col("_s1") == UNKNOWN)
    for i, criterion in enumerate(criteria[2:], start=2):
        unknown = pl.col(f"_s{i}") == UNKNOWN
        for node in (criterion.applies, criterion.requires):
            for fact in fact_names(node):
                found = asks(node, fact, rules.values)
                if found is not None:
                    asked[fact].append(unknown & found)
    found = pl.col("_row_found")
    for fact in d.LIMIT_FACTS:
        asked[fact].append(pl.col(fact).is_null() & (found != 0))
    for fact in facts:
        stops = [-i for i, row in enumerate(rules.limits, start=1) if any(c.fact == fact for c in row.cells)]
        if stops:
            asked[fact].append(pl.col(fact).is_null() & found.is_in(stops))
    for fact in ("line_of_business", "state") if named else ():
        asked[fact].append(pl.col(fact).is_null())
    return [_any(parts) if parts else None for parts in asked.values()]
