"""Feedback consumers in their public form.

Trust:      names, mailboxes and claims are the applicants' words. Codes that were mailed are not shown: whoever saw one here could
            answer for a mailbox that he does not read.
"""

from collections.abc import Sequence
from datetime import datetime

from comity.feedback.enrolment import reason_in
from comity.model.consumer import Consumer, ConsumerEvent
from comity.services.complain.enrolment.acting import WantedProof


def consumer_form(consumer: Consumer) -> dict[str, object]:
    """One consumer; a reason that the program gave is its name in both fields, a person's has a name, and her words."""
    code, words = reason_in(consumer.reason)
    return {
        "name": consumer.name,
        "address": consumer.address,
        "contact": consumer.contact,
        "format": consumer.report_format.value,
        "state": consumer.state.value,
        "since": consumer.since.isoformat(),
        "applied": consumer.applied.isoformat(),
        "reason": consumer.reason if words is None else words,
        "reason_code": code,
        "per_day": consumer.quota,
    }


def claim_form(wanted: WantedProof, now: datetime) -> dict[str, object]:
    """One claim, and what proves it."""
    claim = wanted.claim
    return {
        "kind": claim.kind.value,
        "subject": claim.subject,
        "proved": claim.holds(now),
        "way": claim.way and claim.way.value,
        "expires": claim.expires and claim.expires.isoformat(),
        "asked": claim.asked and claim.asked.isoformat(),
        "refused": wanted.refused,
        "dns_name": wanted.dns_name,
        "dns_type": wanted.dns_name and "TXT",
        "dns_value": wanted.dns_value,
        "registered_contact": wanted.registered and wanted.registered.address,
    }


def full_form(
    consumer: Consumer, wanted: Sequence[WantedProof], history: Sequence[ConsumerEvent], *, now: datetime
) -> dict[str, object]:
    """One consumer with its claims and its history."""
    return consumer_form(consumer) | {
        "claims": [claim_form(each, now) for each in wanted],
        "history": [
            {
                "at": each.at.isoformat(),
                "by": each.actor,
                "act": each.act,
                "text": each.note,
                "state": each.to_state.value,
            }
            for each in history
        ],
    }
