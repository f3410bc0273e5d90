"""Recourse in its public form.

Trust:      reasons and arguments are people's words.
"""

from datetime import datetime

from comity.accord.recourse import is_in_force
from comity.model.recourse import Consequence, Recourse
from comity.services.prove.recourse.acting import Why


def consequence_form(made: Consequence, recourse: Recourse, now: datetime) -> dict[str, object]:
    """What was done to a network, and how its way back stands."""
    return {
        "reference": made.reference,
        "subject": made.subject,
        "measure": made.measure.value,
        "severe": made.is_severe,
        "reason": made.reason,
        "classes": dict(made.classes),
        "also": made.also,
        "peer": made.peer,
        "begins": made.begins.isoformat(),
        "ends": made.ends.isoformat(),
        "lifted": made.lifted and made.lifted.isoformat(),
        "in_force": is_in_force(made, now),
        "state": recourse.state.value,
        "due": recourse.due and recourse.due.isoformat(),
        "overdue": recourse.was_overdue or (recourse.due is not None and recourse.due < now),
        "answered_by": recourse.answered_by,
    }


def why_form(why: Why, now: datetime) -> dict[str, object]:
    """The same with the evidence, as the affected may see it, and the arithmetic."""
    return consequence_form(why.consequence, why.recourse, now) | {
        "reports": why.reports,
        "complainers": why.complainers,
        "first": why.first and why.first.isoformat(),
        "last": why.last and why.last.isoformat(),
        "evidence": [
            {"day": day, "class": sort, "source_ip": address, "dkim_domain": signer, "count": n}
            for day, sort, address, signer, n in why.lines
        ],
        "more": why.more,
        "history": [
            {"at": each.at.isoformat(), "by": each.actor, "act": each.act, "text": each.note} for each in why.history
        ],
    }
