"""Passkeys in Chromium, with a device that the browser plays: made on one's own account, then taken at the door."""

import json
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes
from time import monotonic, sleep
from typing import Any

import pytest

from comity.bootstrap.pages import desk_work
from comity.gates.web import WebPlace
from comity.model.account import Role
from comity.model.listener import Listener
from comity.outlets.programs.devices import Devices
from comity.services.operate.accounts.passkeys import Passkeys
from comity.services.operate.accounts.signing_in import SigningIn
from comity.settings import read_settings
from comity.web.desk.app import desk_app
from comity.web.desk.work import DeskWork

from ..web.on_loopback import on_loopback

pytestmark = pytest.mark.live
PASSWORD = "three quiet rivers"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[str]:
    """The desk as it is joined, which knows how browsers reach it."""
    file = tmp_path / "comity.toml"
    file.write_text("")
    work = desk_work(read_settings(file), lambda event, **facts: None, DeskWork, put=lambda _: Future())
    work.store.create()
    with work.store.write() as records:
        work.keeping(records, datetime.now(UTC)).make("ann", Role.ADMINISTRATOR, PASSWORD)
    with ExitStack() as stack:
        # The address is known when the port is: passkeys are made for it.
        held: list[Any] = []
        late = replace(work, passkeys=Late(held), signing_in=LateDoor(held))  # type: ignore[arg-type]
        port = stack.enter_context(on_loopback(WebPlace(name="desk", app=desk_app(late), listener=Listener(port=0))))
        passkeys = Passkeys(work.store, token_bytes, Devices(f"http://localhost:{port}", "West Mail"))
        held += [passkeys, SigningIn(work.store, work.signing_in._passwords, token_bytes, passkeys=passkeys.is_of)]
        yield f"http://localhost:{port}"
    work.store.close()


class Late:
    """Stands for what is made a moment later."""

    at = 0

    def __init__(self, held: list[Any]) -> None:
        self._held = held

    def __getattr__(self, name: str) -> Any:
        return getattr(self._held[self.at], name)


class LateDoor(Late):
    """The same for the door."""

    at = 1


def wait_for(chromium: Any, expression: str, seconds: float = 60) -> None:
    """Until it holds on the page."""
    until = monotonic() + seconds
    while True:
        try:
            if chromium.value(expression):
                return
        except AssertionError:
            pass  # the page was left in the middle of the question
        assert monotonic() < until, (expression, chromium.value("document.body.innerText"))
        sleep(0.05)


def opened(chromium: Any, url: str) -> None:
    """Open a page, and wait until it is there."""
    chromium.call("Page.navigate", url=url)
    wait_for(chromium, f"location.href.startsWith({json.dumps(url)}) && document.readyState === 'complete'")


def filled(chromium: Any, form: str, **fields: str) -> None:
    """Write into the fields of a form."""
    for name, value in fields.items():
        chromium.value(
            f"document.querySelector({json.dumps(form)}).elements[{json.dumps(name)}].value = {json.dumps(value)}"
        )


def test_a_passkey_is_made_and_lets_in(chromium: Any, desk: str) -> None:
    """Alone at the door, and beside the password; the policy of our pages stands, and nothing complains."""
    chromium.complaints.clear()
    chromium.call("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    given = chromium.call(
        "WebAuthn.addVirtualAuthenticator",
        options={**kind, "isUserVerified": True, "automaticPresenceSimulation": True},
    )
    opened(chromium, f"{desk}/sign-in")
    filled(chromium, "form[action='/sign-in']", name="ann", password=PASSWORD)
    chromium.value("document.querySelector('form[action=\"/sign-in\"]').requestSubmit()")
    wait_for(chromium, "location.pathname === '/' && document.readyState === 'complete'")
    opened(chromium, f"{desk}/account")
    own = "form[data-passkey-options='/account/passkeys/options']"
    filled(chromium, own, called="this computer", password=PASSWORD)
    chromium.value(f'document.querySelector("{own} [data-passkey]").click()')
    wait_for(chromium, "document.readyState === 'complete' && document.body.innerText.includes('this computer')")
    (kept,) = chromium.call("WebAuthn.getCredentials", authenticatorId=given["authenticatorId"])["credentials"]
    assert kept["rpId"] == "localhost"
    assert kept["isResidentCredential"]
    for form in (
        "form[data-passkey-options][action='/sign-in/passkey']",
        "form[data-passkey-options][action='/sign-in']",
    ):
        chromium.value("document.querySelector('.me form').requestSubmit()")
        wait_for(chromium, "location.pathname === '/sign-in' && document.readyState === 'complete'")
        if form.endswith("'/sign-in']"):
            filled(chromium, "form[action='/sign-in']", name="ann", password=PASSWORD)
            chromium.value("document.querySelector('form[action=\"/sign-in\"]').requestSubmit()")
            wait_for(
                chromium, f"document.readyState === 'complete' && document.querySelector({json.dumps(form)}) !== null"
            )
            filled(chromium, form, password=PASSWORD)
        chromium.value(f"document.querySelector({json.dumps(form)}).querySelector('[data-passkey]').click()")
        wait_for(chromium, "location.pathname === '/' && document.readyState === 'complete'")
        assert chromium.value("document.querySelector('.me a').innerText") == "ann"
    assert [each for each in chromium.complaints if "401" not in each] == []
    chromium.call("WebAuthn.removeVirtualAuthenticator", authenticatorId=given["authenticatorId"])
    chromium.call("WebAuthn.disable")
