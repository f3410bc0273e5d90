"""What a playbook waits for is said to come from whoever says it."""

from pathlib import Path

import pytest

from comity.bootstrap.playbook import playbook_named
from comity.locale import catalogue
from comity.services.public.pages.playbook_words import event_of


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", {"the subscriber's page [self-done]", "Comity itself [notice-unreached]"}),
        ("zh_Hans", {"订户页面 [self-done]", "Comity 自身 [notice-unreached]"}),
    ],
)
def test_no_program_says_what_a_subscriber_says(language: str, said: set[str]) -> None:
    """The ladder waits for the subscriber's word and for our own; no rule of it waits for another program."""
    words = catalogue(language)
    events = {event_of(words, rule) for rule in playbook_named("ladder", Path()).rules()}
    assert said <= events
    assert not [each for each in events if each.startswith(words.say("playbook.event.api"))]
