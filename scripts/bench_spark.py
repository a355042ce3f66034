"""What a replay on Spark costs here, in CPU time of all its processes: a fixed part, and so many ns a request.

python scripts/bench_spark.py FEW MANY        (requests; the difference of the two gives the ns)
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from workbench.engine import spark
from workbench.engine.setting import setting
from workbench.generator.generate import generate_to
from workbench.guideline.load import load_guidelines
from workbench.study.decision_file import replay_to
from workbench.study.spark_replay import replay_folder


def cpu() -> float:
    """Seconds of CPU that this process and all below it have used, those that ended included."""
    parents: dict[int, list[tuple[int, float]]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        used = sum(int(n) for n in fields[11:15]) / os.sysconf("SC_CLK_TCK")
        parents.setdefault(int(fields[1]), []).append((int(path.parent.name), used))
    own = os.times()
    total, open_ = own.user + own.system, [os.getpid()]
    while open_:
        for child, used in parents.get(open_.pop(), []):
            total += used
            open_.append(child)
    return total


def main(few: int, many: int) -> None:
    library = load_guidelines("guidelines")
    chosen = setting(library)
    with tempfile.TemporaryDirectory() as folder:
        root, costs, here = Path(folder), {}, {}
        for size in (few, many):
            generate_to(root / f"{size}.parquet", size, 1, library)
        spark.session("local[2]", **{"spark.log.level": "ERROR"})
        replay_folder(root / f"{few}.parquet", root / "warm", chosen)
        for size in (few, many):
            start = cpu()
            replay_folder(root / f"{size}.parquet", root / f"out-{size}", chosen)
            costs[size] = cpu() - start
            start = cpu()
            replay_to(root / f"{size}.parquet", root / f"here-{size}.parquet", chosen)
            here[size] = cpu() - start
    for name, found in (("Spark", costs), ("columnar", here)):
        each = (found[many] - found[few]) / (many - few)
        sizes = "".join(f"{found[size]:>8.1f} s at {size:,}" for size in (few, many))
        print(f"{name:<10}{sizes}{each * 1e9:>10,.0f} ns a request")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
