"""What the files of a guideline folder may hold: guidelines, overlays, programs, sources, examples. The readers beside
this file go by it; what a change may hold is in change_forms.py."""

from __future__ import annotations

from workbench.documents.facts_form import CODE, facts_form
from workbench.documents.form import Form, Key
from workbench.facts import facts
from workbench.guideline.change_forms import BENEFIT, CHANGES
from workbench.guideline.declared import CLAIMS, EXCEPTABLE
from workbench.guideline.model import EVIDENCE, GAP_DAYS, HIGHEST, OVERLAY_BOUNDS, READ, STATUSES, UNMET
from workbench.guideline.outcomes import DETERMINATIONS, MEDICARE_RANKS

OTHERS = "others"
EXPECTED_NUMBERS = (
    "granted_visits",
    "granted_weeks",
    "referred_visits",
    "referred_weeks",
    "waived_visits",
    "benefit_excess_visits",
)
EXPECTED_LISTS = ("reasons", "missing", "procedures_not_covered", "undefined")

VERSION = Key("version", "version", "the version, in quotes; the file is named after it")
TITLE = Key("title", "text", "what people call it")
STATUS = Key("status", "line", "published and retired versions decide; the others can be tried", choices=STATUSES)
EFFECTIVE = Key("effective", "date", "the first day on which it counts")
SOURCE_KEY = Key("source", "line", "where it comes from: an id of sources.yaml")
NOTE = Key("note", "text", "for whoever reads the file; decides nothing", required=False)
ITEM = (
    Key("id", "id", "its name; a decision gives it as a reason"),
    Key("text", "text", "what it says, as a sentence"),
)
WHEN = "an expression of the criteria language (docs/language.md)"

PARAMETER = Form(
    "parameter",
    "A number that expressions use by its name and people move.",
    (
        Key("label", "text", "its name for people"),
        Key("value", "number", "the number, within its range"),
        Key("unit", "line", "visits, weeks, percent, MCID, visits/week …; '' for none", empty=True),
        Key("range", "items", "lowest and highest value that may be tried", each=Key("", "number"), count=2),
        Key("step", "number", "how far one move of the slider goes; above 0"),
        Key("help", "text", "what it means, for whoever moves it", required=False),
        SOURCE_KEY,
        Key("evidence", "line", "what kind of text the number rests on", choices=EVIDENCE),
        Key("checked", "date", "the day on which somebody last read the source"),
        NOTE,
    ),
)
EXEMPTION = Form(
    "exemption",
    "A condition under which no authorization is needed.",
    (*ITEM, Key("when", "scalar", WHEN), SOURCE_KEY, NOTE),
)
WAIVER = Form(
    "waiver",
    "The first visits of an episode that need no authorization.",
    (
        *ITEM,
        Key("visits", "integer", "how many visits are free", low=1, high=HIGHEST["visits"]),
        Key(
            "weeks",
            "integer",
            "only while the episode is younger than this",
            required=False,
            low=1,
            high=HIGHEST["visits"],
        ),
        Key("when", "scalar", "for whom: " + WHEN, required=False),
        SOURCE_KEY,
        NOTE,
    ),
)
CURE = Form(
    "cure",
    "What helps in one case, in place of the criterion's own `cure`; the first that holds is told.",
    (Key("when", "scalar", "in which: " + WHEN), Key("cure", "text", "what helps then")),
)
CRITERION = Form(
    "criterion",
    "A condition that a request must meet. `unmet: administrative` needs a `cure`.",
    (
        *ITEM,
        Key("applies", "scalar", "for which requests it is asked: " + WHEN, required=False, default="all"),
        Key("requires", "scalar", "what must hold: " + WHEN),
        Key("unmet", "line", "who looks at it where it does not hold", required=False, choices=UNMET, default=UNMET[0]),
        Key("cure", "text", "what the provider can send or change", required=False),
        Key("cures", "sections", "what helps in one case or another", required=False, form=CURE),
        Key("urgent", "boolean", "where it is unmet the request comes first in every list", required=False),
        Key("papers_wait", "boolean", "where it is unmet a clinician looks, whatever paper is missing", required=False),
        Key(
            "medicare",
            "line",
            "to a member of Medicare: its own rule, or a house rule where Medicare's rules are silent",
            required=False,
            choices=MEDICARE_RANKS,
        ),
        SOURCE_KEY,
        NOTE,
    ),
)
PROPERTY = Form(
    "property",
    "What must hold of any two requests that are alike but for what it says; `workbench prove` asks for it.",
    (
        Key("id", "id", "its name"),
        Key("text", "text", "what it says, as a sentence"),
        Key(
            "when",
            "scalar",
            "how the other request differs: an expression over `request.FACT` and `other.FACT`; a fact that `other` "
            "does not name is the same in both",
        ),
        Key("claim", "line", "how the other request fares beside the first", choices=CLAIMS),
        Key("source", "line", "where it comes from: an id of sources.yaml", required=False),
        NOTE,
    ),
)
EXCEPTION = Form(
    "exception",
    "A question of `workbench prove` that the guideline answers otherwise on purpose, and why.",
    (
        Key("law", "line", "the question (docs/proof.md)", choices=EXCEPTABLE),
        Key(
            "about",
            "texts",
            "what of it, as the question names it: facts, rows, criteria; of `no-gap` a condition and an aim of "
            "treatment (`autism, rehabilitative`), or an aim for all conditions that have no row for it. Nothing: all",
            required=False,
        ),
        Key(
            "through",
            "texts",
            "the criteria through which alone it comes about; through another the question still fails",
            required=False,
        ),
        Key("reason", "text", "why it is meant so"),
        Key("source", "line", "where that comes from: an id of sources.yaml", required=False),
    ),
)
TABLES = Form(
    "tables",
    "The versions of the shared tables that decide; a base may name them for those that extend it.",
    (
        Key("conditions", "version", "`guidelines/conditions/<version>.csv`", required=False),
        Key("measures", "version", "`guidelines/measures/<version>.csv`", required=False),
    ),
)
GUIDELINE = Form(
    "guideline",
    "One version of the rules of one discipline, or a base without limits that others extend.",
    (
        Key("guideline", "name", "its id; the folder has the same name"),
        VERSION,
        TITLE,
        STATUS,
        EFFECTIVE,
        Key(
            "extends", "line", "the base whose parameters, exemptions, waivers and criteria come first", required=False
        ),
        Key("scope", "scalar", "which requests it decides: " + WHEN, required=False),
        Key("tables", "section", TABLES.text, required=False, form=TABLES),
        NOTE,
        Key(
            "parameters",
            "section",
            "id → a number with unit, range and source",
            required=False,
            each=Key("", "section", form=PARAMETER),
            named=Key("", "id"),
        ),
        Key("exemptions", "sections", EXEMPTION.text, required=False, empty=True, form=EXEMPTION),
        Key("waivers", "sections", WAIVER.text, required=False, empty=True, form=WAIVER),
        Key("criteria", "sections", "what a request must meet", required=False, empty=True, form=CRITERION),
        Key("properties", "sections", PROPERTY.text, required=False, empty=True, form=PROPERTY),
        Key("exceptions", "sections", EXCEPTION.text, required=False, empty=True, form=EXCEPTION),
        Key("limits", "line", "the table of limits beside it: `<version>.limits.csv`; a base has none", required=False),
    ),
    needs=(("limits", "scope"),),
)

OVERLAY = Form(
    "plan",
    "What one health plan changes, frees, leaves out and limits, in one dated version.",
    (
        Key("plan", "name", "its id, as the fact `plan` of a request; the folder has the same name"),
        VERSION,
        TITLE,
        STATUS,
        EFFECTIVE,
        Key("lines_of_business", "texts", "the lines that it covers", choices=facts()["line_of_business"].choices),
        SOURCE_KEY,
        Key(
            "episode_gap_days",
            "integer",
            "so many days without a visit open a new episode",
            required=False,
            low=OVERLAY_BOUNDS["episode_gap_days"][0],
            high=OVERLAY_BOUNDS["episode_gap_days"][1],
            default=str(GAP_DAYS),
        ),
        Key("waivers", "sections", WAIVER.text, required=False, empty=True, form=WAIVER),
        Key(
            "excluded_procedures", "texts", "procedures that the plan does not cover", False, each=Key("", "line", CODE)
        ),
        Key("benefit_limit", "section", BENEFIT.text, required=False, form=BENEFIT),
        Key("changes", "section", CHANGES.text, required=False, each=CHANGES.each, named=CHANGES.named),
    ),
)

PROGRAM_ROW = Form(
    "program_row",
    "One line of business in some states: since when review is required.",
    (
        Key("line_of_business", "line", "whom", choices=facts()["line_of_business"].choices),
        Key(
            "states",
            "texts",
            "two-letter states, or `others`: those that no other row of the line names",
            choices=facts()["state"].choices,
            also=(Key("", "line", choices=(OTHERS,)),),
        ),
        Key("disciplines", "texts", "which disciplines", choices=facts()["discipline"].choices),
        Key("requests_from", "date", "the day from which requests are taken", required=False),
        Key("review_from", "date", "the day from which review is required", required=False),
        Key("planned", "text", "what is known of a day that is not yet set; no review is required yet", required=False),
        Key("exempt_when", "scalar", "whom the row leaves out: " + WHEN, required=False),
        SOURCE_KEY,
    ),
    one_of=(("review_from", "planned"),),
)
PROGRAM = Form(
    "program",
    "Where, for whom and from which day review is required at all.",
    (
        Key("program", "name", "its id; the folder has the same name"),
        VERSION,
        TITLE,
        Key("status", "line", STATUS.text, required=False, choices=STATUSES, default="published"),
        Key("published", "date", "the day on which this calendar was announced"),
        Key("rows", "sections", PROGRAM_ROW.text, form=PROGRAM_ROW),
        Key("monitoring", "texts", "what goes on where review is not required; decides nothing", required=False),
    ),
)

SOURCE = Form(
    "source",
    "A text that a number, a criterion or a calendar rests on.",
    (
        Key("title", "text", "its title"),
        Key("publisher", "text", "who published it"),
        Key("year", "integer", "when", low=1900, high=2100),
        Key("url", "line", "its address; '' where none was recorded", empty=True),
        Key("read", "line", "how far it was read: full, part, secondary (told by another), unread", choices=READ),
        Key("copy", "line", "the address of the copy in which it was read, where that is another", required=False),
    ),
)


def expected_form(reasons: tuple[str, ...] = ()) -> Form:
    """What an example may expect; `reasons` are those that the guideline folder can give (none: any)."""
    known = {"reasons": reasons, "missing": tuple(facts()), "undefined": reasons}
    return Form(
        "expected",
        "Columns of the decision record that must come out so; what is not named may be anything.",
        (
            Key("determination", "line", "what the engine must say", choices=DETERMINATIONS),
            *(
                Key(n, "texts", "[] for none", False, known.get(n, ()), choice_code="unknown-name", empty=True)
                for n in EXPECTED_LISTS
            ),
            Key("urgent", "boolean", "whether it comes first in every list", required=False),
            *(Key(n, "integer", "a count; null where none is told", False, low=0, null=True) for n in EXPECTED_NUMBERS),
        ),
    )


EXPECTED = expected_form()
EXAMPLE = Form(
    "example",
    "A request, the determination that a clinician expects, and why.",
    (
        Key("name", "line", "what the example shows, as a sentence; no two alike"),
        Key(
            "why",
            "text",
            "why a clinician expects it, of this one alone; what only repeats a row of the limits is generated and not "
            "written",
        ),
        Key(
            "like",
            "line",
            "the name of an example above, whose facts hold here too: request for request, or, beside an `each` of "
            "another length, those that all its requests share",
            required=False,
        ),
        Key(
            "request",
            "section",
            "facts by name; `null` takes away what `like` lends. May be left out beside `like`",
            required=False,
            form=facts_form(),
        ),
        Key(
            "each",
            "section",
            "fact → a list of values, all lists of one length: the request once for each, with the same expectation",
            required=False,
            each=Key("", "items", empty=False),
            named=Key("", "id"),
        ),
        Key(
            "versions",
            "texts",
            "the versions for which it holds, where not for all that are published or in review",
            required=False,
        ),
        Key("program", "name", "the program under which it is decided; without one, none", required=False),
        Key("expect", "section", EXPECTED.text, form=EXPECTED),
    ),
    any_of=(("request", "like"),),
)
