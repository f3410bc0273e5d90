"""Cards and fingerprints: what two people read out to each other, and what they may get wrong."""

from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from comity.ledger import keys, note, pairing
from comity.locale import LANGUAGES, catalogue

LISTS = [catalogue(language).say("pairing.words").split() for language in LANGUAGES]
CARD = pairing.card_of("west.example", bytes(range(32)), bytes(range(1, 33)))


def test_the_lists_of_words_never_change() -> None:
    """Two networks with different versions of this program read the same words out."""
    assert [len(set(each)) for each in LISTS] == [256, 256]
    assert [sha256(" ".join(each).encode()).hexdigest()[:16] for each in LISTS] == WORDS


WORDS = ["f78eacc6202e26a9", "dbce85807fc93bea"]


@given(st.binary(min_size=16, max_size=16))
def test_what_is_read_out_is_what_is_heard(fingerprint: bytes) -> None:
    """In figures, in English words, in Chinese words with blanks or without: the same sixteen bytes."""
    for listed in LISTS:
        words = pairing.words(fingerprint, listed)
        assert len(words) == 17
        assert pairing.heard(" ".join(words), LISTS).fingerprint == fingerprint
    assert pairing.heard("".join(pairing.words(fingerprint, LISTS[1])), LISTS).fingerprint == fingerprint
    assert pairing.heard(pairing.figures(fingerprint).upper(), LISTS).fingerprint == fingerprint


@pytest.mark.parametrize("listed", LISTS)
def test_a_misheard_word_is_noticed(listed: list[str]) -> None:
    """One word exchanged for another of the list is found by the checksum, but for one in 256."""
    words = list(pairing.words(CARD.fingerprint(), listed))
    missed = 0
    for word in listed:
        changed = [*words[:4], word, *words[5:]]
        found = pairing.heard(" ".join(changed), LISTS)
        missed += found.fault is None and found.fingerprint != CARD.fingerprint()
    assert missed <= 4


def test_a_word_that_is_on_no_list_is_named() -> None:
    """The person learns which word it was, and which one is near."""
    words = ["castel", *pairing.words(CARD.fingerprint(), LISTS[0])[1:]]
    found = pairing.heard(" ".join(words), LISTS)
    assert found.fault == "pairing-word"
    assert found.details == {"n": 1, "word": "castel", "near": "castle"}


def test_the_fingerprint_covers_both_keys() -> None:
    """A card with another revocation key has another fingerprint."""
    assert pairing.card_of("west.example", bytes(range(32)), bytes(32)).fingerprint() != CARD.fingerprint()


@pytest.mark.parametrize(
    "change",
    [
        (CARD.revocation, note.Verifier(name="east.example/revocation", public=bytes(range(1, 33)))),
        (CARD.revocation, note.Verifier(name="west.example", public=bytes(range(1, 33)))),
        (CARD.revocation, replace(CARD.revocation, algorithm=note.COSIGNATURE)),
        (CARD.ledger, replace(CARD.ledger, algorithm=note.COSIGNATURE)),
        (CARD.ledger, replace(CARD.ledger, name="West.example")),
    ],
    ids=["revoked by another network", "revoked by its own name", "cosigns", "signs no heads", "written otherwise"],
)
def test_a_card_whose_keys_do_not_belong_together_is_none(change: tuple[note.Verifier, note.Verifier]) -> None:
    """What two people compare is one network's two keys, each for what it is for."""
    here, there = change
    said = CARD.text().replace(here.encoded(), there.encoded())
    assert said != CARD.text()
    assert pairing.read_card(said) is None


@given(st.text())
def test_any_text_may_be_typed(text: str) -> None:
    """What is no card and no fingerprint is named, and raises nothing."""
    assert pairing.read_card(text) is None
    assert pairing.heard(text, LISTS).fingerprint is None or len(text) >= 32


def test_a_revocation_is_signed_with_the_key_that_is_kept_off_line() -> None:
    """The ledger key cannot call itself back, and a stranger cannot call back anything."""
    ledger, offline = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    card = pairing.card_of(
        "west.example", ledger.public_key().public_bytes_raw(), offline.public_key().public_bytes_raw()
    )
    said = keys.revocation(card.ledger, offline, card.revocation.name)
    assert keys.read_revocation(said, card.revocation) == card.ledger
    by_itself = keys.revocation(card.ledger, ledger, card.revocation.name)
    assert keys.read_revocation(by_itself, card.revocation) is None
    assert keys.read_revocation(said, note.verifier_of(card.revocation.name, ledger)) is None
