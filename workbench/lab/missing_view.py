"""What generated papers leave out, and whose they are."""

from __future__ import annotations

from workbench.generator.calibrate import Data, figures
from workbench.lab.notebook_html import Shown
from workbench.lab.picture_pair import WIDTH, pair
from workbench.words.colours import DRAFT, LINE, PUBLISHED
from workbench.words.conditions import noun
from workbench.words.figures import look, one, two
from workbench.words.numbers import several, share

_COVER = {
    "medicare": "Medicare",
    "medicare_advantage": "Medicare Advantage",
    "medicaid": "Medicaid",
    "workers_compensation": "workers' compensation",
}

# Facts that each such request would state; of the rest, an empty cell may also mean that the fact does not apply.
_ALWAYS = (
    "measure",
    "plan_of_care",
    "goals_measurable",
    "improvement_expected",
    "skilled_care",
    "home_program",
    "duplicate_therapy",
    "comorbidities",
    "complexity",
    "procedures",
    "requested_visits",
    "requested_weeks",
    "provider_type",
    "member_eligible",
    "diagnosis",
    "intent",
    "post_surgical",
    "in_network",
)


def missing(data: Data, when: str) -> Shown:
    treated = data.requests.filter(~data.requests["evaluation_only"])
    found = sorted(((treated[n].null_count(), n) for n in _ALWAYS), key=lambda x: (-x[0], x[1]))[:12]
    total = treated.height
    with look():
        drawn, axes = one(WIDTH, 3.6)
        bars = axes.barh(
            [noun(n) for _, n in found][::-1], [100 * k / total for k, _ in found][::-1], color=PUBLISHED, height=0.66
        )
        axes.bar_label(bars, [share(k, total) for k, _ in found][::-1], padding=3)
        axes.tick_params(axis="y", length=0)
        axes.margins(x=0.12)
        axes.set(xlabel="percent of requests for treatment that do not state it", title=f"Missing facts\n{when}")
    rows = [[noun(n), k, share(k, total)] for k, n in found]
    alt = "; ".join(f"{r[0]} {r[2]}" for r in rows[:6])
    return pair(
        drawn,
        f"Most often missing: {alt}.",
        "What papers leave out; missing is neither false nor zero.",
        ["fact", "requests", "share"],
        rows,
        f"Of {total:,} requests for treatment; the rates are assumed",
        (1, 2),
    )


def cover(data: Data, when: str) -> Shown:
    asked = (
        data.requests.filter(~data.requests["evaluation_only"])
        .select("line_of_business", "historical_determination")
        .to_pandas()
        .dropna()
    )
    asked = asked.assign(adverse=asked["historical_determination"].isin(["denied", "approved_in_part"]))
    found = asked.groupby("line_of_business")["adverse"].agg(["size", "sum"]).sort_values("size", ascending=False)
    names = [_COVER.get(n, n.replace("_", " ")) for n in found.index]
    published = {
        f["figure"].removeprefix("adverse_"): float(f["target"])
        for f in figures()
        if f["figure"].startswith("adverse_")
    }
    published["medicare_advantage"] = published.pop("ma")
    with look():
        drawn, left, right = two(WIDTH, 3.0)
        at = list(range(len(names)))[::-1]
        bars = left.barh(at, found["size"] / len(asked) * 100, color=PUBLISHED, height=0.62)
        left.bar_label(bars, [share(n, len(asked)) for n in found["size"]], padding=3)
        left.set_yticks(at, names)
        left.set(xlabel="percent of requests", title="Line of business")
        left.margins(x=0.25)
        right.plot(found["sum"] / found["size"] * 100, at, "o", color=PUBLISHED, label="generated")
        stars = [(100 * published[n], k) for n, k in zip(found.index, at, strict=True) if n in published]
        right.plot([x for x, _ in stars], [k for _, k in stars], "*", color=DRAFT, markersize=11, label="published")
        right.hlines(at, 0, 35, color=LINE, linewidth=0.7, zorder=0)
        right.set(
            xlabel="percent of its requests",
            title="Denied or cut by history",
            yticks=[],
            xlim=(0, 35),
            ylim=left.get_ylim(),
        )
        drawn.legend(*right.get_legend_handles_labels(), frameon=False, ncols=2, loc="outside lower center")
        drawn.suptitle(f"Cover: {when}", x=0.01, ha="left", fontsize=10)
    rows = [
        [name, int(n), share(bad, n), f"{100 * published[key]:.1f} %" if key in published else "–"]
        for name, (key, n, bad) in zip(names, found.itertuples(), strict=True)
    ]
    alt = "; ".join(f"{r[0]}: {several(r[1], 'request')}, {r[2]} denied or cut" for r in rows)
    return pair(
        drawn,
        alt + ".",
        "Age decides the kind of cover; the line of business how often history refused.",
        ["line of business", "requests", "denied or cut", "published"],
        rows,
        f"{len(asked):,} requests for treatment whose line is stated",
        (1, 2, 3),
    )
