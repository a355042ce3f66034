"""`workbench rank`, `attribute` and `seek`: which control matters, what is due to each edit of a draft, the smallest
change to a goal."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.documents.outputs import claim, write_bytes
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.terminal.exit_codes import GOOD, NO
from workbench.terminal.streams import as_json

if TYPE_CHECKING:
    from workbench.cases.prepared import PreparedCases
    from workbench.engine.setting import Setting
    from workbench.study.attribute import Attributed
    from workbench.study.rank import Ranked

READ = ("cases", "guidelines", "mapping", "assume", "draft")


def rank(args: Namespace, cases: PreparedCases, held: Setting) -> int:
    """Rank the controls of a guideline, then write and say. Raises ProblemsFound for a guideline or control that is
    none."""
    from workbench.study.listing import GROUPED
    from workbench.study.rank import GOALS, rank_controls
    from workbench.words.rank_figures import figure, lines

    _claim(args)
    for said, allowed, what in ((args.goal, GOALS, "goal"), (args.by, GROUPED, "fact that groups are made by")):
        if said not in allowed:
            raise ProblemsFound([Problem("bad-call", f"{said} is no {what}", hint=nearest(said, allowed))])

    def seen(done: int, of: int) -> None:
        if not args.json and sys.stderr.isatty():
            print(f"\r{done:,} of {of:,} controls", end="\n" if done == of else "", file=sys.stderr)

    found = rank_controls(
        cases, held, args.guideline, goal=args.goal, by=args.by, order=args.order, keys=args.control, seen=seen
    )
    if args.figure:
        from workbench.words.figures import save

        save(figure(found), Path(args.figure))
    head = {"goal": found.goal, "unit": found.unit, "more_is_better": found.more_is_better, "now": found.now}
    _tell(args, found, lines(found, args.most), head)
    return GOOD


def attribute(args: Namespace, cases: PreparedCases, published: Setting, drafted: Setting) -> int:
    """Attribute what a draft changes to its edits, then write and say."""
    from workbench.study.attribute import attribute as run
    from workbench.words.attribution import lines

    _claim(args)
    found = run(cases, published, drafted, orders=args.orders, seed=args.seed)
    _tell(args, found, lines(found), {"total": found.total, "sampled": found.sampled})
    return GOOD


def seek(args: Namespace, cases: PreparedCases, held: Setting) -> int:
    """Seek a goal; write the proposals as drafts, and say. Ends "no" where the goal can not be had. Raises
    ProblemsFound for a goal that can not be read."""
    from fractions import Fraction

    from workbench.guideline.draft_yaml import render
    from workbench.study.search import PROPOSALS, Wish
    from workbench.study.search import seek as run
    from workbench.words.goal_seek import lines

    files = [f"{args.drafts}/goal-{i}.yaml" for i in range(1, PROPOSALS + 1)] if args.drafts else []
    for file in files:
        claim([file], [getattr(args, name, None) for name in READ], force=args.force, endings=(".yaml",))
    claim([args.figure], [args.cases, args.guidelines], force=args.force, endings=(".png", ".svg"))
    most = args.at_most is not None
    try:
        share = Fraction(args.at_most if most else args.at_least)
        points = None if args.points is None else Fraction(args.points)
        wish = Wish(args.metric, share, most, args.among, args.newly_referred, args.by or "", points)
        found = run(cases, held, args.guideline, wish, steps=args.steps, also=args.also or (), seed=args.seed)
    except (ValueError, ZeroDivisionError) as wrong:
        raise ProblemsFound([Problem("bad-call", str(wrong))]) from None
    for file, proposal in zip(files, found.proposals, strict=False):
        write_bytes(Path(file), render(proposal.draft, file).encode())
    if args.figure:
        from workbench.words.figures import save
        from workbench.words.goal_seek import figure

        save(figure(found), Path(args.figure))
    if args.json:
        print(as_json(found.as_dict()))
    else:
        from workbench.words.decisions import about_lines

        print(*about_lines(found.about), "", *lines(found), sep="\n")
    return GOOD if found.proposals else NO


def _claim(args: Namespace) -> None:
    inputs = [getattr(args, name, None) for name in READ]
    claim([args.out], inputs, force=args.force, endings=(".csv", ".parquet"))
    claim([getattr(args, "figure", None)], inputs, force=args.force, endings=(".png", ".svg"))


def _tell(args: Namespace, found: Ranked | Attributed, lines: list[str], head: dict[str, object]) -> None:
    from workbench.study.sweep import write_table
    from workbench.words.decisions import about_lines

    if args.out:
        write_table(found.table, Path(args.out))
    if args.json:
        print(as_json({"about": found.about.as_dict(), **head, "rows": found.table.to_dicts()}))
    else:
        print(*about_lines(found.about), "", *lines, sep="\n")
