"""Say whether a notice is ours, to whoever has its reference.

Trust:      whoever asks is a stranger. An answer says nothing of the subscriber, nor when or how the notice was given out; one that
            is asked for very often may have been copied onto false notices, and is answered with "call us".
Standards:  RFC 6561 section 5 (a notice can be verified by another way than itself).
Answers:    ``Checking.check(rows, text)`` gives ``Checked``: ``known`` with the second word, ``often``, ``unknown`` or ``typo``;
            ``Checking.opens(rows, ...)`` the notice whose first word was typed.
Limits:     in the caller's transaction. How often one may ask is the business of whoever lets people ask.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from comity.remediation.notice.reference import WordLists, WordPair, is_first_word, read, word_pair
from comity.services.remedy.rows import GivenNotice, NoticeRows

OFTEN: Final = 50  # one household does not ask so often


class CheckOutcome(StrEnum):
    """What is said about a reference."""

    KNOWN = "known"
    OFTEN = "often"
    UNKNOWN = "unknown"
    TYPO = "typo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The answer; ``given`` is for our own staff alone."""

    outcome: CheckOutcome
    reference: str | None = None
    given: GivenNotice | None = None


class Checking:
    """Checks references, and makes the words that go with them."""

    def __init__(self, key: bytes, lists: Sequence[WordLists]) -> None:
        self._key, self._lists = key, lists

    def check(self, rows: NoticeRows, text: str, *, count: bool = True) -> Checked:
        """Whether a reference is one of ours; our own staff asks without being counted."""
        reference = read(text)
        if reference is None:
            return Checked(outcome=CheckOutcome.TYPO)
        given = rows.find(reference)
        if given is None:
            return Checked(outcome=CheckOutcome.UNKNOWN, reference=reference)
        if count:
            rows.checked(reference)
        outcome = CheckOutcome.OFTEN if given.checks >= OFTEN else CheckOutcome.KNOWN
        return Checked(outcome=outcome, reference=reference, given=given)

    def words(self, reference: str, lists: WordLists) -> WordPair:
        """The words that go with a reference in one language."""
        return word_pair(reference, self._key, lists)

    def opens(self, rows: NoticeRows, text: str, first_word: str) -> GivenNotice | None:
        """The notice, where the first of its words was typed with its reference."""
        reference = read(text) or ""
        is_right = is_first_word(first_word, reference, self._key, lists=self._lists)
        given = rows.find(reference)
        return given if is_right else None
