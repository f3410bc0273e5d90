"""Join what practices and guidance need: the catalogue, who we are, and the desk.

Answers:    ``catalogue()`` the practices by id, ``guidance_desk(settings, records, ...)``.
"""

import secrets
from base64 import b32encode
from datetime import datetime
from importlib.resources import files
from typing import TYPE_CHECKING

from comity.bootstrap.parties import ledger_key, own_domain
from comity.services.prove.guidance import GuidanceDesk, GuidanceTerms
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.model.practice import Practice
    from comity.store.records import Records

_ID_BYTES = 10


def catalogue() -> "dict[str, Practice]":
    """The catalogue, by id."""
    from comity.accord.practices import catalogue_of

    text = files("comity").joinpath("catalogue", "practices.toml").read_text(encoding="utf-8")
    return {each.practice_id: each for each in catalogue_of(text)}


def guidance_desk(settings: Settings, records: "Records", *, actor: str, now: datetime) -> GuidanceDesk:
    """Who acts, in this transaction."""
    terms = GuidanceTerms(
        ours=own_domain(settings),
        key=ledger_key(settings),
        new_id=lambda letter: f"{letter}-{b32encode(secrets.token_bytes(_ID_BYTES)).decode()}",
    )
    return GuidanceDesk(records, terms, actor=actor, now=now)
