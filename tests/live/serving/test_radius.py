"""FreeRADIUS: its accounting says who held which address, and the example of a garden speaks to equipment that it plays."""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comity.attribution.subscriber import Event, Holder, LeaseTerms, holder
from comity.formats.leases import BookReader
from comity.model.lease import Lease
from comity.store.subscribers.stretches import joined

from .conftest import wait_until

pytestmark = pytest.mark.live
SCRIPT = Path(__file__).parents[3] / "contrib" / "garden" / "coa.sh"
NOW = datetime.now(UTC).replace(microsecond=0)
# The equipment knows no session of "line-off", and refuses what is older than five minutes or does not say when it asks.
CONFIGURED = """
prefix = {folder}
run_dir = {folder}
logdir = {folder}
libdir = /usr/lib/freeradius
log {{
 destination = stdout
}}
security {{
 allow_core_dumps = no
}}
client all {{
 ipaddr = 127.0.0.1
 secret = s3cret-of-the-equipment
}}
modules {{
 detail books {{
  filename = {folder}/books
  header = "%t"
 }}
 detail equipment {{
  filename = {folder}/equipment
  header = "%t"
 }}
 always ok {{
  rcode = ok
 }}
 always reject {{
  rcode = reject
 }}
 expr {{
 }}
}}
server books {{
 listen {{
  type = acct
  ipaddr = 127.0.0.1
  port = {accounting}
 }}
 preacct {{
  ok
 }}
 accounting {{
  books
 }}
}}
server equipment {{
 listen {{
  type = coa
  ipaddr = 127.0.0.1
  port = {equipment}
 }}
 recv-coa {{
  if (!&Event-Timestamp || ("%{{expr:%l - %{{integer:Event-Timestamp}}}}" > 300)) {{
   update reply {{
    &Error-Cause := Invalid-Request
   }}
   reject
  }}
  if (&User-Name == "line-off") {{
   update reply {{
    &Error-Cause := Session-Context-Not-Found
   }}
   reject
  }}
  equipment
 }}
}}
"""


class Radius:
    """The server and its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.secret, self.wrong = folder / "secret", folder / "wrong"
        self.secret.write_text("s3cret-of-the-equipment\n")
        self.wrong.write_text("another\n")
        self.accounting, self.equipment = free_port(), free_port()
        (folder / "radiusd.conf").write_text(
            CONFIGURED.format(folder=folder, accounting=self.accounting, equipment=self.equipment)
        )
        (folder / "dictionary").write_text("")

    def packet(self, port: int, kind: str, attributes: str, *, secret: Path | None = None) -> str:
        """One packet, and what radclient says of its answer."""
        words = ["radclient", "-x", "-r", "1", "-t", "1", "-S", str(secret or self.secret), f"127.0.0.1:{port}", kind]
        done = subprocess.run(words, input=attributes, capture_output=True, text=True, timeout=60, check=False)
        return done.stdout + done.stderr

    def told(
        self, status: str, line: str, session: str, at: datetime, more: str = "", secret: Path | None = None
    ) -> str:
        """The access server tells of a session at 192.0.2.7."""
        attributes = (
            f'Acct-Status-Type = {status}, User-Name = "{line}", NAS-IP-Address = 10.0.0.1, Acct-Session-Id = "{session}", '
            f'Framed-IP-Address = 192.0.2.7, Event-Timestamp = "{at:%b %d %Y %H:%M:%S} UTC"{more}\n'
        )
        return self.packet(self.accounting, "acct", attributes, secret=secret)

    def garden(self, word: str, line: str, *, port: int | None = None, secret: Path | None = None) -> tuple[int, str]:
        """Exit status of the example, and what it says."""
        done = subprocess.run(
            ["/bin/sh", str(SCRIPT), word],
            input=json.dumps({"line": line, "until": f"{NOW + timedelta(days=7):%Y-%m-%dT%H:%M:%SZ}"}),
            env={
                "PATH": "/usr/bin:/bin",
                "NAS": f"127.0.0.1:{port or self.equipment}",
                "SECRET": str(secret or self.secret),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stderr

    def written(self, name: str) -> str:
        """One of its files."""
        path = self.folder / name
        return path.read_text() if path.exists() else ""


def free_port() -> int:
    """A port for datagrams that nobody uses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def radius(tmp_path: Path) -> Iterator[Radius]:
    """FreeRADIUS, listening."""
    program = shutil.which("freeradius", path="/usr/sbin")
    if program is None or shutil.which("radclient") is None or shutil.which("jq") is None:
        pytest.skip("freeradius, freeradius-utils and jq are not here")
    found = Radius(tmp_path)
    with (tmp_path / "said").open("wb") as said:
        running = subprocess.Popen(
            [program, "-f", "-X", "-d", str(tmp_path), "-n", "radiusd"], stdout=said, stderr=said
        )
    try:
        wait_until(
            lambda: "Ready to process requests" in found.written("said") or running.poll() is not None, "it listens"
        )
        assert running.poll() is None, found.written("said")
        yield found
    finally:
        running.terminate()
        running.wait(30)


def named(book: str, at: datetime) -> str | None:
    """Whom the books name at 192.0.2.7."""
    reader, leases = BookReader(None), dict[bytes, Lease]()
    lines = [each for line in book.splitlines(keepends=True) for each in reader.read(line)]
    for each in (*lines, *reader.end()):
        assert isinstance(each, Lease), each
        leases[each.identity] = joined(leases[each.identity], each) if each.identity in leases else each
    found = holder(list(leases.values()), Event(seen=at), LeaseTerms())
    assert found is None or isinstance(found, Holder), found
    return found and found.subscriber


def test_sessions_that_are_counted_anew_name_each_their_own_line(radius: Radius) -> None:
    """An access server that began again calls the session of somebody else as that of a day ago; a wrong secret says nothing."""
    hour = timedelta(hours=1)
    for status, line, hours in (("Start", "line-7", 30), ("Stop", "line-7", 29), ("Start", "line-8", 3)):
        more = ", Acct-Session-Time = 3600" if status == "Stop" else ""
        assert "Accounting-Response" in radius.told(status, line, "00000001", NOW - hours * hour, more)
    assert "No reply" in radius.told("Start", "line-9", "00000002", NOW - hour, secret=radius.wrong)
    book = radius.written("books")
    assert [named(book, NOW - hours * hour) for hours in (29.5, 10, 2)] == ["line-7", None, "line-8"]


def test_the_example_of_a_garden_speaks_to_equipment(radius: Radius) -> None:
    """In, out, a line that is off; a wrong secret and an answer that is lost are no refusal; what was recorded does nothing."""
    assert radius.garden("confine", "line-7") == (0, "")
    assert 'Filter-Id = "comity-garden"' in radius.written("equipment")
    assert radius.garden("release", "line-7") == (0, "")
    assert 'Filter-Id = "default"' in radius.written("equipment")
    status, said = radius.garden("confine", "line-off")
    assert (status, "Session-Context-Not-Found" in said) == (1, True)
    assert radius.garden("release", "line-off") == (0, "")
    for other in ({"secret": radius.wrong}, {"port": free_port()}):
        status, said = radius.garden("confine", "line-7", **other)  # type: ignore[arg-type]
        assert (status, said.startswith("no answer from ")) == (75, True)
    before = radius.written("equipment")
    long_ago = int((NOW - timedelta(hours=1)).timestamp())
    recorded = f'User-Name = "line-7", Filter-Id = "comity-garden", Event-Timestamp = {long_ago}\n'
    assert "CoA-NAK" in radius.packet(radius.equipment, "coa", recorded)
    assert radius.written("equipment") == before
