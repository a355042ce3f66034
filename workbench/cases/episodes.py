"""Episodes: the requests of one member in one discipline for one condition (else one three-character diagnosis).

More than `episode_gap_days` since the last visit, or `new_condition`, opens a new one.
"""

from __future__ import annotations

import polars as pl

from workbench.cases.frame import Frame
from workbench.guideline.model import GAP_DAYS, Library

_NARROW = (
    "received_on",
    "visits_used",
    "days_since_last_visit",
    "new_condition",
    "review_type",
    "episode_id",
    "request_number",
)

# Every column that `with_episodes` looks at: a file too large to hold is read through these alone.
NEEDED = ("member_id", "discipline", "condition", "diagnosis", "plan", "line_of_business", *_NARROW)


def with_episodes(frame: Frame, library: Library) -> Frame:
    """The frame with `episode_id` and `request_number` filled in where they are absent and can be known.

    Both need the day received; the episode needs the member and a condition or diagnosis. Requests of one day keep
    the order of their visits used, then of the frame. A request number counts from the first request of its episode
    in this frame, whose own number must be given or which must be known to open it (initial, a new condition, a gap):
    a file that begins in the middle of an episode does not say which request it begins with.
    """
    absent = frame.lazy().select(pl.col("episode_id", "request_number").null_count()).collect()
    if not any(absent.row(0)):
        return frame
    columns = frame.collect_schema().names()
    frame = frame.with_row_index("_order")
    narrow = frame.select("_order", _key().alias("_key"), _gap_days(library).alias("_gap"), *_NARROW)
    narrow = narrow.filter(pl.col("received_on").is_not_null())
    numbered = _numbered(_identified(narrow))
    frame = frame.join(numbered, on="_order", how="left", maintain_order="left", suffix="_known")
    filled = (pl.coalesce(name, f"{name}_known").alias(name) for name in ("episode_id", "request_number"))
    return frame.with_columns(filled).select(columns)


def _key() -> pl.Expr:
    """What the requests of an episode share, as text; null where it is not known."""
    what = pl.coalesce("condition", pl.col("diagnosis").str.to_uppercase().str.head(3))
    return pl.concat_str("member_id", "discipline", what, separator="/")


def _sorted(narrow: Frame, by: str) -> Frame:
    return narrow.sort(by, "received_on", "visits_used", "_order", nulls_last=True)


def _identified(narrow: Frame) -> Frame:
    """`episode_id` filled in, and `_opener`: this request is known to be the first of its episode."""
    narrow = _sorted(narrow, "_key")
    # Of a request without a key no other is known to be of the same person: the days between them say nothing.
    begins = _begins("_key") | pl.col("_key").is_null()
    days = pl.coalesce(
        "days_since_last_visit",
        pl.when(~begins).then((pl.col("received_on") - pl.col("received_on").shift(1)).dt.total_days()),
    )
    apart = (days > pl.col("_gap")).fill_null(False) | pl.col("new_condition").fill_null(False)
    nth = (begins | apart).cast(pl.Int64).cum_sum()
    narrow = narrow.with_columns(
        (nth - pl.when(begins).then(nth - 1).forward_fill()).alias("_episode"),
        (apart | (pl.col("review_type") == "initial").fill_null(False)).alias("_opener"),
    )
    derived = pl.concat_str("_key", pl.col("_episode").cast(pl.String), separator="/")
    return narrow.with_columns(pl.coalesce("episode_id", derived).alias("episode_id"))


def _numbered(narrow: Frame) -> Frame:
    """_row, episode_id, request_number."""
    narrow = _sorted(narrow, "episode_id")
    begins, row = _begins("episode_id"), pl.int_range(pl.len(), dtype=pl.Int64)
    known = pl.coalesce("request_number", pl.when("_opener").then(pl.lit(1, pl.Int64)))
    first = pl.when(begins).then(known.fill_null(0)).forward_fill()  # 0: the number of the first is not known
    number = first + row - pl.when(begins).then(row).forward_fill()
    number = pl.when(pl.col("episode_id").is_not_null() & (first > 0) & (number <= 99)).then(number)
    return narrow.select("_order", "episode_id", pl.coalesce("request_number", number).alias("request_number"))


def _begins(column: str) -> pl.Expr:
    """Whether a row of a sorted frame opens a run of equal values."""
    return pl.col(column).ne_missing(pl.col(column).shift(1)) | (pl.int_range(pl.len()) == 0)


def _gap_days(library: Library) -> pl.Expr:
    """`episode_gap_days` of the request's plan: of the overlay version in force on the day received, else its
    earliest."""
    result = pl.lit(GAP_DAYS, pl.Int64)
    for overlay in sorted(library.overlays, key=lambda o: (o.plan, o.effective)):
        versions = [o.effective for o in library.overlays if o.plan == overlay.plan]
        applies = (pl.col("plan") == overlay.plan) & pl.col("line_of_business").is_in(overlay.lines_of_business)
        if overlay.effective > min(versions):
            applies = applies & (pl.col("received_on") >= overlay.effective)
        if len(versions) > 1 or overlay.episode_gap_days != GAP_DAYS:
            result = pl.when(applies).then(pl.lit(overlay.episode_gap_days, pl.Int64)).otherwise(result)
    return result
