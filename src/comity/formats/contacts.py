"""Read how subscribers are reached: a list out of the operator's own books.

Trust:      the operator's own file; a line that cannot be read is an error, never skipped: a wrong contact tells the wrong
            person.
Standards:  RFC 4180 (CSV), with a heading: ``subscriber`` as the books of leases call it, and any of ``language`` (BCP 47),
            ``mail``, ``phone``, ``hotspot`` (yes or no).
Answers:    ``read_contacts(lines, name, taken)`` gives one contact after the other; the first line that cannot be used is a
            ``LineSlip``, and the last thing that comes.
Limits:     UTF-8; a subscriber stands in a file once. An empty cell is nothing known.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from comity.formats import header_text
from comity.model.infestation import SubscriberContact
from comity.model.line_slip import LineSlip

COLUMNS: Final = ("subscriber", "language", "mail", "phone", "hotspot")
_TELLING: Final = ("subscriber", "mail", "phone")
_LABEL: Final = 200  # as long as the label of a case
_SHOWN: Final = 80
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
_PHONE: Final = re.compile(r"\+?[0-9](?:[ ().-]{0,2}[0-9]){2,19}")
_YES: Final = frozenset({"yes", "y", "1", "true", "是"})
_NO: Final = frozenset({"", "no", "n", "0", "false", "否"})


def read_contacts(lines: Iterable[bytes], name: str, taken: datetime) -> Iterator[SubscriberContact | LineSlip]:
    """Read one file; ``name`` is how to call it.

    >>> moment = datetime(2026, 3, 1)
    >>> [each.mail for each in read_contacts([b"subscriber,mail\\n", b"line-7,wang@mail.example\\n"], "list.csv", moment)]
    ['wang@mail.example']
    >>> [each.place for each in read_contacts([b"subscriber,mail\\n", b"line-7,wang\\n"], "list.csv", moment)]
    ['list.csv:2']
    """
    text = _Decoded(lines)
    try:
        reader = csv.reader(text, strict=True)
        heading = [cell.strip().lower() for cell in next(reader, [])]
        unknown = next((cell for cell in heading if cell not in COLUMNS), None)
        if "subscriber" not in heading or unknown is not None or len(set(heading)) < len(heading):
            yield LineSlip(place=f"{name}:1", code="columns", text=(unknown or ",".join(heading))[:_SHOWN])
            return
        seen = set[int]()
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            found = _contact(dict(zip(heading, (cell.strip() for cell in row), strict=False)), taken)
            if len(row) != len(heading):
                found = ("cells", ",".join(row))
            elif not text.has_ended and heading[-1] in _TELLING:
                found = ("cut", ",".join(row))  # half a telephone number is somebody else's
            elif isinstance(found, SubscriberContact) and hash(found.subscriber) in seen:
                found = ("twice", found.subscriber)
            if not isinstance(found, SubscriberContact):
                yield LineSlip(place=f"{name}:{reader.line_num}", code=found[0], text=found[1][:_SHOWN])
                return
            seen.add(hash(found.subscriber))
            yield found
    except UnicodeDecodeError:
        yield LineSlip(place=f"{name}:{text.at}", code="charset", text="")
    except csv.Error as error:
        yield LineSlip(place=f"{name}:{text.at}", code="cells", text=str(error))


class _Decoded:
    """Lines of text; ``at`` is the number of the last one that was looked at, ``has_ended`` whether it has a line end."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines, self.at, self.has_ended = iter(lines), 0, True

    def __iter__(self) -> Iterator[str]:
        """Itself."""
        return self

    def __next__(self) -> str:
        """The next one."""
        line = next(self._lines)
        self.at += 1
        self.has_ended = line.endswith(b"\n")
        return line.decode("utf-8-sig" if self.at == 1 else "utf-8")


def _contact(cells: dict[str, str], taken: datetime) -> SubscriberContact | tuple[str, str]:
    """A contact, or what is wrong with it and where."""
    subscriber, language, phone = cells["subscriber"], cells.get("language", ""), cells.get("phone", "")
    mail, hotspot = cells.get("mail", ""), cells.get("hotspot", "").lower()
    wrong = (
        ("name", subscriber, 0 < len(subscriber) <= _LABEL and subscriber.isprintable()),
        ("language", language, not language or _LANGUAGE.fullmatch(language)),
        ("mail", mail, not mail or header_text.address(mail) == mail),
        ("phone", phone, not phone or _PHONE.fullmatch(phone)),
        ("hotspot", hotspot, hotspot in _YES | _NO),
    )
    for code, text, is_fine in wrong:
        if not is_fine:
            return code, text
    return SubscriberContact(
        subscriber=subscriber,
        language=language.replace("_", "-") or None,
        mail=mail or None,
        phone=phone or None,
        is_hotspot=hotspot in _YES,
        taken=taken,
    )
