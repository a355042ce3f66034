"""`workbench replay`, and `compare` on a cluster: history decided here or there."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from workbench.cases.assume import Assumptions
from workbench.engine.setting import Setting
from workbench.errors import Problem, ProblemsFound
from workbench.study.decision_file import determinations, replay_file
from workbench.study.replay import About
from workbench.terminal.exit_codes import GOOD, NO, need
from workbench.terminal.streams import as_json, remark


def replay(args: Namespace, chosen: Setting, assumptions: Assumptions | None, *, quiet: bool) -> int:
    """Decide, say what the replay rests on and how many requests come to what."""
    if args.engine == "spark":
        about, counts = _on_spark(args, chosen, assumptions)
    elif args.master:
        raise ProblemsFound([Problem("bad-call", "--master is for --engine spark")])
    else:
        about, counts = _here(args, chosen, assumptions, quiet)
    if about.warning:
        remark(f"warning: {about.warning}")
    if args.json:
        print(as_json({"out": args.out, "determinations": counts, "about": about.as_dict()}))
    else:
        from workbench.words.decisions import about_lines

        print(*about_lines(about), sep="\n")
        print(*(f"  {name:<20}{n:>12,} request{'' if n == 1 else 's'}" for name, n in counts.items()), sep="\n")
    if not sum(counts.values()):
        remark("no request was decided: the table has no rows that can be read")
        return NO
    return GOOD


def _here(
    args: Namespace, chosen: Setting, assumptions: Assumptions | None, quiet: bool
) -> tuple[About, dict[str, int]]:
    about, report = replay_file(
        need(args.cases),
        Path(args.out),
        chosen,
        mapping=args.mapping,
        assumptions=assumptions,
        engine=args.engine,
        mode=args.replay,
        policy=args.policy,
        quiet=quiet,
        force=args.force,
    )
    if report is not None and report.set_aside:
        remark(f"{report.lines()[0]} (workbench read says why)")
    return about, determinations(Path(args.out))


def compare_on_spark(args: Namespace, published: Setting, drafted: Setting, assumptions: Assumptions | None) -> int:
    """Decide under both on a cluster and say what changes."""
    from workbench.study.spark_compare import compare_folders

    if args.release or not args.out or args.mapping:
        said = "on Spark a comparison needs --out DIR, and takes no --mapping and makes no --release"
        raise ProblemsFound([Problem("bad-call", said)])
    found = compare_folders(
        args.cases,
        args.out,
        published,
        drafted,
        args.master,
        assumptions=assumptions,
        mode=args.replay,
        policy=args.policy,
        force=args.force,
    )
    if args.json:
        print(as_json(found.as_dict()))
    else:
        from workbench.words.decisions import comparison_lines

        print(*comparison_lines(found), sep="\n")
    return GOOD


def _on_spark(args: Namespace, chosen: Setting, assumptions: Assumptions | None) -> tuple[About, dict[str, int]]:
    from workbench.study.spark_replay import replay_folder

    if args.mapping:
        hint = "workbench read makes such files"
        raise ProblemsFound([Problem("bad-call", "on Spark cases are Parquet without a mapping", hint=hint)])
    return replay_folder(
        args.cases,
        args.out,
        chosen,
        master=args.master,
        assumptions=assumptions,
        mode=args.replay,
        policy=args.policy,
        force=args.force,
    )
