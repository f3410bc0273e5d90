"""What a page owes to whoever hears it or works it by keys: rules over its text, without a browser.

Standards:  WCAG 2.2 AA (1.1.1, 1.3.1, 2.1.1, 2.4.1, 2.4.2, 2.4.4, 2.4.6, 3.1.1, 3.1.2, 3.3.2, 4.1.2); ARIA 1.2.
Answers:    ``faults(text, language)``: a sentence for each thing that is wrong.
Limits:     colours are looked at in ``test_style_sheets``, sizes and what takes the focus in Chromium.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from itertools import pairwise
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

VOID: Final = frozenset({"meta", "link", "input", "br", "img", "hr", "source", "wbr", "col"})
_LOOSE: Final = frozenset({"script", "link", "meta", "style", "title", "template", "dialog"})
_REFERENCES: Final = ("aria-labelledby", "aria-describedby", "aria-controls", "for")
_HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
_DRAWN: Final = ("img", "group", "application")


class Page(HTMLParser):
    """The elements of a page, each with its parent; complains about wrong nesting."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.top = Element("page")
        self.above: dict[Element, Element] = {}
        self._open = [self.top]
        self.feed(text)
        self.close()
        assert len(self._open) == 1, f"not closed: {[each.tag for each in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = SubElement(self._open[-1], tag, {name: value or "" for name, value in attrs})
        self.above[made] = self._open[-1]
        if tag not in VOID:
            self._open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"{tag} ends {self._open[-1].tag}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        here = self._open[-1]
        if len(here):
            here[-1].tail = (here[-1].tail or "") + data
        else:
            here.text = (here.text or "") + data

    def all(self, *tags: str) -> list[Element]:
        """Every element with one of these tags, in order; without tags every element."""
        return [each for each in self.top.iter() if not tags or each.tag in tags]

    def by_id(self, name: str) -> Element | None:
        """The element with this id."""
        return next((each for each in self.all() if each.get("id") == name), None)

    def within(self, node: Element, tag: str) -> Element | None:
        """The nearest element with this tag that the node stands in."""
        found = self.above.get(node)
        while found is not None and found.tag != tag:
            found = self.above.get(found)
        return found

    def named(self, node: Element) -> str:
        """The name that it is given beside its own text."""
        words = [node.get("aria-label", "")]
        for name in node.get("aria-labelledby", "").split():
            found = self.by_id(name)
            words.append("" if found is None else text_of(found))
        return " ".join(words).strip()


def faults(text: str, language: str | None = None) -> list[str]:
    """Everything that is wrong."""
    page = Page(text)
    rules: tuple[Callable[[Page], Iterator[str]], ...] = (
        _whole,
        _headings,
        _fields,
        _names,
        _references,
        _landmarks,
        _outside,
        _tables,
        _lists,
        _keys,
    )
    return [*_language(page, language), *(each for rule in rules for each in rule(page))]


def text_of(node: Element) -> str:
    """The words in it."""
    return " ".join("".join(node.itertext()).split())


def classes(node: Element) -> list[str]:
    """Its classes."""
    return node.get("class", "").split()


def _shown(node: Element) -> str:
    return tostring(node, encoding="unicode", method="html")[:160]


def _language(page: Page, language: str | None) -> Iterator[str]:
    (top,) = page.all("html")
    said = top.get("lang")
    if not said or (language is not None and said != language):
        yield f"the page says that it is in {said!r}"
    for each in page.all("a"):
        if each.get("hreflang") and each.get("lang") != each.get("hreflang"):
            yield f"the name of a language is in another one: {_shown(each)}"


def _whole(page: Page) -> Iterator[str]:
    if not [each for each in page.all("title") if text_of(each)]:
        yield "no title"
    zoom = [each.get("content", "") for each in page.all("meta") if each.get("name") == "viewport"]
    if len(zoom) != 1 or "user-scalable" in zoom[0] or "maximum" in zoom[0]:
        yield "it cannot be made larger"
    yield from (f"{len(page.all(name))} x {name}" for name in ("main", "h1") if len(page.all(name)) != 1)
    counted = Counter(each.get("id") for each in page.all() if each.get("id"))
    yield from (f"{n} x id {each}" for each, n in counted.items() if n > 1)


def _headings(page: Page) -> Iterator[str]:
    found = [
        (int(node.tag[1]), text_of(node))
        for node in page.all(*_HEADINGS)
        if page.within(node, "nav") is None and page.within(node, "dialog") is None
    ]
    if found and found[0][0] != 1:
        yield f"the first heading is {found[0]}"
    yield from (f"after {before} comes {after}" for before, after in pairwise(found) if after[0] > before[0] + 1)
    yield from (f"an empty heading of level {level}" for level, words in found if not words)


def _fields(page: Page) -> Iterator[str]:
    by_id = {each.get("for"): text_of(each) for each in page.all("label")}
    for each in page.all("input", "select", "textarea"):
        if each.get("type") in ("hidden", "submit") or "hidden" in each.attrib:
            continue
        around = page.within(each, "label")
        if not (by_id.get(each.get("id")) or (around is not None and text_of(around)) or page.named(each)):
            yield f"nobody hears what this is for: {_shown(each)}"


def _names(page: Page) -> Iterator[str]:
    for each in page.all("a", "button", "summary", "iframe", "dialog", "svg", "th", "img"):
        if each.tag == "svg":
            is_said = each.get("aria-hidden") == "true" or (each.get("role") in _DRAWN and page.named(each))
        elif each.tag == "img":
            is_said = "alt" in each.attrib
        else:
            pictures = [inner.get("alt") for inner in each.iter("img")]
            is_said = text_of(each) or page.named(each) or each.get("title") or any(pictures)
        if not is_said:
            yield f"it has no name: {_shown(each)}"
    for each in page.all("pre", "div", "span", "p", "td", "li"):
        if page.named(each) and not each.get("role"):
            yield f"a name for what has no role: {_shown(each)}"


def _references(page: Page) -> Iterator[str]:
    for kind in _REFERENCES:
        for each in page.all():
            for name in each.get(kind, "").split():
                if page.by_id(name) is None:
                    yield f"{kind} names {name}, which is not there"


def _landmarks(page: Page) -> Iterator[str]:
    found = [
        (each.get("role") or {"section": "region"}.get(each.tag, each.tag), page.named(each))
        for each in page.all()
        if each.tag in ("nav", "aside", "main")
        or each.get("role") in ("search", "region", "navigation")
        or (each.tag == "section" and page.named(each))
    ]
    yield from (f"{n} x the landmark {each}" for each, n in Counter(found).items() if n > 1)


def _outside(page: Page) -> Iterator[str]:
    (body,) = page.all("body")
    for each in body:
        is_skip = any(inner.get("href", "").startswith("#") for inner in each.iter("a"))
        if each.tag not in ("header", "nav", "main", "footer", *_LOOSE) and not is_skip:
            yield f"outside of every landmark: {_shown(each)}"


def _tables(page: Page) -> Iterator[str]:
    for table in page.all("table"):
        if next(table.iter("th"), None) is None:
            yield f"a table without headings: {_shown(table)}"
        yield from (f"a heading of what: {_shown(each)}" for each in table.iter("th") if not each.get("scope"))
        wide = {
            sum(int(cell.get("colspan", 1)) for cell in row if cell.tag in ("td", "th")) for row in table.iter("tr")
        }
        if len(wide) > 1:
            yield f"rows of {wide} cells: {_shown(table)}"


def _lists(page: Page) -> Iterator[str]:
    fits = {"ul": ("li",), "ol": ("li",), "dl": ("div", "dt", "dd")}
    for each in page.all(*fits):
        yield from (f"in a list: {_shown(inner)}" for inner in each if inner.tag not in fits[each.tag])
    for each in page.all("li"):
        if page.above[each].tag not in ("ul", "ol"):
            yield f"a line of no list: {_shown(each)}"


def _keys(page: Page) -> Iterator[str]:
    for each in page.all():
        if int(each.get("tabindex", 0)) > 0 or "accesskey" in each.attrib:
            yield f"out of order: {_shown(each)}"
        scrolls = (each.tag, *classes(each))[:2] in (("div", "scroll"), ("pre", "text"))
        if scrolls and (each.get("tabindex") != "0" or not page.named(each)):
            yield f"keys cannot scroll it: {_shown(each)}"
        if any(name.startswith("on") for name in each.attrib):
            yield f"a script of its own: {_shown(each)}"
