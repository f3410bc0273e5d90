"""Two paired networks that agree: desks, what takes notes, and terms as tests change them."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from comity.accord.agreement import drafting
from comity.accord.agreement.document import digest, written
from comity.model.agreement_document import AgreementPaper
from comity.services.prove.agreement.acting import AgreementDesk, Ours
from comity.services.prove.agreement.taking import Taken, Taking, Way
from comity.store.records import Records

from ..two_sides import EAST, KEYS, NOW, WEST, Side, both

__all__ = ["EAST", "KEYS", "NOW", "WEST", "Side", "agreed", "both", "desk", "propose", "record", "take"]


def record(by: str = WEST, number: int = 1, previous: str | None = None, **changes: Any) -> dict[str, Any]:
    """Terms that hold, with changes at paths written with double underscores."""
    sides = {
        WEST: drafting.side(WEST, organisation="West Mail", address="feedback@west.example", language="en"),
        EAST: drafting.side(EAST, organisation="East 东方", address="abuse@east.example", language="zh"),
    }
    made = drafting.begun(WEST, EAST, sides)
    made["sides"][WEST] |= {"networks": ["192.0.2.128/25"], "jurisdictions": ["US"]}
    made["sides"][EAST] |= {
        "networks": ["198.51.100.0/24"], "dkim_domains": ["shop.example"], "jurisdictions": ["CN"],
    }  # fmt: skip
    made["directions"][WEST] |= {
        "tier": "T2", "body": "bulk", "legal_basis": "legitimate-interest", "transfer": "derogation", "subjects": 100,
    }  # fmt: skip
    made = deepcopy(drafting.stamped(made, by, number=number, previous=previous, now=NOW))
    for path, value in changes.items():
        *inner, last = path.split("__")
        place: Any = made
        for name in inner:
            place = place[{"west": WEST, "east": EAST}.get(name, name)]
        place[last] = value
    return made


@contextmanager
def desk(side: Side) -> Iterator[tuple[Records, AgreementDesk]]:
    with side.store.write() as rows:
        yield rows, AgreementDesk(rows, Ours(domain=side.name, key=KEYS[side.name]), side.scribe, now=side.now)


def take(side: Side, note: str, way: Way = Way.FILE) -> Taken:
    taking = Taking(Ours(domain=side.name, key=KEYS[side.name]), side.scribe)
    with side.store.write() as rows:
        return taking.take(rows, note, now=side.now, way=way)


def propose(side: Side, made: dict[str, Any], other: str) -> AgreementPaper:
    with desk(side) as (_, acting):
        return acting.propose(made, other)


def agreed(west: Side, east: Side, **changes: Any) -> AgreementPaper:
    """Terms that both signed, and both know."""
    paper = propose(west, record(**changes), EAST)
    assert take(east, paper.note).refused is None
    with desk(east) as (_, acting):
        signed = acting.accept(WEST, ())
    taken = take(west, signed.note)
    assert taken.refused is None and taken.paper is not None
    assert taken.paper.digest == digest(written(record(**changes))) == signed.digest
    return signed
