"""The lines of ``comity consumer``.

Trust:      names and claims are strangers' words: shown made plain.
"""

from collections.abc import Sequence
from datetime import datetime

from comity.cli.desk.account import whom
from comity.cli.speech import plain, speaker
from comity.cli.wrapping import put
from comity.feedback.enrolment import reason_said
from comity.model.consumer import Consumer, ConsumerEvent
from comity.services.complain.enrolment.acting import WantedProof


def tell_line(consumer: Consumer) -> None:
    """One consumer on a line."""
    say = speaker().say
    reason = _reason(consumer.reason)
    put(
        say(
            "consumer.line",
            name=plain(consumer.name),
            address=plain(consumer.address),
            state=say(f"consumer.state.{consumer.state.value}"),
            since=f"{consumer.since:%Y-%m-%d}",
            reason=f" ({reason})" if reason else "",
        )
    )


def tell(consumer: Consumer, wanted: Sequence[WantedProof], history: Sequence[ConsumerEvent], *, now: datetime) -> None:
    """One with its claims, what proves them, and its history."""
    say = speaker().say
    tell_line(consumer)
    for each in wanted:
        claim = each.claim
        kind, subject = say(f"consumer.kind.{claim.kind.value}"), plain(claim.subject)
        if claim.holds(now) and claim.expires is not None and claim.way is not None:
            way = say(f"consumer.way.{claim.way.value}")
            put("  " + say("consumer.proved", kind=kind, subject=subject, way=way, until=f"{claim.expires:%Y-%m-%d}"))
            continue
        put("  " + say("consumer.unproved", kind=kind, subject=subject))
        if each.refused is not None:
            put("      " + say("consumer.mail-refused", status=f" ({each.refused})" if each.refused else ""))
        if each.dns_name is not None:
            print(f'      {plain(each.dns_name)}  TXT  "{each.dns_value}"')
        if each.registered is not None:
            found = each.registered
            put("      " + say("consumer.registered", address=plain(found.address), source=plain(found.source)))
    for event in history:
        act = say(f"consumer.act.{event.act}")
        put(f"  {event.at:%Y-%m-%d %H:%M} UTC  {act}  {whom(event.actor)}  {_reason(event.note)}".rstrip())


def _reason(noted: str | None) -> str:
    """Why something is so: in words where it has a name, a person's words as they stand."""
    say = speaker().say
    return reason_said(noted or "", lambda code: say(f"consumer.reason.{code}"), lambda own: plain(own, 400))
