"""The page of monitoring: what stands on it, and that it shows no small group."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser

import pandas as pd
import pytest

import workbench as wb
from workbench.generator.claim_lines import plant
from workbench.reading.sources.claim_lines import read_claims_file
from workbench.study.monitor_checks import codes


class Seen(HTMLParser):
    """Pictures with their text, and the rows of each table."""

    def __init__(self) -> None:
        super().__init__()
        self.alts: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "img":
            self.alts.append(named.get("alt") or "")
        elif tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        self.inside = tag in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.inside and self.tables and self.tables[-1] and self.tables[-1][-1]:
            self.tables[-1][-1][-1] += data


@pytest.fixture(scope="module")
def found(shipped) -> wb.Monitored:
    lines = wb.plant_claims(2500, shipped, seed=2, providers=8, outliers=3).lines
    return wb.monitor(lines, shipped, since=date(2025, 1, 1), today=date(2026, 1, 31))


def test_the_page_shows_figures_with_their_text_and_no_small_group(found, tmp_path) -> None:
    page = found.report(tmp_path / "page.html").read_text(encoding="utf-8")
    seen = Seen()
    seen.feed(page)
    assert len(seen.alts) == 5 and all(len(alt) > 20 for alt in seen.alts)
    assert page.count("service from 2024-01-01 to 2025-12-31") > 8
    assert "http://" not in page.replace("http://www.w3.org", "") and "<script" not in page
    checked = 0
    for table in seen.tables:
        head = [h.strip() for h in table[0]]
        if "people" in head:
            counts = [row[head.index("people")] for row in table[1:]]
            assert all(int(c.replace(",", "")) >= 11 for c in counts)
            checked += len(counts)
    assert checked > 20
    told = next(t for t in seen.tables if t[0][0] == "finding")
    assert [row[0] for row in told[1:]] == list(codes())


def test_what_the_verb_gives_are_tables(found, shipped, tmp_path) -> None:
    assert isinstance(found.trends, pd.DataFrame) and set(found.trends["dimension"]) > {"all", "state"}
    assert len(found.episodes) == found.about.episodes and len(found.steps) == 3
    assert found.limits["share"].between(0, 1).all()
    for name in ("utilization", "funnel", "series"):
        assert found.picture(name).text in re.sub(r"&[^;]*;", "", found.picture(name).html) or found.picture(name).text
    with pytest.raises(KeyError):
        found.picture("none")
    with pytest.raises(IndexError):
        found.picture("series", 9)
    plain = wb.monitor(found.result.lines.head(50).to_pandas(), shipped, today=date(2026, 1, 31))
    assert plain.steps.empty and "none is judged" in plain.text
    assert plain.picture("funnel").text == "0 providers judged, 0 outside their limits"


def test_files_of_lines_come_out_as_frames_do(shipped, tmp_path) -> None:
    lines = plant(300, shipped, seed=5, faults=1).lines
    lines.write_parquet(tmp_path / "lines.parquet")
    joined = lines["procedures"].list.join(";")
    lines.with_columns(joined.alias("procedures")).write_csv(tmp_path / "lines.csv")
    one, two = (read_claims_file(tmp_path / f"lines.{e}", shipped, "lines") for e in ("parquet", "csv"))
    assert one.lines.equals(two.lines) and one.rows_are == "claims"
    told = wb.monitor(tmp_path / "lines.csv", shipped, source="lines", today=date(2026, 1, 31))
    assert told.about.rows == lines.height
