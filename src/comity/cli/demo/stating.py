"""The day of the demonstration is closed and stated: both sign the same bytes, a stranger verifies, and each lie has its name.

Answers:    ``close(west, east, telling)`` closes the day, and shows a draft that is not signed; ``state_by_file(...)`` states a
            day by file, ``state_over_https(...)`` between the running desks; ``lie(...)`` tells lies about it.
Limits:     the day is not over yet: it is closed by hand. A peer that speaks mail alone writes down itself what came, so where one
            side has what the other has not, nothing is signed before the ledgers are exchanged.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from comity.accord.statement import canonical
from comity.cli.demo.network import Network
from comity.cli.demo.telling import Telling
from comity.cli.speech import speaker
from comity.services.prove.stating.making import write

_FILE: Final = "statement.json"
_OVER_HTTPS: Final = "statement-over-https.json"


def close(west: Network, east: Network, story: Telling) -> None:
    """Close, make, and see where the two differ."""
    with story.step("stating"):
        today = datetime.now(UTC).date().isoformat()
        closed = [each.comity("ledger", "close-day", today).lines for each in (west, east)]
        story.check("closed-days", all(closed), n=sum(map(len, closed)))
        counts = Counter({today: 0})  # around midnight the story lies in two days: most of it is stated
        for line in (line for lines in closed for line in lines):
            counts[line["day"]] += line["counts"].get("report", 0)
        day = max(counts, key=lambda each: (counts[each], each))
        keys = {each.name: key_of(each) for each in (west, east)}
        file = west.folder.parent / _FILE
        west.comity("statement", "make", "east", day, "--out", str(file))
        before = file.read_bytes()
        refused = east.comity("statement", "sign", str(file), "--key", str(keys[west.name]))
        story.check("not-signed-yet", refused.status == 65 and file.read_bytes() == before)


def state_by_file(west: Network, east: Network, day: str) -> Path:
    """A day is stated by a file that two people hand to each other."""
    file = west.folder.parent / f"statement-{day}.json"
    west.comity("statement", "make", "east", day, "--out", str(file))
    east.comity("statement", "sign", str(file), "--key", str(key_of(west)))
    west.comity("statement", "sign", str(file), "--key", str(key_of(east)))
    return file


def lie(west: Network, east: Network, story: Telling) -> None:
    """Four lies about what both signed, each found by a stranger, with its name."""
    with story.step("lying"):
        file, keys = west.folder.parent / _OVER_HTTPS, [str(key_of(each)) for each in (west, east)]
        for name, code, change in _LIES:
            false = file.with_name(f"{name}.json")
            false.write_bytes(change(file.read_bytes()))
            ran = west.comity("statement", "verify", str(false), *keys)
            faults = [each["code"] for each in ran.lines[0]["faults"]]
            found = code if code in faults else next(iter(faults), "form")
            holds = ran.status == 65 and bool(faults) and code in (None, found)
            story.check(f"lie-{name}", holds, reason=speaker().say(f"statement.fault.{found}"))


def state_over_https(west: Network, east: Network, story: Telling) -> None:
    """Both have the same leaves now: proposed, counted again, cosigned, fetched, verified; and a lie is refused by the number."""
    with story.step("stating-https"):
        day, keys = stated_day(west), [str(key_of(each)) for each in (west, east)]
        lied = _lie_over_https(west, east, day)
        number = f"{west.name}/to/{east.name} report"
        said = str(lied.get("where"))
        refused = (lied.get("error"), number in said) == ("statement-unsound", True)
        story.check("lie-refused", refused, number=number, reason=speaker().say("statement.fault.number-differs"))
        (proposed,) = west.comity("statement", "propose", east.name, day).lines
        (waiting,) = [each for each in east.comity("statement", "list").lines if each["period"] == day]
        counted = (proposed["handed"], waiting["state"], waiting["sha256"]) == (True, "proposed", proposed["sha256"])
        story.check("counted-again", counted)
        (accepted,) = east.comity("statement", "accept", west.name, day).lines
        file = west.folder.parent / _OVER_HTTPS
        (fetched,) = west.comity("statement", "fetch", east.name, day, "--out", str(file)).lines
        same = fetched["kept"]["sha256"] == accepted["sha256"] == proposed["sha256"]
        story.check("cosigned", same and accepted["state"] == fetched["kept"]["state"] == "signed")
        checked = west.comity("statement", "verify", str(file), *keys).lines[0]
        shown = sum(each["value"] is not None for each in checked["numbers"])
        whole = checked["holds"] and checked["differences"] == [] and checked["cosigned_heads"] == checked["heads"]
        story.check("one-ledger", whole and shown > 0, n=shown, heads=checked["heads"])


def stated_day(network: Network) -> str:
    """The day of the demonstration."""
    path = network.folder.parent / _FILE
    return str(json.loads(path.read_bytes())["statement"]["period"])


def _lie_over_https(west: Network, east: Network, day: str) -> Mapping[str, Any]:
    """West says one complaint less than it closed, and signs that: what east's running desk answers."""
    from comity.bootstrap import settings_for
    from comity.bootstrap.parties import ledger_key, site_of
    from comity.bootstrap.proving import stating
    from comity.ledger import note
    from comity.model import period as periods
    from comity.outlets.peers.client import PeerClient
    from comity.services.prove.stating.making import derived_of, read, text_to_sign

    settings, period = settings_for(str(west.config), {}, west.folder), periods.read(day)
    assert period is not None  # noqa: S101 - a draft says it
    with west.changed_rows() as rows:
        found = read(stating(settings).make(rows, east.name, period, now=datetime.now(UTC)))
    assert found is not None  # noqa: S101 - made just now
    statement = found[0]
    _hide(statement)
    statement["derived"] = derived_of(statement)
    client = PeerClient(site_of(settings, east.name))
    try:
        return client.state(write(statement, note.sign(text_to_sign(statement), west.name, ledger_key(settings))))[1]
    finally:
        client.close()


def key_of(network: Network) -> Path:
    """The public key of a network, as it would have handed it over."""
    from comity.bootstrap import settings_for
    from comity.bootstrap.desk import ledger_keys

    path = network.folder / "ledger-key.txt"
    (key,) = ledger_keys(settings_for(str(network.config), {}, network.folder))
    path.write_text(key.encoded() + "\n", encoding="ascii")
    return path


def _flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def _changed(data: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    record = json.loads(data)
    change(record["statement"])
    return write(record["statement"], record["note"])


def _hide(statement: dict[str, Any]) -> None:
    rows = [row for each in statement["directions"] for row in each["numbers"] if row["key"] == "report"]
    row = max(rows, key=lambda each: max(each["values"].values()))
    row["values"] = {side: n - 1 for side, n in row["values"].items()}


def _rewrite(statement: dict[str, Any]) -> None:
    side = next(iter(statement["evidence"].values()))
    close = side["directions"][0]["channels"][0]["closes"][0]
    said = json.loads(close["leaf"])
    close["leaf"] = canonical(said | {"within_hours": said["within_hours"] + 1}).decode()


def _leave_out(statement: dict[str, Any]) -> None:
    side = next(iter(statement["evidence"].values()))
    side["directions"][0]["channels"][0]["closes"].pop()


_LIES: Final = (
    ("flipped", None, _flip),
    ("hidden", "number-differs", lambda data: _changed(data, _hide)),
    ("rewritten", "day-rewritten", lambda data: _changed(data, _rewrite)),
    ("missing", "last-day-missing", lambda data: _changed(data, _leave_out)),
)
