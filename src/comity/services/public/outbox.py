"""Mail that is to leave, in its public form.

Trust:      parties, rules and what other hosts said may be strangers' words.
"""

from typing import Any
from zlib import decompressobj

from comity.formats.arf_writer import format_of
from comity.model.sending import OutboxKind


def outbox_mail(row: Any) -> dict[str, object]:
    """One mail, with what is known of the report in it."""
    return {
        "path": row.mail,
        "party": row.party,
        "address": row.address,
        "kind": row.kind,
        "state": row.state,
        "reason": row.reason,
        "role": row.role,
        "rule": row.rule,
        "tier": row.tier,
        "format": mail_format(row),
        "report_id": row.name,
        "entered": row.entered.isoformat(),
        "due": row.due.isoformat(),
        "attempts": row.attempts,
        "last_error": row.last_error,
        "size": row.size,
    }


def sent_mail(row: Any) -> dict[str, object]:
    """One mail that left, and what the other side did about it."""
    answer = {"outcome": row.outcome, "outcome_at": row.outcome_at and row.outcome_at.isoformat()}
    return outbox_mail(row) | {"sent": row.finished.isoformat()} | answer


def outbox_count(each: Any) -> dict[str, object]:
    """How much there is of one sort."""
    found = {"party": each.party, "state": each.state.value, "reason": each.reason, "count": each.count}
    return found | {"oldest": each.oldest and each.oldest.isoformat()}


def mail_format(row: Any) -> str | None:
    """In what form a report is; None where the mail is none, or was dropped after it left."""
    if row.kind != OutboxKind.REPORT.value or row.data is None:
        return None
    return format_of(bytes_of(row)).value


def bytes_of(row: Any) -> bytes:
    """The mail, where it was not dropped."""
    return b"" if row.data is None else decompressobj().decompress(row.data, row.size)
