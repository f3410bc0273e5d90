"""The straight line without state: one reported mail in, a report for each party out, or a named no.

Trust:      the mail is a stranger's; who complained, what was agreed and the keys are ours. Nothing is sent, fetched or kept.
Standards:  RFC 5965, RFC 6449, RFC 6590, RFC 9477 (through the rooms that do the work).
Answers:    ``StraightLine.complain(mail)`` gives ``Complained``; a mail that cannot be read gives a named no, never an exception.
Limits:     no pacing, no ledger, no signature: the mail host that sends the files signs them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from comity.accord.agreement.terms import less_shown, together
from comity.attribution.origin import Vantage, origin_of
from comity.attribution.replay import Seen, graded
from comity.cases.standing import source_net
from comity.feedback.complaint_identity import (
    Complaint,
    complaint_key,
    mailbox_token,
    peer_key,
    report_id,
    signature_key,
    token_epoch,
)
from comity.feedback.composing import Draft, arrival, compose, source_shown, values_beside
from comity.feedback.ladder import Circumstances, climb
from comity.feedback.parties import Parties
from comity.feedback.redaction import Delivery, Redacted, find_leaks, redact
from comity.feedback.redaction.people import People, people
from comity.feedback.reportable import refusal
from comity.formats import dkim, received
from comity.formats.arf_writer import FeedbackMessage, Written, date_text, write
from comity.formats.mime import Part, scan
from comity.formats.xarf import writer as xarf_writer
from comity.model.agreement import Agreement, Definition, FeedbackProvider, ReportFormat
from comity.model.decisions import NoReport, Send, Step
from comity.model.network_contact import RegistryAnswer
from comity.model.origin import Origin
from comity.model.record import record
from comity.model.tier import Tier
from comity.model.tlp import Tlp
from comity.services.complain.cards.judged import sent_by
from comity.services.complain.pacing.campaigns import campaign_of
from comity.services.complain.rows import Sighting


class Keys(Protocol):
    """Where DKIM keys are looked up."""

    def find(self, names: Iterable[str]) -> Mapping[str, str | bytes | None]:
        """The record of each name; None where there is none; a name that could not be asked for is left out."""


class Words(Protocol):
    """Sentences of one language."""

    def say(self, message_id: str, /, **arguments: object) -> str:
        """The sentence with its holes filled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What our own operator said: who we are, what was agreed, whom we believe."""

    provider: FeedbackProvider
    parties: Parties
    vantage: Vantage
    key: bytes = field(repr=False)
    epoch: str = "1"  # the operator's word; tokens change with it, and with each quarter of a year
    max_age: timedelta | None = None
    unsolicited: bool = False  # networks that did not ask may be told


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One reported mail, and who complained about it, if the gate knows: ``recipient``."""

    path: str
    data: bytes = field(repr=False)
    recipient: str | None = None
    not_spam: bool = False
    seen: Mapping[bytes, Seen] = field(default_factory=dict)  # its signatures (``signature_key``) in other mailboxes
    registry: RegistryAnswer | None = None  # whom a registry names for the network it came from, where somebody looked


@record
class Report:
    """One report, ready to be put into its party's folder."""

    send: Send
    tier: Tier  # what was kept to: lower than agreed where more could not be shown safely
    report_id: str
    data: bytes = field(repr=False)
    headers_only: bool
    omitted: tuple[str, ...]
    removed: tuple[str, ...]
    report_format: ReportFormat = ReportFormat.ARF
    lacks: str | None = None  # why it is ARF, where XARF was asked for

    @property
    def file_name(self) -> str:
        """Its name within the folder of its party."""
        return f"{self.report_id}.eml"


@record
class Complained:
    """What became of one reported mail."""

    path: str
    origin: Origin
    steps: tuple[Step, ...]
    reports: tuple[Report, ...]
    refusals: tuple[NoReport, ...]
    campaign: bytes | None = None
    to_look_up: str | None = None  # whom a registry names for this address would change the answer


@record
class Identity:
    """What makes two complaints be about the same message in the same mailbox."""

    key: bytes
    mailbox: str | None = field(repr=False)
    mailbox_token: str | None
    sightings: tuple[Sighting, ...] = ()  # signatures in it that may have been sent again by somebody else


class StraightLine:
    """Holds the terms of one run; each mail is looked at on its own."""

    def __init__(self, terms: Terms, *, words: Mapping[str, Words], keys: Keys | None = None) -> None:
        """``words``: the sentences for people by language ("en", "zh"), all of which go into every report."""
        self._terms, self._words, self._keys = terms, words, keys
        self._said: dict[tuple[object, ...], list[str]] = {}
        self._under: tuple[tuple[Agreement, ...], frozenset[str], StraightLine] = ((), frozenset(), self)

    def under(self, signed: tuple[Agreement, ...], lowered: frozenset[str] = frozenset()) -> "StraightLine":
        """The same line with agreements that were signed since the settings were read, and with less shown to some peers.

        The last one asked for is kept.
        """
        if self._under[:2] != (signed, lowered):
            agreed = (less_shown(each, lowered) for each in together(signed, self._terms.parties.agreements))
            terms = replace(self._terms, parties=Parties(tuple(agreed)))
            line = StraightLine(terms, words=self._words, keys=self._keys) if signed or lowered else self
            self._under = (signed, lowered, line)
        return self._under[2]

    def complain(self, mail: Mail, now: datetime) -> Complained:
        """Say who is responsible, and write what each of them is told."""
        terms = self._terms
        message = scan(mail.data)
        origin = self._origin(message, mail)
        if mail.seen:
            origin = graded(origin, lambda signature: mail.seen.get(signature_key(terms.key, signature)))
        decided = climb(
            origin,
            terms.parties,
            provider=terms.provider,
            circumstances=Circumstances(
                refusal=refusal(message, terms.provider),
                definition=Definition.COMPLAINT,
                not_spam=mail.not_spam,
                oldest=None if terms.max_age is None else now - terms.max_age,
                source_assumed=not terms.provider.trusted_hosts,
                unsolicited=terms.unsolicited,
                registry=mail.registry,
                complainer=mail.recipient,
            ),
        )
        reports, refusals, steps = list[Report](), list(decided.refusals), list(decided.steps)
        reported: _Reported | None = None
        for send in decided.sends:
            reported = reported or _reported(message, origin, mail)
            answer = self._report(send, reported, mail=mail, now=now)
            if isinstance(answer, NoReport):
                steps.append(Step(rule="redaction", held=False, reason=answer.reason, about=send.party))
                refusals.append(answer)
                continue
            if answer.tier is not send.tier:
                steps.append(
                    Step(
                        rule=f"tier:{send.tier.value}", held=False, reason=f"tier:{answer.tier.value}", about=send.party
                    )
                )
            if answer.lacks is not None:
                steps.append(Step(rule="format:xarf", held=False, reason=answer.lacks, about=send.party))
            reports.append(answer)
        return Complained(
            path=mail.path,
            origin=origin,
            steps=tuple(steps),
            reports=tuple(reports),
            refusals=tuple(refusals),
            campaign=campaign_of(message, origin) if reports else None,
            to_look_up=decided.to_look_up,
        )

    def sent_by(self, origin: Origin) -> str | None:
        """The domain of the peer whose mail it is; None where it is nobody's that we know."""
        signers = [each.domain for each in origin.signatures if each.standing.is_believed]
        address = origin.source_ip if origin.source_standing.is_believed else None
        return sent_by(self._terms.parties, address, signers)

    def identify(self, mail: Mail) -> Identity:
        """Which message in whose mailbox this is about; no signature is checked for that."""
        key = self._terms.key
        origin = origin_of(scan(mail.data), vantage=self._terms.vantage, recipient=mail.recipient)
        mailbox = _whose(mail, origin)
        return Identity(
            key=complaint_key(key, _complaint(mail, origin)),
            mailbox=mailbox,
            mailbox_token=None if mailbox is None else mailbox_token(key, mailbox),
            sightings=tuple(
                Sighting(signature=signature_key(key, each.replay.signature), network=source_net(origin.source_ip))
                for each in origin.signatures
                if each.replay is not None
            ),
        )

    def _origin(self, message: Part, mail: Mail) -> Origin:
        checks: tuple[dkim.SignatureCheck, ...] = ()
        if self._keys is not None and "dkim-signature" in message.headers:
            fields = dkim.fields_of(message)
            wanted = dkim.keys_wanted(fields)
            if wanted:
                records = self._keys.find([each.dns_name for each in wanted])
                checks = dkim.verify(fields, records, now=_delivered(message))
        return origin_of(message, vantage=self._terms.vantage, dkim_verdicts=checks, recipient=mail.recipient)

    def _report(self, send: Send, reported: "_Reported", *, mail: Mail, now: datetime) -> Report | NoReport:
        terms, origin, known = self._terms, reported.origin, reported.known
        key = peer_key(terms.key, send.party, token_epoch(terms.epoch, now))
        redacted = redact(
            reported.message,
            # A mailbox that only strangers' lines name may be another one than the complainer's.
            tier=Tier.T1 if send.tier is Tier.T2 and not reported.is_ours else send.tier,
            recipients=known,
            key=key,
            body=send.body,
            delivery=_delivery(origin, terms.provider),
            beside=reported.beside,
        )
        reason = _too_much_or_too_little(send, redacted)
        if reason is not None:
            return NoReport(reason=reason, party=send.party, role=send.role, about=send.address)
        draft = Draft(
            send=send,
            origin=origin,
            reported=reported.message.headers,
            redacted=redacted,
            recipients=(*known.delivered_to, *known.others),
            key=key,
            report_id=report_id(terms.key, send.party, _complaint(mail, origin)),
            text=self._text(send, origin, redacted.tier, not_spam=mail.not_spam),
            now=now,
            definition=Definition.COMPLAINT,
            not_spam=mail.not_spam,
        )
        composed = compose(draft, terms.provider)
        hidden = known.others if redacted.tier is Tier.T3 else (*known.delivered_to, *known.others)
        made = _document(draft, composed, hidden) if send.report_format is ReportFormat.XARF else None
        if isinstance(made, bytes):
            composed = replace(composed, document=made)
        return _written(draft, write(composed), lacks=made if isinstance(made, str) else None)

    def _text(self, send: Send, origin: Origin, tier: Tier, *, not_spam: bool) -> str:
        """What a person reads who opens the report, in every language, the reader's own first."""
        wanted = send.agreement.languages if send.agreement else ()
        arrived = arrival(origin.arrived, tier)
        paragraphs = []
        for language in dict.fromkeys((*wanted, *self._words)):
            unknown = self._words[language].say("arf.unknown")
            source = self._words[language].say(
                "arf.source",
                source=source_shown(origin.source_ip, tier) or unknown,
                arrived=date_text(arrived) if arrived else unknown,
            )
            opening, *others = self._sentences(language, send, tier, not_spam=not_spam)
            paragraphs += [opening, source, *self._unasked(language, send), *others, ""]
        return "\n".join(paragraphs).rstrip() + "\n"

    def _unasked(self, language: str, send: Send) -> list[str]:
        """What whoever did not ask is told of that."""
        if send.unasked is None:
            return []
        found = send.unasked
        about = {"network": found.network, "source": found.source, "day": found.day.isoformat()}
        return [self._words[language].say("arf.unsolicited", address=found.address, **about)]

    def _sentences(self, language: str, send: Send, tier: Tier, *, not_spam: bool) -> list[str]:
        """Those that say the same of many mails; there are a few hundred of them at most."""
        tlp = send.agreement.tlp if send.agreement else Tlp.AMBER
        about = (language, send.role, send.informs, send.replay, tier, tlp, not_spam)
        said = self._said.get(about)
        if said is None:
            ids = ["arf.not-spam" if not_spam else "arf.complaint", f"arf.role.{send.role.value}"]
            if send.replay:
                ids.append("arf.replay.informs" if send.informs else f"arf.replay.{send.replay.value}")
            ids += [f"arf.tier.{tier.value}", "arf.tlp", "arf.stop"]
            provider, words = self._terms.provider, self._words[language]
            said = self._said[about] = [
                words.say(each, organisation=provider.organisation, tlp=tlp, address=provider.address) for each in ids
            ]
        return said


@record
class _Reported:
    """One reported mail, and what is the same for all who are told of it."""

    message: Part
    origin: Origin
    known: People
    is_ours: bool  # our own side says whose mailbox it was in
    beside: list[str]


def _reported(message: Part, origin: Origin, mail: Mail) -> _Reported:
    ours = tuple(filter(None, dict.fromkeys((origin.recipient, mail.recipient))))
    return _Reported(
        message=message,
        origin=origin,
        known=people(message.headers, ours),
        is_ours=bool(ours),
        beside=values_beside(origin),
    )


def _complaint(mail: Mail, origin: Origin) -> Complaint:
    return Complaint(
        message=mail.data,
        message_id=origin.message_id,
        recipient=_whose(mail, origin),
        arrived=origin.arrived,
        not_spam=mail.not_spam,
    )


def _whose(mail: Mail, origin: Origin) -> str | None:
    """Whose word it is: that of whom the gate knows, whatever mailbox the mail names, for who hands it in may have written it."""
    return mail.recipient or origin.recipient


def _document(draft: Draft, composed: FeedbackMessage, hidden: Sequence[str]) -> bytes | str:
    """The XARF document, or why there is none; nobody is found in it, however it is decoded."""
    made = xarf_writer.document(composed)
    if made == "xarf-port-unknown" and draft.origin.source_port is not None:
        return "xarf-port-hidden"
    return "redaction-leak" if isinstance(made, bytes) and find_leaks(made, hidden) else made


def _written(draft: Draft, written: Written, *, lacks: str | None) -> Report:
    return Report(
        send=draft.send,
        tier=draft.redacted.tier,
        report_id=draft.report_id,
        data=written.data,
        headers_only=written.headers_only,
        omitted=written.omitted,
        removed=draft.redacted.removed,
        report_format=ReportFormat.ARF if lacks else draft.send.report_format,
        lacks=lacks,
    )


def _delivery(origin: Origin, provider: FeedbackProvider) -> Delivery:
    """What our side knows of the delivery: which trace line is our own, and whether it says that it went to many."""
    rule, _, number = (origin.source_ip_from or "").partition(":")
    line = int(number) - 1 if rule in ("received", "delivery-header") and number.isdigit() else 0
    return Delivery(
        bulk=origin.list_unsubscribe, taken_at=max(line, 0), own_domains=(provider.domain, *provider.own_domains)
    )


def _delivered(message: Part) -> datetime | None:
    """When our own host took the mail: a signature that ran out since then was good when it counted."""
    value = message.headers.first("received")
    return received.parse(value).date if value else None


def _too_much_or_too_little(send: Send, redacted: Redacted) -> str | None:
    """Why this may not be sent after all."""
    if redacted.leaks:
        codes = {each.code for each in redacted.leaks}
        return "redaction-leak" if "redaction-leak" in codes else "redaction-unchecked"
    if send.agreement is None and send.unasked is None and redacted.tier is not Tier.T2:
        return "recipient-unknown"  # RFC 9477 wants the Message-ID in the report, and T1 does not show it
    return None
