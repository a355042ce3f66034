"""Write docs/immediate.md: how many generated requests are decided at once, why the others are not, and how many
answers an immediate approval takes. It takes minutes; `--check` only says whether the page is stale."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from workbench.engine.columnar import decide_frame
from workbench.engine.setting import setting
from workbench.facts import facts
from workbench.generator.generate import generate
from workbench.guideline.load import load_guidelines
from workbench.guideline.model import Library
from workbench.study.replay import prepare

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "immediate.md"
REQUESTS, SEED, DAY = 50_000, 7, date(2026, 11, 20)
SAMPLE = 60  # approved requests of a kind whose facts are taken away one by one
IMMEDIATE = ("approved", "not_required")
ANSWERS_AIM = 12  # of a first request
TARGET = {"initial": 75, "continuing": 60}
# Why a clinician (or the office that keeps papers) is the right one to see a request with this reason.
DEFENCE = {
    "limit_reached": "the episode has used more than nine in ten do, and a gain alone does not say that more is needed",
    "limit_exceeded": "what is supported starts at once; a clinician decides only the visits beyond it",
    "no_limit": "no amount could be defended for the diagnosis, so nobody but a clinician can set one",
    "reevaluated": "a late paper: it is asked for, with the cure, and no clinician is troubled",
    "reevaluated_long_term": "a late paper: it is asked for, with the cure, and no clinician is troubled",
    "measured_progress": "ten visits without an important change on the measure and with less than half of the goals: "
    "of those whom the generator sends here, hardly any would ever respond (`latent_responder`)",
    "no_plateau": "sixteen visits and no gain since the previous request: plan or aim has to change",
    "measurable_goals": "a paper that the office can mend: it goes back with the cure",
    "plan_of_care": "a paper that the office can mend: it goes back with the cure",
    "home_program": "a paper that the office can mend: it goes back with the cure",
    "improvement_expected": "the therapist says that no gain is expected: maintenance, another aim, or an end",
    "goals_remain": "all goals are reached: an end, or a new plan, comes first",
    "functional_limitation": "hardly any limitation at the start: what is the treatment for?",
    "skilled_need": "the therapist says that no therapist is needed",
    "active_care": "passive modalities alone",
    "no_duplicate": "somebody else treats the same problem",
    "member_covered": "no cover: a matter of the member's record, with the cure",
    "attendance": "more visits missed than kept: barriers, and a plan that can be kept",
    "not_worse": "marked worsening: urgent",
    "habilitative_entry": "a norm-referenced test that shows no delay",
    "habilitative_progress": "twelve visits and not one goal in four",
    "surgical_phase": "a first request more than a year after the operation",
    "tendon_start": "a late start after a tendon repair: the usual protection may no longer fit",
    "medical_care_first": "medical care comes before or beside therapy",
    "epsdt": "a child in Medicaid beyond an amount: no amount is a cap there, and the clinician is told so",
    "no_red_flag": "a warning sign: urgent",
    "function_measured": "pain alone is told, and no function",
    "medicare_progress_report": "a late paper: it is asked for, with the cure, and no clinician is troubled",
    "medicare_improvement": "ten treatment days without any gain, of which Medicare asks an account",
    "provider_identified": "a number that the office can mend: it goes back with the cure",
    "procedures_fit": "codes that belong to another discipline: they go back with the cure",
    "benefit_limit": "the benefit year is used up: a matter of the contract",
    "excluded_procedure": "nothing asked for is covered: a matter of the contract",
}


def kinds(library: Library) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cases, and one row a request: kind, determination, reasons, complete."""
    chosen = setting(library, as_of=DAY)
    cases = prepare(generate(REQUESTS, SEED, library), chosen).frame
    record = decide_frame(cases, chosen)
    # A waived request lists nothing as missing; whether it was complete shows where nothing is free.
    bare = replace(
        library,
        guidelines=tuple(replace(g, waivers=(), exemptions=()) for g in library.guidelines),
        overlays=tuple(replace(o, waivers=()) for o in library.overlays),
    )
    strict = decide_frame(cases, setting(bare, as_of=DAY))
    table = cases.select("discipline", "intent", "review_type").with_columns(
        record["determination"], record["reasons"], (strict["missing"].list.len() == 0).alias("complete")
    )
    return cases, table


def shares(table: pl.DataFrame) -> list[str]:
    out = [
        "| review type | intent | requests | complete | at once, of the complete | at once, of those under review |",
        "|---|---|--:|--:|--:|--:|",
    ]
    now = pl.col("determination").is_in(IMMEDIATE)
    for review in ("initial", "continuing"):
        for intent in ("rehabilitative", "habilitative", "maintenance", None):
            kind = pl.col("review_type") == review
            mine = table.filter(
                kind & (pl.col("intent") == intent) if intent else kind & pl.col("intent").is_not_null()
            )
            whole = mine.filter("complete")
            under = whole.filter(pl.col("determination") != "not_required")
            cells = (len(mine), len(whole), *(100 * x.select(now.mean()).item() for x in (whole, under)))
            numbers = f"{cells[0]:,} | {cells[1]:,} | {cells[2]:.1f} % | {cells[3]:.1f} %"
            out.append(f"| {review} | {intent or '**all**'} | {numbers} |")
    return out


def reasons(table: pl.DataFrame) -> list[str]:
    late = table.filter(pl.col("complete") & ~pl.col("determination").is_in(IMMEDIATE))
    counts = late.explode("reasons").group_by("reasons").len().sort("len", "reasons", descending=[True, False]).head(10)
    out = [
        f"{len(late):,} complete requests are not decided at once; a request can have several reasons.",
        "",
        "| reason | requests | share of these | why not at once |",
        "|---|--:|--:|---|",
    ]
    for reason, n in counts.iter_rows():
        out.append(f"| `{reason}` | {n:,} | {100 * n / len(late):.1f} % | {DEFENCE[reason]} |")
    return out


def answers(library: Library, cases: pl.DataFrame, table: pl.DataFrame) -> list[str]:
    """For approved requests, how many facts the approval needs: each fact taken away alone."""
    chosen = setting(library, as_of=DAY)
    approved = cases.with_columns(table["determination"]).filter(pl.col("determination") == "approved")
    kept = ["discipline", "intent", "review_type"]
    sample = approved.filter(pl.int_range(pl.len()).over(kept) < SAMPLE).drop("determination")
    asked, known = [pl.lit(0)] * 2
    derived = ("condition", "deficit_percent", "improvement_mcid", "improvement_since_last_mcid", "provider_valid")
    derived += ("remaining_deficit_percent", "second_remaining_deficit_percent")
    derived += ("second_improvement_mcid", "second_improvement_since_last_mcid")
    for name, fact in facts().items():
        if name in ("request_id", "member_id", "episode_id", *derived) or sample[name].null_count() == len(sample):
            continue
        gone = sample.with_columns(
            pl.lit(None, sample.schema[n]).alias(n) for n in (name, *derived) if n in sample.columns
        )
        if name == "discipline":
            needed = pl.Series([True] * len(sample))
        else:
            needed = decide_frame(prepare(gone, chosen).frame, chosen)["determination"] != "approved"
        count = pl.lit(needed).cast(pl.Int64)
        asked, known = (asked, known + count) if fact.known_by == "payer" else (asked + count, known)
    counted = sample.select(*kept, asked.alias("asked"), known.alias("known"))
    out = [
        "| discipline | intent | review type | requests looked at | answers of the provider, median "
        "| most | looked up by the payer, median |",
        "|---|---|---|--:|--:|--:|--:|",
    ]
    first = counted.filter(pl.col("review_type") == "initial")
    within = first.filter(pl.col("asked") <= ANSWERS_AIM)
    out = [
        f"Aimed at: a first request is complete with {ANSWERS_AIM} answers or fewer. Of {len(first)} looked at, "
        f"{len(within)} are; the most is {first['asked'].max()}.\n",
        *out,
    ]
    for (d, i, r), mine in sorted(counted.drop_nulls(kept).group_by(kept)):
        out.append(
            f"| {d} | {i} | {r} | {len(mine)} | {mine['asked'].median():.0f} | {mine['asked'].max()} "
            f"| {mine['known'].median():.0f} |"
        )
    return out


HEAD = """\
# What is decided at once

All figures are of {requests:,} generated requests (seed {seed}, received in 2025), decided as of {day} with the
published guidelines and plan overlays, no program; `python scripts/immediate.py` prints this page.

A request is *complete* where nothing would be missing even if no visit were free. *At once* means approved in full, or
not required. What the generator was mended for: habilitative requests ask for half a year at most, maintenance requests
for a 90-day plan at one visit a week or fewer and after no operation, norm-referenced scores lie mostly 1.5 to 2 SD
below the mean, and half of those without any gain at the tenth visit are discharged (all assumed; the last follows G25,
where people who did not improve came half as often).
"""
ANSWERS = """
## How many answers an approval takes

Of up to {sample} approved requests of each kind every fact was taken away alone; it is counted where the approval then
fails. What the payer has itself (cover, dates, provider, its own record of visits) is not asked of the provider.
"""


def page() -> str:
    library = load_guidelines(ROOT / "guidelines")
    cases, table = kinds(library)
    aim = f"Aimed at, of the complete: {TARGET['initial']} % of first requests, {TARGET['continuing']} % to continue."
    return "\n".join(
        [
            HEAD.format(requests=REQUESTS, seed=SEED, day=DAY),
            "## How many\n",
            *shares(table),
            f"\n{aim}\n",
            "## Why not at once: the ten largest reasons\n",
            *reasons(table),
            ANSWERS.format(sample=SAMPLE),
            *answers(library, cases, table),
            "",
        ]
    )


if __name__ == "__main__":
    text = page()
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text(encoding="utf-8") == text else f"{PAGE} is stale")
    PAGE.write_text(text, encoding="utf-8")
    print(text)
