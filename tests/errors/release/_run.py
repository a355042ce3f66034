"""What stands against entering a release of the requests r1, r2 and r3 in releases.log."""

import polars as pl

from workbench.privacy.release_log import enter
from workbench.study.compare import Comparison


def run(case):
    pair = pl.DataFrame({"request_id": ["r1", "r2", "r3"]})
    enter("releases.log", Comparison(None, None, pair), {"about": {"draft": "second"}})
    return []
