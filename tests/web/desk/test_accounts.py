"""One's own account, everybody's, and who saw what: in the browser."""

import re
from base64 import b32decode
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

import comity.web
from comity.locale import catalogue
from comity.model.account import PERMITS, Permit, Role, Seen
from comity.services.operate.accounts.keeping import Keeping
from comity.services.operate.accounts.signing_in import digest_of

from .conftest import NOW, ShortPasswords, state_of

if TYPE_CHECKING:
    from .conftest import DeskScene

PASSWORD = "three quiet rivers"
OTHER = "four loud mountains"


def make(desk: "DeskScene", *, name: str = "ann", role: Role = Role.ADMINISTRATOR) -> None:
    """An account, with the password of all."""
    with desk.store.write() as records:
        Keeping(records.accounts, ShortPasswords(), desk.clock[0]).make(name, role, PASSWORD)


def signed_in(desk: "DeskScene", password: str = PASSWORD, name: str = "ann", **more: str) -> str:
    """Sign in as a new browser; the word of its pages' forms."""
    desk.client.cookies.clear()
    answer = desk.client.post("/sign-in", data={"name": name, "password": password, **more})
    assert answer.status_code == 303, answer.text
    return word(desk.client.get("/account"))


def word(page: httpx.Response) -> str:
    """The word that forms of a page hold."""
    return page.text.partition('name="csrf" value="')[2].partition('"')[0]


def code(secret: bytes, when: datetime) -> str:
    """The code that a program shows at that moment."""
    totp = TOTP(secret, 6, SHA1(), 30, enforce_key_length=False)  # noqa: S303 - as RFC 6238 has it
    return totp.generate(int(when.timestamp())).decode()


def test_a_password_is_changed_by_whoever_knows_it(desk: "DeskScene") -> None:
    """Not by whoever only found a session; every other session is over, this one stays."""
    make(desk)
    signed_in(desk)
    elsewhere = desk.client.cookies["comity"]
    csrf = signed_in(desk)
    refused = desk.post("/account", csrf=csrf, act="password", password="a guess of mine", new=OTHER, again=OTHER)
    assert refused.status_code == 403
    assert "Nothing was changed" in refused.text
    differs = desk.post("/account", csrf=csrf, act="password", password=PASSWORD, new=OTHER, again=OTHER + "s")
    assert differs.status_code == 400
    short = desk.post("/account", csrf=csrf, act="password", password=PASSWORD, new="rivers", again="rivers")
    assert short.status_code == 400
    changed = desk.post("/account", csrf=csrf, act="password", password=PASSWORD, new=OTHER, again=OTHER)
    assert changed.headers["location"] == "/account?said=password-set"
    assert desk.client.get("/account").status_code == 200
    desk.client.cookies.clear()
    desk.client.cookies.set("comity", elsewhere)
    assert desk.client.get("/account").status_code == 303
    signed_in(desk, OTHER)


def test_guessing_a_password_with_a_found_session_is_held_up(desk: "DeskScene") -> None:
    """As at the sign-in."""
    make(desk)
    csrf = signed_in(desk)
    for _ in range(5):
        desk.post("/account", csrf=csrf, act="code-off", password="a guess of mine")
    assert desk.post("/account", csrf=csrf, act="code-off", password=PASSWORD).status_code == 429


def test_a_second_factor_is_set_up_with_a_picture(desk: "DeskScene") -> None:
    """The picture and the letters say the same; it counts once a code of it was right; spare codes are shown once."""
    make(desk)
    csrf = signed_in(desk)
    page = desk.client.get("/account/code")
    assert 'src="data:image/svg+xml' in page.text
    secret = page.text.partition('name="secret" value="')[2].partition('"')[0]
    assert secret in page.text.partition("<pre>")[2].partition("</pre>")[0].replace(" ", "")
    right = code(b32decode(secret), NOW)
    wrong = desk.post("/account/code", csrf=csrf, secret=secret, code="000000", password=PASSWORD)
    assert wrong.status_code == 403
    assert secret in wrong.text, "the same picture again, or the telephone has the wrong one"
    guessed = desk.post("/account/code", csrf=csrf, secret=secret, code=right, password="a guess of mine")
    assert guessed.status_code == 403
    done = desk.post("/account/code", csrf=csrf, secret=secret, code=right, password=PASSWORD)
    spare = re.findall(r"^(?:<pre>)?([a-z2-7]{16})$", done.text, re.MULTILINE)
    assert len(spare) == 8
    assert spare[0] not in desk.client.get("/account").text
    desk.clock[0] = NOW + timedelta(minutes=1)
    desk.client.cookies.clear()
    assert desk.client.post("/sign-in", data={"name": "ann", "password": PASSWORD}).status_code == 401
    csrf = signed_in(desk, code=spare[0])
    assert desk.post("/account", csrf=csrf, act="code-off", password=PASSWORD).status_code == 303
    signed_in(desk)


@pytest.mark.parametrize("secret", ["", "A", "AAAA", "!" * 32, "é" * 32])
def test_a_secret_that_is_none_is_refused(desk: "DeskScene", secret: str) -> None:
    """Whatever a form says."""
    make(desk)
    csrf = signed_in(desk)
    assert desk.post("/account/code", csrf=csrf, secret=secret, code="000000", password=PASSWORD).status_code == 400


def test_one_signs_out_everywhere_else_and_keeps_a_language(desk: "DeskScene") -> None:
    """The language goes with the account; what was chosen on this browser before does not hide it."""
    make(desk)
    signed_in(desk)
    elsewhere = desk.client.cookies["comity"]
    csrf = signed_in(desk)
    assert "Sign out everywhere else" in desk.client.get("/account").text
    desk.post("/account", csrf=csrf, act="sessions")
    assert "Sign out everywhere else" not in desk.client.get("/account").text
    desk.client.get("/language/en")
    desk.post("/account", csrf=csrf, act="language", language="zh-Hans")
    assert 'lang="zh-Hans"' in desk.client.get("/account").text.partition(">")[2][:40]
    desk.client.cookies.clear()
    desk.client.cookies.set("comity", elsewhere)
    assert desk.client.get("/account").status_code == 303


def test_an_account_is_made_with_a_password_for_once(desk: "DeskScene") -> None:
    """It is shown once; whoever comes in with it can do nothing before he has thought of another one."""
    make(desk)
    csrf = signed_in(desk)
    made = desk.post("/accounts", csrf=csrf, act="add", name=" Bob", password=PASSWORD, role="desk")
    password = made.text.partition("<pre>")[2].partition("</pre>")[0]
    assert len(password) == 19
    assert password not in desk.client.get("/accounts").text
    csrf = signed_in(desk, password, "bob")
    assert desk.client.get("/cases").headers["location"] == "/account"
    assert desk.client.get("/").headers["location"] == "/account"
    assert desk.client.get("/account/code").headers["location"] == "/account"
    same = desk.post("/account", csrf=csrf, act="password", password=password, new=password, again=password)
    assert same.status_code == 400
    done = desk.post("/account", csrf=csrf, act="password", password=password, new=OTHER, again=OTHER)
    assert done.headers["location"] == "/?said=password-set"
    assert desk.client.get("/cases").status_code == 200


def test_accounts_are_changed_and_ended(desk: "DeskScene") -> None:
    """Each at once; one's own not here."""
    make(desk)
    make(desk, name="bob", role=Role.DESK)
    signed_in(desk, name="bob")
    bob = desk.client.cookies["comity"]
    csrf = signed_in(desk)
    ann = desk.client.cookies["comity"]
    assert (
        desk.post("/accounts", csrf=csrf, act="role", name="bob", password=PASSWORD, role="auditor").status_code == 303
    )
    desk.client.cookies.clear()
    desk.client.cookies.set("comity", bob)
    assert desk.client.get("/").status_code == 303
    desk.client.cookies.clear()
    desk.client.cookies.set("comity", ann)
    assert desk.post("/accounts", csrf=csrf, act="role", name="bob", role="king").status_code == 400
    assert desk.post("/accounts", csrf=csrf, act="dance", name="bob").status_code == 400
    assert desk.post("/accounts", csrf=csrf, act="end", name="nobody", password=PASSWORD).status_code == 404
    for act in ("end", "give", "role", "code-off"):
        assert desk.post("/accounts", csrf=csrf, act=act, name="Ann", role="desk").status_code == 409
    given = desk.post("/accounts", csrf=csrf, act="give", name="bob", password=PASSWORD).text
    password = given.partition("<pre>")[2].partition("</pre>")[0]
    assert desk.post("/accounts", csrf=csrf, act="end", name="bob", password=PASSWORD).status_code == 303
    desk.client.cookies.clear()
    assert desk.client.post("/sign-in", data={"name": "bob", "password": password}).status_code == 401


ACTS = ("add", "give", "role", "code-off", "sessions", "end")


@pytest.mark.parametrize("role", [each for each in Role if Permit.ACCOUNTS_ACT in PERMITS[each]])
@pytest.mark.parametrize("act", ACTS)
def test_others_are_changed_by_whoever_types_the_password_again(desk: "DeskScene", act: str, role: Role) -> None:
    """Each act asks, says what it is about to do, and changes nothing before the password was right."""
    make(desk, role=role)
    make(desk, name="bob", role=Role.DESK)
    csrf, name = signed_in(desk), "eve" if act == "add" else "bob"
    before = state_of(desk)
    for typed, status in (("", 200), ("a guess", 403)):
        asked = desk.post("/accounts", csrf=csrf, act=act, name=name, role="auditor", password=typed)
        assert asked.status_code == status
        assert name in asked.text.partition("<main")[2]
        assert f'name="act" value="{act}"' in asked.text
        assert ('aria-describedby="refused why"' in asked.text) is bool(typed)
        assert state_of(desk) == before
    done = desk.post("/accounts", csrf=csrf, act=act, name=name, role="auditor", password=PASSWORD)
    assert done.status_code == (200 if act in ("add", "give") else 303), done.text


def test_guesses_at_the_password_asked_again_are_counted(desk: "DeskScene") -> None:
    """A found session does not try passwords for ever, and the right one waits too."""
    make(desk)
    make(desk, name="bob", role=Role.DESK)
    csrf = signed_in(desk)
    answers = [desk.post("/accounts", csrf=csrf, act="end", name="bob", password="guess") for _ in range(6)]
    assert [each.status_code for each in answers][-1] == 429
    assert desk.post("/accounts", csrf=csrf, act="end", name="bob", password=PASSWORD).status_code == 429


def test_whoever_has_no_password_here_came_in_just_now(desk: "DeskScene") -> None:
    """Through his house, within ten minutes: a session that was found later is not enough."""
    make(desk, name="chief")
    make(desk, name="bob", role=Role.DESK)
    with desk.store.write() as records:
        desk.work.keeping(records, NOW).admit("ann", Role.ADMINISTRATOR)
        records.accounts.begin(digest_of("a token"), records.accounts.find("ann").account_id, NOW)
    desk.client.cookies.clear()
    desk.client.cookies.set("comity", "a token")
    csrf = desk.client.get("/accounts").text.partition('name="csrf" value="')[2].partition('"')[0]
    desk.clock[0] = NOW + timedelta(minutes=11)
    stale = desk.post("/accounts", csrf=csrf, act="role", name="bob", role="auditor", password="x")
    assert stale.status_code == 403
    assert 'type="password"' not in stale.text
    desk.clock[0] = NOW + timedelta(minutes=9)
    assert desk.post("/accounts", csrf=csrf, act="role", name="bob", role="auditor").status_code == 303


def test_who_saw_what_is_shown_to_whoever_may_know(desk: "DeskScene") -> None:
    """By account and by case; the newest first."""
    with desk.store.write() as records:
        for account, about in (("ann", "one"), ("bob", "two")):
            records.accounts.saw(Seen(at=NOW, account=account, what="case", about=about))
    desk.roles[:] = [Role.PRIVACY]
    page = desk.client.get("/access-log").text
    assert page.index("/cases/two") < page.index("/cases/one")
    assert "/cases/two" not in desk.client.get("/access-log?account=ann").text
    assert "/cases/one" not in desk.client.get("/access-log?about=two").text


PAGES = {"/accounts": Permit.ACCOUNTS_ACT, "/access-log": Permit.AUDIT_SEE, "/cases": Permit.CASES_SEE}


@pytest.mark.parametrize("role", list(Role))
def test_every_role_sees_the_pages_it_may_and_no_others(desk: "DeskScene", role: Role) -> None:
    """In the menu and when asked for; forms too."""
    desk.roles[:] = [role]
    home = desk.client.get("/").text
    for path, permit in PAGES.items():
        may = permit in PERMITS[role]
        assert desk.client.get(path).status_code == (200 if may else 403), path
        assert (f'<li><a href="{path}"' in home) is may, path
    if Permit.ACCOUNTS_ACT not in PERMITS[role]:
        assert desk.post("/accounts", act="add", name="eve", role="administrator").status_code == 403
        with desk.store.read() as records:
            assert records.accounts.find("eve") is None


# What each role may do, said a second time: a permit that moves from one to another is seen here.
MAY = {
    Role.DESK: "cases-see cases-act personal-see mail-see mail-retry outbox-see sources-see consumers-see remedy-see "
    "remedy-act ledger-see",
    Role.POSTMASTER: "cases-see cases-act personal-see mail-see mail-retry outbox-see sources-see sources-act "
    "consumers-see consumers-act filter-see filter-act remedy-see remedy-act ledger-see ledger-act settings-see",
    Role.PRIVACY: "cases-see personal-see mail-see outbox-see sources-see consumers-see filter-see remedy-see ledger-see "
    "settings-see audit-see",
    Role.AUDITOR: "cases-see mail-see outbox-see sources-see consumers-see filter-see remedy-see ledger-see settings-see "
    "audit-see",
    Role.ADMINISTRATOR: "cases-see cases-act personal-see mail-see mail-retry outbox-see sources-see sources-act "
    "consumers-see consumers-act filter-see filter-act remedy-see remedy-act ledger-see ledger-act settings-see "
    "accounts-act audit-see",
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("permit", list(Permit))
def test_each_permit_of_each_role(role: Role, permit: Permit) -> None:
    """Nothing is given that was not meant."""
    assert (permit in PERMITS[role]) is (permit.value in MAY[role].split())


def test_forms_of_accounts_are_taken_from_our_own_pages_alone(desk: "DeskScene") -> None:
    """The word of the page, and where the browser says that the form stood."""
    make(desk)
    csrf = signed_in(desk)
    for path in ("/account", "/account/code", "/accounts", "/sign-out"):
        assert desk.post(path, csrf="", act="sessions").status_code == 403, path
        assert desk.post(path, csrf="ä" * 64, act="sessions").status_code == 403, path
        for headers in ({"origin": "https://east.example"}, {"origin": "null"}, {"sec-fetch-site": "same-site"}):
            answer = desk.client.post(path, data={"csrf": csrf, "act": "sessions"}, headers=headers)
            assert answer.status_code == 403, (path, headers)


@pytest.mark.parametrize("path", ["/unmatched", "/remedy", "/remedy/notices", "/remedy/garden"])
def test_lists_of_people_are_written_down(remedy_desk: "DeskScene", path: str) -> None:
    """Who looked at one stands in the log, once an hour; the log can be read."""
    for _ in range(2):
        assert remedy_desk.client.get(path).status_code == 200
    with remedy_desk.store.read() as records:
        (seen,) = records.accounts.seen(9)
    assert (seen.account, seen.what) == ("ann", "list")
    assert "list" in remedy_desk.client.get("/access-log").text


def test_every_word_of_the_log_is_known() -> None:
    """Whatever is written down can be shown, in both languages."""
    written = {
        name
        for file in Path(comity.web.__file__).parent.rglob("*.py")
        for name in re.findall(r'door\.saw(?:_each)?\(visit, "([a-z-]+)"', file.read_text(encoding="utf-8"))
    }
    assert {"item", "case", "list", "outbox"} <= written
    for language in ("en", "zh_Hans"):
        assert [each for each in written if f"account.what.{each}" not in catalogue(language)] == []


def test_another_house_says_anew_each_day_who_may_come_in(desk: "DeskScene") -> None:
    """A session of somebody without a password here is over after eight hours, however much it was used; others last a week."""
    make(desk)
    with desk.store.write() as records:
        desk.work.keeping(records, NOW).admit("eve", Role.DESK)
        for token, name in (("her token", "eve"), ("his token", "ann")):
            records.accounts.begin(digest_of(token), records.accounts.find(name).account_id, NOW)
    for hours, over in ((4, False), (8, False), (9, True)):
        desk.clock[0] = NOW + timedelta(hours=hours)
        for token, is_over in (("her token", over), ("his token", False)):
            desk.client.cookies.clear()
            desk.client.cookies.set("comity", token)
            assert desk.client.get("/cases").status_code == (303 if is_over else 200), (token, hours)
