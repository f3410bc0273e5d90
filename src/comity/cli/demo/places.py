"""The folders of the demonstration: settings, keys and databases as ``comity init`` makes them, agreements, sample mail.

Answers:    ``found(folder, port, corpus, databases=...)`` makes both networks' folders and gives the mail that west's people
            complain about; ``sign_samples(inbox)`` signs the sample mail that its originators sign, and gives the zone with their
            keys.
Limits:     keys are made on the spot. There is no DNS: each side has the other's key in ``keys.zone``, as it would ask for it.
"""

from collections.abc import Iterable, Mapping
from importlib.resources import as_file, files
from pathlib import Path
from shutil import copytree
from typing import Final

from comity.cli.demo.helping import SCHEMAS, help_settings
from comity.formats import dkim

WEST: Final = "west.example"
EAST: Final = "east.example"
SOUTH: Final = "south.example"
FROM_WEST: Final = "from-west.eml"  # what somebody at east gets from a customer of west's
WAIT_SECONDS: Final = 2
# Sample mails that their originators sign: file, domain.
_SIGNED: Final = (
    ("01-shop-offer.eml", "cheap-watches.example"),
    ("02-shop-offer-to-another.eml", "cheap-watches.example"),
    ("05-newsletter-cfbl.eml", "south.example"),
)
# One mail that its domain signed once, in three mailboxes.
REPLAYED: Final = ("15-replay.eml", "16-replay-again.eml", "17-replay-once-more.eml")
WITH_PORT: Final = "18-with-port.eml"
_REPLAYED_SIGNED: Final = tuple((name, "letters.example") for name in REPLAYED)
# Whose mail of other people is: three quarters of the addresses are east's, the others south's.
_CORPUS_AGREEMENTS: Final = """\
[[agreement]]
peer = "east"
address = "abuse@east.example"
networks = ["0.0.0.0/1", "128.0.0.0/2"]
tier = "T2"
body = "bulk"

[[agreement]]
peer = "south"
address = "abuse@south.example"
networks = ["192.0.0.0/2", "::/0"]
tier = "T1"
"""
_EAST_OWN: Final = "".join(f"{first}.0.0.0/8,Customers in {first}.0.0.0/8\n" for first in range(192))

Given = Mapping[str, str | int | bool | list[str]]


def found(folder: Path, port: int, corpus: Path | None, *, databases: Mapping[str, str]) -> Path:
    """Make everything; ``port`` is where the mail host of both listens, ``databases`` are those that are no files."""
    from comity.bootstrap.first_run import first_run
    from comity.outlets.private_key import KeySort

    helps = help_settings(folder / EAST) if corpus is None else {}
    for name, schema, given in ((WEST, SCHEMAS[0], _west(corpus)), (EAST, SCHEMAS[1], {**_east(), **helps})):
        lies = {"store.database": databases[schema]} if schema in databases else {}
        first_run(folder / name, {**_both(name, port), **given, **lies}, KeySort.RSA)
    (folder / SOUTH / "inbox").mkdir(parents=True)
    samples = files("comity") / "samples"
    loop = samples / "loop"
    inbox = corpus or folder / WEST / "complained-about"
    zone = ""
    if corpus is None:
        with as_file(samples / "west-inbox") as mails:
            copytree(mails, inbox)
        for name in (*REPLAYED, WITH_PORT):
            (inbox / name).write_bytes((loop / name).read_bytes())
        zone = sign_samples(inbox, (*_SIGNED, *_REPLAYED_SIGNED))
    agreed = (loop / "west-agreements.toml").read_text(encoding="utf-8") if corpus is None else _CORPUS_AGREEMENTS
    own = (loop / "east-own.csv").read_text(encoding="utf-8") if corpus is None else _EAST_OWN
    (folder / WEST / "agreements.toml").write_text(agreed, encoding="utf-8")
    (folder / EAST / "agreements.toml").write_text(
        (loop / "east-agreements.toml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    (folder / EAST / "own.csv").write_text(own, encoding="utf-8")
    (folder / EAST / FROM_WEST).write_bytes((loop / FROM_WEST).read_bytes())
    for ours, theirs, more in ((WEST, EAST, zone), (EAST, WEST, "")):
        record = (folder / theirs / "dkim.zone").read_text(encoding="ascii")
        (folder / ours / "keys.zone").write_text(record + more, encoding="ascii")
    return inbox


def _both(name: str, port: int) -> Given:
    return {
        "identity.domain": name,
        "own.domains": [name],
        "complain.agreements": "agreements.toml",
        "gates.smtp": ["127.0.0.1:0"],
        "exchange.listen": ["127.0.0.1:0"],
        "pages.listen": ["127.0.0.1:0"],
        "gates.reserve_mib": 1,
        "worker.dkim_keys": "keys.zone",
        "sending.host": "127.0.0.1",
        "sending.port": port,
        "sending.wait_seconds": WAIT_SECONDS,
    }


def _west(corpus: Path | None) -> Given:
    ours: Given = {
        "identity.address": f"feedback@{WEST}",
        "identity.organisation": "West Mail",
        "identity.reporting_mta": f"mx1.{WEST}",
        "gates.mailboxes": [f"feedback@{WEST}", f"bounces@{WEST}"],
    }
    if corpus is not None:
        return ours
    seen: Given = {
        "own.networks": ["192.0.2.128/25"],
        "reading.trusted_hosts": [f"mx1.{WEST}", f"store3.{WEST}"],
        "reading.trusted_networks": ["10.7.0.0/16"],
        "reading.forwarders": ["forward.college.example"],
    }
    return {**ours, **seen}


def _east() -> Given:
    return {
        "identity.address": f"abuse@{EAST}",
        "identity.organisation": "East Access 东方接入",
        "identity.language": "zh",
        "reading.trusted_hosts": [f"mx1.{EAST}"],
        "own.files": ["own.csv"],
        "gates.mailboxes": [f"abuse@{EAST}", f"bounces@{EAST}"],
    }


def sign_samples(inbox: Path, signed: Iterable[tuple[str, str]] = _SIGNED) -> str:
    """Sign what its originators would have signed, with keys that exist in this run only; the zone with their public halves.

    ``signed`` names files and domains. What was sent again is the same mail, and carries the same signature.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    keys: dict[str, Ed25519PrivateKey] = {}
    headers: dict[bytes, bytes] = {}
    for name, domain in signed:
        key = keys.setdefault(domain, Ed25519PrivateKey.generate())
        path = inbox / name
        data = path.read_bytes()
        # Below our own trace lines, where the originator's host put it.
        trace_end = data.index(b"Message-ID:")
        written = data[trace_end:]
        header = headers.setdefault(written, dkim.sign(written, domain=domain, selector="k1", key=key))
        path.write_bytes(data[:trace_end] + header.replace(b"\r\n", b"\n") + data[trace_end:])
    return "".join(f'k1._domainkey.{domain}. TXT "{dkim.public_record(key)}"\n' for domain, key in keys.items())
