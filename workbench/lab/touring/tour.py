"""The tour as a notebook shows it: for each path its steps, each with a button and, once done, what was seen.

walk = tour("guidelines")
walk                       # buttons
walk.do("author", 2)       # the same in Python, with the steps before it
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from workbench.errors import ProblemsFound
from workbench.lab.notebook_html import block
from workbench.lab.touring import of_author, of_data_scientist, of_provider, of_reviewer
from workbench.lab.touring.ground import Ground, NotSeen, Seen
from workbench.words.html import Html, joined, tag


@dataclass(frozen=True)
class Step:
    """What a button says, what it is for, and what it does."""

    label: str
    why: str
    act: Callable[[Ground], Seen]


@dataclass(frozen=True)
class Path_:
    """The path of one user, and where it goes on."""

    id: str
    title: str
    question: str
    steps: tuple[Step, ...]
    onward: str


PATHS = (
    Path_(
        "author",
        "A policy author: from Monday's question to a saved draft",
        "“Three visits for a mild knee injury: people come back for more. What if it were seven?”",
        (
            Step("Find the number", "Every number has a row, a source and its evidence.", of_author.find_the_number),
            Step("Move it", "On requests as they come, before anything is written.", of_author.move_it),
            Step("See who fares how", "Losers first, people and requests apart.", of_author.who_fares_how),
            Step("Save the draft", "A file beside what is published, never in its place.", of_author.save_the_draft),
        ),
        "10_tune.ipynb has this with sliders: every number of a guideline, and each request that changes.",
    ),
    Path_(
        "data_scientist",
        "A data scientist: from a file to a sweep",
        "“Here is our history. How much hangs on the attendance that we ask for?”",
        (
            Step("Make a file", "601 rows, one of them with words where a number belongs.", of_data_scientist.a_file),
            Step("Read it", "Nothing is lost: accepted, or set aside with a reason.", of_data_scientist.read_it),
            Step("Decide it again", "All of it, by the versions in force.", of_data_scientist.decide_it),
            Step("Sweep one number", "Every value, and what each rate comes to.", of_data_scientist.sweep_a_number),
        ),
        "40_cases.ipynb, 50_sources.ipynb and 55_monitor.ipynb go on: calibration, real sources, monitoring.",
    ),
    Path_(
        "reviewer",
        "A reviewer: from a pull request to a verdict",
        "“Somebody wants ten visits for every voice disorder. May this be merged?”",
        (
            Step("Open the pull request", "A number moved in a file that decides.", of_reviewer.a_pull_request),
            Step("Ask for the verdict", "What decides is sealed.", of_reviewer.the_verdict),
            Step("Make it a new version", "In review, beside the old one; asked again.", of_reviewer.as_a_version),
            Step("Read what it changes", "Old → new, with the source of each.", of_reviewer.what_it_changes),
        ),
        "60_review.ipynb goes the whole way: proofs, dossier, votes, seal.",
    ),
    Path_(
        "provider",
        "A provider: from a patient's papers to an answer",
        "“Eight visits for a sore back. What do you need from me?”",
        (
            Step("Enter the order", "Who, what for, how many visits.", of_provider.the_order),
            Step("Send what is asked for", "And nothing else of the papers.", of_provider.the_papers),
            Step("A warning sign", "The same order, with one that can not wait.", of_provider.a_warning_sign),
        ),
        "workbench decide request.yaml answers one order in a terminal, and says why.",
    ),
)


_LEVEL = "margin:4px 0 2px"  # with the words of the button


class Tour(widgets.VBox):  # type: ignore[misc]
    """The steps with their buttons. `do` makes a step as its button does; `seen` has what each found, by path and
    number (from 1); `failed` the words of those that did not find what they look for."""

    def __init__(self, ground: Ground, paths: Sequence[Path_]) -> None:
        self.ground, self.paths = ground, {p.id: p for p in paths}
        self.seen: dict[tuple[str, int], Seen] = {}
        self.failed: dict[tuple[str, int], str] = {}
        self.buttons: dict[tuple[str, int], widgets.Button] = {}
        self._told: dict[tuple[str, int], widgets.HTML] = {}
        super().__init__([self._path(p) for p in paths])

    def do(self, path: str, number: int) -> Seen:
        """Make a step, and those of its path before it that are not made yet. Raises NotSeen, or whatever went wrong,
        and KeyError for a step that is none."""
        for at in range(1, number + 1):
            key = (path, at)
            if key in self.seen and at < number:
                continue
            step = self.paths[path].steps[at - 1] if at <= len(self.paths[path].steps) else None
            if step is None:
                raise KeyError(key)
            self._tell(key, "doing it …")
            try:
                self.seen[key] = step.act(self.ground)
                self.failed.pop(key, None)
            except (NotSeen, ProblemsFound, OSError) as wrong:
                self.failed[key] = str(wrong)
                self._tell(key)
                raise
            self._tell(key)
        return self.seen[path, number]

    @property
    def snapshot(self) -> str:
        """The page as it stands, as HTML without buttons, for where there is no kernel."""
        parts = (_path_html(p, self.seen, self.failed) for p in self.paths.values())
        return block(*parts)

    def _path(self, path: Path_) -> Any:
        rows: list[Any] = [widgets.HTML(block(tag("h2", path.title), tag("p", path.question, class_="say")))]
        for number, step in enumerate(path.steps, start=1):
            key = (path.id, number)
            wide = widgets.Layout(width="210px")
            button = widgets.Button(description=f"{number}. {step.label}", tooltip=step.why, layout=wide)
            button.on_click(lambda _, key=key: self._clicked(key))
            self.buttons[key], self._told[key] = button, widgets.HTML(layout=widgets.Layout(flex="1"))
            self._tell(key)
            rows.append(widgets.HBox([button, self._told[key]]))
        rows.append(widgets.HTML(block(tag("p", path.onward, class_="note"))))
        return widgets.VBox(rows, layout=widgets.Layout(margin="0 0 18px", max_width="1080px"))

    def _clicked(self, key: tuple[str, int]) -> None:
        self.buttons[key].disabled = True
        try:
            self.do(*key)
        except (NotSeen, ProblemsFound, OSError):
            pass  # it stands beside the step that failed
        finally:
            self.buttons[key].disabled = False

    def _tell(self, key: tuple[str, int], waiting: str = "") -> None:
        step = self.paths[key[0]].steps[key[1] - 1]
        inside = (
            tag("p", waiting, role="status", style=_LEVEL)
            if waiting
            else _step_html(step, self.seen.get(key), self.failed.get(key))
        )
        self._told[key].value = block(inside)


def _step_html(step: Step, seen: Seen | None, failed: str | None) -> Html:
    if failed is not None:
        return tag("p", tag("b", "✗ not as it should be: ", class_="no"), failed, role="status", style=_LEVEL)
    if seen is None:
        return tag("p", step.why, class_="note", style=_LEVEL)
    lines = tag("ul", *(tag("li", line) for line in seen.lines), style="margin:0") if seen.lines else ""
    return joined((tag("p", tag("b", "✓ "), seen.said, role="status", style=_LEVEL), lines))


def _path_html(path: Path_, seen: dict[tuple[str, int], Seen], failed: dict[tuple[str, int], str]) -> Html:
    steps = [
        tag("li", tag("b", s.label), _step_html(s, seen.get((path.id, n)), failed.get((path.id, n))))
        for n, s in enumerate(path.steps, start=1)
    ]
    said = tag("p", path.question, class_="say")
    return tag("section", tag("h2", path.title), said, tag("ol", *steps), tag("p", path.onward, class_="note"))


def tour(guidelines: str | Path) -> Tour:
    """The tour over a guideline folder, which is read and never written. Raises ProblemsFound where it can not be."""
    ground = Ground(Path(guidelines))
    _ = ground.library
    return Tour(ground, PATHS)
