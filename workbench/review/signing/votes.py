"""Votes on a dossier: each is committed to first and opened later, so that nobody votes by what others voted.

In `DOSSIER/signing/` stand documents, each a JSON text with its signature beside it (`NAME.json`, `NAME.json.sig`):

- `committed-ID.json`: a digest of the vote with a salt, which tells nothing of it;
- `opened-ID.json`: the vote itself, with the salt, and the digests of all commitments as they then stood;
- `comment-ID-N.json`: a comment on an item of the dossier.

Every document names the dossier's digest. The salt is kept by the voter, in a file of their own.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from workbench.documents.outputs import claim, write_text, writing
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.review.dossier.read import read_dossier
from workbench.review.signing.reviewers import ROLES, Reviewer
from workbench.review.signing.ssh import NAMESPACE, sign, verify
from workbench.words.differences import WORDS

APPROVE, REJECT, ABSTAIN = VOTES = ("approve", "reject", "abstain")
FOLDER = "signing"
COMMITTED, OPENED, COMMENT = "committed", "opened", "comment"

Documents = Mapping[str, tuple[str, str]]  # file name → (text, signature; "" where there is none)


@dataclass(frozen=True)
class Ballot:
    """A vote, and for what its voter stands. `conflict` says whether there is a conflict of interest, which `statement`
    tells in words."""

    roles: tuple[str, ...]
    vote: str
    conflict: bool
    statement: str


def as_document(held: Mapping[str, object]) -> str:
    """The bytes that are signed."""
    return json.dumps(held, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def digest_of(text: str) -> str:
    """Of a document's bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def commitment(dossier: str, reviewer: str, ballot: Mapping[str, object], salt: str) -> str:
    """What stands for a vote before it is opened."""
    return digest_of(as_document({"dossier": dossier, "reviewer": reviewer, "ballot": ballot, "salt": salt}))


def documents(folder: Path) -> Documents:
    """Those of a dossier, by name."""
    found = {}
    for path in sorted((folder / FOLDER).glob("*.json")):
        signature = path.with_name(path.name + ".sig")
        there = signature.read_text(encoding="utf-8") if signature.is_file() else ""
        found[path.name] = (path.read_text(encoding="utf-8"), there)
    return found


def commit(
    folder: Path, reviewer: Reviewer, ballot: Ballot, *, on: date, salt: str, keep: Path, key: Path | None
) -> Path:
    """Commit to a vote; `keep` is the voter's own file, which opens it later. Without `key` the document is written for
    `ssh-keygen -Y sign`. Raises ProblemsFound for a role that is not theirs, or a vote that was committed already."""
    problems = _wrong(reviewer, ballot, on)
    if (folder / FOLDER / f"{OPENED}-{reviewer.id}.json").exists() or any(
        name.startswith(OPENED) for name in documents(folder)
    ):
        hint = "make the dossier anew in another folder; all vote there"
        late = "votes are open already: nobody may join them now"
        problems.append(Problem("not-signed", late, str(folder), hint=hint))
    held, dossier = read_dossier(folder)
    problems += [*_other_key(reviewer, key), *_early(on, held["asked"]["on"], "the dossier is of")]
    if problems:
        raise ProblemsFound(problems)
    path = folder / FOLDER / f"{COMMITTED}-{reviewer.id}.json"
    claim([path, keep], [folder / "dossier.json"])
    plain = asdict(ballot) | {"roles": list(ballot.roles)}
    mine = {"dossier": dossier, "reviewer": reviewer.id, "ballot": plain, "salt": salt}
    told = {
        "act": COMMITTED,
        "dossier": dossier,
        "reviewer": reviewer.id,
        "commitment": commitment(dossier, reviewer.id, plain, salt),
        "on": on.isoformat(),
    }
    write_text(keep, as_document(mine))
    return _written(path, told, key)


def open_vote(folder: Path, reviewer: Reviewer, *, on: date, keep: Path, key: Path | None) -> Path:
    """Open a vote that was committed to. Raises ProblemsFound where the kept file is of another dossier or voter, or
    where a commitment is not signed yet."""
    held, dossier = read_dossier(folder)
    try:
        mine = json.loads(keep.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ProblemsFound([Problem("unreadable", "this is no vote that was kept", str(keep))]) from None
    there = documents(folder)
    committed = {n: digest_of(text) for n, (text, _) in there.items() if n.startswith(f"{COMMITTED}-")}
    name = f"{COMMITTED}-{reviewer.id}.json"
    if (mine.get("dossier"), mine.get("reviewer")) != (dossier, reviewer.id) or name not in committed:
        told = f"{reviewer.id} did not commit to this vote on this dossier"
        raise ProblemsFound(
            [Problem("not-signed", told, str(keep), hint=f"workbench sign commit {folder} --as {reviewer.id} …")]
        )
    of = max(json.loads(text)["on"] for n, (text, _) in there.items() if n in committed)
    if wrong := [*_other_key(reviewer, key), *_early(on, of, "the last vote was committed on")]:
        raise ProblemsFound(wrong)
    told_ = {
        "act": OPENED,
        "dossier": dossier,
        "reviewer": reviewer.id,
        "name": reviewer.name,
        "credential": reviewer.credential,
        "ballot": mine["ballot"],
        "salt": mine["salt"],
        "files": held["asks"]["files"],
        "committed": committed,
        "comments": {n: digest_of(text) for n, (text, _) in there.items() if n.startswith(f"{COMMENT}-")},
        "on": on.isoformat(),
    }
    return _written(folder / FOLDER / f"{OPENED}-{reviewer.id}.json", told_, key)


def comment(folder: Path, reviewer: Reviewer, item: str, text: str, *, on: date, key: Path | None) -> Path:
    """Comment on an item of the dossier (`limit row lbp`, `gate referral_rate`, a title of what changes, …)."""
    held, dossier = read_dossier(folder)
    known = items(held)
    if item not in known:
        told = f"the dossier has no item {item}"
        hint = nearest(item, known) or f"one of: {'; '.join(known[:8])}{'; …' if len(known) > 8 else ''}"
        raise ProblemsFound([Problem("bad-call", told, str(folder), hint=hint)])
    if wrong := [*_other_key(reviewer, key), *_early(on, held["asked"]["on"], "the dossier is of")]:
        raise ProblemsFound(wrong)
    mine = [n for n in documents(folder) if re.fullmatch(rf"{COMMENT}-{re.escape(reviewer.id)}-\d+\.json", n)]
    path = folder / FOLDER / f"{COMMENT}-{reviewer.id}-{len(mine) + 1}.json"
    said = {"act": COMMENT, "dossier": dossier, "reviewer": reviewer.id, "item": item, "text": text}
    return _written(path, said | {"on": on.isoformat()}, key)


def items(held: Mapping[str, Any]) -> tuple[str, ...]:
    """What may be commented: each thing that changes, each question, gate and part."""
    found = ["verdict", "impact", "people", "examples"]
    found += [
        f"{WORDS[c['kind']]} {c['id']}".strip() or c["part"] for change in held["changes"] for c in change["changes"]
    ]
    found += [q["question"] for proof in held["proofs"] for q in proof["questions"]]
    found += [f"gate {g['gate']}" for g in held["gates"]]
    return tuple(dict.fromkeys(found))


def _wrong(reviewer: Reviewer, ballot: Ballot, on: date) -> list[Problem]:
    out = []
    for role in ballot.roles:
        if role not in reviewer.roles:
            told = f"{reviewer.id} may not sign as {role}"
            out.append(Problem("not-signed", told, hint=f"as {', '.join(reviewer.roles)}"))
    if not ballot.roles:
        out.append(Problem("not-signed", "a vote stands for a role", hint=f"one of {', '.join(ROLES)}"))
    if not re.search(r"\w", ballot.statement):
        told = "a vote states the conflicts of interest, or that there are none"
        out.append(Problem("not-signed", told, hint="--no-conflict 'None: …' or --conflict 'what it is'"))
    if reviewer.until is not None and on > reviewer.until:
        out.append(Problem("not-signed", f"{reviewer.id} may sign until {reviewer.until} alone"))
    return out


def _other_key(reviewer: Reviewer, key: Path | None) -> list[Problem]:
    """Said before anything is written: a signature by another key would stand in the folder and count for nobody."""
    if key is None or verify(reviewer.key, b"", sign(key, b"")):
        return []
    told = f"this is not the key of {reviewer.id}"
    return [Problem("bad-signature", told, str(key), hint="seals/reviewers.yaml holds the public line of theirs")]


def _early(on: date, than: str, what: str) -> list[Problem]:
    return [Problem("bad-call", f"{on} is before {than}: {what} that day")] if on.isoformat() < than else []


def _written(path: Path, told: Mapping[str, object], key: Path | None) -> Path:
    """The document, and its signature where there is a key."""
    text, signature = as_document(told), path.with_name(path.name + ".sig")
    claim([path, signature])
    signed = sign(key, text.encode()) if key else None
    with writing(path, signature) as (document, beside):
        document.write_text(text, encoding="utf-8")
        if signed is not None:
            beside.write_text(signed, encoding="utf-8")
    return path


def how_to_sign(path: Path) -> str:
    """The call that signs a document with a key that this program does not read."""
    return f"ssh-keygen -Y sign -f KEY -n {NAMESPACE} {path}"
