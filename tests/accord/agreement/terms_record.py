"""Terms between two networks on two sides of a border, as tests change them."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from comity.accord.agreement import drafting

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
WEST, EAST = "west.example", "east.example"
DAY = 86400


def record(**changes: Any) -> dict[str, Any]:
    """Terms of west's that hold, with changes at paths written with double underscores."""
    sides = {
        WEST: drafting.side(WEST, organisation="West Mail", address="feedback@west.example", language="en"),
        EAST: drafting.side(EAST, organisation="East 东方", address="abuse@east.example", language="zh"),
    }
    made = drafting.begun(WEST, EAST, sides)
    made["sides"][WEST] |= {"networks": ["192.0.2.128/25"], "jurisdictions": ["US"]}
    made["sides"][EAST] |= {
        "networks": ["198.51.100.0/24"], "dkim_domains": ["shop.example"], "jurisdictions": ["CN"],
        "contacts": [
            {"role": "escalation", "name": None, "address": "noc@east.example", "phone": None,
             "languages": ["zh", "en"], "hours": "Mon-Fri 09:00-18:00", "zone": "+08:00"},
        ],
    }  # fmt: skip
    made["directions"][WEST] |= {
        "tier": "T2", "body": "bulk", "legal_basis": "legitimate-interest", "transfer": "derogation", "subjects": 100,
        "classes": ["complaint", "not-spam"],
    }  # fmt: skip
    made = drafting.stamped(made, WEST, number=1, previous=None, now=NOW)
    made = deepcopy(made)
    for path, value in changes.items():
        *inner, last = path.split("__")
        place: Any = made
        for name in inner:
            place = place[{"west": WEST, "east": EAST}.get(name, name)]
        place[last] = value
    return made
