"""A desk for measuring: two hundred customers, one peer that signs, its own folder.

Answers:    ``bench_desk(folder, key)`` gives the settings of a desk that is ready.
"""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from comity.bootstrap.first_run import first_run
from comity.formats.dkim import public_record
from comity.outlets.private_key import KeySort
from comity.services.operate.bench_ingest import PEER, SELECTOR
from comity.settings import Settings
from comity.settings.first_file import Value

_AGREEMENT = '[[agreement]]\npeer = "west"\naddress = "fbl@west.example"\nnetworks = ["203.0.113.0/24"]\ntier = "T2"\n'


def bench_desk(
    folder: Path, key: RSAPrivateKey, *, readers: int, mailbox: str | None = None, database: str | None = None
) -> Settings:
    """Make it; with a mailbox that it takes mail for over LMTP, at a port that is free, or without; its store in a file, or in
    the database of a server that has this address.
    """
    lines = [f"198.51.{net}.{start}/28,Customer {net}-{start}" for net in range(96, 128) for start in range(0, 256, 16)]
    (folder / "own.csv").write_text("\n".join([*lines, "2001:db8::/32,Customer 6\n"]), encoding="ascii")
    (folder / "agreements.toml").write_text(_AGREEMENT, encoding="ascii")
    zone = f'{SELECTOR}._domainkey.{PEER}. IN TXT "{public_record(key)}"\n'
    (folder / "peers.zone").write_text(zone, encoding="ascii")
    given: dict[str, Value] = {
        "identity.domain": "east.example",
        "identity.address": "feedback@east.example",
        "own.files": ["own.csv"],
        "complain.agreements": "agreements.toml",
        "worker.dkim_keys": "peers.zone",
        "worker.readers": readers,
    }
    if mailbox is not None:
        given |= {"gates.mailboxes": [mailbox], "gates.lmtp": ["127.0.0.1:0"], "gates.reserve_mib": 1}
    if database is not None:
        given["store.database"] = database
    return first_run(folder, given, KeySort.ED25519).settings
