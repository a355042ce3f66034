"""The report of a scenario: one HTML page that needs no network, for a reviewer who signs it.

    write_report(trial, Path("artefacts/scenarios/example"))   # report.html, key_numbers.csv, result.json

Every number says its side and sign (draft − published), its unit, and whether it was observed, recomputed or assumed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.documents.outputs import write_text
from workbench.engine.decision import DETERMINATIONS
from workbench.review.page import STYLE, difference_table, note, section, things_of, write_csv
from workbench.review.report_numbers import (
    DIRECTION,
    counts_table,
    groups_table,
    kinds_table,
    matrix_table,
    rates_table,
)
from workbench.review.scenario_form import IN_REQUESTS
from workbench.review.scenario_result import SAME, Trial, sample
from workbench.words.conditions import labels
from workbench.words.decisions import CANNOT_KNOW, DETERMINATION, day_words, lonely_plans, period
from workbench.words.html import NOTHING, Html, document, joined, safe_link, table, tag
from workbench.words.numbers import DASH, count, percent

REPORT, NUMBERS, RESULT = "report.html", "key_numbers.csv", "result.json"
FIRST = 12  # things that change, at the top of the page
_READ = {"full": "read in full", "part": "read in part", "secondary": "known through others", "unread": "not yet read"}
_BOUND = {"at_least": "at least", "at_most": "at most"}


def report(trial: Trial) -> Html:
    """The page."""
    s = trial.scenario
    parts = [
        tag("header", tag("h1", s.name.replace("-", " ").capitalize()), tag("p", s.question, class_="question")),
        _verdict(trial),
        _changes(trial),
        _rests_on(trial),
        counts_table(trial),
        rates_table(trial),
        matrix_table(trial),
        _flips(trial),
        groups_table(trial),
        kinds_table(trial),
        _history(trial),
        _limits(trial),
        _sources(trial),
        _again(trial),
        _sign(trial),
    ]
    return document(f"Scenario {s.name}", joined((p for p in parts if p), "\n"), STYLE)


def write_report(trial: Trial, folder: Path) -> Path:
    """Write the page, the key numbers as CSV and the result as JSON into a folder; returns the page's path."""
    write_csv(folder / NUMBERS, ["number", "value", "unit"], [[k.name, k.text, k.unit] for k in trial.key_numbers()])
    write_text(folder / RESULT, json.dumps(result(trial), ensure_ascii=False, indent=1, default=str) + "\n")
    write_text(folder / REPORT, report(trial))
    return folder / REPORT


def result(trial: Trial) -> dict[str, object]:
    """What came out, as plain JSON matter: the run names its parameters and digests."""
    return {
        "scenario": trial.scenario.name,
        "question": trial.scenario.question,
        "holds": trial.holds,
        "verdict": trial.verdict(),
        "parameters": dict(trial.scenario.parameters),
        "changes": trial.difference.as_dict(),
        "gates": [g.as_dict() for g in trial.gates],
        "read": dict(zip(("read", "accepted", "set_aside"), trial.read, strict=True)),
        "comparison": trial.comparison.as_dict(),
        "key_numbers": {k.name: k.value for k in trial.key_numbers()},
    }


def _changes(trial: Trial) -> Html:
    """What changes in words, as it is written and as it comes out; a long list goes on at the end of the page."""
    said = f"reason: {trial.scenario.question}"
    remarks = joined(note(r) for r in trial.difference.remarks if r != said)
    steps = trial.difference.steps
    written = tag("ul", *(tag("li", s) for s in steps)) if steps else NOTHING
    rest = len(things_of(trial.difference)) - FIRST
    link = tag("a", "All changes", href="#changes")
    more = note(joined((f"… and {rest:,} more, under ", link, "."))) if rest > 0 else NOTHING
    return section("What changes", remarks, written, difference_table(trial.difference, 0, FIRST), more)


def _sources(trial: Trial) -> Html:
    """What did not fit the top of the page, and the sources that all changes name."""
    rest = (
        tag("h2", "All changes", id="changes") + difference_table(trial.difference)
        if len(things_of(trial.difference)) > FIRST
        else NOTHING
    )
    named = {source for item in trial.difference.items for source in item.sources}
    known = [trial.library.sources[i] for i in sorted(named) if i in trial.library.sources]
    rows = [[s.id, safe_link(s.url, s.title), s.publisher, str(s.year or ""), _READ[s.read]] for s in known]
    head = ["source", "title", "publisher", "year", "how far it was read"]
    listed = tag("h2", "Sources of what changes") + table(head, rows) if rows else NOTHING
    return tag("section", rest, listed) if rest or listed else NOTHING


def _verdict(trial: Trial) -> Html:
    css = "say" if trial.holds else "say no"
    rates = {r.name: r for r in trial.comparison.rates}
    rows = [
        [
            rates[g.gate.name].label if g.gate.name in rates else "get fewer visits",
            f"{_BOUND[g.gate.bound]} {_value(g.gate.name, float(g.gate.limit))}",
            _value(g.gate.name, g.published) if g.gate.name not in IN_REQUESTS else "",
            _value(g.gate.name, g.draft),
            tag("span", "holds" if g.holds else "fails", class_="badge yes" if g.holds else "badge no"),
        ]
        for g in trial.gates
    ]
    gates = (
        table(
            ["gate", "bound on the draft", "published", "draft", "outcome"],
            rows,
            numbers=(1, 2, 3),
            caption="Gates: the run fails where one does not hold",
        )
        if rows
        else NOTHING
    )
    return section("Verdict", tag("p", trial.verdict(), class_=css), gates)


def _value(name: str, value: float | None) -> str:
    if value is None:
        return DASH
    return f"{count(round(value))} requests" if name in IN_REQUESTS else percent(value)


def _rests_on(trial: Trial) -> Html:
    c, s = trial.comparison, trial.scenario
    read, accepted, aside = trial.read
    rows: list[list[object]] = [
        ["cases", s.cases.words()],
        ["rows", f"{read:,} read = {accepted:,} accepted + {aside:,} set aside"],
        ["period", period(c.draft)],
        ["decided", day_words(c.draft)],
        [
            "histories",
            c.draft.mode.replace("_", " ")
            + (f"; an undecided request supports: {c.draft.policy}" if c.draft.policy else ""),
        ],
        ["program", c.draft.program or "none: review is required everywhere"],
        ["assumptions", _assumptions(trial)],
        ["engine", str(c.draft.engine)],
    ]
    names = dict.fromkeys(x.name for a in (c.published, c.draft) for x in (*a.guidelines, *a.overlays))
    digests = {
        side: {x.name: x.digest for x in (*about.guidelines, *about.overlays)}
        for side, about in (("published", c.published), ("draft", c.draft))
    }
    pins = [[n, digests["published"].get(n, DASH), digests["draft"].get(n, DASH)] for n in names]
    plans = joined(note(line) for line in [lonely_plans(c.draft)] if line)
    return section(
        "What this rests on",
        table(["", ""], rows, named=True),
        table(
            ["guideline or overlay", "digest published", "digest draft"],
            pins,
            caption="Digests of the texts that decided; – where it decided nothing",
        ),
        plans,
    )


def _assumptions(trial: Trial) -> str:
    held, c = trial.scenario.assumptions, trial.comparison
    if held is None:
        return "none"
    return f"{held.name} ({held.file}); {c.draft.requests_on_assumptions:,} of {c.total.requests:,} requests rest on it"


def _flips(trial: Trial) -> Html:
    if not trial.flips:
        return NOTHING
    names, parts = labels(trial.library), []
    chosen = sample(trial)
    for way, n in trial.directions.items():
        rows = [_flip(r, names) for r in chosen if r["direction"] == way]
        if rows:
            largest = ", urgent and expedited first" + ("" if way == SAME else ", then the largest changes")
            caption = f"{DIRECTION[way].capitalize()}: {len(rows):,} of {n:,} requests{largest}"
            parts.append(
                table(["request", "condition", "asked", "used", "published", "draft", "reasons"], rows, caption=caption)
            )
    return section("Requests that change", *parts)


def _flip(r: Mapping[str, Any], names: Mapping[str, str]) -> list[object]:
    asked, used = (
        f"{_n(r[visits], 'visit')}, {_n(r[weeks], 'week')}"
        for visits, weeks in (("requested_visits", "requested_weeks"), ("visits_used", "weeks_used"))
    )
    condition = ", ".join(x for x in (names.get(r["condition"], r["condition"] or "not stated"), r["complexity"]) if x)
    why = [", ".join(x.replace("_", " ") for x in r[f"reasons{side}"]) or "none" for side in ("", "_draft")]
    return [
        r["request_id"] + (", urgent" if r["urgent"] or r["urgent_draft"] else ", expedited" if r["expedited"] else ""),
        condition,
        asked,
        used,
        _decided(r, ""),
        _decided(r, "_draft"),
        " → ".join(dict.fromkeys(why)),
    ]


def _decided(r: Mapping[str, Any], side: str) -> str:
    text, visits = DETERMINATION[r[f"determination{side}"]], r[f"granted_visits{side}"]
    return text if not visits else f"{text}, {_n(visits, 'visit')}, {_n(r[f'granted_weeks{side}'], 'week')}"


def _n(value: object, unit: str) -> str:
    return f"? {unit}s" if value is None else f"{value} {unit}" + ("" if value == 1 else "s")


def _history(trial: Trial) -> Html:
    """Engine × history × independent review, for both sides."""
    counts: dict[tuple[str, str], dict[str, list[int]]] = {}
    for k, side in enumerate(("published", "draft")):
        for row in trial.comparison.against_history(side).iter_rows(named=True):
            key = (row["historical_determination"] or "not recorded", row["appeal_outcome"] or "")
            counts.setdefault(key, {d: [0, 0] for d in DETERMINATIONS})[row["engine"]][k] += row["requests"]
    if all(h == "not recorded" for h, _ in counts):
        return NOTHING
    rows = [
        [
            h.replace("_", " "),
            review.replace("_", " ") or "none recorded",
            *(f"{a:,}" if a == b else f"{a:,} → {b:,}" for a, b in cells.values()),
        ]
        for (h, review), cells in counts.items()
    ]
    return section(
        "Engine and history",
        table(
            ["decided then", "independent review", *(DETERMINATION[d] for d in DETERMINATIONS)],
            rows,
            numbers=range(2, 2 + len(DETERMINATIONS)),
            caption="Requests: what was decided then and what independent review made of it, against what the engine "
            "says now (published → draft where they differ). Two opinions side by side: neither is the "
            "truth of the other.",
        ),
    )


def _limits(trial: Trial) -> Html:
    extra = (
        " These cases are invented: what they show is how the rules work, not how many people there are."
        if trial.scenario.cases.generate
        else ""
    )
    carried = trial.comparison.draft.carried
    more = (
        f" {carried.requests_not_carried:,} requests in {carried.episodes_not_carried:,} episodes could not be "
        f"carried forward; {carried.requests_on_recorded_improvement:,} carried ones rest on improvement as it was "
        "recorded."
        if carried
        else ""
    )
    said = f"{CANNOT_KNOW}{extra}{more} A historical denial hides what would have happened."
    return section("What a replay can not know", tag("p", said))


def _again(trial: Trial) -> Html:
    file = trial.scenario.file or f"scenarios/{trial.scenario.name}.yaml"
    shown = json.dumps(dict(trial.scenario.parameters), ensure_ascii=False, indent=1)
    command = tag("p", tag("code", f"workbench scenario {file}"))
    return section("Run it again", command, note("Its parameters:"), tag("pre", tag("code", shown)))


def _sign(trial: Trial) -> Html:
    digests = ", ".join(map(str, trial.comparison.draft.guidelines))
    said = f"Signed for the change above, on the texts with these digests: {digests}."
    lines = tag("div", *(tag("div", who) for who in ("Reviewer", "Credential", "Date")), class_="sign")
    return section("Sign-off", note(said), lines)
