"""What the package tells of its own work: standard logging under `workbench`, quiet unless someone asks.

`--verbose` sends it to stderr; a program that imports the package sets up logging as for any other library.
Logs say what was done to which file and how long it took; never a fact of a request, which may identify someone.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def show_log(verbose: bool) -> None:
    """Send the package's log to stderr: everything where `verbose`, else warnings. Called once, by the terminal."""
    logger = logging.getLogger("workbench")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    logger.handlers = [handler]
    logger.setLevel(logging.DEBUG if verbose else logging.WARNING)


@contextmanager
def timed(logger: logging.Logger, what: str) -> Iterator[None]:
    """Log at level info how many seconds the block took, also where it fails. Stands before a function as well."""
    start = time.perf_counter()
    try:
        yield
    finally:
        logger.info("%s: %.2f s", what, time.perf_counter() - start)
