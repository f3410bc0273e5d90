"""The steps of the demonstration in which two networks exchange their ledgers over HTTPS, reconcile, and mend a damaged leaf.

Answers:    ``exchange(west, east, story)`` goes through them, with the commands that anybody has.
Limits:     both run on loopback; each pins the certificate that the other made for itself.
"""

from typing import Final

from sqlalchemy import text

from comity.cli.demo import agreeing
from comity.cli.demo.network import Network
from comity.cli.demo.telling import Telling

_FIRST: Final = (
    "SELECT position, data FROM leaf WHERE channel_id = :channel AND type = 'report' ORDER BY position LIMIT 1"
)
_DAMAGE: Final = "UPDATE leaf SET data = :data WHERE channel_id = :channel AND position = :place"


def exchange(west: Network, east: Network, story: Telling) -> None:
    """All steps, in order."""
    for ours, theirs in ((west, east), (east, west)):
        _knows(ours, theirs)
    _giving(west, east, story)
    agreeing.amend(west, east, story)
    _healing(west, east, story)


def _knows(ours: Network, theirs: Network) -> None:
    """Where the other side is, and which certificate it has, into the settings."""
    place = theirs.place("peers")
    site = f"{theirs.name} https://{place} {theirs.folder / 'peers.pem'}"
    said = ours.config.read_text(encoding="utf-8")
    ours.config.write_text(said.replace("[exchange]\n", f'[exchange]\npeers = ["{site}"]\n'), encoding="utf-8")


def _giving(west: Network, east: Network, story: Telling) -> None:
    with story.step("giving"):
        for ours in (west, east):
            ran = ours.comity("ledger", "give")
            given = sum(line["given"] for line in ran.lines)
            refused = [line["reason"] for line in ran.lines if line["reason"] is not None]
            story.check(
                "given", ran.status == 0 and given > 0 and not refused, network=ours.name, n=given, refused=refused
            )
        for each in (west, east):
            same = each.comity("ledger", "reconcile")
            compared = bool(same.lines) and all(line["equal"] for line in same.lines)
            story.check("reconciled", same.status == 0 and compared, network=each.name, n=len(same.lines))
            story.check("still-holds", each.comity("ledger", "verify").status == 0, network=each.name)
        _proved(west, east, story)


def _proved(west: Network, east: Network, story: Telling) -> None:
    """One report, proved to a stranger with one file and two cards."""
    with west.rows() as rows:
        asked = text(
            "SELECT name FROM leaf_name JOIN channel ON channel.id = channel_id "
            "WHERE counted AND NOT is_copy AND position IS NOT NULL AND reported = :name LIMIT 1"
        )
        name = rows.connection.execute(asked, {"name": east.name}).scalar()
    proof = west.folder / "report.tlog-proof"
    proof.write_text(west.comity("ledger", "prove", str(name)).lines[0]["proof"], encoding="utf-8")
    cards = [word for each in (west, east) for word in ("--key", str(each.folder / "ledger.card"))]
    checked = east.comity("ledger", "check", str(proof), *cards).lines[0]
    signers = {*checked["signed_by"], *(each["name"] for each in checked["cosigned_by"])}
    story.check("proof", checked["holds"] and signers == {west.name, east.name}, network=west.name)


def _healing(west: Network, east: Network, story: Telling) -> None:
    with story.step("healing"):
        with west.rows() as rows:
            channels = rows.history.between(west.name, east.name)
            channel = next(each for each in channels if not each.is_copy and not each.origin.endswith("/by-mail"))
        with west.changed_rows() as rows:
            damaged: dict[str, object] = {"channel": channel.channel_id}
            place, data = rows.connection.execute(text(_FIRST), damaged).one()
            damaged |= {"place": place, "data": bytes(data).replace(b"complaint", b"komplaint")}
            rows.connection.execute(text(_DAMAGE), damaged)
        story.check("damage-found", west.comity("ledger", "scrub").status != 0, network=west.name)
        healed = [line for line in west.comity("ledger", "heal").lines if line["leaves"]]
        found = [line["leaves"] for line in healed] == [[place]]
        story.check("healed", found and west.comity("ledger", "scrub").status == 0, network=west.name)
