"""The verdict on a change: what breaks, in the order in which it counts.

A version breaks where a law of every decision, or a property that it declares, fails or is not decided; where a law of
pairs of requests fails that the version before kept; where an example comes out otherwise than expected; where a gate
does not hold. What a reviewer has to weigh (a gap, a row that nothing reaches, a law of pairs that the version before
broke as well, or that is broken for a reason which the author gives) is told and breaks nothing. What the guideline
declares to be otherwise on purpose stands apart, each reason once; only where the version before had no such exception
is it to be weighed as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.errors import Problem
from workbench.review.proof.laws import LAWS, PAIRS
from workbench.review.proof.prove import EXCEPTED, FAILS, HOLDS, PROPERTIES, QUESTIONS, UNDECIDED
from workbench.review.scenario_result import GateResult
from workbench.words.numbers import several

NONE: Mapping[str, str] = {}


@dataclass(frozen=True)
class Judged:
    """`breaks` are reasons against the change, `weigh` what a reviewer has to weigh, `on_purpose` the exceptions that
    the guideline declares, with their reasons; each a sentence. `not_asked` are the questions that were left out."""

    breaks: tuple[str, ...]
    weigh: tuple[str, ...]
    impact: str
    on_purpose: tuple[str, ...] = ()
    not_asked: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.breaks

    def sentence(self) -> str:
        """The verdict line."""
        if self.holds:
            kept = "Nothing breaks: no law fails that has to hold, and every example and gate holds."
        else:
            kept = f"{several(len(self.breaks), 'thing')} {'breaks' if len(self.breaks) == 1 else 'break'}."
        if self.not_asked:
            kept += f" Only {len(QUESTIONS) - len(self.not_asked)} of {len(QUESTIONS)} questions were asked."
        weigh = f" {several(len(self.weigh), 'finding')} to weigh." if self.weigh else ""
        meant = f" {several(len(self.on_purpose), 'exception')} on purpose." if self.on_purpose else ""
        return f"{kept}{weigh}{meant} {self.impact}"

    def as_dict(self) -> dict[str, object]:
        return {
            "holds": self.holds,
            "sentence": self.sentence(),
            "breaks": list(self.breaks),
            "weigh": list(self.weigh),
            "on_purpose": list(self.on_purpose),
        }


def judge(
    impact: Sequence[str],
    gates: Iterable[GateResult],
    proofs: Sequence[Mapping[str, Any]],
    failed: Sequence[Problem],
    not_run: Sequence[str],
    accepted: Mapping[str, str] = NONE,
    asked: Sequence[str] = QUESTIONS,
) -> Judged:
    """`impact` is what the change does, in sentences; `proofs` are those of parts.py; `failed` the examples of the
    versions in review, `not_run` those of them that no example ran; `accepted` laws of pairs
    that the author knows to be broken, each with the reason; `asked` the questions that were asked of every request."""
    breaks: list[str] = []
    weigh: list[str] = []
    for proof in proofs:
        for answer in proof["open"]:
            reason = accepted.get(answer["question"])
            told = _told(proof, answer)
            if answer["state"] == EXCEPTED:
                if answer["before"] != EXCEPTED:
                    weigh.append(f"{told}; the version before made no such exception")
            elif not _breaks(answer):
                weigh.append(told)
            elif reason and answer["question"] in PAIRS:
                weigh.append(f"{told}; accepted by the author: {reason}")
            else:
                breaks.append(told)
        weigh += [f"{proof['version']}: {told}" for told in proof["stale"]]
    left = tuple(q for q in QUESTIONS if q not in asked)
    if left and proofs:
        weigh.append(f"not asked of every request: {', '.join(left)}")
    breaks += [f"example {p.message}" for p in failed]
    breaks += [f"no example ran {name}" for name in not_run]
    for g in gates:
        if not g.holds:
            value = "not known" if g.draft is None else f"{g.draft:g}"
            breaks.append(f"gate {g.gate.name} {g.gate.bound.replace('_', ' ')} {g.gate.limit}: it is {value}")
    return Judged(tuple(breaks), tuple(weigh), " ".join(impact), tuple(_on_purpose(proofs)), left if proofs else ())


def _on_purpose(proofs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Each reason once, with all that it is given for."""
    for proof in proofs:
        found: dict[tuple[str, str], list[str]] = {}
        for a in proof["open"]:
            if a["state"] == EXCEPTED:
                found.setdefault((a["question"], a["reason"]), []).append(a["about"])
        for (question, reason), about in found.items():
            of = "; ".join(a.replace("_", " ") for a in dict.fromkeys(about) if a)
            yield f"{proof['version']}, {question}" + (f" ({of})" if of else "") + f": {reason}"


def _breaks(answer: Mapping[str, Any]) -> bool:
    if answer["question"] in LAWS or answer["question"] == PROPERTIES:
        return True
    return answer["question"] in PAIRS and answer["before"] == HOLDS


def _told(proof: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    where = f" under {answer['plan']}" if answer["plan"] else ""
    about = f" ({answer['about']})" if answer["about"] else ""
    state = {FAILS: "fails", UNDECIDED: "is not decided", EXCEPTED: "is otherwise on purpose"}[answer["state"]]
    before = "; as before" if answer["before"] == answer["state"] else ""
    text = f": {answer['reason'] or answer['text']}" if answer["reason"] or answer["text"] else ""
    return f"{proof['version']}{where}, {answer['question']}{about} {state}{text}{before}"
