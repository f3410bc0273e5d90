"""Join what is sealed: how it is found, closed, opened by the role, and handed off as files.

Answers:    ``hook_of(settings)`` says which mails are sealed, None where nothing is; ``maker_of`` closes boxes by hand;
            ``hand_off`` writes the mail and its papers into a folder, ``release`` works it off like any other.
Limits:     a list is read when a reader starts: ``comity serve`` is restarted for a new one.
"""

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from comity.model.outcomes import ComityError, Outcome
from comity.model.sealed import Sealed, SealedAct
from comity.services.public.times import instant
from comity.services.receive.grave.custody import Custody
from comity.settings import Settings

if TYPE_CHECKING:
    from comity.store.engine import Store
    from comity.store.records import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that a person does with one that is sealed."""

    sealed_id: int
    by: str
    why: str
    at: datetime
    account: str | None = None  # who the system says that it is

    def custody(self, settings: Settings, records: "Records") -> Custody:
        """This person, in one transaction."""
        holders = settings.sealed.holders
        return Custody(records.sealed, by=self.by, why=self.why, holders=holders, now=self.at, account=self.account)


def admit(settings: Settings, store: "Store", deed: Deed, *, act: SealedAct) -> None:
    """Let the role in, and nobody else; what is asked for is on the disk before anything is seen."""
    with store.write() as records:
        admitted = deed.custody(settings, records).admit(deed.sealed_id, act)
    if not admitted:
        raise ComityError(
            "sealed-role", f"{deed.by} may not", outcome=Outcome.USAGE, details={"by": deed.by, "act": act.value}
        )


def opened(settings: Settings, store: "Store", deed: Deed, *, private: Path) -> tuple[Sealed, bytes]:
    """The mail, for whoever has role and key."""
    from comity.outlets.files.sealed_box import open_box

    admit(settings, store, deed, act=SealedAct.OPENED)
    with store.read() as records:
        found = deed.custody(settings, records).closed(deed.sealed_id)
    if found.box is None:
        raise ValueError("closed() gives what has a box")
    try:
        return found, open_box(found.box, found.digest, found.size, private=private)
    except (ComityError, OSError) as error:
        with store.write() as records:
            deed.custody(settings, records).failed(deed.sealed_id, getattr(error, "code", type(error).__name__))
        raise


def hand_off(
    settings: Settings, store: "Store", deed: Deed, *, private: Path, to: str, reference: str | None, out: Path
) -> tuple[Path, Path]:
    """Write the mail and its papers into a folder for whoever the law names; the two files."""
    found, data = opened(settings, store, deed, private=private)
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    mail, papers = out / f"sealed-{found.sealed_id}.eml", out / f"sealed-{found.sealed_id}.json"
    with store.read() as records:
        log = records.sealed.log_of(found.sealed_id)
    told = {
        "sha256": found.digest,
        "size": found.size,
        "arrived": instant(found.arrived),
        "gate": found.gate,
        "mailbox": found.name.rpartition("/")[0] or None,
        "envelope_from": found.envelope_from,
        "sealed": instant(found.entered),
        "sealed_by": found.box.sort if found.box else None,
        "matched_sha256": list(found.box.matched) if found.box else [],
        "handed_to": to,
        "reference": reference,
        "handed_by": deed.by,
        "account": deed.account,
        "why": deed.why,
        "log": [{"at": instant(each.at), "by": each.by, "act": each.act.value, "why": each.why} for each in log],
    }
    _write(mail, data)
    _write(papers, (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode())
    with store.write() as records:
        deed.custody(settings, records).handed_off(deed.sealed_id, to=to, reference=reference)
    return mail, papers


def release(settings: Settings, store: "Store", deed: Deed, *, private: Path) -> str:
    """It was none: it is worked off like any other mail; what became of it."""
    from comity.bootstrap.complaining import intake
    from comity.bootstrap.serving import make_prepare
    from comity.services.receive.prepare import Delivery, pack

    found, data = opened(settings, store, deed, private=private)
    prepared = None
    if found.raw_id is None:
        delivery = Delivery(
            gate=found.gate,
            name=found.name,
            arrived=found.arrived,
            envelope_from=found.envelope_from,
            is_released=True,
        )
        prepared = make_prepare(settings)(data, delivery)
    joined = intake(settings)
    if prepared is not None and prepared.facts is not None:
        joined.fetch(prepared.facts.evidence)
    with store.write() as records:
        deed.custody(settings, records).released(deed.sealed_id, pack(data))
        if prepared is None:
            return "stored"
        (done,) = joined.service.apply([prepared], records, deed.at)
    return done.fate.value


def _write(path: Path, data: bytes) -> None:
    """A new file that only its owner can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - opened so that only its owner can read it
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
