"""The README for clinicians beside each guideline, rendered from its files, so that nobody has to read YAML.

    python -m workbench.review.readme [DIR]      # `make docs`: write what is stale

It shows the version that decides: the latest published one, with what a version under review would change at the end.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from workbench.errors import ProblemsFound
from workbench.guideline.model import Criterion, Guideline, Library, LimitRow, Parameter, Rules, Source
from workbench.guideline.resolve import resolve
from workbench.guideline.versions import find_guideline
from workbench.guideline.yamlfile import Items, Pairs, Scalar, read_yaml
from workbench.language.syntax import show
from workbench.language.tree import Node
from workbench.review.difference import diff_versions
from workbench.review.sentences import Sayer, amount, cell_words, labels, row_words, trim
from workbench.review.words import DETERMINATION

README, EXAMPLES = "README.md", "examples.yaml"
_READ = {"full": "read in full", "part": "read in part", "secondary": "known through others", "unread": "not yet read"}
_HOW = """\
A request is looked at in this order, and the first step that settles it does so:

1. **Free.** Some requests need no authorization, and some first visits of an episode are free.
2. **Criteria.** Each is met, not met, or unknown because a fact is missing. What is not met goes to a licensed
   clinician, or back to the provider where it is a matter of papers. What is unknown is asked for.
3. **How much.** The first row of the limits that fits says how many visits and weeks are supported. What is asked for
   beyond that is decided by a clinician; what lies within is approved at once.

Nothing here denies anything: what is not supported is decided by a clinician. **Bold numbers** can be tuned; they are
listed under [Numbers](#numbers)."""


def render(library: Library, guideline: Guideline) -> str:
    """The page of one guideline version as Markdown."""
    rules = resolve(library, guideline.id, guideline.version).rules
    page = _Page(library, rules)
    base = next((g for g in library.guidelines if g.name == guideline.extends), None)
    notes = [g.note.strip() for g in (guideline, base) if g is not None and g.note]
    blocks = [
        f"# {guideline.title}",
        f"Guideline `{guideline.id}`, version {guideline.version}, {guideline.status.replace('_', ' ')}, in effect "
        f"from {guideline.effective}. Digest `{rules.guideline_digest}`. This page is rendered from the files beside "
        "it with `make docs`; change those, not this page.",
        *notes, "## How a request is decided", _HOW, "## Free of authorization", page.free(), "## Criteria",
        page.criteria(), "## Limits", page.limits(), "## Numbers", page.parameters(),
        "## Conditions", page.conditions(), "## Outcome measures", page.measures(), *page.review(guideline),
        "## Sources", page.sources(), *_examples(library, guideline)]
    return "\n\n".join(b for b in blocks if b) + "\n"


class _Page:
    """The parts of a page; it notes which sources they rest on."""

    def __init__(self, library: Library, rules: Rules):
        self.library, self.rules, self.names = library, rules, labels(library)
        self.sayer = Sayer({p.id: p for p in rules.parameters}, self.names, lambda text: f"**{text}**")
        self.used: dict[str, None] = {}

    def cite(self, text: str) -> str:
        """Sources by publisher and year, linked where they have an address; several are joined by `;` in the file."""
        out = []
        for id_ in (s.strip() for s in text.split(";")):
            source = self.library.sources.get(id_)
            if source is not None:
                self.used[id_] = None
                own = source.publisher == "this project"
                name = f"{source.publisher} {source.year or ''}".strip()
                name = f"this project, {id_.replace('-', ' ')}" if own else name
                out.append(f"[{_cell(name)}]({source.url})" if source.url else _cell(name))
        return "; ".join(dict.fromkeys(out))

    def free(self) -> str:
        lines = []
        for e in self.rules.exemptions:
            lines.append(f"- {e.text} Holds where {self.sayer.say(e.when)}. *{self.cite(e.source)}*" + _note(e.note))
        for w in self.rules.waivers:
            weeks = f", while fewer than {w.weeks} weeks have passed" if w.weeks is not None else ""
            where = f", where {self.sayer.say(w.when)}" if w.when is not None else ""
            lines.append(f"- {w.text} Free: the first {w.visits} visits of an episode{weeks}{where}. "
                         f"*{self.cite(w.source)}*" + _note(w.note))
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
        lines = [f"**{c.id.replace('_', ' ').capitalize()}.** {c.text}", ""]
        if c.applies is not None:
            lines += self._part("Asked where", c.applies)
        lines += self._part("Met where", c.requires)
        back = f"it goes back to the provider: {c.cure}" if c.unmet == "administrative" else "a clinician decides."
        lines.append(f"- If not, {back}")
        if c.note:
            lines.append(f"- {c.note}")
        lines.append(f"- Source: *{self.cite(c.source)}*")
        return "\n".join(lines)

    def _part(self, head: str, node: Node) -> list[str]:
        """One line where it is short, else a list within the list."""
        first, *rest = self.sayer.bullets(node)
        said = self.sayer.say(node)
        if not rest or len(said) < 110 and "either" not in said and first.endswith("hold:"):
            return [f"- {head} {said}."]
        if first.endswith(("hold:", "holds:")):
            return [f"- {head} {first.removeprefix('- ')}", *rest]
        return [f"- {head.removesuffix(' where')}:", *(f"  {i}" for i in (first, *rest))]

    def limits(self) -> str:
        head = ("Read from the top: the first row that fits decides, and it holds for the whole episode. Where none "
                "fits, a clinician sets the amount.")
        rows = [[*self._who(r), r.visits, r.weeks, _number(r.per_week), r.evidence,
                 self.cite(r.source), r.note] for r in self.rules.limits]
        return f"{head}\n\n" + _table(["condition", "for whom", "visits", "weeks", "a week at most", "evidence",
                                       "source", "how the numbers came about"], rows, (2, 3, 4))

    def _who(self, row: LimitRow) -> tuple[str, str]:
        condition = next((c for c in row.cells if c.fact == "condition"), None)
        rest = [c for c in row.cells if c is not condition]
        return (cell_words(condition, self.names) if condition else "any condition",
                row_words(rest, self.names) if rest else "everybody")

    def parameters(self) -> str:
        return _table(["number", "value", "may be", "evidence", "source", "checked", "meaning"],
                      [self._parameter(p) for p in self.rules.parameters], (1,))

    def _parameter(self, p: Parameter) -> list[object]:
        return [f"{p.label} (`{p.id}`)", f"**{amount(p.value, p.unit)}**", f"{trim(p.low)} to {trim(p.high)}",
                p.evidence, self.cite(p.source), p.checked.isoformat(), " ".join(x for x in (p.help, p.note) if x)]

    def conditions(self) -> str:
        mine = [c for c in self.library.conditions if not c.disciplines or self._discipline() in c.disciplines]
        head = ("The condition of a request, where it is not stated, comes from its diagnosis code: the longest "
                "beginning that fits counts.")
        return f"{head}\n\n" + _table(["condition", "diagnosis codes that begin with", "where"], [
            [c.label, ", ".join(c.prefixes), row_words(c.cells, self.names) if c.cells else ""] for c in mine])

    def _discipline(self) -> str:
        """The discipline of the scope; every condition is shown where it names none."""
        named = [d for d in ("PT", "OT", "ST") if f"'{d}'" in show(self.rules.scope)]
        return named[0] if len(named) == 1 else ""

    def measures(self) -> str:
        head = ("Gain is counted in smallest important changes of the measure (MCID). A measure without one gives no "
                "gain in MCID, and one without both ends no limitation in percent.")
        rows = [[m.label, _number(m.lowest), _number(m.highest), m.better, _number(m.mcid), m.evidence,
                 self.cite(m.source)]
                for m in sorted(self.library.measures.values(), key=lambda m: m.label.lower())]
        return f"{head}\n\n" + _table(["measure", "lowest", "highest", "better", "MCID", "evidence", "source"], rows,
                                      (1, 2, 4))

    def review(self, guideline: Guideline) -> list[str]:
        """What the versions under review would change."""
        out = []
        for g in self.library.guidelines:
            if g.id == guideline.id and g.status == "in_review":
                difference = diff_versions(self.library, guideline.name, g.name)
                rows = [[_cell(i.title), i.change, self.cite(i.source)] for i in difference.items if i.kind != "about"]
                out += [f"## Under review: version {g.version}", f"It is not in effect; {difference.counts()}.",
                        _table(["what", "change", "source"], rows)]
        return out

    def sources(self) -> str:
        return "\n".join(_source(self.library.sources[i]) for i in sorted(self.used))


def _source(s: Source) -> str:
    title = f"[{_cell(s.title)}]({s.url})" if s.url else _cell(s.title)
    return f"- {title}. {_cell(s.publisher)}{f', {s.year}' if s.year else ''}; {_READ[s.read]}. `{s.id}`"


def _examples(library: Library, guideline: Guideline) -> list[str]:
    """The named examples by what a clinician expects of them."""
    path = Path(library.root) / guideline.id / EXAMPLES
    if not path.is_file():
        return []
    problems: list = []
    top = read_yaml(path, problems)
    if problems or not isinstance(top, Items):
        raise ProblemsFound(problems)
    found: dict[str, list[str]] = {d: [] for d in DETERMINATION}
    for one in top.values:
        name, expect = one.get("name"), one.get("expect")
        if isinstance(name, Scalar) and isinstance(expect, Pairs):
            determination = expect.get("determination")
            reasons = expect.get("reasons")
            why = ", ".join(f"`{r.text}`" for r in reasons.values) if isinstance(reasons, Items) else ""
            found.setdefault(determination.text, []).append(f"- {_cell(name.text)}" + (f" ({why})" if why else ""))
    out = ["## Examples", f"{sum(map(len, found.values()))} named requests with what a clinician expects; they are "
           "run on every change."]
    for determination, names in found.items():
        if names:
            out += [f"<details><summary>{DETERMINATION[determination]} ({len(names)})</summary>", "\n".join(names),
                    "</details>"]
    return out


def _number(value: Decimal | None) -> str:
    return "" if value is None else trim(value)


def _note(text: str) -> str:
    return f" {text}" if text else ""


def _cell(value: object) -> str:
    """Text for a Markdown table cell or link."""
    text = str(value).replace("\n", " ").replace("|", "\\|").replace("<", "&lt;")
    return text.replace("[", "\\[").replace("]", "\\]") if "](" not in text else text


def _table(head: list[str], rows: Iterable[list[object]], right: tuple[int, ...] = ()) -> str:
    rule = "|".join("--:" if k in right else "---" for k in range(len(head)))
    lines = ["| " + " | ".join(head) + " |", f"|{rule}|"]
    return "\n".join(lines + ["| " + " | ".join(_cell(c) for c in row) + " |" for row in rows])


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
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


if __name__ == "__main__":
    from workbench.guideline.load import load_guidelines
    try:
        done = write(load_guidelines(sys.argv[1] if len(sys.argv) > 1 else "guidelines"))
    except ProblemsFound as problems:
        sys.exit(str(problems))
    print("\n".join(f"wrote {p}" for p in done) or "every README is up to date")
