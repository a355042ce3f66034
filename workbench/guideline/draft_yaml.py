"""Writing a draft back: `load_draft` of what `render` gives is the draft again."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from workbench.documents.schema import modeline
from workbench.documents.yaml_places import resolve_scalar
from workbench.guideline.model import Change, Draft


def render(draft: Draft, path: str | Path | None = None) -> str:
    """The draft as the text of a YAML file; with the line that tells editors its schema where it is to stand at
    `path`."""
    yaml = YAML()
    yaml.Representer = _Representer
    yaml.width = 160  # a digest stays on its line
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    out.write(modeline("draft", path) if path is not None else "")
    yaml.dump(_quoted(as_mapping(draft)), out)
    return out.getvalue()


def as_mapping(draft: Draft) -> dict[str, Any]:
    """The draft as plain dicts and lists, as its file would hold them."""
    top: dict[str, Any] = {
        "draft": draft.draft,
        "author": draft.author,
        "reason": draft.reason,
        "created": draft.created,
        "base": {name: {"version": b.version, "digest": b.digest} for name, b in draft.base},
        "changes": changes_mapping(draft.changes),
        "plans": {plan: _plan(changes) for plan, changes in draft.plans},
    }
    optional = ("author", "reason", "created", "base", "plans")
    return {k: v for k, v in top.items() if v or k not in optional}


def changes_mapping(changes: tuple[Change, ...]) -> dict[str, Any]:
    """A `changes` section: guideline → target → what changes."""
    out: dict[str, Any] = {}
    for change in changes:
        _enter(out.setdefault(change.guideline, {}), change)
    return out


def _enter(part: dict[str, Any], change: Change) -> None:
    body = {key: _content(value) for key, value in change.body}
    target = part.setdefault(change.target, {})
    if change.target == "parameters":
        target[change.ids[0]] = body["value"]
    elif change.kind == "drop":
        target.setdefault("drop", []).extend(change.ids)
    elif change.kind == "add":
        beside = {k: v for k, v in (("before", change.before), ("after", change.after)) if v}
        target.setdefault("add", []).append({"id": change.ids[0], **beside, **body})
    elif change.target == "limits":
        meant = {"rows": list(change.ids)} if change.where is None else {"where": dict(change.where)}
        target.setdefault("change", []).append({**meant, **body})
    else:
        target.setdefault("change", {})[change.ids[0]] = body


def _plan(changes: tuple[Change, ...]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for change in changes:
        body = {key: _content(value) for key, value in change.body}
        if change.guideline:
            _enter(out.setdefault("changes", {}).setdefault(change.guideline, {}), change)
        elif change.target == "waivers":
            _enter(out, change)
        elif change.target == "episode_gap_days":
            out["episode_gap_days"] = body["value"]
        elif change.target == "excluded_procedures":
            out.setdefault("excluded_procedures", {}).setdefault(change.kind, []).extend(change.ids)
        else:
            out["benefit_limit"] = (
                {"drop": True} if change.kind == "drop" else {"add": body} if change.kind == "add" else body
            )
    return out


def _content(value: object) -> object:
    """A change's content as a file holds it: operations as a mapping, words as a list."""
    if not isinstance(value, tuple):
        return value
    return dict(value) if value and isinstance(value[0], tuple) else list(value)


def _quoted(value: object, depth: int = 0) -> object:
    """Texts that YAML would read as something else in quotes; the innermost mappings in one line."""
    if isinstance(value, dict):
        out = CommentedMap((_quoted(k), _quoted(v, depth + 1)) for k, v in value.items())
        if depth and all(not isinstance(v, dict | list) for v in value.values()) and len(value) <= 3:
            out.fa.set_flow_style()
        return out
    if isinstance(value, list):
        return [_quoted(v, depth + 1) for v in value]
    if isinstance(value, str):
        plain = resolve_scalar(value)[0] == "text" and value == value.strip() and value.isprintable()
        return value if plain else DoubleQuotedScalarString(value)
    return value


class _Representer(RoundTripRepresenter):
    """Writes Decimals as they are, and every value out: our own reader takes no aliases."""

    def ignore_aliases(self, data: object) -> bool:
        return True

    def represent_decimal(self, value: Decimal) -> ScalarNode:
        text = format(value, "f")
        return self.represent_scalar(f"tag:yaml.org,2002:{'float' if '.' in text else 'int'}", text)


_Representer.add_representer(Decimal, _Representer.represent_decimal)
