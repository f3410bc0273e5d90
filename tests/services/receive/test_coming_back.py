"""An answer or a bounce that we cannot digest costs itself alone."""

from comity.services.complain.bounces import Bounces
from comity.services.receive.coming_back import ComingBack
from comity.services.receive.ingest import Ingest
from comity.services.receive.planning import Ingested, Terms
from comity.services.receive.prepare import Prepared
from comity.store.engine import Store

from ..stores import store
from .intake import NOW, OWN, arf, counts, fates, prepared

__all__ = ["store"]

BOUNCE = (
    b"From: MAILER-DAEMON@mx.example\nTo: bounces@east.example\nSubject: failed\nMessage-ID: <b1@mx.example>\n"
    b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\nContent-Type: text/plain\n\nno\n'
    b"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@b.example\n"
    b"Action: failed\nStatus: 5.1.1\n\n--b--\n"
)


class _Fragile(Bounces):
    """Fails on every bounce, until it is mended."""

    def __init__(self) -> None:
        self.is_broken = True
        self.seen = 0

    def match(self, *_: object, **__: object) -> None:  # type: ignore[override]
        """Look at one."""
        self.seen += 1
        if self.is_broken:
            raise KeyError("poison")


def _apply(store: Store, service: ComingBack, *batch: Prepared) -> tuple[Ingested, ...]:
    with store.write() as records:
        return service.apply(batch, records, NOW)


def test_a_bounce_that_fails_is_shunted_and_the_others_go_on(store: Store) -> None:
    """P5: the item is stored as it is, the fault is shown, the report beside it became a case."""
    bounces = _Fragile()
    service = ComingBack(Ingest(Terms(own=OWN)), bounces)
    assert fates(_apply(store, service, prepared(BOUNCE), prepared(arf()))) == ["shunted", "case"]
    with store.read() as records:
        (row,) = records.intake.shunted()
    assert (row.stage, row.reason, row.detail) == ("answer", "fault", "KeyError")
    assert counts(store)["items"] == 2


def test_it_is_tried_again_when_the_fault_is_mended(store: Store) -> None:
    """The item is not stored twice."""
    bounces = _Fragile()
    service = ComingBack(Ingest(Terms(own=OWN)), bounces)
    _apply(store, service, prepared(BOUNCE))
    assert fates(_apply(store, service, prepared(BOUNCE, raw_id=1))) == ["shunted"]
    bounces.is_broken = False
    assert fates(_apply(store, service, prepared(BOUNCE, raw_id=1))) == ["again"]
    assert (bounces.seen, counts(store)["items"], counts(store)["shunt"]) == (3, 1, 0)
