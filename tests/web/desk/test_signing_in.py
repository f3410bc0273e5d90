"""Accounts: kept, signed in to with a password and a code, guessed at, ended."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_bytes
from threading import Event
from typing import TYPE_CHECKING

import httpx
import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from comity.model.account import Role
from comity.model.outcomes import ComityError
from comity.outlets.programs.argon import ArgonPasswords
from comity.services.operate.accounts.keeping import Keeping, checked

from ..on_loopback import waited
from .conftest import NOW, ShortPasswords, _served

if TYPE_CHECKING:
    from .conftest import DeskScene

PASSWORD = "three quiet rivers"
SECRET = b"12345678901234567890"


def make(desk: "DeskScene", name: str = "ann", role: Role = Role.ADMINISTRATOR) -> None:
    """An account, with the password of all."""
    with desk.store.write() as records:
        Keeping(records.accounts, ShortPasswords(), desk.clock[0]).make(name, role, PASSWORD)


def keeping(desk: "DeskScene", act: str, *given: object, **more: object) -> object:
    """One change of an account."""
    with desk.store.write() as records:
        return getattr(Keeping(records.accounts, ShortPasswords(), desk.clock[0]), act)(*given, **more)


def enter(desk: "DeskScene", password: str = PASSWORD, name: str = "ann", **more: str) -> httpx.Response:
    """Try to sign in, as a browser without a session."""
    desk.client.cookies.clear()
    return desk.client.post("/sign-in", data={"name": name, "password": password, **more})


def code(when: datetime) -> str:
    """The code that a program shows at that moment."""
    totp = TOTP(SECRET, 6, SHA1(), 30, enforce_key_length=False)  # noqa: S303 - as RFC 6238 has it
    return totp.generate(int(when.timestamp())).decode()


def test_somebody_signs_in_and_out(desk: "DeskScene") -> None:
    """The cookie is read by no script and sent by no other site; after signing out its token is worth nothing."""
    make(desk)
    answer = enter(desk, name=" Ann ", next="/cases")
    assert (answer.status_code, answer.headers["location"]) == (303, "/cases")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    token = desk.client.cookies["comity"]
    page = desk.client.get("/")
    assert page.status_code == 200
    csrf = page.text.partition('name="csrf" value="')[2].partition('"')[0]
    assert desk.client.post("/sign-out", data={"csrf": csrf}).headers["location"] == "/sign-in"
    desk.client.cookies.set("comity", token)
    assert desk.client.get("/").status_code == 303


def test_a_wrong_name_and_a_wrong_password_look_the_same(desk: "DeskScene") -> None:
    """Down to the last byte but for what was typed."""
    make(desk)
    wrong, unknown = enter(desk, "another one entirely"), enter(desk, name="bob")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace('value="ann"', "") == unknown.text.replace('value="bob"', "")
    assert "comity" not in desk.client.cookies


def test_whoever_guesses_must_wait_and_others_need_not(desk: "DeskScene") -> None:
    """The right password does not help before the wait is over; from another household it does at once, by another name too."""
    make(desk)
    make(desk, "bob", Role.DESK)
    for _ in range(5):
        assert enter(desk, "a guess of mine").status_code == 401
    refused = enter(desk)
    assert refused.status_code == 429
    assert "Wait" in refused.text
    assert enter(desk, name="bob").status_code == 303
    desk.clock[0] = NOW + timedelta(seconds=16)
    assert enter(desk).status_code == 303
    for _ in range(30):
        enter(desk, "a guess of mine")
    desk.clock[0] += timedelta(minutes=16)
    assert enter(desk).status_code == 303, "no wait is longer than a quarter of an hour"


def test_many_tries_at_once_are_counted(desk: "DeskScene") -> None:
    """None gets in between looking and counting."""
    make(desk)
    url = f"{desk.client.base_url}/sign-in"
    with ThreadPoolExecutor(8) as threads:
        data = {"name": "ann", "password": "guess"}
        tries = [threads.submit(httpx.post, url, data=data, timeout=300, trust_env=False) for _ in range(24)]
        found = [each.result().status_code for each in tries]
    assert found.count(401) == 5
    assert found.count(429) == 19


def test_a_second_factor_counts_once(desk: "DeskScene") -> None:
    """Asked for in a second step; a code that was taken is not taken again, one of the last resort neither."""
    make(desk)
    spare = keeping(desk, "set_code", "ann", SECRET, code(NOW), chance=token_bytes)
    assert isinstance(spare, list)
    asked = enter(desk)
    assert asked.status_code == 401
    assert 'name="code"' in asked.text
    assert enter(desk, code=code(NOW)).status_code == 401, "it was taken when the factor was set up"
    desk.clock[0] = NOW + timedelta(seconds=60)
    assert enter(desk, code=code(desk.clock[0])).status_code == 303
    assert enter(desk, code=code(desk.clock[0])).status_code == 401
    assert enter(desk, code=spare[0].upper()).status_code == 303
    assert enter(desk, code=spare[0]).status_code == 401


def test_a_session_ends(desk: "DeskScene") -> None:
    """Without use, at last in any case, with another password or role, and with the account."""
    make(desk)
    make(desk, "bob", Role.DESK)
    enter(desk, name="bob")
    desk.clock[0] = NOW + timedelta(hours=7)
    assert desk.client.get("/").status_code == 200
    desk.clock[0] = NOW + timedelta(hours=14)
    assert desk.client.get("/").status_code == 200, "it was used in between"
    desk.clock[0] = NOW + timedelta(hours=23)
    assert desk.client.get("/").status_code == 303
    for act, *given in (
        ("set_password", "bob", "four quiet rivers"),
        ("set_role", "bob", Role.AUDITOR),
        ("end", "bob"),
    ):
        enter(desk, "four quiet rivers" if act != "set_password" else PASSWORD, name="bob")
        assert desk.client.get("/").status_code == 200
        keeping(desk, act, *given)
        assert desk.client.get("/").status_code == 303, act
    assert enter(desk, "four quiet rivers", name="bob").status_code == 401


def test_a_session_does_not_outlive_a_week(desk: "DeskScene") -> None:
    """However often it is used."""
    make(desk)
    enter(desk)
    for hours in range(6, 24 * 7 + 1, 6):
        desk.clock[0] = NOW + timedelta(hours=hours)
        assert desk.client.get("/").status_code == 200, hours
    desk.clock[0] = NOW + timedelta(days=7, hours=1)
    assert desk.client.get("/").status_code == 303


def test_signing_in_from_another_site_is_refused(desk: "DeskScene") -> None:
    """Nobody is signed in to an account that somebody else chose for him."""
    make(desk)
    desk.client.headers["origin"] = "https://east.example"
    assert enter(desk).status_code == 403


def test_going_on_stays_on_this_site(desk: "DeskScene") -> None:
    """Whatever an address says where to go on to."""
    make(desk)
    for where in ("https://east.example/", "//east.example", "/\\east.example", "javascript:alert(1)"):
        assert enter(desk, next=where).headers["location"] == "/"


def test_the_first_account_is_an_administrators(desk: "DeskScene") -> None:
    """Before it, the page says how to make it; the last one can be neither ended nor made less."""
    desk.client.cookies.clear()
    assert "comity account add" in desk.client.get("/sign-in").text
    with pytest.raises(ComityError) as refused:
        make(desk, "bob", Role.DESK)
    assert refused.value.code == "account-first"
    make(desk)
    for act in (("end", "ann"), ("set_role", "ann", Role.DESK)):
        with pytest.raises(ComityError) as last:
            keeping(desk, *act)
        assert last.value.code == "account-last"


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "Password2026!", "123administrator", "x" * 600])
def test_passwords_that_others_would_guess(password: str) -> None:
    """Too short, too long, of few signs, commonplace, the name itself."""
    with pytest.raises(ComityError):
        checked(password, "ann")


def test_what_is_kept_of_a_password_is_slow_to_try() -> None:
    """Argon2id, another salt each time; a damaged hash fits nothing."""
    argon = ArgonPasswords()
    kept = argon.hashed(PASSWORD)
    assert kept.startswith("$argon2id$")
    assert kept != argon.hashed(PASSWORD)
    assert argon.is_right(kept, PASSWORD)
    assert not argon.is_right(kept, PASSWORD + "s")
    assert not argon.is_right("damaged", PASSWORD)


def test_what_nobody_has_is_compared_as_what_somebody_has() -> None:
    """The same costs and lengths: how long a no takes says nothing about who is there."""
    argon, read = ArgonPasswords(), extract_parameters
    made = argon.of_nobody(token_bytes)
    assert read(made) == read(argon.hashed(PASSWORD))
    assert made != argon.of_nobody(token_bytes)
    compared = PasswordHasher().verify
    with pytest.raises(VerifyMismatchError):  # not InvalidHashError, which would be said at once
        compared(made, PASSWORD)


def test_who_saw_a_case_is_written_down_and_an_auditor_sees_nobody(desk: "DeskScene") -> None:
    """Once an hour; what identifies people is not on the page of whoever may not see it."""
    case = desk.put("Bakery", contact="baker@west.example")
    page = desk.client.get(f"/cases/{case.case_id}")
    assert "baker@west.example" in page.text
    desk.client.get(f"/cases/{case.case_id}")
    desk.roles[:] = [Role.AUDITOR]
    assert "baker@west.example" not in desk.client.get(f"/cases/{case.case_id}").text
    with desk.store.read() as records:
        seen = [(each.account, each.what, each.about) for each in records.accounts.seen(10)]
    assert seen == [("ann", "case", case.case_id)]


def test_signing_in_ends_what_the_browser_held_before(desk: "DeskScene") -> None:
    """A token that was in the browser is never the one of the new session, and is worth nothing afterwards."""
    make(desk)
    enter(desk)
    first = desk.client.cookies["comity"]
    desk.client.post("/sign-in", data={"name": "ann", "password": PASSWORD})
    second = desk.client.cookies["comity"]
    assert first != second
    desk.client.cookies.clear()
    desk.client.cookies.set("comity", first)
    assert desk.client.get("/").status_code == 303
    desk.client.cookies.clear()
    desk.client.cookies.set("comity", "a" * 64)
    enter(desk)
    assert desk.client.cookies["comity"] != "a" * 64


@pytest.fixture
def secured(tmp_path: Path) -> Iterator["DeskScene"]:
    """The desk as it is behind a proxy of ours that speaks TLS."""
    yield from _served(tmp_path, lambda work: replace(work, is_secure=True, is_behind_proxy=True))


def test_over_tls_the_cookie_is_this_hosts_alone(secured: "DeskScene") -> None:
    """Neither another host of the same domain nor a connection in clear can set or read it."""
    make(secured)
    cookie = enter(secured).headers["set-cookie"]
    assert re.fullmatch(
        r"__Host-comity=[0-9a-f]{64}; HttpOnly; Max-Age=604800; Path=/; SameSite=strict; Secure", cookie
    )
    token = cookie.partition("=")[2].partition(";")[0]
    secured.client.cookies.clear()
    assert secured.client.get("/", headers={"cookie": f"comity={token}"}).status_code == 303
    assert secured.client.get("/", headers={"cookie": f"__Host-comity={token}"}).status_code == 200


def test_who_waits_is_whom_the_proxy_names(secured: "DeskScene") -> None:
    """The last address is the proxy's own word; what stands before it is whatever the browser said."""
    make(secured)
    data = {"name": "ann", "password": "a guess of mine"}
    for number in range(5):
        claimed = {"x-forwarded-for": f"198.51.100.{number}, 203.0.113.7"}
        assert secured.client.post("/sign-in", data=data, headers=claimed).status_code == 401
    right = {"name": "ann", "password": PASSWORD}
    assert secured.client.post("/sign-in", data=right, headers={"x-forwarded-for": "203.0.113.7"}).status_code == 429
    assert secured.client.post("/sign-in", data=right, headers={"x-forwarded-for": "203.0.113.8"}).status_code == 303


def test_whoever_guesses_keeps_nobody_waiting(desk: "DeskScene", monkeypatch: pytest.MonkeyPatch) -> None:
    """While every turn for passwords is taken, pages answer those who are signed in; the line is short, and ends in a no."""
    make(desk)
    go_on = Event()

    def slow(_: object, __: str, ___: str) -> bool:
        return not go_on.wait(300)

    monkeypatch.setattr(ShortPasswords, "is_right", slow)
    url = f"{desk.client.base_url}/sign-in"
    with ThreadPoolExecutor(30) as threads:
        tries = [
            threads.submit(
                httpx.post, url, data={"name": f"n{number}", "password": "guess"}, timeout=300, trust_env=False
            )
            for number in range(30)
        ]
        try:
            waited(lambda: any(each.done() for each in tries))  # the line is full: somebody was sent away
            assert desk.client.get("/").status_code == 200
        finally:
            go_on.set()
        found = {each.result().status_code for each in tries}
    assert found == {401, 429}


def test_a_stranger_learns_no_path_of_this_machine(desk: "DeskScene") -> None:
    """Where the store fails, the page for whoever is not signed in names no file."""
    make(desk)
    desk.client.cookies.clear()
    with desk.store.write() as records:
        records.connection.exec_driver_sql("DROP TABLE account_session")
        records.connection.exec_driver_sql("DROP TABLE account")
    answer = desk.client.get("/sign-in")
    assert answer.status_code >= 500
    assert "comity.db" not in answer.text
    desk.log.clear()
