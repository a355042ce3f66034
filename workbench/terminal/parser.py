"""The verbs for a terminal. Each imports its room only when it runs, so that `workbench check` starts in a blink.

Exit codes: 0 good; 1 the answer is "no" (problems found, a gate failed, a record differs); 2 the call was wrong.
With `--json` stdout holds one JSON value and nothing else; remarks go to stderr.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
from collections.abc import Sequence
from typing import Never

from workbench import __version__
from workbench.errors import Problem, ProblemsFound, closest, printable
from workbench.facts import US_STATES, facts
from workbench.log import show_log, timed
from workbench.terminal.arguments import count, day
from workbench.terminal.exit_codes import EXIT_CODES, GOOD, INTERRUPTED, NO, OF_THE_CALL, WRONG
from workbench.terminal.intake_parser import add_intake
from workbench.terminal.monitor_parser import add_monitor
from workbench.terminal.review_parser import add_reviewing
from workbench.terminal.streams import any_terminal, as_json

log = logging.getLogger(__name__)


class Parser(argparse.ArgumentParser):
    """argparse, with our exit code and the nearest option named."""

    options: tuple[str, ...] = ()  # of all verbs

    def error(self, message: str) -> Never:
        self.print_usage(sys.stderr)
        hint = self._nearest(message)
        self.exit(WRONG, f"{self.prog}: {message}{f' ({hint})' if hint else ''}\n")

    def _nearest(self, message: str) -> str:
        """The nearest right word where a choice or an option is wrong."""
        choice = re.match(r".*invalid choice: '(.*)' \(choose from (.*)\)", message)
        if choice:
            return _close(choice[1], [w.strip(" '") for w in choice[2].split(",")])
        option = re.match(r"unrecognized arguments: (--[\w-]+)", message)
        return _close(option[1], self.options) if option else ""


def _close(word: str, among: Sequence[str]) -> str:
    meant = closest(word, among)
    return f"did you mean {meant}?" if meant else ""


def _common() -> Parser:
    common = Parser(add_help=False)
    common.add_argument(
        "--guidelines",
        metavar="DIR",
        default="guidelines",
        help="the guideline folder, with its plans and programs (default: guidelines)",
    )
    common.add_argument("--json", action="store_true", help="one JSON value on stdout, nothing else")
    common.add_argument("--verbose", action="store_true", help="say on stderr what is done and how long it takes")
    return common


def _writing() -> Parser:
    writing = Parser(add_help=False)
    writing.add_argument(
        "--force", action="store_true", help="replace files that are there already (never one that this call reads)"
    )
    return writing


def _deciding() -> Parser:
    deciding = Parser(add_help=False)
    deciding.add_argument(
        "--program",
        metavar="ID",
        help="the program that says where review is required (default: none, review is required everywhere)",
    )
    which = deciding.add_mutually_exclusive_group()
    which.add_argument(
        "--as-of",
        type=day,
        metavar="DATE",
        help="decide all by the versions of this day (default: "
        "the latest day on which a published version took effect)",
    )
    which.add_argument("--by-date", action="store_true", help="decide each request by its own received_on")
    return deciding


def _replaying(*more: str) -> Parser:
    """`more` are engines beside the two that run here."""
    replaying = Parser(add_help=False, parents=[_deciding()])
    replaying.add_argument("--cases", required=True, metavar="FILE", help="cases: Parquet, CSV or Excel")
    replaying.add_argument("--mapping", metavar="FILE", help="how the columns of FILE become facts")
    replaying.add_argument("--assume", metavar="FILE", help="an assumptions file, for missing facts")
    replaying.add_argument("--engine", choices=("columnar", "reference", *more), default="columnar")
    replaying.add_argument(
        "--replay",
        choices=("as_recorded", "carried_forward"),
        default="as_recorded",
        help="histories as recorded (default), or carried forward from what was granted",
    )
    replaying.add_argument(
        "--policy",
        choices=("history", "all", "none"),
        default="history",
        help="what an undecided request supports, carried forward (default: history)",
    )
    return replaying


def _choices(fact: str) -> tuple[str, ...]:
    return facts()[fact].choices


def parser() -> Parser:
    """The whole command line."""
    top = Parser(
        prog="workbench",
        description="Rules for therapy coverage: written, tried on history, reviewed.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"workbench {__version__}")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    common, deciding, replaying, writing = _common(), _deciding(), _replaying(), _writing()

    def verb(name: str, help_: str, *parents: Parser) -> Parser:
        return verbs.add_parser(name, help=help_, description=help_, parents=[common, *parents])

    check = verb("check", "Load guideline files and list every problem and doubt.")
    check.add_argument("paths", nargs="*", metavar="PATH", help="only what concerns these files or folders")
    check.add_argument("--strict", action="store_true", help="warnings count as problems")
    check.add_argument("--coverage", action="store_true", help="list what no example reaches")
    check.add_argument("--mutate", action="store_true", help="list the changes that no written example notices")
    check.add_argument(
        "--sample",
        type=count,
        metavar="N",
        help="with --mutate: so many changes of each kind and file, drawn in the same way each time",
    )

    read = verb("read", "Read a source into cases; what can not be used is set aside with its reasons.", writing)
    read.add_argument("source", metavar="SOURCE", nargs="?", help="narratives, imr, claims, or cases")
    read.add_argument("file", metavar="FILE", nargs="?")
    read.add_argument("--out", metavar="FILE", help="where accepted cases go (Parquet), or a mapping proposed (YAML)")
    read.add_argument("--quarantine", metavar="FILE", help="where rows set aside go (Parquet or CSV)")
    read.add_argument("--mapping", metavar="FILE", help="how the columns of FILE become facts, or are those of SOURCE")
    read.add_argument(
        "--suggest", metavar="FILE", help="propose a first mapping for FILE, on stdout or in --out, and stop"
    )

    generate = verb("generate", "Invent requests, calibrated and seeded.", writing)
    generate.add_argument("--requests", type=count, required=True, metavar="N")
    generate.add_argument("--seed", type=int, default=1, metavar="S")
    generate.add_argument("--out", required=True, metavar="FILE")

    decide = verb("decide", "Decide one request and say why.", deciding)
    decide.add_argument("request", metavar="REQUEST.yaml")
    decide.add_argument("--draft", metavar="DRAFT.yaml", help="decide under this draft")

    replay = verb("replay", "Decide history.", _replaying("spark"), writing)
    replay.add_argument(
        "--out", required=True, metavar="FILE", help="where the decisions go (Parquet); a folder with --engine spark"
    )
    replay.add_argument("--draft", metavar="DRAFT.yaml", help="decide under this draft")

    compare = verb("compare", "Decide history under published and draft, and say what changes.", _replaying("spark"))
    compare.add_argument("--out", metavar="DIR", help="with --engine spark: where both folders of decisions go")
    compare.add_argument("--force", action="store_true", help="with --engine spark: replace folders that are there")
    compare.add_argument("--draft", required=True, metavar="DRAFT.yaml")
    compare.add_argument("--release", action="store_true", help="hide small counts: a result that may be passed on")
    compare.add_argument(
        "--log", metavar="FILE", help="where a release is entered; one that shares requests with another is refused"
    )

    for on_spark in (replay, compare):
        on_spark.add_argument(
            "--master", metavar="URL", help="with --engine spark: where it runs, as in local[2] or spark://HOST:7077"
        )

    diff = verb("diff", "Say what a draft, or one version or draft against another, changes.", writing)
    diff.add_argument(
        "one",
        metavar="ONE",
        help="a draft (.yaml), or a version: GUIDELINE/VERSION, PLAN/VERSION, PROGRAM/VERSION, conditions/VERSION",
    )
    diff.add_argument("two", metavar="TWO", nargs="?", help="another draft, or another version, that comes after")
    diff.add_argument(
        "--format",
        choices=("plain", "html", "markdown", "json"),
        help="plain text (default), a page with both sides, Markdown for a pull request, or JSON",
    )
    diff.add_argument("--out", metavar="FILE", help="write it here")
    diff.add_argument("--prove", action="store_true", help="prove for which requests it is stricter or more permissive")
    which = diff.add_mutually_exclusive_group()
    which.add_argument("--plan", metavar="PLAN", default="", help="with --prove: under the overlay of this health plan")
    which.add_argument("--every-plan", action="store_true", help="with --prove: under no overlay, and under each")
    diff.add_argument("--cases", metavar="FILE", help="with --prove: count the requests of these cases in each region")
    diff.add_argument("--mapping", metavar="FILE", help="how the columns of the cases become facts")
    diff.add_argument("--seconds", type=count, default=10, metavar="N", help="the solver's time for one formula")

    said = "Say what a draft made on an older text would change in today's, and write it as a draft on that."
    carry = verb("carry", said, writing)
    carry.add_argument("draft", metavar="DRAFT.yaml")
    carry.add_argument("--out", metavar="FILE.yaml", help="write it here (default: say only what it would change)")

    scenario = verb("scenario", "Run scenarios: notebook, expected key numbers, gates, report.")
    scenario.add_argument("files", nargs="+", metavar="FILE")
    scenario.add_argument("--out", metavar="DIR", default="artefacts/scenarios")
    scenario.add_argument("--accept", action="store_true", help="write the key numbers found as those expected")

    said = "Move one number of a guideline, or two, through their ranges, and say what every rate and count comes to."
    sweep = verb("sweep", said, replaying, writing)
    sweep.add_argument("guideline", metavar="GUIDELINE")
    sweep.add_argument(
        "control",
        metavar="CONTROL",
        help="parameters.ID, limits.ROW.visits (weeks, per_week), waivers.ID.visits, criteria.ID; PLAN:… of an overlay",
    )
    sweep.add_argument(
        "--values", metavar="LOW..HIGH", help="the range (default: that of the parameter, or up to 2½ times the limit)"
    )
    sweep.add_argument("--step", metavar="N")
    sweep.add_argument("--and", dest="second", metavar="CONTROL", help="a second number, moved together with the first")
    sweep.add_argument("--and-values", dest="second_values", metavar="LOW..HIGH")
    sweep.add_argument("--and-step", dest="second_step", metavar="N")
    sweep.add_argument("--metric", action="append", metavar="NAME", help="only this metric (may be given again)")
    sweep.add_argument("--by", metavar="FACT", help="in groups of this fact")
    sweep.add_argument("--out", metavar="FILE", help="where the whole table goes (CSV or Parquet)")
    sweep.add_argument("--figure", metavar="FILE", help="draw the first metric (PNG or SVG)")

    rank = verb(
        "rank", "Rank the controls of a guideline by what moving each alone does to a goal.", replaying, writing
    )
    rank.add_argument("guideline", metavar="GUIDELINE")
    goal = "a rate, newly_referred or a determination (default: approval_rate)"
    rank.add_argument("--goal", default="approval_rate", metavar="METRIC", help=goal)
    orders = ("effect", "swing", "reach", "loses")
    rank.add_argument("--order", choices=orders, default="effect", help="what comes first (default: effect of a step)")
    rank.add_argument("--by", default="condition", metavar="FACT", help="look here for who loses most")
    rank.add_argument("--control", action="append", metavar="CONTROL", help="only this control (may be given again)")
    rank.add_argument("--draft", metavar="DRAFT.yaml", help="move what this draft leaves")
    rank.add_argument("--most", type=count, default=15, metavar="N", help="say the first N (default 15)")

    attribute = verb("attribute", "Say what of a draft's effect is due to each of its edits.", replaying, writing)
    attribute.add_argument("--draft", required=True, metavar="DRAFT.yaml")
    attribute.add_argument("--orders", type=count, default=200, metavar="N", help="beyond 12 edits: orders to draw")
    attribute.add_argument("--seed", type=int, default=1, metavar="S")
    for study in (rank, attribute):
        study.add_argument("--out", metavar="FILE", help="where the whole table goes (CSV or Parquet)")
    rank.add_argument("--figure", metavar="FILE", help="draw the first controls (PNG or SVG)")

    said = "Seek the smallest change of a guideline's numbers that brings a rate to a goal, or say why there is none."
    seek = verb("seek", said, replaying, writing)
    seek.add_argument("guideline", metavar="GUIDELINE")
    seek.add_argument("metric", metavar="RATE")
    goal_ = seek.add_mutually_exclusive_group(required=True)
    goal_.add_argument("--at-least", metavar="SHARE", help="of 1, as in 0.85")
    goal_.add_argument("--at-most", metavar="SHARE")
    seek.add_argument("--among", choices=("all", "complete"), default="all", help="the requests that count")
    seek.add_argument("--newly-referred", type=int, metavar="N", help="at most so many")
    seek.add_argument("--by", metavar="FACT", help="no group of this fact worse by more than --points")
    seek.add_argument("--points", metavar="N", help="of 100")
    seek.add_argument("--steps", type=count, default=8, metavar="N", help="a row moves so far at most (default 8)")
    seek.add_argument("--also", action="append", metavar="CONTROL", help="a parameter or switch to try beneath")
    seek.add_argument("--seed", type=int, default=1, metavar="S")
    seek.add_argument("--draft", metavar="DRAFT.yaml", help="move what this draft leaves")
    seek.add_argument("--drafts", metavar="DIR", help="write the proposals here, as goal-1.yaml, …")
    seek.add_argument("--figure", metavar="FILE", help="draw the change against the rate (PNG or SVG)")

    add_monitor(verb, deciding, writing)
    add_intake(verb, deciding, writing)

    plan = verb("plan", "Print the steps of a guideline as the engine runs them: each column and what it hangs on.")
    plan.add_argument("guideline", metavar="GUIDELINE")
    plan.add_argument("--plan", metavar="PLAN", help="under the overlay of this health plan")
    plan.add_argument("--program", metavar="ID", help="as where this program is named")
    plan.add_argument("--as-of", type=day, metavar="DATE", help="the versions of this day (default: the latest)")

    said = "Ask of every request that there can be whether a guideline keeps its laws: a proof, or one that breaks it."
    prove = verb("prove", said)
    prove.add_argument("names", nargs="*", metavar="GUIDELINE", help="ID or ID/VERSION (default: all that decide)")
    prove.add_argument(
        "--question", action="append", metavar="NAME", default=[], help="only this one (may be given again)"
    )
    prove.add_argument("--plan", metavar="PLAN", help="only under the overlay of this health plan")
    prove.add_argument("--draft", metavar="DRAFT.yaml", help="under this draft")
    prove.add_argument(
        "--seconds", type=count, default=10, metavar="N", help="the solver's time for one formula (default: 10)"
    )

    program = verb("program", "Say who is under review on a day.", writing)
    program.add_argument("id", metavar="ID")
    program.add_argument("--on", type=day, required=True, metavar="DATE")
    program.add_argument(
        "--state", type=str.upper, choices=US_STATES, metavar="STATE", help="only this state, as in CA"
    )
    program.add_argument("--line", choices=_choices("line_of_business"), help="only this line of business")
    program.add_argument("--discipline", type=str.upper, choices=_choices("discipline"))
    program.add_argument("--picture", metavar="FILE", help="draw the calendar (PNG or SVG)")

    parity = verb("parity", "Hold mental-health and habilitative care against medical rehabilitative care.", writing)
    parity.add_argument("--requests", type=count, default=20_000, metavar="N", help="invented requests (default 20000)")
    parity.add_argument("--seed", type=int, default=7, metavar="N")
    parity.add_argument("--out", metavar="FILE.md", help="write the page here")

    recompute = verb("recompute", "Decide a recorded request again: the same bytes, or what differs.")
    recompute.add_argument("record", metavar="RECORD.json")
    recompute.add_argument("--draft", metavar="DRAFT.yaml", help="the draft that the record was made under")

    conformance = verb("conformance", "Run HL7's CQL tests through every reading.")
    conformance.add_argument("path", metavar="FOLDER", help="a copy of cqframework/cql-tests (its *.xml)")

    private = verb("deidentify", "Remove what identifies people from a file of cases.", writing)
    private.add_argument("file", metavar="FILE")
    private.add_argument("--profile", choices=("safe_harbor", "shifted"), required=True)
    private.add_argument("--out", required=True, metavar="FILE")
    private.add_argument("--map", metavar="FILE", help="where the map from identifiers to surrogates is kept, apart")
    private.add_argument(
        "--drop",
        action="append",
        metavar="COLUMN",
        default=[],
        help="leave this column out, known or not; may be given again",
    )
    add_reviewing(verb, writing, replaying)
    Parser.options = tuple(sorted({o for p in verbs.choices.values() for o in p._option_string_actions}))
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code."""
    any_terminal()
    top, words = parser(), sys.argv[1:] if argv is None else argv
    odd = [w for w in words if any("\ud800" <= c <= "\udfff" for c in w)]
    if odd:
        top.error(f"{printable(odd[0])} is not UTF-8")
    args = top.parse_args(words)
    show_log(args.verbose)
    from workbench.terminal import reviewing, verbs

    try:
        with timed(log, args.verb):
            code: int = getattr(reviewing if args.verb in reviewing.__all__ else verbs, args.verb)(args)
        sys.stdout.flush()  # a reader that is gone is noticed here, not when Python ends
        return code
    except ProblemsFound as found:
        return complain(found.problems, args)
    except BrokenPipeError:
        return _pipe_closed()
    except OSError as error:
        return complain([_of_the_system(error)], args, WRONG)
    except KeyboardInterrupt:
        print("interrupted; nothing was left half done", file=sys.stderr)
        return INTERRUPTED


def _of_the_system(error: OSError) -> Problem:
    """What the operating system refused, with the file's name where it told one."""
    name = "" if error.filename is None else str(error.filename)
    reason = error.strerror or str(error) or type(error).__name__
    if isinstance(error, FileNotFoundError):
        return Problem("missing-file", f"there is no such file{'' if name else f': {reason}'}", name)
    return Problem("unreadable", reason, name)


def _pipe_closed() -> int:
    """Whoever read the output has had enough: nothing more is written, not even when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return GOOD


def complain(problems: Sequence[Problem], args: argparse.Namespace, code: int | None = None) -> int:
    """Print problems where the call wants them; the exit code that they mean."""
    if args.json:
        print(as_json({"problems": [p.as_dict() for p in problems]}))
    for problem in () if args.json else problems:
        print(problem, file=sys.stderr)
    if code is None:
        code = WRONG if all(p.code in OF_THE_CALL for p in problems) else NO
    return code


if __name__ == "__main__":
    sys.exit(main())
