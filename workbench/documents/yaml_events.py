"""The events of a YAML text, as ruamel finds them, and what plain YAML does not have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ruamel.yaml import YAML
from ruamel.yaml import events as ruamel
from ruamel.yaml.error import MarkedYAMLError, YAMLError

DEEPEST = 20  # nested mappings and lists
REMEMBERED = 200_000  # characters


@dataclass(frozen=True, slots=True)
class Event:
    """`kind` is "scalar", "mapping", "sequence" (they begin) or "end"; `start` and `end` are offsets in the text."""

    kind: str
    start: int
    end: int
    value: str = ""
    style: str = ""  # of a scalar: its quote, | or >


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a text is not read on; `at` is the offset, where it is known."""

    what: str
    at: int | None = None
    hint: str = ""


_KINDS: dict[type[ruamel.Event], str] = {
    ruamel.ScalarEvent: "scalar",
    ruamel.MappingStartEvent: "mapping",
    ruamel.SequenceStartEvent: "sequence",
    ruamel.MappingEndEvent: "end",
    ruamel.SequenceEndEvent: "end",
}


def events_of(text: str) -> tuple[tuple[Event, ...], Wrong | None]:
    """The events of a text, up to where reading on makes no sense, and then why."""
    # Most of the time that a guideline folder takes is this, and the folder is read again whenever one of its files is
    # touched: what stands in the others is known. A text larger than any of them would only cost memory.
    return _remembered(text) if len(text) <= REMEMBERED else _read(text)


def _read(text: str) -> tuple[tuple[Event, ...], Wrong | None]:
    found: list[Event] = []
    depth = documents = 0
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            kind = _KINDS.get(type(event), "")
            documents += isinstance(event, ruamel.DocumentStartEvent)
            depth += {"mapping": 1, "sequence": 1, "end": -1}.get(kind, 0)
            if wrong := _refused(event, documents, depth):
                return tuple(found), wrong
            if kind:
                value, style = getattr(event, "value", None) or "", getattr(event, "style", None) or ""
                found.append(Event(kind, event.start_mark.index, event.end_mark.index, value, style))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join((error.problem or error.context or "this is not YAML").split())
        return tuple(found), Wrong(what, mark.index if mark else None, _hint(what))
    except (
        YAMLError,
        ValueError,
        OverflowError,
        RecursionError,
        AttributeError,
        IndexError,
        TypeError,
        AssertionError,
    ) as error:  # ruamel stumbles over some malformed escapes and directives
        return tuple(found), Wrong(f"this can not be read as YAML ({type(error).__name__})")
    return tuple(found), None


_remembered = lru_cache(maxsize=64)(_read)


def _refused(event: ruamel.Event, documents: int, depth: int) -> Wrong | None:
    """What plain YAML does not have."""
    tag = getattr(event, "tag", None)
    if isinstance(event, ruamel.DocumentStartEvent) and documents > 1:
        why = ("a file holds one document", "remove the line ---")
    elif isinstance(event, ruamel.AliasEvent):
        why = ("aliases are not read", "write the value out")
    elif getattr(event, "anchor", None):
        why = ("anchors are not read", "write the value out where it is needed")
    elif tag:
        why = (f"tags are not read: {str(tag)[:40]}", "leave the tag out")
    elif depth > DEEPEST:
        why = (f"more than {DEEPEST} mappings and lists stand within one another", "")
    else:
        return None
    return Wrong(why[0], event.start_mark.index, why[1])


def _hint(what: str) -> str:
    if "'\\t'" in what:
        return "indent with spaces, not tabs"
    if "mapping values are not allowed" in what:
        return "put a text that holds a colon in quotes"
    if "%YAML" in what or "cannot start any token" in what:
        return "put the text in quotes"
    return ""
