"""Whether a dossier is signed as it has to be: by whom, as what, and that every vote is the one committed to.

The rules: every role is stood for by somebody who approves and has no conflict of interest; who wrote it neither
reviews it clinically nor approves it, so that there are two people at least; nobody rejects; all votes that were
committed to are open, and each knew of the same commitments.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from workbench.errors import Problem
from workbench.review.signing.reviewers import APPROVER, AUTHOR, CLINICAL, FILE, ROLES, Reviewer
from workbench.review.signing.ssh import verify
from workbench.review.signing.votes import (
    APPROVE,
    COMMENT,
    COMMITTED,
    OPENED,
    REJECT,
    VOTES,
    Documents,
    commitment,
    digest_of,
)

_KEYS = {
    COMMITTED: {"act", "dossier", "reviewer", "commitment", "on"},
    OPENED: {
        "act",
        "dossier",
        "reviewer",
        "name",
        "credential",
        "ballot",
        "salt",
        "files",
        "committed",
        "comments",
        "on",
    },
    "comment": {"act", "dossier", "reviewer", "item", "text", "on"},
}


@dataclass(frozen=True)
class Standing:
    """`votes` are open and count; `waiting` are committed and not open; `problems` stand against publishing."""

    votes: tuple[Mapping[str, Any], ...]
    waiting: tuple[str, ...]
    comments: tuple[Mapping[str, Any], ...]
    problems: tuple[Problem, ...]

    @property
    def complete(self) -> bool:
        return not self.problems

    def lines(self) -> list[str]:
        out = []
        for v in self.votes:
            ballot = v["ballot"]
            conflict = f"{'' if ballot['conflict'] else 'no '}conflict of interest: "
            who = f"{v['reviewer']} ({v['name']}, {v['credential']}), {', '.join(ballot['roles'])}"
            out.append(f"{who}: {ballot['vote']}; {conflict}{ballot['statement']}")
        out += [f"{r}: committed, not open" for r in self.waiting]
        out += [f"comment on {c['item']}, {c['reviewer']}, {c['on']}: {c['text']}" for c in self.comments]
        out += [str(p) for p in self.problems]
        return [*out, "signed as it has to be" if self.complete else "not signed as it has to be"]

    def as_dict(self) -> dict[str, object]:
        return {
            "complete": self.complete,
            "votes": [dict(v) for v in self.votes],
            "waiting": list(self.waiting),
            "comments": [dict(c) for c in self.comments],
            "problems": [p.as_dict() for p in self.problems],
        }


def standing(dossier: str, held: Documents, reviewers: Mapping[str, Reviewer], where: str) -> Standing:
    """Read the documents about a dossier's digest. `where` names the file or folder in problems."""
    problems: list[Problem] = []
    good: dict[str, dict[str, Any]] = {}
    for name, (text, signature) in held.items():
        found = _document(name, text, signature, dossier, reviewers)
        if isinstance(found, str):
            problems.append(Problem("bad-signature", f"{name}: {found}", where))
        else:
            good[name] = found
    by_act = {a: {d["reviewer"]: d for d in good.values() if d["act"] == a} for a in (COMMITTED, OPENED)}
    comments = tuple(d for d in good.values() if d["act"] == "comment")
    waiting = tuple(r for r in by_act[COMMITTED] if r not in by_act[OPENED])
    everyone = {n: digest_of(t) for n, (t, _) in held.items() if n.startswith(f"{COMMITTED}-")}
    votes = []
    for reviewer, opened in by_act[OPENED].items():
        wrong = _opened(opened, by_act[COMMITTED].get(reviewer), everyone, dossier)
        if wrong:
            problems.append(Problem("bad-signature", f"the vote of {reviewer}: {wrong}", where))
        else:
            votes.append(opened)
    for r in waiting:
        how = f"workbench sign open {where} --as {r} --keep FILE --on DATE"
        problems.append(Problem("not-signed", f"the vote of {r} is not open", where, hint=how))
    problems += [Problem("not-signed", told, where, hint=hint) for told, hint in _rules(votes, reviewers)]
    return Standing(tuple(votes), waiting, comments, tuple(problems))


def _document(
    name: str, text: str, signature: str, dossier: str, reviewers: Mapping[str, Reviewer]
) -> dict[str, Any] | str:
    """The document, or why it does not count."""
    try:
        found = json.loads(text)
    except ValueError:
        return "this is not JSON"
    act = found.get("act") if isinstance(found, dict) else None
    if act not in _KEYS or not _shaped(found, act) or not _its_name(name, act, str(found["reviewer"])):
        return "this is no document of a review"
    if found["dossier"] != dossier:
        return "it is about another dossier"
    reviewer = reviewers.get(str(found["reviewer"]))
    if reviewer is None:
        return f"{found['reviewer']} is not among the reviewers"
    if not signature:
        return "it is not signed"
    if not verify(reviewer.key, text.encode(), signature):
        return f"the signature is not that of {reviewer.id} over this text"
    if reviewer.until is not None and date.fromisoformat(found["on"]) > reviewer.until:
        return f"{reviewer.id} could sign until {reviewer.until} alone"
    if act == OPENED and (found["name"], found["credential"]) != (reviewer.name, reviewer.credential):
        return "name and credential are not those of the reviewer"
    if act == OPENED and not set(found["ballot"]["roles"]) <= set(reviewer.roles):
        return f"{reviewer.id} may not stand for {', '.join(found['ballot']['roles'])}"
    return dict(found)


def _its_name(name: str, act: str, reviewer: str) -> bool:
    """Whether a file is called as this act of this reviewer is: a vote once, comments by number. Else one who signs
    could vote twice, and `ann` speak in the files of `ann-lee`."""
    number = r"-\d+" if act == COMMENT else ""
    return re.fullmatch(rf"{act}-{re.escape(reviewer)}{number}\.json", name) is not None


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _shaped(found: Mapping[str, Any], act: str) -> bool:
    """Whether a document has the keys of its act, each of its kind."""
    if set(found) != _KEYS[act]:
        return False
    kinds = {"ballot": dict, "files": dict, "committed": dict, "comments": dict}
    if not all(isinstance(v, kinds.get(k, str)) for k, v in found.items()) or not _is_day(found["on"]):
        return False
    if act != OPENED:
        return True
    ballot = found["ballot"]
    return (
        set(ballot) == {"roles", "vote", "conflict", "statement"}
        and isinstance(ballot["roles"], list)
        and set(map(str, ballot["roles"])) <= set(ROLES)
        and ballot["vote"] in VOTES
        and isinstance(ballot["conflict"], bool)
        and isinstance(ballot["statement"], str)
    )


def _opened(
    opened: Mapping[str, Any], committed: Mapping[str, Any] | None, everyone: Mapping[str, str], dossier: str
) -> str:
    if committed is None:
        return "nothing was committed to before"
    if committed["commitment"] != commitment(dossier, opened["reviewer"], opened["ballot"], opened["salt"]):
        return "it is not the one committed to"
    if opened["committed"] != everyone:
        return "other commitments stood when it was opened: all vote again"
    return ""


def _rules(votes: Sequence[Mapping[str, Any]], reviewers: Mapping[str, Reviewer]) -> Iterator[tuple[str, str]]:
    """What is missing, in words, and who or what would mend it."""
    stood: dict[str, set[str]] = {role: set() for role in ROLES}
    for v in votes:
        ballot = v["ballot"]
        if ballot["vote"] == REJECT:
            yield f"{v['reviewer']} rejects it", "change the version, make its dossier anew and vote on that"
        if ballot["vote"] == APPROVE:
            for role in ballot["roles"]:
                if ballot["conflict"] and role != AUTHOR:
                    told = f"{v['reviewer']} has a conflict of interest and can not stand as {role}"
                    yield told, _others(role, {v["reviewer"]}, reviewers)
                else:
                    stood[role].add(v["reviewer"])
    for role, people in stood.items():
        if role in (CLINICAL, APPROVER):
            own = people & stood[AUTHOR]
            if own:
                told = f"{', '.join(sorted(own))} wrote it and can not be its {role}"
                yield told, _others(role, stood[AUTHOR], reviewers)
            people = people - own
        if not people:
            kept_out = stood[AUTHOR] if role in (CLINICAL, APPROVER) else set()
            yield f"nobody stands for it as {role}", _others(role, kept_out, reviewers)


def _others(role: str, but: set[str], reviewers: Mapping[str, Reviewer]) -> str:
    """Who else may stand for a role."""
    found = sorted(r.id for r in reviewers.values() if role in r.roles and r.id not in but)
    return f"who may: {', '.join(found)}" if found else f"name one with this role in seals/{FILE}"
