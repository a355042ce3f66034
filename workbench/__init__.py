"""The workbench in which the rules for therapy coverage are written, tried on history, and reviewed.

`import workbench as wb` gives the verbs of `workbench.api`; they load when first used, so that the terminal starts
without pandas.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    from workbench import api
    if name in api.__all__:
        return getattr(api, name)
    raise AttributeError(f"workbench has no {name!r}; it has {', '.join(sorted(api.__all__))}")


def __dir__() -> list[str]:
    from workbench import api
    return sorted(api.__all__)
