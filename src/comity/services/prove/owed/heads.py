"""Heads of ledgers by mail, for peers that reach each other in no other way: ours are mailed, theirs cosigned, answers taken in.

Trust:      the mail is signed by the peer (DKIM, checked by the caller), and the note in it by the peer's pinned key. A head is
            cosigned when it follows the last one that we cosigned, by a proof; whatever else it says is a claim. Answers go to the
            address of the agreement, never to where a mail says it is from.
Standards:  C2SP tlog-witness, by mail: "old" with a consistency proof, a cosignature, or the size that the witness knows in the
            place of 409; TRUST 4: the receipt is the cosignature, sending never waits for it.
Answers:    ``HeadDesk.mail(rows, party, now)`` puts what is due into the outbox; ``take(rows, data, signed_by, ...)`` gives
            ``TakenHead``, None where the mail says nothing of a head.
Limits:     in the caller's transaction. It says that we saw the head, not that we have its leaves. A head without an answer is
            mailed again after a week; a peer's heads are answered 48 times a day at the most, so that two programs fall silent.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.formats import head_mail
from comity.formats.head_mail import HeadWord, StatedHead
from comity.formats.mime import scan
from comity.ledger import checkpoint, note, tree
from comity.model.entry import Channel, Head
from comity.model.owed import MailedHead, SeenHead
from comity.model.peer_key import KeyState
from comity.model.sending import OutboxKind, PeerState
from comity.services.complain.rows import enter
from comity.services.prove import pairing
from comity.services.prove.leaves import forks

PER_DAY: Final = 48
_AGAIN: Final = timedelta(days=7)
_CLOCK: Final = 300
_SIGNING: Final = (KeyState.PINNED, KeyState.ROTATED)


class Words(Protocol):
    """Sentences of one language."""

    def say(self, message_id: str, /, **arguments: object) -> str:
        """The sentence with its holes filled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A peer as our mail reaches it."""

    domain: str
    name: str  # what its mail goes by
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """Who signs and writes."""

    domain: str
    key: Ed25519PrivateKey = field(repr=False)
    address: str
    organisation: str
    words: Sequence[Words]
    new_token: Callable[[], str]
    pause: timedelta  # between two heads of one channel


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenHead:
    """What became of a mail about a head; ``refused`` says why it does not count."""

    word: HeadWord
    origin: str | None
    refused: str | None = None
    answered: bool = False


class HeadDesk:
    """What our desk does about heads by mail."""

    def __init__(self, ours: Ours) -> None:
        self._ours = ours

    def mail(self, rows: Any, party: Party, *, now: datetime) -> int:
        """Mail what is due; how many mails."""
        if not self._may_write(rows, party):
            return 0
        mails = 0
        for channel in self._ours_to(rows, party.domain):
            head = rows.ledger.head(channel.channel_id)
            if head is None or rows.history.stopped(channel.channel_id) is not None:
                continue
            old = self._due(rows, channel, head, now=now)
            if old is None:
                continue
            proof = rows.history.consistency(channel.channel_id, old, head.size) if 0 < old < head.size else []
            said = StatedHead(
                word=HeadWord.OLD, size=old, note=head.note, proof=tuple(b64encode(each).decode() for each in proof)
            )
            self._put(rows, party, said, about=(channel.origin, head.size), answers=None, now=now)
            rows.owed_heads.mail(MailedHead(origin=channel.origin, peer=party.domain, size=head.size, at=now))
            mails += 1
        return mails

    def _due(self, rows: Any, channel: Channel, head: Head, *, now: datetime) -> int | None:
        """From which size the next mail about a channel goes on; None where none is due."""
        receipt, mailed = rows.history.receipted(channel.channel_id), rows.owed_heads.mailed(channel.origin)
        cosigned = receipt.size if receipt is not None else 0
        if mailed is not None and mailed.known is not None:
            return int(mailed.known) if mailed.known <= head.size else None
        if head.size <= cosigned:
            return None
        pause = self._ours.pause if mailed is not None and head.size > mailed.size else _AGAIN
        return cosigned if mailed is None or now - mailed.at >= pause else None

    def _ours_to(self, rows: Any, peer: str) -> Iterator[Channel]:
        """Channels that we write and that are about this peer: reports to it, and what came from it by mail."""
        ours = self._ours.domain
        for channel in (*rows.history.between(ours, peer), *rows.history.between(peer, ours)):
            name = checkpoint.channel_name(channel.origin)
            if not channel.is_copy and name is not None and name.writer == ours:
                yield channel

    @staticmethod
    def _may_write(rows: Any, party: Party) -> bool:
        known = rows.peers.by_name([party.name]).get(party.name)
        return known is not None and known.state is PeerState.LIVE

    # -- what comes in

    def take(
        self, rows: Any, data: bytes, signed_by: Collection[str], *, parties: Mapping[str, Party], now: datetime
    ) -> TakenHead | None:
        """Take a mail about a head in."""
        message = scan(data)
        said = head_mail.read(message)
        if said is None:
            return None
        origin = said.origin or said.note.partition("\n")[0]
        name = checkpoint.channel_name(origin)
        ours = self._ours.domain
        if name is None or ours not in (name.reporting, name.reported):
            return TakenHead(word=said.word, origin=None, refused="not-for-us")
        peer = name.reported if name.reporting == ours else name.reporting
        refused, answer = self._taken(rows, said, (origin, name.writer, peer), signed_by=signed_by, now=now)
        day = now.astimezone(UTC).date().isoformat()
        party = parties.get(peer)
        answered = False
        if refused is not None and peer in signed_by:
            rows.keys.count(peer, day, f"refused:{refused}")
        has_room = rows.keys.counts(peer, day).get("heads-by-mail", 0) < PER_DAY
        if answer is not None and party is not None and has_room and self._may_write(rows, party):
            rows.keys.count(peer, day, "heads-by-mail")
            answers = _id(message.headers.first("message-id"))
            self._put(rows, party, answer, about=(origin, answer.size), answers=answers, now=now)
            answered = True
        return TakenHead(word=said.word, origin=origin, refused=refused, answered=answered)

    def _taken(
        self, rows: Any, said: StatedHead, about: tuple[str, str, str], *, signed_by: Collection[str], now: datetime
    ) -> tuple[str | None, StatedHead | None]:
        """Why it does not count, and what is answered."""
        origin, writer, peer = about
        keys = pairing.verifiers(rows.keys, peer, _SIGNING)
        if peer not in signed_by:
            return "not-signed-by-peer", None
        if not keys:
            return "peer-not-paired", None
        if said.word is HeadWord.OLD:
            if writer != peer:
                return "not-for-us", None
            return self._witness(rows, said, (origin, peer), keys=keys, now=now)
        if writer != self._ours.domain:
            return "not-for-us", None
        channel = rows.history.channel(origin)
        if channel is None or channel.is_copy:
            return "not-for-us", None
        if said.word is HeadWord.COSIGNED:
            return self._receipt(rows, channel, said.note, keys=keys, now=now), None
        return self._known(rows, channel, said, keys=keys, now=now), None

    def _witness(
        self, rows: Any, said: StatedHead, about: tuple[str, str], *, keys: Sequence[note.Verifier], now: datetime
    ) -> tuple[str | None, StatedHead | None]:
        """Cosign a head of theirs that follows the last one."""
        origin, peer = about
        opened = note.opened(said.note, keys)
        head = checkpoint.read(opened.text) if opened is not None else None
        if opened is None or peer not in opened.signers or not opened.cosigned:
            return "head-not-signed", None
        if head is None or head.origin != origin or head.extensions or head.size < 1:
            return "head-malformed", None
        if opened.cosigned[0][1] > int(now.timestamp()) + _CLOCK:
            return "clock-ahead", None
        before = rows.owed_heads.seen(origin)
        was = checkpoint.read(note.text_of(before.note)) if before is not None else None
        if before is not None and was is not None and was.size == head.size and was.root == head.root:
            return None, StatedHead(word=HeadWord.COSIGNED, size=head.size, note=before.note)
        fork = forks.between(said.note, before.note, keys) if before is not None else None
        if fork is not None and (found := forks.kept(fork, now)) is not None:
            rows.forks.keep(found)
            return "two-histories", None
        size = was.size if was is not None else 0
        if said.size != size or head.size < size:
            known = StatedHead(word=HeadWord.KNOWN, size=size, note=before.note if before else "", origin=origin)
            return "size-differs", known
        proof = [b64decode(each) for each in said.proof]
        if was is not None and not tree.is_consistent(((was.size, was.root), (head.size, head.root)), proof):
            return "root-differs", None
        line = note.cosign(said.note, self._ours.domain, self._ours.key, second=int(now.timestamp()))
        cosigned = note.with_lines(said.note, [line])
        rows.owed_heads.see(SeenHead(origin=origin, peer=peer, size=head.size, note=cosigned, seen=now))
        return None, StatedHead(word=HeadWord.COSIGNED, size=head.size, note=cosigned)

    @staticmethod
    def _receipt(
        rows: Any, channel: Channel, noted: str, *, keys: Sequence[note.Verifier], now: datetime
    ) -> str | None:
        """The peer cosigned a head of ours: that line is the receipt."""
        opened = note.opened(noted, keys)
        head = checkpoint.read(opened.text) if opened is not None else None
        if opened is None or head is None or not opened.cosigned:
            return "receipt-not-signed"
        ours = rows.history.head_at(channel.channel_id, head.size)
        if ours is None or (head.origin, head.root) != (channel.origin, ours.root):
            return "peer-differs"
        if ours.receipted is None:
            second = opened.cosigned[0][1]
            at = datetime.fromtimestamp(second, UTC) if second < 1 << 34 else now
            lines = note.with_lines(ours.note, note.lines_of(noted))
            rows.history.add_receipt(channel.channel_id, head.size, note=lines, at=at)
        return None

    @staticmethod
    def _known(
        rows: Any, channel: Channel, said: StatedHead, *, keys: Sequence[note.Verifier], now: datetime
    ) -> str | None:
        """The peer knows another size: the next mail goes on from there; where it knows more than we do, our end was lost."""
        opened = note.opened(said.note, keys) if said.note else None
        head = checkpoint.read(opened.text) if opened is not None else None
        is_cosigned = opened is not None and bool(opened.cosigned)  # whoever has a mailbox there mails under its domain
        if said.size and (not is_cosigned or head is None or (head.origin, head.size) != (channel.origin, said.size)):
            return "receipt-not-signed"
        if said.size > channel.size:
            rows.history.stop(channel.channel_id, "we-are-behind", size=said.size, now=now)
            return "we-are-behind"
        ours = rows.history.head_at(channel.channel_id, said.size) if said.size else None
        if said.size and (ours is None or head is None or ours.root != head.root):
            return "peer-differs"
        rows.owed_heads.goes_on(channel.origin, said.size, at=now)
        return None

    # -- what goes out

    def _put(
        self,
        rows: Any,
        party: Party,
        said: StatedHead,
        *,
        about: tuple[str, int],
        answers: str | None,
        now: datetime,
    ) -> None:
        ours, token, (origin, size) = self._ours, self._ours.new_token(), about
        holes: dict[str, object] = {"origin": origin, "n": size, "organisation": ours.organisation}
        word = said.word.value
        text = "\n\n".join(each.say(f"owed.head.{word}", **holes) for each in ours.words)
        data = head_mail.write(
            head_mail.HeadMessage(
                header_from=ours.address,
                organisation=ours.organisation,
                to=party.address,
                subject=" / ".join(each.say("owed.head.subject", **holes) for each in ours.words),
                written=now,
                message_id=f"{token}.head@{ours.domain}",
                in_reply_to=answers,
                text=text + "\n",
                said=said,
            )
        )
        row = enter(OutboxKind.NOTICE, data, party=party.name, address=party.address, bounce_token=token, now=now)
        rows.sending.add_outbox([row])


def gives_receipts(history: Any, ours: str, peer: str) -> bool:
    """Whether a peer has cosigned any head of ours: then how much may be without a receipt is bounded for it, too."""
    return any(history.receipted(each.channel_id) is not None for each in history.between(ours, peer))


def _id(value: str | None) -> str | None:
    """A Message-ID without its brackets."""
    return None if value is None else value.strip().strip("<>") or None
