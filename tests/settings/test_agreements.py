"""What an operator meets who writes down the agreements with other networks."""

from dataclasses import fields
from ipaddress import ip_network
from pathlib import Path

import pytest

from comity.model.agreement import BodyPolicy, Definition
from comity.model.outcomes import ComityError, Outcome
from comity.model.tier import Tier
from comity.model.tlp import Tlp
from comity.settings.agreements import AgreementEntry, AgreementsFile, parse_agreements, read_agreements

PLACE = Path("/etc/comity/agreements.toml")
EAST = """\
[[agreement]]
peer = "east"
address = "Feedback@East.Example"
dkim_domains = ["east.example"]
"""


def _wrong(text: str) -> ComityError:
    with pytest.raises(ComityError) as caught:
        parse_agreements(text, PLACE)
    assert caught.value.outcome is Outcome.CONFIGURATION
    return caught.value


def _read(text: str) -> AgreementsFile:
    return parse_agreements(text, PLACE)


def test_the_shortest_agreement_shows_least() -> None:
    """Whoever leaves everything out agrees to the campaign's evidence without the body, within the organisation."""
    (east,) = _read(EAST).agreements
    assert (east.peer, east.address, east.tier, east.body) == (
        "east",
        "Feedback@east.example",
        Tier.T1,
        BodyPolicy.NEVER,
    )
    assert (east.definitions, east.not_spam, east.tlp) == ((Definition.COMPLAINT,), False, Tlp.AMBER)


def test_every_example_of_the_page_is_accepted() -> None:
    """What docs/settings.md shows can be copied."""
    text = "[[agreement]]\n" + "".join(f"{one.name} = {one.metadata['example']}\n" for one in fields(AgreementEntry))
    (east,) = _read(text).agreements
    assert east.networks == (ip_network("198.51.100.0/24"),)
    assert (east.tier, east.languages, east.version) == (Tier.T2, ("zh", "en"), 2)


def test_one_file_is_enough() -> None:
    """The rooms of comity.toml may stand beside the agreements."""
    file = _read('[identity]\ndomain = "west.example"\n' + EAST)
    assert file.rooms["identity"].domain == "west.example"


def test_a_misspelt_key_is_answered_with_the_right_one() -> None:
    """The error names the line of the second agreement and the name that was meant."""
    error = _wrong(EAST + '[[agreement]]\npeer = "north"\nadress = "x@north.example"\n')
    assert error.place == f"{PLACE}:7"
    assert "agreement.address" in error.message


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ('tier = "T4"', 5),
        ('tlp = "TLP:AMBER STRICT"', 5),
        ('networks = ["198.51.100.7/24"]', 5),
        ("body = true", 5),
        ('definitions = ["dislike"]', 5),
        ('not_spam = "yes"', 5),
    ],
)
def test_a_value_that_does_not_fit_is_told_with_its_line(line: str, row: int) -> None:
    """No value is bent into shape."""
    error = _wrong(EAST + line + "\n")
    assert (error.code, error.place) == ("setting-unfit", f"{PLACE}:{row}")


@pytest.mark.parametrize("peer", ["../east", "", "East Network", ".", "a/b", "-east"])
def test_a_peer_is_the_name_of_a_folder(peer: str) -> None:
    """A name that leads out of the folder of reports is refused."""
    assert _wrong(EAST.replace('"east"', f'"{peer}"')).code == "setting-unfit"


@pytest.mark.parametrize("address", ["a@b@east.example", "x@[192.0.2.1]", "x@localhost", '\\"a b\\"@east.example'])
def test_an_address_that_cannot_be_written_to_is_refused(address: str) -> None:
    """An agreement is worth nothing if its reports arrive nowhere."""
    assert _wrong(EAST.replace("Feedback@East.Example", address)).code in {"agreement-address", "setting-unfit"}


def test_nobody_holds_a_whole_suffix() -> None:
    """An agreement about a public suffix would tell one network about everybody's mail."""
    error = _wrong(EAST.replace('["east.example"]', '["east.example", "co.uk"]'))
    assert (error.code, error.place) == ("agreement-domain", f"{PLACE}:4")


@pytest.mark.parametrize(
    "second",
    [
        'peer = "east"\naddress = "x@north.example"\nnetworks = ["192.0.2.0/24"]',
        'peer = "north"\naddress = "x@north.example"\ndkim_domains = ["EAST.example"]',
    ],
)
def test_nobody_is_meant_twice(second: str) -> None:
    """Which of two agreements counts must not be chance: the error names both places."""
    error = _wrong(EAST + "[[agreement]]\n" + second)
    assert error.code == "agreement-twice"
    assert str(PLACE) in str(error.details["other"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "agreements-none"),
        ("agreement = 1", "setting-unfit"),
        ("[agreement]\npeer = 'east'", "setting-unfit"),
        ("[[agreement]]\npeer = 'east'", "agreement-incomplete"),
        ("[[agreement]]\npeer = 'east'\naddress = 'x@east.example'", "agreement-incomplete"),
        ("[[agreements]]\npeer = 'east'", "setting-unknown-near"),
        ("[[agreement]\n", "settings-not-toml"),
    ],
)
def test_what_is_missing_is_named(text: str, code: str) -> None:
    """A file that makes no agreement is an error, never an empty list."""
    assert _wrong(text).code == code


def test_a_file_is_read_where_it_lies(tmp_path: Path) -> None:
    """A relative key file counts from the folder of the agreements."""
    path = tmp_path / "agreements.toml"
    path.write_text('[complain]\nkey_file = "secret/comity.key"\n' + EAST, encoding="utf-8")
    assert read_agreements(path).rooms["complain"].key_file == tmp_path / "secret/comity.key"
