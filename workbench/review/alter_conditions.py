"""Alterations of the condition table: every code prefix dropped, shortened and lengthened by a character, and moved to
the next row. Whole codes with a seventh character are altered together, by how they begin and end."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from workbench.cases import icd10cm
from workbench.engine.decision import Decision
from workbench.engine.reference import decide
from workbench.guideline.model import ConditionRow
from workbench.language.interpret import Facts, evaluate
from workbench.review.alterations import Alteration, Bench, Case

CONDITIONS = "conditions"
_WOULD = "a request with such a code, of which a clinician expects what its condition calls for"
Key = tuple[str, str]  # discipline and prefix
Index = Mapping[Key, tuple[ConditionRow, ...]]


def index(rows: Iterable[ConditionRow]) -> dict[Key, tuple[ConditionRow, ...]]:
    """Discipline and prefix → the rows that share them, from the top."""
    found: dict[Key, list[ConditionRow]] = defaultdict(list)
    for row in rows:
        for discipline in row.disciplines:
            for prefix in row.prefixes:
                if row not in found[discipline, prefix]:
                    found[discipline, prefix].append(row)
    return {key: tuple(some) for key, some in found.items()}


def rows_of(code: str, discipline: str, table: Index, over: Index) -> tuple[ConditionRow, ...]:
    """The rows with the longest prefix of a plain code; what stands in `over` comes before the table."""
    for length in range(len(code), 0, -1):
        key = (discipline, code[:length])
        rows = over[key] if key in over else table.get(key, ())
        if rows:
            return rows
    return ()


def condition_in(rows: Iterable[ConditionRow], facts: Facts) -> str | None:
    """The condition of a request by rows of one prefix: true is taken, false passed over, unknown ends in None."""
    for row in rows:
        values = [evaluate(c.node, facts, {}).value for c in row.cells]
        if any(v is False for v in values):
            continue
        return row.condition if all(v is True for v in values) else None
    return None


@dataclass(frozen=True)
class _Table:
    """A condition table and the prefixes of one row altered together: which they are, and how many begin so."""

    of: str
    rows: tuple[ConditionRow, ...]
    index: Index

    def alteration(self, what: str, over: dict[Key, tuple[ConditionRow, ...]]) -> Alteration:
        starts: dict[str, list[str]] = defaultdict(list)
        for discipline, prefix in over:
            starts[discipline].append(prefix)

        def concerns(case: Case) -> bool:
            f, code = case.facts, _plain(case.facts.get("diagnosis"))
            asked = case.example.request.get("condition") is None and case.example.request.get("diagnosis") is not None
            return asked and any(code.startswith(p) for p in starts.get(str(f.get("discipline")), ()))

        def decided(case: Case) -> Decision:
            f = case.facts
            rows = rows_of(_plain(f.get("diagnosis")), str(f.get("discipline")), self.index, over)
            return decide({**f, "condition": condition_in(rows, f)}, case.chosen).decision

        same = not any(
            _read(rows_of(code, d, self.index, {})) != _read(rows_of(code, d, self.index, over))
            for d, prefixes in starts.items()
            for p in prefixes
            for code in _beginning(p)
        )
        why = "no code of ICD-10-CM is read otherwise" if same else ""
        return Alteration(CONDITIONS, self.of, what, concerns, decided, _WOULD, equivalent=why)


def alter_conditions(bench: Bench) -> Iterator[Alteration]:
    """The alterations of the newest condition table."""
    rows = bench.library.conditions
    table = _Table(f"conditions {max(bench.library.condition_tables, default='')}", rows, index(rows))
    for number, row in enumerate(rows):
        after = _next(rows, number)
        for name, prefixes in _groups(row).items():
            said = f"{name} of {row.condition} ({', '.join(row.disciplines)})"
            yield table.alteration(f"{said} dropped", _without(table, row, prefixes))
            if after is not None:
                over = _with(table, _without(table, row, prefixes), after, prefixes)
                yield table.alteration(f"{said} moved to {after.condition}", over)
            if len(prefixes) > 1:
                continue
            (prefix,) = prefixes
            longer = next((c[: len(prefix) + 1] for c in _beginning(prefix) if len(c) > len(prefix)), None)
            for other, verb in ((prefix[:-1], "shortened"), (longer, "lengthened")):
                if other:
                    over = _with(table, _without(table, row, prefixes), row, (other,))
                    yield table.alteration(f"{said} {verb} to {other}", over)


def _groups(row: ConditionRow) -> dict[str, tuple[str, ...]]:
    """The prefixes of a row, each by itself; whole codes by their first four characters and the last."""
    groups: dict[str, list[str]] = defaultdict(list)
    for prefix in row.prefixes:
        whole = len(prefix) == 7
        groups[f"{prefix[:4]}…{prefix[-1]}" if whole else prefix].append(prefix)
    return {name: tuple(some) for name, some in groups.items()}


def _next(rows: tuple[ConditionRow, ...], number: int) -> ConditionRow | None:
    """The next row below (or from the top again) of another condition, for some discipline of this one."""
    row = rows[number]
    for other in (*rows[number + 1 :], *rows[:number]):
        if other.condition != row.condition and set(other.disciplines) & set(row.disciplines) and not other.cells:
            return other
    return None


def _without(table: _Table, row: ConditionRow, prefixes: tuple[str, ...]) -> dict[Key, tuple[ConditionRow, ...]]:
    keys = [(d, p) for d in row.disciplines for p in prefixes]
    return {key: tuple(r for r in table.index[key] if r is not row) for key in keys}


def _with(
    table: _Table, over: dict[Key, tuple[ConditionRow, ...]], row: ConditionRow, prefixes: tuple[str, ...]
) -> dict[Key, tuple[ConditionRow, ...]]:
    """The same with a row at other prefixes, before the rows that are there."""
    keys = [(d, p) for d in row.disciplines for p in prefixes]
    return over | {key: (row, *over.get(key, table.index.get(key, ()))) for key in keys}


def _read(rows: tuple[ConditionRow, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((r.condition, tuple(c.text for c in r.cells)) for r in rows)


def _plain(code: object) -> str:
    return "".join(str(code or "").upper().replace(".", "").split())


@lru_cache(maxsize=1)
def _codes() -> list[str]:
    return sorted(icd10cm.codes() | icd10cm.earlier())


def _beginning(prefix: str) -> list[str]:
    """The codes that begin so."""
    codes = _codes()
    start = bisect_left(codes, prefix)
    return codes[start : bisect_left(codes, prefix + "~")]
