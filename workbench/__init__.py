"""The workbench in which the rules for therapy coverage are written, tried on history, and reviewed.

`import workbench as wb` gives the verbs of `workbench.api`; they load when first used, so that the terminal starts
without pandas.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # A module of the package is found by the import system; only a verb of the api is ours to find.
    if name.startswith("_") or name in ("api", "verbs", "cli"):
        raise AttributeError(name)
    if name == "tune":  # the screen opens without what only the other verbs need
        return import_module("workbench.lab.tune").tune
    api = import_module("workbench.api")
    if name not in api.__all__:
        raise AttributeError(f"workbench has no {name!r}; it has {', '.join(sorted(api.__all__))}")
    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted(import_module("workbench.api").__all__)
