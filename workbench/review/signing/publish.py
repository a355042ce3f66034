"""From review into force: `status: in_review` becomes `published` here and nowhere else.

publish(Path("dossiers/version-2026-2"), "guidelines", on=date(2026, 12, 1))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from workbench.documents.outputs import writing
from workbench.errors import Problem, ProblemsFound
from workbench.guideline.load import load_guidelines
from workbench.review.dossier.inputs import bytes_digest, guideline_files
from workbench.review.dossier.read import read_dossier
from workbench.review.signing.reviewers import load_reviewers
from workbench.review.signing.seals import PUBLISH, STATUS, next_seal, read_seals, seal_problems
from workbench.review.signing.standing import standing
from workbench.review.signing.votes import documents


@dataclass(frozen=True)
class Published:
    """`published` and `retired` are versions; `seal` is the file that holds it."""

    published: tuple[str, ...]
    retired: tuple[str, ...]
    seal: str

    def lines(self) -> list[str]:
        return [
            *(f"{n}: published" for n in self.published),
            *(f"{n}: retired; it stays, and decides what it decided" for n in self.retired),
            f"sealed in {self.seal}",
        ]

    def as_dict(self) -> dict[str, object]:
        return dict(self.__dict__)


def publish(folder: Path, guidelines: str, *, on: date) -> Published:
    """Publish what a dossier asks for. Raises ProblemsFound, with nothing written, where the dossier's verdict is that
    something breaks, where it is not signed as it has to be, where the guideline folder is no longer what the dossier
    was made of, or where the folder's seals do not hold."""
    held, digest = read_dossier(folder)
    library = load_guidelines(guidelines)
    there = documents(folder)
    problems = list(standing(digest, there, load_reviewers(guidelines), str(folder)).problems)
    problems += [Problem("not-signed", f"its verdict: {b}", str(folder)) for b in held["verdict"]["breaks"]]
    if not held["asks"]["publish"]:
        problems.append(Problem("bad-call", "the dossier asks for nothing to be published", str(folder)))
    problems += _stale(held, guidelines)
    seals = read_seals(guidelines)
    if not seals:
        hint = "workbench seal --found --on DATE"
        problems.append(Problem("unsealed", "the folder keeps no seals yet", guidelines, hint=hint))
    problems += seal_problems(library)
    early = [str(s.on) for s in seals if s.on > on.isoformat()]
    if early:
        problems.append(Problem("bad-call", f"the last seal is of {early[-1]}, after {on}", guidelines))
    if problems:
        raise ProblemsFound(problems)
    root, asks = Path(guidelines), held["asks"]
    by_name = {g.name: g for g in library.guidelines}
    texts: dict[Path, bytes] = {}
    for names, status in ((asks["publish"], "published"), (asks["retire"], "retired")):
        for name in names:
            path = root / Path(by_name[name].file).relative_to(root)
            texts[path] = _with_status(path, status)
    files = {n: bytes_digest(texts.get(root / n) or (root / n).read_bytes()) for n in asks["files"]}
    seal, text = next_seal(
        root,
        {
            "act": PUBLISH,
            "on": on.isoformat(),
            "files": files,
            "publish": asks["publish"],
            "retire": asks["retire"],
            "dossier": digest,
            "verdict": held["verdict"]["sentence"],
            "documents": {n: {"text": t, "signature": s} for n, (t, s) in there.items()},
        },
    )
    texts[seal] = text.encode()
    with writing(*texts) as parts:
        for part, data in zip(parts, texts.values(), strict=True):
            part.write_bytes(data)
    return Published(tuple(asks["publish"]), tuple(asks["retire"]), str(seal))


def _stale(held: Mapping[str, Any], guidelines: str) -> list[Problem]:
    now, then = guideline_files(guidelines), held["digests"]["guidelines"]
    return [
        Problem("stale-dossier", "it is not what the dossier was made of", f"{guidelines}/{name}", hint="make it again")
        for name in sorted(set(now) | set(then))
        if now.get(name) != then.get(name)
    ]


def _with_status(path: Path, status: str) -> bytes:
    """The file with its one line of status changed, every other byte as it was."""
    found, count = STATUS.subn(b"status: " + status.encode(), path.read_bytes())
    if count != 1:
        told = "the status does not stand on a line of its own, so that it can not be changed alone"
        raise ProblemsFound([Problem("bad-call", told, str(path), hint="status: in_review")])
    return found
