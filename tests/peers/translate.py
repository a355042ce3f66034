"""The guideline folder as decision models of zen, an engine of others (GoRules).

zen has no three-valued logic, so a truth is a number: 1 true, -1 false, 0 unknown; `and` is the least, `or` the
greatest, `not` the negative. Each step of an expression becomes a named line, so that nothing is written out twice.
The limits are a zen decision table whose first row that is not false wins. Dates are day numbers.
"""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

from peers.words import read

_ORDER = {"<", "<=", ">", ">="}
_LOGIC = {"and", "or", "not", "implies", "xor", "in", "=", "!=", *_ORDER, "is null", "is true", "is false"}
_FACTS = Path(__file__).parents[2] / "workbench" / "facts.csv"
with _FACTS.open(encoding="utf-8", newline="") as _file:
    KINDS = {row["name"]: row["type"] for row in csv.DictReader(_file)}
LIMIT_FACTS = ("requested_visits", "requested_weeks", "visits_used", "weeks_used")
# What a derived fact is asked for by; after the colon, what makes an input needless.
INPUTS = {
    "provider_valid": ["provider_npi"],
    "deficit_percent": ["measure", "score_baseline"],
    "remaining_deficit_percent": ["measure", "score_current"],
    "improvement_mcid": ["measure", "score_baseline", "score_current"],
    "improvement_since_last_mcid": ["measure", "score_previous", "score_current"],
    "second_remaining_deficit_percent": ["second_measure", "second_score_current"],
    "second_improvement_mcid": ["second_measure", "second_score_baseline", "second_score_current"],
    "second_improvement_since_last_mcid": ["second_measure", "second_score_previous", "second_score_current"],
    "episode_id": ["member_id", "received_on", "condition:diagnosis"],
    "request_number": ["received_on", "member_id:episode_id", "condition:diagnosis,episode_id"],
}


class Lines:
    """The lines of a zen expression node; a later line names an earlier one as `$.k1`."""

    def __init__(self, parameters: dict[str, str]):
        self.parameters, self.lines, self.known = parameters, [], {}

    def put(self, text: str) -> str:
        if text not in self.known:
            self.known[text] = f"$.k{len(self.lines)}"
            self.lines.append((f"k{len(self.lines)}", text))
        return self.known[text]

    def boolean(self, tree: tuple) -> bool:
        op = tree[0]
        if op == "if":
            return self.boolean(tree[2]) or self.boolean(tree[3])
        if op == "Coalesce":
            return any(self.boolean(t) for t in tree[1:])
        return (
            op in _LOGIC
            or tree in (("word", "true"), ("word", "false"))
            or op == "name"
            and KINDS.get(tree[1]) == "boolean"
        )

    def truth(self, tree: tuple) -> str:
        op, *args = tree
        if op == "word":
            return {"true": "1", "false": "-1", "null": "0"}[args[0]]
        if op == "name":
            assert KINDS[args[0]] == "boolean", args[0]
            return self.put(f"{args[0]} == null ? 0 : ({args[0]} ? 1 : -1)")
        if op == "is null":
            unknown = f"{self.truth(args[0])} == 0" if self.boolean(args[0]) else f"{self.value(args[0])} == null"
            return self.put(f"{unknown} ? 1 : -1")
        if op == "in":
            code, codes = self.value(args[0]), args[1][1]
            return self.put(f"{codes} == null or {code} == null ? 0 : ({code} in {codes} ? 1 : -1)")
        if op == "if":
            chosen, yes, no = map(self.truth, args)
            return self.put(f"{chosen} == 0 ? 0 : ({chosen} == 1 ? {yes} : {no})")
        if op == "Coalesce":
            return self.first([self.truth(a) for a in args], "0")
        if op in ("=", "!=") and any(map(self.boolean, args)):
            a, b = map(self.truth, args)
            return self.put(f"{a} == 0 or {b} == 0 ? 0 : ({a} {'==' if op == '=' else '!='} {b} ? 1 : -1)")
        if op in ("=", "!=", *_ORDER):
            a, b = map(self.value, args)
            sign = "==" if op == "=" else op
            return self.put(f"{a} == null or {b} == null ? 0 : ({a} {sign} {b} ? 1 : -1)")
        a, *rest = map(self.truth, args)
        if op in ("is true", "is false"):
            return self.put(f"{a} == {1 if op == 'is true' else -1} ? 1 : -1")
        if op == "not":
            return self.put(f"0 - {a}")
        (b,) = rest
        return self.put(
            {
                "and": f"min([{a}, {b}])",
                "or": f"max([{a}, {b}])",
                "implies": f"max([0 - {a}, {b}])",
                "xor": f"{a} == 0 or {b} == 0 ? 0 : ({a} == {b} ? -1 : 1)",
            }[op]
        )

    def first(self, values: list[str], unknown: str) -> str:
        text = values[-1]
        for value in reversed(values[:-1]):
            text = self.put(f"{value} != {unknown} ? {value} : {text}")
        return text

    def value(self, tree: tuple) -> str:
        op, *args = tree
        if op in ("number", "date"):
            return args[0]
        if op == "text":
            return f"'{args[0]}'"
        if op == "word":
            assert args[0] == "null", args
            return "null"
        if op == "name":
            return self.parameters.get(args[0], args[0])
        if op == "if":
            chosen, yes, no = self.truth(args[0]), self.value(args[1]), self.value(args[2])
            return self.put(f"{chosen} == 0 ? null : ({chosen} == 1 ? {yes} : {no})")
        values = [self.value(a) for a in args]
        if op == "Coalesce":
            return self.first(values, "null")
        unknown = " or ".join(f"{v} == null" for v in values)
        if op in ("Min", "Max", "Abs"):
            done = f"abs({values[0]})" if op == "Abs" else f"{op.lower()}([{', '.join(values)}])"
        elif op in ("+", "-", "*"):
            done = f" {op} ".join(values)
        elif op == "/":  # to 8 places, ties toward +infinity
            done = f"{values[1]} == 0 ? null : floor({values[0]} / {values[1]} * 100000000 + 0.5) / 100000000"
        else:
            days = f"{values[1]} - {values[0]}"
            done = {"days between": days, "weeks between": f"trunc(({days}) / 7)"}[op]
        return self.put(f"{unknown} ? null : ({done})")

    def asks(self, tree: tuple) -> str:
        """The missing facts that an unknown answer asks for, as a list."""
        op, *args = tree
        if (
            op in ("number", "date", "text", "word", "is null", "is true", "is false")
            or op == "name"
            and args[0] in self.parameters
        ):
            return "[]"
        if op == "name":
            return self.put(_missing(args[0]))
        if op == "if":
            chosen, *asked = self.truth(args[0]), *map(self.asks, args)
            return self.put(f"{chosen} == 0 ? {asked[0]} : ({chosen} == 1 ? {asked[1]} : {asked[2]})")
        unknown = f"{self.truth(tree)} == 0" if self.boolean(tree) else f"{self.value(tree)} == null"
        return self.put(f"{unknown} ? flatten([{', '.join(map(self.asks, args))}]) : []")


def _missing(fact: str) -> str:
    """The names that a missing fact is asked for by, as a list; no name where it is known, or where nobody can tell."""
    asked = []
    for needed in INPUTS.get(fact, [fact]):
        name, _, instead = needed.partition(":")
        lacks = " and ".join(f"{n} == null" for n in [name, *filter(None, instead.split(","))])
        asked.append(f"({lacks} ? ['{name}'] : [])")
    return f"({fact} == null ? flatten([{', '.join(asked)}]) : [])"


def _named(lines: Lines, name: str, text: str) -> str:
    lines.lines.append((name, text))
    return f"$.{name}"


def _criterion(lines: Lines, applies: tuple, requires: tuple) -> tuple[str, str]:
    """(truth, asked)"""
    truth = lines.put(f"max([0 - {lines.truth(applies)}, {lines.truth(requires)}])")
    return truth, lines.put(f"{truth} == 0 ? flatten([{lines.asks(applies)}, {lines.asks(requires)}]) : []")


def _benefit(limit: dict | None) -> tuple[tuple, tuple] | None:
    """(covers the request, what is left), as expressions."""
    if not limit:
        return None
    covers = [
        f"{fact} in {{ {', '.join(repr(v) for v in limit[key])} }}"
        for fact, key in (("discipline", "disciplines"), ("intent", "intents"))
        if limit.get(key)
    ]
    return read(" and ".join(covers) or "true"), read(f"{limit['visits']} - visits_used_this_year")


def model(guideline: dict) -> str:
    """A guideline under a plan (`folder.guideline`) as a zen decision model. Beside the facts it is given
    `named_program` and `requests_from` (a day number, or null)."""
    lines = Lines(guideline["parameters"])
    benefit = _benefit(guideline.get("benefit"))
    asked, excess = "requested_visits", "0"
    if benefit:
        covers, left = lines.truth(benefit[0]), lines.value(benefit[1])
        cut = lines.put(
            f"{covers} == 1 and {left} != null and requested_visits != null and {left} > 0 and "
            f"{left} < requested_visits"
        )
        asked = lines.put(f"{cut} ? {left} : requested_visits")
        excess = lines.put(f"{cut} ? requested_visits - {left} : 0")
    exempt = [(e["id"], lines.truth(read(e["when"]))) for e in guideline["exemptions"]]
    free = []
    for waiver in guideline["waivers"]:
        holds = lines.truth(read(waiver.get("when", "true")))
        if "weeks" in waiver:
            holds = lines.put(f"min([{holds}, {lines.truth(read('weeks_used < ' + waiver['weeks']))}])")
        free.append(
            (
                waiver["id"],
                lines.put(
                    f"{holds} == 1 and {asked} != null and visits_used != null ? "
                    f"min([{asked}, max([{waiver['visits']} - visits_used, 0])]) : 0"
                ),
            )
        )
    waived = lines.put(f"max([{', '.join(['0', *(f for _, f in free)])}])")
    which = "null"
    for id_, freed in reversed(free):
        which = lines.put(f"{waived} > 0 and {freed} == {waived} ? '{id_}' : {which}")
    criteria = _criteria(lines, guideline, benefit)
    reasons = ", ".join(f"{t} == 1 ? ['{i}'] : []" for i, t in exempt)
    given = {
        "asked": asked,
        "excess": excess,
        "waived": waived,
        "whole": f"{waived} > 0 and {waived} == {asked} ? [{which}] : []",
        "exempt": f"flatten([{reasons}])" if reasons else "[]",
    }
    given |= _counted("unmet", [f"{t} == -1 or {t} == 0 and len({a}) == 0 ? ['{i}'] : []" for i, _, t, a in criteria])
    given |= _counted("unknown", [f"{t} == 0 and len({a}) > 0 ? ['{i}'] : []" for i, _, t, a in criteria])
    given |= _counted("undefined", [f"{t} == 0 and len({a}) == 0 ? ['{i}'] : []" for i, _, t, a in criteria])
    given |= _counted(
        "stops",
        [
            f"{t} == -1 or {t} == 0 and len({a}) == 0 ? ['{i}'] : []"
            for i, kind, t, a in criteria
            if kind == "administrative"
        ],
    )
    for mark in ("urgent", "papers_wait"):
        marked = {c["id"] for c in guideline["criteria"] if c.get(mark) == "true"}
        given |= _counted(
            mark, [f"{t} == -1 or {t} == 0 and len({a}) == 0 ? ['{i}'] : []" for i, _, t, a in criteria if i in marked]
        )
    given |= _counted("wanted", [a for *_, a in criteria])
    given |= {f"blank_{c}": _missing(c) for c in guideline["columns"]}
    given |= _counted("lacking", [f"{f} == null ? ['{f}'] : []" for f in LIMIT_FACTS])
    given |= _counted(
        "nowhere", [f"named_program and {f} == null ? ['{f}'] : []" for f in ("line_of_business", "state")]
    )
    young = "line_of_business == 'medicaid' and age_years != null and age_years < 21"
    given["child"] = f"{young} ? ['epsdt'] : []"
    codes = ", ".join(f"'{c}'" for c in guideline.get("excluded") or [])
    given["uncovered"] = f"procedures == null ? [] : filter(procedures, # in [{codes}])" if codes else "[]"
    for name, text in given.items():
        _named(lines, name, text)
    return _graph(
        _expressions("criteria", lines.lines),
        _table(guideline),
        _expressions("outcome", _stops(guideline["columns"]) + _OUTCOME),
        _expressions("record", _RECORD, last=True),
    )


def _counted(name: str, parts: list[str]) -> dict[str, str]:
    return {name: f"flatten([{', '.join(parts)}])" if parts else "[]"}


def _criteria(lines: Lines, guideline: dict, benefit: tuple | None) -> list[tuple[str, str, str, str]]:
    """(id, kind, truth, asked) of every criterion, built-in ones first."""
    early = lines.put("requests_from == null ? 1 : (received_on == null ? 0 : (received_on < requests_from ? -1 : 1))")
    out = [("too_early", "administrative", early, lines.put(f"{early} == 0 ? ['received_on'] : []"))]
    if guideline.get("excluded"):
        codes = ", ".join(f"'{c}'" for c in guideline["excluded"])
        kept = f"len(filter(procedures, not(# in [{codes}])))"
        covered = lines.put(f"procedures == null ? 0 : ({kept} == 0 ? -1 : 1)")
        out.append(
            ("excluded_procedure", "administrative", covered, lines.put(f"{covered} == 0 ? ['procedures'] : []"))
        )
    if benefit:
        truth, asked = _criterion(lines, benefit[0], (">", benefit[1], ("number", "0")))
        out.append(("benefit_limit", "administrative", truth, asked))
    for c in guideline["criteria"]:
        truth, asked = _criterion(lines, read(c.get("applies", "true")), read(c["requires"]))
        out.append((c["id"], c.get("unmet", "clinician_review"), truth, asked))
    return out


_OUTCOME = [
    ("alone", "row != null ? row.alone : false"),
    ("short", "$.alone ? filter(lacking, not(# in ['visits_used', 'weeks_used'])) : lacking"),
    ("used", "$.alone ? 0 : visits_used"),
    ("spent", "$.alone ? 0 : weeks_used"),
    ("left", "row == null or $.used == null ? null : row.visits - $.used"),
    ("weeks_left", "row == null or $.spent == null ? null : row.weeks - $.spent"),
    ("reached", "($.left != null ? $.left <= 0 : false) or ($.weeks_left != null ? $.weeks_left <= 0 : false)"),
    ("able", "row != null and not($.halted) and len($.short) == 0 and not($.reached)"),
    ("weeks", "$.able ? min([requested_weeks, $.weeks_left]) : 0"),
    ("plain", "$.able ? min([asked, $.left]) : 0"),
    ("visits", "$.able and row.per_week != null ? min([$.plain, floor(row.per_week * $.weeks)]) : $.plain"),
    ("whole_of_it", "$.able ? $.visits == asked and $.weeks == requested_weeks : false"),
    (
        "step5",
        "row == null ? 'no_limit' : ($.halted ? 'limit_unknown' : ($.reached ? 'limit_reached' : "
        "(len($.short) > 0 ? 'limit_unknown' : ($.visits <= 0 ? 'limit_reached' : "
        "($.whole_of_it ? 'supported' : 'limit_exceeded')))))",
    ),
    ("lacks", "row == null ? [] : flatten([$.short, $.stopped])"),
    (
        "said",
        "len(exempt) > 0 or len(whole) > 0 ? 'not_required' : (len(urgent) > 0 or len(papers_wait) > 0 ? 'clinician_review' : (len(stops) > 0 ? 'administrative' : "
        "(len(unmet) > 0 or $.step5 in ['no_limit', 'limit_reached'] ? 'clinician_review' : "
        "(len(unknown) > 0 or $.step5 == 'limit_unknown' ? 'information_needed' : "
        "($.step5 == 'limit_exceeded' ? 'approved_in_part' : 'approved')))))",
    ),
]


def _stops(columns: list[str]) -> list[tuple[str, str]]:
    """Whether the row found stopped at an unknown cell, and what the unknown cells ask for."""
    of_row = [f"row != null and '{c}' in row.columns" for c in columns]
    halts = [f"({mine} and {c} == null)" for mine, c in zip(of_row, columns, strict=True)]
    asked = [f"({mine} ? blank_{c} : [])" for mine, c in zip(of_row, columns, strict=True)]
    return [("halted", " or ".join(halts)), ("stopped", f"row == null ? [] : flatten([{', '.join(asked)}])")]


_RECORD = [
    ("determination", "said"),
    ("supports", "said in ['approved', 'approved_in_part']"),
    ("refers", "said in ['clinician_review', 'approved_in_part']"),
    ("granted_visits", "said == 'not_required' ? null : ($.supports ? visits : 0)"),
    ("granted_weeks", "said == 'not_required' ? null : ($.supports ? weeks : 0)"),
    ("referred_visits", "$.refers ? (asked == null ? null : asked - max([$.granted_visits, waived])) : 0"),
    ("referred_weeks", "$.refers ? (requested_weeks == null ? null : requested_weeks - $.granted_weeks) : 0"),
    ("waived_visits", "waived"),
    ("benefit_excess_visits", "excess"),
    ("procedures_not_covered", "said == 'not_required' ? [] : uncovered"),
    ("undefined", "said == 'not_required' ? filter(undefined, # in urgent) : undefined"),
    (
        "reasons",
        "said == 'not_required' ? flatten([exempt, whole, urgent]) : (len(unmet) > 0 ? unmet : "
        "(said == 'clinician_review' or said == 'approved_in_part' ? flatten([[step5], child]) : (said == 'approved' ? [] : "
        "flatten([unknown, step5 == 'limit_unknown' ? ['limit_unknown'] : []]))))",
    ),
    # What is urgent, for requests that the program frees: the two readings before this one know nothing of it.
    ("pressing", "urgent"),
    ("pressing_undefined", "filter(undefined, # in urgent)"),
    (
        "missing",
        "said in ['information_needed', 'clinician_review', 'administrative'] ? flatten([wanted, lacks, nowhere]) : []",
    ),
]


def _table(guideline: dict) -> dict:
    columns = guideline["columns"]
    rules = []
    for row in guideline["limits"]:
        rule = {"_id": row["id"]} | {c: _cell(c, row[c]) for c in columns}
        keys = ", ".join(f"'{c}'" for c in columns if row[c] != "")
        rule |= {
            "id": f"'{row['id']}'",
            "visits": row["visits"],
            "weeks": row["weeks"],
            "per_week": row["per_week"] or "null",
            "columns": f"[{keys}]",
            "alone": "true" if row.get("counts") == "request" else "false",
        }
        rules.append(rule)
    content = {
        "hitPolicy": "first",
        "inputs": [{"id": c, "name": c, "field": c} for c in columns],
        "outputs": [
            {"id": o, "name": o, "field": o} for o in ("id", "visits", "weeks", "per_week", "columns", "alone")
        ],
        "rules": rules,
        "passThrough": True,
        "outputPath": "row",
        "inputField": None,
        "executionMode": "single",
    }
    return {"id": "limits", "type": "decisionTableNode", "name": "limits", "content": content}


def _cell(column: str, text: str) -> str:
    """A cell that is not false: unknown, or what it says."""
    if text == "":
        return ""
    kind = KINDS[column]
    said = text if kind == "boolean" else f"[{text}]" if kind in ("integer", "decimal") else f"'{text}'"
    return f"null, {said}"


def _expressions(name: str, lines: list[tuple[str, str]], last: bool = False) -> dict:
    content = {
        "expressions": [{"id": f"{name}-{k}", "key": k, "value": v} for k, v in lines],
        "passThrough": not last,
        "inputField": None,
        "outputPath": None,
        "executionMode": "single",
    }
    return {"id": name, "type": "expressionNode", "name": name, "content": content}


def _graph(*nodes: dict) -> str:
    """One node after the other, from input to output."""
    every = [
        {"id": "in", "type": "inputNode", "name": "in", "content": {}},
        *nodes,
        {"id": "out", "type": "outputNode", "name": "out", "content": {}},
    ]
    edges = [
        {"id": f"{a['id']}-{b['id']}", "type": "edge", "sourceId": a["id"], "targetId": b["id"]}
        for a, b in zip(every, every[1:], strict=False)
    ]
    return json.dumps({"nodes": every, "edges": edges})


def scopes(guidelines: dict[str, dict]) -> str:
    """Which guidelines claim a request, as a zen model: `claims` is a list of their names."""
    lines = Lines({})
    parts = [f"{lines.truth(read(g['scope']))} == 1 ? ['{name}'] : []" for name, g in guidelines.items()]
    _named(lines, "claims", f"flatten([{', '.join(parts)}])")
    return _graph(_expressions("scopes", lines.lines, last=True))


def program(raw: dict) -> str:
    """A program as a zen model: the first row that names the request, and whether it requires review.

    Gives `required` and `requests_from`. Day numbers for dates; line of business or state missing: required.
    """
    lines, found = Lines({}), "null"
    for row in reversed(raw["rows"]):
        if row["states"] == "others":
            named = sorted(
                {
                    s
                    for r in raw["rows"]
                    if r["line_of_business"] == row["line_of_business"] and r["states"] != "others"
                    for s in r["states"]
                }
            )
            where = f"not(state in [{', '.join(repr(s) for s in named)}])"
        else:
            where = f"state in [{', '.join(repr(s) for s in row['states'])}]"
        mine = (
            f"line_of_business == '{row['line_of_business']}' and {where} and "
            f"discipline in [{', '.join(repr(d) for d in row['disciplines'])}]"
        )
        exempt = lines.truth(read(row["exempt_when"])) if "exempt_when" in row else "-1"
        days = [
            str(date.fromisoformat(row[k]).toordinal()) if k in row else "null"
            for k in ("review_from", "requests_from")
        ]
        found = lines.put(f"{mine} ? {{review: {days[0]}, first: {days[1]}, exempt: {exempt}}} : {found}")
    known = lines.put("line_of_business != null and state != null")
    row = lines.put(f"{known} ? {found} : null")
    start = lines.put("requested_start != null ? requested_start : received_on")
    early = lines.put(
        f"{row} == null or {start} == null ? false : ({row}.review == null ? true : {start} < {row}.review)"
    )
    planned = lines.put(f"{row} == null ? true : {row}.review == null or {row}.exempt == 1")
    _named(lines, "required", f"{known} ? not({planned} or {early}) : true")
    _named(lines, "requests_from", f"{row} == null ? null : {row}.first")
    return _graph(_expressions("program", lines.lines, last=True))
