"""A dossier as a page: its verdict line first, then what changes, what is proved, what it does, what is not known.

blocks(held, digest)         # for as_html, as_pdf, as_markdown
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from workbench.engine.decision import DETERMINATIONS
from workbench.guideline.digests import short
from workbench.review.dossier.blocks import Block, Bullets, Heading, Table, Text
from workbench.review.dossier.read import Contents
from workbench.review.proof.prove import EXCEPTED, FAILS, HOLDS, UNDECIDED
from workbench.study.listing import GROUPED
from workbench.study.rates import NEWLY_REFERRED
from workbench.words.decisions import DETERMINATION
from workbench.words.numbers import interval, percent, plus, several, stated

_STATE = {HOLDS: "holds", FAILS: "fails", UNDECIDED: "not decided", EXCEPTED: "on purpose"}
_DIRECTION = {"more": "supports more", "less": "supports less", "same": "supports as much"}
PARTS = ("verdict", "asks", "changes", "proofs", "effects", "impact", "witnesses", "people", "fairness", "gates",
         "examples", "unknown", "rests_on")  # fmt: skip
Part = Mapping[str, Any]


def blocks(held: Contents, digest: str) -> Iterator[Block]:
    """All of it; `digest` is that of `dossier.json`, over which people sign."""
    yield Heading(f"Dossier: {held['scenario'].replace('-', ' ')}", 1)
    yield Text(held["question"], "question")
    for name in PARTS:
        yield from part(name, held, digest)


def part(name: str, held: Contents, digest: str) -> Iterator[Block]:
    """One of PARTS alone."""
    match name:
        case "verdict":
            yield from verdict(held["verdict"])
        case "asks":
            yield from _asks(held, digest)
        case "changes":
            yield Heading("What changes")
            for change in held["changes"]:
                yield from _change(change)
        case "proofs":
            yield Heading("Proofs over every request")
            for proof in held["proofs"]:
                yield from _proof(proof)
        case "effects":
            yield Heading("What it does to every request")
            for effect in held["effects"]:
                yield from _effect(effect)
        case "impact":
            yield from _impact(held["impact"])
        case "witnesses":
            yield from _witnesses(held)
        case "people":
            yield from _people(held["people"])
        case "fairness":
            yield from _fairness(held["people"])
        case "gates":
            yield from _gates(held)
        case "examples":
            yield from _examples(held["examples"])
        case "unknown":
            yield Heading("What can not be known")
            yield Bullets(held["unknown"])
        case "rests_on":
            yield from _rests_on(held)


def verdict(said: Part) -> Iterator[Block]:
    """The verdict line, what breaks or wants weighing, and what is otherwise on purpose."""
    yield Text(said["sentence"], "good" if said["holds"] else "bad")
    if said["breaks"]:
        yield Heading("What breaks", 3)
        yield Bullets(said["breaks"])
    if said["weigh"]:
        yield Heading("To weigh", 3)
        yield Bullets(said["weigh"])
    if said["on_purpose"]:
        yield Heading("Otherwise on purpose, with the author's reasons", 3)
        yield Bullets(said["on_purpose"])


def _asks(held: Contents, digest: str) -> Iterator[Block]:
    publish, retire = (", ".join(held["asks"][k]) for k in ("publish", "retire"))
    yield Heading("What is asked of you")
    yield Table(
        ["", ""],
        [
            ["to be published", publish or "nothing: no version named here is in review"],
            ["to be retired then", retire or "nothing"],
            ["made", f"{held['asked']['on']} (the day as told)"],
            ["signed over", f"SHA-256 of dossier.json: {digest}"],
        ],
        wide=(1, 4),
    )


def _change(change: Part) -> Iterator[Block]:
    yield Heading(f"{change['one']} → {change['two']}: {change['counts']}", 3)
    for remark in change["remarks"]:
        yield Text(remark, "note")
    rows = [[c["title"], c["change"], c.get("source", ""), c.get("evidence", "")] for c in change["changes"]]
    if rows:
        yield Table(["what", "old → new", "source", "evidence"], rows, wide=(3, 5, 2, 2))


def _proof(proof: Part) -> Iterator[Block]:
    yield Heading(f"{proof['version']}, against {proof['against']}", 3)
    rows = [[q["question"], q["says"], q["asked"], q["hold"]] for q in proof["questions"]]
    yield Table(["question", "of every request", "asked", "hold"], rows, (2, 3), wide=(3, 8, 1, 1))
    if proof["open"]:
        yield Table(
            ["question", "state", "before", "why it is meant so", "what shows it"],
            [[_named(a), _STATE[a["state"]], _STATE[a["before"]], a["reason"], _shown(a)] for a in proof["open"]],
            caption="What does not hold, and what the version before makes of it",
            wide=(3, 2, 2, 4, 6),
        )


def _named(answer: Part) -> str:
    about = f": {answer['about']}" if answer["about"] else ""
    return f"{answer['question']}{about}" + (f" [{answer['plan']}]" if answer["plan"] else "")


def _shown(answer: Part) -> str:
    w = answer["witness"]
    if w is None:
        return str(answer["text"])
    out = f"{answer['text']}. Request: {w['request']}. Decided: {w['decided']}."
    if w["becomes"]:
        other = "; ".join(f"{n.replace('_', ' ')} {v}" for n, v in w["other"].items())
        out += f" And with {other or 'the limit raised'}: {w['becomes']}."
    return out


def _effect(effect: Part) -> Iterator[Block]:
    yield Heading(f"{effect['one']} → {effect['two']}: {effect['verdict']}", 3)
    for remark in effect["remarks"]:
        yield Text(remark, "note")
    rows = [[c["intent"], c["verdict"], c["conditions"]] for c in effect["conditions"]]
    yield Table(["aim of treatment", "verdict", "conditions"], rows, (2,))
    items = [[f"{i['kind']} {i['id']}", i["verdict"], ", ".join(i["kept_by"])] for i in effect["items"]]
    if items:
        yield Table(
            ["what changes", "by itself", "not felt under"], items, caption="Each change alone, all else as it was"
        )
    regions = [_region(k, r) for k, r in enumerate(effect["regions"], start=1)]
    if regions:
        yield Table(
            ["", "where", "what becomes of which", "cases", "the smallest request that lies there"],
            regions,
            (3,),
            caption="Every region in which another decision is given. Of a region with 0 cases: no request of these "
            "cases has ever been here.",
            wide=(1, 5, 4, 1, 6),
        )


def _region(number: int, region: Part) -> list[str | int | None]:
    moves = "; ".join(
        f"{DETERMINATION[t['old']]} → {DETERMINATION[t['new']]} ({t['direction']})" for t in region["transitions"]
    )
    shown = f"{region['request']}: {region['decided']} → {region['becomes']}" if region["request"] else ""
    return [number, "; ".join(region["where"]) or "anywhere", moves, region["requests"], shown]


def _impact(impact: Part) -> Iterator[Block]:
    yield Heading("Impact on the cases")
    yield Text(impact["sentence"])
    first, last = impact["period"]
    rows_, policy = impact["rows"], f"; an undecided request supports: {impact['policy']}" if impact["policy"] else ""
    yield Table(
        ["", ""],
        [
            ["cases", impact["cases"] + (" (invented)" if impact["invented"] else "")],
            ["rows", f"{rows_['read']:,} read = {rows_['accepted']:,} accepted + {rows_['set_aside']:,} set aside"],
            ["received", f"{first} to {last}" if first else "days not stated"],
            ["decided", f"as of {impact['deciding_day']}" if impact["deciding_day"] else "by date"],
            ["histories", impact["histories"].replace("_", " ") + policy],
            ["on assumptions", f"{impact['on_assumptions']:,} requests"],
        ],
        wide=(1, 4),
    )
    counts = impact["counts"]
    yield Table(
        ["", "requests", "episodes", "people"],
        [[w, *(stated(counts[k][n]) for n in ("requests", "episodes", "people"))]
         for w, k in (("all", "all"), ("that change", "changed"))]
        + [[f"that change: the draft {_DIRECTION[d]}", n, "", ""] for d, n in impact["directions"].items()],
        (1, 2, 3),
    )  # fmt: skip
    rates = [
        [
            r["label"],
            r["of"],
            percent(r["published"]),
            percent(r["draft"]),
            interval(r["difference"], r["low"], r["high"]),
        ]
        for r in impact["rates"]
        if r["rate"] != NEWLY_REFERRED
    ]
    head = ["rate", "of", "published", "draft", "draft − published, points (95 %)"]
    yield Table(head, rates, (2, 3, 4), wide=(4, 4, 2, 2, 4))
    yield Table(
        ["visits and weeks, summed", "published", "draft", "draft − published"],
        [[n.replace("_", " "), a["published"], a["draft"], plus(a["difference"])]
         for n, a in impact["amounts"].items()],
        (1, 2, 3),
    )  # fmt: skip
    yield Table(
        ["published ↓ draft →", *(DETERMINATION[d] for d in DETERMINATIONS)],
        [[DETERMINATION[a], *(impact["matrix"][a][b] for b in DETERMINATIONS)] for a in DETERMINATIONS],
        range(1, len(DETERMINATIONS) + 1),
        "What becomes of what, requests",
    )


def _witnesses(held: Contents) -> Iterator[Block]:
    yield Heading("Witnesses: requests that change")
    if not held["impact"]["invented"]:
        yield Text("None is shown, since the cases are those of a file.", "note")
        return
    rows = [
        [w["request_id"], f"the draft {_DIRECTION[w['direction']]}", w["condition"] or "not stated", w["plan"] or "",
         *(_side(w[s]) for s in ("published", "draft"))]
        for w in held["witnesses"]
    ]  # fmt: skip
    if rows:
        yield Table(["request", "", "condition", "plan", "published", "draft"], rows, wide=(2, 2, 3, 3, 4, 4))
    else:
        yield Text("No request changes.")


def _side(side: Part) -> str:
    granted = f", {side['granted_visits']} visits over {side['granted_weeks']} weeks" if side["granted_visits"] else ""
    reasons = f" ({', '.join(side['reasons'])})" if side["reasons"] else ""
    return f"{DETERMINATION[side['determination']]}{granted}{reasons}"


def _people(people: Part) -> Iterator[Block]:
    yield Heading("What it does to people")
    stops, rests = people["stops"], people["rests_on"]
    rows = [
        ["continuing requests", stops["continuing"]],
        ["of these, supported as published", stops["supported"]],
        ["of these, no longer under the draft: care may stop", stops["stops"]],
        ["supported under the draft alone", stops["resumes"]],
    ]
    head = ["", "requests", "episodes", "people"]
    keys = ("requests", "episodes", "people")
    fares = [[f"requests that are decided otherwise: {how}", c] for how, c in people["fares"].items()]
    yield Table(head, [[n, *(stated(c[k]) for k in keys)] for n, c in (*fares, *rows)], (1, 2, 3), wide=(5, 1, 1, 1))
    appeals = [[a["outcome"], *(a[k] for k in ("denials", "published", "draft", "newly", "no_longer"))]
               for a in people["appeals"]]  # fmt: skip
    if any(a["denials"] for a in people["appeals"]):
        head = ["denied in history, and then", "requests", "published approves", "draft approves", "newly", "no longer"]
        yield Table(head, appeals, range(1, 6))
    review = [[r["name"], f"{r['published']:,.0f}", f"{r['draft']:,.0f}"] for r in people["review"]]
    caption = f"Review by clinicians; assumed: {rests['name']} {rests['value']:g} ({rests['why']})"
    yield Table(["", "published", "draft"], review, (1, 2), caption)
    for remark in people["remarks"]:
        yield Text(remark, "note")


def _fairness(people: Part) -> Iterator[Block]:
    yield Heading("Fairness: who is approved at once, by group")
    yield Text("Shares of the requests that need a decision; draft − published in points, with 95 % intervals.", "note")
    for by in dict.fromkeys(g["fact"] for g in people["groups"]):
        found = [
            [g["value"].replace("_", " "), g["requests"], stated(g["people"]), g["loses"], g["gains"], g["stops"],
             percent(g["published"]), percent(g["draft"]), interval(g["difference"], g["low"], g["high"])]
            for g in people["groups"] if g["fact"] == by
        ]  # fmt: skip
        head = [GROUPED.get(by, by), "requests", "people", "lose", "gain", "care stops", "published", "draft", "points"]
        yield Table(head, found, range(1, 9), wide=(5, 2, 2, 2, 2, 2, 3, 3, 5))


def _gates(held: Contents) -> Iterator[Block]:
    yield Heading("Gates")
    if not held["gates"]:
        yield Text("No gate was set.")
        return
    rows = [
        [g["gate"].replace("_", " "), f"{g['bound'].replace('_', ' ')} {g['limit']:g}",
         *("not known" if g[s] is None else f"{g[s]:.4g}" for s in ("published", "draft")),
         "holds" if g["holds"] else "fails"]
        for g in held["gates"]
    ]  # fmt: skip
    yield Table(["gate", "bound on the draft", "published", "draft", "outcome"], rows, (2, 3))


def _examples(examples: Part) -> Iterator[Block]:
    yield Heading("Examples")
    good = examples["run"] - len(examples["failed"])
    yield Text(
        f"{good:,} of {examples['run']:,} came out as expected: {several(examples['written'], 'example')} that "
        f"somebody wrote, {examples['restated']:,} restated from tables, run by {', '.join(examples['versions'])}."
    )
    yield Bullets([p["message"] for p in examples["failed"]])


def _rests_on(held: Contents) -> Iterator[Block]:
    yield Heading("What this rests on")
    found = held["digests"]
    versions = [[n, short(d)] for n, d in found["versions"].items()]
    yield Table(["version, with all that it extends", "digest"], versions, caption="What decides, as it was read")
    files = [[n, short(d)] for part in ("read", "guidelines") for n, d in found[part].items()]
    yield Table(["file", "SHA-256, its beginning"], files, caption="Every file read (whole digests: dossier.json)")
    yield Table(["software", "version"], [[n, v] for n, v in held["software"].items()])
    yield Text(
        "workbench dossier verify FOLDER computes every number again, without the network, and names what differs."
    )
