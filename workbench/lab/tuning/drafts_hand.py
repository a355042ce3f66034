"""What the hand does with draft files: open, carry over, save, and look through what is there."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from workbench.errors import ProblemsFound
from workbench.lab.tuning import controls_html, drafts_html
from workbench.lab.tuning import drafts as drafting
from workbench.lab.tuning.failures import failure
from workbench.lab.tuning.page import Act, Content, Host, said

log = logging.getLogger("workbench.lab")
UNFORESEEN = (ProblemsFound, OSError)


class DraftsHand:
    """The acts of the forms in which drafts are saved, opened, renamed, deleted and compared."""

    def __init__(self, host: Host):
        self.host = host
        self._author = ""
        self.acts: Mapping[str, Act] = {
            "load": self.load,
            "carry": self.carry,
            "saving": self.saving,
            "save": self.save,
            "drafts": self.drafts,
            "rename": self.rename,
            "delete": self.delete,
            "delete-surely": self.delete_surely,
            "compare": self.compare,
        }

    def load(self, content: Content, *, carry: bool = False) -> None:
        host, name = self.host, said(content, "value") or said(content, "name")
        if not name:
            return
        desk = host.desk
        try:
            state = drafting.load(desk.drafts, name, host.state, desk.library, carry=carry)
        except ProblemsFound as found:
            if carry or any(p.code != "stale-digest" for p in found.problems):
                raise
            why = "; ".join(p.message for p in found.problems)
            lines = drafting.carried_words(desk.drafts, name, desk.library)
            host.page.put(dialog=controls_html.stale(name, why, lines))
            return
        if not state.condition:
            state = replace(state, condition=next((c for c, _ in desk.conditions(state)), ""))
        host.page.put(dialog="")
        host.choose(state)

    def carry(self, content: Content) -> None:
        self.load(content, carry=True)

    def saving(self, content: Content) -> None:
        self.host.page.put(dialog=controls_html.saving(self.host.state, author=self._author))

    def save(self, content: Content) -> None:
        host = self.host
        name, self._author, reason = (said(content, k) for k in ("name", "author", "reason"))
        try:
            path = drafting.save(
                host.state,
                host.desk.library,
                host.desk.drafts,
                name=name,
                author=self._author,
                reason=reason,
                today=date.today(),
                replace_existing=bool(content.get("replace")),
            )
        except UNFORESEEN as error:
            found = error.problems if isinstance(error, ProblemsFound) else ()
            told = [p.message + (f": {p.hint}" if p.hint else "") for p in found]
            if isinstance(error, OSError):
                told = [failure(error)]
            if isinstance(error, OSError) or any(p.code == "unwritable" for p in found):
                log.error("a draft could not be saved", exc_info=error)
                told = ["Nothing was saved.", *told]
            form = controls_html.saving(
                host.state,
                told,
                name=name,
                author=self._author,
                reason=reason,
                exists=any(p.code == "draft-exists" for p in found),
            )
            host.page.put(dialog=form)
            return
        state = replace(
            host.state,
            draft=path.stem,
            saved=host.state.marks,
            author=self._author.strip(),
            reason=reason.strip(),
            created=date.today().isoformat(),
        )
        host.settle(state)
        host.page.put(dialog=controls_html.saved_as(path.parent.name + "/" + path.name, self._refused()))

    def _refused(self) -> list[str]:
        """What was typed and does not stand, each with the control's label."""
        controls = {c.handle: c for g in self.host.desk.controls(self.host.state) for c in g.controls}
        return [f"{controls[k].label if k in controls else k}: {typed}" for k, typed in self.host.state.refused]

    # the list of drafts

    def drafts(self, content: Content) -> None:
        self._list()

    def _list(self, *told: str) -> None:
        desk = self.host.desk
        self.host.page.put(dialog=drafts_html.listing(drafting.shelf(desk.drafts, desk.library), self.host.state, told))

    def rename(self, content: Content) -> None:
        """A draft under another name. What can not be done is told above the list."""
        try:
            name = drafting.rename(self.host.desk.drafts, said(content, "name"), said(content, "to"))
        except UNFORESEEN as error:
            self._list(*_why(error))
            return
        if self.host.state.draft == said(content, "name"):
            self.host.settle(replace(self.host.state, draft=name))
        self.host.show_choices()
        self._list(f"“{said(content, 'name')}” is “{name}” now.")

    def delete(self, content: Content) -> None:
        self.host.page.put(dialog=drafts_html.deleting(said(content, "name")))

    def delete_surely(self, content: Content) -> None:
        name = said(content, "name")
        try:
            drafting.path_of(self.host.desk.drafts, name).unlink()
        except UNFORESEEN as error:
            self._list(*_why(error))
            return
        if self.host.state.draft == name:  # what is on the screen stays there, and no file holds it now
            self.host.settle(replace(self.host.state, draft="", saved=()))
        self.host.show_choices()
        self._list(f"“{name}” was deleted.")

    def compare(self, content: Content) -> None:
        """What one draft does that another does not, in words."""
        desk, (one, two) = self.host.desk, (said(content, k) for k in ("one", "two"))
        try:
            mine, both, theirs = drafting.compared(desk.drafts, one, two, desk.library)
        except UNFORESEEN as error:
            self._list(*_why(error))
            return
        self.host.page.put(dialog=drafts_html.comparison(one, two, mine, both, theirs))


def _why(error: ProblemsFound | OSError) -> list[str]:
    return [p.message for p in error.problems] if isinstance(error, ProblemsFound) else [failure(error)]
