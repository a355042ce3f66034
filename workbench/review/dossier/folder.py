"""A dossier as a folder, and whether everything in it comes out again.

make_dossier(scenario, library, Asked(date(2026, 11, 26)), Path("dossiers/version-2026-2"))
verify_dossier(Path("dossiers/version-2026-2"), "guidelines").differs
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from workbench.documents.outputs import claim, writing
from workbench.guideline.load import load_guidelines
from workbench.guideline.model import DECIDES, Library
from workbench.guideline.versions import every_version
from workbench.review.dossier.as_html import as_html
from workbench.review.dossier.as_pdf import as_pdf
from workbench.review.dossier.contents import Asked, as_text, contents, versions_of
from workbench.review.dossier.page import blocks
from workbench.review.dossier.read import DATA, Contents, read_dossier, text_digest
from workbench.review.scenario_file import Scenario, load_scenario

PAGE, PRINT = "dossier.html", "dossier.pdf"
MOST = 50  # differences told

Progress = Callable[[str], None]


def quiet(_: str) -> None:
    """No progress is wanted."""


def make_dossier(
    scenario: Scenario, library: Library, asked: Asked, folder: Path, *, force: bool = False, progress: Progress = quiet
) -> Contents:
    """Compute and write a dossier: `dossier.json`, `dossier.html`, `dossier.pdf`. Raises ProblemsFound where the
    scenario tries no version, or the folder holds a dossier already (without `force`)."""
    files = [folder / name for name in (DATA, PAGE, PRINT)]
    claim(files, [library.root, scenario.file], force=force)
    versions_of(scenario, library)
    held = contents(scenario, library, asked, progress)
    progress("the pages")
    made = rendered(held)
    with writing(*files) as parts:
        for part, data in zip(parts, made.values(), strict=True):
            part.write_bytes(data)
    return held


def rendered(held: Contents) -> dict[str, bytes]:
    """File → bytes, of what a dossier says."""
    text = as_text(held)
    title = f"Dossier {held['scenario']}"
    shown = list(blocks(held, text_digest(text)))
    return {DATA: text.encode(), PAGE: as_html(title, shown).encode(), PRINT: as_pdf(title, shown)}


@dataclass(frozen=True)
class Verified:
    """`differs` are the numbers and files that came out otherwise, each in words; `remarks` differ and change none."""

    differs: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def same(self) -> bool:
        return not self.differs

    def lines(self) -> list[str]:
        shown = list(self.differs[:MOST])
        if len(self.differs) > MOST:
            shown.append(f"… and {len(self.differs) - MOST} more")
        end = "every number and every page comes out again" if self.same else f"{len(self.differs)} differ"
        return [*self.remarks, *shown, end]

    def as_dict(self) -> dict[str, object]:
        return {"same": self.same, "differs": list(self.differs), "remarks": list(self.remarks)}


def verify_dossier(
    folder: Path, guidelines: str, scenario: Path | None = None, *, progress: Progress = quiet
) -> Verified:
    """Compute a dossier again from its inputs, and say what differs. `scenario` is where its file lies now; by default
    where it lay beside the guidelines. Raises ProblemsFound where an input is missing."""
    held, _ = read_dossier(folder)
    library = load_guidelines(guidelines)
    read = load_scenario(scenario or Path(library.root).parent / held["file"], library)
    again = contents(read, library, _asked(held["asked"]), progress)
    remarks = [f"{name} was {held['software'].get(name, 'not there')} and is {now}"
               for name, now in again["software"].items() if held["software"].get(name) != now]  # fmt: skip
    differs = list(differences({k: v for k, v in held.items() if k != "software"},
                               {k: v for k, v in again.items() if k != "software"}))  # fmt: skip
    for name, data in rendered(held).items():
        if not (folder / name).is_file():
            differs.append(f"{name} is not there")
        elif (folder / name).read_bytes() != data:
            differs.append(f"{name} does not show what {DATA} says")
    decide = {v.name for v in every_version(library) if v.status in DECIDES}
    if done := [name for name in held["asks"]["publish"] if name in decide]:
        remarks.append(
            f"{', '.join(done)}: published since; a dossier comes out again on the files that it was made of"
        )
    return Verified(tuple(differs), tuple(remarks))


def _asked(told: Mapping[str, Any]) -> Asked:
    """What a dossier says that it was asked for."""
    on, questions = date.fromisoformat(told["on"]), tuple(told["questions"])
    return Asked(on, questions, told["seconds"], told["retire"], tuple(told["accept"].items()))


def differences(one: object, two: object, at: str = "") -> Iterator[str]:
    """Each place at which two JSON values differ: `impact.rates[0].draft: 0.41, comes to 0.42`."""
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        for key in dict.fromkeys((*one, *two)):
            yield from differences(one.get(key, _GONE), two.get(key, _GONE), f"{at}.{key}" if at else str(key))
    elif isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        for k, pair in enumerate(zip(one, two, strict=True)):
            yield from differences(*pair, f"{at}[{k}]")
    elif one != two or type(one) is not type(two):
        yield f"{at}: {_said(one)}, comes to {_said(two)}"


_GONE: Any = object()


def _said(value: object) -> str:
    if value is _GONE:
        return "not there"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else text[:119] + "…"
