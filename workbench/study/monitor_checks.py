"""What can not be, or should be looked at, in claims: each finding says what (code), where (row, claim) and why.

`wrong` can not be as it stands; `look` has honest explanations (a referral from one therapist to another) and is no
accusation. What a source does not tell is not checked, and `unchecked` says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

import polars as pl

from workbench.cases.claim_lines import Lines
from workbench.cases.derive import npi_valid
from workbench.shipped import shipped_rows

WRONG, LOOK = "wrong", "look"
MINUTES_A_DAY = 24 * 60
TOGETHER_DAYS = 14  # that the visits of two providers of one discipline interleave before it is told
_FINDING = {
    "code": pl.String,
    "kind": pl.String,
    "row": pl.Int64,
    "claim_id": pl.String,
    "member_id": pl.String,
    "provider_npi": pl.String,
    "service_on": pl.Date,
    "why": pl.String,
}
_WHERE = ("row", "claim_id", "member_id", "provider_npi", "service_on")
# Columns without which a check can say nothing.
_NEEDS = {
    "npi-form": ("provider_npi",),
    "before-birth": ("born_on",),
    "after-death": ("died_on",),
    "not-covered": ("covered_from", "covered_until", "eligible"),
    "cover-gap": ("covered_from", "covered_until"),
    "more-than-a-day": ("minutes",),
    "provider-day": ("minutes",),
    "overlapping-disciplines": ("procedures",),
}


@lru_cache(maxsize=1)
def codes() -> dict[str, tuple[str, str]]:
    """Code → (wrong or look, what it means)."""
    rows = shipped_rows("workbench.study", "monitor_findings.csv")
    return {r["code"]: (r["kind"], r["meaning"]) for r in rows}


def findings(lines: Lines, today: date) -> pl.DataFrame:
    """A row for each finding: code, kind, row, claim_id, member_id, provider_npi, service_on, why; in the order of the
    codes, then of the rows. `today`: what lies after it has not happened."""
    parts = [pl.DataFrame(schema=_FINDING)]
    for code, found in _found(lines, today):
        kind = pl.lit(codes()[code][0]).alias("kind")
        parts.append(found.select(pl.lit(code).alias("code"), kind, *_WHERE, "why").sort("row"))
    order = {c: i for i, c in enumerate(codes())}
    return pl.concat(parts).sort(
        pl.col("code").replace_strict(order, return_dtype=pl.Int64), "row", maintain_order=True
    )


def unchecked(lines: Lines) -> tuple[str, ...]:
    """Codes that these lines can not give, because no row tells what they need."""
    empty = {n for n in lines.columns if lines[n].null_count() == lines.height}
    return tuple(c for c, needs in _NEEDS.items() if set(needs) <= empty)


def counts(found: pl.DataFrame) -> pl.DataFrame:
    """A row a code, in order, those without findings too: code, kind, findings, rows, people, meaning."""
    by = {
        r["code"]: r
        for r in found.group_by("code")
        .agg(
            pl.len().alias("findings"),
            pl.col("row").n_unique().alias("rows"),
            pl.col("member_id").drop_nulls().n_unique().alias("people"),
        )
        .to_dicts()
    }
    none = {"findings": 0, "rows": 0, "people": 0}
    return pl.DataFrame(
        [{"code": c, "kind": k, **{**none, **by.get(c, {}), "code": c}, "meaning": m} for c, (k, m) in codes().items()]
    )


def _found(lines: Lines, today: date) -> Iterator[tuple[str, pl.DataFrame]]:
    day = pl.col("service_on")
    npi = pl.col("provider_npi")
    formed = npi.str.contains("^[12][0-9]{9}$")
    last = pl.coalesce("through_on", "service_on")
    simple: dict[str, tuple[pl.Expr, pl.Expr]] = {
        "npi-missing": (npi.is_null(), pl.lit("no provider is named")),
        "npi-form": (~formed, pl.format("{} has {} characters", npi, npi.str.len_chars())),
        "npi-check-digit": (formed & ~npi_valid(npi), pl.format("the last digit of {} does not fit the others", npi)),
        "no-day": (day.is_null(), pl.lit("no day of service")),
        "ends-before-it-begins": (pl.col("through_on") < day, pl.format("{} to {}", day, "through_on")),
        "in-the-future": (last > today, pl.format("{} is after {}", last, pl.lit(today))),
        "before-birth": (day < pl.col("born_on"), pl.format("served {}, born {}", day, "born_on")),
        "after-death": (day > pl.col("died_on"), pl.format("served {}, died {}", day, "died_on")),
        "not-covered": _not_covered(),
    }
    for code, (wrong, why) in simple.items():
        yield code, lines.filter(wrong.fill_null(False)).with_columns(why.alias("why"))
    yield "cover-gap", _cover_gaps(lines)
    yield from _twice(lines)
    yield "more-than-a-day", _long_days(lines, ("member_id", "service_on"), "one member")
    yield "provider-day", _long_days(lines, ("provider_npi", "service_on"), "one provider")
    yield "overlapping-episodes", _two_providers(lines)
    yield "overlapping-disciplines", _two_disciplines(lines)
    births = [pl.col(n).drop_nulls().n_unique().over("member_id") > 1 for n in ("born_on", "died_on")]
    of_member = lines.filter(pl.col("member_id").is_not_null() & (births[0] | births[1]))
    yield (
        "two-births",
        of_member.with_columns(
            pl.format(
                "born {}, died {}",
                pl.col("born_on").cast(pl.String).fill_null("–"),
                pl.col("died_on").cast(pl.String).fill_null("–"),
            ).alias("why")
        ),
    )


def _not_covered() -> tuple[pl.Expr, pl.Expr]:
    day, start, end = pl.col("service_on"), pl.col("covered_from"), pl.col("covered_until")
    outside = (day < start).fill_null(False) | (day > end).fill_null(False)
    said = (
        pl.when((day < start).fill_null(False))
        .then(pl.format("served {}, covered from {}", day, start))
        .when((day > end).fill_null(False))
        .then(pl.format("served {}, covered until {}", day, end))
        .otherwise(pl.lit("the source says that cover was not active"))
    )
    return outside | ~pl.col("eligible").fill_null(True), said


def _cover_gaps(lines: Lines) -> pl.DataFrame:
    """The first line of each spell of cover that begins more than a day after the member's cover before it ended."""
    spells = lines.filter(pl.all_horizontal(pl.col("member_id", "covered_from", "covered_until").is_not_null()))
    spells = spells.sort("member_id", "covered_from", "row").with_columns(
        pl.col("covered_until").cum_max().shift(1).over("member_id").alias("_before")
    )
    gap = (pl.col("covered_from") - pl.col("_before")).dt.total_days() > 1
    return spells.filter(gap.fill_null(False)).with_columns(
        pl.format("cover ended {} and began again {}", "_before", "covered_from").alias("why")
    )


def _twice(lines: Lines) -> Iterator[tuple[str, pl.DataFrame]]:
    """All but the first of those that stand twice."""
    first = pl.col("row").min()
    key = ("member_id", "provider_npi", "discipline", "service_on")
    again = lines.filter(pl.all_horizontal(pl.col(*key).is_not_null())).with_columns(first.over(key).alias("_first"))
    same = again.filter(pl.col("row") > pl.col("_first"))
    yield "duplicate-line", same.with_columns(pl.format("as row {}", "_first").alias("why"))
    ids = lines.filter(pl.col("claim_id").is_not_null()).with_columns(first.over("claim_id").alias("_first"))
    known = same["row"].implode()
    ids = ids.filter((pl.col("row") > pl.col("_first")) & ~pl.col("row").is_in(known))
    yield "duplicate-claim-id", ids.with_columns(pl.format("the number of row {}", "_first").alias("why"))


def _long_days(lines: Lines, key: tuple[str, str], whose: str) -> pl.DataFrame:
    """Each line of the day."""
    total = pl.col("minutes").sum().over(key)
    told = pl.all_horizontal(pl.col(*key, "minutes").is_not_null())
    long = lines.filter(told).with_columns(total.alias("_minutes")).filter(pl.col("_minutes") > MINUTES_A_DAY)
    said = pl.format(f"{{}} minutes of {whose} on {{}}", "_minutes", "service_on")
    return long.with_columns(said.alias("why"))


def _two_providers(lines: Lines) -> pl.DataFrame:
    """The first line of the second provider, where the visits of two in one discipline interleave for two weeks: a
    hand-over from one to the other does not."""
    key = ("member_id", "discipline")
    known = lines.filter(pl.all_horizontal(pl.col(*key, "provider_npi", "service_on").is_not_null()))
    spans = (
        known.sort("service_on", "row")
        .group_by(*key, "provider_npi", "episode_id", maintain_order=True)
        .agg(pl.col("row", "claim_id", "service_on").first(), pl.col("service_on").last().alias("_last"))
    )
    many = spans.filter(pl.len().over(key) > 1)
    pairs = many.join(many.select(*key, "provider_npi", "service_on", "_last", "row"), on=key, suffix="_other")
    later = (pl.col("service_on") > pl.col("service_on_other")) | (
        (pl.col("service_on") == pl.col("service_on_other")) & (pl.col("row") > pl.col("row_other"))
    )
    shared = (pl.min_horizontal("_last", "_last_other") - pl.col("service_on")).dt.total_days()
    found = pairs.filter((pl.col("provider_npi") != pl.col("provider_npi_other")) & later & (shared >= TOGETHER_DAYS))
    return found.unique("row", keep="first", maintain_order=True).with_columns(
        pl.format("{} treats from {} to {} as well", "provider_npi_other", "service_on_other", "_last_other").alias(
            "why"
        )
    )


def _two_disciplines(lines: Lines) -> pl.DataFrame:
    """Lines of a later discipline whose codes another bills for the same member on the same day."""
    key = ("member_id", "service_on")
    known = lines.filter(pl.all_horizontal(pl.col(*key, "discipline", "procedures").is_not_null()))
    known = known.filter(pl.col("discipline").n_unique().over(key) > 1)
    other = known.select(*key, "discipline", "procedures", "row")
    pairs = known.join(other, on=key, suffix="_other").filter(pl.col("discipline") > pl.col("discipline_other"))
    both = pl.col("procedures").list.set_intersection("procedures_other")
    found = pairs.with_columns(both.alias("_both")).filter(pl.col("_both").list.len() > 0)
    said = pl.format(
        "{} is billed by {} in row {} too", pl.col("_both").list.join(", "), "discipline_other", "row_other"
    )
    return found.unique("row", keep="first", maintain_order=True).with_columns(said.alias("why"))
