"""A form that was refused, as its page shows it again: with what was typed, and the reason beside the field that it is about.

Trust:      the page is ours, just made; what was typed is whoever sends it, and is escaped. Passwords are not written again, and
            neither are hidden fields: the page has its own.
Standards:  WCAG 2.2 3.3.1 and 3.3.3 (errors are named, beside what they are about), 2.4.3; WAI-ARIA 1.2 ``aria-describedby``.
Answers:    ``refilled(page, sent)`` gives the page, or None where the form that was sent does not stand on it.
Limits:     pages of ours: every attribute in double quotes, no form within a form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin

from markupsafe import Markup

MARK: Final = "refused"  # the id of the reason
_SHOWN: Final = frozenset({"text", "search", "email", "url", "tel", "number", "date", "time", "datetime-local", ""})
_TICKED: Final = frozenset({"checkbox", "radio"})
_OTHERS: Final = frozenset({"csrf", "passkey", "secret", "seen"})  # hidden, and not what tells forms apart
_BESIDE: Final = frozenset({"csrf", "password", "username"})  # a page that asked once more had these
_PRESSED: Final = frozenset({"hidden", "submit", "button", "reset", "image", "file"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What somebody sent, where to, and why it was refused; ``about`` names the fields that the reason may be about, best first."""

    path: str
    fields: Mapping[str, Sequence[str]]
    reason: Markup
    about: Sequence[str] = ()


@dataclass(slots=True, kw_only=True)
class _Tag:
    """One tag as it stands in the page."""

    name: str
    start: int
    end: int
    attributes: dict[str, str]
    after: int = 0  # where something beside it may stand: behind its label, or behind itself
    inside: tuple[int, int] | None = None  # the text of a text area
    options: list["_Tag"] = field(default_factory=list)

    @property
    def is_field(self) -> bool:
        return self.name in ("textarea", "select") or (self.name == "input" and self.kind not in _PRESSED)

    @property
    def kind(self) -> str:
        return self.attributes.get("type", "") if self.name == "input" else self.name

    def called(self) -> str:
        return self.attributes.get("name", "")


@dataclass(slots=True, kw_only=True)
class _Form:
    tag: _Tag
    fields: list[_Tag] = field(default_factory=list)
    buttons: list[_Tag] = field(default_factory=list)
    folded: list[_Tag] = field(default_factory=list)  # what must be opened for it to be seen

    def fits(self, sent: Sent, path: str) -> bool:
        """Whether this is the form that was sent."""
        action = urljoin(path, self.tag.attributes.get("action", path)).partition("?")[0]
        if self.tag.attributes.get("method", "get") != "post" or action != sent.path:
            return False
        hidden = [each for each in self.fields if each.kind == "hidden" and each.called() not in _OTHERS]
        told = all(_said(sent, each) in (None, each.attributes.get("value", "")) for each in hidden)
        names = {each.called() for each in self.fields}
        pressed = {(each.called(), each.attributes.get("value", "")) for each in self.buttons}
        return told and all(
            name in names | _BESIDE or (name, values[0]) in pressed
            for name, values in sent.fields.items()
            if any(values)
        )


class _Reader(HTMLParser):
    """Finds the forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self._page, self.forms, self._form = page, list[_Form](), None
        self._lines = [0]
        for line in page.split(
            "\n"
        ):  # what the parser counts: other signs that end a line may stand in what strangers wrote
            self._lines.append(self._lines[-1] + len(line) + 1)
        self._label: list[_Tag] = []
        self._in_label = False
        self._folded: list[_Tag] = []
        self._area: _Tag | None = None
        self._select: _Tag | None = None
        self.feed(page)
        self.close()

    _form: _Form | None

    def _at(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start = self._at()
        end = start + len(self.get_starttag_text() or "")
        found = _Tag(name=tag, start=start, end=end, after=end, attributes={name: value or "" for name, value in attrs})
        if tag == "details":
            self._folded.append(found)
        elif tag == "form":
            self._form = _Form(tag=found, folded=list(self._folded))
            self.forms.append(self._form)
        elif tag == "label":
            self._in_label, self._label = True, []
        elif tag == "option" and self._select is not None:
            self._select.options.append(found)
        elif self._form is not None and tag in ("input", "textarea", "select", "button"):
            (self._form.buttons if tag == "button" else self._form.fields).append(found)
            self._area = found if tag == "textarea" else None
            self._select = found if tag == "select" else self._select
            if self._in_label:
                self._label.append(found)

    def handle_endtag(self, tag: str) -> None:
        start = self._at()
        end = start + len(tag) + 3
        if tag == "form":
            self._form = None
        elif tag == "details" and self._folded:
            self._folded.pop()
        elif tag == "label":
            for each in self._label:
                each.after = end
            self._in_label, self._label = False, []
        elif tag == "textarea" and self._area is not None:
            self._area.inside, self._area.after, self._area = (self._area.end, start), end, None
        elif tag == "select" and self._select is not None:
            self._select.after, self._select = end, None


def refilled(page: str, sent: Sent, *, path: str) -> str | None:
    """The page at ``path`` with the form as it was sent.

    >>> page = '<form method="post" action="/x"><label>Name <input name="name" value=""></label></form>'
    >>> sent = Sent(path="/x", fields={"name": ["Bakery"]}, reason=Markup("Too short."), about=("name",))
    >>> print(refilled(page, sent, path="/x"))
    <form method="post" action="/x"><label>Name <input name="name" value="Bakery" aria-invalid="true" aria-describedby="refused"\
 autofocus></label><p class="refused" id="refused" role="alert">Too short.</p></form>
    """
    form = next((each for each in _Reader(page).forms if each.fits(sent, path)), None)
    if form is None:
        return None
    fields = [each for each in form.fields if each.is_field]
    wrong = next((each for name in sent.about for each in fields if each.called() == name), None)
    first = wrong or next(iter(fields), None) or next(iter(form.buttons), None)
    reason = f'<p class="refused" id="{MARK}" role="alert">{sent.reason}</p>'
    edits = [((form.tag.end,) * 2 if wrong is None else (wrong.after,) * 2, reason)]
    for each in form.fields:
        edits += _filled(each, sent, is_wrong=each is wrong, is_first=each is first)
    if first is not None and first.name == "button":
        edits.append(((first.start, first.end), _tag(first, {**first.attributes, **_pointing(first)})))
    edits += [
        ((each.start, each.end), _tag(each, {**each.attributes, "open": ""}))
        for each in form.folded
        if "open" not in each.attributes
    ]
    for (start, end), text in sorted(edits, key=lambda each: each[0], reverse=True):
        page = page[:start] + text + page[end:]
    return page


def _said(sent: Sent, each: _Tag) -> str | None:
    values = sent.fields.get(each.called())
    return values[0] if values else None


def _pointing(each: _Tag) -> dict[str, str]:
    before = each.attributes.get("aria-describedby", "")
    return {"aria-describedby": f"{MARK} {before}".strip(), "autofocus": ""}


def _filled(each: _Tag, sent: Sent, *, is_wrong: bool, is_first: bool) -> list[tuple[tuple[int, int], str]]:
    """What changes at one field."""
    attributes, said, more = dict(each.attributes), _said(sent, each), list[tuple[tuple[int, int], str]]()
    if each.name == "input" and each.kind in _SHOWN and said is not None:
        attributes["value"] = said
    elif each.name == "input" and each.kind in _TICKED:
        attributes.pop("checked", None)
        if attributes.get("value", "on") in sent.fields.get(each.called(), ()):
            attributes["checked"] = ""
    elif each.inside is not None and said is not None:
        more.append((each.inside, f"\n{escape(said)}"))
    elif each.name == "select" and said is not None:
        more += [_chosen(option, said) for option in each.options if "value" in option.attributes]
    if is_wrong:
        attributes["aria-invalid"] = "true"
    if is_first:
        attributes |= _pointing(each)
    else:
        attributes.pop("autofocus", None)
    return more if attributes == each.attributes else [((each.start, each.end), _tag(each, attributes)), *more]


def _chosen(option: _Tag, said: str) -> tuple[tuple[int, int], str]:
    attributes = {name: value for name, value in option.attributes.items() if name != "selected"}
    if option.attributes["value"] == said:
        attributes["selected"] = ""
    return (option.start, option.end), _tag(option, attributes)


def _tag(each: _Tag, attributes: Mapping[str, str]) -> str:
    bare = {"checked", "selected", "autofocus", "required", "hidden", "readonly", "disabled", "open", "multiple"}
    words = [name if name in bare and not value else f'{name}="{escape(value)}"' for name, value in attributes.items()]
    return f"<{' '.join([each.name, *words])}>"
