"""Change the product's own code, one small thing at a time, and see whether the tests notice.

    .venv/bin/python scripts/mutate_product.py [--sample N] [--seed S] [--jobs N] [ROOM | MODULE …]

A change is made in memory (nothing is written): a process forked from one that has loaded the libraries puts the
changed module in the place of the real one and runs the tests of its room. First come the changes by name of
`tests/mutation/named.csv`, faults of these modules that once passed every test: all of them must be noticed. Then every
small change of the modules, or a sample. One that no test notices is printed, unless `tests/mutation/equivalent.csv`
says why it changes nothing that anybody could see. Asserts and `strict` of zip, decorators and the annotations of types
are left alone: the first say what never happens, the others decide nothing. Exits with 1 where a named change or more
than 5 % of the others pass.
"""

from __future__ import annotations

import argparse
import ast
import copy
import csv
import functools
import importlib
import importlib.util
import operator
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
HERE = ROOT / "tests" / "mutation"
LEAST = 0.95
# Of CPU for the tests of one change, so that a busy machine notices nothing by being slow: one that loops for ever is
# noticed. One that waits for ever is ended after ten times as long by the clock.
SECONDS = 240

_TABLES = [
    "tests/spec/test_tables.py",
    "-k",
    "expression_means or refus or is_shown or asks_for_nothing or type_of_a_result or largest_numbers",
]
_SYNTAX = ["tests/spec/test_tables.py", "-k", "not page_of_the_language"]  # which is rendered by a process of its own
_DECISIONS = ["tests/spec/test_decisions.py", "tests/generative/test_boundaries.py"]
_NODES = ["tests/generative/test_nodes.py", *_DECISIONS]
_PLANS = [*_NODES, "tests/generative/test_plan.py", "-k", "not every_kind"]
# Room → its modules, each with the tests that stand for it. Those that tell most in a second come first.
ROOMS: dict[str, dict[str, list[str]]] = {
    "language": {
        "workbench.language.interpret": _TABLES,
        "workbench.language.columnar": _TABLES,
        "workbench.language.build": _SYNTAX,
        "workbench.language.units": _TABLES,
        "workbench.language.syntax": _SYNTAX,
    },
    "engine": {
        "workbench.engine.plan": _DECISIONS,
        "workbench.engine.columns": _PLANS,
        "workbench.engine.columnar": _PLANS,
        "workbench.engine.columnar_nodes": _NODES,
        "workbench.engine.id_bits": _NODES,
        "workbench.engine.reference": _DECISIONS,
        "workbench.engine.fact_values": _DECISIONS,
        "workbench.engine.setting": _DECISIONS,
    },
    "derived facts": {
        "workbench.cases.derive": ["tests/cases/test_derive.py"],
        "workbench.cases.frame": ["tests/cases/test_frame.py", "tests/cases/test_derive.py"],
    },
    "episodes": {"workbench.cases.episodes": ["tests/cases/test_episodes.py"]},
    "carrying": {"workbench.study.carry": ["tests/study/test_carry.py"]},
    "rates": {"workbench.study.rates": ["tests/study/test_rates.py", "-k", "not hold_what_is_true"]},
    "suppression": {"workbench.privacy.suppression": ["tests/privacy/test_suppression.py"]},
}
TESTS = {module: tests for modules in ROOMS.values() for module, tests in modules.items()}

_SWAPS: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div,
    ast.Div: ast.Mult, ast.FloorDiv: ast.Div,
}  # fmt: skip
_NAMES = {
    "min": "max", "max": "min", "any": "all", "all": "any", "head": "tail", "floor": "ceil", "ceil": "floor",
    "ROUND_FLOOR": "ROUND_CEILING", "ROUND_CEILING": "ROUND_FLOOR", "ROUND_HALF_UP": "ROUND_HALF_DOWN",
}  # fmt: skip
Edit = Callable[[ast.AST], object]


@dataclass(frozen=True)
class Mutant:
    """A module with one change: where, and what as the lists of named and equivalent ones say it."""

    module: str
    line: int
    said: str
    make: Callable[[], ast.Module | str]


def changes(module: str, source: str) -> Iterator[Mutant]:
    """Every small change of a module."""
    tree, lines = ast.parse(source), source.splitlines()
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for index, node in enumerate(ast.walk(tree)):
        if not _left_alone(node, parents):
            for what, edit in _edits(node, parents):
                at = node
                while not hasattr(at, "lineno"):
                    at = parents[at]
                said = f"{what} | {lines[at.lineno - 1].strip()}"
                yield Mutant(module, at.lineno, said, functools.partial(_changed, tree, index, edit))


def _changed(tree: ast.Module, index: int, edit: Edit) -> ast.Module:
    made = copy.deepcopy(tree)
    edit(list(ast.walk(made))[index])
    return ast.fix_missing_locations(made)


def _left_alone(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    while node in parents:
        above = parents[node]
        if isinstance(above, ast.Assert) or node in getattr(above, "decorator_list", ()):
            return True
        if isinstance(above, ast.keyword) and above.arg == "strict":
            return True
        if node in (getattr(above, "annotation", None), getattr(above, "returns", None)):
            return True
        node = above
    return False


def _edits(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[tuple[str, Edit]]:
    if isinstance(node, ast.Compare):
        for i, op in enumerate(node.ops):
            if (new := _SWAPS.get(type(op))) is not None:
                yield f"{type(op).__name__} → {new.__name__}", lambda n, i=i, new=new: operator.setitem(n.ops, i, new())
    elif isinstance(node, ast.BoolOp | ast.BinOp) and (new := _SWAPS.get(type(node.op))) is not None:
        if not _is_text(node):
            yield f"{type(node.op).__name__} → {new.__name__}", lambda n, new=new: setattr(n, "op", new())
    elif isinstance(node, ast.Constant) and not isinstance(parents.get(node), ast.Expr | ast.JoinedStr):
        if isinstance(node.value, bool):
            yield f"{node.value} → {not node.value}", lambda n: setattr(n, "value", not n.value)
        elif isinstance(node.value, int):
            yield f"{node.value} → {node.value + 1}", lambda n: setattr(n, "value", n.value + 1)
        elif isinstance(node.value, float):
            yield f"{node.value} → {_other(node.value)}", lambda n: setattr(n, "value", _other(n.value))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        word = "not" if isinstance(node.op, ast.Not) else "~"
        yield f"{word} dropped", lambda n: setattr(n, "operand", ast.UnaryOp(n.op, n.operand))
    elif isinstance(node, ast.Attribute) and node.attr in _NAMES and isinstance(parents.get(node), ast.Call):
        yield f".{node.attr} → .{_NAMES[node.attr]}", lambda n: setattr(n, "attr", _NAMES[n.attr])
    elif isinstance(node, ast.Name) and node.id in _NAMES and isinstance(node.ctx, ast.Load):
        yield f"{node.id} → {_NAMES[node.id]}", lambda n: setattr(n, "id", _NAMES[n.id])
    elif isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        yield "return None", lambda n: setattr(n, "value", ast.Constant(None))


def _other(number: float) -> float:
    return number * 0.6 or 1.0


def _is_text(node: ast.AST) -> bool:
    return any(
        isinstance(n, ast.JoinedStr) or isinstance(n, ast.Constant) and isinstance(n.value, str)
        for n in ast.iter_child_nodes(node)
    )


def named() -> list[tuple[Mutant, list[str]]]:
    """The faults that once passed, each with the tests that must notice it."""
    out = []
    for row in _listed("named.csv"):
        source = _source(row["module"])
        assert source.count(row["now"]) == 1, f"named.csv: {row['module']} has {row['now']!r} not once"
        line = source[: source.index(row["now"])].count("\n") + 1
        changed = source.replace(row["now"], row["fault"])
        what = f"{row['why']}: {row['fault']}"
        out.append((Mutant(row["module"], line, what, lambda changed=changed: changed), row["tests"].split()))
    return out


def _listed(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _source(module: str) -> str:
    return (ROOT / module.replace(".", "/")).with_suffix(".py").read_text(encoding="utf-8")


def load_libraries() -> None:
    """What each forked process would otherwise load anew. Nothing of the product, and nothing that starts threads."""
    for name in ("pytest", "hypothesis.strategies", "polars.testing", "pyarrow.parquet", "pandas", "scipy.special",
                 "scipy.optimize", "statsmodels.api", "lark", "ruamel.yaml", "openpyxl", "markupsafe"):  # fmt: skip
        importlib.import_module(name)


def noticed(mutant: Mutant | None, tests: list[str]) -> bool:
    """Whether the tests fail, or take for ever, with this change (None: without any)."""
    child = os.fork()
    if not child:
        _die(mutant, tests)
    start = time.monotonic()
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status != 0
        if time.monotonic() - start > 10 * SECONDS:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return True
        time.sleep(0.05)


def _die(mutant: Mutant | None, tests: list[str]) -> None:
    """Run the tests in this process and end it: 0 where they pass."""
    code = 1
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        if mutant is not None:
            _put(mutant)
        import pytest

        code = int(pytest.main(["-q", "-x", "-p", "no:cacheprovider", "--no-header", *tests]))
    finally:
        os._exit(code)


def _put(mutant: Mutant) -> None:
    spec = importlib.util.find_spec(mutant.module)
    assert spec is not None and spec.origin is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[mutant.module] = module
    exec(compile(mutant.make(), spec.origin, "exec"), module.__dict__)
    above, _, name = mutant.module.rpartition(".")
    setattr(importlib.import_module(above), name, module)


def run(modules: list[str], args: argparse.Namespace) -> tuple[int, int, int]:
    """Changes tried, noticed, and those that are named as equivalent, of some modules."""
    same = {(row["module"], row["change"]) for row in _listed("equivalent.csv")}
    every = [m for name in modules for m in changes(name, _source(name))]
    tried = [m for m in every if (m.module, m.said) not in same]
    equivalent = len(every) - len(tried)
    if args.sample and args.sample < len(tried):
        tried = random.Random(args.seed).sample(tried, args.sample)
    for name in modules:
        if noticed(None, TESTS[name]):
            sys.exit(f"the tests of {name} fail without a change")
    found = 0
    with ThreadPoolExecutor(args.jobs) as pool:
        seens = pool.map(lambda m: noticed(m, TESTS[m.module]), tried)
        for i, (mutant, seen) in enumerate(zip(tried, seens, strict=True), start=1):
            found += seen
            if sys.stderr.isatty() or i % 20 == 0:
                print(f"  {i} of {len(tried)} tried, {found} noticed", file=sys.stderr, flush=True)
            if not seen:
                print(f"  not noticed: {mutant.module.replace('.', '/')}.py:{mutant.line}: {mutant.said}", flush=True)
    return len(tried), found, equivalent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="ROOM | MODULE", help="default: all rooms")
    parser.add_argument("--sample", type=int, metavar="N", help="so many changes a room (default: all; 0: the named)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="changes tried at the same time")
    args = parser.parse_args()
    os.chdir(ROOT)
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    os.environ["CI"] = "1"  # property tests draw the same examples each time
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    load_libraries()
    rooms = {n: list(ROOMS[n]) if n in ROOMS else [n] for n in args.modules or ROOMS}
    passed, once = [], [(m, tests) for m, tests in named() if any(m.module in modules for modules in rooms.values())]
    for mutant, tests in once:
        if not noticed(mutant, tests):
            passed.append(mutant)
            print(f"  not noticed: {mutant.module.replace('.', '/')}.py:{mutant.line}: {mutant.said}", flush=True)
    print(f"faults that once passed: {len(once) - len(passed)} of {len(once)} noticed", flush=True)
    if args.sample == 0:
        return 1 if passed else 0
    sums = []
    for room, modules in rooms.items():
        tried, found, equivalent = run(modules, args)
        sums.append((tried, found))
        print(f"| {room} | {tried} | {found} ({found / tried:.1%}) | {equivalent} |", flush=True)
    tried, found = map(sum, zip(*sums, strict=True))
    print(f"{found} of {tried} changes noticed ({found / tried:.1%})")
    return 0 if found >= LEAST * tried and not passed else 1


if __name__ == "__main__":
    sys.exit(main())
