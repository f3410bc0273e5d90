"""Each question behind a report, and what answered it, has words in every language."""

import pytest

from comity.formats.xarf.writer import LACKS
from comity.locale import LANGUAGES, catalogue
from comity.model.decisions import REASONS
from comity.model.origin import Role
from comity.services.public.pages.step_words import because, sentence

FOUND = ("received:3", "delivery-header:0", "authentication-results", "strict", "relaxed", "third-party")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_code_stands_alone(language: str) -> None:
    """Named noes, rules that found an address, what XARF lacks, and signatures in each role; what nobody knows has no words."""
    words = catalogue(language)
    for reason in (*FOUND, *LACKS, *REASONS):
        said = because(words, reason)
        assert said, reason
        assert "{" not in said, reason
    for role in (Role.ORIGINATOR, Role.SERVICE):
        assert sentence(words, f"{role.value}-signature")
    assert because(words, "nobody-knows:1") is None
    assert sentence(words, "nobody-knows:1") is None
