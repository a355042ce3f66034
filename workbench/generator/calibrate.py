"""Generated cases held against published figures, one by one.

`calibration.csv` names every published figure that was seen, met or not, with its target and its source, and says of
what kind it is. Only `observed` ones count: those that the papers of a request can be held to. Apart stand those that
hold by `construction` (hidden columns drawn from the same number), shares of `respondents` of a survey, those that
these cases can not show (`unmeasured`, with the reason), and what was `assumed` or a `vendor` quotes without a study.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from workbench.shipped import shipped_rows

COUNTS = "observed"
KINDS = (COUNTS, "construction", "respondents", "unmeasured", "assumed", "vendor")
UNHELD = ("respondents", "unmeasured")  # nothing of these cases is set beside them


def figures() -> list[dict[str, str]]:
    """The rows of calibration.csv: figure, quantity, target, kind, population, id, source, url, why."""
    return shipped_rows("workbench.generator", "calibration.csv")


def calibrate(frame: pl.DataFrame) -> pl.DataFrame:
    """One row a figure: id, figure, quantity, population, target, generated (null where nobody is concerned),
    difference in percent of the target (generated − target), n (people, episodes or requests), counts, kind, source,
    why (of what is not simply observed)."""
    data, rows = Data(frame), []
    for row in figures():
        values = Measured(None, 0) if row["kind"] in UNHELD else MEASURED[row["figure"]](data)
        target = float(row["target"])
        value = values.value
        rows.append(
            (
                row["id"],
                row["figure"],
                row["quantity"],
                row["population"],
                target,
                value,
                None if value is None else 100 * (value - target) / target,
                values.n,
                row["kind"] == COUNTS,
                row["kind"],
                row["source"],
                row["why"],
            )
        )
    return pl.DataFrame(
        rows,
        orient="row",
        schema={
            "id": pl.String,
            "figure": pl.String,
            "quantity": pl.String,
            "population": pl.String,
            "target": pl.Float64,
            "generated": pl.Float64,
            "difference_percent": pl.Float64,
            "n": pl.Int64,
            "counts": pl.Boolean,
            "kind": pl.String,
            "source": pl.String,
            "why": pl.String,
        },
    )


@dataclass(frozen=True)
class Measured:
    value: float | None
    n: int


class Data:
    """Generated requests with what is worked out from them once: episodes that had visits, and people."""

    def __init__(self, frame: pl.DataFrame):
        self.requests = frame

    @cached_property
    def episodes(self) -> pl.DataFrame:
        """One row an episode with at least one visit; facts as at its first request."""
        ordered = self.requests.filter(~pl.col("evaluation_only")).sort("episode_id", "request_number")
        kept = (
            "member_id",
            "discipline",
            "condition",
            "diagnosis",
            "age_years",
            "sex",
            "line_of_business",
            "provider_type",
            "weeks_since_surgery",
            "weeks_since_onset",
            "latent_responder",
            "latent_final_mcid",
            "latent_course_days",
        )
        out = ordered.group_by("episode_id", maintain_order=True).agg(
            pl.col(kept).first(),
            pl.col("visits_attended").sum().alias("visits"),
            pl.col("historical_visits").sum().alias("authorised"),
            pl.len().alias("requests"),
            pl.col("historical_determination")
            .is_in(["denied", "approved_in_part", "withdrawn"])
            .any()
            .alias("adverse"),
            pl.col("improvement_mcid").filter(pl.col("request_number") == 2).first().alias("early"),
        )
        return out.filter(pl.col("visits") > 0)

    @cached_property
    def people(self) -> pl.DataFrame:
        """One row a person, as at the first request."""
        return self.requests.group_by("member_id", maintain_order=True).first()

    def of(self, condition: str, discipline: str = "PT") -> pl.DataFrame:
        return self.episodes.filter((pl.col("condition") == condition) & (pl.col("discipline") == discipline))


def _share(frame: pl.DataFrame, holds: pl.Expr) -> Measured:
    return Measured(frame.select(holds.mean()).item(), frame.select(holds.is_not_null().sum()).item())


def _mean(frame: pl.DataFrame, what: pl.Expr | str) -> Measured:
    column = pl.col(what) if isinstance(what, str) else what
    return Measured(frame.select(column.mean()).item(), frame.select(column.count()).item())


def _sd(frame: pl.DataFrame, what: str) -> Measured:
    spread = frame.select(pl.col(what).std()).item()
    return Measured(spread, frame[what].count())


def _quantile(frame: pl.DataFrame, what: str, share: float) -> Measured:
    return Measured(frame[what].cast(pl.Float64).quantile(share, "linear"), frame[what].count())


_ADULT, _MEDICARE = pl.col("age_years") >= 18, pl.col("line_of_business").is_in(["medicare", "medicare_advantage"])
# Diseases and injuries of bones, joints and muscles, and replaced joints; no head injuries, no pelvic floor.
_BONES = pl.col("diagnosis").str.contains(r"^(M|S|Z96\.6)") & ~pl.col("diagnosis").str.contains(r"^(S06|M62\.89)")
_BACK = ("low_back_pain", "lumbar_radiculopathy", "lumbar_decompression", "lumbar_fusion")
_KNEE = (
    "knee_osteoarthritis",
    "knee_injury",
    "patellofemoral_pain",
    "meniscus_surgery",
    "acl_reconstruction",
    "knee_arthroplasty",
)
_SHOULDER = (
    "subacromial_pain",
    "rotator_cuff_tear",
    "rotator_cuff_repair",
    "adhesive_capsulitis",
    "shoulder_arthroplasty",
)


def _pt(d: Data) -> pl.DataFrame:
    return d.episodes.filter(pl.col("discipline") == "PT")


def _acl(d: Data) -> pl.DataFrame:
    return d.of("acl_reconstruction").filter(
        (pl.col("line_of_business") == "commercial") & pl.col("age_years").is_between(14, 64)
    )


def _acl_young(d: Data) -> pl.DataFrame:
    return d.of("acl_reconstruction").filter(pl.col("age_years").is_between(10, 19))


def _comp_back(d: Data) -> pl.DataFrame:
    surgery = pl.col("condition").is_in(["lumbar_decompression", "lumbar_fusion"])
    return _pt(d).filter(surgery & (pl.col("line_of_business") == "workers_compensation"))


def _spread(of: Callable[[Data], pl.DataFrame]) -> dict[str, Callable[[Data], Measured]]:
    """Mean, standard deviation and quartiles of the visits of some episodes."""
    return {
        "mean": lambda d: _mean(of(d), "visits"),
        "sd": lambda d: _sd(of(d), "visits"),
        "median": lambda d: _quantile(of(d), "visits", 0.5),
        "q1": lambda d: _quantile(of(d), "visits", 0.25),
        "q3": lambda d: _quantile(of(d), "visits", 0.75),
    }


def _female_more(d: Data) -> Measured:
    """Difference of means within each condition, weighted by its people of both sexes."""
    table = (
        _pt(d)
        .filter(_ADULT)
        .group_by("condition")
        .agg(
            pl.col("visits").filter(pl.col("sex") == "female").mean().alias("f"),
            pl.col("visits").filter(pl.col("sex") == "male").mean().alias("m"),
            (pl.col("sex") == "female").sum().alias("nf"),
            (pl.col("sex") == "male").sum().alias("nm"),
        )
        .drop_nulls()
    )
    weight = pl.col("nf") * pl.col("nm") / (pl.col("nf") + pl.col("nm"))
    return Measured(
        table.select(((pl.col("f") - pl.col("m")) * weight).sum() / weight.sum()).item(),
        table.select((pl.col("nf") + pl.col("nm")).sum()).item(),
    )


def _knee_physician(d: Data) -> Measured:
    knees = d.of("knee_arthroplasty")
    own, rest = (_mean(knees.filter(pl.col("provider_type") == t), "visits") for t in ("physician", "therapist"))
    if own.value is None or rest.value is None:
        return Measured(None, own.n)
    return Measured(own.value - rest.value, own.n)


def _short_shoulder(d: Data, medicare: bool) -> Measured:
    kind = pl.col("line_of_business") == "medicare"
    return _share(d.of("shoulder_arthroplasty").filter(kind if medicare else ~kind), pl.col("visits") <= 5)


def _early_gain(d: Data) -> Measured:
    """True gain over final gain of responders, at second requests made near 45.6 % of the need."""
    rows = d.requests.filter(
        (pl.col("condition") == "low_back_pain") & (pl.col("request_number") > 1) & pl.col("latent_responder")
    )
    share = pl.col("visits_used") / pl.col("latent_need_visits")
    near = rows.filter(share.is_between(0.416, 0.496))
    return Measured(
        near.select(pl.col("latent_progress_mcid").sum() / pl.col("latent_final_mcid").sum()).item(), len(near)
    )


def _early_final(d: Data) -> Measured:
    rows = d.of("low_back_pain").filter(pl.col("early").is_not_null())
    return Measured(rows.select(pl.corr("early", "latent_final_mcid")).item(), len(rows))


def _adverse(d: Data, line: str) -> Measured:
    rows = d.requests.filter((pl.col("line_of_business") == line) & ~pl.col("evaluation_only"))
    return _share(rows, pl.col("historical_determination").is_in(["denied", "approved_in_part"]))


def _appeals(d: Data, line: str) -> pl.DataFrame:
    return d.requests.filter((pl.col("line_of_business") == line) & pl.col("appeal_outcome").is_not_null())


def _appealed(d: Data) -> Measured:
    rows = d.requests.filter(
        (pl.col("line_of_business") == "medicare_advantage")
        & pl.col("historical_determination").is_in(["denied", "approved_in_part"])
    )
    return _share(rows, pl.col("appeal_outcome").is_not_null())


def _overturned(d: Data, line: str) -> Measured:
    return _share(_appeals(d, line), pl.col("appeal_outcome") == "overturned")


def _in(d: Data, discipline: str) -> pl.DataFrame:
    return d.people.filter(pl.col("discipline") == discipline)


def _decided(word: str) -> Callable[[Data], Measured]:
    return lambda d: _share(d.requests, pl.col("historical_determination") == word)


MEASURED: dict[str, Callable[[Data], Measured]] = {
    "visits_mean": lambda d: _mean(_pt(d).filter(_ADULT), "visits"),
    "visits_median": lambda d: _quantile(_pt(d).filter(_ADULT), "visits", 0.5),
    "musculoskeletal_share": lambda d: _share(_pt(d).filter(_ADULT), _BONES),
    "female_more_visits": _female_more,
    "acl_visits_median": lambda d: _quantile(_acl(d), "visits", 0.5),
    "acl_visits_q1": lambda d: _quantile(_acl(d), "visits", 0.25),
    "acl_visits_q3": lambda d: _quantile(_acl(d), "visits", 0.75),
    "acl_days_median": lambda d: _quantile(_acl(d), "latent_course_days", 0.5),
    "acl_days_q1": lambda d: _quantile(_acl(d), "latent_course_days", 0.25),
    "acl_days_q3": lambda d: _quantile(_acl(d), "latent_course_days", 0.75),
    "acl_beyond_3_months": lambda d: _share(_acl(d), pl.col("latent_course_days") > 91),
    "acl_beyond_6_months": lambda d: _share(_acl(d), pl.col("latent_course_days") > 182),
    "acl_beyond_9_months": lambda d: _share(_acl(d), pl.col("latent_course_days") > 273),
    "acl_start_45_days": lambda d: _share(_acl(d), pl.col("weeks_since_surgery") * 7 <= 45),
    **{f"acl_humana_{k}": m for k, m in _spread(lambda d: d.of("acl_reconstruction")).items()},
    **{f"acl_young_{k}": m for k, m in _spread(_acl_young).items()},
    "acl_over_30": lambda d: _share(d.of("acl_reconstruction"), pl.col("visits") > 30),
    "dutch_knee_mean": lambda d: _mean(d.of("knee_arthroplasty"), "visits"),
    "dutch_knee_sd": lambda d: _sd(d.of("knee_arthroplasty"), "visits"),
    "dutch_hip_mean": lambda d: _mean(d.of("hip_arthroplasty"), "visits"),
    "dutch_hip_sd": lambda d: _sd(d.of("hip_arthroplasty"), "visits"),
    "comp_back_mean": lambda d: _mean(_comp_back(d), "visits"),
    "comp_back_sd": lambda d: _sd(_comp_back(d), "visits"),
    "comp_back_9_to_24": lambda d: _share(_comp_back(d), pl.col("visits").is_between(9, 24)),
    "comp_back_25_to_50": lambda d: _share(_comp_back(d), pl.col("visits").is_between(25, 50)),
    "comp_back_over_50": lambda d: _share(_comp_back(d), pl.col("visits") > 50),
    "hip_visits_mean": lambda d: _mean(d.of("hip_arthroplasty"), "visits"),
    "hip_visits_sd": lambda d: _sd(d.of("hip_arthroplasty"), "visits"),
    "knee_physician_more": _knee_physician,
    "shoulder_short_other": lambda d: _short_shoulder(d, False),
    "shoulder_short_medicare": lambda d: _short_shoulder(d, True),
    "fusion_visits_mean": lambda d: _mean(d.of("lumbar_fusion"), "visits"),
    "fusion_visits_sd": lambda d: _sd(d.of("lumbar_fusion"), "visits"),
    "wrist_visits_mean": lambda d: _mean(_wrist(d), "visits"),
    "wrist_visits_median": lambda d: _quantile(_wrist(d), "visits", 0.5),
    "wrist_visits_sd": lambda d: _sd(_wrist(d), "visits"),
    "stroke_visits_median": lambda d: _quantile(d.of("stroke").filter(_MEDICARE), "visits", 0.5),
    "incontinence_1_to_4": lambda d: _share(_incontinence(d), pl.col("visits") <= 4),
    "incontinence_over_8": lambda d: _share(_incontinence(d), pl.col("visits") > 8),
    "pelvic_improved_mean": lambda d: _mean(d.of("pelvic_floor_pain").filter("latent_responder"), "visits"),
    "pelvic_others_mean": lambda d: _mean(d.of("pelvic_floor_pain").filter(~pl.col("latent_responder")), "visits"),
    "stuttering_median": lambda d: _quantile(d.of("stuttering", "ST").filter(pl.col("age_years") < 6), "visits", 0.5),
    "stuttering_america": lambda d: _quantile(d.of("stuttering", "ST").filter(pl.col("age_years") < 6), "visits", 0.5),
    "speech_sound_mean": lambda d: _mean(d.of("speech_sound_disorder", "ST"), "visits"),
    "voice_mean": lambda d: _mean(d.of("voice_disorder", "ST"), "visits"),
    "lymphedema_per_week": lambda d: _mean(
        d.requests.filter(
            (pl.col("condition") == "lymphedema")
            & (pl.col("request_number") == 1)
            & (pl.col("discipline") == "PT")
            & ~pl.col("evaluation_only")
        ),
        pl.col("requested_visits") / pl.col("requested_weeks"),
    ),
    "concussion_days": lambda d: _scaled(_quantile(d.of("concussion"), "weeks_since_onset", 0.5), 7),
    "knee_back_shoulder": lambda d: _share(_in(d, "PT"), pl.col("condition").is_in([*_BACK, *_KNEE, *_SHOULDER])),
    "pt_age_mean": lambda d: _mean(_in(d, "PT"), "age_years"),
    "medicare_age_mean": lambda d: _mean(_in(d, "PT").filter(_MEDICARE), "age_years"),
    "medicare_age_sd": lambda d: _sd(_in(d, "PT").filter(_MEDICARE), "age_years"),
    "medicare_female": lambda d: _share(_in(d, "PT").filter(_MEDICARE), pl.col("sex") == "female"),
    "early_gain_share": _early_gain,
    "back_days_mean": lambda d: _mean(d.of("low_back_pain").filter(pl.col("requests") > 1), "latent_course_days"),
    "early_final_r": _early_final,
    "adverse_ma": lambda d: _adverse(d, "medicare_advantage"),
    "appealed_ma": _appealed,
    "overturned_ma": lambda d: _overturned(d, "medicare_advantage"),
    "appealed_ma_2023": _appealed,
    "overturned_ma_2023": lambda d: _overturned(d, "medicare_advantage"),
    "adverse_ma_2023": lambda d: _adverse(d, "medicare_advantage"),
    "adverse_ma_2019": lambda d: _adverse(d, "medicare_advantage"),
    "adverse_medicare": lambda d: _adverse(d, "medicare"),
    "adverse_medicaid": lambda d: _adverse(d, "medicaid"),
    "overturned_commercial": lambda d: _overturned(d, "commercial"),
    "overturned_insurance": lambda d: _overturned(d, "commercial"),
    "overturned_early": lambda d: _overturned(d, "commercial"),
    "overturned_comp_2023": lambda d: _overturned(d, "workers_compensation"),
    "overturned_comp": lambda d: _overturned(d, "workers_compensation"),
    "discipline_pt": lambda d: _share(d.people, pl.col("discipline") == "PT"),
    "discipline_ot": lambda d: _share(d.people, pl.col("discipline") == "OT"),
    "discipline_st": lambda d: _share(d.people, pl.col("discipline") == "ST"),
    "children_pt": lambda d: _share(_in(d, "PT"), ~_ADULT),
    "children_ot": lambda d: _share(_in(d, "OT"), ~_ADULT),
    "children_st": lambda d: _share(_in(d, "ST"), ~_ADULT),
    "response": lambda d: _share(_pt(d).filter(_BONES), pl.col("latent_responder")),
    "no_third_visit": lambda d: _share(_pt(d), pl.col("visits") < 3),
    "attend_all": lambda d: _share(d.episodes.filter(~pl.col("adverse")), pl.col("visits") >= pl.col("authorised")),
    "denied": _decided("denied"),
    "in_part": _decided("approved_in_part"),
}


def _wrist(d: Data) -> pl.DataFrame:
    return d.of("distal_radius_fracture", "OT").filter(pl.col("age_years") >= 60)


def _incontinence(d: Data) -> pl.DataFrame:
    return d.of("urinary_incontinence").filter(pl.col("sex") == "female")


def _scaled(measured: Measured, factor: float) -> Measured:
    return Measured(None if measured.value is None else measured.value * factor, measured.n)
