"""Two paired networks that give each other signals without a network between them: what tests of signals begin with."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from itertools import count
from typing import Any

from comity.accord.signals.rules import Infrastructure
from comity.ledger import document
from comity.model.signal import AdoptionRule, Kept, SignalKind
from comity.model.tlp import Tlp
from comity.services.prove.documents import Documents, Handed, give
from comity.services.prove.receiving import Answer
from comity.services.prove.recourse.acting import RecourseDesk
from comity.services.prove.recourse.acting import Terms as RecourseTerms
from comity.services.prove.signals.deciding import Proposal, SignalDesk, SignalTerms
from comity.services.prove.signals.taking import SignalTaking
from comity.store.records import Records

from ..two_sides import EAST, KEYS, NOW, WEST, Side

DECLARED = {
    WEST: Infrastructure(networks=(ip_network("192.0.2.0/24"),), domains=(WEST,)),
    EAST: Infrastructure(networks=(ip_network("203.0.113.0/24"),), domains=(EAST, "east.test")),
}
REASON = {"en": "spam to trap addresses", "zh": "向陷阱地址发送垃圾邮件"}
WARNING = timedelta(hours=48)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_names = count()


def name(start: str) -> str:
    number = next(_names)
    return f"{start}-" + "".join(LETTERS[number // 32**place % 32] for place in range(16))


class SignalSide:
    """One network with a desk for signals."""

    def __init__(self, ours: str, other: str) -> None:
        self.side = Side(ours)
        self.side.pair(other)
        self.name, self.other, self.store, self.now = ours, other, self.side.store, NOW
        self.warned: list[str] = []
        taking = SignalTaking(lambda rows, now: self.desk(rows, "comity"), DECLARED[ours], DECLARED)  # type: ignore[arg-type]
        self.documents: Documents[Records] = Documents(ours, dict(taking.handlers()), per_day=20)  # type: ignore[arg-type]

    def recourse(self, rows: Records, actor: str) -> RecourseDesk:
        terms = RecourseTerms(
            ours=self.name,
            warning=WARNING,
            owed_by=lambda now: now + timedelta(days=5),
            new_reference=lambda: name("R"),
        )
        return RecourseDesk(rows, terms, self.side.scribe, actor=actor, now=self.now)

    def desk(self, rows: Records, actor: str) -> SignalDesk:
        terms = SignalTerms(
            ours=self.name,
            contact=f"abuse@{self.name}",
            key=KEYS[self.name],
            own=DECLARED[self.name],
            peers={self.other: DECLARED[self.other]},
            new_id=lambda: name("S"),
            warn=lambda _, made, __: self.warned.append(made.subject),
        )
        return SignalDesk(rows, terms, self.recourse(rows, actor), scribe=self.side.scribe, actor=actor, now=self.now)

    def propose(self, subject: str = "198.51.100.7", *peers: str, **changes: Any) -> Kept:
        wanted = Proposal(
            subject=subject, kind=SignalKind.LISTING, reason=REASON, tlp=Tlp.CLEAR, ends=self.now + timedelta(days=20),
            evidence={"trap": 3},
        )  # fmt: skip
        with self.store.write() as rows:
            return self.desk(rows, "Ann").propose(replace(wanted, **changes), peers)

    def adopt(self, kept: Kept, **changes: Any) -> Kept:
        with self.store.write() as rows:
            return self.desk(rows, "Bob").adopt(self.again(kept, rows), **{"why": "seen here too"} | changes)

    def rule(self, **changes: Any) -> AdoptionRule:
        made = AdoptionRule(
            rule_id=0, peer=self.other, kinds=(SignalKind.LISTING,), classes=(), least_evidence=1, widest_v4=24, widest_v6=48,
            days=7, per_day=10, by="Bob", why="agreed", made=self.now, until=self.now + timedelta(days=30),
        )  # fmt: skip
        with self.store.write() as rows:
            number = rows.signals.add_rule(replace(made, **changes))
            return next(each for each in rows.signals.rules() if each.rule_id == number)

    def take(self, *documents: str) -> Answer:
        return self.documents.take(self.store, document.bundle(documents), now=self.now)

    def give(self, other: "SignalSide") -> Handed:
        def post(data: bytes) -> tuple[int, Any]:
            answer = other.documents.take(other.store, data, now=other.now)
            return answer.status, answer.said

        return give(self.store, other.name, post, now=lambda: self.now)

    def again(self, kept: Kept, rows: Records | None = None) -> Kept:
        """As it is now."""
        if rows is None:
            with self.store.read() as found:
                return self.again(kept, found)
        now = rows.signals.find(kept.signal.issuer, kept.signal.signal_id)
        assert now is not None
        return now

    def kept(self) -> list[Kept]:
        with self.store.read() as rows:
            return rows.signals.all()

    def steps(self) -> list[str]:
        """What our ledger says of signals, in order."""
        with self.store.read() as rows:
            return [
                str(record.get("step"))
                for channel in rows.history.between(self.name, self.other)
                for each in rows.history.written(channel.channel_id, 0, channel.size)
                if (record := _record(each.data)).get("type") == "signal"
            ]


def _record(data: bytes) -> dict[str, Any]:
    from comity.ledger import leaf

    return leaf.read(data) or {}


def both() -> tuple[SignalSide, SignalSide]:
    """West and east."""
    return SignalSide(WEST, EAST), SignalSide(EAST, WEST)


def later(sides: Iterable[SignalSide], when: datetime) -> None:
    for each in sides:
        each.now = when
