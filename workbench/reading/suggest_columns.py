"""What each column of somebody's file is: a fact that its name means and its values fit, or left open and why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from collections.abc import Mapping as Dict
from dataclasses import dataclass, replace

import polars as pl

from workbench.cases.frame import conform
from workbench.cases.values import choices_of
from workbench.documents.text import CONTROL
from workbench.facts import Fact, facts
from workbench.guideline.model import Library
from workbench.reading.accept_rows import misfit
from workbench.reading.batches import Batch
from workbench.reading.cell_texts import diagnosis
from workbench.reading.convert_columns import as_text, convert
from workbench.reading.mapping import MISSING, Column, Mapping
from workbench.reading.not_rows import NotRows
from workbench.reading.number_texts import proved
from workbench.reading.suggest_dates import ENOUGH, Proved, orders, styles_of
from workbench.reading.suggest_names import TURNS, VAGUE, is_birth, is_row_id, left_open, near, plain
from workbench.reading.suggest_values import choices_meant, entry, key, short

# Stand for a missing value in many files, besides those that are always read so.
MARKS = (".", "-", "--", "?", "(null)", "(blank)", "NaT", "\\N", "#N/A", "9999-12-31", "not stated", "unknown")
_DAY = re.compile(r"\d{1,2}([/.-])\d{1,2}\1(\d{4}|\d\d)([T ]|$)")
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d([T ]|$)")
_NAME = re.compile(r"[^\W\d_]+[.,]?(?: [^\W\d_][\w.'-]*,?)+")
_SENTENCE = 6  # words; no id and no name of a plan has more
_FEW = 50  # rows of a column whose name tells nothing that are looked at
# By one of these a file is known as requests for therapy, or what may be made into them.
TELLING = ("discipline", "requested_visits", "requested_weeks", "procedures", "diagnosis")


@dataclass(frozen=True)
class Suggested:
    """A column of the file as the mapping has it."""

    line: str
    fact: str = ""
    fits: float = 0.0
    marks: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()  # of a column of days


@dataclass(frozen=True)
class Whole:
    """The columns that a suggestion is made for: what their names mean (name → fact and how surely), their first rows,
    and what the file as a whole shows: the decimal sign, and which of day and month stands first in its days."""

    names: tuple[str, ...]
    meaning: Dict[str, tuple[str, float]]
    sample: Batch | None
    library: Library
    comma: bool = False
    orders: Proved = frozenset()
    doubled: frozenset[str] = frozenset()  # names that stand twice in the header

    @property
    def telling(self) -> bool:
        """Whether a column is called as requests for therapy have them, or what may be made into them."""
        return any(fact in TELLING for fact, _ in self.meaning.values())


def whole(
    names: tuple[str, ...], meaning: Dict[str, tuple[str, float]], sample: Batch | None, library: Library
) -> Whole:
    """`names` of columns, what those mean that mean a fact, and the first rows."""
    seen: Proved = frozenset()
    for name in names:
        fact = meaning.get(name)
        days = is_birth(name) or bool(fact and facts()[fact[0]].kind == "date")
        if not days and (fact or not _begins_with_day(sample, name)):
            continue
        texts = _texts(sample, name)
        if days or texts and all(_DAY.match(t) for t in texts):
            seen |= orders(texts)
    return Whole(names, meaning, sample, library, False, seen)


def _begins_with_day(sample: Batch | None, name: str) -> bool:
    """Whether a first text of a column is a day that may be read in two orders: other columns need no closer look."""
    if sample is None or sample.table[name].dtype != pl.String:
        return False
    return any(_DAY.match(t.strip()) for t in sample.table[name].head(_FEW).to_list() if t)


def proves_commas(about: Whole) -> tuple[list[str], list[str]]:
    """The columns of numbers in which the comma must be the decimal sign, and those in which the point must be; of a
    column with both, what the most of its texts show."""
    commas, points = [], []
    for name, (fact, _) in about.meaning.items():
        typed = about.sample is None or about.sample.table[name].dtype.is_numeric()
        if facts()[fact].kind not in ("integer", "decimal") or typed:
            continue
        signs = Counter(sign for text in _texts(about.sample, name) for sign in proved([text]))
        if signs[","] > signs["."]:
            commas.append(name)
        elif signs["."]:
            points.append(name)
    return commas, points


def columns_of(about: Whole) -> list[Suggested]:
    """All columns in their order, each fact once: of several that mean it the likest name whose values fit best."""
    wanted: dict[str, list[tuple[float, float, int]]] = {}
    tried: dict[int, Suggested] = {}
    for place, name in enumerate(about.names):
        found = about.meaning.get(name)
        if name in about.doubled:
            tried[place] = _ignored(name, "this name stands twice in the header; rename one of the two first")
        elif found:
            column = tried[place] = _column(name, facts()[found[0]], about, found[1] == VAGUE)
            if column.fact:
                wanted.setdefault(found[0], []).append((-float(column.fits > 0), -found[1], place))
    taken = {min(places)[2] for places in wanted.values()}
    weak = _row_id(about) if about.telling and "request_id" not in wanted else -1
    out = []
    for place, name in enumerate(about.names):
        one = tried.get(place)
        if place == weak and not (one and one.fact):
            out.append(Suggested(entry(name, "request_id   # filled, and another in each row"), "request_id", 1.0))
        elif one is None:
            out.append(_ignored(name, _why_open(name, about, "request_id" in wanted or weak >= 0)))
        elif one.fact and place not in taken:
            out.append(_ignored(name, f"{one.fact} comes from another column"))
        else:
            out.append(one)
    return out


def age_from_birth(about: Whole, columns: list[Suggested]) -> tuple[str, str, list[str]] | None:
    """The columns of the birth and of the day received, with their styles, where they make an age and nothing else
    tells it; years of two digits may be of either century."""
    received = next((n for n, c in zip(about.names, columns, strict=True) if c.fact == "received_on"), None)
    births = [n for n in about.names if is_birth(n)]
    if received is None or len(births) != 1 or any(c.fact in ("age_years", "age_months") for c in columns):
        return None
    texts = _texts(about.sample, births[0])
    styles, remark, good = styles_of(texts, about.orders)
    other = columns[about.names.index(received)].styles
    together = list(dict.fromkeys((*styles, *other)))
    sure = texts and good == len(texts) and "tells them apart" not in remark and "both orders" not in remark
    if not sure or any("YYYY" not in s for s in together) or len({s[0] for s in together if s[0] in "MD"}) > 1:
        return None
    return births[0], received, together


def _row_id(about: Whole) -> int:
    """The place of the first column with a name such as `ID` that is filled and another in each row; -1 for none."""
    if about.sample is None or len(about.sample.table) < 2:
        return -1
    for place, name in enumerate(about.names):
        if is_row_id(name) and not _repeats(name, about):
            return place
    return -1


SEVERAL = "its values stand in several rows; see `grouped`"


def _repeats(name: str, about: Whole) -> str:
    """Why a column does not tell rows apart; empty where it does."""
    if about.sample is None:
        return ""
    cells = as_text(about.sample.table[name])
    lost = cells.is_null() | cells.str.to_lowercase().is_in([m.lower() for m in MISSING])
    ids = pl.select(pl.when(~lost).then(cells)).to_series()
    none = {*about.sample.unsplit, *NotRows(numbered=False).find(about.sample, ids)}  # no rows at all
    blank = [i for i in lost.arg_true() if i not in none]
    if blank:
        more = f" and {len(blank) - 1} more" if len(blank) > 1 else ""
        return f"it is not filled in row {about.sample.rows[blank[0]]}{more}"
    kept = ids.drop_nulls()
    return SEVERAL if kept.n_unique() < len(kept) else ""


def _why_open(name: str, about: Whole, identified: bool) -> str:
    """Why a column whose name means no fact for sure is left open."""
    if is_row_id(name) and about.telling:
        why = "another column is known as the request id" if identified else _repeats(name, about)
        if why:
            return f"like request_id, but {why}"
    return left_open(name) or _resembles(name) or _holds(name, about) or "no fact is known by this name"


def _holds(name: str, about: Whole) -> str:
    """What a column seems to hold whose name tells nothing."""
    if about.sample is None:
        return ""
    cells = as_text(about.sample.table[name].head(_FEW)).to_list()
    texts = [t for t in dict.fromkeys(cells) if t and t not in MISSING]
    if not texts:
        return "its first rows are blank" if cells else ""
    discipline = facts()["discipline"]
    tried: tuple[tuple[str, Callable[[list[str]], bool]], ...] = (  # the first text settles it in most columns
        ("disciplines", lambda some: choices_meant(discipline, some, about.library)[2] == len(some)),
        ("diagnoses", lambda some: all(diagnosis(t).value for t in some)),
        ("days", lambda some: all(_DAY.match(t) or _ISO_DAY.match(t) for t in some)),
    )
    held = next((what for what, fits in tried if fits(texts[:1]) and fits(texts)), "")
    return f"no fact is known by this name, but its values are {held}" if held else ""


def _ignored(name: str, why: str) -> Suggested:
    return Suggested(entry(name, f"ignore   # {why}"))


def _resembles(name: str) -> str:
    fact = near(name)
    if not fact:
        return ""
    turned = [w for w in plain(name).split() if w in TURNS]
    return f"is not {fact}: it says {' '.join(turned)}" if turned else f"like {fact}, but perhaps not it"


def _column(name: str, fact: Fact, about: Whole, vague: bool) -> Suggested:
    """`vague`: its name may mean another thing, which is remarked."""
    library, sample, comma = about.library, about.sample, about.comma
    every = _texts(sample, name)
    marks = tuple(t for t in every if t in MARKS or (t.lower() in MARKS and fact.kind != "text"))
    texts = [t for t in every if t not in marks]
    if fact.name == "request_id" and sample is not None and texts:
        whole = sample.table[name].drop_nulls()
        if whole.n_unique() < 0.9 * len(whole):
            return _ignored(name, f"like request_id, but {SEVERAL}")
    if fact.name in ("member_id", "request_id") and texts and all(_NAME.fullmatch(t) for t in texts):
        return _ignored(name, f"like {fact.name}, but its values seem to be names of people")
    if fact.kind == "text" and any(len(t.split()) > _SENTENCE for t in texts):
        return _ignored(name, f"like {fact.name}, but its values are free text")
    parts: dict[str, str] = {}
    remark, styles, odd = "", list[str](), list[str]()
    if fact.kind == "date":
        styles, remark, good = styles_of(texts, about.orders)
        if styles:
            parts["dates"] = "[" + ", ".join(map(key, styles)) + "]"
        elif good < ENOUGH * len(texts):
            return _ignored(name, f"like {fact.name}, but {remark}")
    elif fact.kind == "boolean" or (fact.kind == "choice" and choices_of(fact, library)):
        values, remark, good = choices_meant(fact, texts, library)
        if values:
            parts["values"] = "{" + ", ".join(entry(k, v) for k, v in values) + "}"
    else:
        separator = _list_separator(texts) if fact.kind == "code list" else ";"
        if separator != ";":
            parts["list_separator"] = key(separator)
        scale = _scale(fact, texts, comma)
        if scale == "fraction":
            parts["percent"] = scale
        elif fact.unit == "percent" and (count := _perhaps_count(name, texts)):
            return _ignored(name, f"like {fact.name}, but {count}")
        odd = _odd(replace(Column("text", fact, list_separator=separator), percent=scale), texts, library, comma)
        good = len(texts) - len(odd)
        if odd and good:
            remark = f"{len(odd)} of {len(texts)} distinct values do not fit, such as {short(odd[0])}"
        if fact.kind != "code list" and good < ENOUGH * len(texts) and _rows(sample, name, odd) <= 1 - ENOUGH:
            good = len(texts) - 1  # few texts fit, but most rows hold one of them
    enough = 0.0 if fact.kind in ("choice", "date") else ENOUGH * len(texts)  # what is no choice is left out by name
    if texts and (not good or good < enough):
        such = f", such as {short(odd[0])}" if odd else ""
        lost = f"{len(texts) - good} of {len(texts)} distinct values do not fit{such}"
        return _ignored(name, f"like {fact.name}, but {lost}")
    if vague:
        remark = "; ".join(filter(None, (f"its name may mean another thing than {fact.name}", remark)))
    said = fact.name if not parts else "{fact: " + fact.name + "".join(f", {k}: {v}" for k, v in parts.items()) + "}"
    line = entry(name, said + (f"   # {remark}" if remark else ""))
    return Suggested(line, fact.name, good / len(texts) if texts else 0.0, marks, tuple(styles))


def _rows(sample: Batch | None, name: str, odd: list[str]) -> float:
    """The share of filled cells that hold one of these texts."""
    cells = as_text(sample.table[name]).drop_nulls() if sample is not None else pl.Series([], dtype=pl.String)
    cells = cells.filter(~cells.str.to_lowercase().is_in([m.lower() for m in MISSING]))
    return int(cells.is_in(odd).sum()) / max(len(cells), 1)


def _list_separator(texts: list[str]) -> str:
    return next((m for m in (";", ",", "|") if any(m in t for t in texts)), ";")


def _texts(sample: Batch | None, name: str) -> list[str]:
    """Distinct texts of a column, the commonest first, without the usual words for missing."""
    if sample is None:
        return []
    column = as_text(sample.table[name]).alias("text")
    lost = {m.lower() for m in MISSING}
    counted = column.drop_nulls().value_counts(sort=True).sort(["count", "text"], descending=[True, False])
    # The reader sets the rows of such texts aside: a control character, or a byte of another encoding.
    odd = re.compile(CONTROL.pattern + "|\ufffd")
    return [t for t in counted["text"].to_list() if t.lower() not in lost and not odd.search(t)][:2000]


def _scale(fact: Fact, texts: list[str], comma: bool) -> str:
    """`fraction` where numbers from 0 to 1 stand for a percentage that is a whole number; else empty."""
    numbers = [
        float(t.replace(",", ".") if comma else t)
        for t in texts
        if re.fullmatch(r"\d+([.,]\d+)?", t) and (comma or "," not in t)
    ]
    whole = fact.unit == "percent" and fact.kind == "integer" and 2 * len(numbers) >= len(texts)
    return "fraction" if whole and numbers and max(numbers) <= 1 and any(0 < n < 1 for n in numbers) else ""


_PERCENT = re.compile(r"percent|pct|prozent|%|rate\b|porcentaje|pourcentage", re.I)
_FEW_PERCENT = 50  # below this, numbers that nothing calls percentages may as well be counts


def _perhaps_count(name: str, texts: list[str]) -> str:
    """Why numbers may be counts rather than percentages; empty where the name, a sign or their size says otherwise."""
    numbers = [float(t.replace(",", ".")) for t in texts if re.fullmatch(r"\d+([.,]\d+)?", t)]
    if _PERCENT.search(name) or not numbers or any("%" in t for t in texts) or max(numbers) >= _FEW_PERCENT:
        return ""
    return f"nothing says percent, and its values go up to {max(numbers):g}: they may be counts"


def _odd(column: Column, texts: list[str], library: Library, comma: bool) -> list[str]:
    """The texts that can not be values of the fact: of another kind, out of its range, or of another form."""
    fact = column.fact
    if fact.name == "diagnosis":
        return [t for t in texts if diagnosis(t).value is None]
    mapping = replace(Mapping(), decimal="," if comma else ".")
    got = convert(pl.DataFrame({"text": texts}, schema={"text": pl.String}), [column], mapping, _range(texts), library)
    wrong = conform(got.frame).select(misfit(fact, library)).to_series() if texts else pl.Series([], dtype=pl.Boolean)
    return [t for i, t in enumerate(texts) if i in got.misfits or wrong[i]]


def _range(texts: list[str]) -> pl.Series:
    return pl.int_range(len(texts), eager=True)
