"""Links, domains, mailboxes and Message-IDs in prose."""

from comity.formats.clues import names
from comity.formats.clues.levelled import level
from comity.formats.clues.suggestions import suggest


def _found(text: str) -> list[tuple[str, str]]:
    return [(each.what, each.value) for each in names.find(level(text).text)]


def test_links_end_where_a_person_would_say() -> None:
    """A full stop, a bracket or a Chinese comma is not part of the link."""
    assert _found("see http://bad.example/a_(b). ok") == [("url", "http://bad.example/a_(b)")]
    assert _found("（见http://bad.example/x，谢谢）") == [("url", "http://bad.example/x")]
    assert _found("<hxxps://bad[.]example/?q=1>") == [("url", "https://bad.example/?q=1")]


def test_a_domain_counts_behind_a_word_that_announces_it() -> None:
    """ "e.g." and "3.Dec" are none."""
    assert _found("the domain bad.example, e.g. on 3.Dec") == [("domain", "bad.example")]
    assert _found("涉事域名：bad.example") == [("domain", "bad.example")]


def test_a_message_id_is_no_mailbox() -> None:
    """The longest reading counts."""
    assert _found("Message-ID: <1@bad.example>") == [("message-id", "1@bad.example")]


def test_the_writers_own_mailboxes_are_no_suggestions() -> None:
    """Who wrote and who was written to says nothing about whom it is about."""
    found = suggest(level("I am ops@north.example; spam@bad.example wrote"), None, frozenset({"ops@north.example"}))
    assert [(each.what, each.value) for each in found] == [("mailbox", "spam@bad.example")]


def test_a_suggestion_says_where_it_stood() -> None:
    """The offset counts characters of the text as it was written."""
    text = "from 192[.]0[.]2[.]1, then 192[.]0[.]2[.]9"
    found = suggest(level(text), None)
    assert [text[each.offset :].startswith("192[.]0[.]2[.]") for each in found] == [True, True]
    assert all(0 < each.confidence <= 1 for each in found)
