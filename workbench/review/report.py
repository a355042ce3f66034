"""The report of a scenario: one HTML page that needs no network, for a reviewer who signs it.

    write_report(trial, Path("artefacts/scenarios/example"))   # report.html, key_numbers.csv, result.json

Every number says its side and sign (draft − published), its unit, and whether it was observed, recomputed or assumed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from workbench.engine.decision import DETERMINATIONS
from workbench.review.page import Html, difference_table, document, html, table, things_of, write_csv
from workbench.review.pictures import MOST, group_words, picture, sums
from workbench.review.sentences import labels, trim, value_words
from workbench.review.trial import LESS, MORE, SAME, GateResult, Trial, sample, settled, stated
from workbench.review.words import CANNOT_KNOW, DETERMINATION, about_lines, percent, period, points
from workbench.study.compare import BASES
from workbench.study.rates import NEWLY_REFERRED, Rate

REPORT, NUMBERS, RESULT = "report.html", "key_numbers.csv", "result.json"
GROUPS = ("discipline", "condition", "complexity", "line_of_business", "plan")
FIRST = 12  # things that change, at the top of the page
_READ = {"full": "read in full", "part": "read in part", "secondary": "known through others", "unread": "not yet read"}
_BOUND = {"at_least": "at least", "at_most": "at most"}
_DIRECTION = {MORE: "the draft supports more", LESS: "the draft supports less", SAME: "the draft supports as much"}


def report(trial: Trial) -> str:
    """The page."""
    s = trial.scenario
    parts = [f"<header><h1>{escape(s.name.replace('-', ' ').capitalize())}</h1>"
             f'<p class="question">{escape(s.question)}</p></header>', _changes(trial), _verdict(trial),
             _rests_on(trial), _counts(trial), _rates(trial), _matrix(trial), _flips(trial), _groups(trial),
             _kinds(trial), _history(trial), _limits(trial), _sources(trial), _again(trial), _sign(trial)]
    return document(f"Scenario {s.name}", "\n".join(p for p in parts if p))


def write_report(trial: Trial, folder: Path) -> Path:
    """Write the page, the key numbers as CSV and the result as JSON into a folder; returns the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / NUMBERS, ["number", "value", "unit"], [[k.name, k.text, k.unit] for k in trial.key_numbers()])
    (folder / RESULT).write_text(json.dumps(result(trial), ensure_ascii=False, indent=1, default=str) + "\n",
                                 encoding="utf-8")
    (folder / REPORT).write_text(report(trial), encoding="utf-8")
    return folder / REPORT


def result(trial: Trial) -> dict[str, object]:
    """What came out, as plain JSON matter: the run names its parameters and digests."""
    return {"scenario": trial.scenario.name, "question": trial.scenario.question, "holds": trial.holds,
            "verdict": trial.verdict(), "parameters": dict(trial.scenario.parameters),
            "changes": trial.difference.as_dict(), "gates": [_gate(g) for g in trial.gates],
            "read": dict(zip(("read", "accepted", "set_aside"), trial.read, strict=True)),
            "comparison": trial.comparison.as_dict(), "key_numbers": {k.name: k.value for k in trial.key_numbers()}}


def _gate(g: GateResult) -> dict[str, object]:
    return {"gate": g.gate.name, "bound": g.gate.bound, "limit": float(g.gate.limit), "published": g.published,
            "draft": g.draft, "holds": g.holds}


def _changes(trial: Trial) -> str:
    """What changes in words, as it is written and as it comes out; a long list goes on at the end of the page."""
    said = f"reason: {trial.scenario.question}"
    remarks = "".join(f'<p class="note">{escape(r)}</p>' for r in trial.difference.remarks if r != said)
    steps = "".join(f"<li>{escape(s)}</li>" for s in trial.difference.steps)
    written = f"<ul>{steps}</ul>" if steps else ""
    rest = len(things_of(trial.difference)) - FIRST
    more = f'<p class="note">… and {rest:,} more, under <a href="#changes">All changes</a>.</p>' if rest > 0 else ""
    return (f"<section><h2>What changes</h2>{remarks}{written}{difference_table(trial.difference, 0, FIRST)}{more}"
            "</section>")


def _sources(trial: Trial) -> str:
    """What did not fit the top of the page, and the sources that all changes name."""
    rest = f'<h2 id="changes">All changes</h2>{difference_table(trial.difference)}' \
        if len(things_of(trial.difference)) > FIRST else ""
    named = {i.strip() for item in trial.difference.items for i in item.source.split(";") if i.strip()}
    known = [trial.library.sources[i] for i in sorted(named) if i in trial.library.sources]
    rows = [[s.id, Html(f'<a href="{escape(s.url)}">{escape(s.title)}</a>') if s.url else s.title, s.publisher,
             str(s.year or ""), _READ[s.read]] for s in known]
    head = ["source", "title", "publisher", "year", "how far it was read"]
    listed = f"<h2>Sources of what changes</h2>{table(head, rows)}" if rows else ""
    return f"<section>{rest}{listed}</section>" if rest or listed else ""


def _verdict(trial: Trial) -> str:
    css = "say" if trial.holds else "say no"
    rates = {r.name: r for r in trial.comparison.rates}
    rows = [[rates[g.gate.name].label, f"{_BOUND[g.gate.bound]} {_value(g.gate.name, float(g.gate.limit))}",
             _value(g.gate.name, g.published) if g.gate.name != NEWLY_REFERRED else "", _value(g.gate.name, g.draft),
             Html(f'<span class="badge {"yes" if g.holds else "no"}">{"holds" if g.holds else "fails"}</span>')]
            for g in trial.gates]
    gates = table(["gate", "bound on the draft", "published", "draft", ""], rows, numbers=(1, 2, 3),
                  caption="Gates: the run fails where one does not hold") if rows else ""
    return f'<section><h2>Verdict</h2><p class="{css}">{escape(trial.verdict())}</p>{gates}</section>'


def _value(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f} requests" if name == NEWLY_REFERRED else percent(value)


def _rests_on(trial: Trial) -> str:
    c, s = trial.comparison, trial.scenario
    read, accepted, aside = trial.read
    rows: list[list[object]] = [
        ["cases", s.cases.words()],
        ["rows", f"{read:,} read = {accepted:,} accepted + {aside:,} set aside"],
        ["period", period(c.draft)],
        ["decided", "each by its own day" if c.draft.deciding_day == "by date" else f"as of {c.draft.deciding_day}"],
        ["histories", c.draft.mode.replace("_", " ") + (f"; an undecided request supports: {c.draft.policy}"
                                                        if c.draft.policy else "")],
        ["program", c.draft.program or "none: review is required everywhere"],
        ["assumptions", _assumptions(trial)], ["engine", c.draft.engine]]
    names = dict.fromkeys(x.rsplit(" ", 1)[0] for a in (c.published, c.draft) for x in (*a.guidelines, *a.overlays))
    digests = {side: dict(x.rsplit(" ", 1) for x in (*about.guidelines, *about.overlays))
               for side, about in (("published", c.published), ("draft", c.draft))}
    pins = [[n, digests["published"].get(n, "–"), digests["draft"].get(n, "–")] for n in names]
    plans = "".join(f'<p class="note">{escape(line)}</p>' for line in about_lines(c.draft) if line.startswith("plans"))
    return ("<section><h2>What this rests on</h2>" + table(["", ""], rows)
            + table(["guideline or overlay", "digest published", "digest draft"], pins,
                    caption="Digests of the texts that decided; – where it decided nothing") + plans + "</section>")


def _assumptions(trial: Trial) -> str:
    held, c = trial.scenario.assumptions, trial.comparison
    if held is None:
        return "none"
    return f"{held.name} ({held.file}); {c.draft.requests_on_assumptions:,} of {c.total.requests:,} requests rest on it"


def _counts(trial: Trial) -> str:
    c, moved = trial.comparison, trial.directions
    rows: list[Sequence[object]] = [[what, *("not stated" if n is None else n for n in stated(found, c.total).values())]
                                    for what, found in (("all", c.total), ("that change", c.flipped))]
    rows += [[f"that change: {_DIRECTION[d]}", n, "", ""] for d, n in moved.items()]
    amounts = [[n.replace("_", " "), a["published"], a["draft"], Html(_signed(a["difference"]))]
               for n, a in c.amounts().items()]
    summed = sums(trial)
    without = c.draft.requests_without_person
    note = f'<p class="note">{without:,} requests name no person.</p>' if without else ""
    return ("<section><h2>Requests, episodes, people</h2>"
            + table(["", "requests", "episodes", "people"], rows, numbers=(1, 2, 3)) + note
            + table(["visits and weeks, summed", "published", "draft", "draft − published"], amounts,
                    numbers=(1, 2, 3)) + picture(trial, "determinations")
            + table(["determination", "published, requests", "draft, requests", "draft − published"],
                    [[n, a, b, Html(_signed(b - a))] for n, a, b in summed], numbers=(1, 2, 3)) + "</section>")


def _signed(n: int) -> str:
    return "0" if not n else f"{n:+,}".replace("-", "−")


def _rates(trial: Trial) -> str:
    rows = [[r.label, r.out_of, *_sides(r), points(r)] for r in trial.comparison.rates]
    return ("<section><h2>Rates</h2>" + picture(trial, "rates")
            + table(["rate", "of", "published", "draft", "draft − published (95 %), points"], rows, numbers=(2, 3, 4),
                    caption="Newly referred: requests that published approved or exempted and the draft refers; its "
                    "difference is in requests.") + "</section>")


def _sides(r: Rate) -> tuple[str, str]:
    if r.name == NEWLY_REFERRED:
        return "", f"{r.draft:,.0f}"
    return percent(r.published), percent(r.draft)


def _matrix(trial: Trial) -> str:
    matrix = trial.comparison.matrix
    head = "".join(f'<th scope="col" class="n">{escape(DETERMINATION[d])}</th>' for d in DETERMINATIONS)
    rows = []
    for a in DETERMINATIONS:
        cells = "".join(f'<td class="n {settled(matrix, a, b)}">{html(matrix[a][b])}</td>' for b in DETERMINATIONS)
        rows.append(f'<tr><th scope="row">{escape(DETERMINATION[a])}</th>{cells}</tr>')
    return ('<section><h2>What becomes of what</h2><table class="matrix"><caption>Requests: a row for what published '
            "decides, a column for what the draft decides. Grey: the same determination. Blue: towards approval. "
            f'Orange: away from it.</caption><thead><tr><th scope="col">published ↓ draft →</th>{head}</tr></thead>'
            f"<tbody>{''.join(rows)}</tbody></table></section>")


def _flips(trial: Trial) -> str:
    if not trial.flips:
        return ""
    names, parts = labels(trial.library), []
    chosen = sample(trial)
    for way, n in trial.directions.items():
        rows = [_flip(r, names) for r in chosen if r["direction"] == way]
        if rows:
            largest = "" if way == SAME else ", the largest changes first"
            caption = f"{_DIRECTION[way].capitalize()}: {len(rows):,} of {n:,} requests{largest}"
            parts.append(table(["request", "condition", "asked", "used", "published", "draft", "reasons"], rows,
                               caption=caption))
    return f"<section><h2>Requests that change</h2>{''.join(parts)}</section>"


def _flip(r: Mapping[str, object], names: Mapping[str, str]) -> list[object]:
    asked, used = (f"{_n(r[visits], 'visit')}, {_n(r[weeks], 'week')}" for visits, weeks in (
        ("requested_visits", "requested_weeks"), ("visits_used", "weeks_used")))
    condition = ", ".join(x for x in (names.get(r["condition"], r["condition"] or "not stated"), r["complexity"]) if x)
    why = [", ".join(x.replace("_", " ") for x in r[f"reasons{side}"]) or "none" for side in ("", "_draft")]
    return [r["request_id"], condition, asked, used, _decided(r, ""), _decided(r, "_draft"),
            " → ".join(dict.fromkeys(why))]


def _decided(r: Mapping[str, object], side: str) -> str:
    text, visits = DETERMINATION[r[f"determination{side}"]], r[f"granted_visits{side}"]
    return text if not visits else f"{text}, {_n(visits, 'visit')}, {_n(r[f'granted_weeks{side}'], 'week')}"


def _n(value: object, unit: str) -> str:
    return f"? {unit}s" if value is None else f"{value} {unit}" + ("" if value == 1 else "s")


def _groups(trial: Trial) -> str:
    if not trial.flips:
        return ""
    names, parts = labels(trial.library), []
    for fact in GROUPS:
        found = trial.by(fact)
        if len(found) < 2:
            continue
        moving = [(group_words(v, fact, names), n, up, down) for v, n, up, down in found if up + down]
        shown, what = moving[:MOST], fact.replace("_", " ")
        rest = f"; {len(moving) - MOST:,} more change less" if len(moving) > MOST else ""
        rest += f"; {len(found) - len(moving):,} of {len(found):,} do not change" if len(found) > len(moving) else ""
        if fact == "condition":
            parts.append(picture(trial, "condition"))
        parts.append(table([what, "requests", "draft supports more", "draft supports less"], shown, numbers=(1, 2, 3),
                           caption=f"By {what}, requests{rest}"))
    return f"<section><h2>Where it lands</h2>{''.join(parts)}</section>"


def _kinds(trial: Trial) -> str:
    c = trial.comparison
    invented = bool(trial.scenario.cases.generate)
    kinds = [["requests, episodes, people, period, what was asked", "invented by the generator" if invented else
              "observed: read from the cases"],
             ["history: what was decided then, what independent review made of it", "invented by the generator"
              if invented else "observed, where the cases say so"],
             ["determinations, visits and weeks granted, rates, differences", "recomputed by the engine"],
             ["of these, requests that rest on an assumption", f"assumed: {c.draft.requests_on_assumptions:,}"]]
    head = {"all": "all requests", "recorded": "on recorded facts alone", "assumed": "resting on assumptions"}
    rows = []
    for row in c.split().iter_rows(named=True):
        if row["facts"] in BASES:
            rows.append([head[row["facts"]], row["requests"], row["episodes"], row["people"], row["changed"],
                         percent(row["approval_rate published"]), percent(row["approval_rate draft"]),
                         percent(row["referral_rate published"]), percent(row["referral_rate draft"])])
    split = table(["", "requests", "episodes", "people", "requests that change", "approved, published",
                   "approved, draft", "referred, published", "referred, draft"], rows, numbers=range(1, 9),
                  caption="Every count split: on recorded facts, and resting on assumptions")
    return ("<section><h2>Observed, recomputed, assumed</h2>" + table(["number", "where it comes from"], kinds) + split
            + _assumed(trial) + "</section>")


def _assumed(trial: Trial) -> str:
    held = trial.scenario.assumptions
    if held is None:
        return ""
    rows = [[e.fact.replace("_", " "), "; ".join(f"{f.replace('_', ' ')} = {_words(v)}" for f, v in e.where),
             _words(e.value), e.reason] for e in held.entries]
    return table(["fact", "where", "assumed", "reason"], rows, caption=f"Assumptions ({held.name}), for missing facts "
                 "alone")


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return value_words(value) if isinstance(value, str) else trim(value) if hasattr(value, "quantize") else str(value)


def _history(trial: Trial) -> str:
    """Engine × history × independent review, for both sides."""
    counts: dict[tuple[str, str], dict[str, list[int]]] = {}
    for k, side in enumerate(("published", "draft")):
        for row in trial.comparison.against_history(side).iter_rows(named=True):
            key = (row["historical_determination"] or "not recorded", row["appeal_outcome"] or "")
            counts.setdefault(key, {d: [0, 0] for d in DETERMINATIONS})[row["engine"]][k] += row["requests"]
    if all(h == "not recorded" for h, _ in counts):
        return ""
    rows = [[h.replace("_", " "), review.replace("_", " ") or "none recorded",
             *(f"{a:,}" if a == b else f"{a:,} → {b:,}" for a, b in cells.values())]
            for (h, review), cells in counts.items()]
    return ("<section><h2>Engine and history</h2>" + table(
        ["decided then", "independent review", *(DETERMINATION[d] for d in DETERMINATIONS)], rows,
        numbers=range(2, 2 + len(DETERMINATIONS)), caption="Requests: what was decided then and what independent "
        "review made of it, against what the engine says now (published → draft where they differ). Two opinions side "
        "by side: neither is the truth of the other.") + "</section>")


def _limits(trial: Trial) -> str:
    extra = " These cases are invented: what they show is how the rules work, not how many people there are." \
        if trial.scenario.cases.generate else ""
    carried = trial.comparison.draft.carried
    more = (f" {carried.requests_not_carried:,} requests in {carried.episodes_not_carried:,} episodes could not be "
            f"carried forward; {carried.requests_on_recorded_improvement:,} carried ones rest on improvement as it was "
            "recorded." if carried else "")
    return (f"<section><h2>What a replay can not know</h2><p>{escape(CANNOT_KNOW + extra + more)} A historical denial "
            "hides what would have happened.</p></section>")


def _again(trial: Trial) -> str:
    file = trial.scenario.file or f"scenarios/{trial.scenario.name}.yaml"
    shown = json.dumps(dict(trial.scenario.parameters), ensure_ascii=False, indent=1)
    return (f"<section><h2>Run it again</h2><p><code>workbench scenario {escape(file)}</code></p><p class=\"note\">Its "
            f"parameters:</p><pre><code>{escape(shown)}</code></pre></section>")


def _sign(trial: Trial) -> str:
    digests = ", ".join(trial.comparison.draft.guidelines)
    return ('<section><h2>Sign-off</h2><p class="note">Signed for the change above, on the texts with these digests: '
            f"{escape(digests)}.</p>"
            '<div class="sign"><div>Reviewer</div><div>Credential</div><div>Date</div></div></section>')
