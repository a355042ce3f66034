"""What each verb of the terminal does: parse nothing, decide nothing, print the answer and return the exit code."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import Problem, ProblemsFound, several
from workbench.terminal.exit_codes import GOOD, NO, need, need_guidelines
from workbench.terminal.streams import as_json, as_yaml, remark

if TYPE_CHECKING:  # a verb loads only what it needs
    from workbench.cases.assume import Assumptions
    from workbench.cases.prepared import PreparedCases
    from workbench.engine.setting import Setting
    from workbench.guideline.model import Draft, Library
    from workbench.reading.account import Reading


def _quiet(args: Namespace) -> bool:
    """Whether a bar of progress would disturb: JSON is wanted, or nobody looks."""
    return bool(args.json) or not sys.stderr.isatty()


def say(value: object) -> None:
    print(as_json(value))


def library(args: Namespace) -> Library:
    from workbench.guideline.load import load_guidelines

    return load_guidelines(need_guidelines(args.guidelines))


def _setting(args: Namespace, draft: Draft | None = None, *, own_date: bool = False) -> Setting:
    """`own_date`: a single decision goes by its own day unless told otherwise."""
    from workbench.engine.setting import setting

    loaded = library(args)
    if getattr(args, "draft", None) and draft is None:
        from workbench.guideline.load_draft import load_draft

        draft = load_draft(need(args.draft), loaded)
    by_date = args.by_date or (own_date and args.as_of is None)
    today = date.today() if own_date else None  # a request without a date is decided on the day it is asked about
    return setting(loaded, as_of=args.as_of, by_date=by_date, program=args.program, draft=draft or None, asked_on=today)


def diff(args: Namespace) -> int:
    from workbench.terminal.diff import diff as run

    return run(args)


def plan(args: Namespace) -> int:
    from workbench.terminal.plan import plan as run

    return run(args)


def prove(args: Namespace) -> int:
    from workbench.terminal.prove import prove as run

    return run(args, quiet=_quiet(args))


def check(args: Namespace) -> int:
    from workbench.terminal.check import check as run

    return run(args)


def read(args: Namespace) -> int:
    if args.suggest:
        from workbench.documents.outputs import claim, writing
        from workbench.reading.suggest_mapping import suggest_text

        claim([args.out], [args.suggest, library(args).root], force=args.force, endings=[".yaml", ".yml"])
        text = suggest_text(need(args.suggest), library(args))
        if args.out:
            with writing(args.out) as (part,):
                part.write_text(text, encoding="utf-8")
            remark(f"a first mapping for {args.suggest} in {args.out}; read it through")
        if args.json:
            say({"mapping": text})
        elif not args.out:
            print(as_yaml(text), end="")
        return GOOD
    for name in ("source", "file", "out"):
        if not getattr(args, name):
            raise ProblemsFound(
                [
                    Problem(
                        "bad-call",
                        f"read needs {'--out' if name == 'out' else name.upper()}",
                        hint="workbench read SOURCE FILE --out FILE --quarantine FILE",
                    )
                ]
            )
    from workbench.reading.read import read_to

    report = read_to(
        need(args.file),
        Path(args.out),
        library(args),
        source=args.source,
        mapping=args.mapping,
        quarantine=Path(args.quarantine) if args.quarantine else None,
        force=args.force,
        quiet=_quiet(args),
    )
    if args.json:
        say(report.as_dict())
    else:
        print(*report.lines(), sep="\n")
    return GOOD if report.accepted or report.skipped and not report.read else NO


def generate(args: Namespace) -> int:
    from workbench.generator.generate import generate_to

    generate_to(Path(args.out), args.requests, args.seed, library(args), force=args.force, quiet=_quiet(args))
    if args.json:
        say({"requests": args.requests, "seed": args.seed, "out": args.out})
    else:
        remark(f"{args.requests:,} invented requests, seed {args.seed}, in {args.out}")
    return GOOD


def decide(args: Namespace) -> int:
    from workbench.cases.request import read_request
    from workbench.engine import reference
    from workbench.study.decision_file import sidecar_of
    from workbench.study.replay import facts_of, prepare
    from workbench.words.decisions import trace_lines

    chosen = _setting(args, own_date=True)
    frame = prepare(read_request(need(args.request), chosen.library), chosen).frame
    facts = facts_of(frame.row(0, named=True))
    traced = reference.decide(facts, chosen)
    if args.json:
        from workbench.review.recompute import record_of

        say(
            record_of(traced.decision, facts, chosen)
            | {"steps": [s.as_dict() for s in traced.steps], "texts": sidecar_of(traced.decision, chosen)}
        )
    else:
        print(*trace_lines(traced, facts), sep="\n")
    return GOOD


def _cases(args: Namespace, chosen: Setting) -> Reading:
    """What was read of `--cases`; how many rows were set aside is said on stderr."""
    from workbench.reading.read import read_cases

    found = read_cases(need(args.cases), chosen.library, mapping=args.mapping)
    if found.set_aside.height:
        remark(
            f"{several(found.read, 'row')} read: {found.accepted.height:,} accepted, "
            f"{found.set_aside.height:,} set aside (workbench read says why)"
        )
    return found


def _assumptions(args: Namespace, chosen: Setting) -> Assumptions | None:
    from workbench.cases.assume import load_assumptions

    return load_assumptions(need(args.assume), chosen.library) if args.assume else None


def replay(args: Namespace) -> int:
    from workbench.terminal.replay import replay as run

    chosen = _setting(args)
    return run(args, chosen, _assumptions(args, chosen), quiet=_quiet(args))


def compare(args: Namespace) -> int:
    from workbench.engine.setting import setting
    from workbench.study.compare import compare as put_together
    from workbench.study.replay import prepare
    from workbench.study.replay import replay as run

    if args.release and not args.log:
        raise ProblemsFound([Problem("bad-call", "a release is entered in a log", hint="--log FILE names it")])
    if args.log:
        from workbench.documents.outputs import claim

        claim([args.log], [args.cases, args.draft, args.guidelines, args.mapping, args.assume], force=True)
    drafted = _setting(args)
    published = setting(drafted.library, as_of=args.as_of, by_date=args.by_date, program=args.program)
    assumptions = _assumptions(args, drafted)
    if args.engine == "spark":
        from workbench.terminal.replay import compare_on_spark

        return compare_on_spark(args, published, drafted, assumptions)
    if args.master or args.out:
        raise ProblemsFound([Problem("bad-call", "--master and --out are for --engine spark")])
    cases = prepare(_cases(args, drafted).accepted, published, assumptions)
    options = {"engine": args.engine, "mode": args.replay, "policy": args.policy}
    before = run(cases, published, **options)
    if before.about.warning:
        remark(f"warning: {before.about.warning}")
    result = put_together(before, run(cases, drafted, **options))
    if args.release:
        from workbench.privacy.release import release
        from workbench.privacy.release_lines import release_lines
        from workbench.privacy.release_log import enter

        released = release(result)
        enter(args.log, result, released)
        say(released) if args.json else print(*release_lines(released), sep="\n")
    elif args.json:
        say(result.as_dict())
    else:
        from workbench.words.decisions import comparison_lines

        print(*comparison_lines(result), sep="\n")
    return GOOD


def sweep(args: Namespace) -> int:
    from workbench.terminal.sweep import sweep as run

    chosen = _setting(args)
    return run(args, _ready(args, chosen), chosen)


def _ready(args: Namespace, chosen: Setting) -> PreparedCases:
    """The cases of a study, histories as recorded. Raises ProblemsFound where another replay is asked for."""
    from workbench.study.replay import prepare

    if args.replay != "as_recorded" or args.engine != "columnar":
        said = f"{args.verb} decides histories as recorded, by the columnar engine"
        raise ProblemsFound([Problem("bad-call", said)])
    return prepare(_cases(args, chosen).accepted, chosen, _assumptions(args, chosen))


def rank(args: Namespace) -> int:
    from workbench.terminal.studies import rank as run

    held = _setting(args)
    return run(args, _ready(args, held), held)


def seek(args: Namespace) -> int:
    from workbench.terminal.studies import seek as run

    held = _setting(args)
    return run(args, _ready(args, held), held)


def attribute(args: Namespace) -> int:
    from workbench.terminal.studies import attribute as run

    drafted = _setting(args)
    published = replace(drafted, draft=None)
    return run(args, _ready(args, published), published, drafted)


def impact(args: Namespace) -> int:
    from workbench.review.impact import How
    from workbench.terminal.impact import checked
    from workbench.terminal.impact import impact as run

    checked(args)
    held = _setting(args)
    how = How(args.as_of, args.program, _assumptions(args, held), args.replay, args.policy, args.minutes)
    return run(args, held.library, _cases(args, held).accepted, replace(how, edits=args.edits))


def monitor(args: Namespace) -> int:
    from workbench.terminal.monitor import checked
    from workbench.terminal.monitor import monitor as run

    checked(args)
    held = _setting(args)
    return run(args, held.library, held)


def intake(args: Namespace) -> int:
    from workbench.terminal.intake import checked
    from workbench.terminal.intake import intake as run

    checked(args)
    return run(args, lambda: _setting(args, own_date=True))


def carry(args: Namespace) -> int:
    from workbench.terminal.carry import carry as run

    return run(args)


def scenario(args: Namespace) -> int:
    from workbench.review.scenario import run_scenarios

    result = run_scenarios(
        [need(f) for f in args.files],
        Path(args.out),
        guidelines=args.guidelines,
        accept=args.accept,
        quiet=_quiet(args),
    )
    if args.json:
        say(result.as_dict())
    else:
        print(*result.lines(), sep="\n")
    return GOOD if result.passed else NO


def program(args: Namespace) -> int:
    from workbench.review.program_days import under_review

    loaded = library(args)
    found = under_review(loaded, args.id, args.on, state=args.state, line=args.line, discipline=args.discipline)
    if args.picture:
        from workbench.review.calendar import draw

        draw(loaded, args.id, Path(args.picture), force=args.force)
    if args.json:
        say(found.as_dict())
    else:
        print(*found.lines(), sep="\n")
    return GOOD


def parity(args: Namespace) -> int:
    from workbench.documents.outputs import claim, write_text
    from workbench.review.parity import compare_parity

    if args.out:
        claim([Path(args.out)], [args.guidelines], force=args.force, endings=[".md"])
    found = compare_parity(library(args), requests=args.requests, seed=args.seed)
    if args.out:
        write_text(args.out, found.markdown())
    if args.json:
        say(found.as_dict())
    else:
        print(*found.lines(), sep="\n")
    return GOOD


def recompute(args: Namespace) -> int:
    from workbench.review.recompute import recompute as again

    loaded, draft = library(args), None
    if args.draft:
        from workbench.guideline.load_draft import load_draft

        draft = load_draft(need(args.draft), loaded)
    result = again(need(args.record), loaded, draft=draft)
    if args.json:
        say(result.as_dict())
    else:
        print(*result.lines(), sep="\n")
    return GOOD if result.same else NO


def conformance(args: Namespace) -> int:
    from workbench.engine.conformance import conformance as run

    result = run(need(args.path))
    if args.json:
        say(result.as_dict())
    else:
        print(*result.lines(), sep="\n")
    return GOOD if result.good else NO


def deidentify(args: Namespace) -> int:
    from workbench.privacy.deidentify import deidentify_file

    report = deidentify_file(
        need(args.file),
        Path(args.out),
        args.profile,
        Path(args.map) if args.map else None,
        drop=args.drop,
        library=library(args),
        force=args.force,
    )
    if args.json:
        say(report.as_dict())
    else:
        print(*report.lines(), sep="\n")
    return GOOD
