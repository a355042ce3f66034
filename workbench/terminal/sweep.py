"""`workbench sweep GUIDELINE CONTROL`: what every value of a number comes to, as a table and a picture."""

from __future__ import annotations

from argparse import Namespace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from workbench.cases.prepared import PreparedCases
from workbench.documents.outputs import claim
from workbench.engine.setting import Setting
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.guideline.moves import Movable
from workbench.study.listing import GROUPED
from workbench.study.metrics import METRICS
from workbench.study.sweep import Axis, Swept, control_of, write
from workbench.study.sweep import sweep as run
from workbench.terminal.exit_codes import GOOD


def sweep(args: Namespace, cases: PreparedCases, published: Setting) -> int:
    """Sweep, then write and say. Raises ProblemsFound for a control, range, metric or fact that is none."""
    from workbench.terminal.streams import as_json

    _check(args)
    claim(
        [args.out],
        [args.cases, args.guidelines, args.mapping, args.assume],
        force=args.force,
        endings=(".csv", ".parquet"),
    )
    claim([args.figure], [args.cases, args.guidelines], force=args.force, endings=(".png", ".svg"))
    asked = [(args.control, args.values, args.step), (args.second, args.second_values, args.second_step)]
    axes = [_axis(control_of(published, args.guideline, name), *how) for name, *how in asked if name]

    found = run(cases, published, axes, by=args.by or "", metrics=args.metric or ())
    if args.out:
        write(found, Path(args.out))
    if args.figure:
        from workbench.words.figures import save
        from workbench.words.sweep_figures import figure

        save(figure(found, (args.metric or ["approval_rate"])[0]), Path(args.figure))
    if args.json:
        print(as_json({"about": found.about.as_dict(), "rows": found.table.to_dicts()}))
    else:
        print(*_lines(found, args.out), sep="\n")
    return GOOD


def _check(args: Namespace) -> None:
    problems = [
        Problem("bad-call", f"there is no metric {m}", hint=nearest(m, METRICS))
        for m in args.metric or ()
        if m not in METRICS
    ]
    if args.by and args.by not in GROUPED:
        problems.append(Problem("bad-call", f"groups are not made by {args.by}", hint=nearest(args.by, GROUPED)))
    if args.by and args.second and args.figure:
        problems.append(Problem("bad-call", "a map of two numbers is of all requests, not of groups"))
    if problems:
        raise ProblemsFound(problems)


def _axis(control: Movable, values: str | None, step: str | None) -> Axis:
    low, dots, high = (values or "").partition("..")
    if values and not dots:
        raise ProblemsFound(
            [Problem("bad-call", f"{values} is no range of values", hint="write LOW..HIGH, as in 4..24")]
        )
    return Axis(control, control.values(_number(low), _number(high), _number(step or "")))


def _number(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise ProblemsFound([Problem("bad-call", f"{text!r} is not a number")])
    return found


def _lines(found: Swept, out: str | None) -> list[str]:
    """The swept rates at each value, or where the table stands."""
    from workbench.words.decisions import about_lines

    lines = list(about_lines(found.about))
    keys = [a.control.key for a in found.axes]
    lines += ["", "draft − published, histories as recorded; rates in %, all else in counts", ""]
    names = [*keys, *([found.by] if found.by else []), "metric"]
    lines.append("".join(f"{n:>28}" for n in names) + f"{'published':>14}{'draft':>14}{'difference':>14}")
    for row in found.table.head(60).iter_rows(named=True):
        said = "".join(f"{format(row[n], 'g') if isinstance(row[n], float) else row[n]!s:>28}" for n in names)
        told = (_told(row[side], row["unit"]) for side in ("published", "draft", "difference"))
        lines.append(said + "".join(f"{t:>14}" for t in told))
    if found.table.height > 60:
        lines.append(
            f"… {found.table.height - 60:,} rows more" + (f" in {out}" if out else "; --out writes all of them")
        )
    return lines


def _told(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return (f"{100 * value:,.2f}" if unit == "share" else f"{value:,.0f}").replace("-", "−")
