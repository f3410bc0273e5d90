"""Facts of a header that generalise: who wrote it with what, from where, and how it is built.

Trust:      the fields are a stranger's; a fact is only "this is what stands there".
Answers:    ``facts_of(header)`` gives short byte strings for hashing, each beginning with the name of what it is.
Limits:     the first 3,500 bytes of the header; the first 200 of a field.
"""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from comity.formats.remembered import Remembered

# Begins with one certain sign: seven times as quick as with \r? before it. To cut and to join is quicker than to substitute.
_between_folds: Final = re.compile(rb"\n[ \t]+").split
_NAME: Final = re.compile(rb"[!-9;-~]++[ \t]*+")
# Three numbers of an address from its first dot on: a search for one sign is quick, and the number before it is looked up.
_from_dot: Final = re.compile(rb"\.(?<=[0-9].)[0-9]{1,3}+\.[0-9]{1,3}+(?=\.[0-9])", re.DOTALL).search
_DIGITS: Final = b"0123456789"
_VALUE: Final = 200  # bytes
_OF_VALUE: Final = 60  # bytes
_NAMES_A_PARTY: Final = frozenset({b"from", b"reply-to", b"return-path", b"sender", b"list-id"})
_NINES: Final = bytes.maketrans(b"012345678", b"9" * 9)
_Told = tuple[bytes, tuple[bytes, ...]]  # what one line says: its name, and its facts
_NO_FIELD: Final[_Told] = (b"", ())
# A name, what its line says whatever its value is, and who reads its value where that is not done as with others.
_Named = tuple[bytes, _Told | None, Callable[[bytes], tuple[bytes, ...]] | None]
_NO_NAME: Final[_Named] = (b"", _NO_FIELD, None)


def facts_of(header: bytes) -> list[bytes]:
    """The facts of one header block.

    >>> facts_of(b"From: a@west.example\\nX-Mailer: Pen 4.5\\n")
    [b'from@ west.example', b'x-mailer= pen 9.9', b'order from x-mailer', b'order from,x-mailer']
    """
    found, order = told_by_header(header)
    return [*found, *order.facts]


def told_by_header(header: bytes) -> tuple[list[bytes], "Order"]:
    """The facts of its fields, and apart from them their order."""
    if b"\r" in header:
        header = header.replace(b"\r\n", b"\n")
    # A field ends where a bare CR stands.
    return read_lines([line.partition(b"\r")[0] for line in unfolded(header).lower().split(b"\n")])


def unfolded(header: bytes) -> bytes:
    """Each field of a header in a line of its own; its line ends are LF."""
    return b" ".join(_between_folds(header))


def read_lines(lines: Sequence[bytes]) -> tuple[list[bytes], "Order"]:
    """The facts of these lines, one for each field, in lower case and without CR, and the order of the fields among them."""
    remembered, told_by = _LINES.get, _told_by
    found: list[bytes] = []
    names: list[bytes] = []
    for line in lines:
        if line:
            name, facts = remembered(line) or told_by(line)
            if name:
                names.append(name)
                found += facts
    return found, _order_of(tuple(names))


def _told_by(line: bytes) -> _Told:
    """What a line says: half of all lines stood in other mails before, but for those that are no two times the same."""
    # With its blank the colon leaves a value that is not copied once more to be stripped.
    written, colon, value = line.partition(b": ")
    name, plain, special = _name_of(written)
    if not colon or not name:  # not everybody writes the blank
        written, colon, value = line.partition(b":")
        name, plain, special = _name_of(written)
        if not colon:
            return _NO_FIELD
    if plain is not None:
        return plain
    value = value.lstrip(b" \t")
    if special is not None:
        return name, special(value[:_VALUE])
    told = (name, (name + b"= " + _once(value[:_OF_VALUE].translate(_NINES), b"99", b"9"),))
    _LINES.keep(line, told)
    return told


_LINES: Final = Remembered(_told_by, most=4096, longest=300)


def _ends(tell: Callable[[bytes], tuple[bytes, ...]]) -> Remembered[bytes, tuple[bytes, ...]]:
    """Facts by the end of a value that is all they are made of: few mails bring one that no other mail had."""
    return Remembered(tell, most=2048, longest=50)


_ZONES: Final = _ends(lambda zone: (b"date~ " + zone,))


def _net(written: bytes) -> tuple[bytes, ...]:
    """Where three numbers of an address are the end of this; before them stand up to four signs more."""
    before, second, third = written.rsplit(b".", 2)
    rest = before.rstrip(_DIGITS)
    first = before[len(rest) :]
    if len(first) > 3 or rest.endswith(b"."):
        return ()
    return b"hop %b.%b.%b" % (first, second, third), b"hop %b.%b" % (first, second)


_NETS: Final = _ends(_net)


def _date(value: bytes) -> tuple[bytes, ...]:
    return _ZONES[value[-5:]]


def _hops(value: bytes) -> tuple[bytes, ...]:
    """Of each address in it the first three numbers, and the first two."""
    found: tuple[bytes, ...] = ()
    match = _from_dot(value)
    while match:  # there are none or one: an iterator costs more than to search again
        dot, end = match.span()
        found += _NETS[value[dot - 4 if dot > 4 else 0 : end]]
        match = _from_dot(value, end)
    return found


def _party(name: bytes) -> Callable[[bytes], tuple[bytes, ...]]:
    begins = name + b"@ "
    told = _ends(lambda domain: (begins + domain,))
    return lambda value: told[value[value.rfind(b"@") + 1 :].rstrip(b"> ")]


# Of these it is only said that they are there, and where: what stands in them stands in no other mail, or in the header's text.
_SAYS_NO_MORE: Final = frozenset({b"message-id", b"subject", b"to"})
_SPECIAL: Final = {b"received": _hops, b"date": _date} | {name: _party(name) for name in _NAMES_A_PARTY}


class Order(NamedTuple):
    """The names of the fields of a header: how many, what their order tells, and which of the ``CONTENT`` fields are among them."""

    fields: int
    facts: tuple[bytes, ...]
    content: tuple[bool, ...]


CONTENT: Final = (b"content-type", b"content-transfer-encoding", b"content-disposition")


def _order(names: tuple[bytes, ...]) -> Order:
    facts = (*map(_pair_of, pairwise(names)), b"order " + b",".join(names))
    return Order(len(names), facts, tuple(name in names for name in CONTENT))


_order_of: Final = Remembered(_order, most=1024, longest=40).__getitem__  # an order of so many is worth remembering
# What two names one after the other tell.
_pair_of: Final = Remembered[tuple[bytes, bytes], bytes](
    lambda pair: b"order %b %b" % pair, most=2048, longest=43, size=lambda pair: len(pair[0]) + len(pair[1])
).__getitem__


def _named(written: bytes) -> _Named:
    """A name by what stands before a colon."""
    if not _NAME.fullmatch(written):
        return _NO_NAME
    name = written.rstrip(b" \t")
    return name, (name, ()) if name in _SAYS_NO_MORE else None, _SPECIAL.get(name)


_name_of: Final = Remembered(_named, most=4096, longest=50, nothing=_NO_NAME).__getitem__


def _once(value: bytes, two: bytes, one: bytes) -> bytes:
    """Each run of a sign as one of it: for runs as short as these, quicker than an expression."""
    while two in value:
        value = value.replace(two, one)
    return value
