"""Find out whether what is stored is what both sides signed, and get back from the other side what is not.

Trust:      our disk may have changed anything, the other side may say anything: what counts is a head that both signed. Nothing is
            replaced by what does not lead to such a head, and nothing is believed before its root was computed again.
Standards:  TRUST 6 and 10: subtree hashes; a restored backup signs nothing before it has resumed.
Answers:    ``scrub(rows, keys)`` gives ``Scrubbed`` for each channel; ``reconcile`` and ``heal`` ask the other side of one channel,
            through ``Ask``. ``heal`` counts a channel again that counts other than what stands in it.
Limits:     leaves behind the last head that both signed are covered by our own signature alone: they are counted, and can be found
            damaged but not healed. Report rows are not made anew: what came back counts by its leaf.
"""

from comity.services.prove.repairing.comparing import Ranges, Reconciled, reconcile
from comity.services.prove.repairing.healing import Healed, heal
from comity.services.prove.repairing.looking import Scrubbed, scrub, stop_where_behind, stop_where_peer_has_more
from comity.services.prove.repairing.rows import Ask

__all__ = (
    "Ask",
    "Healed",
    "Ranges",
    "Reconciled",
    "Scrubbed",
    "heal",
    "reconcile",
    "scrub",
    "stop_where_behind",
    "stop_where_peer_has_more",
)
