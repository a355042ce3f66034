"""The README for clinicians beside each guideline, rendered from its files, so that nobody has to read YAML.

    python -m workbench.review.readme [DIR]      # `make docs`: write what is stale

It shows the version that decides: the latest published one, with what a version under review would change at the end.
"""

from __future__ import annotations

import re
import sys
from decimal import Decimal
from pathlib import Path

from workbench.cases.icd10cm import normal_form
from workbench.documents.outputs import write_text
from workbench.documents.text import entries
from workbench.errors import ProblemsFound
from workbench.guideline.digests import short
from workbench.guideline.doubts import for_medicare
from workbench.guideline.model import Criterion, Guideline, Library, LimitRow, Parameter, Rules, Source
from workbench.guideline.resolve import resolve
from workbench.guideline.versions import find_guideline, lineage
from workbench.language.show import show
from workbench.language.tree import Call, Node, walk
from workbench.review.difference import diff_versions
from workbench.review.examples_page import examples_section
from workbench.review.readme_plans import plans, programs
from workbench.words.conditions import Bullet, Sayer, amount, cell_words, labels, listed, row_words, trim
from workbench.words.markdown import Md, code, link, md, plain, table

README = "README.md"
_READ = {"full": "read in full", "part": "read in part", "secondary": "known through others", "unread": "not yet read"}
_COUNTS = {"episode": "the episode", "request": "each request"}
_AT_ONCE = " at once, before everything else"
_FIRST = ", whatever paper is missing"
_BOLD = "\u2051"  # stands for ** until what is said is escaped
_HOW = """\
A request is looked at in this order, and the first step that settles it does so:

1. **Free.** Some requests need no authorization, and some first visits of an episode are free.
2. **Criteria.** Each is met, not met, or unknown because a fact is missing. What is not met goes to a licensed
   clinician, or back to the provider where it is a matter of papers. What is unknown is asked for.
3. **How much.** The first row of the limits that fits says how many visits and weeks are supported. What is asked for
   beyond that is decided by a clinician; what lies within is approved at once. For a member of Medicaid under 21 no
   amount is a cap (EPSDT): the clinician decides by whether the care corrects or eases the condition, or keeps it from
   getting worse.

Nothing here denies anything: what is not supported is decided by a clinician. **Bold numbers** can be tuned; they are
listed under [Numbers](#numbers)."""


def render(library: Library, guideline: Guideline) -> str:
    """The page of one guideline version as Markdown."""
    rules = resolve(library, guideline.id, guideline.version).rules
    page = _Page(library, rules)
    notes = [plain(g.note) for g in lineage(library, guideline) if g.note]
    blocks = [
        f"# {plain(guideline.title)}",
        f"Guideline {code(guideline.id)}, version {plain(guideline.version)}, {guideline.status.replace('_', ' ')}, "
        f"in effect from {guideline.effective}. Digest `{short(rules.guideline_digest)}`. This page is rendered from "
        "the files beside it with `make docs`; change those, not this page.",
        *notes,
        "## How a request is decided",
        _HOW,
        "## Free of authorization",
        page.free(),
        "## Criteria",
        page.criteria(),
        "## Limits",
        page.limits(),
        "## Numbers",
        page.parameters(),
        "## What plans change",
        plans(library, guideline.id, page.discipline(), page.cite),
        "## Where review is required",
        programs(library, page.discipline(), page.cite),
        "## Conditions",
        page.conditions(),
        "## Outcome measures",
        page.measures(),
        *page.review(guideline),
        "## Sources",
        page.sources(),
        *examples_section(library, guideline),
    ]
    return "\n\n".join(b for b in blocks if b) + "\n"


def medicare_words(c: Criterion) -> str:
    """What a criterion is to a member of Medicare or Medicare Advantage; "" where the guideline does not say."""
    if c.medicare == "own":
        return "For Medicare and Medicare Advantage: Medicare's own rule."
    if c.medicare == "silent":
        return "For Medicare and Medicare Advantage: a house rule, since Medicare's rules are silent here."
    if not for_medicare(c):
        return (
            "Not asked of members of Medicare and Medicare Advantage: Medicare has a rule of its own, or asks for none."
        )
    return ""


class _Page:
    """The parts of a page; it notes which sources they rest on."""

    def __init__(self, library: Library, rules: Rules):
        self.library, self.rules, self.names = library, rules, labels(library)
        self.sayer = Sayer({p.id: p for p in rules.parameters}, self.names, lambda text: f"{_BOLD}{text}{_BOLD}")
        self.used: dict[str, None] = {}

    def say(self, node: Node) -> Md:
        return _said(self.sayer.say(node))

    def cite(self, text: str) -> Md:
        """Sources by publisher and year, linked where they have an address; several are joined by `;` in the file."""
        out = []
        for id_ in entries(text):
            source = self.library.sources.get(id_)
            if source is not None:
                self.used[id_] = None
                own = source.publisher == "this project"
                name = f"{source.publisher} {source.year or ''}".strip()
                name = f"this project, {id_.replace('-', ' ')}" if own else name
                out.append(link(name, source.url))
        return md("; ".join(dict.fromkeys(out)))

    def noted(self, text: str) -> str:
        """A note behind what it is about; a source that it names in brackets by its id is cited."""

        def named(found: re.Match[str]) -> str:
            return f"(*{self.cite(found[1])}*)" if found[1] in self.library.sources else found[0]

        return f" {re.sub(r'[(]([a-z0-9-]+)[)]', named, plain(text))}" if text else ""

    def free(self) -> str:
        lines = []
        for e in self.rules.exemptions:
            lines.append(
                f"- {plain(e.text)} Holds where {self.say(e.when)}. *{self.cite(e.source)}*" + self.noted(e.note)
            )
        for w in self.rules.waivers:
            weeks = f", while fewer than {w.weeks} weeks have passed" if w.weeks is not None else ""
            where = f", where {self.say(w.when)}" if w.when is not None else ""
            lines.append(
                f"- {plain(w.text)} Free: the first {w.visits} visits of an episode{weeks}{where}. "
                f"*{self.cite(w.source)}*" + self.noted(w.note)
            )
        return "\n".join(lines) or "Nothing is free of authorization by this guideline alone."

    def criteria(self) -> str:
        papers = [c for c in self.rules.criteria if c.unmet == "administrative"]
        clinical = [c for c in self.rules.criteria if c.unmet != "administrative"]
        out = []
        for head, some in (("### Papers", papers), ("### Clinical", clinical)):
            if some:
                out += [head, *(self._criterion(c) for c in some)]
        return "\n\n".join(out) or "None."

    def _criterion(self, c: Criterion) -> str:
        lines = [f"**{c.id.replace('_', ' ').capitalize()}.** {plain(c.text)}", ""]
        if c.applies is not None:
            lines += self._part("Asked where", c.applies)
        lines += self._part("Met where", c.requires)
        if c.unmet == "administrative":
            lines.append(f"- If not, it goes back to the provider: {plain(c.cure)}")
        else:
            first = _AT_ONCE if c.urgent else _FIRST if c.papers_wait else ""
            helps = f" What helps: {plain(c.cure)}" if c.cure else ""
            lines.append(f"- If not, a clinician decides{first}.{helps}")
            lines += [f"- Where {self.say(x.when)}: {plain(x.text)}" for x in c.cures]
        if whose := medicare_words(c):
            lines.append(f"- {whose}")
        if c.note:
            lines.append(f"- {plain(c.note)}")
        lines.append(f"- Source: *{self.cite(c.source)}*")
        return "\n".join(lines)

    def _part(self, head: str, node: Node) -> list[str]:
        """One line where it is short, else a list within the list."""
        first, *rest = self.sayer.bullets(node)
        said = self.say(node)
        among = any(isinstance(n, Call) and n.op in ("or", "xor") for n in walk(node))
        if not rest or len(said) < 110 and not among and first.joins == "and":
            return [f"- {head} {said}."]
        if first.joins:
            return [f"- {head} {_said(first.text)}", *map(_line, rest)]
        return [f"- {head.removesuffix(' where')}:", *(_line(b, 1) for b in (first, *rest))]

    def limits(self) -> str:
        head = (
            "Read from the top: the first row that fits decides. It counts the whole episode, or each request alone "
            "where that stands beside it. Where none fits, a clinician sets the amount."
        )
        rows = [
            [
                *self._who(r),
                r.visits,
                r.weeks,
                _number(r.per_week),
                _COUNTS[r.counts],
                _grades(r.evidence),
                self.cite(r.source),
                r.note,
            ]
            for r in self.rules.limits
        ]
        return f"{head}\n\n" + table(
            [
                "condition",
                "for whom",
                "visits",
                "weeks",
                "a week at most",
                "counts",
                "evidence",
                "source",
                "how the numbers came about",
            ],
            rows,
            (2, 3, 4),
        )

    def _who(self, row: LimitRow) -> tuple[str, str]:
        condition = next((c for c in row.cells if c.fact == "condition"), None)
        rest = [c for c in row.cells if c is not condition]
        return (
            cell_words(condition, self.names) if condition else "any condition",
            row_words(rest, self.names) if rest else "everybody",
        )

    def parameters(self) -> str:
        return table(
            ["number", "value", "may be", "evidence", "source", "checked", "meaning"],
            [self._parameter(p) for p in self.rules.parameters],
            (1,),
        )

    def _parameter(self, p: Parameter) -> list[object]:
        return [
            md(f"{plain(p.label)} ({code(p.id)})"),
            md(f"**{plain(amount(p.value, p.unit))}**"),
            f"{trim(p.low)} to {trim(p.high)}",
            p.evidence,
            self.cite(p.source),
            p.checked.isoformat(),
            " ".join(x for x in (p.help, p.note) if x),
        ]

    def conditions(self) -> str:
        mine = [c for c in self.library.conditions if not c.disciplines or self.discipline() in c.disciplines]
        head = (
            "The condition of a request, where it is not stated, comes from its diagnosis code: the longest "
            "beginning that fits counts."
        )
        return f"{head}\n\n" + table(
            ["condition", "diagnosis codes that begin with", "where"],
            [[c.label, _prefixes(c.prefixes), row_words(c.cells, self.names) if c.cells else ""] for c in mine],
        )

    def discipline(self) -> str:
        """The discipline of the scope; every condition is shown where it names none."""
        named = [d for d in ("PT", "OT", "ST") if f"'{d}'" in show(self.rules.scope)]
        return named[0] if len(named) == 1 else ""

    def measures(self) -> str:
        head = (
            "Gain is counted in smallest important changes of the measure (MCID). A measure without one gives no "
            "gain in MCID, and one without both ends no limitation in percent."
        )
        rows = [
            [
                m.label,
                _number(m.lowest),
                _number(m.highest),
                m.better,
                _number(m.mcid),
                m.evidence,
                self.cite(m.source),
                m.note,
            ]
            for m in sorted(self.library.measures.values(), key=lambda m: m.label.lower())
        ]
        return f"{head}\n\n" + table(
            ["measure", "lowest", "highest", "better", "MCID", "evidence", "source", "what the MCID is"],
            rows,
            (1, 2, 4),
        )

    def review(self, guideline: Guideline) -> list[str]:
        """What the versions under review would change."""
        out = []
        for g in self.library.guidelines:
            if g.id == guideline.id and g.status == "in_review":
                difference = diff_versions(self.library, guideline.name, g.name)
                rows = [[i.title, i.change, self.cite(i.source)] for i in difference.said if i.kind != "about"]
                out += [
                    f"## Under review: version {plain(g.version)}",
                    f"It is not in effect; {difference.counts()}.",
                    table(["what", "change", "source"], rows),
                ]
        return out

    def sources(self) -> str:
        return "\n".join(_source(self.library.sources[i]) for i in sorted(self.used))


def _source(s: Source) -> str:
    year = f", {s.year}" if s.year else ""
    copy = f" in {link('a copy', s.copy)}" if s.copy else ""
    return f"- {link(s.title, s.url)}. {plain(s.publisher)}{year}; {_READ[s.read]}{copy}. {code(s.id)}"


def _prefixes(prefixes: tuple[str, ...]) -> str:
    """What a row takes in; whole codes with a seventh character are told by how they begin, and counted."""
    whole = [p for p in prefixes if len(p) == 7]
    if len(whole) < 10:
        return ", ".join(normal_form(p) or p for p in prefixes)
    stems, ends = sorted({normal_form(p[:4]) for p in whole}), sorted({p[-1] for p in whole})
    told = f"{', '.join(stems)} with the seventh character {listed(ends, 'or')} ({len(whole)} codes)"
    return ", ".join([*(normal_form(p) or p for p in prefixes if len(p) != 7), told])


def _grades(evidence: str) -> str:
    """The grade of each number of a limit row; once where they are one."""
    grades = entries(evidence)
    if len(set(grades)) == 1:
        return grades[0]
    return ", ".join(f"{n}: {g}" for n, g in zip(("visits", "weeks", "a week"), grades, strict=False))


def _number(value: Decimal | None) -> str:
    return "" if value is None else trim(value)


def _line(bullet: Bullet, below: int = 0) -> str:
    """A line of a list within a list, by four spaces: the site's Markdown takes two for the same list."""
    return f"{' ' * 4 * (bullet.depth + below)}- {_said(bullet.text)}"


def _said(text: str) -> Md:
    """What is said of a condition, with its numbers in bold."""
    return md(plain(text).replace(_BOLD, "**"))


def shown_version(library: Library, id_: str) -> Guideline | None:
    """The version that a guideline's README shows: the latest published one, else the newest of any status."""
    mine = [g for g in library.guidelines if g.id == id_ and not g.base]
    best = [g for g in mine if g.status == "published"] or mine
    return find_guideline(library, id_, max(best, key=lambda g: g.effective).version) if best else None


def pages(library: Library) -> dict[Path, str]:
    """Path → what the README of each deciding guideline should say."""
    ids = dict.fromkeys(g.id for g in library.guidelines if not g.base)
    shown = [g for i in ids if (g := shown_version(library, i)) is not None]
    return {Path(library.root) / g.id / README: render(library, g) for g in shown}


def stale(library: Library) -> list[Path]:
    """The READMEs that are missing or say something else than the files."""
    return [p for p, text in pages(library).items() if not p.is_file() or p.read_text(encoding="utf-8") != text]


def write(library: Library) -> list[Path]:
    """Write the READMEs that are stale; returns them."""
    changed = []
    for path, text in pages(library).items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            write_text(path, text)
            changed.append(path)
    return changed


if __name__ == "__main__":
    from workbench.guideline.load import load_guidelines

    try:
        done = write(load_guidelines(sys.argv[1] if len(sys.argv) > 1 else "guidelines"))
    except ProblemsFound as problems:
        sys.exit(str(problems))
    print("\n".join(f"wrote {p}" for p in done) or "every README is up to date")
