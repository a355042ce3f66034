"""What a mapping file may hold: how the columns and values of somebody's file become facts."""

from __future__ import annotations

from workbench.documents.form import Form, Key
from workbench.facts import facts

SEPARATORS = {",": ",", ";": ";", "|": "|", "tab": "\t"}
SPANS = ("years", "weeks", "weeks_through", "days")
_COUNTED = tuple(n for n, f in facts().items() if f.kind == "integer" and f.unit in ("years", "weeks", "days"))
_SAID = {"years": "whole years", "weeks": "whole weeks", "weeks_through": "weeks begun, with both days", "days": "days"}

DATES = Key("dates", "texts", "styles of days besides YYYY-MM-DD, as DD.MM.YYYY or D MMM YYYY", required=False)
ZONE = Key("zone", "text", "the place whose day counts, for times with an offset, as America/New_York", required=False)
# Null is a word here: {"-": null} reads a dash as missing.
_CELL = Key("", "scalar", null=True)

COLUMN = Form(
    "column",
    "A fact, and how the cells of its column are written.",
    (
        Key("fact", "text", "the name of the fact", choices=tuple(facts()), choice_code="bad-mapping"),
        Key("values", "section", "text in the file → value of the fact; null: missing", required=False, each=_CELL),
        DATES,
        Key("list_separator", "text", "what stands between codes, besides ; , | and spaces", False, empty=True),
        Key("take", "text", "a pattern with one group: what of the cell is read", required=False),
        Key(
            "percent",
            "text",
            "of a percentage: fraction (1 is all) or whole (100 is all)",
            required=False,
            choices=("fraction", "whole"),
        ),
        ZONE,
        Key(
            "of_lines",
            "text",
            "which of several lines of a request counts (see grouped); sum: of numbers",
            required=False,
            choices=("first", "least", "most", "sum"),
        ),
    ),
)
_FACT = Key("", "text", "the name of a fact", choices=("ignore", *facts()))
_SECTION = Key("", "section", form=COLUMN)
COLUMN_VALUE = Key(
    "",
    "any",
    "the name of a fact, `ignore`, how the cells are written, or a list of these: one column, several facts",
    also=(_FACT, _SECTION, Key("", "items", each=Key("", "any", also=(_FACT, _SECTION)))),
)
JOINED = Form(
    "joined",
    "A column made of several, mapped like any other; missing where one of them is.",
    (
        Key("columns", "texts", "the columns, in this order"),
        Key("between", "text", "what stands between their texts", False, empty=True, default="-"),
    ),
)
COMPUTED = Form(
    "computed",
    "The time from the day in one column to the day in another; exactly one unit.",
    (*(Key(u, "texts", f"{_SAID[u]}: [first column, last column]", False, count=2) for u in SPANS), DATES),
    one_of=(SPANS,),
)
_TEXT = Key("", "scalar", null=True)
# How the file is written.
LAYOUT = (
    Key("separator", "text", "of a CSV file: one sign, or the word tab", False, empty=True, default="found out"),
    Key("encoding", "text", "of a CSV file", required=False, default="UTF-8"),
    Key("missing", "items", "texts that mean: not known", False, empty=True, each=_TEXT, default="see docs/mapping.md"),
    Key("sheet", "text", "of a workbook", required=False, default="the first"),
    Key("header_row", "integer", "the row of the column names", False, low=1, high=1000, default="1"),
    Key("header_rows", "integer", "how many rows the column names take", False, low=1, high=5, default="1"),
)
MAPPING = Form(
    "mapping",
    "How to read a file. With no columns named, each column is the fact of its name.",
    (
        Key("mapping", "name", "its name", required=False),
        *LAYOUT[:2],
        Key("decimal", "text", "the decimal sign", required=False, choices=(".", ","), default="."),
        LAYOUT[2],
        DATES,
        *LAYOUT[3:],
        ZONE,
        Key("grouped", "boolean", "rows that share a request_id are lines of one request", False, default="false"),
        Key("row_ids", "text", "request ids are this and the number of the row in the file", required=False),
        Key("columns", "section", "column → fact", required=False, each=COLUMN_VALUE),
        Key(
            "where",
            "section",
            "column → texts of the rows that are meant; others are counted apart",
            required=False,
            each=Key("", "any", also=(_TEXT, Key("", "items", each=_TEXT))),
        ),
        Key("joined", "section", "new column → what it is made of", False, each=Key("", "section", form=JOINED)),
        Key(
            "computed",
            "section",
            "a fact in years, weeks or days → the two days it lies between",
            required=False,
            each=Key("", "section", form=COMPUTED),
            named=Key("", "line", choices=_COUNTED),
        ),
        Key(
            "constants",
            "section",
            "fact → its value in every row",
            required=False,
            each=Key("", "any", also=(_CELL, Key("", "items", each=_TEXT))),
            named=Key("", "line", choices=tuple(n for n in facts() if n != "request_id")),
        ),
    ),
)
SOURCE_COLUMN = Form(
    "source column",
    "A column of a known source, and how its values are written in this export.",
    (
        Key("column", "text", "the name that the column has in the source"),
        Key("values", "section", "text in the file → text that the source holds", required=False, each=_CELL),
    ),
)
SOURCE_MAPPING = Form(
    "source mapping",
    "How an export of a known source spells its columns and values.",
    (
        Key("mapping", "name", "its name", required=False),
        *LAYOUT,
        Key(
            "columns",
            "section",
            "column of the file → column of the source, or `ignore`",
            required=False,
            each=Key("", "any", also=(Key("", "text"), Key("", "section", form=SOURCE_COLUMN))),
        ),
    ),
)
