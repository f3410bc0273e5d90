"""A key is believed when two people compared its fingerprint, and not before."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.ledger import keys, note, pairing
from comity.locale import LANGUAGES, catalogue
from comity.model.outcomes import ComityError
from comity.model.peer_key import KeyState
from comity.services.prove import pairing as service
from comity.store.engine import Store

from ..stores import store

__all__ = ["store"]

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LISTS = [catalogue(language).say("pairing.words").split() for language in LANGUAGES]
OLD, NEW, OFFLINE = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2, 3))


def card(ledger: Ed25519PrivateKey = OLD, offline: Ed25519PrivateKey = OFFLINE) -> pairing.Card:
    return pairing.card_of(
        "west.example", ledger.public_key().public_bytes_raw(), offline.public_key().public_bytes_raw()
    )


def paired(store: Store) -> None:
    with store.write() as rows:
        service.add(rows.keys, card().text(), now=NOW)
        said = " ".join(pairing.words(card().fingerprint(), LISTS[1]))
        service.trust(rows.keys, "west.example", said, lists=LISTS, now=NOW)


def test_a_card_alone_is_believed_in_nothing(store: Store) -> None:
    """Whoever can send a card gains nothing by it."""
    with store.write() as rows:
        assert service.add(rows.keys, card().text(), now=NOW).key.state is KeyState.OFFERED
        assert service.verifiers(rows.keys, "west.example") == []
        assert not service.is_pinned(rows.keys, "west.example")


def test_the_fingerprint_read_out_pins_the_key(store: Store) -> None:
    """In the words of any language that we speak."""
    paired(store)
    with store.read() as rows:
        assert service.is_pinned(rows.keys, "west.example")
        assert {each.public for each in service.verifiers(rows.keys, "west.example")} == {card().ledger.public}


def test_another_fingerprint_pins_nothing(store: Store) -> None:
    """A card that was exchanged on the way is noticed when the fingerprint is read out."""
    with store.write() as rows:
        service.add(rows.keys, card(ledger=NEW).text(), now=NOW)
        with pytest.raises(ComityError) as caught:
            service.trust(rows.keys, "west.example", pairing.figures(card().fingerprint()), lists=LISTS, now=NOW)
        assert caught.value.code == "fingerprint-differs"
        assert not service.is_pinned(rows.keys, "west.example")


def test_a_pinned_peer_gets_no_second_key_by_a_card(store: Store) -> None:
    """A new key comes by a statement of the old one."""
    paired(store)
    with store.write() as rows:
        with pytest.raises(ComityError) as caught:
            service.add(rows.keys, card(ledger=NEW).text(), now=NOW)
        assert caught.value.code == "card-otherwise"


def test_a_rotation_needs_the_pinned_key(store: Store) -> None:
    """Old and new key signed: the new one is pinned, the old one verifies what it signed. Without the old one: nothing."""
    paired(store)
    with store.write() as rows:
        assert service.rotate(rows.keys, keys.rotation("west.example", OFFLINE, NEW), now=NOW) is None
        assert service.rotate(rows.keys, keys.rotation("west.example", OLD, NEW), now=NOW) is not None
        states = {each.public: each.state for each in rows.keys.of("west.example")}
    assert states == {
        card().ledger.public: KeyState.ROTATED,
        card(ledger=NEW).ledger.public: KeyState.PINNED,
    }


def test_a_revoked_key_signs_nothing_new(store: Store) -> None:
    """The key that is kept off-line calls it back; the ledger key cannot do that, and no rotation brings it back."""
    paired(store)
    with store.write() as rows:
        assert service.revoke(rows.keys, keys.revocation(card().ledger, OLD, card().revocation.name), now=NOW) is None
        assert service.revoke(rows.keys, keys.revocation(card().ledger, OFFLINE, card().revocation.name), now=NOW)
        assert not service.is_pinned(rows.keys, "west.example")
        assert service.rotate(rows.keys, keys.rotation("west.example", OLD, NEW), now=NOW) is None


def test_a_key_that_was_called_back_takes_no_place_again(store: Store) -> None:
    """Nobody who holds the stolen key and the one in its place pins the stolen one again; another card of it does not, either."""
    paired(store)
    with store.write() as rows:
        assert service.rotate(rows.keys, keys.rotation("west.example", OLD, NEW), now=NOW) is not None
        assert service.revoke(rows.keys, keys.revocation(card().ledger, OFFLINE, card().revocation.name), now=NOW)
        assert service.rotate(rows.keys, keys.rotation("west.example", NEW, OLD), now=NOW) is None
        assert not service.add(rows.keys, card().text(), now=NOW).is_new
        states = {each.public: each.state for each in rows.keys.of("west.example")}
    assert states == {card().ledger.public: KeyState.REVOKED, card(ledger=NEW).ledger.public: KeyState.PINNED}


def test_the_same_rotation_again_changes_nothing(store: Store) -> None:
    """A posting that comes twice, because its answer was lost, is no reason to refuse it; a stranger's key is."""
    paired(store)
    with store.write() as rows:
        first = service.rotate(rows.keys, keys.rotation("west.example", OLD, NEW), now=NOW)
        assert service.rotate(rows.keys, keys.rotation("west.example", OLD, NEW), now=NOW) == first
        assert service.rotate(rows.keys, keys.rotation("east.example", NEW, OFFLINE), now=NOW) is None
        assert len(rows.keys.of("west.example")) == 2


def test_a_revocation_calls_back_the_key_it_names(store: Store) -> None:
    """And none of another network, or one that is not there, however well the key off-line signs."""
    paired(store)
    offline = card().revocation.name
    stranger = card(ledger=NEW).ledger
    with store.write() as rows:
        for named in (stranger, note.Verifier(name="east.example", public=card().ledger.public)):
            assert service.revoke(rows.keys, keys.revocation(named, OFFLINE, offline), now=NOW) is None
        assert service.is_pinned(rows.keys, "west.example")


def test_a_known_key_with_another_one_to_call_it_back_is_refused(store: Store) -> None:
    """Whoever could exchange that one could call the first one back, or keep it from being called back."""
    with store.write() as rows:
        service.add(rows.keys, card().text(), now=NOW)
        with pytest.raises(ComityError) as caught:
            service.add(rows.keys, card(offline=NEW).text(), now=NOW)
    assert caught.value.code == "card-otherwise"
