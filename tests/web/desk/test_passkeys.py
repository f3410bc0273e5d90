"""Passkeys: made, taken alone and as a second factor, removed; copied, stolen, made up."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from secrets import token_bytes
from typing import Any

import httpx
import pytest

from comity.model.account import Role
from comity.outlets.programs.devices import Devices
from comity.services.operate.accounts.keeping import Keeping
from comity.services.operate.accounts.passkeys import Passkeys
from comity.services.operate.accounts.signing_in import SigningIn

from .conftest import NOW, DeskScene, ShortPasswords, _served
from .passkey_device import Device, packed

ADDRESS, SITE = "https://desk.west.example", "desk.west.example"
PASSWORD = "three quiet rivers"


@dataclass(slots=True)
class Scene:
    """A desk with two accounts."""

    desk: DeskScene

    @contextmanager
    def browser(self, name: str = "ann") -> Iterator[httpx.Client]:
        """One that is signed in with a password."""
        with self.stranger() as client:
            assert client.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
            yield client

    def stranger(self) -> httpx.Client:
        """One that is nobody yet."""
        return httpx.Client(base_url=self.desk.client.base_url, timeout=30)

    def invited(self, browser: httpx.Client) -> dict[str, Any]:
        """What its device is asked for a new one."""
        return browser.post("/account/passkeys/options", data={"csrf": word(browser)}).json()

    def added(self, browser: httpx.Client, device: Device, **changed: str) -> httpx.Response:
        """A new passkey for the account."""
        fields = {"act": "add", "password": PASSWORD, "called": "telephone", "csrf": word(browser)} | changed
        return browser.post("/account/passkeys", data={"passkey": device.made(self.invited(browser)), **fields})

    def entered(self, device: Device, browser: httpx.Client, **given: Any) -> httpx.Response:
        """Come in by it alone."""
        options = browser.post("/sign-in/passkey/options", data={"csrf": ""}).json()
        return browser.post("/sign-in/passkey", data={"passkey": device.signed(options, **given), "next": "/cases"})

    def reason(self) -> object:
        """Why nobody was let in, as the log has it."""
        return [facts["reason"] for _, facts in self.desk.log if "reason" in facts][-1]

    def known(self, name: str = "ann") -> list[Any]:
        """The passkeys of an account."""
        with self.desk.store.read() as records:
            return list(records.passkeys.of(records.accounts.find(name).account_id))


def word(browser: httpx.Client) -> str:
    """The word that forms of its pages hold."""
    return browser.get("/account").text.split('name="csrf" value="')[1].partition('"')[0]


def device(**more: Any) -> Device:
    """One that tells the truth."""
    return Device(origin=ADDRESS, site=SITE, **more)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Everything."""

    def joined(work: Any) -> Any:
        passkeys = Passkeys(work.store, token_bytes, Devices(ADDRESS, "West Mail"))
        signing_in = SigningIn(work.store, ShortPasswords(), token_bytes, passkeys=passkeys.is_of)
        return replace(work, passkeys=passkeys, signing_in=signing_in)

    for desk in _served(tmp_path, joined):
        with desk.store.write() as records:
            keeping = Keeping(records.accounts, ShortPasswords(), NOW)
            for name, role in (("ann", Role.ADMINISTRATOR), ("bob", Role.DESK)):
                keeping.make(name, role, PASSWORD)
        yield Scene(desk)


def test_a_passkey_lets_in_alone(scene: Scene) -> None:
    """Without a name and without a password; the session is that of the account."""
    own = device()
    with scene.browser() as browser, scene.stranger() as other:
        assert scene.added(browser, own).headers["location"] == "/account?said=done"
        assert "telephone" in browser.get("/account").text
        answer = scene.entered(own, other)
        assert (answer.status_code, answer.headers["location"]) == (303, "/cases")
        assert ">ann</a>" in other.get("/cases").text
    assert [each.count for each in scene.known()] == [1]


def test_several_passkeys_and_the_end_of_one(scene: Scene) -> None:
    """Each lets in; the one that was removed does not, and nobody removes somebody else's."""
    one, two = device(), device()
    with scene.browser() as browser, scene.stranger() as other:
        scene.added(browser, one)
        scene.added(browser, two)
        for each in (one, two):
            assert scene.entered(each, other).status_code == 303
        first = scene.known()[0].passkey_id
        gone = {"act": "remove", "passkey": str(first), "password": PASSWORD}
        with scene.browser("bob") as bob:
            assert bob.post("/account/passkeys", data=gone | {"csrf": word(bob)}).status_code == 404
        assert (
            browser.post("/account/passkeys", data=gone | {"password": "x", "csrf": word(browser)}).status_code == 403
        )
        assert len(scene.known()) == 2
        assert browser.post("/account/passkeys", data=gone | {"csrf": word(browser)}).status_code == 303
        assert scene.entered(one, other).status_code == 401
        assert scene.entered(two, other).status_code == 303


def test_a_password_alone_is_not_enough_any_more(scene: Scene) -> None:
    """Whoever has a passkey shows it, or types a code, beside the password; somebody else's does not count."""
    own, other = device(knows_owner=False), device()
    with scene.browser() as browser, scene.browser("bob") as bob, scene.stranger() as tries:
        scene.added(browser, own)
        scene.added(bob, other)
        fields = {"name": "ann", "password": PASSWORD}
        asked = tries.post("/sign-in", data=fields)
        assert asked.status_code == 401
        assert "data-passkey-options" in asked.text
        for each, status in ((other, 401), (own, 303)):
            options = tries.post("/sign-in/passkey/options", data={"csrf": ""}).json()
            answer = tries.post("/sign-in", data=fields | {"passkey": each.signed(options)})
            assert answer.status_code == status
        assert tries.post("/sign-in", data=fields | {"passkey": "{}"}).status_code == 401


def test_what_needs_no_owner_does_not_let_in_alone(scene: Scene) -> None:
    """A key that anybody can press is a second factor, and no more."""
    own = device(knows_owner=False)
    with scene.browser() as browser, scene.stranger() as other:
        scene.added(browser, own)
        assert scene.entered(own, other).status_code == 401


def test_a_copy_lets_nobody_in(scene: Scene) -> None:
    """Two devices with one key count apart: the one that is behind was copied."""
    own = device()
    with scene.browser() as browser, scene.stranger() as other:
        scene.added(browser, own)
        copy = replace(own)
        assert scene.entered(own, other).status_code == 303
        assert scene.entered(copy, other).status_code == 401
        assert scene.reason() == "passkey-copied"
        assert scene.entered(own, other).status_code == 303


def test_a_device_that_does_not_count_lets_in(scene: Scene) -> None:
    """Many keep no count: it stays at nothing."""
    own = device(count=-1)
    with scene.browser() as browser, scene.stranger() as other:
        options = scene.invited(browser)
        own.count = 0
        fields = {"act": "add", "password": PASSWORD, "called": "x", "csrf": word(browser)}
        assert browser.post("/account/passkeys", data=fields | {"passkey": own.made(options)}).status_code == 303
        for _ in range(2):
            own.count = -1
            assert scene.entered(own, other).status_code == 303


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://desk.vvest.example"},
        {"origin": "http://desk.west.example"},
        {"site": "west.example"},
        {"credential": b"x" * 32},
        {"handle": b"somebody else"},
    ],
)
def test_an_answer_for_elsewhere_lets_nobody_in(scene: Scene, change: dict[str, Any]) -> None:
    """Another page, another site, another key, another person; without the change it lets in."""
    own = device()
    with scene.browser() as browser, scene.stranger() as other:
        scene.added(browser, own)
        assert scene.entered(replace(own, **change), other).status_code == 401
        own.count += 1
        assert scene.entered(own, other).status_code == 303


def test_an_answer_counts_once_soon_and_in_its_browser(scene: Scene) -> None:
    """Not again, not by whoever has it, not after five minutes, not for a challenge of his own."""
    own = device()
    with scene.browser() as browser, scene.stranger() as other, scene.stranger() as thief:
        scene.added(browser, own)
        options = other.post("/sign-in/passkey/options", data={"csrf": ""}).json()
        said = {"passkey": own.signed(options)}
        assert thief.post("/sign-in/passkey", data=said).status_code == 401
        assert scene.entered(own, other).status_code == 303
        options = other.post("/sign-in/passkey/options", data={"csrf": ""}).json()
        said = {"passkey": own.signed(options)}
        assert other.post("/sign-in/passkey", data=said).status_code == 303
        assert other.post("/sign-in/passkey", data=said).status_code == 401
        options = other.post("/sign-in/passkey/options", data={"csrf": ""}).json()
        scene.desk.clock[0] += timedelta(minutes=5, seconds=1)
        assert other.post("/sign-in/passkey", data={"passkey": own.signed(options)}).status_code == 401
        assert (
            other.post("/sign-in/passkey", data={"passkey": own.signed({"challenge": packed(b"x" * 32)})}).status_code
            == 401
        )


def test_a_found_session_gets_no_passkey(scene: Scene) -> None:
    """The password is asked for; what another session began, or another account, is not taken."""
    own = device()
    with scene.browser() as browser, scene.browser("bob") as bob, scene.browser() as again:
        assert scene.added(browser, own, password="x").status_code == 403
        fields = {"act": "add", "password": PASSWORD, "called": "x"}
        for thief in (bob, again):
            answer = own.made(scene.invited(browser))
            taken = thief.post("/account/passkeys", data=fields | {"passkey": answer, "csrf": word(thief)})
            assert taken.status_code == 400
        scene.added(browser, own)
        assert scene.added(bob, own).status_code == 400  # one key is of one account
    assert [len(scene.known(name)) for name in ("ann", "bob")] == [1, 0]


def test_a_signature_that_was_changed_lets_nobody_in(scene: Scene) -> None:
    """Nor does anything that is no answer."""
    own = device()
    with scene.browser() as browser, scene.stranger() as other:
        scene.added(browser, own)
        options = other.post("/sign-in/passkey/options", data={"csrf": ""}).json()
        said = json.loads(own.signed(options))
        said["response"]["signature"] = packed(b"0" * 70)
        assert other.post("/sign-in/passkey", data={"passkey": json.dumps(said)}).status_code == 401
        for odd in ("", "{}", "[]", "x", '{"response": 7}', '{"response": {"clientDataJSON": "eA"}}', "9" * 20000, "é"):
            assert other.post("/sign-in/passkey", data={"passkey": odd}).status_code == 401, odd


def test_ten_and_no_more(scene: Scene) -> None:
    """And what it is called is text on the page."""
    with scene.browser() as browser:
        for number in range(10):
            assert scene.added(browser, device(), called=f"<b>{number}").status_code == 303
        answer = browser.post("/account/passkeys/options", data={"csrf": word(browser)})
        assert answer.status_code == 400
        assert "<b>9" not in browser.get("/account").text


def test_an_administrator_takes_a_lost_one_off(scene: Scene) -> None:
    """With the second factor all of them go; the password alone lets in again."""
    own = device()
    with scene.browser("bob") as bob, scene.stranger() as other:
        scene.added(bob, own)
        with scene.desk.store.write() as records:
            Keeping(records.accounts, ShortPasswords(), NOW).drop_code("bob")
        assert scene.entered(own, other).status_code == 401
        assert other.post("/sign-in", data={"name": "bob", "password": PASSWORD}).status_code == 303


def test_without_an_address_there_are_none(desk: DeskScene) -> None:
    """Pages that do not know how browsers reach them say nothing of passkeys."""
    desk.client.cookies.clear()
    assert desk.client.post("/sign-in/passkey/options", data={"csrf": ""}).status_code == 404
    assert "data-passkey" not in desk.client.get("/sign-in").text


def test_passkeys_that_do_not_fit_wait_like_wrong_passwords(scene: Scene) -> None:
    """Fifty of one household, and the next one waits, by whatever way; a wrong passkey and a wrong password add up."""
    with scene.stranger() as other:
        for _ in range(49):
            scene.desk.work.signing_in.failed("127.0.0.1", NOW)
        wrong = {"passkey": "{}", "next": "/"}
        assert other.post("/sign-in/passkey", data=wrong).status_code == 401
        assert other.post("/sign-in/passkey", data=wrong).status_code == 429
        given = {"name": "bob", "password": PASSWORD}
        assert other.post("/sign-in", data=given).status_code == 429
