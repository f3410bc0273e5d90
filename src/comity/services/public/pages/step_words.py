"""What people call a question that was asked about a complaint, and what answered it.

Trust:      a rule or reason may hold a stranger's word: whoever shows what comes back escapes it.
Answers:    ``sentence(words, rule)`` and ``because(words, reason)`` give words, or None where nobody has any: then the code stands.
"""

from comity.locale import Catalogue
from comity.model.decisions import REASONS


def sentence(words: Catalogue, rule: str) -> str | None:
    """What a rule asks, by the beginning of its name.

    >>> from comity.locale import catalogue
    >>> sentence(catalogue("en"), "network:198.51.100.0/24")
    'the network it came from is responsible'
    """
    found = f"step.{rule.partition(':')[0]}"
    return words.say(found) if found in words else None


def because(words: Catalogue, reason: str) -> str | None:
    """What answered it: a named no, the rule that found an address, or what was missing.

    >>> from comity.locale import catalogue
    >>> because(catalogue("en"), "received:2")
    'found in trace line 2, counted from our side'
    """
    if reason in REASONS:
        return words.say(f"no-report.{reason}")
    name, _, line = reason.partition(":")
    found = f"step-why.{name}"
    return words.say(found, line=line) if found in words else None
