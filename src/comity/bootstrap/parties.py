"""Who we are in the ledger, and whom we exchange it with, out of the settings and the files beside them.

Answers:    ``own_domain``, ``ledger_key`` and ``own_card`` say who we are, ``no_key`` the error where nothing can be signed;
            ``exchanging(settings)`` gives the domains that send us their ledger, ``site_of`` where one exchanges, ``windows`` for
            pacing; ``word_lists()`` what fingerprints are read out in.
Limits:     paths that the settings leave out lie beside the settings file.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from comity.bootstrap import missing
from comity.bootstrap.desk import LEDGER_KEY, beside
from comity.ledger import pairing
from comity.locale import LANGUAGES, catalogue
from comity.model.exchange_site import ExchangeSite
from comity.model.outcomes import ComityError, Outcome
from comity.services.prove.forwarding import Window
from comity.settings import Settings

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

CARD = "ledger.card"


def exchanging(settings: Settings) -> tuple[str, ...]:
    """The domains of peers that send us their ledger."""
    return tuple(each.peer for each in settings.exchange.peers)


def site_of(settings: Settings, peer: str) -> ExchangeSite:
    """Where a peer exchanges."""
    for each in settings.exchange.peers:
        if each.peer == peer:
            return each
    raise ComityError(
        "exchange-no-site",
        f"the settings name no address of {peer}",
        outcome=Outcome.CONFIGURATION,
        place=str(settings.file),
        details={"peer": peer},
    )


def windows(settings: Settings) -> Mapping[str, Window]:
    """How much may be without a receipt, by the domain of the peer."""
    exchange = settings.exchange
    window = Window(age=timedelta(hours=exchange.window_hours), octets=exchange.window_mib << 20)
    return dict.fromkeys(exchanging(settings), window)


def own_domain(settings: Settings) -> str:
    """Our name in the ledger."""
    if settings.identity.domain is None:
        raise missing("identity.domain", settings.file)
    return settings.identity.domain


def ledger_key(settings: Settings) -> "Ed25519PrivateKey":
    """The key that we sign with."""
    from comity.outlets.private_key import read_ed25519

    return read_ed25519(beside(settings, settings.identity.ledger_key, LEDGER_KEY))


def own_card(settings: Settings) -> pairing.Card:
    """Our card, as ``comity init`` wrote it."""
    path = beside(settings, None, CARD)
    if not path.exists():
        raise ComityError("card-missing", "there is no card of ours", outcome=Outcome.CONFIGURATION, place=str(path))
    card = pairing.read_card(path.read_text(encoding="utf-8"))
    if card is None:
        raise ComityError(
            "card-malformed", "this is no card of a network", outcome=Outcome.CONFIGURATION, place=str(path)
        )
    return card


def word_lists() -> tuple[tuple[str, ...], ...]:
    """The words that fingerprints are read out in, language by language."""
    return tuple(tuple(catalogue(each).say("pairing.words").split()) for each in LANGUAGES)


def no_key(settings: Settings) -> ComityError:
    """What is said where the ledger is to be signed and there is nothing to sign it with."""
    return ComityError(
        "ledger-key-missing",
        "there is no key to sign the ledger with",
        outcome=Outcome.CONFIGURATION,
        place=str(settings.file),
    )
