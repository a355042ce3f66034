"""The path of a data scientist: from a file to a sweep."""

from __future__ import annotations

from workbench.cases.frame import CaseFrame
from workbench.documents.outputs import write_text
from workbench.generator.generate import generate
from workbench.lab.touring.ground import Ground, Seen, need
from workbench.reading.read import read_cases
from workbench.study.replay import prepare, replay
from workbench.study.sweep import axis_of, sweep
from workbench.words.decisions import DETERMINATION, about_lines
from workbench.words.numbers import count, percent

REQUESTS, SEED = 600, 11
CONTROL, VALUES = ("physical-therapy", "parameters.attendance_needed"), (60, 75, 90)


def a_file(ground: Ground) -> Seen:
    """A CSV file as a payer's system gives it out, with one row in which somebody wrote words for a number."""
    made = generate(REQUESTS, SEED, ground.library)
    names = made.columns
    codes = made["procedures"].list.join(";")
    rows = made.with_columns(codes).write_csv().splitlines()
    wrong = rows[1].split(",")
    wrong[names.index("request_id")], wrong[names.index("requested_visits")] = "R-by-hand", "as many as it takes"
    path = ground.folder / "history.csv"
    write_text(path, "\n".join([*rows, ",".join(wrong)]) + "\n")
    ground.kept["file"] = path
    return Seen(f"{path.name}: {count(len(rows))} rows below {count(len(names))} names of columns.")


def read_it(ground: Ground) -> Seen:
    """Every row is accepted or set aside with its reason; none is lost."""
    found = read_cases(ground.folder / "history.csv", ground.library, None)
    need(len(found.accepted) + len(found.set_aside) == REQUESTS + 1, "a row was lost")
    need(len(found.set_aside) == 1, "the row with words for a number was taken")
    ground.kept["cases"] = found.accepted
    reason = found.set_aside.row(0, named=True)
    text = f"{count(REQUESTS + 1)} read = {count(len(found.accepted))} accepted + 1 set aside."
    return Seen(text, (f"{reason['request_id']}: {'; '.join(reason['reasons'])}",))


def decide_it(ground: Ground) -> Seen:
    """The history decided again, by the versions in force."""
    cases: CaseFrame = ground.kept["cases"]  # type: ignore[assignment]
    prepared = prepare(cases, ground.published)
    done = replay(prepared, ground.published)
    counts = dict(done.decisions["determination"].value_counts(sort=True).iter_rows())
    need(sum(counts.values()) == len(cases), "a request was not decided")
    ground.kept["prepared"] = prepared
    told = tuple(f"{DETERMINATION[name]}: {count(n)} requests" for name, n in counts.items())
    return Seen(about_lines(done.about)[0], told)


def sweep_a_number(ground: Ground) -> Seen:
    """One number through its range: what the approval rate comes to at each value."""
    found = sweep(ground.kept["prepared"], ground.published, [axis_of(ground.published, *CONTROL, VALUES)])  # type: ignore[arg-type]
    rows = found.table.filter(metric="approval_rate").to_dicts()
    need(len(rows) == len(VALUES), "a value has no rate")
    rates = [r["draft"] for r in rows]
    need(rates == sorted(rates, reverse=True) and rates[0] > rates[-1], "more attendance does not lower the rate")
    told = tuple(f"{CONTROL[1]} = {r[CONTROL[1]]:g}: {percent(r['draft'])} approved" for r in rows)
    return Seen("The more attendance is asked for, the fewer requests are approved at once.", told)
