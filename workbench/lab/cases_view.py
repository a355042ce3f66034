"""Generated cases on the screen: the published figures they are held to, and how what they tell is spread.

Each picture comes with the small table that says the same. Readers of these pages know therapy, not code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from workbench.cases.calibrate import Data, figures
from workbench.lab.shown import Shown, block, number, share, signed
from workbench.review.figures import DRAFT, INK, LINE, MUTE, PUBLISHED, data_uri
from workbench.review.figures import STYLE as STYLE
from workbench.review.page import Html, figure, table
from workbench.review.sentences import noun

WITHIN = 10   # percent
_NAMES = {"PT": "physical therapy", "OT": "occupational therapy", "ST": "speech therapy"}
_COVER = {"medicare": "Medicare", "medicare_advantage": "Medicare Advantage", "medicaid": "Medicaid",
          "workers_compensation": "workers' compensation"}
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
        say = (f"{near} of {len(rows)} published figures, under {rows['id'].nunique()} ids, are met within {WITHIN} %: "
               f"{near / len(rows):.0%}".replace("%", " %").replace("  ", " ") + ".")
        caption = "Published figures"
    else:
        say = f"{len(rows)} figures that nobody measured, or that a vendor quotes without a study. They do not count."
        caption = "Assumed or remembered figures"
    head = ["id", "quantity, and whose", "source", "published" if counts else "assumed", "generated", "counted on",
            "difference", *([f"within {WITHIN}\u00a0%"] if counts else [])]
    body = [[r.id, Html(f"{escape(r.quantity)}<small>{escape(r.population)}</small>"),
             Html(f"<small>{escape(r.source)}</small>"), number(r.target), number(r.generated), int(r.n),
             signed(r.difference_percent), *([Html("yes" if r.within else '<b class="no">no</b>')] if counts else [])]
            for r in rows.itertuples()]
    html = block(f'<p class="say">{escape(say)}</p>' + table(
        head, body, numbers=range(3, 7), caption=f"{caption}; shares from 0 to 1, differences generated − "
        f"{head[3]} in percent of it; counted on people, episodes or requests"))
    return Shown(html, say, rows)


# Distributions

def show_distribution(data: Data, name: str) -> Shown:
    """One picture with its table: visits, requests, age, improvement, missing, cover. KeyError for another name."""
    return PICTURES[name](data, period(data))


def period(data: Data) -> str:
    days = data.requests["received_on"]
    return f"requests received {days.min()} to {days.max()}"


def _axes(columns: int = 1, height: float = 3.3):
    made = Figure(figsize=(6.6, height), layout="constrained")
    return made, made.subplots(1, columns)


def _pair(drawn: Figure, alt: str, caption: str, head: Sequence[str], rows: list[list[object]], said: str,
          numbers: Sequence[int]) -> Shown:
    """A picture with its table beside it."""
    picture = figure(data_uri(drawn), alt, caption)
    html = block(f'<div class="pair">{picture}<div>{table(head, rows, numbers=numbers, caption=said)}</div></div>')
    return Shown(html, f"{caption} {alt}", pd.DataFrame(rows, columns=list(head)))


def _figures(name: str) -> float:
    return next(float(f["target"]) for f in figures() if f["figure"] == name)


def _visits(data: Data, when: str) -> Shown:
    episodes = data.episodes.select("discipline", "age_years", "visits").to_pandas()
    adults = episodes[(episodes["discipline"] == "PT") & (episodes["age_years"] >= 18)]["visits"]
    mean, median, most = _figures("visits_mean"), _figures("visits_median"), 40
    share_of = adults.clip(upper=most).value_counts(normalize=True).sort_index() * 100
    with matplotlib.rc_context(STYLE):
        drawn, axes = _axes()
        axes.bar(share_of.index, share_of.to_numpy(), color=PUBLISHED, width=0.8)
        axes.axvline(median, color=DRAFT, linewidth=1.6, label=f"published median {median:g} (G01)")
        axes.axvline(mean, color=INK, linewidth=1.4, linestyle="--", label=f"published mean {mean:g} (G01)")
        axes.legend(frameon=False)
        axes.set(xlabel=f"visits attended in an episode ({most}: {most} or more)", ylabel="percent of episodes",
                 title=f"Visits an episode: adults in physical therapy\n{when}", xlim=(0, most + 1))
    rows = [[_NAMES[d], len(v), number(v.median()), number(v.mean()), number(v.quantile(0.9))]
            for d, v in episodes.groupby("discipline")["visits"] if d in _NAMES]
    rows.sort(key=lambda r: -r[1])
    alt = (f"Adults in physical therapy: median {number(adults.median())} visits (published {median:g}), mean "
           f"{number(adults.mean())} (published {mean:g}), {share((adults <= 2).sum(), len(adults))} have one or two.")
    return _pair(drawn, alt, "Most episodes are short, a few long.",
                 ["discipline", "episodes", "median", "mean", "9 in 10 up to"], rows,
                 "Visits an episode, all ages; episodes with a visit", range(1, 5))


def _requests(data: Data, when: str) -> Shown:
    counts = data.requests["episode_id"].value_counts().get_column("count").to_pandas()
    most = 6
    found = counts.clip(upper=most).value_counts().sort_index()
    names = [f"{k} or more" if k == most else str(k) for k in found.index]
    with matplotlib.rc_context(STYLE):
        drawn, axes = _axes(height=3.0)
        bars = axes.bar(names, found.to_numpy() / len(counts) * 100, color=PUBLISHED, width=0.7)
        axes.bar_label(bars, [share(n, len(counts)) for n in found], padding=2)
        axes.set(xlabel="requests in the episode", ylabel="percent of episodes",
                 title=f"Requests an episode\n{when}")
        axes.margins(y=0.1)
    rows = [[name, int(n), int(k * n) if k < most else int(counts[counts >= most].sum())]
            for name, (k, n) in zip(names, found.items(), strict=True)]
    rows.append(["all", len(counts), int(counts.sum())])
    alt = "; ".join(f"{r[0]}: {share(r[1], len(counts))} of episodes" for r in rows[:-1])
    return _pair(drawn, alt + ".", "First requests and the ones that continue them.",
                 ["requests an episode", "episodes", "requests"], rows, "Counts add up to all that was generated",
                 (1, 2))


def _age(data: Data, when: str) -> Shown:
    people = data.people.select("discipline", "age_years").drop_nulls().to_pandas()
    rows, alts = [], []
    with matplotlib.rc_context(STYLE):
        drawn, axes = _axes()
        for name in _NAMES:
            ages = people[people["discipline"] == name]["age_years"]
            band = (ages // 5 * 5).clip(upper=90).value_counts(normalize=True).sort_index() * 100
            colour, dash, mark = _LINES[name]
            axes.plot(band.index + 2.5, band.to_numpy(), color=colour, linestyle=dash, marker=mark, markersize=4,
                      label=_NAMES[name])
            rows.append([_NAMES[name], len(ages), number(ages.mean()), share((ages < 18).sum(), len(ages)),
                         share((ages >= 65).sum(), len(ages))])
            alts.append(f"{_NAMES[name]}: mean {rows[-1][2]}, under 18 {rows[-1][3]}, 65 and over {rows[-1][4]}")
        axes.set(xlabel="age in years at the first request, in bands of five (last: 90 and over)",
                 ylabel="percent of the discipline's people", title=f"Age by discipline\n{when}", xlim=(0, 95))
        axes.set_ylim(bottom=0)
        axes.legend(frameon=False)
    return _pair(drawn, "; ".join(alts) + ".", "Conditions drive age: speech in childhood, joints and stroke later.",
                 ["discipline", "people", "mean age", "under 18", "65 and over"], rows,
                 "Whose age is stated; 51 is published for people in physical therapy (G36)", range(1, 5))


def _improvement(data: Data, when: str) -> Shown:
    """True gain against the share of the needed course that is over, low back pain in physical therapy."""
    columns = ["condition", "discipline", "visits_used", "latent_need_visits", "latent_responder",
               "latent_progress_mcid", "latent_final_mcid"]
    seen = data.requests.select(columns).to_pandas()
    seen = seen[(seen["condition"] == "low_back_pain") & (seen["discipline"] == "PT")].dropna()
    over = seen["visits_used"] / seen["latent_need_visits"]
    seen = seen.assign(bin=(over * 10).round().clip(upper=10).astype(int))
    yes, no = (seen[seen["latent_responder"].astype(bool) == r] for r in (True, False))
    mine, other = yes.groupby("bin"), no.groupby("bin")
    gain = mine["latent_progress_mcid"].sum() / mine["latent_final_mcid"].sum() * 100
    target = _figures("early_gain_share")
    with matplotlib.rc_context(STYLE):
        drawn, (left, right) = _axes(2, 3.2)
        for part, colour, dash, mark, text in ((mine, PUBLISHED, "-", "o", "responders"),
                                               (other, DRAFT, "--", "D", "the others")):
            means = part["latent_progress_mcid"].mean()
            left.plot(means.index * 10, means.to_numpy(), color=colour, linestyle=dash, marker=mark, markersize=4,
                      label=text)
        left.axhline(1, color=INK, linewidth=0.7, linestyle=":")
        left.set(xlabel="percent of the needed visits used", ylabel="mean gain, in MCID", title="Gain (dotted: 1 MCID)")
        left.legend(frameon=False)
        right.plot(gain.index * 10, gain.to_numpy(), color=PUBLISHED, marker="o", markersize=4, label="responders")
        right.plot([45.6], [100 * target], "*", color=DRAFT, markersize=13, label="published (G45)")
        right.set(xlabel="percent of the needed visits used", ylabel="percent of the final gain", ylim=(-4, 104),
                  title="Share of the final gain")
        right.legend(frameon=False, loc="lower right")
        drawn.suptitle(f"Improvement: low back pain, {when}", x=0.01, ha="left", fontsize=10)
    rows = [[f"{10 * b} %", len(part), f"{gain[b]:.0f} %", f"{part['latent_progress_mcid'].mean():.2f}",
             f"{no[no['bin'] == b]['latent_progress_mcid'].mean():.2f}"] for b, part in mine]
    alt = (f"Responders have {gain.get(5, float('nan')):.0f} % of their final gain when half of the needed visits are "
           f"used; published is {100 * target:.1f} % at 45.6 % of the course. The others gain "
           f"{number(no[no['bin'] == 10]['latent_progress_mcid'].mean())} MCID by the end, responders "
           f"{number(yes[yes['bin'] == 10]['latent_progress_mcid'].mean())}.")
    return _pair(drawn, alt, "Gain comes early and levels off.",
                 ["course", "requests", "of final gain", "gain, MCID", "the others"], rows,
                 "Responders' requests by the part of the needed visits used, their gain, and that of the others; true "
                 "values, from the latent columns",
                 range(1, 5))


# Facts that each such request would state; of the rest, an empty cell may also mean that the fact does not apply.
_ALWAYS = ("measure", "plan_of_care", "goals_measurable", "improvement_expected", "skilled_care", "home_program",
           "duplicate_therapy", "comorbidities", "complexity", "procedures", "requested_visits", "requested_weeks",
           "provider_type", "member_eligible", "diagnosis", "intent", "post_surgical", "in_network")


def _missing(data: Data, when: str) -> Shown:
    treated = data.requests.filter(~data.requests["evaluation_only"])
    found = sorted(((treated[n].null_count(), n) for n in _ALWAYS), key=lambda x: (-x[0], x[1]))[:12]
    total = treated.height
    with matplotlib.rc_context(STYLE):
        drawn, axes = _axes(height=3.6)
        bars = axes.barh([noun(n) for _, n in found][::-1], [100 * k / total for k, _ in found][::-1], color=PUBLISHED,
                         height=0.66)
        axes.bar_label(bars, [share(k, total) for k, _ in found][::-1], padding=3)
        axes.tick_params(axis="y", length=0)
        axes.margins(x=0.12)
        axes.set(xlabel="percent of requests for treatment that do not state it", title=f"Missing facts\n{when}")
    rows = [[noun(n), k, share(k, total)] for k, n in found]
    alt = "; ".join(f"{r[0]} {r[2]}" for r in rows[:6])
    return _pair(drawn, f"Most often missing: {alt}.", "What papers leave out; missing is neither false nor zero.",
                 ["fact", "requests", "share"], rows, f"Of {total:,} requests for treatment; the rates are assumed",
                 (1, 2))


def _cover(data: Data, when: str) -> Shown:
    asked = data.requests.filter(~data.requests["evaluation_only"]).select(
        "line_of_business", "historical_determination").to_pandas().dropna()
    asked = asked.assign(adverse=asked["historical_determination"].isin(["denied", "approved_in_part"]))
    found = asked.groupby("line_of_business")["adverse"].agg(["size", "sum"]).sort_values("size", ascending=False)
    names = [_COVER.get(n, n.replace("_", " ")) for n in found.index]
    published = {f["figure"].removeprefix("adverse_"): float(f["target"]) for f in figures()
                 if f["figure"].startswith("adverse_")}
    published["medicare_advantage"] = published.pop("ma")
    with matplotlib.rc_context(STYLE):
        drawn, (left, right) = _axes(2, 3.0)
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
        right.set(xlabel="percent of its requests", title="Denied or cut by history", yticks=[], xlim=(0, 35),
                  ylim=left.get_ylim())
        drawn.legend(*right.get_legend_handles_labels(), frameon=False, ncols=2, loc="outside lower center")
        drawn.suptitle(f"Cover: {when}", x=0.01, ha="left", fontsize=10)
    rows = [[name, int(n), share(bad, n), f"{100 * published[key]:.1f} %" if key in published else "–"]
            for name, (key, n, bad) in zip(names, found.itertuples(), strict=True)]
    alt = "; ".join(f"{r[0]}: {r[1]:,} requests, {r[2]} denied or cut" for r in rows)
    return _pair(drawn, alt + ".", "Age decides the kind of cover; the line of business how often history refused.",
                 ["line of business", "requests", "denied or cut", "published"], rows,
                 f"{len(asked):,} requests for treatment whose line is stated", (1, 2, 3))


PICTURES: dict[str, Callable[[Data, str], Shown]] = {
    "visits": _visits, "requests": _requests, "age": _age, "improvement": _improvement, "missing": _missing,
    "cover": _cover}
