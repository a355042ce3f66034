"""What a section of a file may hold, declared once as data: the reader, the format page and the JSON Schema follow it.

SEED = Key("seed", "integer", "seed of the invented requests", required=False, low=0)
CASES = Form("cases", "where the requests come from", (SEED, ...))
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal


@dataclass(frozen=True)
class Key:
    """One key. `kind` as in Section.take; `text` says what it means; `form` is what a section, or each entry of a list
    of sections, holds; `each` is what every entry of a list is, and every value of a section with free keys, whose
    keys are `named`. `also` names other kinds that may stand here (of `any`, what the reader itself takes): a word in
    place of a list, a list in place of a word. `null` lets nothing stand for "missing"; `count` is how many entries a
    list has."""

    name: str
    kind: str
    text: str = ""
    required: bool = True
    choices: tuple[str, ...] = ()
    low: int | Decimal | None = None
    high: int | Decimal | None = None
    choice_code: str = "wrong-value"
    empty: bool = False
    form: Form | None = None
    each: Key | None = None
    named: Key | None = None
    also: tuple[Key, ...] = ()
    default: str = ""
    null: bool = False
    count: int | None = None


@dataclass(frozen=True)
class Form:
    """The keys of a section, in the order in which they are shown. `rest` is what any other key holds, where more may
    stand; `needs` are pairs of which the first calls for the second; of each group in `one_of` exactly one stands, of
    each in `any_of` at least one."""

    name: str
    text: str
    keys: tuple[Key, ...]
    rest: Key | None = None
    needs: tuple[tuple[str, str], ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()
    any_of: tuple[tuple[str, ...], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(k.name for k in self.keys)

    def key(self, name: str) -> Key:
        """The key of this name. Raises KeyError where it is not declared: the reader and the form differ."""
        for key in self.keys:
            if key.name == name:
                return key
        if self.rest is not None:
            return self.rest
        raise KeyError(f"{self.name} declares no key `{name}`")

    def optional(self, *names: str) -> Form:
        """The same, with these keys not required: what a notebook or another file may leave out."""
        return replace(self, keys=tuple(replace(k, required=False) if k.name in names else k for k in self.keys))
