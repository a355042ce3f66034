"""The workbench in which the rules for therapy coverage are written, tried on history, and reviewed.

`import workbench as wb` gives the verbs of `workbench.api`, `workbench.studies`, `workbench.simulations` and
`workbench.screens`, and what they return (`workbench.results`, `workbench.studied`, `workbench.studied_claims`,
`workbench.simulated`); they load when first used, so that the terminal starts without pandas.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # for checkers and completion: the same names, at no cost
    from workbench.api import (
        compare,
        decide,
        diff,
        generate,
        load_assumptions,
        load_draft,
        load_guidelines,
        prove,
        read_cases,
        replay,
        sweep,
        try_scenario,
    )
    from workbench.results import Cases, Comparison, Proved, Replayed, Swept, Tried
    from workbench.screens import calibration, show_account, show_calibration, show_distribution, tour, tune
    from workbench.simulated import Bounded, Fair, Resampled, Sidewise, Sized, Worked
    from workbench.simulations import bootstrap, bounds, fairness, sample_size, side_by_side, workload
    from workbench.studied import Attributed, Impacted, Ranked, Sought
    from workbench.studied_claims import Monitored, Planted
    from workbench.studies import attribute, impact, monitor, plant_claims, rank_controls, seek

__version__ = "0.1.0"
__all__ = [
    "Attributed",
    "Bounded",
    "Cases",
    "Comparison",
    "Fair",
    "Impacted",
    "Monitored",
    "Planted",
    "Proved",
    "Ranked",
    "Replayed",
    "Resampled",
    "Sidewise",
    "Sized",
    "Sought",
    "Swept",
    "Tried",
    "Worked",
    "attribute",
    "bootstrap",
    "bounds",
    "calibration",
    "compare",
    "decide",
    "diff",
    "fairness",
    "generate",
    "impact",
    "load_assumptions",
    "load_draft",
    "load_guidelines",
    "monitor",
    "plant_claims",
    "prove",
    "rank_controls",
    "read_cases",
    "replay",
    "sample_size",
    "seek",
    "show_account",
    "show_calibration",
    "show_distribution",
    "side_by_side",
    "sweep",
    "tour",
    "try_scenario",
    "tune",
    "workload",
]


_ELSEWHERE = {  # the others are verbs of api, or what they return
    **dict.fromkeys(
        ("calibration", "show_account", "show_calibration", "show_distribution", "tour", "tune"), "screens"
    ),
    **dict.fromkeys(("Bounded", "Fair", "Resampled", "Sidewise", "Sized", "Worked"), "simulated"),
    **dict.fromkeys(("bootstrap", "bounds", "fairness", "sample_size", "side_by_side", "workload"), "simulations"),
    **dict.fromkeys(("attribute", "impact", "monitor", "plant_claims", "rank_controls", "seek"), "studies"),
    **dict.fromkeys(("Attributed", "Impacted", "Ranked", "Sought"), "studied"),
    **dict.fromkeys(("Monitored", "Planted"), "studied_claims"),
}

if not TYPE_CHECKING:  # a checker would take it as a promise of any name

    def __getattr__(name: str) -> object:
        # A module of the package is found by the import system; only a public name is ours to find.
        if name.startswith("_") or name in (
            "api",
            "results",
            "screens",
            "simulated",
            "simulations",
            "studied",
            "studied_claims",
            "studies",
        ):
            raise AttributeError(name)
        if name not in __all__:
            raise AttributeError(f"workbench has no {name!r}; it has {', '.join(__all__)}")
        return getattr(
            import_module(f"workbench.{_ELSEWHERE.get(name, 'results' if name[0].isupper() else 'api')}"), name
        )


def __dir__() -> list[str]:
    return __all__
