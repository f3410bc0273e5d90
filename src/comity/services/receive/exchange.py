"""Reports from peers we have an agreement with: recognised by a verified signature, written into the ledger of their channel.

Trust:      From: says nothing; a peer is who signed the mail that carried the report with its own domain, and we checked it.
Standards:  DESIGN.md P3: report leaves - retractions = exchanged report rows = sum of the roll-ups.
Answers:    ``Correspondents.of(domains)`` gives the terms of an exchange or None; ``write(reports, rows, now)`` gives the report
            rows with their channels, and their leaves are written. ``NOBODY`` knows no peer.
Limits:     a repeat of a report (by another way, or of another provider's) gets no leaf: it is counted once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from comity.ledger.leaf import LeafType
from comity.model.agreement import Agreement
from comity.model.case import EvidenceClass
from comity.services.prove.writing import Event, LedgerRows, Scribe
from comity.services.receive.rows import Exchange, ReportRow


class Correspondents:
    """The peers that report to us."""

    def __init__(self, agreements: Iterable[Agreement] = (), *, scribe: Scribe | None = None, ours: str = "") -> None:
        """``ours`` is our own domain, as peers know us; without a scribe nothing is written down."""
        self._scribe, self._ours = scribe, ours
        self._by_domain: dict[str, Agreement] = {}
        for agreement in agreements:
            self._by_domain.setdefault(agreement.address.rpartition("@")[2].lower(), agreement)

    def of(self, domains: Iterable[str]) -> Exchange | None:
        """The terms with the first of these verified signers that is a peer."""
        for domain in domains:
            agreement = self._by_domain.get(domain)
            if agreement is not None and self._scribe is not None:
                return Exchange(
                    peer=domain,
                    agreement_version=agreement.version,
                    tier=agreement.tier.value,
                    tlp=agreement.tlp.value,
                )
        return None

    def write(self, reports: Sequence[ReportRow], rows: LedgerRows, now: datetime) -> list[ReportRow]:
        """Write a leaf for every new report of a peer."""
        written = list(reports)
        if self._scribe is None:
            return written
        places = [
            index for index, each in enumerate(written) if each.exchange is not None and each.duplicate_of is None
        ]
        events = [self._event(written[index]) for index in places]
        if events:
            for index, (channel_id, _) in zip(places, self._scribe.write(rows, events, now), strict=True):
                written[index] = replace(written[index], channel_id=channel_id)
        return written

    def _event(self, stated: ReportRow) -> Event:
        evidence, exchange = stated.evidence, stated.exchange
        return Event(
            reporting=exchange.peer if exchange else "",
            reported=self._ours,
            leaf_type=LeafType.NOT_SPAM if evidence.evidence_class is EvidenceClass.NOT_SPAM else LeafType.REPORT,
            event_id=evidence.report_id or stated.report_key.hex(),
            observed=evidence.seen,
            facts={
                "class": evidence.evidence_class.value,
                "definition": stated.definition,
                "source": {"ip": evidence.source_ip, "dkim": evidence.dkim_domain[0] if evidence.dkim_domain else None},
                "tier": exchange and exchange.tier,
                "tlp": exchange and exchange.tlp,
            },
            payload=stated.line.encode("ascii"),
        )


NOBODY: Final = Correspondents()
