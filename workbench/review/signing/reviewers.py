"""Who may sign: `seals/reviewers.yaml` of a guideline folder. A person who leaves stays in it, with a last day, since
what was signed is checked with the key for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from workbench.documents.form import Form, Key
from workbench.documents.section import open_section
from workbench.documents.yaml_places import read_yaml
from workbench.errors import Problems
from workbench.review.dossier.inputs import SEALS
from workbench.review.signing.ssh import key_of

AUTHOR, CLINICAL, METHODOLOGIST, APPROVER = ROLES = ("author", "clinical_reviewer", "methodologist", "approver")
FILE = "reviewers.yaml"
_REVIEWER = Form(
    "reviewer",
    "A person who may sign.",
    (
        Key("id", "name", "what their votes are named for"),
        Key("name", "text", "their name"),
        Key("credential", "text", "what entitles them: profession, licence, degree"),
        Key("roles", "texts", "what they may stand for", choices=ROLES),
        Key("key", "text", "their public key, a line as in id_ed25519.pub"),
        Key("until", "date", "the last day on which they may sign", required=False),
    ),
)
REVIEWERS = Form("reviewers", "Who may sign.", (Key("reviewers", "sections", _REVIEWER.text, form=_REVIEWER),))


@dataclass(frozen=True)
class Reviewer:
    id: str
    name: str
    credential: str
    roles: tuple[str, ...]
    key: str
    until: date | None


def load_reviewers(guidelines: Path | str) -> Mapping[str, Reviewer]:
    """Id → reviewer; none where the folder has no such file. Raises ProblemsFound with all that is wrong in it."""
    path, problems = Path(guidelines) / SEALS / FILE, Problems()
    if not path.is_file():
        return {}
    found: dict[str, Reviewer] = {}
    keys: set[bytes] = set()
    top = open_section(read_yaml(path, problems), "a file of reviewers", REVIEWERS)
    for one in top.take("reviewers", "sections", default=()) if top else ():
        one.what = "a reviewer"
        reviewer = Reviewer(
            one.take("id", "name", default=""),
            one.take("name", "text", default=""),
            one.take("credential", "text", default=""),
            one.take("roles", "texts", default=()),
            one.take("key", "text", default=""),
            one.take("until", "date"),
        )
        one.finish()
        key = key_of(reviewer.key)
        if reviewer.key and key is None:
            one.fail("bad-signature", "this is no Ed25519 key of SSH", "ssh-ed25519 AAAA…, as in id_ed25519.pub", "key")
        elif key in keys:
            one.fail("duplicate-id", "two reviewers have one key", "a person signs with a key of their own", "key")
        if reviewer.id in found:
            one.fail("duplicate-id", f"there is a reviewer {reviewer.id} already", key="id")
        found[reviewer.id] = reviewer
        keys |= {key} if key else set()
    if top:
        top.finish()
    problems.check()
    return found


def allowed_signers(reviewers: Mapping[str, Reviewer]) -> str:
    """The same as a file that `ssh-keygen -Y verify -f` reads."""
    from workbench.review.signing.ssh import NAMESPACE

    return "".join(f'{r.id} namespaces="{NAMESPACE}" {" ".join(r.key.split()[:2])}\n' for r in reviewers.values())
