"""Dumps of registries: objects, and what is wrong with them."""

from hypothesis import given
from hypothesis import strategies as st

from comity.formats.registry.rpsl import RpslHolder, RpslRange, RpslReader, Said, Slip

RIPE = """
% a dump

inetnum:        192.0.2.0 - 192.0.2.255
netname:        EAST-NET
descr:          East
org:            ORG-E1-RIPE
admin-c:        P1-RIPE
tech-c:         P2-RIPE # of the help desk
remarks:        complaints about spam: Spam-Desk@east.example.
remarks:        abuse@later.example
source:         RIPE # Filtered

organisation:   ORG-E1-RIPE
abuse-c:        AR1-RIPE
source:         RIPE

role:           East Abuse
address:        One Street
+               Two Town
                Three Land
nic-hdl:        AR1-RIPE
abuse-mailbox:  Abuse@East.example
source:         RIPE

route:          192.0.2.0/24
origin:         AS64500
source:         RIPE

aut-num:        AS64500
org:            ORG-E1-RIPE
source:         RIPE
"""


def _all(text: str) -> list[Said]:
    reader = RpslReader()
    found = [reader.read(line) for line in text.splitlines(keepends=True)]
    return [each for each in (*found, reader.end()) if each is not None]


def test_a_dump_gives_ranges_and_what_they_refer_to() -> None:
    """Comments, continuation lines and objects of no use are passed over; of a remark its address, where it speaks of abuse."""
    east, organisation, role, network = _all(RIPE)
    assert isinstance(east, RpslRange)
    assert (east.organisation, east.people, east.hint) == (
        "ORG-E1-RIPE",
        ("P1-RIPE", "P2-RIPE"),
        "spam-desk@east.example",
    )
    assert organisation == RpslHolder(handle="ORG-E1-RIPE", abuse="AR1-RIPE")
    assert role == RpslHolder(handle="AR1-RIPE", mailbox="abuse@east.example")
    assert isinstance(network, RpslRange)
    assert (network.range.version, network.range.first) == (0, 64500)


def test_the_incident_team_of_apnic_is_read() -> None:
    """An IRT object without abuse-mailbox is reached at its e-mail; the range names it by mnt-irt."""
    text = "inet6num: 2001:db8::/32\nmnt-irt: IRT-EAST-CN\nsource: APNIC\n\n"
    text += "irt: IRT-EAST-CN\ne-mail: irt@east.example\nsource: APNIC\n"
    place, team = _all(text)
    assert isinstance(place, RpslRange)
    assert (place.range.version, place.irt) == (6, "IRT-EAST-CN")
    assert team == RpslHolder(handle="IRT-EAST-CN", mailbox="irt@east.example")


def test_what_cannot_be_used_is_named_with_its_line() -> None:
    """One slip an object, and the next object is read."""
    text = (
        "inetnum: 192.0.2.9 - 192.0.2.1\nsource: RIPE\n\n"
        "role: A\nnic-hdl: A1-RIPE\nthis is no attribute\nnor is this\nsource: RIPE\n\n"
        "role: B\nnic-hdl: B1-RIPE\nabuse-mailbox: nobody\nsource: RIPE\n\n"
        "role: C\nsource: RIPE\n\n"
        "inetnum: 192.0.2.0/24\nsource: APNIC\n\n"
        "aut-num: AS64500\nsource: RIPE\n"
    )
    *slips, last = _all(text)
    assert [(each.code, each.line) for each in slips if isinstance(each, Slip)] == [
        ("range", 1), ("attribute", 6), ("address", 10), ("handle", 15), ("source", 18),
    ]  # fmt: skip
    assert isinstance(last, RpslRange)


def test_an_object_without_end_is_cut() -> None:
    """A file that is one object of a million lines does not stay in memory."""
    reader = RpslReader()
    for _ in range(6000):
        reader.read("inetnum: 192.0.2.0/24")
    ended = reader.end()
    assert isinstance(ended, Slip)
    assert ended.code == "long"


@given(st.lists(st.text(max_size=60), max_size=30))
def test_no_text_makes_it_raise(lines: list[str]) -> None:
    """Whatever stands in a file, a reader answers."""
    reader = RpslReader()
    for line in lines:
        reader.read(line)
    reader.end()
