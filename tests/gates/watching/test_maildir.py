"""New mail in a Maildir is taken, once, and stays there."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from comity.gates.watching.maildir import HEAD, MaildirTerms, MaildirWatch
from comity.gates.watching.terms import After
from comity.model.mailbox import Condition
from comity.model.outcomes import ComityError

if TYPE_CHECKING:
    from conftest import Place

SIZE = 1 << 20


class Maildir:
    """One Maildir, and watches of it."""

    def __init__(self, place: "Place") -> None:
        self.place, self.path = place, place.folder / "mail"
        for each in ("new", "cur", "tmp"):
            (self.path / each).mkdir(parents=True)

    def deliver(self, name: str, data: bytes = b"", *, part: str = "new") -> Path:
        """As a delivery agent does: written in tmp, moved when it is whole."""
        path = self.path / "tmp" / name.partition(":")[0]
        path.write_bytes(data or name.encode())
        return path.rename(self.path / part / name)

    def watch(self, after: After = After.SEEN, *, is_moved: bool = False) -> MaildirWatch:
        terms = MaildirTerms(path=self.path, after=after, size=SIZE, seconds=0.01)
        hand = self.place.hand("maildir", is_moved=is_moved)
        return MaildirWatch("maildir.1", terms, hand, memory=self.place.memory())

    def names(self, part: str) -> list[str]:
        return sorted(each.name for each in (self.path / part).iterdir())


@pytest.fixture
def maildir(place: "Place") -> Maildir:
    return Maildir(place)


def test_what_lies_there_and_what_comes(maildir: Maildir, place: "Place") -> None:
    """Oldest first, whole, for the mailbox of the settings; taken mail lies in cur as read, and nothing is lost."""
    for name in ("2.b.host", "1.a.host"):
        maildir.deliver(name)
    maildir.deliver("0.old.host:2,FR", part="cur")
    place.run(
        maildir.watch(),
        lambda: len(place.arrived) == 3,
        lambda: maildir.deliver("3.c.host") and None,
        lambda: len(place.arrived) == 4,
        lambda: len(maildir.names("cur")) == 4,
    )
    assert place.texts == [b"0.old.host:2,FR", b"1.a.host", b"2.b.host", b"3.c.host"]
    assert {each.recipients for each in place.arrived} == {("abuse@west.example",)}
    assert maildir.names("cur") == ["0.old.host:2,FRS", "1.a.host:2,S", "2.b.host:2,S", "3.c.host:2,S"]
    assert maildir.names("new") == []


def test_nothing_is_taken_twice(maildir: Maildir, place: "Place") -> None:
    """After a restart, and after another program has changed flags, what was taken is left alone."""
    for number in range(5):
        maildir.deliver(f"{number}.x.host")
    place.run(watch := maildir.watch(After.LEAVE), lambda: watch.taken == 5)
    (maildir.path / "new" / "0.x.host").rename(maildir.path / "cur" / "0.x.host:2,T")
    maildir.deliver("9.new.host")
    place.run(watch := maildir.watch(After.LEAVE), lambda: watch.taken == 1)
    assert place.texts[5:] == [b"9.new.host"]
    assert len(maildir.names("new")) == 5


def test_what_another_program_moved_first_is_found(maildir: Maildir, place: "Place") -> None:
    """A mail program that opens the Maildir moves mail from new to cur before we have seen it."""
    maildir.deliver("1.x.host")
    (maildir.path / "new" / "1.x.host").rename(maildir.path / "cur" / "1.x.host:2,")
    place.run(maildir.watch(), lambda: len(place.arrived) == 1, lambda: maildir.names("cur") == ["1.x.host:2,S"])


def test_a_mail_is_marked_after_it_is_on_the_disk(maildir: Maildir, place: "Place") -> None:
    """While there is no room nothing is marked or moved; it is taken when there is some."""
    maildir.deliver("1.x.host")
    place.has_room = False
    with pytest.raises(ComityError) as caught:
        place.run(maildir.watch(), lambda: False)
    assert caught.value.code == "spool-reserve"
    assert maildir.names("new") == ["1.x.host"]
    place.has_room = True
    place.run(maildir.watch(), lambda: maildir.names("new") == [])
    assert place.texts == [b"1.x.host"]


def test_it_is_removed_only_on_wish(maildir: Maildir, place: "Place") -> None:
    """``delete`` removes what was taken, and forgets its name; what was taken cut stays even then."""
    maildir.deliver("1.x.host")
    maildir.deliver("2.large.host", b"x" * (SIZE + 1))
    place.run(
        maildir.watch(After.DELETE), lambda: len(place.arrived) == 2, lambda: maildir.names("new") == ["2.large.host"]
    )
    assert [(each.condition, len(each.data)) for each in place.arrived] == [
        (Condition.WHOLE, 8),
        (Condition.TOO_LARGE, HEAD),
    ]
    place.run(maildir.watch(After.DELETE), lambda: place.memory().places(str(maildir.path)) == {"2.large.host"})
    assert len(place.arrived) == 2
    assert place.logged("watch-too-large") == 1


def test_only_regular_files_are_opened(maildir: Maildir, place: "Place") -> None:
    """A link, a pipe and a folder are no mail; the mail beside them is taken, and the log says so once for each."""
    (place.folder / "secret").write_text("secret")
    (maildir.path / "new" / "1.link.host").symlink_to(place.folder / "secret")
    os.mkfifo(maildir.path / "new" / "2.pipe.host")
    (maildir.path / "new" / "3.folder.host").mkdir()
    maildir.deliver("4.mail.host")
    place.run(
        maildir.watch(),
        lambda: len(place.arrived) == 1,
        lambda: maildir.deliver("5.x.host") and None,
        lambda: len(place.arrived) == 2,
    )
    assert place.texts == [b"4.mail.host", b"5.x.host"]
    assert place.logged("watch-closed") == 3


def test_the_time_is_that_of_the_delivery(maildir: Maildir, place: "Place") -> None:
    """Taken again it has the same time, so that a complaint is heard once; of a moved mail that time says nothing."""
    path = maildir.deliver("1.x.host")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    place.run(watch := maildir.watch(After.LEAVE), lambda: watch.taken == 1)
    place.memory().forget(str(maildir.path), ["1.x.host"])
    place.run(watch := maildir.watch(After.LEAVE, is_moved=True), lambda: watch.taken == 1)
    assert [each.arrived for each in place.arrived] == [
        datetime.fromtimestamp(1_000_000_000, UTC),
        datetime(2026, 7, 1, 12, tzinfo=UTC),
    ]


def test_a_name_of_no_text_is_taken(maildir: Maildir, place: "Place") -> None:
    """Names are bytes on this disk: one that is no text is taken once as well."""
    (maildir.path / "new" / os.fsdecode(b"1.\xff.host")).write_bytes(b"x")
    place.run(watch := maildir.watch(After.LEAVE), lambda: watch.taken == 1)
    maildir.deliver("2.x.host")
    place.run(watch := maildir.watch(After.LEAVE), lambda: watch.taken == 1)


def test_no_maildir_is_told(place: "Place") -> None:
    """A path where there is none is an error that says so; it may come later."""
    terms = MaildirTerms(path=place.folder / "nowhere", after=After.SEEN, size=SIZE, seconds=0.01)
    watch = MaildirWatch("maildir.1", terms, place.hand("maildir"), memory=place.memory())
    with pytest.raises(ComityError) as caught:
        place.run(watch, lambda: False)
    assert caught.value.code == "maildir-away"


def test_a_hundred_thousand_mails_are_looked_through_once(
    maildir: Maildir, place: "Place", monkeypatch: pytest.MonkeyPatch
) -> None:
    """Listing again happens when the folder has changed: what was taken costs nothing while nothing comes."""
    for number in range(300):
        maildir.deliver(f"{number:06}.x.host")
        os.utime(maildir.path / "new", (1_000_000_000, 1_000_000_000))
    watch = maildir.watch(After.LEAVE)
    listed: list[str] = []
    inner = watch._listed

    def counting(part: str) -> "object":
        listed.append(part)
        return inner(part)

    monkeypatch.setattr(watch, "_listed", counting)
    stamps: list[int] = []

    def looked() -> bool:
        stamps.append(len(listed))
        return len(stamps) > 30

    os.utime(maildir.path / "cur", (1_000_000_000, 1_000_000_000))
    place.run(watch, lambda: len(place.arrived) == 300, looked)
    assert listed.count("new") == 2  # once for mail, once to forget what is gone
