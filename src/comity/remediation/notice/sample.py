"""A notice that nobody got: what previews show and the linter measures.

Answers:    ``sample_facts(...)``: invented, with the operator's own name and numbers where they are given, and the longest
            words: a text message must hold any pair.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from comity.model.notice import Certainty, NoticeFacts
from comity.remediation.guides.pack import LanguagePack
from comity.remediation.notice.reference import made, word_pair

KEY: Final = b"sample"
FIRST: Final = datetime(2026, 3, 12, 6, 5, tzinfo=UTC)


def sample_facts(
    pack: LanguagePack, *, certainty: Certainty, family: str, guide: str, provider: str, portal: str, help_line: str
) -> NoticeFacts:
    """The facts of a notice of this certainty, in the words of this language."""
    reference = made("sample", KEY)
    pair = word_pair(reference, KEY, pack.pair_words)
    first, second = _long(pack.pair_words.first, pair.first), _long(pack.pair_words.second, pair.second)
    return NoticeFacts(
        reference=reference,
        word_pair=f"{first} {second}",
        family=family,
        guide=guide,
        seen_first=FIRST,
        seen_last=FIRST + timedelta(days=2, hours=14, minutes=37),
        provider_name=provider,
        portal=portal,
        help_line=help_line,
        tier=certainty,
        deadline=FIRST + timedelta(days=14) if certainty is Certainty.CONFIRMED else None,
    )


def _long(words: Sequence[str], usual: str) -> str:
    """The longest of these, the usual one where it is as long."""
    return max(words, key=lambda word: (len(word), word == usual))
