"""What the requests of examples derive."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.engine.setting import Setting
from workbench.language.interpret import Facts
from workbench.review.example_file import Example
from workbench.study.replay import facts_of, prepare_alone


def facts_of_examples(examples: Iterable[Example], chosen: Setting) -> list[Facts]:
    """The requests of examples with their derived facts, in order."""
    requests = [e.request for e in examples]
    return [facts_of(row) for row in prepare_alone(requests, chosen).frame.iter_rows(named=True)] if requests else []
