"""Votes, signatures, seals: what publishes a version, and everything that stands against it. The keys are thrown away."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from review_folder import NEW, OLD, STANDS, lay_out, new_key, new_overlay_and_program

from workbench.errors import ProblemsFound
from workbench.guideline.load import load_guidelines
from workbench.review.dossier.contents import Asked, asks, versions_of
from workbench.review.dossier.folder import Verified, make_dossier
from workbench.review.dossier.inputs import file_digest
from workbench.review.dossier.read import read_dossier
from workbench.review.scenario_file import load_scenario
from workbench.review.signing.publish import Published, publish
from workbench.review.signing.reviewers import allowed_signers, load_reviewers
from workbench.review.signing.seals import found_seals, read_seals, seal_problems
from workbench.review.signing.ssh import NAMESPACE, key_of, sign, verify
from workbench.review.signing.standing import standing
from workbench.review.signing.votes import Ballot, comment, commit, documents, open_vote
from workbench.terminal.parser import main

DAY = date(2026, 12, 1)
PEOPLE = {
    "ada": ("author", "methodologist"),
    "cleo": ("clinical_reviewer",),
    "max": ("methodologist", "approver"),
    "una": ("author", "clinical_reviewer", "approver"),
}


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with founding seals, reviewers with keys in `keys/`, and a dossier that nobody signed yet."""
    here = lay_out(tmp_path_factory.mktemp("signing"))
    found_seals(load_guidelines(here / "guidelines"), "2026-11-01")
    (here / "keys").mkdir()
    lines = ["reviewers:"]
    for who, roles in PEOPLE.items():
        key = new_key(here / "keys" / who)
        lines.append(
            f"  - {{id: {who}, name: {who.title()}, credential: PT, roles: [{', '.join(roles)}], key: '{key}'}}"
        )
    (here / "guidelines" / "seals" / "reviewers.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    library = load_guidelines(here / "guidelines")
    scenario = load_scenario(here / "scenarios" / "second.yaml", library)
    asked = Asked(date(2026, 11, 26), ("one-determination",), retire=True)
    make_dossier(scenario, library, asked, here / "dossier")
    return here


@pytest.fixture
def here(reviewed: Path, tmp_path: Path) -> Path:
    shutil.copytree(reviewed, tmp_path / "r")
    return tmp_path / "r"


def vote(here: Path, who: str, roles: tuple[str, ...], how: str = "approve", conflict: bool = False) -> None:
    reviewer = load_reviewers(here / "guidelines")[who]
    ballot = Ballot(roles, how, conflict, "Owns a clinic." if conflict else "None.")
    key = here / "keys" / who
    commit(here / "dossier", reviewer, ballot, on=DAY, salt="ab" * 32, keep=here / f"{who}.vote", key=key)


def opened(here: Path, *who: str) -> None:
    reviewers = load_reviewers(here / "guidelines")
    for one in who:
        open_vote(here / "dossier", reviewers[one], on=DAY, keep=here / f"{one}.vote", key=here / "keys" / one)


def signed(here: Path) -> None:
    for who, roles in STANDS.items():
        vote(here, who, roles)
    opened(here, *STANDS)


def published(here: Path, on: date = DAY, differs: tuple[str, ...] = ()) -> Published:
    """Without computing again, which takes seconds: the test of the terminal does."""
    return publish(here / "dossier", str(here / "guidelines"), on=on, verify=lambda: Verified(differs, ("note",)))


def problems(here: Path) -> list[str]:
    _, digest = read_dossier(here / "dossier")
    reviewers = load_reviewers(here / "guidelines")
    found = standing(digest, documents(here / "dossier"), reviewers, "d").problems
    return [f"{p.code} {p.message}" for p in found]


def sealed(here: Path) -> list[str]:
    library = load_guidelines(here / "guidelines")
    return [f"{Path(p.file).name}: {p.code} {p.message}" for p in seal_problems(library)]


# ------------------------------------------------------------------------------------------------------ signatures


def test_ssh_signs_and_verifies_what_we_do(tmp_path: Path) -> None:
    """Both ways against OpenSSH's own program, where there is one."""
    program = shutil.which("ssh-keygen")
    public = new_key(tmp_path / "key")
    text = tmp_path / "text"
    text.write_bytes(b"what is signed\n")
    made = sign(tmp_path / "key", text.read_bytes())
    assert verify(public, text.read_bytes(), made) and not verify(public, b"another", made)
    if program is None:
        pytest.skip("there is no ssh-keygen")
    (tmp_path / "ours.sig").write_text(made)
    (tmp_path / "signers").write_text(f'ada namespaces="{NAMESPACE}" {public}\n')
    call = [program, "-Y", "verify", "-f", "signers", "-I", "ada", "-n", NAMESPACE, "-s", "ours.sig"]
    assert subprocess.run(call, cwd=tmp_path, input=text.read_bytes(), capture_output=True).returncode == 0
    for namespace, good in ((NAMESPACE, True), ("git", False)):
        call = [program, "-Y", "sign", "-f", "key", "-n", namespace, "text"]
        subprocess.run(call, cwd=tmp_path, check=True, capture_output=True)
        assert verify(public, text.read_bytes(), (tmp_path / "text.sig").read_text()) is good
        (tmp_path / "text.sig").unlink()


@pytest.mark.parametrize(
    "armoured",
    ["", "x", "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----",
     "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQ==\n-----END SSH SIGNATURE-----",
     "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAf////8=\n-----END SSH SIGNATURE-----"],
)  # fmt: skip
def test_what_is_no_signature_verifies_nothing(armoured: str, tmp_path: Path) -> None:
    assert not verify(new_key(tmp_path / "key"), b"text", armoured)


@pytest.mark.parametrize(
    "line", ["", "ssh-ed25519", "ssh-rsa AAAA", "ssh-ed25519 ???", "ssh-ed25519 AAAA", "ssh-ed25519 AAAAAQ=="]
)
def test_what_is_no_key_is_none(line: str) -> None:
    assert key_of(line) is None and not verify(line, b"text", "")


def test_only_ed25519_keys_sign(tmp_path: Path) -> None:
    rsa = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    (tmp_path / "rsa").write_bytes(rsa)
    (tmp_path / "none").write_text("no key")
    for name, told in (("rsa", "another kind"), ("none", "opens as no SSH key"), ("absent", "opens as no SSH key")):
        with pytest.raises(ProblemsFound, match=told):
            sign(tmp_path / name, b"text")


# ------------------------------------------------------------------------------------------------------------ votes


def test_three_people_sign_and_a_version_is_published(here: Path, monkeypatch, capsys: pytest.CaptureFixture) -> None:
    """The whole of it from the terminal: votes, comment, publishing, and the seal that `check` looks at."""
    monkeypatch.chdir(here)
    on = ["--on", "2026-12-01"]

    def call(*words: str) -> tuple[int, str]:
        code = main(list(words))
        return code, "".join(capsys.readouterr())

    assert call("check")[0] == 0
    comment_ = ["--item", "limit row lbp", "--text", "Fourteen is what the trial gave."]
    assert call("sign", "comment", "dossier", "--as", "cleo", *comment_, "--key", "keys/cleo", *on)[0] == 0
    for who, roles in STANDS.items():
        stands = [w for role in roles for w in ("--role", role)]
        words = ["--as", who, *stands, "--vote", "approve", "--no-conflict", "None.", "--keep", f"{who}.vote"]
        assert call("sign", "commit", "dossier", *words, "--key", f"keys/{who}", *on)[0] == 0
    code, out = call("publish", "dossier", *on)
    assert code == 1 and "the vote of ada is not open" in out
    assert "approve" not in "".join(text for text, _ in documents(here / "dossier").values()), "a vote is private"
    for who in STANDS:
        assert (
            call("sign", "open", "dossier", "--as", who, "--keep", f"{who}.vote", "--key", f"keys/{who}", *on)[0] == 0
        )
    code, out = call("sign", "show", "dossier")
    assert code == 0 and "signed as it has to be" in out and "comment on limit row lbp, cleo" in out
    code, out = call("publish", "dossier", *on)
    assert code == 0 and f"{NEW}: published" in out and f"{OLD}: retired" in out
    assert [line.split(":")[1].strip()[:17] for line in out.splitlines() if line.startswith("checked")] == [
        "the signatures ov",
        "who wrote it neit",
        "the verdict",
        "12 files of guide",
        "the seals of guid",
        "every number and ",
    ]
    status = {g.name: g.status for g in load_guidelines("guidelines").guidelines}
    assert (status[NEW], status[OLD]) == ("published", "retired")
    assert call("check")[0] == 0
    code, out = call("seal")
    assert code == 0 and [line.split()[1:3] for line in out.splitlines()] == [
        ["2026-11-01", "found,"],
        ["2026-12-01", "publish,"],
    ]
    code, out = call("publish", "dossier", *on)
    assert code == 1 and "stale-dossier" in out, "a dossier publishes once"


@pytest.mark.parametrize(
    ("votes", "told"),
    [
        ({"ada": ("author",), "max": ("methodologist", "approver")}, ["nobody stands for it as clinical_reviewer"]),
        ({"una": ("author", "clinical_reviewer", "approver"), "max": ("methodologist",)},
         ["una wrote it and can not be its clinical_reviewer", "nobody stands for it as clinical_reviewer",
          "una wrote it and can not be its approver", "nobody stands for it as approver"]),
        ({}, [f"nobody stands for it as {r}" for r in ("author", "clinical_reviewer", "methodologist", "approver")]),
    ],
)  # fmt: skip
def test_who_is_missing_is_said(votes: dict, told: list[str], here: Path) -> None:
    for who, roles in votes.items():
        vote(here, who, roles)
    opened(here, *votes)
    assert problems(here) == [f"not-signed {t}" for t in sorted(told, key=told.index)]
    _, dossier = read_dossier(here / "dossier")
    found = standing(dossier, documents(here / "dossier"), load_reviewers(here / "guidelines"), "here").problems
    may = {"author": "ada, una", "clinical_reviewer": "cleo, una", "methodologist": "ada, max", "approver": "max, una"}
    if "una" in votes:
        may |= {"clinical_reviewer": "cleo", "approver": "max"}
    assert [p.hint for p in found] == [f"who may: {may[p.message.split()[-1]]}" for p in found]


@pytest.mark.parametrize(
    ("how", "conflict", "told"),
    [
        ("reject", False, ["not-signed max rejects it"]),
        ("abstain", False, []),
        (
            "approve",
            True,
            [
                f"not-signed max has a conflict of interest and can not stand as {r}"
                for r in ("methodologist", "approver")
            ],
        ),
    ],
)
def test_a_vote_that_does_not_count(how: str, conflict: bool, told: list[str], here: Path) -> None:
    for who in ("ada", "cleo"):
        vote(here, who, STANDS[who])
    vote(here, "max", STANDS["max"], how, conflict)
    opened(here, *STANDS)
    missing = [f"not-signed nobody stands for it as {r}" for r in ("methodologist", "approver")]
    assert problems(here) == told + missing


def test_a_key_of_another_writes_nothing(here: Path) -> None:
    cleo = load_reviewers(here / "guidelines")["cleo"]
    ballot, keep = Ballot(("clinical_reviewer",), "approve", False, "None."), here / "c.vote"
    with pytest.raises(ProblemsFound, match="bad-signature this is not the key of cleo"):
        commit(here / "dossier", cleo, ballot, on=DAY, salt="ab" * 32, keep=keep, key=here / "keys" / "max")
    assert not keep.exists() and not documents(here / "dossier")
    vote(here, "cleo", STANDS["cleo"])
    for act in (
        lambda: open_vote(here / "dossier", cleo, on=DAY, keep=here / "cleo.vote", key=here / "keys" / "max"),
        lambda: comment(here / "dossier", cleo, "verdict", "Wait.", on=DAY, key=here / "keys" / "max"),
    ):
        with pytest.raises(ProblemsFound, match="this is not the key of cleo"):
            act()


def test_days_stand_in_order(here: Path) -> None:
    """Nobody votes before the dossier is there, opens before all committed, or publishes before the votes."""
    reviewers, early = load_reviewers(here / "guidelines"), date(2026, 11, 1)
    ballot, key = Ballot(("author",), "approve", False, "None."), here / "keys" / "ada"
    with pytest.raises(ProblemsFound, match="2026-11-01 is before 2026-11-26: the dossier is of that day"):
        commit(here / "dossier", reviewers["ada"], ballot, on=early, salt="ab" * 32, keep=here / "a.vote", key=key)
    vote(here, "ada", STANDS["ada"])
    with pytest.raises(ProblemsFound, match="2026-11-27 is before 2026-12-01: the last vote was committed on that day"):
        open_vote(here / "dossier", reviewers["ada"], on=date(2026, 11, 27), keep=here / "ada.vote", key=key)
    for who in ("cleo", "max"):
        vote(here, who, STANDS[who])
    opened(here, *STANDS)
    with pytest.raises(ProblemsFound, match="it was made, or voted on, as late as 2026-12-01, after 2026-11-30"):
        published(here, date(2026, 11, 30))


def test_nobody_joins_once_votes_are_open(here: Path) -> None:
    vote(here, "ada", ("author",))
    opened(here, "ada")
    with pytest.raises(ProblemsFound, match="votes are open already"):
        vote(here, "cleo", ("clinical_reviewer",))


def change(path: Path, **more: object) -> None:
    held = json.loads(path.read_text())
    path.write_text(json.dumps(held | more, indent=1, sort_keys=True) + "\n")


def test_a_document_touched_up_counts_for_nothing(here: Path) -> None:
    signed(here)
    folder = here / "dossier" / "signing"
    assert problems(here) == []
    held = json.loads((folder / "opened-max.json").read_text())
    change(folder / "opened-max.json", ballot=held["ballot"] | {"roles": ["methodologist"]})
    assert problems(here)[0] == "bad-signature opened-max.json: the signature is not that of max over this text"
    # Signed again, it is another vote than the one committed to.
    text = (folder / "opened-max.json").read_bytes()
    (folder / "opened-max.json.sig").write_text(sign(here / "keys" / "max", text))
    assert problems(here)[0] == "bad-signature the vote of max: it is not the one committed to"
    (folder / "opened-max.json.sig").unlink()
    assert problems(here)[0] == "bad-signature opened-max.json: it is not signed"
    (folder / "opened-max.json").write_text('{"act": "opened"}')
    assert problems(here)[0] == "bad-signature opened-max.json: this is no document of a review"


def test_a_vote_opened_among_other_commitments_counts_for_nothing(here: Path) -> None:
    """Whoever opens first would else let the next one choose whether to have voted."""
    signed(here)
    folder = here / "dossier" / "signing"
    for name in ("committed-cleo.json", "opened-cleo.json"):
        (folder / name).unlink()
    told = [p for p in problems(here) if "vote of" in p]
    assert told == [
        f"bad-signature the vote of {w}: other commitments stood when it was opened: all vote again"
        for w in ("ada", "max")
    ]


def test_a_role_that_is_not_theirs_and_no_statement(here: Path) -> None:
    cleo = load_reviewers(here / "guidelines")["cleo"]
    with pytest.raises(ProblemsFound) as found:
        commit(
            here / "dossier",
            cleo,
            Ballot(("approver",), "approve", False, " "),
            on=DAY,
            salt="a",
            keep=here / "k",
            key=None,
        )
    assert [p.message for p in found.value.problems] == [
        "a vote states the conflicts of interest, or that there are none",
        "cleo may not sign as approver",
    ]
    assert not (here / "k").exists()


def test_a_comment_is_on_an_item(here: Path) -> None:
    cleo = load_reviewers(here / "guidelines")["cleo"]
    with pytest.raises(ProblemsFound, match="no item limit row lpb.*did you mean limit row lbp"):
        comment(here / "dossier", cleo, "limit row lpb", "why?", on=DAY, key=here / "keys" / "cleo")


def test_another_program_may_sign(here: Path) -> None:
    """Without a key the document waits for `ssh-keygen -Y sign`, as with a key in hardware."""
    ada = load_reviewers(here / "guidelines")["ada"]
    path = commit(
        here / "dossier",
        ada,
        Ballot(("author",), "approve", False, "None."),
        on=DAY,
        salt="a",
        keep=here / "k",
        key=None,
    )
    assert f"bad-signature {path.name}: it is not signed" in problems(here)
    assert allowed_signers({"ada": ada}).startswith(f'ada namespaces="{NAMESPACE}" ssh-ed25519 AAAA')


# ------------------------------------------------------------------------------------------------------------ seals


def test_an_overlay_and_a_program_are_published_under_seals(here: Path) -> None:
    """New versions of both go the way of a guideline; until then they decide nothing, afterwards no edit passes."""
    folder, kinds = here / "guidelines", ("plans/harbor/2026.2.yaml", "programs/review/2026-10.yaml")
    new_overlay_and_program(here)
    library = load_guidelines(folder)
    scenario = load_scenario(here / "scenarios" / "others.yaml", library)
    assert sealed(here) == [] and [p.version for p in library.programs] == ["2019-11"]
    shutil.rmtree(here / "dossier")
    held = make_dossier(scenario, library, Asked(DAY, ("one-determination",)), here / "dossier")
    assert held["asks"]["publish"] == ["harbor/2026.2", "review/2026-10"]
    titles = {c["title"] for change in held["changes"] for c in change["changes"]}
    assert titles >= {"plan change to a guideline", "program commercial, CT (PT, OT)"}
    assert [(p["version"], p["against"]) for p in held["proofs"]] == [
        ("physical-therapy/2026.1 under harbor/2026.2", "physical-therapy/2026.1 under harbor/2026.1")
    ]
    assert [e["verdict"] for e in held["effects"]] == ["stricter"]
    signed(here)
    assert published(here).published == ("harbor/2026.2", "review/2026-10")
    after = load_guidelines(folder)
    assert sealed(here) == [] and {o.name: o.status for o in after.overlays}["harbor/2026.2"] == "published"
    assert [p.version for p in after.programs] == ["2019-11", "2026-10"] and after.waiting == ()
    for file in kinds:
        edited(folder / file, "title: ", "title: Another ")
    told = " ".join(sealed(here))
    assert [told.count(f"{f} is not what was signed") for f in kinds] == [1, 1]
    assert told.count("it is not as it was sealed on 2026-12-01 (0002-publish.json)") == 2


def test_a_base_in_review_is_published_with_what_extends_it(here: Path) -> None:
    """Else what everybody decides by would stand under no seal."""
    folder = here / "guidelines"
    text = (folder / "therapy-common" / "2026.1.yaml").read_text(encoding="utf-8")
    text = text.replace('"2026.1"', '"2026.2"', 1).replace("status: published", "status: in_review")
    (folder / "therapy-common" / "2026.2.yaml").write_text(text, encoding="utf-8")
    edited(
        folder / "physical-therapy" / "2026.2.yaml", "extends: therapy-common/2026.1", "extends: therapy-common/2026.2"
    )
    library = load_guidelines(folder)
    pairs = versions_of(load_scenario(here / "scenarios" / "second.yaml", library), library)
    asked = asks(library, pairs, retire=False)
    assert asked["publish"] == ["therapy-common/2026.2", NEW]
    assert set(asked["files"]) >= {"therapy-common/2026.2.yaml", f"{NEW}.yaml", "conditions/2026.1.csv"}
    edited(folder / "physical-therapy" / "2026.2.yaml", "in_review", "published")
    assert "2026.2.yaml: unsealed it decides, and no seal holds it" in sealed(here)[-1] and len(sealed(here)) == 3


def test_a_folder_without_seals_is_asked_nothing(here: Path) -> None:
    shutil.rmtree(here / "guidelines" / "seals")
    assert sealed(here) == []
    signed_ = [p.code for p in refused(here)]
    assert signed_.count("unsealed") == 1


def refused(here: Path, on: date = DAY) -> tuple:
    with pytest.raises(ProblemsFound) as found:
        published(here, on)
    return found.value.problems


def test_the_founding_seal_says_that_nobody_signed(here: Path) -> None:
    (seal,) = read_seals(here / "guidelines")
    assert seal.act == "found" and seal.held["note"].startswith("Nobody signed these") and "documents" not in seal.held
    assert set(seal.files) == {
        "conditions/2026.1.csv",
        "measures/2026.1.csv",
        "physical-therapy/2026.1.limits.csv",
        "physical-therapy/2026.1.yaml",
        "plans/harbor/2026.1.yaml",
        "programs/review/2019-11.yaml",
        "therapy-common/2026.1.yaml",
    }
    with pytest.raises(ProblemsFound, match="keeps seals already"):
        found_seals(load_guidelines(here / "guidelines"), "2026-12-01")


def edited(path: Path, one: str, two: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert one in text
    path.write_text(text.replace(one, two, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "one", "two", "told"),
    [
        ("physical-therapy/2026.2.yaml", "in_review", "published", ["unsealed it decides, and no seal holds it"] * 2),
        ("physical-therapy/2026.1.yaml", "value: 10", "value: 9", ["unsealed it is not as it was sealed on 2026-11-01 (0001-found.json)"]),
        ("physical-therapy/2026.1.limits.csv", "10,8,2", "11,8,2", ["unsealed it is not as it was sealed on 2026-11-01 (0001-found.json)"]),
        ("conditions/2026.1.csv", "Low back pain", "Back pain", ["unsealed it is not as it was sealed on 2026-11-01 (0001-found.json)"]),
        ("plans/harbor/2026.1.yaml", "status: published", "status: draft", ["unsealed it is not as it was sealed on 2026-11-01 (0001-found.json)"]),
        ("physical-therapy/2026.2.yaml", "value: 10", "value: 9", []),  # what is in review may change
        ("seals/0001-found.json", "2026-11-01", "2026-10-01", []),  # unsigned and alone, no other file tells
    ],
)  # fmt: skip
def test_what_is_published_stays_as_it_was_sealed(
    file: str, one: str, two: str, told: list[str], here: Path, capsys
) -> None:
    edited(here / "guidelines" / file, one, two)
    assert [p.split(": ", 1)[1] for p in sealed(here)] == told
    assert main(["check", "--guidelines", str(here / "guidelines")]) == (1 if told else 0)
    assert ("unsealed" in capsys.readouterr().err) == bool(told)


def test_line_ends_of_windows_break_no_seal(here: Path) -> None:
    path = here / "guidelines" / "physical-therapy" / "2026.1.limits.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert sealed(here) == []


def test_seals_are_only_added(here: Path) -> None:
    signed(here)
    published(here)
    assert sealed(here) == []
    folder = here / "guidelines" / "seals"
    first, second = folder / "0001-found.json", folder / "0002-publish.json"
    kept = first.read_bytes(), second.read_bytes()
    follows = "seal-broken it does not follow from the seal before: one of them was changed, added or taken away"
    edited(first, "2026-11-01", "2026-10-01")
    assert sealed(here) == [f"0002-publish.json: {follows}"]
    first.write_bytes(kept[0])
    second.unlink()
    assert [p.split(": ", 1)[1] for p in sealed(here)] == [
        "unsealed it is not as it was sealed on 2026-11-01 (0001-found.json)",
        "unsealed it decides, and no seal holds it",
        "unsealed it decides, and no seal holds it",
    ]
    second.write_bytes(kept[1])


def test_a_seal_holds_what_was_signed(here: Path) -> None:
    """A file changed after the votes, with the seal's digest changed to match: the votes hold what was reviewed."""
    signed(here)
    published(here)
    limits = here / "guidelines" / "physical-therapy" / "2026.2.limits.csv"
    seal = here / "guidelines" / "seals" / "0002-publish.json"
    edited(limits, "14,10,2", "4,10,2")
    files = json.loads(seal.read_text())["files"]
    change(seal, files=files | {"physical-therapy/2026.2.limits.csv": file_digest(limits)})
    assert sealed(here) == [
        "0002-publish.json: seal-broken physical-therapy/2026.2.limits.csv is not what was signed, but for its status"
    ]


def test_a_seal_without_its_votes_is_none(here: Path) -> None:
    signed(here)
    published(here)
    change(here / "guidelines" / "seals" / "0002-publish.json", documents={})
    assert [p.split(" ", 1)[1] for p in sealed(here)] == [
        f"not-signed nobody stands for it as {r}" for r in ("author", "clinical_reviewer", "methodologist", "approver")
    ]
    (here / "guidelines" / "seals" / "0002-publish.json").write_text("{}")
    with pytest.raises(ProblemsFound, match="this is no seal"):
        seal_problems(load_guidelines(here / "guidelines"))


def test_all_that_stands_against_publishing_is_said_at_once(here: Path) -> None:
    edited(here / "guidelines" / "physical-therapy" / "2026.2.yaml", "value: 10", "value: 9")
    edited(here / "guidelines" / "physical-therapy" / "2026.1.yaml", "value: 10", "value: 9")
    found = refused(here, date(2026, 10, 1))
    assert {p.code for p in found} == {"bad-call", "not-signed", "stale-dossier", "unsealed"}
    status = {g.name: g.status for g in load_guidelines(here / "guidelines").guidelines}
    assert status[NEW] == "in_review", "nothing was written"


def test_what_does_not_come_out_again_is_not_published(here: Path) -> None:
    """A number touched up before it was signed: votes, files and seals hold, and yet nothing is written."""
    signed(here)
    before = {p: p.read_bytes() for p in (here / "guidelines").rglob("*") if p.is_file()}
    with pytest.raises(ProblemsFound) as found:
        published(here, differs=("impact.counts.changed.requests: 1, comes to 61",))
    assert [f"{p.code} {p.message}" for p in found.value.problems] == [
        "not-verified impact.counts.changed.requests: 1, comes to 61"
    ]
    assert {p: p.read_bytes() for p in (here / "guidelines").rglob("*") if p.is_file()} == before


def test_what_changes_while_it_is_computed_again_is_seen(here: Path) -> None:
    signed(here)

    def meanwhile() -> Verified:
        edited(here / "guidelines" / "physical-therapy" / "2026.2.limits.csv", "14,10,2", "4,10,2")
        return Verified((), ())

    with pytest.raises(ProblemsFound, match="stale-dossier"):
        publish(here / "dossier", str(here / "guidelines"), on=DAY, verify=meanwhile)
    edited(here / "guidelines" / "physical-therapy" / "2026.2.limits.csv", "4,10,2", "14,10,2")
    late = here / "dossier" / "signing" / "comment-cleo-1.json"

    def joins() -> Verified:
        cleo = load_reviewers(here / "guidelines")["cleo"]
        comment(here / "dossier", cleo, "verdict", "Wait.", on=DAY, key=here / "keys" / "cleo")
        return Verified((), ())

    with pytest.raises(ProblemsFound, match="changed while it was computed again"):
        publish(here / "dossier", str(here / "guidelines"), on=DAY, verify=joins)
    assert late.is_file() and {g.status for g in load_guidelines(here / "guidelines").guidelines} == {
        "published",
        "in_review",
    }


def test_a_change_that_breaks_is_not_published(here: Path) -> None:
    path = here / "dossier" / "dossier.json"
    held = json.loads(path.read_text())
    held["verdict"] |= {"holds": False, "breaks": ["gate referral_rate at most 0.1: it is 0.4"]}
    path.write_text(json.dumps(held, ensure_ascii=False, indent=1) + "\n")
    signed(here)
    assert [p.message for p in refused(here)] == ["its verdict: gate referral_rate at most 0.1: it is 0.4"]
