"""Joint statements on the desk and before everybody: made, signed with a password, checked, handed out, published."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from comity.bootstrap.pages.dealings import Dealings
from comity.bootstrap.portal import Shapes, portal_work
from comity.gates.web import WebPlace
from comity.model.account import Role
from comity.model.listener import Listener
from comity.settings import read_settings
from comity.web.portal.app import portal_app
from comity.web.portal.work import Contact, House, PortalWork

from ...on_loopback import on_loopback
from ...peers.test_statements import DAY, EAST, WEST, Two, closed, two
from .conftest import DeskScene, _served

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["two"]
PASSWORD = "three quiet rivers"


@pytest.fixture
def both(two: Two) -> Two:
    """Two networks that closed a day."""
    closed(two)
    return two


@pytest.fixture
def west(both: Two) -> Iterator[DeskScene]:
    """West's desk, with an account that has a password."""
    folder = both.folder / WEST
    dealings = Dealings(read_settings(folder / "comity.toml"))
    for scene in _served(folder, lambda work: replace(work, dealings=dealings)):
        scene.clock[0] = datetime.now(UTC)  # as the other side's, which commands of it go by
        with scene.store.write() as records:
            scene.work.keeping(records, scene.clock[0]).make("ann", Role.ADMINISTRATOR, PASSWORD)
        yield scene


def portal_page(folder: Path, ask: "Callable[[httpx.Client], None]") -> None:
    """Ask the pages for other networks of that folder."""
    settings = read_settings(folder / "comity.toml")
    shapes = Shapes(work=PortalWork, house=House, contact=Contact)
    app = portal_app(portal_work(settings, lambda *_, **__: None, shapes, put=None))  # type: ignore[arg-type]
    with (
        on_loopback(WebPlace(name="portal", app=app, listener=Listener(port=0))) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client,
    ):
        ask(client)


def test_from_the_draft_to_the_public_page(both: Two, west: DeskScene) -> None:
    """West makes and signs on the page, east accepts, west publishes; then a stranger finds file and keys."""
    page = west.client.get("/statements").text
    assert DAY in page  # the close
    draft = west.post("/statements", act="look", peer=EAST, period=DAY).text
    assert "draft: nothing is signed or kept" in draft
    assert both.run(WEST, "statement", "list")[1] == []
    wrong = west.post("/statements", act="sign", peer=EAST, period=DAY, password="guess")
    assert wrong.status_code == 403
    assert both.run(WEST, "statement", "list")[1] == []
    signed = west.post("/statements", act="sign", peer=EAST, period=DAY, password=PASSWORD)
    where = signed.headers["location"].partition("?")[0]
    page = west.client.get(where).text
    assert "signed by us, waits for them" in page
    assert "does not hold" not in page  # a signature that is still to come is no fault
    assert f"<dd><bdi>{WEST}</bdi></dd>" in page  # signed by
    assert west.post(where, act="publish").status_code == 400  # one signature is not enough
    assert both.run(WEST, "ledger", "give")[0] == 0
    _give(both)
    assert both.run(EAST, "statement", "accept", WEST, DAY)[0] == 0
    page = west.client.get(where).text
    assert "signed by both" in page
    assert "every number of the ledgers is proved" in page
    assert f"{WEST}/to/{EAST}" in page  # by which close
    file = both.folder / "kept.json"
    file.write_bytes(west.client.get(f"{where}/json").content)
    assert both.run(WEST, "statement", "verify", str(file), both.key(WEST), both.key(EAST))[0] == 0
    shown = west.client.get(f"{where}/html")
    assert shown.headers["content-security-policy"].startswith("sandbox")
    assert "<script" not in shown.text
    digest = where.rpartition("/")[2]

    def before(client: httpx.Client) -> None:
        assert "Nothing is published yet" in client.get("/en/statements").text
        assert client.get(f"/en/statements/{digest}/json").status_code == 404

    def after(client: httpx.Client) -> None:
        for language in ("en", "zh_Hans"):
            text = client.get(f"/{language}/statements").text
            assert digest in text
            assert both.key(WEST) in text.replace("&#43;", "+")
        assert json.loads(client.get(f"/en/statements/{digest}/json").content) == json.loads(file.read_bytes())
        assert client.get(f"/en/statements/{digest}/html").status_code == 200
        assert client.get(f"/en/statements/{digest}/pdf").status_code == 404  # a stranger does not set type here

    portal_page(both.folder / WEST, before)
    assert west.post(where, act="publish").status_code == 303
    portal_page(both.folder / WEST, after)
    assert west.post(where, act="hide").status_code == 303
    portal_page(both.folder / WEST, before)


def _give(both: Two) -> None:
    """The exchange hands over what was signed."""
    from comity.bootstrap.desk import desk_store
    from comity.bootstrap.trust.statements import statements
    from comity.model import period as periods

    settings = {side: read_settings(both.folder / side / "comity.toml") for side in (WEST, EAST)}
    stores = {side: desk_store(settings[side]) for side in (WEST, EAST)}
    period = periods.read(DAY)
    assert period is not None
    with stores[WEST].read() as records:
        kept = records.statements.newest(EAST, DAY)
    assert kept is not None
    with stores[EAST].write() as records:
        statements(settings[EAST]).taken(records, kept.data, now=datetime.now(UTC))
    for each in stores.values():
        each.close()


def test_who_may_look_may_not_sign(west: DeskScene) -> None:
    """An auditor sees what there is, and signs, makes and publishes nothing; a period that is none is refused by name."""
    assert west.post("/statements", act="look", peer=EAST, period="soon").status_code == 400
    assert west.post("/statements", act="look", peer="other.example", period=DAY).status_code == 400
    assert west.post("/statements", act="look", peer=WEST, period=DAY).status_code == 400
    west.roles[:] = [Role.AUDITOR]
    assert west.client.get("/statements").status_code == 200
    assert west.post("/statements", act="sign", peer=EAST, period=DAY, password=PASSWORD).status_code == 403
