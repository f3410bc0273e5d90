"""New mail in an IMAP folder is taken, once; a server that lies, hangs or floods us is survived."""

import asyncio
import base64
import re
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from comity.gates.watching import keep_watching
from comity.gates.watching.imap import HEAD, ImapTerms, ImapWatch
from comity.gates.watching.terms import After
from comity.model.mailbox import Condition
from comity.model.outcomes import ComityError, Outcome
from comity.outlets.imap import client as imap_client
from comity.outlets.imap.place import ImapPlace

if TYPE_CHECKING:
    from conftest import Place

SIZE = 100_000
STAMP = "01-Jul-2026 08:00:00 +0000"
Answer = Callable[["Server", asyncio.StreamWriter, bytes], bool]


class Server:
    """A folder behind IMAP, in this process; ``odd`` may answer a command in its own way."""

    def __init__(self, mails: dict[int, bytes]) -> None:
        self.mails, self.validity, self.password = mails, 7, "secret"
        self.abilities = "IMAP4rev1 AUTH=PLAIN SASL-IR IDLE UIDPLUS"
        self.odd: Answer = lambda *_: False
        self.heard: list[str] = []
        self.port = 0
        self._idle: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        with suppress(ConnectionError):
            while line := (await reader.readline()).rstrip():
                self.heard.append(line.decode())
                tag, _, command = line.partition(b" ")
                if not self.odd(self, writer, line):
                    self._answer(writer, tag, command)
                await writer.drain()
        writer.close()

    def _answer(self, writer: asyncio.StreamWriter, tag: bytes, command: bytes) -> None:
        words = command.decode().upper().split()
        ended = f"{tag.decode()} OK done\r\n".encode()
        if words and words[0] == "CAPABILITY":
            writer.write(f"* CAPABILITY {self.abilities}\r\n".encode())
        elif words and words[0] == "AUTHENTICATE":
            if base64.b64decode(command.split()[-1]).split(b"\0")[2].decode() != self.password:
                ended = tag + b" NO [AUTHENTICATIONFAILED] no\r\n"
        elif words and words[0] in ("SELECT", "EXAMINE"):
            uid_next = max(self.mails, default=0) + 1
            writer.write(f"* {len(self.mails)} EXISTS\r\n* OK [UIDVALIDITY {self.validity}] x\r\n".encode())
            writer.write(f"* OK [UIDNEXT {uid_next}] x\r\n".encode())
        elif words[:2] == ["UID", "FETCH"]:
            self._fetch(writer, words[2], " ".join(words[3:]))
        elif words[:2] == ["UID", "EXPUNGE"]:
            for uid in self._uids(words[2]):
                del self.mails[uid]
        elif words == ["IDLE"]:
            self._idle.append(writer)
            self._tag = tag
            writer.write(b"+ idling\r\n")
            return
        elif not words:  # DONE
            ended = self._tag + b" OK done\r\n"
        writer.write(ended)

    def _uids(self, asked: str) -> list[int]:
        found = []
        for part in asked.split(","):
            first, _, last = part.partition(":")
            end = max(self.mails, default=0) if last == "*" else int(last or first)
            found += [uid for uid in sorted(self.mails) if min(int(first), end) <= uid <= max(int(first), end)]
        return found

    def _fetch(self, writer: asyncio.StreamWriter, asked: str, what: str) -> None:
        for uid in self._uids(asked):
            data = self.mails[uid]
            if "BODY" in what:
                cut = re.search(r"<0\.(\d+)>", what)
                data = data[: int(cut[1])] if cut else data
                writer.write(b"* %d FETCH (UID %d BODY[] {%d}\r\n%b)\r\n" % (uid, uid, len(data), data))
            else:
                writer.write(f'* {uid} FETCH (UID {uid} RFC822.SIZE {len(data)} INTERNALDATE "{STAMP}")\r\n'.encode())

    def deliver(self, uid: int, data: bytes) -> None:
        """A new mail, of which whoever waits is told."""
        self.mails[uid] = data
        for each in self._idle:
            each.write(f"* {len(self.mails)} EXISTS\r\n".encode())
        self._idle.clear()


def make(place: "Place", server: Server, after: After = After.LEAVE, said: str = "secret") -> ImapWatch:
    where = ImapPlace(
        host="127.0.0.1", port=server.port, tls="never", account="desk", password=lambda: said, folder="垃圾邮件"
    )
    terms = ImapTerms(place=where, after=after, size=SIZE, seconds=0.01)
    return ImapWatch("imap.1", terms, place.hand("imap"), memory=place.memory())


def run(
    place: "Place", server: Server, *steps: Callable[[], object], forever: bool = False, **how: object
) -> ImapWatch:
    """Watch the folder over a real connection while the steps are waited for; what ends the watch is raised."""
    made: list[ImapWatch] = []

    class Watching:
        name, taken = "imap.1", 0

        async def run(self) -> None:
            listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
            server.port = listening.sockets[0].getsockname()[1]
            async with listening:
                made.append(make(place, server, **how))  # type: ignore[arg-type]
                if forever:
                    await keep_watching(made[0], place.log)
                await made[0].run()

    place.run(Watching(), *steps)  # type: ignore[arg-type]
    return made[0]


def mail(number: int, size: int = 100) -> bytes:
    return f"Subject: {number}\r\n\r\n".encode() + b"x" * size + b"\r\n"


def test_what_lies_there_and_what_comes(place: "Place") -> None:
    """Oldest first, whole, with the time of its arrival; IDLE tells of what comes, and the server sees that nothing was touched."""
    server = Server({1: mail(1), 5: mail(5), 3_000_000_000: mail(9)})
    run(
        place,
        server,
        lambda: len(place.arrived) == 3,
        lambda: any("IDLE" in each for each in server.heard),
        lambda: server.deliver(3_000_000_001, mail(10)),
        lambda: place.memory().last(f"imap:desk@127.0.0.1:{server.port}/垃圾邮件") == (7, 3_000_000_001),
    )
    assert place.texts == [mail(1), mail(5), mail(9), mail(10)]
    assert {(each.gate, each.arrived) for each in place.arrived} == {("imap", datetime(2026, 7, 1, 8, tzinfo=UTC))}
    assert any('EXAMINE "&V4NXPpCuTvY-"' in each for each in server.heard)
    assert not any("STORE" in each or "SELECT" in each for each in server.heard)


def test_without_idle_it_is_asked(place: "Place") -> None:
    """A server that cannot tell by itself is asked again and again."""
    server = Server({1: mail(1)})
    server.abilities = "IMAP4rev1"
    server.odd = lambda s, writer, line: b"LOGIN" in line and not writer.write(line.split()[0] + b" OK\r\n")
    run(
        place,
        server,
        lambda: len(place.arrived) == 1,
        lambda: server.mails.update({2: mail(2)}),
        lambda: len(place.arrived) == 2,
    )
    assert any('LOGIN "desk" "secret"' in each for each in server.heard)


def test_nothing_is_taken_twice(place: "Place", monkeypatch: pytest.MonkeyPatch) -> None:
    """The last number outlives a restart; when the server counts anew all is taken again, to be counted once."""
    monkeypatch.setattr(ImapPlace, "__str__", lambda _: "one place")  # whatever port this server has
    server = Server({n: mail(n) for n in range(1, 121)})
    run(place, server, lambda: place.memory().last("imap:one place") == (7, 120))
    server.mails[121] = mail(121)
    run(place, server, lambda: place.memory().last("imap:one place") == (7, 121))
    assert place.texts == [mail(n) for n in range(1, 122)]
    server.validity, server.mails = 8, {1: mail(1)}
    run(place, server, lambda: place.memory().last("imap:one place") == (8, 1))
    assert place.logged("watch-renumbered") == 1


def test_it_is_touched_after_it_is_on_the_disk(place: "Place") -> None:
    """While there is no room nothing is marked or removed; then it is, and only on wish."""
    server = Server({1: mail(1), 2: mail(2, SIZE)})
    place.has_room = False
    with pytest.raises(ComityError) as caught:
        run(place, server, lambda: False, after=After.DELETE)
    assert caught.value.code == "spool-reserve"
    assert not any("STORE" in each for each in server.heard)
    place.has_room = True
    run(place, server, lambda: len(place.arrived) == 2, lambda: list(server.mails) == [2], after=After.DELETE)
    assert [(each.condition, len(each.data)) for each in place.arrived] == [
        (Condition.WHOLE, len(mail(1))),
        (Condition.TOO_LARGE, HEAD),
    ]
    run(place, server, lambda: any("\\Seen" in each for each in server.heard), after=After.SEEN)


def test_a_refused_log_in_is_told(place: "Place") -> None:
    """A wrong password is a mistake of the settings, with its own name; it stands in no log and no error."""
    server = Server({})
    with pytest.raises(ComityError) as caught:
        run(place, server, lambda: False, said="wrong one")
    assert (caught.value.code, caught.value.outcome) == ("imap-refused", Outcome.CONFIGURATION)
    assert "wrong one" not in str(caught.value)


def test_a_server_that_cannot_say_is_asked_again(place: "Place") -> None:
    """A server whose own helper is away does not refuse the password: that is no mistake of the settings."""
    server = Server({})
    server.odd = lambda s, writer, line: (
        b"AUTHENTICATE" in line and not writer.write(line.split()[0] + b" NO [UNAVAILABLE] later\r\n")
    )
    with pytest.raises(ComityError) as caught:
        run(place, server, lambda: False)
    assert caught.value.code == "imap-away"


def endless(server: Server, writer: asyncio.StreamWriter, line: bytes) -> bool:
    writer.write(b"* " + b"x" * (1 << 20))
    return True


def flood(server: Server, writer: asyncio.StreamWriter, line: bytes) -> bool:
    writer.write(b"* 1 FETCH (UID 1 FLAGS (\\Seen \\Answered \\Draft))\r\n" * 60_000)
    return True


def two_gigabytes(server: Server, writer: asyncio.StreamWriter, line: bytes) -> bool:
    if b"BODY" not in line:
        return False
    writer.write(b"* 1 FETCH (UID 1 BODY[] {2147483648}\r\n" + b"x" * (1 << 20))
    return True


def many_literals(server: Server, writer: asyncio.StreamWriter, line: bytes) -> bool:
    writer.write(b"* x " + b"{0}\r\n" * 100_000)
    return True


def good_bye(server: Server, writer: asyncio.StreamWriter, line: bytes) -> bool:
    writer.write(b"* BYE too many of you\r\n")
    return True


def garbage(server: Server, writer: asyncio.StreamWriter, line: bytes) -> bool:
    if b"SELECT" not in line and b"EXAMINE" not in line:
        return False
    writer.write(b"* OK [UIDVALIDITY x] \xff\r\n" + line.split()[0] + b" OK\r\n")
    return True


def silence(server: Server, writer: asyncio.StreamWriter, line: bytes) -> bool:
    return True


def still_at_it(server: Server, writer: asyncio.StreamWriter, line: bytes) -> bool:
    """Each piece is in time, and there is always one more."""
    if b"FETCH" not in line:
        return False

    def drip() -> None:
        if not writer.is_closing():
            writer.write(b"* OK Still here\r\n")
            asyncio.get_running_loop().call_later(0.01, drip)

    drip()
    return True


@pytest.mark.parametrize("odd", [endless, flood, two_gigabytes, many_literals, good_bye, garbage, silence, still_at_it])
def test_a_server_that_misbehaves_costs_itself_alone(
    place: "Place", odd: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it sends, or does not: the watch ends with "try again", and little is kept of it."""
    monkeypatch.setattr(imap_client, "SECONDS", {silence: 0.3, still_at_it: 0.1}.get(odd, 30.0))
    server = Server({1: mail(1)})
    server.odd = odd
    tracemalloc.start()
    with pytest.raises(ComityError) as caught:
        run(place, server, lambda: False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (caught.value.code, caught.value.outcome) == ("imap-away", Outcome.TRY_AGAIN)
    assert place.arrived == []
    assert peak < 32 << 20


def test_wrong_sizes_lose_no_mail(place: "Place", monkeypatch: pytest.MonkeyPatch) -> None:
    """One mail is three times what the server says, one breaks the conversation each time: the others are whole, and it goes on."""
    monkeypatch.setattr(asyncio, "sleep", _short(asyncio.sleep))
    server = Server({n: mail(n, 20_000) for n in range(1, 8)})

    def odd(_: Server, writer: asyncio.StreamWriter, line: bytes) -> bool:
        if b"RFC822.SIZE" in line:
            for uid in server._uids(line.split()[3].decode()):
                writer.write(f"* {uid} FETCH (UID {uid} RFC822.SIZE {100 if uid == 3 else 20_016})\r\n".encode())
            writer.write(line.split()[0] + b" OK done\r\n")
            return True
        asked = line.split()[3].decode() if b"BODY" in line else ""
        if asked and 5 in server._uids(asked):
            writer.close()
            return True
        return False

    server.odd = odd
    run(place, server, lambda: len(place.arrived) == 7, lambda: place.logged("watch-not-given") == 1, forever=True)
    assert [each.data for each in place.arrived if each.condition is Condition.WHOLE] == [
        mail(n, 20_000) for n in range(1, 8) if n != 5
    ]


@pytest.mark.parametrize("is_removed", [False, True])
def test_what_is_not_given_is_put_before_a_person(place: "Place", is_removed: bool) -> None:
    """A mail that the server lists and does not give is put aside, and says which one it is; one that was removed is no loss."""
    server = Server({n: mail(n, 2000) for n in (1, 2, 3)})

    def odd(_: Server, writer: asyncio.StreamWriter, line: bytes) -> bool:
        if b"BODY" not in line or 2 not in server.mails:
            return False
        kept = server.mails.pop(2)
        server._answer(writer, *line.split(b" ", 1))
        if not is_removed:
            server.mails[2] = kept
        return True

    server.odd = odd
    wanted = 2 if is_removed else 3
    run(place, server, lambda: len(place.arrived) == wanted and server.heard[-1].endswith("IDLE"))
    aside = [each for each in place.arrived if each.condition is not Condition.WHOLE]
    assert [each.condition for each in aside] == ([] if is_removed else [Condition.NOT_GIVEN])
    assert all(each.data.startswith(b"UID 2, ") and b"secret" not in each.data for each in aside)
    assert place.logged("watch-not-given") == len(aside)


def _short(sleep: Callable[..., object]) -> Callable[..., object]:
    """Back-off of the watch, without waiting for it."""
    return lambda seconds, *_: sleep(min(seconds, 0.01))
