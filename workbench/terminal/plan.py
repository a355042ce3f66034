"""`workbench plan GUIDELINE`: the six steps of a guideline as the engine runs them, a line for each named column."""

from __future__ import annotations

import json
import sys
from argparse import Namespace

from workbench.engine.columns import Plan
from workbench.engine.plan import plans
from workbench.engine.setting import setting
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.guideline.load import load_guidelines
from workbench.guideline.versions import find_guideline, overlay_on
from workbench.terminal.exit_codes import GOOD, need_guidelines


def plan(args: Namespace) -> int:
    """Print the plan of a guideline as of a day (the default deciding day), under a plan's overlay where one is named.
    `ID/VERSION` is that version, whatever the day chooses. Raises ProblemsFound for a guideline or plan that does not
    count on that day."""
    id_, _, version = args.guideline.partition("/")
    library = load_guidelines(need_guidelines(args.guidelines))
    pins = {id_: find_guideline(library, id_, version).version} if version else {}
    chosen = setting(library, as_of=args.as_of, program=args.program, pins=pins)
    day = chosen.as_of
    assert day is not None
    found = {g.id: g for g in chosen.guidelines(day)}
    if id_ not in found:
        problem = Problem("unknown-guideline", f"no {id_} decides on {day}", hint=nearest(id_, found))
        raise ProblemsFound([problem])
    overlay = overlay_on(chosen.library, args.plan, day) if args.plan else None
    if args.plan and overlay is None:
        known = sorted({o.plan for o in chosen.library.overlays})
        problem = Problem(
            "unknown-plan", f"the plan {args.plan} has no overlay on {day}", hint=nearest(args.plan, known)
        )
        raise ProblemsFound([problem])
    ((made, _),) = plans([chosen.rules(found[id_], overlay)], named=args.program is not None)
    sys.stdout.write(_json(made) if args.json else _text(made))
    return GOOD


def _json(made: Plan) -> str:
    columns = [
        {
            "name": c.name,
            "expression": c.expression,
            "columns": list(c.uses),
            "facts": list(c.facts),
            "parameters": list(c.parameters),
        }
        for c in made.describe()
    ]
    told = {"guideline": made.guideline, "plans": list(made.variants), "limits": list(made.rows), "columns": columns}
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _text(made: Plan) -> str:
    lines = [f"{made.guideline} {' '.join(v for v in made.variants if v)}".rstrip()]
    lines.append(f"limit rows: {', '.join(f'{i} {row}' for i, row in enumerate(made.rows, start=1))}")
    for c in made.describe():
        lines += ["", f"{c.name} = {c.expression}"]
        for what, names in (("columns", c.uses), ("facts", c.facts), ("parameters", c.parameters)):
            if names:
                lines.append(f"    {what}: {', '.join(names)}")
    return "\n".join(lines) + "\n"
