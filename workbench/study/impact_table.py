"""The requests of an impact as a table."""

from __future__ import annotations

import polars as pl

from workbench.study.impact import Impact

_KEPT = ("determination", "granted_visits", "granted_weeks")


def changed_table(found: Impact) -> pl.DataFrame:
    """A row for each request told one by one, losers first, what each side makes of it beside one another."""
    rows = [
        {n: v for n, v in vars(r).items() if n not in ("published", "draft")}
        | {n: getattr(r.published, n) for n in _KEPT}
        | {f"{n}_draft": getattr(r.draft, n) for n in _KEPT}
        for r in found.requests
    ]
    return pl.DataFrame(rows, infer_schema_length=None)
