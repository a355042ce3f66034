"""From review into force: `status: in_review` becomes `published` here and nowhere else.

publish(Path("dossiers/version-2026-2"), "guidelines", on=date(2026, 12, 1)).lines()

What takes no time is looked at first, and all that stands against it told at once: votes, verdict, files, seals. Only
then every number is computed again, and once more it is seen whether files or votes changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from workbench.documents.outputs import writing
from workbench.errors import Problem, ProblemsFound
from workbench.guideline.digests import short
from workbench.guideline.load import load_guidelines
from workbench.guideline.versions import every_version
from workbench.review.dossier.folder import MOST, Verified
from workbench.review.dossier.inputs import bytes_digest, guideline_files
from workbench.review.dossier.read import read_dossier
from workbench.review.signing.reviewers import load_reviewers
from workbench.review.signing.seals import PUBLISH, STATUS, next_seal, read_seals, seal_problems
from workbench.review.signing.standing import standing
from workbench.review.signing.votes import documents
from workbench.words.numbers import several

Verify = Callable[[], Verified]


@dataclass(frozen=True)
class Published:
    """`published` and `retired` are versions; `seal` is the file that holds it; `checked` says in words what was looked
    at before, `remarks` what differs and changes no number."""

    published: tuple[str, ...]
    retired: tuple[str, ...]
    seal: str
    checked: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        return [
            *(f"checked: {told}" for told in self.checked),
            *self.remarks,
            *(f"{n}: published" for n in self.published),
            *(f"{n}: retired; it stays, and decides what it decided" for n in self.retired),
            f"sealed in {self.seal}",
        ]

    def as_dict(self) -> dict[str, object]:
        return dict(self.__dict__)


@dataclass(frozen=True)
class _Ready:
    """A dossier that nothing stands against but its numbers, which were not computed again yet."""

    held: Mapping[str, Any]
    digest: str
    there: Mapping[str, tuple[str, str]]
    files: Mapping[str, Path]  # version → its file
    checked: tuple[str, ...]


def publish(folder: Path, guidelines: str, *, on: date, verify: Verify) -> Published:
    """Publish what a dossier asks for. `verify` computes the dossier again (`verify_dossier` of this folder and these
    guidelines), and is called only where nothing else stands against it.

    Raises ProblemsFound, with nothing written, where the dossier's verdict is that something breaks (`not-signed`),
    where it is not signed as it has to be (`not-signed`, `bad-signature`), where the guideline folder is no longer what
    the dossier was made of (`stale-dossier`), where the folder's seals do not hold (`unsealed`, `seal-broken`), and
    where a number or a page does not come out again (`not-verified`)."""
    ready = _ready(folder, guidelines, on)
    found = verify()
    if not found.same:
        told = [Problem("not-verified", d, str(folder), hint="make it again, and sign that") for d in found.differs]
        raise ProblemsFound(told[:MOST])
    # Computing takes minutes, in which anybody may have written into either folder.
    now = _ready(folder, guidelines, on)
    if (now.digest, now.there) != (ready.digest, ready.there):
        raise ProblemsFound([Problem("not-verified", "the dossier changed while it was computed again", str(folder))])
    done = _write(ready, Path(guidelines), on)
    again = "every number and every page of the dossier, computed again: all come out the same"
    return replace(done, checked=(*ready.checked, again), remarks=found.remarks)


def _ready(folder: Path, guidelines: str, on: date) -> _Ready:
    held, digest = read_dossier(folder)
    library = load_guidelines(guidelines)
    there = documents(folder)
    signed = standing(digest, there, load_reviewers(guidelines), str(folder))
    problems = list(signed.problems)
    problems += [Problem("not-signed", f"its verdict: {b}", str(folder)) for b in held["verdict"]["breaks"]]
    if not held["asks"]["publish"]:
        problems.append(Problem("bad-call", "the dossier asks for nothing to be published", str(folder)))
    problems += _stale(held, guidelines)
    seals = read_seals(guidelines)
    if not seals:
        hint = "workbench seal --founding --on DATE"
        problems.append(Problem("unsealed", "the folder keeps no seals yet", guidelines, hint=hint))
    problems += seal_problems(library)
    early = [str(s.on) for s in seals if s.on > on.isoformat()]
    if early:
        problems.append(Problem("bad-call", f"the last seal is of {early[-1]}, after {on}", guidelines))
    later = max([held["asked"]["on"], *(v["on"] for v in signed.votes)])
    if later > on.isoformat():
        problems.append(Problem("bad-call", f"it was made, or voted on, as late as {later}, after {on}", str(folder)))
    if problems:
        raise ProblemsFound(problems)
    votes = "; ".join(
        f"{v['name']} as {' and '.join(v['ballot']['roles'])}: {v['ballot']['vote']}" for v in signed.votes
    )
    checked = (
        f"the signatures over the dossier {short(digest)}, and who may stand for what: {votes}",
        "who wrote it neither reviewed it clinically nor approves it; nobody with a conflict of interest stands for it",
        f"the verdict: {held['verdict']['sentence']}",
        f"{several(len(held['digests']['guidelines']), 'file')} of {guidelines}: each as the dossier was made of it",
        f"the seals of {guidelines}: {several(len(seals), 'seal')}, all that decides stands as it was sealed",
    )
    return _Ready(held, digest, there, {x.name: Path(x.file) for x in every_version(library)}, checked)


def _write(ready: _Ready, root: Path, on: date) -> Published:
    """The statuses and the seal, all or nothing."""
    asks = ready.held["asks"]
    texts: dict[Path, bytes] = {}
    for names, status in ((asks["publish"], "published"), (asks["retire"], "retired")):
        for name in names:
            path = root / ready.files[name].relative_to(root)
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
            "dossier": ready.digest,
            "verdict": ready.held["verdict"]["sentence"],
            "documents": {n: {"text": t, "signature": s} for n, (t, s) in ready.there.items()},
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
