"""Names for what a value says: canonical JSON, and its SHA-256."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal

from workbench.language.show import show
from workbench.language.tree import Node

SHORT = 16  # digits of a digest that are shown


def plain(value: object) -> object:
    """A frozen value as plain JSON matter; places in files, which mean nothing, are left out."""
    if isinstance(value, Node):
        return show(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value) if f.compare and f.name != "file"}
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [plain(v) for v in value]
    return value


def digest(value: object) -> str:
    """A name for what a value says: the SHA-256 of its canonical JSON, 64 hex digits. Kept whole, shown `short`."""
    text = json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def short(digest_: str) -> str:
    """A digest as it is shown."""
    return digest_[:SHORT]
