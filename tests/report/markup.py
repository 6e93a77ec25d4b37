"""A page taken apart: what a browser and a screen reader would find in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from database import Connection
from wellness_journey import report
from wellness_journey.report.page import page

_VOID = {"meta", "link", "br", "img", "input", "hr"}


@dataclass
class Element:
    """A tag with its attributes and what stands in it."""

    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All words in it, spaces made single."""
        parts = (one if isinstance(one, str) else one.text for one in self.children)
        return " ".join(" ".join(parts).split())

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """Every element in it with this tag and these attributes; `class_` names one class."""
        found: list[Element] = []
        for one in self.children:
            if isinstance(one, Element):
                found += [one] if one._is(tag, attributes) else []
                found += one.all(tag, **attributes)
        return found

    def one(self, tag: str = "", **attributes: str) -> Element:
        """The only such element."""
        (found,) = self.all(tag, **attributes)
        return found

    def _is(self, tag: str, attributes: dict[str, str]) -> bool:
        return (not tag or self.tag == tag) and all(
            value in self.attributes.get("class", "").split()
            if name == "class_"
            else self.attributes.get(name) == value
            for name, value in attributes.items()
        )


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> ends <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(text: str) -> Element:
    """The page; an assertion where a tag is not closed in its order."""
    parser = _Parser()
    parser.feed(text)
    parser.close()
    assert len(parser.open) == 1, f"<{parser.open[-1].tag}> is not closed"
    return parser.open[0]


def rows(table: Element) -> list[list[str]]:
    """The cells of a table's body."""
    (body,) = table.all("tbody")
    return [
        [cell.text for cell in row.children if isinstance(cell, Element)] for row in body.all("tr")
    ]


def page_of(connection: Connection) -> str:
    """The page of the newest run."""
    read = report.read(connection)
    return page(read, report.read_for_page(connection, read))


def made(connection: Connection) -> Element:
    return parse(page_of(connection))


def figure(whole: Element, title: str) -> Element:
    (found,) = [
        one
        for one in whole.all("figure")
        if any(head.text.startswith(title) for tag in ("h3", "h4") for head in one.all(tag))
    ]
    return found
