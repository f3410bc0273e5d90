"""A notice to a subscriber as programs of ours are told of it.

Answers:    ``notice_form(checked, words)``: the reference, its words, and what is for our own staff alone.
"""

from comity.remediation.notice.reference import WordPair
from comity.services.public.times import instant
from comity.services.remedy.checking import Checked, CheckOutcome


def notice_form(checked: Checked, words: WordPair) -> dict[str, object] | None:
    """What is said of a notice that was given out; None where none was."""
    given = checked.given
    if given is None:
        return None
    return {
        "reference": given.reference,
        "second_word": words.second,
        "words": str(words),
        "asked_often": checked.outcome is CheckOutcome.OFTEN,
        "kind": given.kind.value,
        "language": given.language,
        "certainty": given.certainty.value,
        "family": given.family,
        "given": instant(given.given),
        "case": given.case_id,
        "checks": given.checks,
    }
