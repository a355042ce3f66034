"""What de-identification did, column by column: counts and names of columns, never a value."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.errors import several
from workbench.privacy.rules import LABEL, OLDEST, YEAR
from workbench.privacy.surrogates import FURTHEST

# The letters of 45 CFR 164.514(b)(2)(i).
KINDS = {
    "A": "name",
    "B": "place",
    "C": "date",
    "D": "telephone",
    "E": "fax",
    "F": "email",
    "G": "social security",
    "H": "medical record",
    "I": "health plan member",
    "J": "account",
    "K": "certificate or licence",
    "L": "vehicle",
    "M": "device",
    "N": "web address",
    "O": "internet address",
    "P": "biometric",
    "Q": "picture",
    "R": "other unique number",
    "text": "free text",
}


@dataclass(frozen=True)
class ColumnReport:
    """`values` counts what was there (None where a dropped column was not read), `left_out` what is none of the values
    that its column lets through, and went missing."""

    name: str
    action: str
    identifier: str
    made: str
    note: str
    values: int | None
    left_out: int

    def did(self, days_from: str) -> str:
        what = {
            "keep": "kept",
            "surrogate": "random surrogates",
            "zip3": "three digits, small areas 000",
            "ninety": f"kept, over {OLDEST} together as {OLDEST + 1}",
            "shift": f"shifted by up to {FURTHEST} days, one shift a person",
            "days": f"days since the first day of the {days_from}",
        }
        if self.action == "drop":
            kind = KINDS.get(self.identifier)
            text = f"dropped ({kind})" if kind else "dropped"
        else:
            text = what[self.action]
        if self.made and self.made != self.name:
            text += f", now {self.made}"
        return text


@dataclass(frozen=True)
class Report:
    """One run. `people` is None where no column names them; `days_from` is what the days count from: the episode, the
    member (no episode is named) or the row (nothing links rows)."""

    profile: str
    file: str
    out: str
    map: str | None
    rows: int
    people: int | None
    columns: tuple[ColumnReport, ...]
    days_from: str
    ages_together: int
    ages_hidden: int
    zips_hidden: int
    map_beside: bool

    @property
    def safe_harbor(self) -> bool:
        return self.profile == "safe_harbor"

    def as_dict(self) -> dict[str, object]:
        out = {k: v for k, v in self.__dict__.items() if k != "columns"}
        columns = [dict(c.__dict__) | {"did": c.did(self.days_from)} for c in self.columns]
        return out | {
            "safe_harbor": self.safe_harbor,
            "label": LABEL[self.profile],
            "columns": columns,
            "remarks": self.remarks(),
        }

    def remarks(self) -> list[str]:
        """What whoever passes the file on should know."""
        out = []
        if not self.safe_harbor:
            out.append(
                "NOT safe harbor: days are shifted, not removed. The file stays protected health information "
                "unless an expert determines otherwise (45 CFR 164.514(b)(1))."
            )
        if any(c.action == "days" for c in self.columns):
            out.append(f"{YEAR} is the year of the first day from which days count; other years are not told.")
            if self.days_from != "episode":
                out.append(
                    f"No column names the episode, so days count from the first day of the {self.days_from}: "
                    "read the file into cases first, and episodes are known."
                )
        left = sum(c.left_out for c in self.columns)
        if left:
            out.append(
                f"Values left out, since they are none that their column lets through: {left:,}. A file that was read "
                "into cases first has few, if the guideline folder is the same."
            )
        if self.ages_together:
            out.append(f"Ages over {OLDEST}, together as {OLDEST + 1}: {self.ages_together:,}.")
        if self.ages_hidden:
            out.append(
                f"Younger ages of people who pass {OLDEST} in this file, now missing, since with the days "
                f"between they would tell the age: {self.ages_hidden:,}."
            )
        if self.zips_hidden:
            out.append(f"Zips of small areas, now 000: {self.zips_hidden:,}.")
        if {"rural", "zip3"} <= {c.made for c in self.columns}:
            out.append("rural beside a three-digit zip narrows the place: better to leave one of the two out.")
        out += [f"{c.name}: {c.note}." for c in self.columns if c.note and c.action == "keep"]
        if self.map is None:
            out.append("No map was kept: nobody can lead the surrogates back.")
        elif self.map_beside:
            out.append("The map lies in the folder of the output: keep it elsewhere, and never pass it on.")
        return out

    def lines(self) -> list[str]:
        people = "" if self.people is None else f" of {several(self.people, 'person', 'people')}"
        out = [f"{several(self.rows, 'row')}{people} → {self.out}, profile {LABEL[self.profile]}"]
        width = max((len(c.name) for c in self.columns), default=0)
        for c in self.columns:
            left = f"; {c.left_out:,} of {several(c.values or 0, 'value')} left out" if c.left_out else ""
            out.append(f"  {c.name:<{width}}  {c.did(self.days_from)}{left}")
        if self.map:
            out.append(f"map from identifiers to surrogates: {self.map}")
        return out + self.remarks()
