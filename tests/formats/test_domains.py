"""Which organisation a host name belongs to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.formats.domains import is_among, organisation_of, same_organisation


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("MX1.Mail.West.Example.", "west.example"),
        ("west.example", "west.example"),
        ("mail.west.co.uk", "west.co.uk"),
        ("a.example.com.cn", "example.com.cn"),
        ("co.uk", None),
        ("cn", None),
        ("localhost", None),
        ("192.0.2.1", None),
        ("2001:db8::1", None),
        ("", None),
        (".", None),
        (".west.example", None),
        ("a..example", None),
        ("a" * 300 + ".example", None),
    ],
)
def test_the_organisational_domain(name: str, expected: str | None) -> None:
    """One label more than the public suffix; None for what is no name of an organisation."""
    assert organisation_of(name) == expected


def test_customers_of_a_hoster_are_organisations_of_their_own() -> None:
    """Under a private suffix every customer stands alone: one must not be taken for the other."""
    assert not same_organisation("one.github.io", "two.github.io")
    assert same_organisation("a.one.github.io", "b.one.github.io")


@pytest.mark.parametrize(
    ("one", "other"), [(None, "west.example"), ("", ""), ("west.example", "west.test"), ("co.uk", "co.uk")]
)
def test_nobody_is_not_an_organisation(one: str | None, other: str | None) -> None:
    """Missing names and public suffixes belong to nobody, not even to each other."""
    assert not same_organisation(one, other)


def test_a_list_of_hosts_means_these_hosts() -> None:
    """A name in the list does not speak for the names below it, unless it is written with a dot in front."""
    assert not is_among("line7.west.example", {"west.example"})
    assert is_among("mx.in.west.example.", {".in.west.example"})
    assert not is_among("evilin.west.example", {".in.west.example"})
    assert not is_among(None, {"west.example"})


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_makes_it_raise(one: str, other: str) -> None:
    """Names come from strangers."""
    same_organisation(one, other)
    organisation_of(one)
    is_among(one, {other})
