"""Generated cases on the screen: the published figures they are held to, and how what they tell is spread.

Each picture comes with the small table that says the same. Readers of these pages know therapy, not code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from workbench.generator.calibrate import Data, figures
from workbench.lab.missing_view import cover, missing
from workbench.lab.notebook_html import Shown, block, entries
from workbench.lab.picture_pair import WIDTH, pair
from workbench.words.colours import DRAFT, INK, MUTE, PUBLISHED
from workbench.words.figures import look, one, two
from workbench.words.html import joined, table, tag
from workbench.words.numbers import measured, percent_change, share

WITHIN = 10  # percent
_NAMES = {"PT": "physical therapy", "OT": "occupational therapy", "ST": "speech therapy"}
_LINES = {"PT": (PUBLISHED, "-", "o"), "OT": (DRAFT, "--", "D"), "ST": (MUTE, ":", "s")}


# Figures held to


def calibration_table(measured: pd.DataFrame) -> pd.DataFrame:
    """The rows of `calibrate` with `within`: whether generated lies within 10 % of published."""
    return measured.assign(within=measured["difference_percent"].abs().le(WITHIN).fillna(False).astype(bool))


def show_calibration(held: pd.DataFrame, counts: bool) -> Shown:
    """The figures that count, with the share of them within 10 %; or those that somebody assumed, apart."""
    rows = held[held["counts"].astype(bool) == counts]
    near = int(rows["within"].sum())
    if counts:
        kinds = held["kind"].value_counts()
        say = (
            f"{near} of {len(rows)} published figures, under {rows['id'].nunique()} ids, are met within {WITHIN} %: "
            f"{near / len(rows):.0%}".replace("%", " %").replace("  ", " ")
            + f". Not among them: {kinds.get('construction', 0)} that hold by construction, "
            f"{kinds.get('respondents', 0)} shares of people asked, and {kinds.get('unmeasured', 0)} that these cases "
            "can not show."
        )
        caption = "Published figures"
    else:
        say = (
            f"{len(rows)} figures do not count: met by construction, said by people asked, not to be seen in these "
            "cases, assumed, or quoted by a vendor without a study. Each says which."
        )
        caption = "Figures apart"
    head = [
        "id",
        "quantity, and whose",
        "source",
        "published" if counts else "assumed",
        "generated",
        "counted on",
        "difference",
        *([f"within {WITHIN}\u00a0%"] if counts else []),
    ]
    body = [
        [
            r.id,
            joined((r.quantity, tag("small", r.population))),
            tag("small", r.source if counts else f"{r.kind}{': ' if r.why else ''}{r.why}; {r.source}"),
            measured(_known(r.target)),
            measured(_known(r.generated)),
            int(r.n),
            percent_change(_known(r.difference_percent)),
            *(["yes" if r.within else tag("b", "no", class_="no")] if counts else []),
        ]
        for r in entries(rows)
    ]
    html = block(
        tag("p", say, class_="say"),
        table(
            head,
            body,
            numbers=range(3, 7),
            caption=f"{caption}; shares from 0 to 1, differences generated − "
            f"{head[3]} in percent of it; counted on people, episodes or requests",
        ),
    )
    return Shown(html, say, rows)


def _known(value: Any) -> float | None:
    """A cell of a pandas table; None for one that holds nothing."""
    return None if pd.isna(value) else float(str(value))


# Distributions


def show_distribution(data: Data, name: str) -> Shown:
    """One picture with its table: visits, requests, age, improvement, missing, cover. KeyError for another name."""
    return PICTURES[name](data, period(data))


def period(data: Data) -> str:
    days: Any = data.requests["received_on"]
    return f"requests received {days.min()} to {days.max()}"


def _figures(name: str) -> float:
    return next(float(f["target"]) for f in figures() if f["figure"] == name)


def _visits(data: Data, when: str) -> Shown:
    episodes = data.episodes.select("discipline", "age_years", "visits").to_pandas()
    adults = episodes[(episodes["discipline"] == "PT") & (episodes["age_years"] >= 18)]["visits"]
    mean, median, most = _figures("visits_mean"), _figures("visits_median"), 40
    share_of = adults.clip(upper=most).value_counts(normalize=True).sort_index() * 100
    with look():
        drawn, axes = one(WIDTH, 3.3)
        axes.bar(share_of.index, share_of.to_numpy(), color=PUBLISHED, width=0.8)
        axes.axvline(median, color=DRAFT, linewidth=1.6, label=f"published median {median:g} (G01)")
        axes.axvline(mean, color=INK, linewidth=1.4, linestyle="--", label=f"published mean {mean:g} (G01)")
        axes.legend(frameon=False)
        axes.set(
            xlabel=f"visits attended in an episode ({most}: {most} or more)",
            ylabel="percent of episodes",
            title=f"Visits an episode: adults in physical therapy\n{when}",
            xlim=(0, most + 1),
        )
    by = {str(d): v for d, v in episodes.groupby("discipline")["visits"]}
    counted = sorted(((n, by[d]) for d, n in _NAMES.items() if d in by), key=lambda pair: -len(pair[1]))
    rows = [[n, len(v), measured(v.median()), measured(v.mean()), measured(float(v.quantile(0.9)))] for n, v in counted]
    alt = (
        f"Adults in physical therapy: median {measured(adults.median())} visits (published {median:g}), mean "
        f"{measured(adults.mean())} (published {mean:g}), {share((adults <= 2).sum(), len(adults))} have one or two."
    )
    return pair(
        drawn,
        alt,
        "Most episodes are short, a few long.",
        ["discipline", "episodes", "median", "mean", "9 in 10 up to"],
        rows,
        "Visits an episode, all ages; episodes with a visit",
        range(1, 5),
    )


def _requests(data: Data, when: str) -> Shown:
    counts = data.requests["episode_id"].value_counts().get_column("count").to_pandas()
    most = 6
    found = counts.clip(upper=most).value_counts().sort_index()
    found_by = [(int(str(k)), int(n)) for k, n in found.items()]
    names = [f"{k} or more" if k == most else str(k) for k, _ in found_by]
    with look():
        drawn, axes = one(WIDTH, 3.0)
        bars = axes.bar(names, found.to_numpy() / len(counts) * 100, color=PUBLISHED, width=0.7)
        axes.bar_label(bars, [share(n, len(counts)) for n in found], padding=2)
        axes.set(xlabel="requests in the episode", ylabel="percent of episodes", title=f"Requests an episode\n{when}")
        axes.margins(y=0.1)
    rows = [
        [name, n, k * n if k < most else int(counts[counts >= most].sum())]
        for name, (k, n) in zip(names, found_by, strict=True)
    ]
    rows.append(["all", len(counts), int(counts.sum())])
    alt = "; ".join(
        f"{n}: {share(found, len(counts))} of episodes" for n, (_, found) in zip(names, found_by, strict=True)
    )
    return pair(
        drawn,
        alt + ".",
        "First requests and the ones that continue them.",
        ["requests an episode", "episodes", "requests"],
        rows,
        "Counts add up to all that was generated",
        (1, 2),
    )


def _age(data: Data, when: str) -> Shown:
    people = data.people.select("discipline", "age_years").drop_nulls().to_pandas()
    rows, alts = [], []
    with look():
        drawn, axes = one(WIDTH, 3.3)
        for name in _NAMES:
            ages = people[people["discipline"] == name]["age_years"]
            band = (ages // 5 * 5).clip(upper=90).value_counts(normalize=True).sort_index() * 100
            colour, dash, mark = _LINES[name]
            axes.plot(
                band.index + 2.5,
                band.to_numpy(),
                color=colour,
                linestyle=dash,
                marker=mark,
                markersize=4,
                label=_NAMES[name],
            )
            rows.append(
                [
                    _NAMES[name],
                    len(ages),
                    measured(ages.mean()),
                    share((ages < 18).sum(), len(ages)),
                    share((ages >= 65).sum(), len(ages)),
                ]
            )
            alts.append(f"{_NAMES[name]}: mean {rows[-1][2]}, under 18 {rows[-1][3]}, 65 and over {rows[-1][4]}")
        axes.set(
            xlabel="age in years at the first request, in bands of five (last: 90 and over)",
            ylabel="percent of the discipline's people",
            title=f"Age by discipline\n{when}",
            xlim=(0, 95),
        )
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False)
    return pair(
        drawn,
        "; ".join(alts) + ".",
        "Conditions drive age: speech in childhood, joints and stroke later.",
        ["discipline", "people", "mean age", "under 18", "65 and over"],
        rows,
        "Whose age is stated; 51 is published for people in physical therapy (G36)",
        range(1, 5),
    )


def _improvement(data: Data, when: str) -> Shown:
    """True gain against the share of the needed course that is over, low back pain in physical therapy."""
    columns = [
        "condition",
        "discipline",
        "visits_used",
        "latent_need_visits",
        "latent_responder",
        "latent_progress_mcid",
        "latent_final_mcid",
    ]
    seen = data.requests.select(columns).to_pandas()
    seen = seen[(seen["condition"] == "low_back_pain") & (seen["discipline"] == "PT")].dropna()
    over = seen["visits_used"] / seen["latent_need_visits"]
    seen = seen.assign(bin=(over * 10).round().clip(upper=10).astype(int))
    yes, no = (seen[seen["latent_responder"].astype(bool) == r] for r in (True, False))
    mine, other = yes.groupby("bin"), no.groupby("bin")
    bins = [(int(str(b)), part) for b, part in mine]
    gain = mine["latent_progress_mcid"].sum() / mine["latent_final_mcid"].sum() * 100
    target = _figures("early_gain_share")
    with look():
        drawn, left, right = two(WIDTH, 3.2)
        for part, colour, dash, mark, text in (
            (mine, PUBLISHED, "-", "o", "responders"),
            (other, DRAFT, "--", "D", "the others"),
        ):
            means = part["latent_progress_mcid"].mean()
            left.plot(
                means.index * 10, means.to_numpy(), color=colour, linestyle=dash, marker=mark, markersize=4, label=text
            )
        left.axhline(1, color=INK, linewidth=0.7, linestyle=":")
        left.set(xlabel="percent of the needed visits used", ylabel="mean gain, in MCID", title="Gain (dotted: 1 MCID)")
        left.legend(frameon=False)
        right.plot(gain.index * 10, gain.to_numpy(), color=PUBLISHED, marker="o", markersize=4, label="responders")
        right.plot([45.6], [100 * target], "*", color=DRAFT, markersize=13, label="published (G45)")
        right.set(
            xlabel="percent of the needed visits used",
            ylabel="percent of the final gain",
            ylim=(-4, 104),
            title="Share of the final gain",
        )
        right.legend(frameon=False, loc="lower right")
        drawn.suptitle(f"Improvement: low back pain, {when}", x=0.01, ha="left", fontsize=10)
    rows = [
        [
            f"{10 * b} %",
            len(part),
            f"{gain[b]:.0f} %",
            f"{part['latent_progress_mcid'].mean():.2f}",
            f"{no[no['bin'] == b]['latent_progress_mcid'].mean():.2f}",
        ]
        for b, part in bins
    ]
    alt = (
        f"Responders have {gain.get(5, float('nan')):.0f} % of their final gain when half of the needed visits are "
        f"used; published is {100 * target:.1f} % at 45.6 % of the course. The others gain "
        f"{measured(no[no['bin'] == 10]['latent_progress_mcid'].mean())} MCID by the end, responders "
        f"{measured(yes[yes['bin'] == 10]['latent_progress_mcid'].mean())}."
    )
    return pair(
        drawn,
        alt,
        "Gain comes early and levels off.",
        ["course", "requests", "of final gain", "gain, MCID", "the others"],
        rows,
        "Responders' requests by the part of the needed visits used, their gain, and that of the others; true "
        "values, from the latent columns",
        range(1, 5),
    )


PICTURES: dict[str, Callable[[Data, str], Shown]] = {
    "visits": _visits,
    "requests": _requests,
    "age": _age,
    "improvement": _improvement,
    "missing": missing,
    "cover": cover,
}
