"""Read the dumps that RIPE and APNIC publish: ranges, numbers of networks, and whom they name for abuse.

Trust:      the operator chose the files, strangers wrote what stands in them: nothing is guessed, an object that cannot be used is
            named with its line.
Standards:  RFC 2622 section 2 (objects, attributes, continuation lines, comments).
Answers:    ``RpslReader.read(line)`` gives what ended with this line, ``end()`` what is left: ``RpslRange`` (inetnum, inet6num,
            aut-num), ``RpslHolder`` (role, person, organisation, irt: what others refer to), or a ``Slip``; None for all else.
Limits:     one object at a time, of at most ``OBJECT_LINES`` lines; of attributes that come several times the first counts. An
            address in remarks counts as a hint only where its name or its line speaks of abuse.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from comity.formats import header_text
from comity.formats.registry.ranges import range_of
from comity.model.network_contact import AddressRange

OBJECT_LINES: Final = 5000
_RANGES: Final = frozenset({"inetnum", "inet6num", "aut-num"})
# What an object is called by, where it is not called by the attribute that it begins with.
_HOLDERS: Final = {"role": "nic-hdl", "person": "nic-hdl", "organisation": "organisation", "irt": "irt"}
_WANTED: Final = frozenset({
    "abuse-c", "abuse-mailbox", "admin-c", "e-mail", "irt", "mnt-irt", "nic-hdl", "org", "organisation", "source", "tech-c",
})  # fmt: skip
_WORDS: Final = frozenset({"remarks", "descr"})
_NAME: Final = re.compile(r"[A-Za-z*][A-Za-z0-9-]{0,62}")
_ADDRESS: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_ABUSE: Final = re.compile(r"abuse|spam|滥用|垃圾邮件|投诉", re.IGNORECASE)
_SHOWN: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class RpslRange:
    """A range, and whom it names."""

    range: AddressRange
    line: int
    abuse: str | None = None  # abuse-c
    irt: str | None = None
    organisation: str | None = None
    mailbox: str | None = None  # abuse-mailbox of the object itself
    people: tuple[str, ...] = ()  # tech-c, admin-c
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RpslHolder:
    """Somebody that ranges refer to by a handle."""

    handle: str
    mailbox: str | None = None
    abuse: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """Why a line, or the object that begins there, cannot be used; ``code`` is one of ``SLIPS``."""

    code: str
    detail: str
    line: int


SLIPS: Final = ("attribute", "range", "handle", "address", "source", "long", "columns", "charset", "empty")
Said = RpslRange | RpslHolder | Slip


@dataclass(slots=True)
class _Object:
    """One that is being read."""

    kind: str
    named: str
    line: int
    values: dict[str, str] = field(default_factory=dict)
    people: list[str] = field(default_factory=list)
    hint: str | None = None
    slip: Slip | None = None
    lines: int = 1


class RpslReader:
    """Reads one file; ``source`` is the registry that its objects name.

    >>> reader = RpslReader()
    >>> [reader.read(line) for line in ("role: Abuse desk", "nic-hdl: AD1-RIPE", "abuse-mailbox: abuse@west.example")]
    [None, None, None]
    >>> reader.end()
    RpslHolder(handle='AD1-RIPE', mailbox='abuse@west.example', abuse=None, hint=None)
    """

    def __init__(self) -> None:
        self.source: str | None = None
        self._number = 0
        self._object: _Object | None = None
        self._last = ""

    def read(self, line: str) -> Said | None:
        """Read one line, with or without its end."""
        self._number += 1
        line = line.rstrip("\r\n")
        if line[:1] in ("%", "#"):
            return None
        if not line or line.isspace():
            return self.end()
        if line[0] in " \t+":
            if self._object is not None:
                self._attribute(self._last, line[1:])
            return None
        name, colon, value = line.partition(":")
        if not colon or not _NAME.fullmatch(name):
            return self._wrong("attribute", line)
        name = name.lower()
        self._last = name
        if self._object is None:
            self._object = _Object(kind=name, named=_plain(value), line=self._number)
        self._attribute(name, value)
        return None

    def end(self) -> Said | None:
        """What the object that ended says."""
        ended, self._object, self._last = self._object, None, ""
        if ended is None:
            return None
        if ended.slip is not None:
            return ended.slip
        source = ended.values.get("source")
        if ended.kind not in _RANGES and ended.kind not in _HOLDERS:
            return None
        if source is not None:
            self.source = self.source or source.upper()
            if source.upper() != self.source:
                return Slip(code="source", detail=source[:_SHOWN], line=ended.line)
        return _range(ended) if ended.kind in _RANGES else _holder(ended)

    def _attribute(self, name: str, value: str) -> None:
        now = self._object
        if now is None:
            return
        now.lines += 1
        if now.lines > OBJECT_LINES:
            now.slip = now.slip or Slip(code="long", detail=now.named[:_SHOWN], line=now.line)
            return
        if name in _WORDS:
            now.hint = now.hint or _hint(value)
        elif name in ("tech-c", "admin-c"):
            if len(now.people) < 10 and (who := _plain(value)):
                now.people.append(who.upper())
        elif name in _WANTED and (said := _plain(value)):
            now.values.setdefault(name, said)

    def _wrong(self, code: str, text: str) -> Slip | None:
        """The line itself is at fault: the whole object is left out, and named once."""
        slip = Slip(code=code, detail=text[:_SHOWN], line=self._number)
        if self._object is None:
            self._object = _Object(kind="", named="", line=self._number)
        self._object.slip = self._object.slip or slip
        return None


def _range(ended: _Object) -> Said:
    found = range_of(ended.named)
    if found is None or (found.version == 0) != (ended.kind == "aut-num"):
        return Slip(code="range", detail=ended.named[:_SHOWN], line=ended.line)
    mailbox = _mailbox(ended)
    if isinstance(mailbox, Slip):
        return mailbox
    values = ended.values
    return RpslRange(
        range=found,
        line=ended.line,
        abuse=_handle(values.get("abuse-c")),
        irt=_handle(values.get("mnt-irt")),
        organisation=_handle(values.get("org")),
        mailbox=mailbox,
        people=tuple(ended.people[:4]),
        hint=ended.hint,
    )


def _holder(ended: _Object) -> Said:
    named = ended.values.get(_HOLDERS[ended.kind])
    handle = _handle(named)
    if handle is None:
        return Slip(code="handle", detail=ended.named[:_SHOWN], line=ended.line)
    mailbox = _mailbox(ended)
    if isinstance(mailbox, Slip):
        return mailbox
    return RpslHolder(handle=handle, mailbox=mailbox, abuse=_handle(ended.values.get("abuse-c")), hint=ended.hint)


def _mailbox(ended: _Object) -> str | Slip | None:
    """The address of the attribute; one that is none is a slip, because a wrong contact tells the wrong people."""
    said = ended.values.get("abuse-mailbox")
    if said is None and ended.kind == "irt":
        said = ended.values.get("e-mail")  # a team for incidents has no other purpose
    if said is None:
        return None
    address = header_text.address(said)
    return Slip(code="address", detail=said[:_SHOWN], line=ended.line) if address is None else address.lower()


def _handle(text: str | None) -> str | None:
    return text.upper() if text and len(text) <= 80 and text.isprintable() and " " not in text else None


def _plain(value: str) -> str:
    """A value without its comment."""
    return value.partition("#")[0].strip()


def _hint(value: str) -> str | None:
    """An address in words for people, where they speak of abuse."""
    if not _ABUSE.search(value):
        return None
    found = _ADDRESS.search(value)
    address = None if found is None else header_text.address(found[0].rstrip("."))
    return None if address is None else address.lower()
