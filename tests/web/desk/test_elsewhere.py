"""Signing in through another house, which is a real one on loopback; and everybody who would like to come in beside it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from secrets import token_bytes
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, RSAKey

from comity.model.account import Role
from comity.outlets.programs.identity import IdentityWeb
from comity.services.operate.accounts.elsewhere.rows import Provider
from comity.services.operate.accounts.elsewhere.signing_in import Elsewhere
from comity.services.operate.accounts.keeping import Keeping

from .conftest import NOW, DeskScene, ShortPasswords, _served
from .identity_house import CLIENT, SECRET, House, a_house, parts

ADDRESS = "http://desk.west.example"
ROLES = (("mail-admins", Role.ADMINISTRATOR), ("abuse-desk", Role.DESK))


@dataclass(slots=True)
class Scene:
    """A desk, and two houses that it asks."""

    desk: DeskScene
    house: House
    other: House

    def client(self) -> httpx.Client:
        """A browser that is nobody yet."""
        return httpx.Client(base_url=self.desk.client.base_url, timeout=30)

    def left(self, browser: httpx.Client, house: str = "staff", **query: str) -> str:
        """Go to the other house; the address with which it sends back."""
        answer = browser.get(f"/sign-in/with/{house}", params=query)
        assert answer.status_code == 303, answer.text
        with httpx.Client(timeout=30) as there:
            back = there.get(answer.headers["location"]).headers["location"]
        assert back.startswith(f"{ADDRESS}/sign-in/with/{house}/back?")
        return back.removeprefix(ADDRESS)

    def entered(self, browser: httpx.Client, **query: str) -> httpx.Response:
        """There and back."""
        return browser.get(self.left(browser, **query))

    def reason(self) -> object:
        """Why nobody was let in, as the log has it."""
        return [facts["reason"] for _, facts in self.desk.log if "reason" in facts][-1]

    def accounts(self) -> dict[str, Role]:
        """Who has an account that counts."""
        with self.desk.store.read() as records:
            return {each.name: each.role for each in records.accounts.all() if each.ended is None}


@contextmanager
def a_scene(folder: Path, **more: Any) -> Iterator[Scene]:
    """The desk with two houses; an administrator has a password."""
    with ExitStack() as stack:
        houses = [stack.enter_context(a_house(lambda: clock[0])) for _ in range(2)]
        clock = [NOW]
        providers = [
            Provider(
                name=name,
                title=name.title(),
                issuer=each.url,
                client_id=CLIENT,
                secret=SECRET,
                roles=ROLES,
                role_claim="groups",
                name_claim="preferred_username",
                **more,
            )
            for name, each in zip(("staff", "other"), houses, strict=True)
        ]

        def joined(work: Any) -> Any:
            way = Elsewhere(
                work.store,
                providers,
                web=IdentityWeb(),
                keeping=lambda records, now: Keeping(records.accounts, ShortPasswords(), now),
                chance=token_bytes,
                address=ADDRESS,
            )
            return replace(work, elsewhere=way)

        for desk in _served(folder, joined):
            clock = desk.clock
            with desk.store.write() as records:
                Keeping(records.accounts, ShortPasswords(), NOW).make("root", Role.ADMINISTRATOR, "three quiet rivers")
            yield Scene(desk, *houses)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Everything."""
    with a_scene(tmp_path) as made:
        yield made


def test_somebody_comes_in_and_is_led_on(scene: Scene) -> None:
    """With the role of his group, to the page that he wanted; the session is his, and passwords go on beside it."""
    with scene.client() as browser:
        page = browser.get("/sign-in?next=/cases")
        assert "Sign in with Staff" in page.text
        answer = scene.entered(browser, next="/cases?state=new")
        assert answer.status_code == 200
        assert '<meta http-equiv="refresh" content="0;url=/cases?state=new">' in answer.text
        assert "comity-begun" not in browser.cookies
        assert scene.accounts() == {"root": Role.ADMINISTRATOR, "wang": Role.DESK}
        assert browser.get("/cases").status_code == 200
        assert browser.get("/accounts").status_code == 403
    assert "samesite=strict" in answer.headers["set-cookie"].lower()
    with scene.client() as browser:
        local = {"name": "root", "password": "three quiet rivers"}
        assert browser.post("/sign-in", data=local).status_code == 303


def test_whoever_has_no_password_is_not_guessed(scene: Scene) -> None:
    """What stands where a hash would is no password, nor is nothing."""
    with scene.client() as browser:
        scene.entered(browser)
    for word in ("", "!", "x"):
        with scene.client() as browser:
            assert browser.post("/sign-in", data={"name": "wang", "password": word}).status_code == 401


def test_the_role_follows_the_house(scene: Scene) -> None:
    """A group more or less counts from the next time on; without any nobody comes in, and what stood open is shut."""
    with scene.client() as first, scene.client() as second:
        scene.entered(first)
        scene.house.person["groups"] = "mail-admins"  # one word is a list of one
        scene.entered(second)
        assert scene.accounts()["wang"] is Role.ADMINISTRATOR
        assert first.get("/cases").status_code == 303  # another role ends what was open
        assert second.get("/accounts").status_code == 200
        scene.house.person["groups"] = ["everybody"]
        assert scene.entered(first).status_code == 403
        assert scene.reason() == "elsewhere-role"
        assert second.get("/cases").status_code == 303
    assert scene.accounts()["wang"] is Role.ADMINISTRATOR


@pytest.mark.parametrize("groups", [None, [], ["desk"], {"abuse-desk": True}, [["abuse-desk"]], 7])
def test_nobody_without_a_role_has_an_account(scene: Scene, groups: object) -> None:
    """Whatever stands in the claim: what is not in our settings opens nothing."""
    scene.house.person["groups"] = groups
    with scene.client() as browser:
        assert scene.entered(browser).status_code == 403
    assert scene.accounts() == {"root": Role.ADMINISTRATOR}


def test_a_name_is_not_taken_over(scene: Scene) -> None:
    """Neither that of a local account, nor by another person there; the same subject at another house is another person."""
    scene.house.person["preferred_username"] = "root"
    with scene.client() as browser:
        assert scene.entered(browser).status_code == 403
        assert scene.reason() == "elsewhere-account-there"
        scene.house.person["preferred_username"] = "wang"
        assert scene.entered(browser).status_code == 200
        scene.other.person["preferred_username"] = "wang"
        assert browser.get(scene.left(browser, "other")).status_code == 403
        scene.house.person |= {"sub": "8"}
        assert scene.entered(browser).status_code == 403


def test_an_account_that_ended_stays_shut(scene: Scene) -> None:
    """Whatever the other house says."""
    with scene.client() as browser:
        scene.entered(browser)
        with scene.desk.store.write() as records:
            Keeping(records.accounts, ShortPasswords(), NOW).end("wang")
        assert scene.entered(browser).status_code == 403
        assert scene.reason() == "elsewhere-ended"


def test_only_verified_addresses_of_our_domains_come_in(tmp_path: Path) -> None:
    """Not one that somebody typed, not one that only ends like ours."""
    with a_scene(tmp_path, domains=("west.example",)) as scene, scene.client() as browser:
        for address, is_verified, status in (
            (None, None, 403),
            ("w@west.example", False, 403),
            ("w@west.example", "true", 403),
            ("w@notwest.example", True, 403),
            ("w@west.example@east.example", True, 403),
            ("w@WEST.example", True, 200),
        ):
            scene.house.person |= {"email": address, "email_verified": is_verified}
            assert scene.entered(browser).status_code == status, address


STRANGER = RSAKey.generate_key(2048, {"kid": "1"})
LIES: list[tuple[str, dict[str, Any], str]] = [
    ("another nonce", {"claims": {"nonce": "x"}}, "token-nonce"),
    ("no nonce", {"claims": {"nonce": None}}, "token-nonce"),
    ("for somebody else", {"claims": {"aud": "shop"}}, "token-audience"),
    ("for many, and from nobody", {"claims": {"aud": [CLIENT, "shop"]}}, "token-audience"),
    ("made for another", {"claims": {"aud": [CLIENT, "shop"], "azp": "shop"}}, "token-audience"),
    ("by another issuer", {"claims": {"iss": "https://id.east.example"}}, "token-issuer"),
    ("over", {"claims": {"exp": 1}}, "token-time"),
    ("never over", {"claims": {"exp": None}}, "token-time"),
    ("over when somebody says so", {"claims": {"exp": "9999999999"}}, "token-time"),
    ("over at no number", {"claims": {"exp": float("nan")}}, "token-time"),
    ("over at the end of numbers", {"claims": {"exp": float("inf")}}, "token-time"),
    ("over when no clock can say", {"claims": {"exp": 10**400}}, "token-time"),
    ("of tomorrow", {"claims": {"iat": int(NOW.timestamp()) + 86400}}, "token-time"),
    ("not yet", {"claims": {"nbf": int(NOW.timestamp()) + 86400}}, "token-time"),
    ("not before the end of numbers", {"claims": {"nbf": float("inf")}}, "token-time"),
    ("about nobody", {"claims": {"sub": ""}}, "token-subject"),
    ("not signed", {"alg": "none"}, "token-algorithm"),
    ("signed with the public key", {"alg": "HS256", "as": "pem"}, "token-algorithm"),
    ("signed with our secret", {"alg": "HS256"}, "token-algorithm"),
    ("by a key of another sort", {"alg": "RS512"}, "token-algorithm"),
    ("by a stranger", {"key": STRANGER}, "token-signature"),
    ("by a key that nobody knows", {"key": STRANGER, "kid": "9"}, "token-key"),
    ("by a key that is too short", {"key": RSAKey.generate_key(1024, {"kid": "1"}), "weak": True}, "token-signature"),
    ("by a curve that is not the issuer's", {"key": ECKey.generate_key("P-256", {"kid": "1"})}, "token-key"),
    ("with another issuer beside it", {"answer": {"iss": "https://id.east.example"}}, "issuer"),
    ("with no issuer beside it", {"answer": {"iss": None}}, "issuer"),
    ("refused", {"answer": {"error": "access_denied", "code": None}}, "denied"),
    ("another state", {"answer": {"state": "x"}}, "state"),
    ("no state", {"answer": {"state": None}}, "state"),
    ("a code of nobody", {"answer": {"code": "x"}}, "silent"),
]


@pytest.mark.parametrize(("lies", "reason"), [each[1:] for each in LIES], ids=[each[0] for each in LIES])
def test_what_does_not_hold_lets_nobody_in(scene: Scene, lies: dict[str, Any], reason: str) -> None:
    """One lie at a time; without it the same person comes in."""
    if lies.get("weak"):
        scene.house.keys[:] = [lies["key"]]
    scene.house.lies = lies
    with scene.client() as browser:
        answer = scene.entered(browser)
        assert answer.status_code in (403, 502)
        assert scene.reason() == f"elsewhere-{reason}"
        assert "comity" not in browser.cookies
        assert scene.accounts() == {"root": Role.ADMINISTRATOR}
        if not lies.get("weak"):
            scene.house.lies = {}
            assert scene.entered(browser).status_code == 200


def test_an_answer_counts_once_and_in_its_browser(scene: Scene) -> None:
    """Neither a second time, nor for somebody to whom the address was sent, nor after ten minutes."""
    with scene.client() as browser, scene.client() as victim:
        back = scene.left(browser)
        assert victim.get(back).status_code == 403
        assert scene.reason() == "elsewhere-state"
        assert browser.get(back).status_code == 200
        assert browser.get(back).status_code == 403
        scene.left(victim)
        assert victim.get(scene.left(browser)).status_code == 403  # with a cookie, but of another beginning
        back = scene.left(browser)
        scene.desk.clock[0] += timedelta(minutes=10, seconds=1)
        assert browser.get(back).status_code == 403


def test_one_house_does_not_answer_for_another(scene: Scene) -> None:
    """Mix-up: what was begun with one is taken back from no other, whatever its answer says."""
    with scene.client() as browser:
        back = scene.left(browser)
        assert browser.get(back.replace("/staff/", "/other/")).status_code == 403
        assert scene.reason() == "elsewhere-state"
        scene.other.lies = {"claims": {"iss": scene.house.url}, "answer": {"iss": scene.house.url}}
        assert browser.get(scene.left(browser, "other")).status_code == 403
        scene.other.lies = {"claims": {"iss": scene.house.url}}
        assert browser.get(scene.left(browser, "other")).status_code == 403
    assert scene.accounts() == {"root": Role.ADMINISTRATOR}


@pytest.mark.parametrize(
    "after",
    ["//east.example/", "https://east.example/", "/\\east.example", "javascript:x", "/x\r\ny", "\t//east.example", ""],
)
def test_nobody_is_led_elsewhere(scene: Scene, after: str) -> None:
    """Where to go on to is a path of ours."""
    with scene.client() as browser:
        assert '0;url=/">' in scene.entered(browser, next=after).text


def test_a_page_to_go_on_to_is_text(scene: Scene) -> None:
    """What stands in it puts nothing onto the page."""
    with scene.client() as browser:
        text = scene.entered(browser, next='/cases?x="><script>y</script>').text
    assert "<script>y" not in text


def test_another_key_counts_as_soon_as_it_is_published(scene: Scene) -> None:
    """Keys are kept, and looked for again when one is not known; not by whoever likes, and not again and again."""
    with scene.client() as browser:
        scene.entered(browser)
        scene.entered(browser)
        assert scene.house.asked.count("keys") == 1
        scene.house.keys[:] = [ECKey.generate_key("P-256", {"kid": "2"})]
        assert scene.entered(browser).status_code == 200
        assert scene.house.asked.count("keys") == 2
        scene.house.lies = {"key": STRANGER}
        for _ in range(3):
            assert scene.entered(browser).status_code == 403
        assert scene.house.asked.count("keys") == 2
        scene.desk.clock[0] += timedelta(minutes=2)
        assert scene.entered(browser).status_code == 403
        assert scene.house.asked.count("keys") == 3


@pytest.mark.parametrize(
    "lies",
    [
        {"about": {"issuer": "https://id.east.example"}},
        {"about": {"token_endpoint": "http://id.east.example/token"}},
        {"about": {"authorization_endpoint": "javascript:x"}},
        {"about": {"jwks_uri": None}},
        {"about": {"jwks_uri": "file:///etc/passwd"}},
        {"huge": True},
    ],
)
def test_a_house_that_is_not_as_it_should_be_is_not_asked(scene: Scene, lies: dict[str, Any]) -> None:
    """Another name, an address where others read along, an answer without an end."""
    scene.house.lies = lies
    with scene.client() as browser:
        answer = browser.get("/sign-in/with/staff")
        assert answer.status_code == 502
        assert "does not answer as it should" in answer.text


def test_names_of_houses_and_strange_answers(scene: Scene) -> None:
    """Nobody of that name; a thing said twice; a thing said too long."""
    with scene.client() as browser:
        assert browser.get("/sign-in/with/nobody").status_code == 404
        assert browser.get("/sign-in/with/nobody/back?state=x&code=y").status_code == 403
        assert browser.get("/sign-in/with/staff/back").status_code == 403
        back = scene.left(browser)
        assert browser.get(f"{back}&state=x").status_code == 403
        assert browser.get(f"{scene.left(browser)[:-20]}{'x' * 5000}").status_code == 403


def test_a_household_does_not_begin_without_end(scene: Scene) -> None:
    """What is begun is kept: not by whoever likes."""
    with scene.client() as browser:
        found = [browser.get("/sign-in/with/staff").status_code for _ in range(31)]
    assert found[:5] == [303] * 5
    assert found[-1] == 429


def test_what_leaves_says_as_little_as_it_can(scene: Scene) -> None:
    """No secret and no page of ours in the address that the other house sees; a cookie that no script reads."""
    with scene.client() as browser:
        answer = browser.get("/sign-in/with/staff?next=/cases/secret")
        sent = parts(answer.headers["location"])
    assert set(sent) == {
        "tenant",
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
    }
    assert "secret" not in answer.headers["location"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert {"httponly", "samesite=lax"} <= {each.strip().lower() for each in answer.headers["set-cookie"].split(";")}


def test_without_a_house_there_is_no_way(desk: DeskScene) -> None:
    """Not in the settings: not on the page, and no address of it."""
    desk.client.cookies.clear()
    assert desk.client.get("/sign-in/with/staff").status_code == 404
    assert "/sign-in/with/" not in desk.client.get("/sign-in").text
