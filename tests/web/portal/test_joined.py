"""The pages joined to real settings: what is offered, what is agreed, and a policy of one's own."""

from pathlib import Path
from typing import Any

import pytest

from comity.bootstrap.portal import Shapes, _party, _precision, portal_work
from comity.cli import main
from comity.model.consumer import Claim, ClaimKind, Consumer, ConsumerState
from comity.model.outcomes import ComityError
from comity.settings import Settings, read_settings
from comity.web.portal.work import Contact, House, PortalWork

from .conftest import NOW

SHAPES = Shapes(work=PortalWork, house=House, contact=Contact)
AGREED = '\n[[agreement]]\npeer = "east"\naddress = "fbl@east.example"\ndkim_domains = ["east.example"]\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """West, as ``comity init`` makes it."""
    monkeypatch.delenv("COMITY_CONFIG", raising=False)
    words = ["--domain", "west.example", "--address", "feedback@west.example"]
    assert main(["init", str(tmp_path), *words]) == 0
    return tmp_path


def settings_with(folder: Path, **entries: str) -> Settings:
    """The settings, with entries of the portal."""
    file = folder / "comity.toml"
    said = "".join(f"{name} = {value}\n" for name, value in entries.items())
    file.write_text(
        file.read_text(encoding="utf-8").replace("\n[portal]\n", f"\n[portal]\n{said}", 1), encoding="utf-8"
    )
    return read_settings(file)


def joined(settings: Settings) -> PortalWork:
    """All that the pages are given."""
    return portal_work(settings, lambda *_, **__: None, SHAPES, put=lambda _: None)  # type: ignore[arg-type,return-value]


def test_what_is_not_set_is_not_offered(folder: Path) -> None:
    """Without an address of ours no link is mailed; without applications there are none; a policy is read by paragraphs."""
    work = joined(settings_with(folder))
    assert work.applying is not None
    assert work.signing_in is None
    (folder / "policy").mkdir()
    (folder / "policy" / "en.txt").write_text("One\nrule.\n\n\nAnother.\n", encoding="utf-8")
    more = {"address": '"https://feedback.west.example/"', "applications_per_day": "0", "policy": '"policy"'}
    work = joined(settings_with(folder, **more))
    assert work.applying is None
    assert work.signing_in is not None
    assert work.house.policy == {"en": ("One rule.", "Another."), "zh_Hans": ()}
    (folder / "policy" / "en.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(ComityError, match="cannot be read"):
        joined(read_settings(folder / "comity.toml"))


@pytest.mark.parametrize("address", ["ftp://x.example", "https://x.example/path", "x.example", "https://a@b.example"])
def test_an_address_is_a_site(folder: Path, address: str) -> None:
    """What links begin with is scheme, host and port."""
    with pytest.raises(ComityError, match=r"portal\.address"):
        settings_with(folder, address=f'"{address}"')


def test_pages_are_not_served_in_clear(folder: Path) -> None:
    """Beyond this machine they want TLS."""
    with pytest.raises(ComityError) as refused:
        settings_with(folder, listen='["0.0.0.0:8490"]')
    assert refused.value.code == "portal-clear"


def test_a_proved_domain_speaks_for_its_agreement(folder: Path) -> None:
    """Reports under the agreement's name, and how often its own were right, are shown to whoever proved that very domain."""
    file = folder / "agreements.toml"
    file.write_text(file.read_text(encoding="utf-8") + AGREED if file.exists() else AGREED, encoding="utf-8")
    config = folder / "comity.toml"
    text = config.read_text(encoding="utf-8").replace("\n[complain]\n", f'\n[complain]\nagreements = "{file}"\n', 1)
    config.write_text(text, encoding="utf-8")
    settings = read_settings(config)
    store = joined(settings).store
    consumer = Consumer(name="n", address="fbl@east.example", state=ConsumerState.TRIAL, since=NOW, applied=NOW)
    with store.write() as rows:
        rows.consumers.put(consumer)

        def party() -> tuple[str, Any]:
            sources = type("Sources", (), {"verdicts": lambda _: {"peer:east.example": {"confirmed": 3}}})()
            seen: Any = type("Seen", (), {"consumers": rows.consumers, "sources": sources})()
            return _party(settings, rows, consumer, now=NOW), _precision(seen, consumer, now=NOW)

        assert party() == ("n", None)
        proved = Claim(
            consumer="n", kind=ClaimKind.DOMAIN, subject="east.example", code="P-X", expires=NOW.replace(year=2027)
        )
        rows.consumers.put_claim(proved)
        name, precision = party()
    assert name == "east"
    assert precision is not None
