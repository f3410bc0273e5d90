"""Tell a mail that answers a report of ours: what the other side did.

Answers:    ``read(message, context)``: a Reading of kind OUTCOME without reports, None where it is something else.
"""

from comity.formats import arf, outcome
from comity.formats.dialects.context import Context
from comity.formats.mime import Part
from comity.model.feedback import Kind, Reading


def read(message: Part, context: Context) -> Reading | None:
    """Name an outcome; what it says is read by ``comity.formats.outcome``, where somebody asks who signed it."""
    return None if outcome.read(message) is None else arf.carried(message, Kind.OUTCOME, "why.outcome", ())
