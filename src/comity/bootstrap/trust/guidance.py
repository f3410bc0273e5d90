"""Join what guidance needs: who we are, and the desk.

Answers:    ``guidance_desk(settings, records, ...)``.
"""

import secrets
from base64 import b32encode
from datetime import datetime
from typing import TYPE_CHECKING

from comity.bootstrap.trust.exchange import ledger_key, own_domain
from comity.services.prove.guidance import GuidanceDesk, GuidanceTerms
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.store.records import Records

_ID_BYTES = 10


def guidance_desk(settings: Settings, records: "Records", *, actor: str, now: datetime) -> GuidanceDesk:
    """Who acts, in this transaction."""
    terms = GuidanceTerms(
        ours=own_domain(settings),
        key=ledger_key(settings),
        new_id=lambda letter: f"{letter}-{b32encode(secrets.token_bytes(_ID_BYTES)).decode()}",
    )
    return GuidanceDesk(records, terms, actor=actor, now=now)
