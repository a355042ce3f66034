"""Reading HTML back in tests: elements with their attributes and text, and whether every tag is closed."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_EMPTY = {"input", "img", "br"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """The elements below with this tag and attributes (`class_` matches one of the classes)."""
        found = []
        for child in self.children:
            if (not tag or child.tag == tag) and all(child.has(k, v) for k, v in attributes.items()):
                found.append(child)
            found += child.all(tag, **attributes)
        return found

    def has(self, name: str, value: str) -> bool:
        mine = self.attributes.get(name.rstrip("_").replace("_", "-"))
        return value in (mine or "").split() if name == "class_" else mine == value

    def __getitem__(self, name: str) -> str | None:
        return self.attributes.get(name)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.top = Element("top", {})
        self.open = [self.top]

    def handle_starttag(self, tag, attrs):
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in _EMPTY:
            self.open.append(element)

    def handle_endtag(self, tag):
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data):
        for element in self.open:
            element.text += data


def read(html: str) -> Element:
    """The elements of a piece of HTML; fails where a tag is not closed."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert [e.tag for e in reader.open] == ["top"], "a tag is left open"
    return reader.top


def table(element: Element) -> dict[str, list[str]]:
    """A table as row name → texts of its cells."""
    rows = [r for r in element.all("tr") if r.all("td")]
    return {r.all("th")[0].text: [c.text for c in r.all("td")] for r in rows}
