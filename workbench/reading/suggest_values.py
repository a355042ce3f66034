"""Which choice of a fact a text of somebody's file means, and how texts are written in a mapping."""

from __future__ import annotations

import json
import re

from workbench.cases.values import choices_of
from workbench.documents.text import CONTROL
from workbench.facts import Fact
from workbench.guideline.model import Library
from workbench.reading.cell_texts import place
from workbench.reading.convert_columns import FALSE, TRUE
from workbench.reading.suggest_names import plain

MOST_VALUES = 15  # distinct values that are mapped one by one


def choices_meant(fact: Fact, texts: list[str], library: Library) -> tuple[list[tuple[str, str]], str, int]:
    """Text → choice for the texts that are no choices as they stand, a remark, and how many texts fit."""
    choices = choices_of(fact, library) if fact.kind == "choice" else (*TRUE, *FALSE)
    known = {plain(c).replace(" ", "_") for c in choices}
    unknown = [t for t in texts if plain(t).replace(" ", "_") not in known or plain(t) != t.lower().replace("_", " ")]
    unknown = [t for t in unknown if t.lower() not in {c.lower() for c in choices}]
    if not unknown:
        return [], "", len(texts)
    targets = choices if fact.kind == "choice" else ("true", "false")
    guessed = {t: _guess(fact.name, t, targets) for t in unknown}
    if fact.name == "sex":
        guessed |= _beside_h(unknown)
    lost = [t for t in unknown if not guessed[t]]
    good = len(texts) - len(lost)
    if len(unknown) > MOST_VALUES:
        good = len(texts) - len(unknown)
        return (
            [],
            f"values such as {short(unknown[0])} are no {fact.kind}s of it",
            good if 2 * good >= len(texts) else 0,
        )
    return (
        [(t, guessed[t] or "null") for t in unknown],
        f"null: not known what is meant by {_listed(lost)}" if lost else "",
        good,
    )


# Words that mean a choice without looking like it.
_MEANS = {
    "physical": "PT",
    "physical therapy": "PT",
    "occupational": "OT",
    "occupational therapy": "OT",
    "speech": "ST",
    "speech therapy": "ST",
    "slp": "ST",
    "f": "female",
    "m": "male",
    "new": "initial",
    "extension": "continuing",
    "ongoing": "continuing",
    "concurrent review": "continuing",
    "rehab": "rehabilitative",
    "hab": "habilitative",
    "partial": "approved_in_part",
    "partially approved": "approved_in_part",
    "modified": "approved_in_part",
    "x": "true",
    "positive": "true",
    "par": "true",
    "non par": "false",
    "wc": "workers_compensation",
    "ma": "medicare_advantage",
    "exchange": "marketplace",
    "self insured": "self_funded",
    "self funded": "self_funded",
    "approved in part": "approved_in_part",
    "certified": "approved",
    "physio": "PT",
    "kine": "PT",
    "kg": "PT",
    "ergo": "OT",
    "physiotherapy": "PT",
    "physiotherapie": "PT",
    "krankengymnastik": "PT",
    "kinesitherapie": "PT",
    "fisioterapia": "PT",
    "ergotherapie": "OT",
    "terapia ocupacional": "OT",
    "logopadie": "ST",
    "sprachtherapie": "ST",
    "orthophonie": "ST",
    "logopedia": "ST",
    "weiblich": "female",
    "mannlich": "male",
    "w": "female",
    "femme": "female",
    "feminin": "female",
    "homme": "male",
    "masculin": "male",
    "hombre": "male",
    "mujer": "female",
    "masculino": "male",
    "femenino": "female",
    "homem": "male",
    "mulher": "female",
    "divers": "other",
    "ja": "true",
    "nein": "false",
    "oui": "true",
    "non": "false",
    "vrai": "true",
    "faux": "false",
    "wahr": "true",
    "falsch": "false",
    "genehmigt": "approved",
    "bewilligt": "approved",
    "teilweise genehmigt": "approved_in_part",
    "abgelehnt": "denied",
    "zuruckgezogen": "withdrawn",
    "accorde": "approved",
    "approuve": "approved",
    "refuse": "denied",
    "erstantrag": "initial",
    "folgeantrag": "continuing",
    "prolongation": "continuing",
    "outpatient hospital": "hospital_outpatient",
    "on campus outpatient hospital": "hospital_outpatient",
    "off campus outpatient hospital": "hospital_outpatient",
    "affirmed": "upheld",
    "reversed": "overturned",
}


def _listed(texts: list[str]) -> str:
    more = f" and {len(texts) - 3} more" if len(texts) > 3 else ""
    return ", ".join(map(short, texts[:3])) + more


def _beside_h(texts: list[str]) -> dict[str, str]:
    """What M means where H stands beside it: H is the man then (hombre, homme, homem), and M the woman (mujer, mulher)
    unless F is she; beside both nobody can tell."""
    letters = {plain(t): t for t in texts}
    if "h" not in letters:
        return {}
    if "m" not in letters:
        return {letters["h"]: "male"} if "f" in letters else {}
    unsure = "f" in letters
    return {letters["h"]: "" if unsure else "male", letters["m"]: "" if unsure else "female"}


def _guess(fact: str, text: str, targets: tuple[str, ...]) -> str:
    """The choice that a text means, empty where that is not sure: equal words, a known word, never a likeness that
    would make `Not approved` approved."""
    said = re.sub(r"^([01])[.]0+$", r"\1", text.strip())
    if fact == "setting" and (coded := place(text)):
        return coded.value or ""
    words = plain(said)
    if targets == ("true", "false") and words in (*TRUE, *FALSE):
        return "true" if words in TRUE else "false"
    if _MEANS.get(words) in targets:
        return _MEANS[words]
    return next((t for t in targets if plain(t) == words), "")


def key(text: str) -> str:
    """A text as YAML writes it, whole."""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9 _%/().-]*", text) and _safe(text)
    if plain:
        return text
    # What no file of this kind may hold as it stands, such as a byte order mark inside a name, is spelled out.
    return CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def entry(text: str, value: str) -> str:
    """A key with its value, as YAML writes them. Beyond 1,024 characters it is a key only where it says so."""
    told = key(text)
    return f"{told}: {value}" if len(told) <= 1000 else f"? {told}\n  : {value}"


def short(text: str) -> str:
    return key(text if len(text) <= 40 else text[:37] + "…")


def _safe(text: str) -> bool:
    return (
        text.lower() not in ("yes", "no", "on", "off", "true", "false", "null", "ignore", "y", "n")
        and text == text.strip()
    )
