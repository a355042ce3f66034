"""Numbers as people write them: units, percent signs, thousands parted, and whether point or comma is the decimal sign.

Three digits after a single mark may be decimals or thousands of another land (`1,000`). Such a number is read where its
column shows which sign is which, and is never guessed at where the two readings are both whole numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

import polars as pl

from workbench.cases.frame import rounded
from workbench.cases.values import Misfit, round_places
from workbench.facts import DECIMAL_PLACES, Fact
from workbench.reading.cell_texts import Read, short

_UNITS = {
    "visits": r"visits?|vis|v|sessions?|sess|txs?|treatments?",
    "weeks": r"weeks?|wks?|w",
    "days": r"days?|d",
    "years": r"years?|yrs?|y|y/?o|years? old",
}

_TIMES = {
    "years": r"years?|yrs?|y/?o",
    "months": r"months?|mos?|mths?",
    "weeks": r"weeks?|wks?",
    "days": r"days?",
    "hours": r"hours?|hrs?",
    "minutes": r"minutes?|mins?",
}

DOUBTFUL = r"^[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}$"  # 1,234: decimals, or thousands parted
_OTHER = {",": ".", ".": ","}


def proved(texts: Iterable[str]) -> set[str]:
    """Which signs must be decimal signs somewhere in these texts: `1,5`, `0,125`, `1.234,5` and `1.234.567` all prove
    the comma; `1,234` proves nothing. What stands around a number (a unit, a percent sign) does not matter."""
    found: set[str] = set()
    for text in texts:
        number = re.match(r"[+-]?([0-9]*(?:[.,][0-9]+)+)(?![0-9.,/-])", text.strip())
        if not number:
            continue
        plain, last = number[1], max(number[1].rfind("."), number[1].rfind(","))
        sign, before, after = plain[last], plain[:last], plain[last + 1 :]
        parted = re.fullmatch(r"[1-9][0-9]{0,2}(?:([.,])[0-9]{3})*", before)
        if _OTHER[sign] in before:
            if parted and parted[1] == _OTHER[sign] and sign not in before:
                found.add(sign)
        elif sign in before:
            if parted and len(after) == 3:  # a decimal sign stands once
                found.add(_OTHER[sign])
        elif not re.match(DOUBTFUL, plain):
            found.add(sign)
    return found


def doubtful(text: pl.Series, fact: Fact, decimal: str) -> tuple[pl.Series, pl.Series]:
    """Of a column of texts: where a number can not be read, since `1,000` may be 1 or 1000 or the column uses the sign
    in both ways; and where it is read as it stands, but the column does not prove it."""
    doubt = text.str.contains(DOUBTFUL).fill_null(False)
    if not doubt.any() or fact.unit == "percent":  # no percentage is a thousand
        return doubt & False, doubt & False
    signs = proved(text.drop_nulls().unique().to_list())
    own = doubt & text.str.contains(decimal, literal=True).fill_null(False)
    if _OTHER[decimal] in signs:
        return doubt, doubt & False
    if decimal in signs:
        return doubt & False, doubt & False
    if fact.kind == "integer":
        return own, doubt & False
    low, high = fact.span
    thousands = text.str.replace_all(r"[.,]", "").cast(pl.Float64, strict=False)
    return doubt & False, (own & (thousands >= float(low)) & (thousands <= float(high))).fill_null(False)


def number(fact: Fact, text: str, decimal: str, fraction: bool) -> Read | None:
    """A number with its unit, a percent sign or thousands marked; None where it is none."""
    plain, note = text.strip().removeprefix("'").strip(), ""
    percent = fact.unit == "percent"
    if percent and plain.endswith("%"):
        plain, fraction = plain[:-1].strip(), False
    unit = re.fullmatch(rf"([0-9][0-9.,]*)\s*(?:{_UNITS.get(fact.unit, '(?!)')})\.?", plain, re.I)
    if unit:
        plain, note = unit[1], "unit"
        if re.match(DOUBTFUL, plain):
            return None
    point, mark = (",", r"\.") if decimal == "," else (".", ",")
    grouped = rf"[+-]?[1-9][0-9]{{0,2}}(?:{mark}[0-9]{{3}})+"  # no number of thousands begins with a zero
    # With a decimal point, 1,234 alone may be 1.234 of another land; with decimals or a second mark it is none.
    sure = re.fullmatch(grouped + rf"(?:{re.escape(point)}[0-9]+)?", plain) and (
        decimal == "," or point in plain or plain.count(",") > 1
    )
    if sure:
        plain = plain.replace("." if decimal == "," else ",", "")
    elif decimal == "," and "." in plain:
        return None
    plain = plain.replace(",", ".") if decimal == "," else plain
    if not re.fullmatch(r"[+-]?(?:[0-9]{1,20}\.?[0-9]*|\.[0-9]+)", plain):
        return None
    value = Decimal(plain) * (100 if fraction else 1)
    if fact.kind == "integer" and value != value.to_integral_value():
        return None
    shown = format(value.to_integral_value() if value == value.to_integral_value() else value.normalize(), "f")
    told = note or not (fraction or "%" in text)
    return Read(shown, f"{short(text)} is read as {shown}" if told else "")


def decimals(text: pl.Series) -> pl.Series:
    """Floats of plain texts with a decimal point, rounded as facts are; null for any other text."""
    plain = text.str.contains(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$")
    number = pl.select(pl.when(plain).then(text)).to_series().str.strip_prefix("+").cast(pl.Float64, strict=False)
    number = pl.select(rounded(pl.when(number.is_finite()).then(number))).to_series()
    # Ties are decided on the digits as written, which a float may not hold.
    long = (plain & text.str.contains(r"[eE]|\.\d{%d,}" % (DECIMAL_PLACES + 1))).fill_null(False).arg_true()
    if not len(long):
        return number
    exact = [float(round_places(Decimal(text[i]))) if number[i] is not None else None for i in long]
    return number.scatter(long, exact)


def in_doubt(fact: Fact, text: str) -> Misfit:
    """Why a number that may be a thousand times another is set aside, and what can be said in the mapping."""
    few, many = re.split("[.,]", text)
    message = f"{fact.name}: {short(text)} may be {few}{many} or {few}.{many}"
    hint = f"say by `values` or `decimal` in the mapping which is meant, or write {few}{many} without a mark"
    return Misfit("bad-value", message, hint, fact.name)


def number_hint(fact: Fact, text: str, decimal: str) -> str:
    """What can be done about a text that is no number of the fact, without changing what it says."""
    if re.fullmatch(r"\d{1,2}-[A-Za-z]{3}|[A-Za-z]{3}-\d{1,4}", text):  # 2-3 or 3/2, opened and saved again
        return "it looks like a day that a spreadsheet made of it; export the column as text"
    if decimal == "." and re.fullmatch(r"[+-]?\d+,\d+", text):
        whole = fact.kind == "integer" and not re.fullmatch(r"[+-]?\d+,(0+|\d{3})", text)
        return "" if whole else 'if the comma is the decimal sign, say `decimal: ","` in the mapping'
    if decimal == "," and re.fullmatch(r"[+-]?\d+\.\d+", text):
        return "the mapping says that the comma is the decimal sign"
    # Of 85.5, <5 or 8-12 `take` would make another number.
    parts = re.findall(r"\d+", text)
    odd = re.search(
        r"[−+*]|\de[+-]?\d|\d[.,]\d|[<>~≤≥±½¼¾]|\d\s*(?:[-–—]|to|or|and)\s*\d|\b(?:ca|about|approx|under|over|up|min|max)\b",
        text.lower(),
    )
    if other := _other_unit(fact, text):
        return f"it counts {other}, and {fact.name} counts {fact.unit}"
    if parts and fact.kind == "integer" and not odd and not re.fullmatch(r"[+-]?[\d.\s]+%?", text):
        one = "`take` in the mapping can pick the number out"
        return one if len(parts) == 1 else "it holds several numbers; `take` in the mapping can say which"
    return ""


def _other_unit(fact: Fact, text: str) -> str:
    """Another unit of time that a text names than that of the fact: of `6 months` no pattern makes years."""
    if fact.unit not in _TIMES:
        return ""
    told = [unit for unit, words in _TIMES.items() if re.search(rf"(?<![a-z])(?:{words})(?![a-z])", text.lower())]
    return " and ".join(told) if told and fact.unit not in told else ""
