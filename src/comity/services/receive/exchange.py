"""Reports from peers we have an agreement with: recognised by a verified signature, written into the ledger of their channel.

Trust:      a peer is who signed the mail that carried the report with its own domain, and we checked it; where the settings name
            the mailboxes that its reports are from, From: has to be one of them. Otherwise From: says nothing.
Standards:  DESIGN.md P3: report leaves - retractions = exchanged report rows = sum of the roll-ups. A report of a peer that sends
            its ledger meets its leaf by its id; of one that speaks mail alone we write the leaf, with the hash of the mail, the
            verdict of DKIM and the key record that was seen.
Answers:    ``Correspondents.held(signers, papers, now)`` says what holds for a lot, once for each signer; ``of(prepared, held)``
            gives the terms of an exchange or None; ``write(reports, rows, now)`` gives the report rows with their channels, and
            their leaves are written. ``NOBODY`` knows no peer.
Limits:     a repeat of a report (by another way, or of another provider's) gets no leaf: it is counted once.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from comity.accord.agreement import terms
from comity.accord.agreement.terms import Papers
from comity.ledger.leaf import LeafType
from comity.model.agreement import Agreement
from comity.model.case import EvidenceClass
from comity.services.prove.writing import Event, LedgerRows, Scribe, quarter_of
from comity.services.receive.prepare import Prepared
from comity.services.receive.rows import Exchange, ReportRow

Held = Mapping[str, Agreement | None]  # by the domain of who signed


class Correspondents:
    """The peers that report to us."""

    def __init__(
        self,
        agreements: Iterable[Agreement] = (),
        *,
        scribe: Scribe | None = None,
        ours: str = "",
        exchanging: Collection[str] = (),
    ) -> None:
        """``ours`` is our own domain, as peers know us; without a scribe nothing is written down.

        ``exchanging`` are the domains of peers that send us their ledger.
        """
        self._scribe, self._ours, self._exchanging = scribe, ours, frozenset(exchanging)
        self._by_domain: dict[str, Agreement] = {}
        for agreement in agreements:
            self._by_domain.setdefault(agreement.address.rpartition("@")[2].lower(), agreement)

    def held(self, signers: Iterable[str], papers: Papers, now: datetime) -> Held:
        """What holds now for the reports of each of these signers; ``papers`` are the documents with them."""
        return {domain: self._agreement(domain, papers, now) for domain in signers}

    def of(self, prepared: Prepared, held: Held) -> Exchange | None:
        """The terms with the first of the verified signers that is a peer."""
        for domain in self.speaking(prepared):
            agreement = held[domain]
            if agreement is not None and self._scribe is not None:
                seen = prepared.seen_keys.get(domain)
                return Exchange(
                    peer=domain,
                    agreement_version=agreement.version,
                    tier=agreement.tier.value,
                    tlp=agreement.tlp.value,
                    terms=agreement.terms,
                    mail={
                        "sha256": prepared.digest.hex(),
                        "dkim": f"pass d={domain} s={seen.selector}" if seen else None,
                        "key": (seen.record or None) if seen else None,
                    },
                )
        return None

    def speaking(self, prepared: Prepared) -> tuple[str, ...]:
        """The signers of a mail whose word it is: what a user of a peer's mailboxes wrote is not the peer's."""
        return tuple(each for each in prepared.signed_by if self._is_theirs(each, prepared.author))

    def _is_theirs(self, domain: str, author: str | None) -> bool:
        configured = self._by_domain.get(domain)
        return configured is None or not configured.reports_from or author in configured.reports_from

    def _agreement(self, domain: str, papers: Papers, now: datetime) -> Agreement | None:
        """What holds for the reports of a peer: a document goes before the settings, also when it has ended."""
        configured, held = self._by_domain.get(domain), papers.get(domain, ())
        signed = terms.outgoing(held, self._ours, configured.peer if configured else domain, now=now)
        if signed is None:
            return configured
        return None if signed.stopped is not None else terms.incoming(held, domain, signed, now=now)

    def write(self, reports: Sequence[ReportRow], rows: LedgerRows, now: datetime) -> list[ReportRow]:
        """Write a leaf for every new report of a peer."""
        written = list(reports)
        if self._scribe is None:
            return written
        places = [
            index for index, each in enumerate(written) if each.exchange is not None and each.duplicate_of is None
        ]
        met = [index for index in places if _peer(written[index]) in self._exchanging]
        self._meet(written, met, rows, now=now)
        theirs = set(met)
        places = [index for index in places if index not in theirs]
        events = [self._event(written[index]) for index in places]
        if events:
            for index, (channel_id, _) in zip(places, self._scribe.write(rows, events, now), strict=True):
                written[index] = replace(written[index], channel_id=channel_id)
        return written

    def _meet(self, written: list[ReportRow], places: list[int], rows: LedgerRows, *, now: datetime) -> None:
        """Reports of peers that send their ledger: the leaf is theirs, the mail finds it by the id of the report."""
        by_peer: dict[str, dict[str, int]] = {}
        for index in places:
            each = written[index]
            name = each.evidence.report_id or each.report_key.hex()
            by_peer.setdefault(_peer(each), {})[name] = each.report_id
        channels = {
            peer: rows.arrived_by_mail(peer, self._ours, quarter_of(now), reports=reports)
            for peer, reports in by_peer.items()
        }
        for index in places:
            each = written[index]
            written[index] = replace(each, channel_id=channels[_peer(each)], counts=False)

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
                **(
                    {"agreement": exchange.agreement_version, "terms": exchange.terms}
                    if exchange and exchange.terms
                    else {}
                ),
                **({"mail": dict(exchange.mail)} if exchange and exchange.mail else {}),
            },
            payload=stated.line.encode("ascii"),
            by_mail=True,
        )


def _peer(stated: ReportRow) -> str:
    return stated.exchange.peer if stated.exchange else ""


NOBODY: Final = Correspondents()
