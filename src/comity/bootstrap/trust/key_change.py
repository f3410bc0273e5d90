"""Change the key that the ledger is signed with, or call it back.

Trust:      the new key is made here; the old one stays beside it, for what it signed.
Answers:    ``change_key(settings, now)``: a leaf of type key in every channel of ours, then the files change. Done again after an
            interruption it goes on where it was. ``own_revocation`` is the statement that calls our key back.
Limits:     the program must not be writing at the same moment: stop it, change, start it again.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from secrets import token_bytes

from comity.bootstrap.desk import LEDGER_KEY, beside, desk_write
from comity.bootstrap.parties import CARD, own_card, own_domain
from comity.ledger import keys, note, pairing
from comity.ledger.leaf import LeafType
from comity.model.peer_key import KeyState, PeerKey
from comity.outlets import private_key
from comity.outlets.private_key import KeySort, read_ed25519
from comity.services.prove.writing import Event, Scribe, quarter_of
from comity.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The new card, where the old key lies, and how many channels say so."""

    card: pairing.Card
    old: Path
    channels: int


def change_key(settings: Settings, *, now: datetime) -> Changed:
    """Make a new key, say so in the ledger, use it."""
    name, card = own_domain(settings), own_card(settings)
    path = beside(settings, settings.identity.ledger_key, LEDGER_KEY)
    waiting = path.with_name(f"{path.name}.next")
    private_key.make(waiting, KeySort.ED25519)
    before, after = read_ed25519(path), read_ed25519(waiting)
    fresh = note.verifier_of(name, after)
    statement = keys.rotation(name, before, after)
    with desk_write(settings) as rows:
        scribe = Scribe(name, before, new_salt=lambda: token_bytes(16))
        told = 0
        for channel in rows.ledger.channels():
            if channel.is_copy or channel.reporting != name or channel.quarter != quarter_of(now):
                continue
            event = Event(
                reporting=channel.reporting,
                reported=channel.reported,
                leaf_type=LeafType.KEY,
                event_id=f"key.{fresh.key_id.hex()}",
                observed=None,
                facts={"statement": statement},
                quarter=channel.quarter,
            )
            told += 1
            if not rows.history.named([channel.channel_id], [event.event_id]):
                scribe.write(rows.ledger, [event], now)
        for verifier, state in ((card.ledger, KeyState.ROTATED), (fresh, KeyState.PINNED)):
            rows.keys.put(
                PeerKey(peer=name, public=verifier.public, revocation=card.revocation.public, state=state, since=now)
            )
    old = path.with_name(f"{path.stem}-{note.verifier_of(name, before).key_id.hex()}.key")
    changed = pairing.Card(ledger=fresh, revocation=card.revocation)
    beside(settings, None, CARD).write_text(changed.text(), encoding="utf-8")
    path.rename(old)
    waiting.rename(path)
    return Changed(card=changed, old=old, channels=told)


def own_revocation(settings: Settings, offline: Path) -> str:
    """The statement that calls our key back, signed with the key that is kept off-line."""
    card = own_card(settings)
    return keys.revocation(card.ledger, read_ed25519(offline), card.revocation.name)
