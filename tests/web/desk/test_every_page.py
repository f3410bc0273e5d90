"""Every route x every role x every foreign name: nothing leaks, nothing changes, nothing breaks."""

import re
import socket
from typing import TYPE_CHECKING

import pytest
from starlette.routing import Route

from comity.gates.web import _bound
from comity.model.account import Role
from comity.model.listener import Listener
from comity.web.desk.app import desk_app

from .conftest import state_of

if TYPE_CHECKING:
    from .conftest import DeskScene

STRANGE = ("x", "0", "1", "999999999999999999999999", "a" * 300, "%00", "..%2f..%2fetc", "<b>", "中文", "'; --")
PUBLIC = frozenset(
    {
        "/sign-in",
        "/sign-in/with/{house}",
        "/sign-in/passkey",
        "/sign-in/passkey/options",
        "/sign-in/with/{house}/back",
        "/static/{mark}/{name}",
        "/language/{tag}",
        "/metrics",
        "/health",
        "/ready",
    }
)


def routes_of(desk: "DeskScene") -> list[tuple[str, str]]:
    """Every path with each of its methods."""
    app = desk_app(desk.work)
    return sorted(
        {
            (each.path, method)
            for each in app.routes
            if isinstance(each, Route)
            for method in each.methods or ()
            if method != "HEAD"
        }
    )


@pytest.mark.parametrize("role", list(Role))
def test_pages_answer_and_change_nothing(desk: "DeskScene", role: Role) -> None:
    """A page that is looked at changes nothing, whatever stands in its address; none breaks."""
    case = desk.put("Bakery")
    before, looked = state_of(desk), 0
    desk.roles[:] = [role]
    for path, method in routes_of(desk):
        if method != "GET":
            continue
        for name in (*STRANGE, case.case_id) if "{" in path else ("",):
            where = re.sub(r"\{[^}]+\}", name, path)
            answer = desk.client.get(where)
            assert answer.status_code in (200, 303, 400, 403, 404, 409, 410, 422), (where, answer.status_code)
            looked += 1
    assert looked > 20
    assert state_of(desk) == before


def test_no_form_is_taken_without_its_word(desk: "DeskScene") -> None:
    """Not for whoever may do everything, and not without a session."""
    case = desk.put("Bakery")
    before = state_of(desk)
    for path, method in routes_of(desk):
        if method != "POST" or path in PUBLIC:
            continue
        for name in ("1", case.case_id):
            where = re.sub(r"\{[^}]+\}", name, path)
            assert desk.client.post(where, data={"act": "take", "case": case.case_id}).status_code == 403, where
            assert desk.client.post(where, data={"csrf": "wrong"}).status_code == 403, where
    desk.client.cookies.clear()
    for path, method in routes_of(desk):
        if path not in PUBLIC:
            where = re.sub(r"\{[^}]+\}", case.case_id, path)
            answer = desk.client.request(method, where, data={"csrf": "x"} if method == "POST" else None)
            assert answer.status_code == 303, where
            assert answer.headers["location"].startswith("/sign-in"), where
    assert state_of(desk) == before


def test_an_auditor_changes_nothing(desk: "DeskScene") -> None:
    """Every form that there is, with the right word: refused, or about the auditor's own account alone."""
    case = desk.put("Bakery")
    before = state_of(desk)
    desk.roles[:] = [Role.AUDITOR]
    own = ("/sign-out", "/account", "/filter/why")  # the last one asks, and keeps nothing
    for path, method in routes_of(desk):
        if method == "POST" and path not in PUBLIC and not path.startswith(own):
            for name in ("1", case.case_id):
                where = re.sub(r"\{[^}]+\}", name, path)
                assert desk.post(where, act="take", case=case.case_id).status_code == 403, where
    assert state_of(desk) == before


@pytest.mark.parametrize("role", list(Role))
def test_a_strange_form_breaks_nothing(desk: "DeskScene", role: Role) -> None:
    """Whatever a form of ours may hold after somebody changed it: an answer in words, never a fault."""
    case = desk.put("Bakery")
    desk.roles[:] = [role]
    for path, method in routes_of(desk):
        if method != "POST" or path in (*PUBLIC, "/sign-out"):
            continue
        for name in (*STRANGE, case.case_id) if "{" in path else ("",):
            where = re.sub(r"\{[^}]+\}", name, path)
            for text in ("", "x", "\x00", "9" * 400, "2026-02-31"):
                fields = dict.fromkeys(
                    ("act", "note", "until", "case", "customer", "into", "outcome", "consequence"), text
                )
                answer = desk.post(where, **fields)
                assert answer.status_code < 500, (where, text, answer.text[:300])


def test_answers_do_not_wait_for_acknowledgements() -> None:
    """The event loop sends at once only where the socket says that it speaks TCP."""
    sock = _bound(Listener(port=0))
    try:
        assert sock.proto == socket.IPPROTO_TCP
    finally:
        sock.close()
