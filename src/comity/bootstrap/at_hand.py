"""What more than one process of a serving program needs, loaded before they are begun.

Answers:    ``have_at_hand()``, in the process that all others are forks of: what it loads is loaded once, and lies in memory once.
Limits:     modules alone, and no thread: settings, keys, stores and places to listen belong to each process by itself. What one
            process alone needs, as pages do, is loaded there. That nothing is missing here is asked by a test.
"""

from importlib import import_module
from typing import Final

# Whatever these import comes with them.
SHARED: Final = (
    "comity.accord.measured",
    "comity.bootstrap.complaining",
    "comity.bootstrap.conversation",
    "comity.bootstrap.gates.milter",
    "comity.bootstrap.gates.watching",
    "comity.bootstrap.grave.boxes",
    "comity.bootstrap.help",
    "comity.bootstrap.house.files",
    "comity.bootstrap.judging",
    "comity.bootstrap.learning",
    "comity.bootstrap.trust.exchange",
    "comity.cases.sources.precision",
    "comity.gates.serving",
    "comity.outlets.files.replacing",
    "comity.outlets.key_ring",
    "comity.outlets.programs.service_manager",
    "comity.services.complain.enrolment.acting",
    "comity.services.judge.teaching",
    "comity.services.operate.accounts.signing_in",
    "comity.services.operate.retention.holding",
    "comity.services.prove.recourse.mail",
    "comity.services.public.cards",
    "comity.services.remedy.effect.answers",
    "comity.services.remedy.effect.measuring",
    "comity.services.search.indexing",
    "comity.store.engine",
)


def have_at_hand() -> None:
    """Load them, and look for circles among them no more: that would write into memory that is shared."""
    from comity.outlets.readers import circles

    for each in SHARED:
        import_module(each)
    circles.pass_over()
