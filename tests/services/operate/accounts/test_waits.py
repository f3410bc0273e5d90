"""Whoever guesses waits; whoever does not is not held up by others."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_bytes

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from comity.model.account import Role
from comity.services.operate.accounts.keeping import GIVEN_FOR, Keeping
from comity.services.operate.accounts.signing_in import Entered, Given, Refusal, SigningIn, find
from comity.store.engine import Store, open_store

NOW = datetime(2026, 3, 20, 9, 30, tzinfo=UTC)
PASSWORD = "three quiet rivers"
SECRET = b"12345678901234567890"
OFFICE = "192.0.2.1"


class Counted:
    """Hashes at once, and counts how often it was asked to compare."""

    def __init__(self) -> None:
        self.compared = 0

    def hashed(self, password: str) -> str:
        """What is kept of it."""
        return sha256(password.encode()).hexdigest()

    def is_right(self, kept: str, password: str) -> bool:
        """Whether this is it."""
        self.compared += 1
        return self.hashed(password) == kept

    def of_nobody(self, chance: Callable[[int], bytes]) -> str:
        """What no password fits."""
        return chance(32).hex()


@pytest.fixture
def store() -> Iterator[Store]:
    """A store with an account."""
    made = open_store(":memory:")
    made.create()
    with made.write() as records:
        Keeping(records.accounts, Counted(), NOW).make("ann", Role.ADMINISTRATOR, PASSWORD)
    yield made
    made.close()


def given(password: str = PASSWORD, household: str = OFFICE, **more: str) -> Given:
    """What somebody gives."""
    return Given(**{"name": "ann", "password": password, "household": household, **more})


def code(when: datetime) -> str:
    """The code that a program shows at that moment."""
    totp = TOTP(SECRET, 6, SHA1(), 30, enforce_key_length=False)  # noqa: S303 - as RFC 6238 has it
    return totp.generate(int(when.timestamp())).decode()


def test_an_office_that_signs_in_often_is_not_held_up(store: Store) -> None:
    """A try that succeeded is no failure, neither of the household nor of the name, day after day."""
    desk = SigningIn(store, Counted(), token_bytes)
    for hours in range(300):
        assert isinstance(desk.enter(given(), NOW + timedelta(hours=hours)), Entered), hours


def test_guesses_from_everywhere_do_not_lock_out_who_comes_from_where_he_always_comes_from(store: Store) -> None:
    """The name waits for strangers; for the household from which somebody came in, it does not."""
    desk = SigningIn(store, Counted(), token_bytes)
    assert isinstance(desk.enter(given(), NOW), Entered)
    later = NOW + timedelta(minutes=1)
    for number in range(120):
        desk.enter(given("a guess of mine", f"198.51.100.{number}"), later)
    assert desk.enter(given(household="203.0.113.9"), later) == Refusal(reason="wait", seconds=16)
    assert isinstance(desk.enter(given(), later), Entered)


def test_one_household_that_tries_many_names_waits(store: Store) -> None:
    """Fifty tries a household, whatever the names."""
    passwords = Counted()
    desk = SigningIn(store, passwords, token_bytes)
    for number in range(60):
        found = desk.enter(given(name=f"name{number}"), NOW)
        assert isinstance(found, Refusal)
    assert found.reason == "wait"
    assert passwords.compared == 50


def test_a_name_that_does_not_exist_takes_the_same_way(store: Store) -> None:
    """One comparison each, of a name that is there, of none, of one that has ended."""
    passwords = Counted()
    desk = SigningIn(store, passwords, token_bytes)
    with store.write() as records:
        keeping = Keeping(records.accounts, passwords, NOW)
        keeping.make("bob", Role.DESK, PASSWORD)
        keeping.end("bob")
    for name in ("ann", "bob", "nobody"):
        before = passwords.compared
        assert desk.enter(given("a guess of mine", name=name), NOW) == Refusal(reason="wrong")
        assert passwords.compared == before + 1, name


def test_codes_are_not_guessed_five_at_a_time(store: Store) -> None:
    """Whoever knows the password does not get his tries back by asking for the second step again."""
    desk = SigningIn(store, Counted(), token_bytes)
    with store.write() as records:
        Keeping(records.accounts, Counted(), NOW).set_code("ann", SECRET, code(NOW), chance=token_bytes)
    told = []
    for _ in range(4):
        told += [desk.enter(given(code="000000"), NOW), desk.enter(given(code="000001"), NOW), desk.enter(given(), NOW)]
    reasons = [each.reason for each in told if isinstance(each, Refusal)]
    assert reasons[:3] == ["wrong", "wrong", "code-missing"]
    assert reasons.count("wrong") == 5
    assert reasons[-1] == "wait"


def test_asking_for_the_password_again_is_counted(store: Store) -> None:
    """Whoever found a session guesses no quicker than whoever has none."""
    desk = SigningIn(store, Counted(), token_bytes)
    assert desk.refuses(given(), NOW) is None
    for _ in range(5):
        assert desk.refuses(given("a guess of mine"), NOW) == Refusal(reason="wrong")
    assert desk.refuses(given(), NOW) == Refusal(reason="wait", seconds=16)


def test_a_password_that_somebody_gave_counts_three_days_and_for_nothing_else(store: Store) -> None:
    """It lets in, to be replaced; then everything is as the role has it. Later it is worth nothing."""
    desk = SigningIn(store, Counted(), token_bytes)
    with store.write() as records:
        password = Keeping(records.accounts, Counted(), NOW).give("ann", token_bytes)
    assert desk.enter(given(), NOW) == Refusal(reason="wrong")
    entered = desk.enter(given(password), NOW + GIVEN_FOR - timedelta(minutes=1))
    assert isinstance(entered, Entered)
    with store.read() as records:
        signed = find(records.accounts, entered.token, NOW + GIVEN_FOR)
    assert signed is not None
    assert signed.must_change
    assert not signed.permits
    assert desk.enter(given(password), NOW + GIVEN_FOR) == Refusal(reason="wrong")
    with store.write() as records:
        Keeping(records.accounts, Counted(), NOW).set_password("ann", "four quiet rivers", stays=signed.session)
        signed = find(records.accounts, entered.token, NOW + GIVEN_FOR)
    assert signed is not None
    assert not signed.must_change
    assert signed.permits
