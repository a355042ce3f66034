"""Random surrogates for identifiers, and the map that leads back: held in memory, and written only where asked.

A surrogate is drawn, never computed: nothing about a person can be found out from it (45 CFR 164.514(c)).
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import polars as pl

from workbench.cases.derive import npi_valid
from workbench.documents.outputs import writing
from workbench.errors import Problem, ProblemsFound
from workbench.privacy.export import private_file

FURTHEST = 180  # days that a person's dates are shifted at most, either way; never 0
_SCHEMA = {"kind": pl.String, "original": pl.String, "surrogate": pl.String}
_PROFILE, _SHIFT = "profile", "shift"


class Surrogates:
    """Kind → original → surrogate. `draw` fills it, `of` reads it; begins with the map at `path` if there is one."""

    def __init__(self, profile: str, path: Path | None):
        self.profile, self.path = profile, path
        self._known: dict[str, pl.DataFrame] = {}
        if path and path.exists():
            self._read(path)

    def of(self, kind: str) -> pl.DataFrame:
        """`original` and `surrogate` (days as Int64 where the kind is `shift`)."""
        return self._known.get(kind, pl.DataFrame(schema={"original": pl.String, "surrogate": _type(kind)}))

    def draw(self, kind: str, originals: pl.Series) -> None:
        """Surrogates for those that have none yet; `originals` are distinct texts."""
        known = self.of(kind)
        fresh = pl.DataFrame({"original": originals}).join(known, on="original", how="anti")["original"]
        if kind == _SHIFT:
            drawn = pl.Series([random_shift() for _ in range(len(fresh))], dtype=pl.Int64)
        elif kind == "npi":
            drawn = _npis(fresh, known["surrogate"])
        else:
            drawn = _tokens(kind[0], len(fresh))
        self._known[kind] = known.vstack(pl.DataFrame({"original": fresh, "surrogate": drawn}))

    def write(self) -> None:
        """The whole map as a CSV file that only its owner may read; it appears whole or not at all."""
        assert self.path is not None
        parts = [pl.DataFrame([(_PROFILE, "", self.profile)], schema=_SCHEMA, orient="row")]
        parts += [
            frame.select(pl.lit(kind).alias("kind"), "original", pl.col("surrogate").cast(pl.String))
            for kind, frame in sorted(self._known.items())
        ]
        with writing(self.path) as (part,), os.fdopen(private_file(part), "wb") as file:
            pl.concat(parts).write_csv(file)

    def _read(self, path: Path) -> None:
        """Nothing of the map's content is repeated in a message: it holds people's identifiers."""
        try:
            frame = pl.read_csv(path, glob=False, infer_schema=False, empty_string_is_null=False)
        except (pl.exceptions.PolarsError, UnicodeDecodeError):
            frame = pl.DataFrame()
        if frame.columns != list(_SCHEMA):
            raise ProblemsFound(
                [
                    Problem(
                        "bad-csv",
                        "this is no map of surrogates",
                        str(path),
                        hint="name a file that deidentify wrote, or one that is not there yet",
                    )
                ]
            )
        made_for = frame.filter(pl.col("kind") == _PROFILE)["surrogate"].to_list()
        if made_for != [self.profile]:
            raise ProblemsFound(
                [
                    Problem(
                        "bad-call",
                        f"the map was not made for the profile {self.profile}",
                        str(path),
                        hint="files of two profiles that share surrogates can be joined: use another map",
                    )
                ]
            )
        if broken := _broken(frame):
            raise ProblemsFound([Problem("bad-csv", broken, str(path))])
        for (kind,), part in frame.filter(pl.col("kind") != _PROFILE).group_by("kind"):
            self._known[kind] = part.select("original", pl.col("surrogate").cast(_type(kind)))


def _broken(frame: pl.DataFrame) -> str:
    """What is wrong with the rows of a map, if anything."""
    if frame.select(pl.struct("kind", "original").is_duplicated().any()).item():
        return "an identifier stands twice in the map"
    if frame.select(pl.struct("kind", "surrogate").is_duplicated() & (pl.col("kind") != _SHIFT)).to_series().any():
        return "two identifiers share a surrogate in the map"
    shift = frame.filter(pl.col("kind") == _SHIFT)["surrogate"].cast(pl.Int64, strict=False)
    good = shift.abs().is_between(1, FURTHEST).fill_null(False)
    return "" if good.all() else f"a shift in the map is not within {FURTHEST} days, or is 0"


def _type(kind: str) -> type[pl.DataType]:
    return pl.Int64 if kind == _SHIFT else pl.String


def random_shift() -> int:
    """Days, within 180 either way, never 0."""
    days = secrets.randbelow(2 * FURTHEST) - FURTHEST
    return days if days < 0 else days + 1


def _tokens(letter: str, n: int) -> pl.Series:
    """Texts of a letter and 80 random bits; the letter keeps spreadsheets from reading a number."""
    digits = secrets.token_bytes(10 * n).hex()
    return pl.Series([letter + digits[20 * i : 20 * i + 20] for i in range(n)], dtype=pl.String)


def _npis(fresh: pl.Series, taken: pl.Series) -> pl.Series:
    """Ten digits beginning with 9, which no real NPI does; the check digit holds where it held in the original."""
    used, drawn = set(taken), []
    for valid in fresh.to_frame("npi").select(npi_valid(pl.col("npi"))).to_series():
        npi = _npi(valid)
        while npi in used:
            npi = _npi(valid)
        used.add(npi)
        drawn.append(npi)
    return pl.Series(drawn, dtype=pl.String)


def _npi(valid: bool) -> str:
    nine = f"9{secrets.randbelow(10**8):08}"
    total = 24 + sum(d if place % 2 else 2 * d - 9 * (d > 4) for place, d in enumerate(map(int, nine)))
    return nine + str((-total + (0 if valid else 1 + secrets.randbelow(9))) % 10)
