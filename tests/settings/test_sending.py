"""Settings of a login at the mail host."""

from pathlib import Path

import pytest

from comity.model.outcomes import ComityError
from comity.settings import parse


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ('account = "a"', "sending-login", 2),
        ('password_file = "p"', "sending-login", 2),
        ('account = "a"\npassword_file = "p"\ntls = "never"', "sending-login-clear", 4),
    ],
)
def test_half_a_login(text: str, code: str, line: int) -> None:
    """An account without a password, a password without an account, and one in clear are told with their line."""
    with pytest.raises(ComityError) as caught:
        parse(f"[sending]\n{text}", Path("comity.toml"))
    assert (caught.value.code, caught.value.place) == (code, f"comity.toml:{line}")
