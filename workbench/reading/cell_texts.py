"""One text that is not plainly a value of its fact: what it holds beside the value, or why it is none.

A text is read as what it is, and what was left out of it is noted; or it is refused. It never becomes another value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from workbench.cases.icd10cm import RELEASE, fault, in_release, is_billable, is_code, normal_form, words
from workbench.cases.values import Misfit
from workbench.facts import PROCEDURE, Fact


@dataclass(frozen=True)
class Read:
    """The value as plain text in the fact's own form (codes joined by `;`), None where it is missing; and the note."""

    value: str | None
    note: str = ""


# A procedure code and what billing systems put around it: HC: before it, modifiers and units after it.
_ITEM = re.compile(
    rf"\s*'?(?:(?:HC|CPT|HCPCS)\s*[:#]?\s*)?(?P<code>{PROCEDURE})(?P<zero>\.0+)?"
    r"(?P<mods>(?:(?:\s*[-:,]\s*|\s+)(?!X\d)[A-Z0-9]{2}(?![0-9A-Z])|(?<=[0-9A-Z])[A-WYZ][A-Z0-9](?![0-9A-Z])){0,8})"
    r"(?P<units>\s*[X×*]\s*[0-9]{1,3}(?![0-9A-Z])|\s*\(\s*X?\s*[0-9]{1,3}\s*(?:UNITS?)?\s*\)|\s+[0-9]{1,3}\s*UNITS?)?"
    r"\s*(?:[;,|\n\r/+&]\s*)*(?![0-9A-Z]*[^\s0-9A-Z'])?"
)
# CMS place-of-service codes of outpatient therapy; others are told apart by nothing that a rule here asks.
PLACES = {
    "11": "office",
    "49": "office",
    "62": "office",
    "19": "hospital_outpatient",
    "22": "hospital_outpatient",
    "12": "home",
    "03": "school",
    "3": "school",
    "02": "telehealth",
    "2": "telehealth",
    "10": "telehealth",
}
_PLACE = re.compile(r"(?:POS|place of service)?[\s:#]*([0-9]{1,2})(?:\.0+)?(?:\s*[-–:(]\s*(\D+))?", re.I)
_PLACE_WORDS = frozenset(
    "office home clinic independent school telehealth provided other than in patient s on off campus outpatient"
    " hospital comprehensive rehabilitation rehab facility place of service another".split()
)
_FLOAT = re.compile(r"([0-9]+)(?:\.0+|,00?)")
# Signs that nobody sees: zero widths, marks of direction, soft hyphens.
UNSEEN = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
ERROR = r"#(?:REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|N/A|#+)"  # what a spreadsheet shows instead of a value
_POWER = re.compile(r"([0-9])(?:\.([0-9]+))?[eE]\+?([0-9]{1,2})")


def place(text: str) -> Read | None:
    """The setting that a CMS place-of-service code means, however it is written; None where it is none of them. 99 says
    that it is another place than those that have a code."""
    code = _PLACE.fullmatch(text)
    if code and not set(re.findall(r"[^\W_]+", (code[2] or "").lower())) <= _PLACE_WORDS:
        return None
    if code and code[1] == "99":
        return Read(None, f"place of service {text} is any other place; the setting is missing")
    if not code or code[1] not in PLACES:
        return None
    return Read(PLACES[code[1]], f"place of service {text} is read as {PLACES[code[1]]}")


def codes(text: str) -> Read | None:
    """Procedure codes with modifiers, units and separators; None where anything else stands there."""
    upper, at = text.upper().strip(), 0
    if re.search(rf"{PROCEDURE}\s*(?:TO|THROUGH|THRU|OR|-|–)\s*{PROCEDURE}", upper):
        return None  # from one code to another, or one of two: which, nobody said
    found: list[str] = []
    while at < len(upper):
        item = _ITEM.match(upper, at)
        if item is None or item.end() == at:
            return None
        ends = upper[item.end() - 1] in ";,|\n\r/+& " or item.end() == len(upper)
        if not ends and not upper[item.end() - 1].isspace():
            return None
        found.append(item["code"])
        at = item.end()
    kept = list(dict.fromkeys(found))
    said = (
        ""
        if re.sub(r"[;,\s]+", ";", upper).strip(";").split(";") == kept
        else f"{short(text)} is read as {', '.join(kept)}"
    )
    return Read(";".join(kept), said) if kept else None


def diagnosis(text: str) -> Read:
    """An ICD-10-CM code, or missing with the reason."""
    plain = re.sub(f"[{UNSEEN}]", "", text).strip().strip("'\"“”").rstrip(".;,/ ")
    plain = re.sub(r"^(?:ICD[- ]?10(?:[- ]?CM)?|DX|DIAGNOSIS|AB[FK])\s*[:#^-]?\s*(?=[A-Z][0-9])", "", plain, flags=re.I)
    code = _known(plain)
    if code:
        if not in_release(code):
            return Read(code, f"{code} is not in the {RELEASE} release of ICD-10-CM; an earlier one had it")
        return Read(code, "" if normal_form(text) == code else f"{short(text)} is read as {code}")
    respelt = re.sub(r"^([A-Za-z][0-9][0-9A-Za-z])\s*[,\-_ ]\s*([0-9A-Za-z]{1,4})$", r"\1.\2", plain)
    if respelt != plain and _known(respelt):
        return Read(_known(respelt), f"{short(text)} is read as {_known(respelt)}")
    listed = [c for c in dict.fromkeys(_known(t) for t in re.findall(r"[A-Za-z][0-9][0-9A-Za-z.]{1,6}", plain)) if c]
    if len(listed) > 1:
        hint = "say by `take` in the mapping which one counts"
        return Read(None, f"{short(text)} names {len(listed)} diagnoses; {hint}")
    if listed and re.search(r"\bruled? ?-?out\b|\br/o\b", plain, re.I):
        return Read(None, f"{short(text)} is a diagnosis ruled out; the diagnosis is missing")
    if listed and (said := _beside(plain, listed[0])):
        return Read(None, f"{short(text)} says more than {listed[0]} does ({said}); the diagnosis is missing")
    if listed and len(listed[0]) > 3:  # "T12 fracture" and "L40 splint" mean other things than those headings
        return Read(listed[0], f"{short(text)} is read as {listed[0]}")
    return Read(None, f"{short(text)} {fault(plain) or 'may be ICD-9-CM as well'}; the diagnosis is missing")


# What says nothing of a diagnosis, and how texts beside codes are shortened.
_PLAIN = (
    "diagnosis",
    "dx",
    "primary",
    "principal",
    "main",
    "icd",
    "cm",
    "10",
    "code",
    "a",
    "an",
    "the",
    "of",
    "in",
    "and",
)
_SHORTENED = {"fx": "fracture", "lt": "left", "rt": "right", "w": "with", "wo": "without", "encntr": "encounter"}
_SHORTENED |= {"dis": "disease", "disp": "displaced", "bilat": "bilateral", "jt": "joint"}


def _beside(text: str, code: str) -> str:
    """What a text says beside a code that the code's own description does not say: `resolved`, `?`, another illness.
    Empty where it only repeats the description."""
    spelled = re.sub(r"\.?".join(code.replace(".", "")), " ", text, count=1, flags=re.I)
    known = words(code).union(_PLAIN)
    said = re.findall(r"[^\W_]+(?:[/'’][^\W_]+)*|[?~!<>=*+#%&]", spelled.lower().replace("'s", ""))
    odd = [w for w in said if not all(_known_word(part, known) for part in re.split("[/'’]", w))]
    return ", ".join(odd[:3])


def _known_word(word: str, known: frozenset[str]) -> bool:
    """Whether a word is one of these, shortened or cut short (as `unsp` is)."""
    cut = len(word) >= 3 and any(k.startswith(word) for k in known)
    return word in known or _SHORTENED.get(word) in known or cut


def _known(text: str) -> str:
    """The normal form of an existing code. V and a heading is taken for ICD-9 (V57.1 is physical therapy there)."""
    code = normal_form(text)
    if not code or not is_code(code) or code[0] == "V" and not is_billable(code):
        return ""
    return code


def identifier(fact: Fact, text: str) -> Read | Misfit:
    """An id that went through a spreadsheet or a column of numbers."""
    plain = re.sub(f"[{UNSEEN}]", "", text).strip()
    # ="0012" is how zeros in front are kept in a CSV file for Excel.
    quoted = re.fullmatch(r"""=?(?:"([^"]*)"|“([^”]*)”)|'([^']*)'""", plain)
    plain = (
        next((g for g in quoted.groups() if g is not None), "").strip() if quoted else plain.removeprefix("'").strip()
    )
    if re.fullmatch(ERROR, plain):
        return Misfit(
            "bad-value", f"{fact.name}: {short(text)} is what a spreadsheet shows for an error", "", fact.name
        )
    number, power = _FLOAT.fullmatch(plain), _POWER.fullmatch(plain)
    if power:
        digits = power[1] + (power[2] or "")
        if len(digits) != int(power[3]) + 1:
            message = f"{fact.name}: {short(text)} is a number whose last digits a spreadsheet has cut off"
            return Misfit("bad-value", message, "export the column as text", fact.name)
        plain = digits
    elif number:
        plain = number[1]
    if fact.name == "provider_npi":
        plain = re.sub(r"^(?:NPI)?[:#\s]*", "", plain, flags=re.I)
        plain = re.sub(r"(?<=\d)[\s.-](?=\d)", "", plain)
        if not re.fullmatch(r"\d+", plain):
            return Read(None, f"{short(text)} is no NPI; it is missing")
    if not plain:
        return Read(None, f"{short(text)} holds nothing")
    return Read(plain, "" if plain == text else f"{short(text)} is read as {plain}")


def no_date(text: str, day_zero: date) -> tuple[str, str] | None:
    """(What a text is instead of a day, what to do) where that can be told. `day_zero`: from which Excel counts."""
    if re.fullmatch(r"[3-5][0-9]{4}(\.[0-9]+)?", text):
        day = day_zero + timedelta(days=int(text[:5]))
        return f"a day number, {day} in Excel, not a day", "format the cells as dates"
    if since := re.fullmatch(r"(1[0-9]{9})([0-9]{3})?(?:\.0+)?", text):
        day = date(1970, 1, 1) + timedelta(seconds=int(since[1]))
        what = "milliseconds" if since[2] else "seconds"
        return f"a number of {what} since 1970 ({day} in UTC), not a day", "write it as YYYY-MM-DD"
    if re.fullmatch(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?", text):
        return "a time without a day", ""
    return None


def short(text: str) -> str:
    """A text in a message: quoted, on one line, never long."""
    line = " ".join(text.split())
    return "'" + (line if len(line) <= 40 else line[:37] + "…") + "'"
