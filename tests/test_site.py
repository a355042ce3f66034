"""The site of the documents: it builds strictly, holds every page, and fetches nothing from anywhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Attributes of tags that a browser fetches by itself; an <a> is only followed.
FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href", "object": "data"}


class _Fetched(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        value = dict(attrs).get(FETCHED.get(tag, ""))
        self.found += [value] if value else []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    # Proxies that do not answer: what would be fetched while it builds fails.
    env = {
        **os.environ,
        "NO_MKDOCS_2_WARNING": "1",
        **dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9"),
    }
    call = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(out)]
    said = subprocess.run(call, capture_output=True, text=True, cwd=ROOT, env=env)
    assert said.returncode == 0, said.stdout + said.stderr
    return out


def test_every_page_is_there(site: Path) -> None:
    pages = {p.relative_to(ROOT / "docs").with_suffix(".html") for p in (ROOT / "docs").rglob("*.md")}
    assert pages <= {p.relative_to(site) for p in site.rglob("*.html")}
    for page in ("index", "glossary", "contributing", "changelog", "guidelines/physical-therapy"):
        assert (site / f"{page}.html").is_file()


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    for path in site.rglob("*.html"):
        parser = _Fetched()
        parser.feed(path.read_text(encoding="utf-8"))
        assert parser.found
        assert not [f for f in parser.found if re.match(r"(?:[a-z]+:)?//", f)], path.name
    for path in site.rglob("*.css"):
        assert not re.search(r"url\(\s*['\"]?(?:https?:)?//|@import", path.read_text(encoding="utf-8")), path.name


def test_links_lead_to_what_is_there(site: Path) -> None:
    for path in site.rglob("*.html"):
        if path.name == "404.html":  # its links count from the root of a server
            continue
        for target in set(re.findall(r'href="([^"#?:]+)["#]', path.read_text(encoding="utf-8"))):
            assert (path.parent / target).exists(), f"{path.relative_to(site)} → {target}"
