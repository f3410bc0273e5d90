"""DKIM keys out of a file."""

from pathlib import Path

import pytest

from comity.model.outcomes import ComityError
from comity.outlets.key_file import KeyFile


def test_what_the_file_does_not_have_was_not_looked_up(tmp_path: Path) -> None:
    """A signature whose key is not in the file stays unchecked, it does not fail."""
    path = tmp_path / "keys.txt"
    path.write_text('s1._domainkey.east.example. IN TXT "v=DKIM1; p=AAAA"\n', encoding="ascii")
    keys = KeyFile.read(path)
    found = keys.find(["s1._domainkey.east.example", "s2._domainkey.east.example"])
    assert found == {"s1._domainkey.east.example": "v=DKIM1; p=AAAA"}


def test_a_line_that_is_no_record_is_named(tmp_path: Path) -> None:
    """A slip in the file ends the run with its line, so that no signature is unchecked by accident."""
    path = tmp_path / "keys.txt"
    path.write_text(
        's1._domainkey.east.example. TXT "v=DKIM1; p=AAAA"\n\neast.example. IN A 192.0.2.1\n', encoding="ascii"
    )
    with pytest.raises(ComityError) as caught:
        KeyFile.read(path)
    assert caught.value.place == f"{path}:3"
