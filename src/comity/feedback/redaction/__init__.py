"""What may leave the building about one reported message; see ``tiers`` for what is promised."""

from comity.feedback.redaction.leaks import Leak
from comity.feedback.redaction.leaks import find as find_leaks
from comity.feedback.redaction.tiers import Delivery, Redacted, redact, value
from comity.feedback.redaction.tokens import token

__all__ = ["Delivery", "Leak", "Redacted", "find_leaks", "redact", "token", "value"]
