"""What a hand does to one whole rule of a guideline or overlay, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from workbench.guideline.addresses import NUMBERS, TARGETS, Rule
from workbench.guideline.model import Change, Operations
from workbench.words.numbers import plain

LISTS = ("disciplines", "intents")


@dataclass(frozen=True)
class Edit:
    """What is done to one rule. `off`: it does not count. `added`: the published text has none of this id. `body` holds
    the keys whose content is new, as texts the way a file has them; `before`: the row that it stands before; `own`: a
    key of the overlay itself, not of the guideline under it."""

    rule: Rule
    off: bool = False
    added: bool = False
    body: tuple[tuple[str, str], ...] = ()
    before: str = ""
    own: bool = False

    def change(self, guideline: str) -> Change:
        """The step of a draft that does it. Raises ValueError where a number of it is none."""
        kind = "drop" if self.off else "add" if self.added else "change"
        body = () if self.off else tuple((k, self._content(k, v)) for k, v in self.body)
        where = "" if self.own else guideline
        return Change(where, self.rule.target, kind, (self.rule.id,), None, body, self.before)

    def _content(self, key: str, text: str) -> Operations | Decimal | str | tuple[str, ...]:
        if key in LISTS:
            return tuple(w.strip() for w in text.split(",") if w.strip())
        if key not in NUMBERS:
            return text
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise ValueError(f"{text!r} is not a number") from None
        return number if self.added else (("set", number),)

    @staticmethod
    def of(change: Change, plan: str = "") -> Edit | None:
        """The edit that does what a step of a draft does; None where it is more than one rule's keys set anew."""
        if change.where is not None or len(change.ids) != 1 or change.target not in TARGETS or change.after:
            return None
        body = []
        for key, content in change.body:
            if isinstance(content, tuple) and content and isinstance(content[0], tuple):
                if len(content) > 1 or content[0][0] != "set":
                    return None
                content = content[0][1]
            text = plain(content) if isinstance(content, Decimal) else content
            body.append((key, text if isinstance(text, str) else ", ".join(str(t) for t in text)))
        return Edit(
            Rule(change.target, change.ids[0], plan),
            change.kind == "drop",
            change.kind == "add",
            tuple(sorted(body)),
            change.before,
            own=bool(plan) and not change.guideline,
        )
