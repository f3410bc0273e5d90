"""What the agreements that both sides signed let out, in one transaction: asked before a report leaves, told when it does.

Trust:      the documents in the store. A report was made under one version; it leaves under this one, or not at all.
Standards:  TRUST (quota, trial), GDPR chapter V and 28 CFR part 202: data subjects are counted per peer over twelve months, with a
            hard stop. Who a subject is, is known here as a hash of the keyed token of the mailbox.
Answers:    ``Agreed(rows, ours, now, peers)``: ``is_stale``, ``no``, ``hold``, ``quota`` and ``window`` are asked, ``use`` and
            ``settle`` count. A peer without a document is bound by the settings alone.
Limits:     a mail whose mailbox nobody knows counts as about somebody new each time. Nothing is counted at T0 and T1.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from comity.accord.agreement import life, terms
from comity.model.agreement_document import AgreedDirection, AgreementPaper
from comity.services.complain.rows import Outgoing
from comity.services.prove.agreement.rows import GateRows
from comity.services.prove.forwarding import Window

ENDED: Final = "agreement-ended"
CHANGED: Final = "agreement-changed"
LOWERED: Final = "shown-less"
SUBJECTS: Final = "subjects-reached"
TRIAL: Final = "trial-volume"


class Agreed:
    """The agreements with some peers, at one moment."""

    def __init__(self, rows: GateRows, ours: str, now: datetime, *, peers: Collection[str]) -> None:
        """``peers`` are their domains."""
        self._rows, self._ours, self._now = rows, ours, now
        papers = rows.all(peers) if peers else {}
        self._ruling = {peer: ruling for peer, each in papers.items() if (ruling := terms.governing(each, now))}
        self._held = {peer: held for peer, each in papers.items() if (held := life.in_force(each, now))}
        self._lowered = rows.lowered(now)
        self._sent: Counter[str] = Counter()
        self._subjects: dict[str, set[bytes]] = {}  # seen in this transaction
        self._counts: dict[str, int] = {}

    def is_stale(self, outgoing: Outgoing) -> bool:
        """Whether a report was made under other terms than those that rule now: its complaint is looked at again."""
        ruling = self._ruling.get(outgoing.reported or "")
        if self._shows_too_much(outgoing):
            return True
        return outgoing.facts.get("terms") != (ruling and ruling.digest)

    def no(self, outgoing: Outgoing) -> str | None:
        """Why a report will never leave, by name; None where it may."""
        peer = outgoing.reported or ""
        if self._shows_too_much(outgoing):
            return LOWERED
        if peer not in self._ruling:
            return CHANGED if outgoing.facts.get("terms") is not None else None
        held = self._held.get(peer)
        if held is None:
            return ENDED
        if self.is_stale(outgoing) or outgoing.tier > terms.tier_now(self._direction(held), self._now).value:
            return CHANGED
        return SUBJECTS if self._is_stopped(outgoing, held) else None

    def _shows_too_much(self, outgoing: Outgoing) -> bool:
        """Whether it names the complainer to a peer that is shown less by now."""
        return outgoing.tier in terms.PERSONAL and outgoing.reported in self._lowered

    def hold(self, outgoing: Outgoing) -> str | None:
        """Why a report does not leave yet."""
        held = self._held.get(outgoing.reported or "")
        if held is None:
            return None
        direction = self._direction(held)
        if terms.trial_over(direction, self._now) or direction.trial is None:
            return None
        return TRIAL if held.sent + self._sent[held.digest] >= direction.trial.reports else None

    def quota(self, peer: str) -> int | None:
        """How many reports a day leave for a peer; None where no document says."""
        held = self._held.get(peer)
        return None if held is None else self._direction(held).quota

    def window(self, peer: str) -> Window | None:
        """How much may be without a receipt; None where no document says."""
        held = self._held.get(peer)
        if held is None:
            return None
        document = held.document
        return Window(age=timedelta(hours=document.window_hours), octets=document.window_mib << 20)

    def use(self, outgoing: Outgoing) -> None:
        """A report leaves."""
        held = self._held.get(outgoing.reported or "")
        if held is None:
            return
        self._sent[held.digest] += 1
        if outgoing.tier in terms.PERSONAL:
            self._subjects.setdefault(held.peer, set()).add(_subject(outgoing))

    def settle(self) -> None:
        """Write down what was used."""
        for digest, number in self._sent.items():
            self._rows.count_sent(digest, number)
        for peer, subjects in self._subjects.items():
            self._rows.see_subjects(peer, subjects, self._now)
        self._sent.clear()

    def _direction(self, held: AgreementPaper) -> AgreedDirection:
        return held.document.directions[self._ours]

    def _is_stopped(self, outgoing: Outgoing, held: AgreementPaper) -> bool:
        """Whether this one would be about one person more than was agreed."""
        most = self._direction(held).subjects
        if outgoing.tier not in terms.PERSONAL or most is None:
            return False
        peer, subject, since = held.peer, _subject(outgoing), self._now - terms.SUBJECT_WINDOW
        fresh = self._subjects.setdefault(peer, set())
        if peer not in self._counts:
            self._counts[peer] = self._rows.subjects(peer, since)
        known = self._rows.are_subjects(peer, {subject, *fresh}, since)
        if subject in known or subject in fresh:
            return False
        return self._counts[peer] + len(fresh - known) >= most


def _subject(outgoing: Outgoing) -> bytes:
    """Who it is about, for counting only: not to be turned back, and another one with each peer."""
    who = outgoing.mailbox_token or outgoing.report_key.hex()
    return blake2b(f"{outgoing.reported}\0{who}".encode(), digest_size=16, person=b"subject").digest()
