"""What each verb of the terminal does: parse nothing, decide nothing, print the answer and return the exit code."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path

from workbench.calls import GOOD, NO, need
from workbench.errors import Problem, ProblemsFound


def say(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1, default=str))


def remark(text: str) -> None:
    print(text, file=sys.stderr)


def library(args: Namespace):
    from workbench.guideline.load import load_guidelines
    return load_guidelines(need(args.guidelines))


def _setting(args: Namespace, draft=None, *, own_date: bool = False):
    """`own_date`: a single decision goes by its own day unless told otherwise."""
    from workbench.engine.setting import setting
    loaded = library(args)
    if getattr(args, "draft", None) and draft is None:
        from workbench.guideline.load_draft import load_draft
        draft = load_draft(need(args.draft), loaded)
    by_date = args.by_date or (own_date and args.as_of is None)
    return setting(loaded, as_of=args.as_of, by_date=by_date, program=args.program, draft=draft or None)


def check(args: Namespace) -> int:
    from workbench.checking import check as run
    return run(args)


def read(args: Namespace) -> int:
    if args.suggest:
        from workbench.cases.suggest import suggest_text
        text = suggest_text(need(args.suggest), library(args))
        if args.json:
            say({"mapping": text})
        else:
            print(text, end="")
        return GOOD
    for name in ("source", "file", "out"):
        if not getattr(args, name):
            raise ProblemsFound([Problem("bad-call", f"read needs {'--out' if name == 'out' else name.upper()}",
                                         hint="workbench read SOURCE FILE --out FILE --quarantine FILE")])
    from workbench.cases.read import read_to
    report = read_to(need(args.file), Path(args.out), library(args), source=args.source, mapping=args.mapping,
                     quarantine=Path(args.quarantine) if args.quarantine else None)
    if args.json:
        say(report.as_dict())
    else:
        print(*report.lines(), sep="\n")
    return GOOD


def generate(args: Namespace) -> int:
    from workbench.cases.generate import generate_to
    generate_to(Path(args.out), args.requests, args.seed, library(args))
    if args.json:
        say({"requests": args.requests, "seed": args.seed, "out": args.out})
    else:
        remark(f"{args.requests:,} invented requests, seed {args.seed}, in {args.out}")
    return GOOD


def decide(args: Namespace) -> int:
    from workbench.cases.request import read_request
    from workbench.engine import reference
    from workbench.review.words import trace_lines
    from workbench.study.replay import facts_of, prepare
    from workbench.study.store import sidecar_of
    chosen = _setting(args, own_date=True)
    frame = prepare(read_request(need(args.request), chosen.library), chosen)
    facts = facts_of(frame.row(0, named=True))
    traced = reference.decide(facts, chosen)
    if args.json:
        from workbench.review.recompute import record_of
        say(record_of(traced.decision, facts, chosen) | {
            "steps": [s.as_dict() for s in traced.steps], "texts": sidecar_of(traced.decision, chosen)})
    else:
        print(*trace_lines(traced), sep="\n")
    return GOOD


def _cases(args: Namespace, chosen):
    """The accepted rows of `--cases`; how many were set aside is said on stderr."""
    from workbench.cases.read import read_cases
    found = read_cases(need(args.cases), chosen.library, mapping=args.mapping)
    if found.set_aside.height:
        remark(f"{found.read:,} rows read: {found.accepted.height:,} accepted, {found.set_aside.height:,} set aside "
               "(workbench read says why)")
    return found.accepted


def _assumptions(args: Namespace, chosen):
    from workbench.cases.assume import load_assumptions
    return load_assumptions(need(args.assume), chosen.library) if args.assume else None


def replay(args: Namespace) -> int:
    from workbench.study.replay import replay as run
    from workbench.study.store import replay_to, write
    chosen = _setting(args)
    options = {"assumptions": _assumptions(args, chosen), "engine": args.engine, "mode": args.replay,
               "policy": args.policy}
    if _written_here(args.cases) and not args.mapping:
        quiet = args.json or not sys.stderr.isatty()
        about = replay_to(need(args.cases), Path(args.out), chosen, quiet=quiet, **options)
    else:
        result = run(_cases(args, chosen), chosen, **options)
        write(result, Path(args.out), chosen)
        about = result.about
    from workbench.study.store import determinations
    counts = determinations(Path(args.out))
    if args.json:
        say({"out": args.out, "determinations": counts, "about": about.as_dict()})
    else:
        from workbench.review.words import about_lines
        print(*about_lines(about), sep="\n")
        print(*(f"  {name:<20}{n:>12,} requests" for name, n in counts.items()), sep="\n")
    return GOOD


def _written_here(path: str) -> bool:
    """Whether a file is one that `read` or `generate` wrote, whose rows were checked then."""
    from workbench.cases.frame import checked
    return path.endswith(".parquet") and Path(path).exists() and checked(Path(path))


def compare(args: Namespace) -> int:
    from workbench.engine.setting import setting
    from workbench.study.compare import compare as put_together
    from workbench.study.replay import prepare
    from workbench.study.replay import replay as run
    drafted = _setting(args)
    published = setting(drafted.library, as_of=args.as_of, by_date=args.by_date, program=args.program)
    assumptions = _assumptions(args, drafted)
    frame = prepare(_cases(args, drafted), published, assumptions)
    options = {"assumptions": assumptions, "engine": args.engine, "mode": args.replay, "policy": args.policy,
               "prepared": True}
    result = put_together(run(frame, published, **options), run(frame, drafted, **options))
    if args.release:
        from workbench.study.release import release, release_lines
        released = release(result)
        say(released) if args.json else print(*release_lines(released), sep="\n")
    elif args.json:
        say(result.as_dict())
    else:
        from workbench.review.words import comparison_lines
        print(*comparison_lines(result), sep="\n")
    return GOOD


def diff(args: Namespace) -> int:
    from workbench.review.difference import diff_draft, diff_versions
    loaded = library(args)
    if args.two:
        found = diff_versions(loaded, args.one, args.two)
    else:
        from workbench.guideline.load_draft import load_draft
        found = diff_draft(loaded, load_draft(need(args.one), loaded))
    if args.json:
        say(found.as_dict())
    else:
        print(*found.lines(), sep="\n")
    return GOOD


def scenario(args: Namespace) -> int:
    from workbench.review.scenario import run_scenarios
    result = run_scenarios([need(f) for f in args.files], Path(args.out), guidelines=args.guidelines,
                           accept=args.accept, quiet=args.json or not sys.stderr.isatty())
    if args.json:
        say(result.as_dict())
    else:
        print(*result.lines(), sep="\n")
    return GOOD if result.passed else NO


def program(args: Namespace) -> int:
    from workbench.review.program_days import under_review
    loaded = library(args)
    found = under_review(loaded, args.id, args.on)
    if args.picture:
        from workbench.review.calendar import draw
        draw(loaded, args.id, Path(args.picture))
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
    from workbench.cases.privacy import deidentify_file
    report = deidentify_file(need(args.file), Path(args.out), args.profile, Path(args.map) if args.map else None,
                             drop=args.drop)
    if args.json:
        say(report.as_dict())
    else:
        print(*report.lines(), sep="\n")
    return GOOD
