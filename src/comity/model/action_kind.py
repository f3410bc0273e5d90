"""The kinds of what a playbook does: apart from playbooks, because the settings name them and need nothing else of a playbook."""

from enum import StrEnum


class ActionKind(StrEnum):
    """What a rule does."""

    SUPPRESS = "suppress"  # no more mail to this recipient
    THROTTLE = "throttle"  # one's own customer sends slower
    HOLD = "hold"  # one's own customer's mail waits
    TELL = "tell"  # the customer is told
    NOTICE = "notice"  # the subscriber is told of an infected device, by the first form that reaches
    WEBHOOK = "webhook"  # another program is told
    GARDEN = "garden"  # one's own subscriber is led to help, and reaches little else
    RELEASE = "release"  # and is let out again
    RAISE = "raise"  # a person is to look
    WAIT = "wait"  # the case waits for an answer
    CLOSE = "close"
