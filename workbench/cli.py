"""The verbs for a terminal. Each imports its room only when it runs, so that `workbench check` starts in a blink.

Exit codes: 0 good; 1 the answer is "no" (problems found, a gate failed, a record differs); 2 the call was wrong.
With `--json` stdout holds one JSON value and nothing else; remarks go to stderr.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date

from workbench.calls import GOOD, NO, OF_THE_CALL, WRONG
from workbench.errors import Problem, ProblemsFound, printable


class Parser(argparse.ArgumentParser):
    """argparse, with our exit code and the nearest option named."""

    def error(self, message: str) -> None:
        self.print_usage(sys.stderr)
        self.exit(WRONG, f"{self.prog}: {message}\n")


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write 2026-01-31") from None


def count(text: str) -> int:
    try:
        n = int(text.replace("_", "").replace(",", ""))
    except ValueError:
        n = 0
    if n < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a count; write a whole number above 0")
    return n


def _common() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--guidelines", metavar="DIR", default="guidelines",
                        help="the guideline folder, with its plans and programs (default: guidelines)")
    common.add_argument("--json", action="store_true", help="one JSON value on stdout, nothing else")
    return common


def _deciding() -> argparse.ArgumentParser:
    deciding = argparse.ArgumentParser(add_help=False)
    deciding.add_argument("--program", metavar="ID", help="the program that says where review is required "
                          "(default: none, review is required everywhere)")
    which = deciding.add_mutually_exclusive_group()
    which.add_argument("--as-of", type=day, metavar="DATE", help="decide all by the versions of this day (default: "
                       "the latest day on which a published version took effect)")
    which.add_argument("--by-date", action="store_true", help="decide each request by its own received_on")
    return deciding


def _replaying() -> argparse.ArgumentParser:
    replaying = argparse.ArgumentParser(add_help=False, parents=[_deciding()])
    replaying.add_argument("--cases", required=True, metavar="FILE", help="cases: Parquet, CSV or Excel")
    replaying.add_argument("--mapping", metavar="FILE", help="how the columns of FILE become facts")
    replaying.add_argument("--assume", metavar="FILE", help="an assumptions file, for missing facts")
    replaying.add_argument("--engine", choices=("columnar", "reference"), default="columnar")
    replaying.add_argument("--replay", choices=("as_recorded", "carried_forward"), default="as_recorded",
                           help="histories as recorded (default), or carried forward from what was granted")
    replaying.add_argument("--policy", choices=("history", "all", "none"), default="history",
                           help="what an undecided request supports, carried forward (default: history)")
    return replaying


def parser() -> Parser:
    """The whole command line."""
    top = Parser(prog="workbench", description="Rules for therapy coverage: written, tried on history, reviewed.")
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    common, deciding, replaying = _common(), _deciding(), _replaying()

    def verb(name: str, help_: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=help_, description=help_, parents=[common, *parents])

    check = verb("check", "Load guideline files and list every problem and doubt.")
    check.add_argument("paths", nargs="*", metavar="PATH", help="only what concerns these files or folders")
    check.add_argument("--strict", action="store_true", help="warnings count as problems")
    check.add_argument("--coverage", action="store_true", help="list what no example reaches")
    check.add_argument("--mutate", action="store_true", help="list the changes that break no example")

    read = verb("read", "Read a source into cases; what can not be used is set aside with its reasons.")
    read.add_argument("source", metavar="SOURCE", nargs="?", help="narratives, imr, claims, or cases (with --mapping)")
    read.add_argument("file", metavar="FILE", nargs="?")
    read.add_argument("--out", metavar="FILE", help="where accepted cases go (Parquet)")
    read.add_argument("--quarantine", metavar="FILE", help="where rows set aside go (Parquet or CSV)")
    read.add_argument("--mapping", metavar="FILE", help="how the columns of FILE become facts")
    read.add_argument("--suggest", metavar="FILE", help="propose a first mapping for FILE and stop")

    generate = verb("generate", "Invent requests, calibrated and seeded.")
    generate.add_argument("--requests", type=count, required=True, metavar="N")
    generate.add_argument("--seed", type=int, default=1, metavar="S")
    generate.add_argument("--out", required=True, metavar="FILE")

    decide = verb("decide", "Decide one request and say why.", deciding)
    decide.add_argument("request", metavar="REQUEST.yaml")
    decide.add_argument("--draft", metavar="DRAFT.yaml", help="decide under this draft")

    replay = verb("replay", "Decide history.", replaying)
    replay.add_argument("--out", required=True, metavar="FILE", help="where the decisions go (Parquet)")
    replay.add_argument("--draft", metavar="DRAFT.yaml", help="decide under this draft")

    compare = verb("compare", "Decide history under published and draft, and say what changes.", replaying)
    compare.add_argument("--draft", required=True, metavar="DRAFT.yaml")
    compare.add_argument("--release", action="store_true", help="hide small counts: a result that may be passed on")

    diff = verb("diff", "Say in words what a draft, or one version against another, changes.")
    diff.add_argument("one", metavar="DRAFT.yaml | GUIDELINE/VERSION")
    diff.add_argument("two", metavar="GUIDELINE/VERSION", nargs="?")

    scenario = verb("scenario", "Run scenarios: notebook, expected key numbers, gates, report.")
    scenario.add_argument("files", nargs="+", metavar="FILE")
    scenario.add_argument("--out", metavar="DIR", default="artefacts/scenarios")
    scenario.add_argument("--accept", action="store_true", help="write the key numbers found as those expected")

    program = verb("program", "Say who is under review on a day.")
    program.add_argument("id", metavar="ID")
    program.add_argument("--on", type=day, required=True, metavar="DATE")
    program.add_argument("--picture", metavar="FILE", help="draw the calendar (PNG or SVG)")

    recompute = verb("recompute", "Decide a recorded request again: the same bytes, or what differs.")
    recompute.add_argument("record", metavar="RECORD.json")
    recompute.add_argument("--draft", metavar="DRAFT.yaml", help="the draft that the record was made under")

    conformance = verb("conformance", "Run HL7's CQL tests through every reading.")
    conformance.add_argument("path", metavar="FOLDER", nargs="?", default="../shared/data/cql-tests")

    private = verb("deidentify", "Remove what identifies people from a file of cases.")
    private.add_argument("file", metavar="FILE")
    private.add_argument("--profile", choices=("safe_harbor", "shifted"), required=True)
    private.add_argument("--out", required=True, metavar="FILE")
    private.add_argument("--map", metavar="FILE", help="where the map from identifiers to surrogates is kept, apart")
    private.add_argument("--drop", action="append", metavar="COLUMN", default=[],
                         help="leave this column out, known or not; may be given again")
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit code."""
    top, words = parser(), sys.argv[1:] if argv is None else argv
    odd = [w for w in words if any("\ud800" <= c <= "\udfff" for c in w)]
    if odd:
        top.error(f"{printable(odd[0])} is not UTF-8")
    args = top.parse_args(words)
    from workbench import verbs
    try:
        return getattr(verbs, args.verb)(args)
    except ProblemsFound as found:
        return complain(found.problems, args)
    except FileNotFoundError as error:
        return complain([Problem("missing-file", "there is no such file", str(error.filename))], args, WRONG)
    except BrokenPipeError:
        sys.stderr.close()
        return GOOD
    except OSError as error:
        return complain([Problem("unreadable", str(error.strerror or error), str(error.filename or ""))], args, WRONG)
    except KeyboardInterrupt:
        print("interrupted; nothing was left half done", file=sys.stderr)
        return 130


def complain(problems: Sequence[Problem], args: argparse.Namespace, code: int | None = None) -> int:
    """Print problems where the call wants them; the exit code that they mean."""
    if args.json:
        print(json.dumps({"problems": [p.as_dict() for p in problems]}, ensure_ascii=False, indent=1))
    for problem in () if args.json else problems:
        print(problem, file=sys.stderr)
    if code is None:
        code = WRONG if all(p.code in OF_THE_CALL for p in problems) else NO
    return code


if __name__ == "__main__":
    sys.exit(main())
