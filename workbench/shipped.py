"""Tables that ship with the code: CSV files beside the modules that use them."""

from __future__ import annotations

import csv
from importlib import resources


def shipped_rows(package: str, name: str) -> list[dict[str, str]]:
    """The rows of a CSV file of a package, each by column. Raises FileNotFoundError."""
    text = resources.files(package).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
