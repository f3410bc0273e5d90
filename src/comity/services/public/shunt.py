"""What could not be worked off, in its public form.

Trust:      names and details are strangers'.
"""

from typing import Any

from comity.services.complain.rows import ShuntedComplaint
from comity.services.public.times import instant


def shunted_item(row: Any) -> dict[str, Any]:
    """An item."""
    return {
        "id": row.id,
        "item": row.name,
        "gate": row.gate,
        "stage": row.stage,
        "reason": row.reason,
        "detail": row.detail,
        "size": row.size,
        "tries": row.tries,
        "first": instant(row.first),
        "last": instant(row.last),
    }


def shunted_complaint(row: ShuntedComplaint) -> dict[str, Any]:
    """A complaint of one of our own people; its number has a "c" before it."""
    return {
        "id": f"c{row.due.complaint_id}",
        "item": row.due.name,
        "gate": "complaint",
        "stage": "decide",
        "reason": row.reason,
        "detail": row.detail,
        "size": row.due.size,
        "tries": row.tries,
        "first": instant(row.first),
        "last": instant(row.last),
    }
