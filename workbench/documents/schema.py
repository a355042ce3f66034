"""A form as JSON Schema (draft 7), for editors that complete and check while somebody writes.

The schema says what a form says, so it knows less than the reader: not whether a name exists, not whether an expression
is one, not what two keys say together. What it refuses the reader refuses too.
"""

from __future__ import annotations

import os
import re
from decimal import Decimal
from pathlib import Path

from workbench.documents.form import Form, Key
from workbench.documents.section import ID, NAME, VERSION

FOLDER = Path(__file__).parent.parent / "schema"  # where the schemas of this installation stand
DRAFT = "http://json-schema.org/draft-07/schema#"
Json = dict[str, object]

# `$` would let a line break at the end pass in some engines and not in others: the end is where nothing follows.
_END = r"(?![\s\S])"
_ONE_LINE = rf"^[^\n]*{_END}"
_LINE = rf"^[^\n]*\S[^\n]*{_END}"
_PATTERNS = {"id": ID, "name": NAME, "version": VERSION}
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


def modeline(kind: str, path: str | Path) -> str:
    """The first line of a YAML file that tells editors its schema, by a path from that file; empty where there is no
    such path (another drive)."""
    try:
        there = os.path.relpath(FOLDER / f"{kind}.json", Path(os.path.realpath(path)).parent)
    except ValueError:
        return ""
    return f"# yaml-language-server: $schema={Path(there).as_posix()}\n"


def schema(top: Key, title: str) -> Json:
    """The schema of a file whose whole content is `top`."""
    forms: dict[str, Form] = {}
    whole = _value(top, forms)
    definitions: Json = {}
    while missing := [form for name, form in forms.items() if name not in definitions]:
        for form in missing:
            definitions[form.name] = _form(form, forms)
    return {"$schema": DRAFT, "title": title, **whole, "definitions": dict(sorted(definitions.items()))}


def _form(form: Form, forms: dict[str, Form]) -> Json:
    out: Json = {
        "type": "object",
        "description": form.text,
        "properties": {k.name: _value(k, forms) for k in form.keys},
        "required": [k.name for k in form.keys if k.required],
        "additionalProperties": False if form.rest is None else _value(form.rest, forms),
    }
    if form.needs:
        needs: Json = {first: [second for f, second in form.needs if f == first] for first, _ in form.needs}
        out["dependencies"] = needs
    groups: list[Json] = [{"oneOf": [{"required": [name]} for name in group]} for group in form.one_of]
    groups += [{"anyOf": [{"required": [name]} for name in group]} for group in form.any_of]
    if groups:
        out["allOf"] = groups
    return {k: v for k, v in out.items() if v != []}


def _value(key: Key, forms: dict[str, Form]) -> Json:
    kinds = [_kind(k, forms) for k in (key, *key.also) if not (k.kind == "any" and key.also)]
    if key.null:
        kinds += [{"type": "null"}, {"type": "string", "pattern": _spaced(key)}]
    out: Json = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    text = key.text + (f" Where left out: {key.default}." if key.default else "")
    return {"description": text, **out} if text else out


def _spaced(key: Key) -> str:
    """What a fact may be besides: blank, which says nothing as null does, or with blanks around its choice or day."""
    some = [re.sub(r"([^\w \-])", r"\\\1", choice) for choice in key.choices]
    inner = "|".join([_DAY] if key.kind == "date" else some)
    return rf"^\s*({inner})?\s*$" if inner else r"^\s*$"


def _kind(key: Key, forms: dict[str, Form]) -> Json:
    kind = key.kind
    if kind == "any":
        return {}
    if kind == "nothing":
        return {"type": "null"}
    if kind == "section":
        return _section(key, forms)
    if kind in ("sections", "items", "texts"):
        return _list(key, forms)
    if kind in ("integer", "number"):
        out: Json = {"type": kind}
        for name, end in (("minimum", key.low), ("maximum", key.high)):
            if end is not None:
                out[name] = _number(end)
        return out
    if kind == "boolean":
        return {"type": "boolean"}
    if kind == "date":
        return {"type": "string", "format": "date", "pattern": f"^{_DAY}{_END}"}
    # An expression, or the value of a fact. `requires: true` is a boolean to YAML and an expression to the reader.
    if kind == "scalar":
        return {"type": ["string", "number", "boolean"]}
    if key.choices:
        return {"enum": [*key.choices, *([""] if key.empty else [])]}
    pattern = _PATTERNS.get(kind)
    if pattern is not None:
        return {"type": "string", "pattern": f"^(?:{pattern.pattern}){_END}"}
    if key.empty:
        return {"type": "string", "pattern": _ONE_LINE} if kind == "line" else {"type": "string"}
    return {"type": "string", "pattern": _LINE if kind == "line" else r"\S"}


def _section(key: Key, forms: dict[str, Form]) -> Json:
    if key.form is not None:
        forms[key.form.name] = key.form
        return {"$ref": f"#/definitions/{key.form.name}"}
    out: Json = {"type": "object", "additionalProperties": _value(key.each, forms) if key.each else True}
    if key.named is not None:
        out["propertyNames"] = _kind(key.named, forms)
    return out


def _list(key: Key, forms: dict[str, Form]) -> Json:
    if key.kind == "sections":
        entries = _section(key, forms)
    elif key.each is not None:
        entries = _value(key.each, forms)
    else:
        entries = _kind(Key("", "line", choices=key.choices), forms) if key.kind == "texts" else {}
    # An empty list says nothing that leaving the key out does not, so the reader takes one only where it means none.
    out: Json = {"type": "array", "items": entries}
    if key.kind == "texts" and not key.null:  # a code that stands twice in a request is one code
        out["uniqueItems"] = True
    if key.count is not None:
        out |= {"minItems": key.count, "maxItems": key.count}
    elif not key.empty:
        out["minItems"] = 1
    return out


def _number(end: int | Decimal) -> int | float:
    return int(end) if end == int(end) else float(end)
