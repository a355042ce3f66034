"""The verbs of `import workbench as wb` that say what would happen: between which bounds missing facts leave a rate,
how sure a difference is, whom it falls on. As in `workbench.api`, each loads its rooms when it is first called, and its
example runs as a test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

    from workbench.cases.assume import Assumptions
    from workbench.guideline.model import Draft, Library
    from workbench.results import Replayed
    from workbench.simulated import Bounded, Fair, Resampled, Sidewise, Sized, Worked

__all__ = ["bootstrap", "bounds", "fairness", "sample_size", "side_by_side", "workload"]


def bounds(
    cases: pd.DataFrame,
    guidelines: Library,
    *,
    by: str = "",
    assume: Assumptions | None = None,
    draft: Draft | None = None,
    as_of: date | None = None,
    program: str | None = None,
    versions: Mapping[str, str] | None = None,
    everything: bool = False,
    tries: int = 60,
    facts: bool = True,
    seed: int = 1,
) -> Bounded:
    """Between which bounds missing facts leave every rate: its lowest and highest value over all their completions.

    A completion fills in every missing fact that makes sense, each request by itself, with any value in its range. What
    the rules say that they can do without (a second measure, say) stays out unless `everything`; a plan that is not
    named is none. `assume` says how far assumptions move the bounds inside. The bounds are never too narrow; they are
    `exact` where `tries` completions, decided one by one, reach all that is possible. `facts` asks which fact narrows
    most, of what the assumptions leave open. `by` is a fact of groups, as in `wb.sweep`. Histories as recorded.

    Shape: a `Bounded`: `.table` (a row for each group and rate), `.facts`, `.requests`, `.text`, `.plot()`.
    Units: shares of 1; visits in `visits_least` and `visits_most`.
    Errors: ProblemsFound for rows that can not be decided; ValueError for a `by` that groups are not made by.

    >>> orders = wb.read_cases("scenarios/cases/hearing_orders.csv", guidelines, source="narratives").accepted
    >>> found = wb.bounds(orders, guidelines, tries=0, facts=False)
    >>> row = found.table.query("rate == 'any_approval_rate'").iloc[0]
    >>> bool(row["low"] <= row["high"])
    True
    """
    from workbench.engine.setting import setting
    from workbench.results import to_polars
    from workbench.simulated import Bounded
    from workbench.study.case_source import sound
    from workbench.study.simulate.bound import bound

    held = setting(guidelines, as_of=as_of, program=program, draft=draft, pins=versions)
    frame = sound(to_polars(cases), guidelines)
    return Bounded(
        bound(frame, held, by=by, assumptions=assume, spare=not everything, tries=tries, facts=facts, seed=seed)
    )


def fairness(published: Replayed, draft: Replayed, *, facts: Iterable[str] = ()) -> Fair:
    """Whom a draft falls on: approval gaps by group on both sides, how they change, and which way requests go.

    `facts` (default: age_band, sex, language, rural, line_of_business, intent, plan) are those of groups, as in
    `wb.sweep`. A gap is a group's approval rate less that of all others whose group is recorded. Groups of fewer than
    11 requests or people are named, not compared; p values are corrected together (Holm). Both replays decide the same
    cases.

    Shape: a `Fair`: `.groups` (a row for each fact and group), `.parity` (a row a fact), `.text`, `.plot()`.
    Units: shares of 1, draft − published; `gains` and `loses` in requests.
    Errors: NotComparable where the replays are of other cases; ValueError for a fact that groups are not made by.

    >>> later = wb.replay(cases, guidelines, versions={"physical-therapy": "2026.2"})
    >>> fair = wb.fairness(wb.replay(cases, guidelines), later, facts=["sex", "rural"])
    >>> list(fair.parity["fact"])
    ['sex', 'rural']
    """
    from workbench.simulated import Fair
    from workbench.study.compare import compare
    from workbench.study.simulate.fairness import FACTS
    from workbench.study.simulate.fairness import fairness as run

    comparison = compare(published.result, draft.result)
    return Fair(run(comparison, published.result.cases, tuple(facts) or FACTS))


def bootstrap(published: Replayed, draft: Replayed, *, replicates: int = 2000, seed: int = 1) -> Resampled:
    """A second opinion on the intervals of draft − published: people drawn anew with all their requests.

    Shape: a `Resampled`; its `table` has a row a rate: `rate`, `published`, `draft`, `difference`, `low`, `high` (as
    `wb.compare` has them), `boot_low`, `boot_high`, `error`, `boot_error`.
    Units: shares of 1; differences are draft − published; intervals of 95 %.
    Errors: NotComparable where the replays are of other cases; ValueError below 100 replicates.

    >>> later = wb.replay(cases, guidelines, versions={"physical-therapy": "2026.2"})
    >>> again = wb.bootstrap(wb.replay(cases, guidelines), later, replicates=200)
    >>> bool((again.table["boot_low"] <= again.table["boot_high"]).all())
    True
    """
    from workbench.simulated import Resampled
    from workbench.study.compare import compare
    from workbench.study.simulate.resample import bootstrap as run

    comparison = compare(published.result, draft.result)
    return Resampled(run(comparison.pair, comparison.draft, replicates=replicates, seed=seed))


def side_by_side(
    published: Replayed,
    drafts: Mapping[str, Replayed],
    rate: str = "approval_rate",
    *,
    more_is_better: bool = True,
    replicates: int = 2000,
    seed: int = 1,
) -> Sidewise:
    """Several drafts on the same cases, ranked by a rate, with how sure each rank is.

    The same draws of people serve all drafts, so that what they share does not blur their order.

    Shape: a `Sidewise`; its `table` has a row a draft, the best first: `draft`, `rate`, `difference`, `low`, `high`,
    `rank`, `rank_low`, `rank_high`, `best` (share of the draws in which it is first).
    Units: shares of 1; differences are draft − published; intervals of 95 %.
    Errors: ValueError for a rate that is none, no draft, or a draft of other cases.

    >>> later = wb.replay(cases, guidelines, versions={"physical-therapy": "2026.2"})
    >>> beside = wb.side_by_side(wb.replay(cases, guidelines), {"2026.2": later}, replicates=200)
    >>> list(beside.table["draft"])
    ['2026.2']
    """
    from workbench.simulated import Sidewise
    from workbench.study.simulate.resample import side_by_side as run

    found = {name: replayed.result for name, replayed in drafts.items()}
    return Sidewise(run(published.result, found, rate, more_is_better=more_is_better, replicates=replicates, seed=seed))


def sample_size(
    published: Replayed, draft: Replayed, difference: float, rate: str = "approval_rate", *, power: float = 0.8
) -> Sized:
    """How many people it takes to tell a paired difference from none at the 5 % level, and what power these cases have.

    The spread is that of the two replays, clustered by member; the power is that of a paired t test.

    Shape: a `Sized`: `.members`, `.power` (of the cases at hand), `.at_hand`, `.deviation`, `.curve(members)`.
    Units: `difference` and `deviation` in shares of 1; members (a request of nobody known counts as one).
    Errors: NotComparable where the replays are of other cases; ValueError for a rate that is none, a difference of 0,
    or a power that is none.

    >>> later = wb.replay(cases, guidelines, versions={"physical-therapy": "2026.2"})
    >>> sized = wb.sample_size(wb.replay(cases, guidelines), later, 0.02)
    >>> sized.power <= 1
    True
    """
    from workbench.simulated import Sized
    from workbench.study.compare import compare
    from workbench.study.simulate.resample import sample_size as run

    return Sized(run(compare(published.result, draft.result).pair, rate, difference, power=power))


def workload(
    replayed: Replayed,
    reviewers: int | Iterable[int],
    *,
    minutes: float = 20.0,
    hours_a_day: float = 8.0,
    spread: Literal["exponential", "fixed"] = "exponential",
    approve: float = 0.923,
    appeal: float = 0.115,
    overturn: float = 0.807,
    seed: int = 1,
) -> Worked:
    """What a replay sends to clinicians as a queue: their hours, the time to decision against each request's clock, and
    the yearly metrics that CMS-0057-F has payers publish.

    A review takes `minutes` on average; urgent and expedited requests are taken first, Monday to Friday. What
    clinicians approve, what of their denials is appealed and overturned are assumptions (published for all services,
    none for therapy), printed with the result; the engine itself denies nothing. `reviewers` may be several numbers.

    Shape: a `Worked`: `.table` (a row for each number of reviewers), `.public`, `.requests`, `.assumptions`, `.text`,
    `.plot()`.
    Units: `hours` and `busy` in working hours and shares of 1; waits in hours on the calendar.
    Errors: ValueError for numbers that are none; ProblemsFound where no request has `received_on`, and without the
    extra `[simulate]`.

    >>> worked = wb.workload(wb.replay(cases, guidelines), [1, 2])
    >>> worked.table["reviewers"].to_list()
    [1, 2]
    """
    from workbench.simulated import Worked
    from workbench.study.simulate.workload import Clinicians
    from workbench.study.simulate.workload import workload as run

    numbers = [reviewers] if isinstance(reviewers, int) else list(reviewers)
    said = Clinicians(approve, appeal, overturn)
    return Worked(
        run(
            replayed.result,
            numbers,
            minutes=minutes,
            hours_a_day=hours_a_day,
            spread=spread,
            clinicians=said,
            seed=seed,
        )
    )
