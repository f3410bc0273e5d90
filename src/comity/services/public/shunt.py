"""What could not be worked off, in its public form, and as it came for another try.

Trust:      names and details are strangers'.
"""

from typing import Any

from comity.model.arrival import Arrival
from comity.model.mailbox import Condition
from comity.services.complain.rows import ShuntedComplaint
from comity.services.public.times import instant
from comity.services.receive.prepare import unpack


def arrival_again(records: Any, number: int) -> Arrival | None:
    """The item as it came, to be taken in once more; None where it waits no more, or its bytes are gone."""
    row = next(iter(records.intake.shunted([number])), None)
    kept = None if row is None else records.intake.bytes_of(row.raw_id)
    if row is None or kept is None:
        return None
    cut = row.reason == Condition.TOO_LARGE.value  # half a mail stays half a mail
    return Arrival(
        gate=row.gate,
        envelope_from=row.envelope_from or "",
        recipients=(row.name.rpartition("/")[0] or row.gate,),
        arrived=row.first,
        condition=Condition.TOO_LARGE if cut else Condition.WHOLE,
        name=row.name,
        raw_id=row.raw_id,
        data=unpack(*kept),
    )


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
