"""How somebody's export of a known source spells what the source holds: which of its columns is which, and how values
are written there. The file is a mapping (docs/mapping.md) whose columns lead to columns of the source, not to facts."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workbench.documents.section import Section, open_section
from workbench.documents.yaml_places import Pairs, Scalar, from_plain, read_yaml
from workbench.errors import Problems, nearest
from workbench.reading.mapping import Mapping, layout, values_of
from workbench.reading.mapping_form import SOURCE_COLUMN, SOURCE_MAPPING

MARKS = ("", "NA", "N/A", "#N/A", "<NA>", "NULL", "(null)", r"\N", "NaN", "NaT")


@dataclass(frozen=True)
class Renamed:
    """`columns`: column of the source → its name in the file; `values`: column of the source → text in the file → text
    that the source would hold. `layout` says how the file is written."""

    columns: Dict[str, str] = field(default_factory=dict)
    values: Dict[str, Dict[str, str]] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    layout: Mapping = Mapping(missing=MARKS)


Source = str | Path | Dict[str, object] | None


def renamed(source: Source, columns: Sequence[str]) -> Renamed:
    """Raises ProblemsFound with everything that is wrong in the mapping. `columns`: those that the source has."""
    if source is None:
        return Renamed()
    problems = Problems()
    value = from_plain(source, problems, "<mapping>") if isinstance(source, Dict) else read_yaml(source, problems)
    top = open_section(value, "a mapping", SOURCE_MAPPING)
    found = _read(top, columns) if top is not None else Renamed()
    problems.check()
    return found


def _read(top: Section, columns: Sequence[str]) -> Renamed:
    top.take("mapping", "name")
    names: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    ignored = []
    section = top.take("columns", "section")
    for key, value in section.value if section is not None else ():
        name, spelt = " ".join(key.text.split()), {}
        if isinstance(value, Scalar) and value.text == "ignore":
            ignored.append(name)
            continue
        if isinstance(value, Pairs):
            one = Section(value, f"column {name}", SOURCE_COLUMN)
            meant = one.take("column", "text") or ""
            spelt = {k: v or "" for k, v in values_of(one)}
            one.finish()
        else:
            meant = value.text if isinstance(value, Scalar) else ""
        if meant not in columns:
            if meant or not isinstance(value, Pairs):
                value.fail("bad-mapping", f"{meant or 'this'} is no column of the source", nearest(meant, columns))
        elif meant in names:
            value.fail("bad-mapping", f"{meant} comes from two columns")
        else:
            names[meant], values[meant] = name, spelt
    said = layout(top, MARKS)
    top.finish()
    return Renamed(names, values, tuple(ignored), said)
