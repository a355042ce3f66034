"""What a scenario file may hold."""

from __future__ import annotations

from workbench.documents.form import Form, Key
from workbench.guideline.change_forms import UNSIGNED
from workbench.reading.sources import SOURCES
from workbench.study.carry import POLICIES
from workbench.study.rates import NEWLY_REFERRED, RATES
from workbench.study.replay import MODES

LOSE_VISITS = "lose_visits"  # requests for which the draft supports fewer visits
WIDEST_GAP = "widest_gap"  # the largest difference of approval rates between two groups of people
IN_REQUESTS = (NEWLY_REFERRED, LOSE_VISITS)  # gates that bound requests, the others bound shares
GATES = (*(r.name for r in RATES), WIDEST_GAP, *IN_REQUESTS)
BOUNDS = ("at_least", "at_most")

# 1.2 for a share is 120 %, written where 0.012 or 12 % was meant; a count has no upper end.
_SHARES = Form(
    "gate",
    "A bound on a share of the draft's side.",
    tuple(Key(b, "number", "a share from 0 to 1", required=False, low=0, high=1) for b in BOUNDS),
    any_of=(BOUNDS,),
)
_COUNTS = Form(
    "count_gate",
    "A bound on a number of requests.",
    tuple(Key(b, "number", "requests", required=False, low=0) for b in BOUNDS),
    any_of=(BOUNDS,),
)
GATE = {name: _COUNTS if name in IN_REQUESTS else _SHARES for name in GATES}
_SAID = {
    **{r.name: r.label for r in RATES},
    NEWLY_REFERRED: "requests that the draft alone sends to a clinician",
    WIDEST_GAP: "largest difference of approval rates between two groups of age, sex, language, rural, line of "
    "business, intent or plan, of at least 11 requests and people each",
    LOSE_VISITS: "requests for which the draft supports fewer visits",
}
GATED = Form(
    "gates",
    "Bounds on numbers of the draft's side (docs/meaning.md, Rates); the run fails where one does not hold.",
    tuple(Key(n, "section", _SAID[n], required=False, form=form) for n, form in GATE.items()),
)
CASES = Form(
    "cases",
    "Where the requests come from: invented, or a file.",
    (
        Key("generate", "integer", "so many invented ones", required=False, low=1, high=10_000_000),
        Key("seed", "integer", "which ones", required=False, low=0, high=2**32 - 1, default="1"),
        Key("file", "line", "a file of cases", required=False),
        Key("source", "line", f"what kind of file: {', '.join(SOURCES)}", required=False),
        Key("mapping", "line", "the mapping that reads it", required=False),
    ),
    one_of=(("generate", "file"),),
)
_VERSION = Key("", "version", "a version")
TRIED = Form(
    "tried",
    "Other versions, of any status, in place of the baseline's.",
    (Key("version", "section", "guideline, plan or program → the version tried", each=_VERSION),),
)
SCENARIO = Form(
    "scenario",
    "A question about a change, the cases to ask it of, and the gates that the answer must pass. Paths count from the "
    "folder that holds the guideline folder. Any other key must be a parameter of the notebook.",
    (
        Key("scenario", "name", "its name; the file has the same"),
        Key("question", "text", "what is asked, as a sentence"),
        Key("notebook", "line", "the notebook that is run with these keys as its parameters"),
        Key("baseline", "section", "guideline, plan or program → the version compared with", each=_VERSION),
        Key(
            "draft",
            "any",
            "a draft's keys, the path of a draft, or `version`: other versions in place of the baseline's",
            also=(
                Key("", "line", "the path of a draft"),
                Key("", "section", form=UNSIGNED),
                Key("", "section", form=TRIED),
            ),
        ),
        Key("cases", "section", CASES.text, form=CASES),
        Key("assumptions", "line", "the path of an assumptions file", required=False),
        Key("replay", "line", "how history counts", False, MODES, choice_code="bad-scenario", default=MODES[0]),
        Key(
            "policy",
            "line",
            "what an undecided request supports, carried forward",
            required=False,
            choices=POLICIES,
            choice_code="bad-scenario",
            default="history",
        ),
        Key("program", "name", "the program that says where review is required", required=False),
        Key(
            "as_of", "any", "the day whose versions decide", required=False, also=(Key("", "date"), Key("", "nothing"))
        ),
        Key("by_date", "boolean", "each request by its received_on", required=False),
        Key("gates", "section", GATED.text, required=False, form=GATED),
    ),
    rest=Key("", "any", "a parameter of the notebook"),
)
