"""Hold what a peer posts against the agreement: its acts are taken, its reports are inside or the posting is refused.

Trust:      leaves are the peer's claims. What rules is the document that both signed; before there is one, nothing is refused here.
Standards:  TRUST, "floods": the quota of the agreement, 429 before accepting. The order of the leaves is the order of what
            happened: a version that was accepted in this posting rules the reports behind it.
Answers:    ``Accepting.hold(rows, posted)`` gives an ``Outside`` for each leaf that is outside, and why; acts that are inside are
            stored then.
            ``per_day(rows, peer, now)`` how many leaves are taken from a peer.
Limits:     in the caller's transaction, which a refusal undoes. An act that does not fit where things stand is no fault of the
            posting: it is counted, and answered by an act of ours where the other side may not know better.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from comity.accord.agreement import document as form
from comity.accord.agreement import life, terms
from comity.ledger.leaf import COUNTED, LeafType
from comity.model.agreement_document import AgreementAct, AgreementPaper
from comity.model.entry import Channel
from comity.model.peer_key import KeyState
from comity.services.prove import pairing
from comity.services.prove.agreement import notes
from comity.services.prove.agreement.acting import leaf_name
from comity.services.prove.agreement.rows import AgreementTransaction
from comity.services.prove.agreement.taking import Taking, Way

_SIGNED = (KeyState.PINNED, KeyState.ROTATED)
_NOTED = frozenset({AgreementAct.PROPOSE, AgreementAct.ACCEPT})


class CountingRows(Protocol):
    """What is counted about a peer."""

    def count(self, peer: str, day: str, what: str, *, number: int = 1) -> None:
        """So many more of this."""


class HeldRows(Protocol):
    """What is asked of the ledger."""

    def counted_on(self, channel_id: int, day: str) -> int:
        """How many reports stand in the roll-ups of a day."""

    def between(self, reporting: str, reported: str) -> list[Channel]:
        """Every channel of one direction."""

    def receipted_since(self, channel_id: int, name: str) -> datetime | None:
        """Since when the other side has the leaf of this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The leaves of one posting, in order, each with its place and what travels beside it."""

    peer: str
    channel_id: int
    records: Sequence[tuple[int, Mapping[str, Any]]]
    payloads: Mapping[int, tuple[bytes, bytes]]
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Why a leaf is refused, by a word that both sides have; with the status 429 the posting, from this leaf on."""

    code: str
    position: int
    status: int = 422


class Accepting:
    """Holds postings against agreements."""

    def __init__(self, ours: str, taking: Taking) -> None:
        self._ours, self._taking = ours, taking

    @staticmethod
    def per_day(rows: AgreementTransaction, peer: str, now: datetime) -> int | None:
        """How many leaves a day are taken from this peer; None where no document says."""
        held = life.in_force(rows.agreements.of(peer), now)
        return None if held is None else held.document.leaves_per_day

    def hold(
        self, rows: AgreementTransaction, posted: Posted, *, counting: CountingRows, history: HeldRows
    ) -> list[Outside]:
        """Go through the leaves in order."""
        found: list[Outside] = []
        peer, counts = posted.peer, Counter[str]()
        papers = rows.agreements.of(peer)
        ruling: dict[datetime, list[AgreementPaper | None]] = {}
        known = _Known(history, self._ours, peer)
        for position, record in posted.records:
            if record["type"] == LeafType.AGREEMENT.value:
                fault = self._act(rows, posted, (position, record), counting=counting)
                if fault is not None:
                    found.append(Outside(code=fault, position=position))
                    continue
                papers, ruling = rows.agreements.of(peer), {}
            elif record["type"] in COUNTED and papers:
                at = life.moment(record["submitted"])
                if at not in ruling:  # most of a batch was submitted in the same second
                    ruling[at] = terms.ruling(papers, peer, at, known=known)
                ruled = ruling[at]
                code = terms.outside(ruled, peer, record, at=at)
                if code is not None:
                    found.append(Outside(code=code, position=position))
                    continue
                day, most = at.astimezone(UTC).date().isoformat(), terms.quota(ruled, peer)
                counts[day] += 1
                if most is not None and history.counted_on(posted.channel_id, day) + counts[day] > most:
                    return [Outside(code="quota", position=position, status=429)]
        return found

    def _act(
        self, rows: AgreementTransaction, posted: Posted, leaf: tuple[int, Mapping[str, Any]], *, counting: CountingRows
    ) -> str | None:
        position, record = leaf
        if position not in posted.payloads:
            return "agreement-note-missing"
        text = posted.payloads[position][1].decode("utf-8", "replace")
        known = pairing.verifiers(rows.keys, posted.peer, _SIGNED)
        opened = notes.opened(text, known)
        if opened is None or posted.peer not in opened.signed:
            return "agreement-not-signed"
        if opened.data is not None:
            read = form.read(opened.data).document
            says = (form.digest(opened.data), read.version if read else None, record["act"] in _NOTED)
        else:
            act = opened.act or {}
            says = (act.get("sha256", ""), act.get("version"), act.get("act") == record["act"])
        if says != (record["sha256"], record["version"], True):
            return "agreement-differs"
        taken = self._taking.take(rows, text, now=posted.now, way=Way.LEDGER)
        if taken.refused is not None:
            counting.count(posted.peer, posted.now.astimezone(UTC).date().isoformat(), f"agreement:{taken.refused}")
        return None


class _Known:
    """Since when the peer knows that we signed what it had proposed: it gave a receipt for our leaf about it."""

    def __init__(self, history: HeldRows, ours: str, peer: str) -> None:
        self._history, self._ours, self._peer = history, ours, peer
        self._found: dict[str, datetime | None] = {}

    def __call__(self, paper: AgreementPaper) -> datetime | None:
        if paper.digest not in self._found:
            name = leaf_name(paper, AgreementAct.ACCEPT)
            channels = self._history.between(self._ours, self._peer)
            since = [self._history.receipted_since(each.channel_id, name) for each in channels]
            self._found[paper.digest] = min((each for each in since if each is not None), default=None)
        return self._found[paper.digest]
