"""Read the operator's own table of contacts: a network and the address that is told, a line each.

Trust:      the operator's own file; what cannot be read is named and not guessed.
Standards:  RFC 4180; a heading with ``network`` (prefix, range or AS number) and ``contact``; other columns are left alone.
Answers:    ``ContactTable.read(line)`` gives a ``ContactLine``, a ``Slip``, or None for the heading and empty lines.
Limits:     a cell does not go over several lines.
"""

import csv

from comity.formats import header_text
from comity.formats.registry.ranges import range_of
from comity.formats.registry.rpsl import Slip
from comity.model.network_contact import ContactLine, ContactWay

_SHOWN = 80


class ContactTable:
    """Reads one table.

    >>> table = ContactTable()
    >>> table.read("network,contact"), table.read("192.0.2.0/24,abuse@west.example").address
    (None, 'abuse@west.example')
    >>> table.read("192.0.2.0/24,nobody").code
    'address'
    """

    def __init__(self) -> None:
        self._number = 0
        self._columns: tuple[int, int] | None = None

    def read(self, line: str) -> ContactLine | Slip | None:
        """Read one line, with or without its end."""
        self._number += 1
        line = line.rstrip("\r\n").removeprefix("\ufeff")
        if not line.strip() or line.startswith("#"):
            return None
        try:
            cells = [cell.strip() for cell in next(csv.reader([line], strict=True))]
        except csv.Error:
            return self._slip("columns", line)
        if self._columns is None:
            heading = [cell.lower() for cell in cells]
            if "network" not in heading or "contact" not in heading:
                return self._slip("columns", line)
            self._columns = heading.index("network"), heading.index("contact")
            return None
        if len(cells) <= max(self._columns):
            return self._slip("columns", line)
        network, contact = (cells[at] for at in self._columns)
        found, address = range_of(network), header_text.address(contact)
        if found is None:
            return self._slip("range", network)
        if address is None:
            return self._slip("address", contact)
        return ContactLine(range=found, address=address.lower(), way=ContactWay.OPERATOR)

    def _slip(self, code: str, text: str) -> Slip:
        return Slip(code=code, detail=text[:_SHOWN], line=self._number)


def is_table(line: str) -> bool:
    """Whether a file that begins so is such a table, and no dump of a registry.

    >>> is_table("network,contact"), is_table("inetnum:        192.0.2.0 - 192.0.2.255")
    (True, False)
    """
    cells = [cell.strip(' "').lower() for cell in line.removeprefix("\ufeff").strip().split(",")]
    return "network" in cells and "contact" in cells
