"""The verdict on a change: what breaks, in the order in which it counts.

A version breaks where a law of every decision, or a property that it declares, fails or is not decided; where a law of
pairs of requests fails that the version before kept; where an example comes out otherwise than expected; where a gate
does not hold. What a reviewer has to weigh (a gap, a row that nothing reaches, a law of pairs that the version before
broke as well, or that is broken for a reason which the author gives) is told and breaks nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.errors import Problem
from workbench.review.proof.laws import LAWS, PAIRS
from workbench.review.proof.prove import EXCEPTED, FAILS, HOLDS, PROPERTIES, UNDECIDED
from workbench.review.scenario_result import GateResult
from workbench.words.numbers import several

NONE: Mapping[str, str] = {}


@dataclass(frozen=True)
class Judged:
    """`breaks` are reasons against the change, `weigh` what a reviewer has to weigh, each a sentence."""

    breaks: tuple[str, ...]
    weigh: tuple[str, ...]
    impact: str

    @property
    def holds(self) -> bool:
        return not self.breaks

    def sentence(self) -> str:
        """The verdict line."""
        if self.holds:
            kept = "Nothing breaks: every law that was asked about, every example and every gate holds."
        else:
            kept = f"{several(len(self.breaks), 'thing')} {'breaks' if len(self.breaks) == 1 else 'break'}."
        weigh = f" {several(len(self.weigh), 'finding')} to weigh." if self.weigh else ""
        return f"{kept}{weigh} {self.impact}"

    def as_dict(self) -> dict[str, object]:
        return {
            "holds": self.holds,
            "sentence": self.sentence(),
            "breaks": list(self.breaks),
            "weigh": list(self.weigh),
        }


def judge(
    impact: Sequence[str],
    gates: Iterable[GateResult],
    proofs: Sequence[Mapping[str, Any]],
    failed: Sequence[Problem],
    not_run: Sequence[str],
    accepted: Mapping[str, str] = NONE,
) -> Judged:
    """`impact` is what the change does, in sentences; `proofs` are those of parts.py; `failed` the examples of the
    versions in review, `not_run` those of them that no example ran; `accepted` laws of pairs
    that the author knows to be broken, each with the reason."""
    breaks: list[str] = []
    weigh: list[str] = []
    for proof in proofs:
        for answer in proof["open"]:
            reason = accepted.get(answer["question"])
            told = _told(proof, answer)
            if not _breaks(answer):
                weigh.append(told)
            elif reason and answer["question"] in PAIRS:
                weigh.append(f"{told}; accepted by the author: {reason}")
            else:
                breaks.append(told)
    breaks += [f"example {p.message}" for p in failed]
    breaks += [f"no example ran {name}" for name in not_run]
    for g in gates:
        if not g.holds:
            value = "not known" if g.draft is None else f"{g.draft:g}"
            breaks.append(f"gate {g.gate.name} {g.gate.bound.replace('_', ' ')} {g.gate.limit}: it is {value}")
    return Judged(tuple(breaks), tuple(weigh), " ".join(impact))


def _breaks(answer: Mapping[str, Any]) -> bool:
    if answer["state"] == EXCEPTED:
        return False
    if answer["question"] in LAWS or answer["question"] == PROPERTIES:
        return True
    return answer["question"] in PAIRS and answer["before"] == HOLDS


def _told(proof: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    where = f" under {answer['plan']}" if answer["plan"] else ""
    about = f" ({answer['about']})" if answer["about"] else ""
    state = {FAILS: "fails", UNDECIDED: "is not decided", EXCEPTED: "fails on purpose"}[answer["state"]]
    before = "; as before" if answer["before"] == answer["state"] else ""
    text = f": {answer['text']}" if answer["text"] else ""
    return f"{proof['version']}{where}, {answer['question']}{about} {state}{text}{before}"
