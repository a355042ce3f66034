"""What deciding costs here (`make bench`): one table, every row taken in one run, with ratios to the columnar replay.

    python scripts/bench.py [REQUESTS] [--json FILE]

CPU time of this process and of those that it starts and waits for, the least of a few runs. Requests are invented; the
reference and the independent engine, which go one by one, decide fewer of them. What a row takes a second time (plans,
imports) is paid before it is measured, but for the rows that say `first`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from peers.requests import requests  # noqa: E402
from peers.test_zen import _by_zen as by_zen  # noqa: E402

import workbench as wb  # noqa: E402
from workbench.engine.reference import decide  # noqa: E402
from workbench.engine.setting import Setting, setting  # noqa: E402
from workbench.generator.generate import generate, generate_to  # noqa: E402
from workbench.guideline.load import load_guidelines  # noqa: E402
from workbench.guideline.model import Library  # noqa: E402
from workbench.reading.read import read_cases  # noqa: E402
from workbench.study.compare import compare  # noqa: E402
from workbench.study.decision_file import replay_to  # noqa: E402
from workbench.study.replay import facts_of, prepare, replay  # noqa: E402

PEER = ROOT / ".venv-peers" / "bin" / "python"
ONE_BY_ONE = 500


@dataclass(frozen=True)
class Row:
    """`seconds` of CPU for so many requests; `requests` 0 where it is no matter of requests."""

    what: str
    requests: int
    seconds: float

    @property
    def each(self) -> float:
        """Nanoseconds a request."""
        return 1e9 * self.seconds / self.requests if self.requests else 0.0


def used() -> float:
    own = time.process_time()
    below = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own + below.ru_utime + below.ru_stime


def cpu(run: Callable[[], object], times: int = 3) -> float:
    found = []
    for _ in range(times):
        before = used()
        run()
        found.append(used() - before)
    return min(found)


def shell(*args: str) -> None:
    subprocess.run(args, check=True, capture_output=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})


def zen(library: Library, tmp: Path) -> Row:
    """The independent engine over the same rules, one by one, the choice of the guideline included. What it takes to
    start and to read the rules is taken off: the difference of many requests and few."""
    rows = requests(ROOT / "guidelines", library, ONE_BY_ONE, random.Random(1))
    few = rows[: ONE_BY_ONE // 10]
    cost = cpu(lambda: by_zen(tmp, rows, "2026.1", None)) - cpu(lambda: by_zen(tmp, few, "2026.1", None))
    return Row("independent engine (zen), one by one", ONE_BY_ONE - len(few), cost)


def rows(size: int, tmp: Path) -> Iterator[Row]:
    library = load_guidelines(ROOT / "guidelines")
    chosen = setting(library)
    made = generate(size, 1, library)
    yield Row("columnar replay, complete record", size, _replayed(made, chosen))
    few = prepare(made.head(1000), chosen)
    replay(few, chosen)
    yield Row("columnar replay of 1,000, plans there", 1000, cpu(lambda: replay(few, chosen), 5))
    yield Row("facts checked and derived", size, cpu(lambda: prepare(made, chosen), 1))
    both = replay(prepare(made, chosen), chosen)
    yield Row("comparison: rates, intervals, flips", size, cpu(lambda: compare(both, both).rates, 1))
    frame = pl.DataFrame(made).to_pandas()
    yield Row("wb.replay of a pandas frame, and its frame", size, cpu(lambda: wb.replay(frame, library), 1))
    one = [facts_of(row) for row in few.frame.head(ONE_BY_ONE).iter_rows(named=True)]
    for facts in one:
        decide(facts, chosen)
    yield Row("reference, one by one, with the trace", len(one), cpu(lambda: [decide(f, chosen) for f in one]))
    if PEER.is_file():
        yield zen(library, tmp)
    cases, csv = tmp / "cases.parquet", tmp / "cases.csv"
    yield Row("generating to Parquet", size, cpu(lambda: generate_to(cases, size, 1, library), 1))
    out = tmp / "out.parquet"
    yield Row("Parquet to Parquet", size, cpu(lambda: replay_to(cases, out, chosen, force=True), 1))
    flat = pl.col(n for n, kind in made.schema.items() if kind.base_type() is pl.List).list.join(";")
    made.with_columns(flat).write_csv(csv)
    yield Row("reading CSV", size, cpu(lambda: read_cases(csv, library), 1))
    yield Row("reading the same CSV by Polars alone, every cell a text", size, cpu(lambda: _by_polars(csv), 1))
    yield Row("loading the guidelines, first", 0, cpu(lambda: load_guidelines(ROOT / "guidelines"), 1))
    yield Row("`import workbench`", 0, cpu(lambda: shell(sys.executable, "-c", "import workbench")))
    check = (sys.executable, "-m", "workbench.terminal.parser", "check")
    yield Row("`workbench check` of the shipped folder", 0, cpu(lambda: shell(*check), 1))


def _replayed(made: pl.DataFrame, chosen: Setting) -> float:
    ready = prepare(made, chosen)
    replay(ready, chosen)
    return cpu(lambda: replay(ready, chosen))


def _by_polars(csv: Path) -> pl.DataFrame:
    return pl.read_csv(csv, infer_schema=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("requests", nargs="?", type=int, default=100_000)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    machine = (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, Polars {pl.__version__}"
    )
    print(machine)
    print(f"{'':<58}{'requests':>10}{'CPU s':>9}{'ns each':>12}{'ratio':>9}")
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for row in rows(args.requests, Path(folder)):
            found.append(row)
            each = f"{row.each:>12,.0f}{row.each / found[0].each:>9,.2f}" if row.requests else ""
            print(f"{row.what:<58}{row.requests or '':>10}{row.seconds:>9.3f}{each}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process, all rows: {peak:,.0f} MB")
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        told = {"machine": machine, "peak_mb": round(peak), "rows": [asdict(r) | {"ns": r.each} for r in found]}
        args.json.write_text(json.dumps(told, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
