"""Seals: what was published, when, and who signed it.

A guideline folder keeps them in `seals/`: `0001-found.json`, `0002-publish.json`, …, each with the digest of the one
before, so that none can be changed or left out unseen. A seal holds the digest of every file that it put in force.

Where a folder keeps seals, every file that decides has to stand as it was sealed last, and what was ever sealed stays:
a correction is a new version. A folder without seals is a workshop, and nothing is asked of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from workbench.documents.outputs import claim, write_text
from workbench.errors import Problem, ProblemsFound
from workbench.guideline.model import DECIDES, STATUSES, Library
from workbench.guideline.versions import every_version
from workbench.review.dossier.inputs import SEALS, bytes_digest, deciding, file_digest
from workbench.review.signing.reviewers import Reviewer, load_reviewers
from workbench.review.signing.standing import standing
from workbench.review.signing.votes import as_document, digest_of

FOUND, PUBLISH = "found", "publish"
UNSIGNED = (
    "Nobody signed these: they decided before this folder kept seals. The seal holds what they said on that day, "
    "so that a later change of them is seen."
)
STATUS = re.compile(rb"^status:[ \t]*(draft|in_review|published|retired)\b", re.M)
_NAME = re.compile(r"([0-9]{4})-(found|publish)\.json")


@dataclass(frozen=True)
class Seal:
    """`files` are those put in force: path within the folder → digest. `held` is the whole of it."""

    number: int
    act: str
    on: str
    files: Mapping[str, str]
    held: Mapping[str, Any]
    text: str
    file: str


def read_seals(root: Path | str) -> tuple[Seal, ...]:
    """The seals of a folder in their order; none where it keeps none. Raises ProblemsFound for malformed ones."""
    found, problems = [], []
    for path in sorted((Path(root) / SEALS).glob("*.json")):
        name, text = _NAME.fullmatch(path.name), path.read_text(encoding="utf-8")
        try:
            held = json.loads(text)
            number, act, files = held["seal"], held["act"], held["files"]
            good = name is not None and (int(name[1]), name[2]) == (number, act)
            good = good and all(isinstance(d, str) for d in files.values()) and isinstance(held["previous"], str)
        except (ValueError, KeyError, TypeError, AttributeError):
            good = False
        if good:
            found.append(Seal(number, act, str(held.get("on")), files, held, text, str(path)))
        else:
            problems.append(
                Problem("seal-broken", "this is no seal", str(path), hint="NNNN-found.json, NNNN-publish.json")
            )
    if problems:
        raise ProblemsFound(problems)
    return tuple(found)


def deciding_files(library: Library) -> tuple[str, ...]:
    """The files that decide, by their paths within the folder: versions of guidelines, overlays and programs that are
    published or retired, with their limits, the bases that they extend and the tables that they decide with."""
    root = Path(library.root)
    found: set[str] = set()
    for item in every_version(library):
        found |= deciding(library, root, item) if item.status in DECIDES else set()
    return tuple(sorted(found))


def found_seals(library: Library, on: str) -> Path:
    """The first seal of a folder: over all that decides today, signed by nobody, as it says. Raises ProblemsFound where
    there are seals already."""
    root = Path(library.root)
    if read_seals(root):
        hint = "a new version is published with workbench publish"
        raise ProblemsFound([Problem("bad-call", "the folder keeps seals already", str(root / SEALS), hint=hint)])
    files = {name: file_digest(root / name) for name in deciding_files(library)}
    path, text = next_seal(root, {"act": FOUND, "on": on, "files": files, "note": UNSIGNED})
    write_text(path, text)
    return path


def next_seal(root: Path, held: Mapping[str, object]) -> tuple[Path, str]:
    """The next seal of a folder, to be written: where, and its text."""
    before = read_seals(root)
    number = len(before) + 1
    text = as_document({"seal": number, "previous": digest_of(before[-1].text) if before else "", **held})
    path = root / SEALS / f"{number:04}-{held['act']}.json"
    claim([path])
    return path, text


def seal_problems(library: Library) -> tuple[Problem, ...]:
    """What stands against the seals of a folder; nothing where it keeps none. Raises ProblemsFound for malformed
    ones."""
    root = Path(library.root)
    seals = read_seals(root)
    if not seals:
        return ()
    reviewers = load_reviewers(root)
    return (*_chain(seals), *_signed(root, seals, reviewers), *_files(library, root, seals))


def _chain(seals: Sequence[Seal]) -> Iterator[Problem]:
    previous = ""
    for place, seal in enumerate(seals, start=1):
        if (seal.number, seal.held["previous"]) != (place, previous):
            told = "it does not follow from the seal before: one of them was changed, added or taken away"
            yield Problem("seal-broken", told, seal.file, hint="take both as they were; seals are only ever added")
        if seal.act == FOUND and place != 1:
            yield Problem("seal-broken", "only the first seal of a folder may be unsigned", seal.file)
        previous = digest_of(seal.text)


def _signed(root: Path, seals: Sequence[Seal], reviewers: Mapping[str, Reviewer]) -> Iterator[Problem]:
    """What stands against the signatures. Where the library for them is not installed nothing is said, as nothing is
    known: `unchecked` tells how many."""
    latest = {name: s for s in seals for name in s.files}
    for seal in seals:
        if seal.act == PUBLISH and find_spec("cryptography"):
            told = seal.held.get("documents")
            pairs = told.items() if isinstance(told, dict) else ()
            held = {str(n): (str(d.get("text")), str(d.get("signature"))) for n, d in pairs if isinstance(d, dict)}
            found = standing(str(seal.held.get("dossier")), held, reviewers, seal.file)
            yield from found.problems
            yield from _as_reviewed(root, seal, latest, [v["files"] for v in found.votes])


def _as_reviewed(
    root: Path, seal: Seal, latest: Mapping[str, Seal], signed: Sequence[Mapping[str, str]]
) -> Iterator[Problem]:
    """Files of a seal that are not what people signed: but for the status, every byte is."""
    for name in seal.files:
        path = root / name
        if latest[name] is not seal or not path.is_file():
            continue
        now = {bytes_digest(other) for other in other_statuses(path.read_bytes())}
        if any(files.get(name) not in now for files in signed):
            yield Problem("seal-broken", f"{name} is not what was signed, but for its status", seal.file)


def other_statuses(data: bytes) -> list[bytes]:
    """A file as it is, and with each other status in the place of its own."""
    return [data, *(STATUS.sub(b"status: " + s.encode(), data, count=1) for s in STATUSES)]


def unchecked(seals: Sequence[Seal]) -> int:
    """Seals whose signatures can not be looked at here."""
    return 0 if find_spec("cryptography") else sum(s.act == PUBLISH for s in seals)


def _files(library: Library, root: Path, seals: Sequence[Seal]) -> Iterator[Problem]:
    last: dict[str, tuple[str, Seal]] = {name: (digest, s) for s in seals for name, digest in s.files.items()}
    decide = deciding_files(library)
    for name, (digest, seal) in sorted(last.items()):
        path = root / name
        if not path.is_file():
            told = f"{name}, sealed on {seal.on}, is gone: what was published stays"
            yield Problem("seal-broken", told, seal.file, hint="bring it back; a retired version stays too")
        elif file_digest(path) != digest:
            told = f"it is not as it was sealed on {seal.on} ({Path(seal.file).name})"
            hint = "take it back as it was, and write the change as a new version"
            yield Problem("unsealed", told, f"{library.root}/{name}", 1, 1, hint)
    for name in decide:
        if name not in last:
            hint = "write status: in_review, make a dossier, have it signed, and workbench publish it"
            yield Problem("unsealed", "it decides, and no seal holds it", f"{library.root}/{name}", 1, 1, hint)
