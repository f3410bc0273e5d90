"""What stands in the place of a mailbox."""

import pytest

from comity.feedback.redaction.tokens import is_token, token, token_local

KEY = b"0123456789abcdef"


def test_one_mailbox_has_one_token() -> None:
    """Complaints of one person can be counted together, however the address was written."""
    written = ["ann@west.example", "Ann@WEST.example.", "<ann@west.example>", '"ann"@west.example']
    assert len({token(each, KEY) for each in written}) == 1


def test_another_key_another_name_and_another_domain_give_another_token() -> None:
    """Two peers, two epochs and two domains cannot be joined."""
    tokens = {
        token_local("ann@west.example", KEY),
        token_local("ann@west.example", KEY[::-1]),
        token_local("bob@west.example", KEY),
        token_local("ann@north.example", KEY),
    }
    assert len(tokens) == 4


def test_a_token_keeps_the_domain_and_nothing_else() -> None:
    """The consumer sees which provider the mailbox is at."""
    local, _, domain = token("ann@west.example", KEY).partition("@")
    assert domain == "west.example"
    assert is_token(local)
    assert "ann" not in local


def test_a_short_key_is_a_mistake_of_ours() -> None:
    """A token under a key that can be guessed is no token."""
    with pytest.raises(ValueError, match="16"):
        token("ann@west.example", b"short")
