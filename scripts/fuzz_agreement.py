"""Decide many generated requests under many generated guidelines through every reading, until one differs.

`python scripts/fuzz_agreement.py [DECISIONS] [SEED]`: a million decisions unless told otherwise, by a seed that is
printed so that a run can be repeated. Ctrl-C stops it and says how far it came.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from generative.agreement import differences  # noqa: E402
from generative.libraries import cases, told  # noqa: E402
from generative.requests import many_requests  # noqa: E402
from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from tqdm import tqdm  # noqa: E402

ROWS = 500  # requests a folder of guidelines


def main(wanted: int, luck: int) -> int:
    seen: Counter[str] = Counter()
    bar = tqdm(total=wanted, unit=" decisions", unit_scale=True, disable=None, desc=f"seed {luck}")

    @seed(luck)
    @settings(
        max_examples=max(1, -(-wanted // ROWS)),
        database=None,
        deadline=None,
        print_blob=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases(), st.integers(0, 2**32))
    def agree(case, chance):
        records, wrong = differences(many_requests(case.facts, case.near, chance, ROWS), case.setting)
        seen.update(r["determination"] for r in records)
        bar.update(len(records))
        assert not wrong, "\n".join([*wrong, told(case)])

    try:
        agree()
    except AssertionError as error:
        bar.close()
        print(f"the readings differ (seed {luck}):\n{error}")
        return 1
    except KeyboardInterrupt:
        print("\nstopped early")
    bar.close()
    counts = ", ".join(f"{n:,} {name}" for name, n in seen.most_common())
    print(f"seed {luck}: {sum(seen.values()):,} decisions alike in every reading: {counts}")
    return 0


if __name__ == "__main__":
    given_ = [int(a.replace("_", "")) for a in sys.argv[1:]]
    sys.exit(main(given_[0] if given_ else 1_000_000, given_[1] if len(given_) > 1 else random.randrange(10**6)))
