"""What a draft changes in one sentence, for the terminal, the tuning screen, a notebook and a dossier alike."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.engine import decision as d
from workbench.study.compare import Changes
from workbench.words.numbers import plus, several, true_minus

_DETERMINATION_WORDS = {
    d.APPROVED: "approved",
    d.IN_PART: "approved in part",
    d.INFORMATION: "waiting for information",
    d.CLINICIAN: "to a clinician",
    d.ADMINISTRATIVE: "administrative",
    d.NOT_REQUIRED: "free of authorization",
}


@dataclass(frozen=True)
class Piece:
    """A piece of the sentence; `kind`: `main` (what counts most), `more` and `fewer` of a determination, or none."""

    text: str
    kind: str = ""


def sentence(comparison: Changes) -> str:
    """`212 of 50,000 requests change (96 people, 131 episodes): 180 more approved, …`"""
    return "".join(p.text for p in sentence_pieces(comparison))


def sentence_pieces(comparison: Changes) -> list[Piece]:
    """The same sentence, so that a page can dress what counts without reading it."""
    total, changed = comparison.total, comparison.flipped
    if not changed.requests:
        return [Piece(f"None of {several(total.requests, 'request')} changes", "main"), Piece(".")]
    moves = []
    for name, word in _DETERMINATION_WORDS.items():
        column = sum(row[name] for row in comparison.matrix.values())
        delta = column - sum(comparison.matrix[name].values())
        if delta:
            kind = "more" if delta > 0 else "fewer"
            moves.append(Piece(f"{abs(delta):,} {kind} {word}", kind))
    visits = comparison.amount("granted_visits")
    share = f" ({visits['difference'] / visits['published']:+.1%})" if visits["published"] else ""
    verb = "changes" if changed.requests == 1 else "change"
    # Cases that name nobody have no count of people, which is not a count of 0.
    people = several(changed.people, "person", "people") if total.people else "people not stated"
    episodes = several(changed.episodes, "episode") if total.episodes else "episodes not stated"
    out = [
        Piece(f"{changed.requests:,} of {several(total.requests, 'request')} {verb}", "main"),
        Piece(f" ({people}, {episodes})"),
    ]
    for i, move in enumerate(moves):
        out += [Piece(", " if i else ": "), move]
    if not visits["difference"]:
        return [*out, Piece(". Visits granted stay as they are.")]
    return [*out, Piece(". Visits granted "), Piece(plus(visits["difference"]), "main"), Piece(true_minus(f"{share}."))]
