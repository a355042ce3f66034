"""A released comparison for the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.engine.decision import DETERMINATIONS as _D
from workbench.privacy.release import TOO_FEW, Released
from workbench.privacy.suppression import THRESHOLD
from workbench.study.rates import NEWLY_REFERRED, RATES


def release_lines(released: Released) -> list[str]:
    """A released comparison for the terminal."""
    about, cases, matrix = released["about"], released["cases"], released["matrix"]
    labels = {r.name: r.label for r in RATES} | {NEWLY_REFERRED: "newly referred, requests"}
    out = [
        f"Made for release: counts from 1 to {THRESHOLD - 1} are hidden, and others so that none can be worked out.",
        f"draft {about['draft']}, deciding day {about['deciding_day']}, "
        f"histories {str(about['mode']).replace('_', ' ')}",
        "",
        _line("all", cases),
        _line("changed by the draft", released["flips"]),
        "",
        f"{'rate':<46}{'published':>20}{'draft':>20}{'draft − published':>20}",
    ]
    for name, rate in released["rates"].items():
        form = "{:,.0f}" if name == NEWLY_REFERRED else "{:.1%}"
        out.append(
            f"{labels[name]:<46}" + "".join(f"{_said(rate[k], form):>20}" for k in ("published", "draft", "difference"))
        )
    out += [
        f"{name.replace('_', ' '):<46}" + "".join(f"{_said(n):>20}" for n in sums.values())
        for name, sums in released["amounts"].items()
    ]
    out += ["", "published ↓ becomes draft →, requests", " " * 20 + "".join(f"{a:>20}" for a in (*_D, "total"))]
    for a, becomes in matrix.items():
        cells = (*becomes.values(), released["totals"]["published"][a])
        out.append(f"{a:<20}" + "".join(f"{_said(n):>20}" for n in cells))
    cells = (*released["totals"]["draft"].values(), cases["requests"])
    out.append(f"{'total':<20}" + "".join(f"{_said(n):>20}" for n in cells))
    for name, rows in released["groups"].items():
        out += ["", f"by {name}, requests", f"{'':<40}{'all':>20}{'changed':>20}{'newly referred':>20}"]
        out += [
            f"{row[name] or 'not stated':<40}"
            + "".join(f"{_said(row[k]):>20}" for k in ("requests", "changed", "newly_referred"))
            for row in rows
        ]
    return out


def _line(what: str, counts: Mapping[str, int | None]) -> str:
    return f"{what}: " + ", ".join(f"{name} {_said(n)}" for name, n in counts.items())


def _said(value: float | str | None, form: str = "{:,}") -> str:
    return TOO_FEW if value is None else form.format(value).replace("-", "−").replace("%", " %")
