"""Every code of ICD-10-CM through the condition tables of the three disciplines: what each block leads to is pinned, and
what therapy must not treat unseen never falls into a row of its own."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from workbench.cases.derive import derive
from workbench.cases.frame import SCHEMA
from workbench.cases.icd10cm import codes, normal_form
from workbench.guideline.load import load_guidelines
from workbench.guideline.model import Library
from workbench.review.conditions_page import DISCIPLINES, EMERGENCIES, OTHER, SERIOUS, blocks, conditions_of, outputs

ROOT = Path(__file__).parents[2]
TO_A_CLINICIAN = {OTHER, SERIOUS, *EMERGENCIES}


@pytest.fixture(scope="module")
def shipped() -> Library:
    return load_guidelines(ROOT / "guidelines")


def test_the_page_and_the_pin_of_every_block_say_what_the_tables_say(shipped: Library) -> None:
    for name, text in outputs(shipped).items():
        assert (ROOT / name).read_text(encoding="utf-8") == text, f"{name}: look at what changed, then `make docs`"


def test_every_code_stands_in_one_block() -> None:
    walked = [c for b in blocks() for c in b.codes]
    assert sorted(walked) == sorted(codes()) and len(walked) == 98_166
    assert len({b.chapter for b in blocks()}) == 22


# Kind of trouble → the codes that name it, as a pattern over codes without the dot.
NEVER = {
    "infection": r"A|B[0-8]|B9[5-9]|G0[0-8]|L0|M0[01]|M46[2-5]|M49|M600|M65[01]|M71[01]|M726|M86|T814|T84[567]|U071",
    "tumour": r"C|D[0-4]|M84[5]|M907",
    "fracture": r"M48[45]|M80|M84[3-6]|M97|S(02|12|22|32|42|52[0-46-9]|62[02-9]|72[3-9]|82|92)",
    "fresh fracture of hip or wrist": r"(S72[0-2]|S525|S621)..[ABC]$",
    "leg that knits late, crooked or not at all": r"(S72|S82|S92)...[GHJKMNPQR]$",
    "growth plate, brittle or tired bone that does not knit": r"(S49[01]|S59[0-2]|S79[01]|S89[0-3]|M80|M843)...[AGKP]$",
    "fracture of skull, spine, ribs or pelvis": r"S(02|12|22|32)|M80[08]8|M843[58]",
    "fresh injury within the skull": r"S06[1-9]..A$",
    "inflammatory disease": r"M0[2-8]|M1[0-4]|M3[2-4]|M45|M46[0189]|L405",
    "vascular disease": r"I2[0-46]|I7|I8[0-2]|M3[01]|M622|M6282|M79A|S068[12]|T79A",
    "implant, graft or transplant": r"T8[2356]|T84([0-79]|8[1356789])|T87[0-245]",
    "dislocation": r"M24[34]|M43[3-5]|S030|S13[0-2]|S23[0-2]|S33[0-3]|S43[0-3]|S53[01]|S63[0-2]|S730|S83[01]|S93[013]",
    "cord and cauda equina": r"G834|G95|G992|M47[01]|M500|M510|S[123]4",
}
# Rows written for just that: fractures of a limb once they are past their first treatment; swallowing in cancer of the
# head and neck; a cord pressed in the neck, once operated on.
WRITTEN_FOR = {
    ("fracture", "fracture_healing"),
    ("fracture", "hip_fracture"),
    ("tumour", "head_neck_cancer_dysphagia"),
    ("cord and cauda equina", "cervical_fusion"),
    ("vascular disease", "claudication"),
}
# What can not wait, told by its code: in every discipline one of the emergencies and nothing else, save a cord pressed in
# the neck, which physical therapy may treat once it was operated on.
URGENT = {
    "cord and cauda equina": r"G834|G95[12]|G9581|G992|M433|M47[01]|M500|M510",
    "infection": r"A4[01]|G0[0-8]|I33|L03|M0[01]|M46[2-5]|M600|M65[01]|M71[01]|M726|M86[0129]|T8(14|4[567])...A|T874",
    "vessels": r"G45[012389]|I2[1-46]|I70[2-7][26]|I71[0135]|I74|I80[1-3]|I82[46]|I96|M31[56]|M6282|M79A|T79A..A|T875",
    "fresh injury": r"S(02[01]|12|220|320)...[AB]|S(1[34][01]|2[34][01]|3[34][01]|26|36)...A|S06[1-9]..A|S72[0-2]..[ABC]"
    r"|S(730|831)..A|T8402.A|M97...A",
}


@pytest.mark.parametrize("kind", NEVER)
@pytest.mark.parametrize("discipline", DISCIPLINES)
def test_it_never_falls_into_a_row(shipped: Library, kind: str, discipline: str) -> None:
    said = conditions_of(shipped.conditions, discipline)
    named = [c for c in said if re.match(NEVER[kind], c)]
    assert len(named) > 20
    wrong = {c: said[c] for c in named if {k for k in said[c] if (kind, k) not in WRITTEN_FOR} - TO_A_CLINICIAN}
    assert not wrong


@pytest.mark.parametrize("kind", URGENT)
@pytest.mark.parametrize("discipline", DISCIPLINES)
def test_an_emergency_is_urgent_by_its_code_alone(shipped: Library, kind: str, discipline: str) -> None:
    said = conditions_of(shipped.conditions, discipline)
    named = [c for c in said if re.match(URGENT[kind], c)]
    assert len(named) > 20
    assert {k for c in named for k in said[c]} - {"cervical_fusion"} <= set(EMERGENCIES)


# Sites → the seventh characters with which a fracture of a limb has a row in physical and in occupational therapy,
# whether operated on or not; and those with which it has one only after an operation.
ROW_FOR = (
    (r"S42|S62[02-9]", "DGPS", "DGPS", "K"),
    (r"S52[0-46-9]", "DEFGHJPQRS", "DEFGHJPQRS", "KMN"),
    (r"S525", "DEFGHJPQRS", "DEFGHJPQRS", "KMN"),
    (r"S621", "DGPS", "DGPS", "K"),
    (r"S72[0-2]|S72[3-9]|S82", "DEFS", "", ""),
    (r"S92", "DS", "", ""),
    (r"S49[01]|S59[0-2]", "DS", "DS", ""),
    (r"S79[01]|S89[0-3]|S99[0-2]", "DS", "", ""),
    (r"M80[08][1-4]|M843[1-4]", "DS", "DS", ""),
    (r"M80[08][5-7]|M843[67]", "DS", "", ""),
)
FRACTURES = {"fracture_healing", "distal_radius_fracture", "hip_fracture"}


@pytest.mark.parametrize(("sites", "pt", "ot", "operated"), ROW_FOR, ids=lambda x: str(x))
def test_the_seventh_character_says_whether_a_fracture_has_a_row(
    shipped: Library, sites: str, pt: str, ot: str, operated: str
) -> None:
    """A first encounter never; what heals, and what is left of it, does; what did not join, once operated on."""
    for discipline, free in (("PT", pt), ("OT", ot), ("ST", "")):
        found: dict[str, set[frozenset[str]]] = {}
        for code, named in conditions_of(shipped.conditions, discipline).items():
            if len(code) == 7 and re.match(sites, code):
                found.setdefault(code[-1], set()).add(frozenset(named))
        assert len(found) >= 5
        bound = operated if free else ""
        for character, named_ in found.items():
            for one in named_:
                fracture = bool(one & FRACTURES)
                assert fracture == (character in free + bound), (discipline, sites, character, one)
                assert bool({SERIOUS, *EMERGENCIES} & one) == (character not in free), (
                    discipline,
                    sites,
                    character,
                    one,
                )


@pytest.mark.parametrize("discipline", DISCIPLINES)
def test_only_fractures_of_limbs_are_healing_fractures(shipped: Library, discipline: str) -> None:
    found = [c for c, k in conditions_of(shipped.conditions, discipline).items() if "fracture_healing" in k]
    assert all(any(re.match(sites, c) for sites, *_ in ROW_FOR) and len(c) == 7 for c in found)


@pytest.mark.parametrize("discipline", DISCIPLINES)
def test_a_request_says_what_the_walk_says(shipped: Library, discipline: str) -> None:
    """The walk here and the engine's own reading agree, wherever the code alone decides."""
    said = conditions_of(shipped.conditions, discipline)
    asked, more = sorted(said), asking_more(shipped, discipline)
    frame = pl.DataFrame(
        {
            "request_id": [f"R{i}" for i in range(len(asked))],
            "discipline": [discipline] * len(asked),
            "diagnosis": [normal_form(c) for c in asked],
        },
        schema={k: SCHEMA[k] for k in ("request_id", "discipline", "diagnosis")},
    )
    derived = derive(frame, shipped)
    assert isinstance(derived, pl.DataFrame)
    found = dict(zip(asked, derived["condition"].to_list(), strict=True))
    for code, conditions in said.items():
        if next((more[code[:n]] for n in range(len(code), 0, -1) if code[:n] in more), False):
            assert found[code] is None or found[code] in conditions, code
        else:
            assert found[code] == (conditions[0] if conditions else None), code


def asking_more(shipped: Library, discipline: str) -> dict[str, bool]:
    """Prefix → whether one of its rows asks for more than the code."""
    found: dict[str, bool] = {}
    for row in shipped.conditions:
        if discipline in row.disciplines:
            found |= {p: found.get(p, False) or bool(row.cells) for p in row.prefixes}
    return found
