"""A text that takes too long to look through is not called searched."""

import base64

import pytest

from comity.feedback.redaction.identity import identify
from comity.feedback.redaction.scrub import Scrubber
from comity.feedback.redaction.tokens import token_local

from .letters import KEY, RECIPIENT


def coded(number: int) -> str:
    """An address in base64, each sign of that by its number, and that in base64 again, as a word of a header."""
    inner = base64.b64encode(f"{RECIPIENT}{number}".encode()).decode()
    spelt = "".join(f"%{ord(sign):02x}" for sign in inner)
    return f"=?utf-8?b?{base64.b64encode(spelt.encode()).decode()}?="


@pytest.mark.parametrize(("words", "is_sure"), [(40, True), (400, False)])
def test_a_text_is_sure_only_where_all_of_it_was_looked_through(words: int, is_sure: bool) -> None:
    """Four hundred such words take more than the text is worth: nobody who wrote them is told what nobody looked at."""
    person = identify(RECIPIENT, token_local(RECIPIENT, KEY))
    assert person is not None
    cleaned = Scrubber([person]).clean("\r\n ".join(map(coded, range(words))))
    assert cleaned.is_sure is is_sure
    assert cleaned.places > 0
