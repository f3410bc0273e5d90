"""The kinds of what a playbook does: apart from playbooks, because the settings name them and need nothing else of a playbook."""

from enum import StrEnum


class ActionKind(StrEnum):
    """What a rule does."""

    SUPPRESS = "suppress"  # no more mail to this recipient
    THROTTLE = "throttle"  # one's own customer sends slower
    HOLD = "hold"  # one's own customer's mail waits
    TELL = "tell"  # the customer is told
    WEBHOOK = "webhook"  # another program is told
    RAISE = "raise"  # a person is to look
    WAIT = "wait"  # the case waits for an answer
    CLOSE = "close"
