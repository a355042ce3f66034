"""The one guideline that decides: base, draft of the base, guideline, draft of the guideline, overlay, draft of the
overlay, each laid over the last. This is the only place where a plan's change meets a guideline.

A draft lies under the overlays, as it would when published. What does not feel a draft is not worked out anew: its
published rules are kept with the library.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from workbench.errors import Problem, Problems, ProblemsFound
from workbench.guideline.digests import digest, short
from workbench.guideline.kept import Kept
from workbench.guideline.layers import Parts, concerns, felt, layers, reader
from workbench.guideline.model import (
    GAP_DAYS,
    Change,
    Criterion,
    Draft,
    Exemption,
    Guideline,
    Library,
    LimitRow,
    Overlay,
    Parameter,
    Rules,
    Waiver,
)
from workbench.guideline.overlays import changed_overlay
from workbench.guideline.versions import find_guideline, find_overlay, overlap, overlay_named, period


@dataclass(frozen=True)
class Resolved:
    """The rules, and what is doubtful about how they came about: two layers that set the same thing, above all."""

    rules: Rules
    warnings: tuple[Problem, ...]


_RESOLVED: Kept[Resolved] = Kept(1024)
_OVERLAYS: Kept[tuple[Overlay, str]] = Kept(256)


def resolve(
    library: Library, guideline: str, version: str, overlay: Overlay | str | None = None, draft: Draft | None = None
) -> Resolved:
    """The rules of a guideline version, under an overlay of the library (or its name, "plan/version") and a draft
    where given. What was resolved once is kept.

    Raises ProblemsFound: unknown names, a base (it never decides), a stale draft, changes that do not apply.
    """
    meant = find_guideline(library, guideline, version)
    over = overlay_named(library, overlay.name if isinstance(overlay, Overlay) else overlay)
    name = over.name if over else ""
    if meant.base:
        raise ProblemsFound(
            [Problem("bad-call", f"{meant.name} is a base: it lends to others and never decides", meant.file)]
        )
    if draft is not None:
        _check_fresh(library, draft)
        if not felt(library, meant, draft) and not (over is not None and _plan_changes(draft, over)):
            draft = None
    return _RESOLVED.get(library, (meant.name, name, draft), lambda: _resolve(library, meant, over, draft))


def guideline_digest(library: Library, guideline: str, version: str, draft: Draft | None = None) -> str:
    """The digest of base + guideline (+ drafts of them); a base has one too. Raises ProblemsFound."""
    if draft is not None:
        _check_fresh(library, draft)
    return layers(library, find_guideline(library, guideline, version), draft).digest


def overlay_digest(overlay: Overlay) -> str:
    """The digest of an overlay as it stands."""
    return digest(replace(overlay, status=""))


def _resolve(library: Library, guideline: Guideline, overlay: Overlay | None, draft: Draft | None) -> Resolved:
    layered = layers(library, guideline, draft)
    if overlay is None:
        return Resolved(_rules(guideline, layered.parts, layered.digest, None, ""), _once(layered.warnings))
    here = _plan_changes(draft, overlay) if draft is not None else ()
    own, own_digest = _overlay(library, overlay, draft if here else None)
    changes = [c for c in overlay.changes if c.guideline == guideline.id]
    if not overlap(period(overlay, library), period(guideline, library)):
        changes = []
    drafted = [c for c in here if c.guideline == guideline.id]
    parts, warnings = layered.parts, layered.warnings
    if changes or drafted or own.waivers:
        origin, work = f"overlay {overlay.name}", layered.work(guideline, library)
        if changes:
            work.apply(changes, origin)
        if drafted and draft is not None:
            work.apply(drafted, f"draft {draft.draft} of {overlay.plan}")
        work.lend("waivers", own.waivers, origin)
        if work.problems:
            raise ProblemsFound(work.problems)
        parts, warnings = work.parts, (*warnings, *work.warnings)
    return Resolved(_rules(guideline, parts, layered.digest, own, own_digest), _once(warnings))


def _overlay(library: Library, overlay: Overlay, draft: Draft | None) -> tuple[Overlay, str]:
    """The overlay with a draft of it, and its digest: one, whatever guideline it meets."""

    def make() -> tuple[Overlay, str]:
        own, problems = overlay, Problems()
        if draft is not None:
            changes, origin = _plan_changes(draft, overlay), f"draft {draft.draft} of {overlay.plan}"
            own = changed_overlay(overlay, changes, origin, library.choices, reader(library), problems)
        problems.check()
        return own, overlay_digest(own)

    return _OVERLAYS.get(library, (overlay.name, draft), make)


def _rules(guideline: Guideline, parts: Parts, digest_: str, overlay: Overlay | None, overlay_digest_: str) -> Rules:
    if guideline.scope is None:
        raise ProblemsFound([Problem("missing-key", f"{guideline.name} has no scope", *guideline.at)])
    return Rules(
        guideline.id,
        guideline.version,
        guideline.title,
        digest_,
        overlay.plan if overlay else "",
        overlay.version if overlay else "",
        overlay_digest_,
        guideline.scope,
        tuple(i for i in parts["parameters"] if isinstance(i, Parameter)),
        tuple(i for i in parts["exemptions"] if isinstance(i, Exemption)),
        tuple(i for i in parts["waivers"] if isinstance(i, Waiver)),
        tuple(i for i in parts["criteria"] if isinstance(i, Criterion)),
        tuple(i for i in parts["limits"] if isinstance(i, LimitRow)),
        overlay.excluded_procedures if overlay else (),
        overlay.benefit_limit if overlay else None,
        overlay.episode_gap_days if overlay else GAP_DAYS,
    )


def _once(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(dict.fromkeys(problems))


# who feels a draft


def _plan_changes(draft: Draft, overlay: Overlay) -> tuple[Change, ...]:
    return dict(draft.plans).get(overlay.plan, ()) if concerns(draft, overlay.plan, overlay.version) else ()


def _check_fresh(library: Library, draft: Draft) -> None:
    """Raise ProblemsFound where the draft was made on another text than the one loaded."""
    problems = Problems()
    for name, base in draft.base:
        now = base_digest(library, name, base.version)
        if base.digest != now:
            problems.add(
                Problem(
                    "stale-digest",
                    f"{name}/{base.version} is no longer the text that the draft {draft.draft} was made "
                    f"on: its digest was {short(base.digest)} and is {short(now)}",
                    *base.at,
                    hint="look at what it would change now, then carry the draft over: workbench carry",
                )
            )
    problems.check()


def base_digest(library: Library, name: str, version: str) -> str:
    """The digest that a draft on this version of a guideline, or of a plan's overlay, names. Raises ProblemsFound."""
    if any(o.plan == name for o in library.overlays) and not any(g.id == name for g in library.guidelines):
        return _overlay(library, find_overlay(library, name, version), None)[1]
    return guideline_digest(library, name, version)
