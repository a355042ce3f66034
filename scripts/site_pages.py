"""A hook of mkdocs: what stands outside docs/ becomes pages of the site, and links into the repository become pages of
it, or text."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parent.parent
# file of the repository → page of the site
PAGES = {
    "README.md": "index.md",
    "GLOSSARY.md": "glossary.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    **{
        f"guidelines/{p.parent.name}/README.md": f"guidelines/{p.parent.name}.md"
        for p in sorted((ROOT / "guidelines").glob("*/README.md"))
    },
}
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_FENCE = re.compile(r"(^```.*?^```$)", re.M | re.S)


def on_files(files: Files, config: Any) -> Files:
    for source, page in PAGES.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=relinked(text, source, page)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    uri = page.file.src_uri
    return markdown if uri in PAGES.values() else relinked(markdown, f"docs/{uri}", uri)


def relinked(text: str, source: str, page: str) -> str:
    """The text with its links as they are from the page: to pages of the site; what is none becomes code."""
    parts = _FENCE.split(text)
    return "".join(p if p.startswith("```") else _LINK.sub(lambda m: _link(m, source, page), p) for p in parts)


def _link(link: re.Match[str], source: str, page: str) -> str:
    picture, label, target = link.groups()
    path, mark, anchor = target.partition("#")
    if not path or ":" in path:
        return link[0]
    there = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    if (ROOT / there).is_dir():
        return f"`{there}`" if label in (there, there + "/") else f"{label} (`{there}`)"
    at = PAGES.get(there) or (there.removeprefix("docs/") if there.startswith("docs/") else "")
    if not at:
        return label if "`" in label else f"{label} (`{there}`)"
    return f"{picture}[{label}]({posixpath.relpath(at, posixpath.dirname(page) or '.')}{mark}{anchor})"
