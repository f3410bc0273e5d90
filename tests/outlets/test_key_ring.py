"""The file of the keys that mark mail at delivery."""

from pathlib import Path

import pytest

from comity.model.outcomes import ComityError
from comity.outlets.key_ring import keys_at, read_keys


def test_the_first_key_is_made_once(tmp_path: Path) -> None:
    """For its owner only; afterwards it is the same key."""
    path = tmp_path / "delivery.keys"
    assert read_keys(path) is None
    made = keys_at(path)
    assert path.stat().st_mode & 0o077 == 0
    assert keys_at(path) == made == read_keys(path)


def test_a_new_line_on_top_changes_the_key(tmp_path: Path) -> None:
    """The first one writes, the others verify; remarks and empty lines are passed over."""
    path = tmp_path / "delivery.keys"
    keys_at(path)
    path.write_text(f"# autumn\n\n2 {'ab' * 32} # new\n{path.read_text()}")
    found = read_keys(path)
    assert found is not None
    assert list(found.secrets) == ["2", "1"]


@pytest.mark.parametrize(
    ("text", "place"), [("", ""), ("1 ab\n", ":1"), ("# x\nONE " + "ab" * 32, ":2"), ("1\n", ":1")]
)
def test_a_slip_is_named(tmp_path: Path, text: str, place: str) -> None:
    """File and line; no mail is marked with half a key."""
    path = tmp_path / "delivery.keys"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(ComityError) as refused:
        keys_at(path)
    assert refused.value.place == f"{path}{place}"


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """Whoever has it can write marks that we believe."""
    path = tmp_path / "delivery.keys"
    keys_at(path)
    path.chmod(0o644)
    with pytest.raises(ComityError):
        read_keys(path)
