"""Lists in a notice: tables drawn with bars, and sections of bare addresses.

Trust:      a stranger's text.
Answers:    ``bars(text)``: rows by column name; ``sections(text)``: (heading, address) of addresses that stand alone on a line.
Limits:     200 rows, 30 columns, 200 addresses.
"""

import re
from typing import Final

from comity.formats import ip

_MOST: Final = 200
_COLUMNS: Final = 30
_ALONE: Final = re.compile(r"^[ \t*-]{0,8}(?P<address>[0-9A-Fa-f.:]{3,45})(?:[ \t]{1,4}\([A-Z]{1,3}\))?[ \t]*$")


def bars(text: str) -> list[dict[str, str]]:
    """Read ``|date|ip|Url|`` tables: the first row with an "ip" column names the columns.

    >>> bars("|id |ip |Url|\\n+----\\n|7 |192.0.2.1 |http://bad.example/ |")
    [{'id': '7', 'ip': '192.0.2.1', 'url': 'http://bad.example/'}]
    """
    rows: list[dict[str, str]] = []
    columns: list[str] | None = None
    for line in text.split("\n"):
        if line.count("|") < 2 or len(line) > 5000:
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|", _COLUMNS)]
        if columns is None:
            names = [cell.lower() for cell in cells]
            columns = names if any(name in ADDRESS_COLUMNS for name in names) else None
        elif len(cells) == len(columns) and len(rows) < _MOST:
            rows.append(dict(zip(columns, cells, strict=True)))
    return rows


ADDRESS_COLUMNS: Final = ("ip", "ip address", "source ip", "src ip", "src_ip", "源ip", "ip地址")


def sections(text: str) -> list[tuple[str, str]]:
    """Read addresses that stand alone on a line under a heading that ends in a colon.

    >>> sections("IPs Engaged In Harvesting On Your Network:\\n\\n192.0.2.1 (H)\\n  - Mon\\n\\nothers:\\n\\nnone")
    [('IPs Engaged In Harvesting On Your Network', '192.0.2.1')]
    """
    found: list[tuple[str, str]] = []
    heading = ""
    for line in text.split("\n"):
        if line.rstrip().endswith((":", "：")) and line[:1].strip():
            heading = line.strip()[:-1].strip()[:200]
        match = _ALONE.match(line)
        address = ip.canonical(match.group("address")) if match else None
        if address is not None and heading and len(found) < _MOST:
            found.append((heading, address))
    return found
