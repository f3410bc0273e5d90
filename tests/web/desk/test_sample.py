"""The sample desk beside the real one: entered and left by a switch, never mixed up, and gone without a trace."""

import asyncio
import errno
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from comity.bootstrap.first_run import first_run
from comity.bootstrap.pages.sample_desk import sample_work
from comity.bootstrap.pages.sampling import NETWORK, SampleFolder, SampleState
from comity.gates.web import WebPlace
from comity.locale import catalogue
from comity.model.account import NO_PASSWORD, Account, Role
from comity.model.listener import Listener
from comity.model.outcomes import ComityError
from comity.outlets.private_key import KeySort
from comity.services.operate.accounts.signing_in import digest_of, find
from comity.services.operate.desk_bench.furnishing import DeskOrder, case_name, furnish
from comity.settings import Settings, parse
from comity.store.engine import open_store
from comity.web.desk.app import desk_app
from comity.web.desk.sampling import SampleSwitch
from comity.web.desk.work import DeskWork

from ..on_loopback import on_loopback, waited
from .conftest import CSRF, NOW, DeskScene, state_of

ORDER = DeskOrder(reports=100, cases=30, seed=1, now=NOW)


class Both:
    """The real desk and the sample desk, at one place."""

    def __init__(self, real: DeskScene, sample: SampleFolder, client: httpx.Client) -> None:
        self.real, self.sample, self.client = real, sample, client

    def get(self, path: str) -> httpx.Response:
        """A page, of whichever desk is meant."""
        return self.client.get(path)

    def word(self, path: str = "/") -> str:
        """The word that forms of this page hold."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(path).text)
        assert found
        return found[1]

    def post(self, path: str, csrf: str, **form: object) -> httpx.Response:
        """Send a form of one of the two."""
        return self.client.post(path, data={"csrf": csrf, **form})

    def case(self) -> str:
        """The page of a sample case that nobody has taken."""
        found = re.search(r'href="(/cases/[0-9a-f]{8,})\?', self.get("/cases?state=new").text)
        assert found
        return found[1]

    def enter(self) -> None:
        """Mean the sample desk from here on."""
        assert self.post("/sample/enter", CSRF).headers["location"] == "/"


def settings_in(folder: Path) -> Settings:
    """Those of the real desk."""
    return parse("", folder / "comity.toml")


def loaded(folder: Path) -> SampleFolder:
    """A sample desk that is whole, with cases that are made up."""
    sample = SampleFolder(settings_in(folder))
    with sample.making() as place:
        first_run(
            place / NETWORK, {"identity.domain": NETWORK, "identity.address": f"abuse@{NETWORK}"}, KeySort.ED25519
        )
        store = open_store(place / NETWORK / "comity.db")
        furnish(ORDER, store.write)
        store.close()
    return sample


@pytest.fixture
def both(desk: DeskScene, tmp_path: Path) -> Iterator[Both]:
    """Both, and somebody who is signed in at the real one."""
    sample = loaded(tmp_path)
    work = replace(desk.work, sample=sample)

    def opened() -> "tuple[Any, DeskWork]":
        made = sample_work(sample, work, work=DeskWork)
        return desk_app(made), made

    app = SampleSwitch(desk_app(work), work, opened)
    with ExitStack() as stack:
        port = stack.enter_context(on_loopback(WebPlace(name="desk", app=app, listener=Listener(port=0))))
        base = f"http://127.0.0.1:{port}"
        client = httpx.Client(
            base_url=base, trust_env=False, timeout=60, headers={"origin": base, "sec-fetch-site": "same-origin"}
        )
        client.cookies.set("comity", "right")
        yield Both(desk, sample, stack.enter_context(client))


def test_the_switch_leads_there_and_back(both: Both) -> None:
    """Each page of the sample desk says that nothing is real; the real desk never does, and looks as before afterwards."""
    assert "Nothing here is real" not in both.get("/cases").text
    both.enter()
    for path in ("/", "/cases", f"/cases/{case_name(ORDER, 3)}", "/peers", "/audit", "/settings", "/no-such-page"):
        page = both.get(path).text
        assert "Nothing here is real, and nothing leaves." in page, path
        assert 'href="/first-steps"' not in page
    assert "Example Hosting 0" in both.get("/cases?state=all&words=Hosting").text
    assert both.post("/sample/leave", both.word()).headers["location"] == "/first-steps"
    page = both.get("/cases?state=all").text
    assert "Nothing here is real" not in page
    assert "Hosting" not in page


def test_what_is_done_there_touches_nothing_here(both: Both) -> None:
    """A case is taken, a note written, words looked for: the real store is the same to the bit."""
    before = state_of(both.real)
    both.enter()
    case = both.case()
    word = both.word(case)
    assert both.post(case, word, act="take").status_code == 303
    assert both.post(case, word, act="note", note="only a sample").status_code == 303
    page = both.get(case).text
    assert "only a sample" in page
    assert "ann" in page
    assert state_of(both.real) == before


def test_a_form_of_the_one_desk_is_none_of_the_other(both: Both) -> None:
    """Whoever has both open in two windows cannot do to a real case what was meant for a sample, nor the other way."""
    real = both.real.put("198.51.100.7")
    both.enter()
    sample_word = both.word()
    assert both.post(both.case(), CSRF, act="take").status_code == 403
    both.post("/sample/leave", sample_word)
    assert both.post(f"/cases/{real.case_id}", sample_word, act="take").status_code == 403
    assert both.real.case(real.case_id).state == real.state


def test_one_that_is_gone_leads_back_and_does_nothing(both: Both) -> None:
    """Removed meanwhile, or loaded anew: the browser is told, and a form that was open is not done anywhere."""
    both.enter()
    word = both.word()
    before = state_of(both.real)
    assert both.sample.remove()
    answer = both.post("/cases/act", word, act="close")
    assert answer.headers["location"] == "/first-steps?said=sample-over"
    assert "not there any more" in both.get(answer.headers["location"]).text
    assert state_of(both.real) == before
    assert both.get("/cases").status_code == 200


@pytest.mark.parametrize("part", ["comity.toml", "comity.db"])
def test_one_that_cannot_be_opened_keeps_nobody_out(both: Both, part: str) -> None:
    """Its settings, or its store, are damaged: the browser is led back, and the real desk is there as ever."""
    both.enter()
    path = both.sample.folder / NETWORK / part
    path.unlink()
    path.write_text("nonsense = [")
    assert both.get("/cases").headers["location"] == "/first-steps?said=sample-over"
    assert both.get("/first-steps").status_code == 200
    assert both.get("/cases").status_code == 200
    assert [facts["path"] for _, facts in both.real.log if "path" in facts] == ["/cases"]
    both.real.log.clear()  # that is all that went wrong


def test_another_one_is_entered_anew(both: Both, tmp_path: Path) -> None:
    """A browser that means the one before is not taken to the next."""
    both.enter()
    both.get("/")
    both.sample.remove()
    loaded(tmp_path)
    assert both.get("/cases").headers["location"] == "/first-steps?said=sample-over"
    both.enter()
    assert "Nothing here is real" in both.get("/").text


def test_whoever_is_not_signed_in_sees_neither(both: Both) -> None:
    """The switch opens no door."""
    both.enter()
    both.client.cookies.delete("comity")
    assert both.get("/cases").headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.ADMINISTRATOR])
def test_only_an_administrator_loads_and_removes(both: Both, role: Role) -> None:
    """Others may look, as far as they may see settings."""
    both.real.roles[0] = role
    for path in ("/sample/load", "/sample/remove"):
        assert both.post(path, CSRF).status_code == 403
    assert both.sample.state() is SampleState.LOADED


def test_a_role_is_the_same_there(both: Both) -> None:
    """An auditor changes nothing at the sample desk either."""
    both.real.roles[0] = Role.AUDITOR
    both.enter()
    word = both.word()
    assert both.post(both.case(), word, act="take").status_code == 403


def test_removing_leaves_nothing(both: Both, tmp_path: Path) -> None:
    """The folder is gone, and the page offers to load it."""
    assert both.post("/sample/remove", CSRF).headers["location"].startswith("/first-steps")
    assert not both.sample.folder.exists()
    assert [each for each in tmp_path.iterdir() if "sample" in each.name] == []
    assert "Load sample data" in both.get("/first-steps").text


def test_nothing_is_asked_of_a_network(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages and forms of the sample desk answer while no connection leaves loopback and no name is looked up."""
    connect = socket.socket.connect
    asked: list[object] = []

    def watched(sock: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1"):
            asked.append(address)
            raise OSError("nobody is asked")
        connect(sock, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    monkeypatch.setattr(socket.socket, "sendto", lambda *given: asked.append(given))
    look_up = socket.getaddrinfo

    def looked(host: Any, *given: Any, **more: Any) -> Any:
        if host not in ("127.0.0.1", "::1"):
            asked.append(host)
            raise OSError("no name is looked up")
        return look_up(host, *given, **more)

    monkeypatch.setattr(socket, "getaddrinfo", looked)
    both.enter()
    word = both.word()
    for path in ("/", "/peers", "/consumers", "/outbox", "/ledger", "/statements", "/sources", "/filter", "/webhooks"):
        assert both.get(path).status_code == 200, path
    both.post("/shunt", word, act="retry")
    assert asked == []


def test_no_mail_is_taken_in(both: Both) -> None:
    """What would hand a mail to the worker says that there is none."""
    work = sample_work(both.sample, both.real.work, work=DeskWork)
    with pytest.raises(ComityError, match="sample"):
        work.put(None).result()  # type: ignore[arg-type]
    assert work.dealings.look_up(["_comity.harbour.example"]) == {"_comity.harbour.example": None}
    assert list(work.checks()) == []
    work.store.close()


def test_colleagues_there_have_no_password(both: Both) -> None:
    """Whoever enters is known there by name, and nobody can sign in with that."""
    both.enter()
    store = open_store(both.sample.folder / NETWORK / "comity.db")
    with store.read() as records:
        kept = records.accounts.find("ann")
    store.close()
    assert kept is not None
    assert kept.password == NO_PASSWORD


def test_a_session_is_kept_alive_at_the_real_desk(both: Both) -> None:
    """Whoever works at the sample desk for long is not signed out."""
    before = NOW.replace(hour=5)
    with both.real.store.write() as records:
        records.accounts.add(Account(name="bob", role=Role.DESK, created=before), "-")
        kept = records.accounts.find("bob")
        assert kept is not None
        records.accounts.begin(digest_of("a token"), kept.account_id, before)
    real = replace(both.real.work, find=lambda records, token, now: find(records.accounts, token, now))
    work = sample_work(both.sample, real, work=DeskWork)
    assert work.find(None, "another", NOW) is None
    found = work.find(None, "a token", NOW)
    assert found is not None
    assert found.account == "bob"
    with both.real.store.read() as records:
        assert [each.seen for each in records.accounts.sessions("bob")] == [NOW]
    work.store.close()


def test_what_somebody_else_put_there_is_not_touched(tmp_path: Path) -> None:
    """A folder, or a link, of that name that we did not make stays as it is."""
    sample = SampleFolder(settings_in(tmp_path))
    sample.folder.mkdir()
    (sample.folder / "mine.txt").write_text("mine")
    for act in (sample.remove, sample.start, lambda: sample.making().__enter__()):
        with pytest.raises(ComityError) as error:
            act()
        assert error.value.code == "sample-foreign"
    assert (sample.folder / "mine.txt").read_text() == "mine"
    (sample.folder / "mine.txt").unlink()
    sample.folder.rmdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "begun").touch()
    sample.folder.symlink_to(elsewhere)
    with pytest.raises(ComityError):
        sample.remove()
    assert (elsewhere / "begun").exists()


def test_one_that_was_broken_off_is_begun_anew_or_removed(tmp_path: Path) -> None:
    """What is half there is never shown; while somebody fills it, nobody else does or removes it."""
    sample = SampleFolder(settings_in(tmp_path))
    with pytest.raises(KeyError), sample.making() as place:
        (place / "half").write_text("x")
        assert SampleFolder(settings_in(tmp_path)).state() is SampleState.LOADING
        with pytest.raises(ComityError):
            sample.remove()
        raise KeyError
    assert sample.state() is SampleState.BROKEN
    with sample.making() as place:
        assert [each.name for each in place.iterdir()] == ["begun"]
    assert sample.state() is SampleState.LOADED
    with pytest.raises(ComityError) as error:
        sample.making().__enter__()
    assert error.value.code == "sample-there"
    assert sample.remove()
    assert not sample.remove()
    assert sample.state() is SampleState.NONE


def test_what_was_removed_is_let_go_of(both: Both) -> None:
    """The room on the disk is free at once, not when somebody next asks for the sample desk."""
    both.enter()
    assert both.get("/cases").status_code == 200
    assert _held(both.sample.folder)
    both.post("/sample/remove", CSRF)
    waited(lambda: not _held(both.sample.folder))


def _held(folder: Path) -> list[str]:
    """The files in a folder that this process has open, removed ones too."""
    found = []
    for each in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            found.append(str(each.readlink()))
    return [each for each in found if each.startswith(f"{folder}/")]


def test_a_folder_that_cannot_be_used_breaks_no_page(both: Both, tmp_path: Path) -> None:
    """What the system refuses is said on the page and to whoever asks for more; First steps are shown as ever."""
    both.sample.remove()
    both.sample.folder.mkdir()
    (tmp_path / "elsewhere").touch()
    (both.sample.folder / "begun").symlink_to(tmp_path / "elsewhere")  # no lock is taken through a link
    assert both.sample.state() is SampleState.BROKEN
    assert "did not end well" in both.get("/first-steps").text
    refused = both.post("/sample/remove", CSRF)
    assert refused.status_code == 500
    assert str(both.sample.folder / "begun") in refused.text
    with pytest.raises(ComityError) as error:
        both.sample.remove()
    assert error.value.code == "file-loop"


@pytest.mark.parametrize(
    ("number", "code", "status"), [(errno.ENOSPC, "file-no-room", 503), (errno.EACCES, "file-denied", 500)]
)
def test_no_room_for_it_is_said(
    both: Both, monkeypatch: pytest.MonkeyPatch, number: int, code: str, status: int
) -> None:
    """A disk that is full, or not ours: a sentence and what to do, and nothing was begun."""

    def refused(path: Path, **_: object) -> None:
        raise OSError(number, "no", str(path))

    both.sample.remove()
    monkeypatch.setattr(Path, "touch", refused)
    answer = both.post("/sample/load", CSRF)
    assert answer.status_code == status
    assert catalogue("en").say(f"error.{code}") in answer.text
    assert both.sample.state() is SampleState.NONE


def test_nothing_is_removed_while_loading_begins(tmp_path: Path) -> None:
    """A process that was started and has not come to the lock yet is waited for, not overtaken."""
    sample = SampleFolder(settings_in(tmp_path))
    sample.folder.mkdir()
    (sample.folder / "begun").touch()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as starting:
        sample._process = starting
        assert sample.state() is SampleState.LOADING
        with pytest.raises(ComityError) as error:
            sample.remove()
        assert error.value.code == "sample-busy"
        assert (sample.folder / "begun").exists()
    assert sample.remove()


@pytest.mark.parametrize("path", ["*", "/", "", "//first-steps"])
def test_the_switch_takes_any_request(desk: DeskScene, path: str) -> None:
    """A target that is no path, and a Host that is no host, are answered, and lead to no other desk than a path does."""
    asked: list[str] = []
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["path"])

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    headers = [(b"cookie", b"comity-desk=x"), (b"host", b"[/first-steps#")]
    scope = {"type": "http", "method": "OPTIONS", "path": path, "query_string": b"", "headers": headers}
    switch = SampleSwitch(app, desk.work, lambda: pytest.fail("there is none"))
    asyncio.run(switch(scope, receive, send))
    assert asked == []
    assert sent[0]["status"] == 303
