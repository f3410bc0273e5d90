"""The steps of the demonstration in which two networks pair, agree on terms that both sign, and amend them.

Answers:    ``agree(west, east, telling)`` before anything is reported, by files that are handed over; ``amend(...)`` later, by the
            ledger alone.
Limits:     the terms are those of the samples: an access provider in China, a mailbox provider in the United States.
"""

from typing import Any, Final

from comity.cli.demo.network import Network
from comity.cli.demo.telling import Telling

_SHOWN: Final = 5
TERMS: Final = """\
[ours]
jurisdictions = ["US"]

[theirs]
organisation = "East Access 东方接入"
jurisdictions = ["CN"]

[[theirs.contacts]]
role = "escalation"
address = "noc@east.example"
languages = ["zh", "en"]
hours = "Mon-Fri 09:00-18:00"
zone = "+08:00"

[we_send]
tier = "T2"
body = "bulk"
quota = 1000000
legal_basis = "legitimate-interest"
transfer = "derogation"
subjects = 1000000

[they_send]
tier = "T2"
quota = 1000
legal_basis = "legal-obligation"
transfer = "standard-contract"
subjects = 1000

[complaint]
en = "A person who has the mailbox says that this mail was not wanted."
zh = "邮箱所有人表示不想收到这封邮件。"
"""
_CHANGE: Final = "[we_send]\nanswer_days = 3\nacknowledge_days = 1\n"


def agree(west: Network, east: Network, story: Telling) -> None:
    """Pair, then agree by files."""
    _pairing(west, east, story)
    with story.step("agreeing"):
        terms, proposal, both = (west.folder / name for name in ("terms.toml", "proposal.note", "signed.note"))
        terms.write_text(TERMS, encoding="utf-8")
        west.comity("agreement", "propose", "east", "--terms", str(terms), "--out", str(proposal))
        changed = west.folder / "changed.note"
        changed.write_text(proposal.read_text(encoding="utf-8").replace('"tier":"T2"', '"tier":"T3"'), encoding="utf-8")
        refused = east.comity("agreement", "take", str(changed))
        story.check("changed-terms", refused.status == 65 and _held(east) == [])
        east.comity("agreement", "accept", str(proposal), "--out", str(both))
        west.comity("agreement", "take", str(both))
        page = west.folder / "agreement.html"
        west.comity("agreement", "show", "east", "--html", str(page))
        ours, theirs = _held(west), _held(east)
        story.check("agreed", _same(ours, theirs, 1) and page.stat().st_size > 0)
        story.check("agreed-in-ledgers", all(_acts(each) == {"propose", "accept"} for each in (west, east)))


def amend(west: Network, east: Network, story: Telling) -> None:
    """The next version, proposed and signed over the exchange of ledgers."""
    with story.step("amending"):
        change = west.folder / "change.toml"
        change.write_text(_CHANGE, encoding="utf-8")
        west.comity("agreement", "amend", "east", "--terms", str(change))
        given = west.comity("ledger", "give").status == 0
        proposed = [line["version"] for line in east.comity("agreement", "list").lines if line["state"] == "proposed"]
        story.check("proposed", given and proposed == [2])
        east.comity("agreement", "accept", "west")
        given = east.comity("ledger", "give").status == 0
        story.check("amended", given and _same(_held(west), _held(east), 2))
        first = west.comity("agreement", "list").lines[0]
        then = west.comity("agreement", "show", "east", "--at", first["begins"]).lines[0]
        story.check("held-then", then["version"] == 1 and first["state"] == "amended" and first["sent"] > 0)


def _pairing(west: Network, east: Network, story: Telling) -> None:
    with story.step("pairing"):
        for ours, theirs, language in ((west, east, 1), (east, west, 0)):
            card = theirs.comity("peer", "card").lines[0]
            file = ours.folder / f"{theirs.name}.card"
            file.write_text(card["card"], encoding="utf-8")
            added = ours.comity("peer", "add", str(file)).lines[0]
            words = card["words"][language]
            story.detail("words", network=theirs.name, words=" ".join(words.split()[:_SHOWN]) + " ...")
            wrong = ours.comity("peer", "trust", theirs.name, *reversed(words.split()))
            pinned = ours.comity("peer", "trust", theirs.name, *words.split())
            holds = added["state"] == "offered" and wrong.status != 0 and pinned.lines[0]["state"] == "pinned"
            story.check("paired", holds, network=theirs.name)


def _held(network: Network) -> list[dict[str, Any]]:
    """The versions in force."""
    return [line for line in network.comity("agreement", "list").lines if line["state"] == "in-force"]


def _same(ours: list[dict[str, Any]], theirs: list[dict[str, Any]], version: int) -> bool:
    """Both hold this version, the same bytes, with both signatures."""
    return (
        len(ours) == len(theirs) == 1
        and ours[0]["version"] == theirs[0]["version"] == version
        and ours[0]["sha256"] == theirs[0]["sha256"]
        and len(ours[0]["signed_by"]) == len(theirs[0]["signed_by"]) == 2
    )


def _acts(network: Network) -> set[str]:
    """What the ledger of a network says was done about agreements."""
    from comity.ledger import leaf

    with network.rows() as rows:
        return {
            record["act"]
            for channel in rows.ledger.channels()
            for each in rows.history.written(channel.channel_id, 0, channel.size)
            if (record := leaf.read(each.data)) is not None and record["type"] == leaf.LeafType.AGREEMENT
        }
