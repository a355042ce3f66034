"""What a move of a slider costs (`make bench-tune`): the full engine beside a control in hand, in one run.

    python scripts/bench_tune.py [REQUESTS …] [--json FILE]

CPU milliseconds of this process. Requests beyond 50,000 are copies of 50,000 invented ones under other members.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from statistics import median

import polars as pl

sys.path.insert(0, str(Path(__file__).parent.parent))

from workbench.generator.generate import generate  # noqa: E402
from workbench.guideline.load import load_guidelines  # noqa: E402
from workbench.lab.tuning import screen  # noqa: E402
from workbench.lab.tuning.case_sets import Cases, CaseSet  # noqa: E402
from workbench.lab.tuning.session import Desk, Result  # noqa: E402
from workbench.lab.tuning.state import View  # noqa: E402

ROOT = Path(__file__).parent.parent
UNIT = 50_000
CONTROLS = ("parameters.attendance_needed", "limits.lbp.visits")
NAMES = ("request_id", "member_id", "episode_id")


def cases(requests: int, desk_library: object) -> pl.DataFrame:
    made = generate(min(requests, UNIT), 7, desk_library)  # type: ignore[arg-type]
    copies = [
        made.with_columns(pl.format("{}-{}", name, pl.lit(i)).alias(name) for name in NAMES)
        for i in range(max(1, requests // UNIT))
    ]
    return pl.concat(copies)


def cpu(run: Callable[[], object]) -> float:
    before = time.process_time()
    run()
    return 1000 * (time.process_time() - before)


def shown(desk: Desk, result: Result) -> None:
    """Everything that the page shows of a result: sentence, rates with intervals, matrix, groups, list."""
    screen.numbers(desk, result, View())


def measure(requests: int) -> dict[str, object]:
    library = load_guidelines(ROOT / "guidelines")
    frame = cases(requests, library)
    desk = Desk(library, (CaseSet("bench", "bench", lambda _: Cases(frame, "invented")),))
    state = replace(desk.first(), condition="low_back_pain")
    out: dict[str, object] = {"requests": frame.height, "open": cpu(lambda: desk.result(state))}
    controls = desk.result(state).controls
    moved = state.moved(controls[CONTROLS[0]].handle, Decimal(80))
    out["full engine, a move"] = cpu(lambda: desk.result(moved))
    out["full engine, a move with the page"] = cpu(lambda: shown(desk, desk.result(moved)))
    for key in CONTROLS:
        control = controls[key]
        out[f"{key}: taken in hand"] = cpu(lambda control=control: list(desk.curve(state, control)))  # type: ignore[misc]
        hand = next(h for h in reversed(desk._hands.values()) if h is not None)
        out[f"{key}: values, groups, rows that hang on it"] = [
            len(hand.values), hand.retuned.outcomes[0].height, int((hand.retuned.group >= 0).sum())
        ]  # fmt: skip
        states = [state.moved(control.handle, v) for v in hand.values if v != control.published]
        first = [cpu(lambda s=s: shown(desk, desk.result(s))) for s in states]  # type: ignore[misc]
        again = [cpu(lambda s=s: desk.result(s)) for s in states]  # type: ignore[misc]
        page = [cpu(lambda s=s: shown(desk, desk.result(s))) for s in states]  # type: ignore[misc]
        for what, some in (("first move with the page", first), ("move again", again), ("again with the page", page)):
            out[f"{key}: {what}, median and most"] = [median(some), max(some)]
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("requests", nargs="*", type=int, default=[UNIT])
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    found = [measure(n) for n in args.requests]
    machine = (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, Polars {pl.__version__}"
    )
    print(machine)
    for one in found:
        print()
        for what, value in one.items():
            numbers = value if isinstance(value, list) else [value]
            whole = what == "requests" or "groups" in what
            print(f"{what:<70}", *(f"{n:>12,.0f}" if whole else f"{n:>9,.1f} ms" for n in numbers))
    if args.json:
        args.json.write_text(json.dumps({"machine": machine, "runs": found}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
