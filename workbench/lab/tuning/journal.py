"""Every change is written down at once, beside the drafts, so that a lost kernel loses nothing.

Each kernel has a file of its own, `drafts/.recovery/PID.yaml`: two people on one folder stay apart. A file whose
kernel is gone was left behind; the next screen that opens takes it over.
"""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from datetime import date
from pathlib import Path

from workbench.guideline.draft_yaml import render
from workbench.guideline.load_draft import carry_over, load_draft
from workbench.guideline.model import DraftBase, Library
from workbench.guideline.resolve import base_digest
from workbench.lab.tuning.drafts import draft_of, state_of
from workbench.lab.tuning.state import State

log = logging.getLogger("workbench.lab")
_NOBODY = "not saved"  # a draft file wants an author and a reason, which nobody gave yet
_MINE: set[Path] = set()  # what this process wrote was not left behind, though its number may have been another's


class Journal:
    """What is on one screen and in no draft file."""

    def __init__(self, drafts: Path, library: Library):
        self.library, self.folder = library, drafts / ".recovery"
        self._file = self.folder / f"{os.getpid()}.yaml"
        self._written: object = None

    def keep(self, state: State) -> None:
        """Write down what is not saved; where everything is, nothing stays behind. A folder that can not be written to
        is logged and does not stop the hand: saving says it."""
        now = (state.guideline, state.version, state.marks, state.kept, state.draft, state.unsaved)
        if now == self._written:
            return
        self._written = now
        try:
            if not state.unsaved:
                self._file.unlink(missing_ok=True)
                return
            self.folder.mkdir(parents=True, exist_ok=True)
            draft = draft_of(state)
            digest = base_digest(self.library, state.guideline, state.version)
            base = dict(draft.base) | {state.guideline: DraftBase(state.version, digest)}
            partial = self._file.with_suffix(".partial")
            whole = replace(
                draft,
                author=draft.author or _NOBODY,
                reason=draft.reason or _NOBODY,
                created=draft.created or date.today(),
                base=tuple(base.items()),
            )
            partial.write_text(render(whole, partial), encoding="utf-8")
            partial.replace(self._file)
            _MINE.add(self._file)
        except OSError as error:
            log.warning("what is on the screen can not be written down", exc_info=error)

    def left_behind(self, state: State) -> State | None:
        """The state with the newest changes that a kernel left behind, taken over; None where there are none. Raises
        ProblemsFound, OSError where they can not be read."""
        if not self.folder.is_dir():
            return None
        lost = [p for p in self.folder.glob("*.yaml") if p not in _MINE and (p == self._file or not _alive(p.stem))]
        newest = max(lost, key=lambda p: p.stat().st_mtime_ns, default=None)
        if newest is None:
            return None
        draft = load_draft(newest, self.library, stale=True)
        found = replace(
            state_of(carry_over(draft, self.library), state, self.library),
            saved=(),
            draft="",
            author="",
            reason="",
            created="",
        )
        newest.replace(self._file)
        _MINE.add(self._file)
        return found


def _alive(pid: str) -> bool:
    """Whether a process of this number runs here; anything else is nobody's."""
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
