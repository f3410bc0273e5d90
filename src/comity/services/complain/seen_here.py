"""What our own people and traps saw of our own lines: a complaint about mail from an address of ours is a sighting, too.

Trust:      the address and the time are those that our own host noted; what the mail says of itself is believed no more than in the
            ladder. A person's word and a trap's are two witnesses, and each of them is one, however often it speaks.
Standards:  DESIGN.md section 3 (sightings), P8: complaints alone tell nobody.
Answers:    ``seen_here(origin, is_trap)`` gives a ``Sighting``, None where nobody can say where the mail came from, or when.
Limits:     whether the address is ours is asked where it is taken in. "Not spam" that comes after it was decided on leaves it.
"""

from typing import Final

from comity.formats import ip
from comity.model.origin import Origin
from comity.model.sighting import Sighting, SightingClass

OWN_PEOPLE: Final = "own-people"
OWN_TRAPS: Final = "own-traps"


def seen_here(origin: Origin, *, is_trap: bool) -> Sighting | None:
    """What a complaint, or a mail to a trap, says of the line that the mail came from."""
    address = origin.source_ip
    if address is None or origin.arrived is None or not origin.source_standing.is_believed or ip.is_private(address):
        return None
    return Sighting(
        sighting_class=SightingClass.TRAP if is_trap else SightingClass.COMPLAINT,
        source=OWN_TRAPS if is_trap else OWN_PEOPLE,
        address=address,
        port=origin.source_port,
        seen=origin.arrived,
        kind="own/trap" if is_trap else "own/complaint",
    )
