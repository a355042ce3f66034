"""What is rendered from the code: written where it is stale, or only told with `--check`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent


def settle(files: Mapping[Path, str], stray: Iterable[Path] = ()) -> int:
    """`files`: path → what it is to hold; `stray`: files that nothing renders any more. The exit code: with `--check` 1
    where one of them is stale."""
    stale = [p for p, text in files.items() if not p.is_file() or p.read_text(encoding="utf-8") != text]
    gone = sorted(set(stray) - set(files))
    if "--check" in sys.argv:
        for path in (*stale, *gone):
            print(f"{path.relative_to(ROOT)} is stale: run `make docs`")
        return int(bool(stale or gone))
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(files[path], encoding="utf-8")
    for path in gone:
        path.unlink()
    return 0
