"""Named views of the queue: one's own and everybody's, with their counts."""

from typing import TYPE_CHECKING

import pytest

from comity.model.account import Role
from comity.model.desk import Act, CaseState
from comity.model.teamwork import NamedView

if TYPE_CHECKING:
    from .conftest import DeskScene


def views(desk: "DeskScene") -> list[tuple[str, str, bool]]:
    """All that are kept."""
    with desk.store.read() as records:
        return [(each.account, each.name, each.is_shared) for each in records.teamwork.views()]


def put_view(desk: "DeskScene", account: str, name: str, *, is_shared: bool, **asked: str) -> int:
    """A view of somebody's; its number."""
    made = NamedView(view_id=0, name=name, account=account, is_shared=is_shared, asked=asked, made=desk.clock[0])
    with desk.store.write() as records:
        records.teamwork.add_view(made)
        return next(each.view_id for each in records.teamwork.views() if (each.account, each.name) == (account, name))


def test_a_view_is_a_link_with_its_count(desk: "DeskScene") -> None:
    """By state, kind, words and whose it is; it leads to what it counts, and is marked there."""
    desk.put("Bakery")
    mine = desk.put("Shop", state=CaseState.WAITING)
    with desk.store.write() as records:
        desk.work.person(records, actor="ann", now=desk.clock[0]).act(mine, Act.TAKE)
    for name, asked, n in (
        ("all at work", {}, 2),
        ("new ones", {"state": "new"}, 1),
        ("bakers", {"words": "bak"}, 1),
        ("mine", {"whose": "me"}, 1),
        ("nobody's", {"whose": "nobody"}, 1),
        ("letters", {"about": "letter"}, 0),
        ("odd", {"whose": "bob", "state": "<b>"}, 0),
    ):
        answer = desk.post("/views", name=name, **asked)
        assert answer.status_code == 303, name
        where = answer.headers["location"].replace("said=done", "").rstrip("?&")
        text = desk.client.get(where).text
        assert f'aria-current="page"><bdi>{name}</bdi> <b>{n}</b>'.replace("'", "&#39;") in text, name
        assert text.count("<tr data-row") == n, name
    assert len(views(desk)) == 7


def test_a_view_is_ones_own_or_everybodys(desk: "DeskScene") -> None:
    """What another keeps for himself is neither seen nor forgotten; "me" is whoever looks."""
    secret = put_view(desk, "bob", "secret of bob", is_shared=False, state="new")
    shared = put_view(desk, "bob", "<b>shared\u202e", is_shared=True, whose="me")
    text = desk.client.get("/cases").text
    assert "secret of bob" not in text
    assert "&lt;b&gt;shared" in text
    assert "\u202e" not in text
    desk.roles[:] = [Role.DESK]
    for number in (secret, shared, 999, "x", "9" * 30):
        assert desk.post(f"/views/{number}").status_code == 404, number
    desk.roles[:] = [Role.ADMINISTRATOR]
    assert desk.post(f"/views/{secret}").status_code == 404
    assert desk.post(f"/views/{shared}").status_code == 303
    assert views(desk) == [("bob", "secret of bob", False)]


def test_a_name_is_kept_once(desk: "DeskScene") -> None:
    """Kept again it is what it was kept as last; without a name it is not kept; thirty are enough."""
    desk.post("/views", name=" my   view ", state="new")
    desk.post("/views", name="my view", state="open", shared="yes")
    assert views(desk) == [("ann", "my view", True)]
    assert desk.post("/views", name="  ").status_code == 400
    for number in range(29):
        assert desk.post("/views", name=f"view {number}").status_code == 303
    assert desk.post("/views", name="one more").status_code == 400
    assert desk.post("/views", name="my view").status_code == 303
    assert len(views(desk)) == 30


@pytest.mark.parametrize("whose", ["me", "bob", "nobody"])
def test_the_queue_is_asked_whose_a_case_is(desk: "DeskScene", whose: str) -> None:
    """Each stands in one of these lists, with whoever has it."""
    cases = {name: desk.put(f"Case of {name}") for name in ("ann", "bob", "nobody")}
    with desk.store.write() as records:
        for name in ("ann", "bob"):
            desk.work.person(records, actor=name, now=desk.clock[0]).act(cases[name], Act.TAKE)
    text = desk.client.get("/cases", params={"whose": whose}).text
    wanted = {"me": "ann"}.get(whose, whose)
    for name in cases:
        assert (f"Case of {name}" in text) is (name == wanted)
    assert ('<span class="under"><bdi>' in text) is (whose != "nobody")  # who has it stands on the line
    words = desk.client.get("/cases", params={"whose": whose, "words": "case of"}).text
    assert words.count("<tr data-row") == 1
