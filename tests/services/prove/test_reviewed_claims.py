"""Who of the other side looked at a claim is that side's own word, by its signature: a typed name is none."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from comity.accord.practices import claimed_in, reviewed, title_of
from comity.model.guidance import KeptVersion
from comity.model.practice import Claim, Standing
from comity.services.prove.guidance import Draft

from .test_guidance import Party
from .two_sides import EAST, NOW, WEST

CLAIM = Claim(
    practice_id="abuse-mailbox",
    network=WEST,
    standing=Standing.KEPT,
    evidence="abuse@west.example is read daily",
    reviewer="Li Na",
    at=NOW,
)
PUT = Draft(
    title={"en": title_of("abuse-mailbox", Standing.KEPT), "zh": "举报信箱：遵守"},
    text={"en": CLAIM.evidence, "zh": "abuse@west.example 每日查看"},
    practices=("abuse-mailbox",),
)


@pytest.fixture
def parties() -> Iterator[tuple[Party, Party]]:
    west, east = Party(WEST, EAST), Party(EAST, WEST)
    yield west, east
    west.store.close()
    east.store.close()


def all_of(party: Party) -> list[KeptVersion]:
    with party.store.read() as rows:
        return rows.guidance.all()


def test_the_other_side_signs_what_it_looked_at(parties: tuple[Party, Party]) -> None:
    """It waits until a person of theirs signed these very words; both desks show the same then, and theirs shows the claim."""
    west, east = parties
    assert reviewed(CLAIM, all_of(west)) is None  # whoever was typed as a reviewer
    kept = west.do("propose", EAST, PUT)
    west.give(east)
    waits = reviewed(CLAIM, all_of(west))
    assert waits is not None
    assert (waits.network, waits.by, waits.at) == (EAST, None, None)
    east.do("agree", kept.said.guidance_id, actor="Li Na")
    east.give(west)
    found = reviewed(CLAIM, all_of(west))
    assert found is not None
    assert (found.network, found.by, found.at) == (EAST, "Li Na", NOW)
    (seen,) = claimed_in(all_of(east), ours=EAST)
    assert (seen.network, seen.standing, seen.evidence) == (WEST, Standing.KEPT, CLAIM.evidence)
    assert reviewed(seen, all_of(east)) == found
    assert claimed_in(all_of(west), ours=WEST) == []


@pytest.mark.parametrize(
    "other",
    [
        {"standing": Standing.PARTLY},
        {"evidence": "abuse@west.example is read hourly"},
        {"practice_id": "feedback-loop"},
        {"network": EAST},
    ],
    ids=str,
)
def test_no_other_claim_is_signed_by_it(parties: tuple[Party, Party], other: dict[str, object]) -> None:
    """A signature under weaker words, or under another theme or network, is no review of this claim."""
    west, east = parties
    kept = west.do("propose", EAST, PUT)
    west.give(east)
    east.do("agree", kept.said.guidance_id, actor="Li Na")
    east.give(west)
    assert reviewed(replace(CLAIM, **other), all_of(west)) is None  # type: ignore[arg-type]


def test_whoever_claims_cannot_sign_its_own_claim_for_the_other(parties: tuple[Party, Party]) -> None:
    """What west wrote, west cannot agree to; what east makes of it in a version of its own is east's claim."""
    west, east = parties
    kept = west.do("propose", EAST, PUT)
    west.give(east)
    east.do("revise", kept.said.guidance_id, PUT, actor="Li Na")
    east.give(west)
    west.do("agree", kept.said.guidance_id, actor="Ann")
    found = reviewed(CLAIM, all_of(west))
    assert found is not None
    assert found.at is None
    (theirs,) = claimed_in(all_of(west), ours=WEST)
    assert theirs.network == EAST
