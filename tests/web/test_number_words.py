"""What a number is called, whatever a stranger calls it."""

import pytest

from comity.locale import LANGUAGES, catalogue
from comity.services.public.pages.number_words import number_words
from comity.web.pages.number_words import numbered


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_key_of_a_thousand_periods_has_no_words(language: str) -> None:
    """One period before a number is said, more make no number; whatever stands there, the page is shown."""
    words = catalogue(language)
    assert number_words(words, "month/report") is not None
    for key in ("month/month/report", "month/" * 5000 + "report", "month/", "/" * 5000):
        assert number_words(words, key) is None
        assert numbered(words, key).startswith("<code>")
