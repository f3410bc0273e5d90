"""The day of the demonstration is compared with the day before: both signed what was measured then, and a stranger checks it.

Answers:    ``begin(west, east)`` before anything is exchanged; ``state_day_before(west, east, telling)`` and, when the day itself
            is stated, ``compare(west, east, telling)``.
Limits:     a day cannot pass in a demonstration. The ledgers begin with a leaf that is dated a day back, and the mail that west
            counted on both days is made up; all else is what it is elsewhere.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from comity.cli.demo.network import Network
from comity.cli.demo.stating import key_of, state_by_file, stated_day
from comity.cli.demo.telling import Telling
from comity.services.complain.cards.judged import Judged

_BEFORE: Final = Judged(mails=4_000, judged=4_000, spam=1_220, traps=143)
_NOW: Final = Judged(mails=4_000, judged=4_000, spam=478, traps=62)
_PAGE: Final = "statement-compared.html"


def begin(west: Network, east: Network) -> None:
    """The ledgers of both begin a day back."""
    from comity.bootstrap import settings_for
    from comity.bootstrap.desk import scribe
    from comity.ledger.leaf import LeafType
    from comity.services.prove.writing import Event

    then = datetime.now(UTC) - timedelta(days=1)
    for ours, theirs in ((west, east), (east, west)):
        writer = scribe(settings_for(str(ours.config), {}, ours.folder))
        assert writer is not None  # noqa: S101 - both have a key
        event = Event(
            reporting=ours.name,
            reported=theirs.name,
            leaf_type=LeafType.CORRECTION,
            event_id=f"{ours.name}.begins",
            observed=None,
            facts={"begins": then.date().isoformat()},
        )
        with ours.changed_rows() as rows:
            writer.write(rows.ledger, [event], then)


def state_day_before(west: Network, east: Network, story: Telling) -> None:
    """The day before is stated, with what west counted of east's mail."""
    with story.step("comparing"):
        day = date.fromisoformat(stated_day(west))
        before = day - timedelta(days=1)
        with west.changed_rows() as rows:
            rows.judged.add({(before, east.name): _BEFORE, (day, east.name): _NOW})
        file = state_by_file(west, east, before.isoformat())
        keys = [str(key_of(each)) for each in (west, east)]
        checked = west.comity("statement", "verify", str(file), *keys).lines[0]
        shown = sum(each["value"] is not None for each in checked["numbers"])
        story.check("day-before", checked["holds"] and shown > 0, day=before.isoformat(), n=shown, days=checked["days"])
        again = west.comity("statement", "propose", east.name, before.isoformat())
        story.check("stated-once", again.status == 64)


def compare(west: Network, east: Network, story: Telling) -> None:
    """What the statement of the day says of the day before, checked with the file and two keys alone."""
    with story.step("compared"):
        file = west.folder.parent / "statement-over-https.json"
        page = file.with_name(_PAGE)
        keys = [str(key_of(each)) for each in (west, east)]
        checked = east.comity("statement", "verify", str(file), *keys).lines[0]
        changes = {(each["side"], each["key"]): each for each in checked["changes"]}
        spam, traps = changes[west.name, "spam"], changes[west.name, "traps"]
        shares = {name: f"{spam[name] / 10:.1f}" for name in ("before", "now")}
        story.check("better", checked["holds"] and spam["way"] == traps["way"] == "better", **shares)
        unsaid = {changes[east.name, each]["why"] for each in ("spam", "traps")}
        story.check("cannot-know", unsaid == {"nothing-counted"})
        shown = west.comity("statement", "show", str(file), *keys, "--html", str(page))
        story.check("compared-shown", shown.status == 0 and page.stat().st_size > 0, file=_PAGE)
