"""What monitoring found, in words: the summary of a terminal, and the sentences that the page shares with it."""

from __future__ import annotations

from workbench.study.monitor import Monitoring
from workbench.study.monitor_checks import WRONG, counts
from workbench.study.monitor_funnel import FEWER, FEWEST_PEOPLE, MORE
from workbench.study.monitor_series import ALONE, OUTCOMES, Step
from workbench.words.numbers import count, percent, several, true_minus

MOST = 8
CAN_NOT_SAY = (
    "Nothing here says why: more visits than the case mix lets expect can be good care of people who need it, and the "
    "conditions, ages and disciplines that case mix is told by are few.",
    "A finding is a question about a line, not an accusation; those marked “look” have honest explanations.",
    "An interrupted time series tells what changed with a day. Whatever else began then is in the same step, and how "
    "many people were covered is not in claims.",
    "Claims do not say what was needed and never asked for, or denied: demand above a limit is not seen.",
)


def period_words(found: Monitoring) -> str:
    """`service from 2024-01-01 to 2025-12-31`"""
    first, last = found.about.period
    return "no days of service" if first is None else f"service from {first} to {last}"


def counted_words(found: Monitoring) -> str:
    """People, episodes and rows, each by its name."""
    a = found.about
    return (
        f"{count(a.visits)} visits in {count(a.counted)} {a.rows_are} of {several(a.people, 'person', 'people')} in "
        f"{several(a.episodes, 'episode')}, by {several(a.providers, 'provider')}; {period_words(found)}"
    )


def left_out_words(found: Monitoring) -> str:
    """What is in no count; empty where everything is."""
    told = ", ".join(f"{count(n)} {code}" for code, n in found.about.not_counted)
    return f"Of {count(found.about.rows)} {found.about.rows_are} these are in no count: {told}." if told else ""


def limits_words(found: Monitoring) -> str:
    """How many episodes went beyond the rows that they meet, or could."""
    known = found.each.drop_nulls(["visits", "beyond"])
    if not known.height:
        return "No episode meets a limit row of a guideline in force."
    sure, may = int(known["beyond"].sum()), int(known["may"].sum())
    said = (
        f"Of {several(known.height, 'episode')} that meet a limit row or could, {count(sure)} "
        f"({percent(sure / known.height)}) took more visits than any row that they could meet"
    )
    if may > sure:
        said += f", and {count(may)} ({percent(may / known.height)}) more than the strictest of them"
    return said + "; there review would have asked a clinician."


def review_words(found: Monitoring) -> str:
    """How many episodes the program does not review; empty without a program."""
    told = found.each["required"].drop_nulls()
    if not len(told):
        return ""
    required = int(told.sum())
    free = len(told) - required
    of = several(required, "episode")
    return f"The program {found.about.program} requires review of {of}, and of {count(free)} not."


def funnel_words(found: Monitoring) -> str:
    """How many providers were judged and flagged, by what rule."""
    f = found.funnel
    if not f.judged:
        return f"No provider treats {FEWEST_PEOPLE} people or more in episodes that can be followed: none is judged."
    more, fewer = (f.providers.filter(flag=flag).height for flag in (MORE, FEWER))
    return (
        f"{several(f.judged, 'provider')} of {FEWEST_PEOPLE} people or more judged: {count(more)} with more visits in "
        f"the first 90 days of their episodes than their case mix lets expect, {count(fewer)} with fewer (false "
        f"discovery rate {percent(f.q, 0)}; {count(int(f.providers['bonferroni'].sum()))} by Bonferroni). A spread of "
        f"{percent(f.between, 0)} between providers is taken as usual."
    )


def findings_words(found: Monitoring) -> str:
    """How many lines can not be right, and how many should be looked at."""
    wrong = found.findings.filter(kind=WRONG)["row"].n_unique()
    rest = found.findings.filter(found.findings["kind"] != WRONG)["row"].n_unique()
    return f"{count(wrong)} {found.about.rows_are} can not be right as they stand; {count(rest)} should be looked at."


def step_words(step: Step) -> str:
    """One series in a sentence."""
    name = OUTCOMES[step.outcome] + ("" if step.against == ALONE else f", {step.against}")
    if step.level is None or step.slope is None:
        return f"{step.day}, {name}: not told, {step.why}"
    said = (
        f"{step.day}, {name}: step {_signed(step.level)} ({_signed(step.level_low)} to {_signed(step.level_high)}) "
        f"where {true_minus(f'{step.expected:,.1f}')} was expected; slope {_signed(step.slope)} a month "
        f"({_signed(step.slope_low)} to {_signed(step.slope_high)}); {step.before} months before, {step.after} after"
    )
    return said + ("; months are alike, the interval is too narrow" if (step.alike or 0) > 0.3 else "")


def _signed(value: float | None) -> str:
    return true_minus(f"{value:+,.2f}")


def lines(found: Monitoring) -> list[str]:
    """The whole in words, for a terminal."""
    a = found.about
    out = [counted_words(found), left_out_words(found), *a.notes, "", "Limit rows (what review would have seen)"]
    out += [f"  {limits_words(found)}", f"  {review_words(found)}"]
    for row in found.limits.sort("visits_beyond", descending=True).head(MOST).to_dicts():
        span = "" if row["share"] is None else f" ({percent(row['low'])} to {percent(row['high'])})"
        limit = "differs by plan" if row["limit_visits"] is None else f"{row['limit_visits']} visits"
        out.append(
            f"  {row['guideline']} {row['limit_row']}, {limit}: beyond it {percent(row['share'])}{span} of "
            f"{several(row['episodes'], 'episode')} that meet it or could"
        )
    out += ["", "Providers", f"  {funnel_words(found)}"]
    out += [
        f"  {r['provider_npi']} ({r['discipline']}), {r['flag']}: {r['why']}" for r in found.funnel.flagged.to_dicts()
    ]
    out += ["", "Validation", f"  {findings_words(found)}"]
    told = counts(found.findings)
    out += [
        f"  {r['code']} ({r['kind']}): {count(r['rows'])} rows; {r['meaning']}"
        for r in told.to_dicts()
        if r["findings"]
    ]
    if a.unchecked:
        out.append(f"  not checked, because nothing tells it: {', '.join(a.unchecked)}")
    if found.interrupted is not None:
        out += ["", "Before and after"]
        out += [f"  {step_words(s)}" for s in found.interrupted.steps] or ["  no day of the program lies in the period"]
    return [line for line in out if line.strip() or not line] + ["", *CAN_NOT_SAY]
