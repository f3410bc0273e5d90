"""What was counted, and what was read in our own logs, goes on time, whether another file comes or not."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, insert, select

from comity.services.operate.housekeeping import forget_counters
from comity.store.dialects import MEMORY
from comity.store.engine import open_store
from comity.store.tables.coalition.members import coalition_digest
from comity.store.tables.consumers.delivered import delivered_count
from comity.store.tables.playbook import sent_volume
from comity.store.tables.remedy.own_logs import own_log_hour, own_log_queue, own_log_salt
from comity.store.tables.trust import delivered, delivered_day

NOW = datetime(2027, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LOGS = (own_log_hour, own_log_queue, own_log_salt)
COUNTED = (delivered_count, sent_volume, coalition_digest, delivered, delivered_day, *LOGS)


def test_what_was_counted_is_forgotten_though_nobody_imports_any_more() -> None:
    """Each after its time: hashes of mails that left after 45 days, hours of lines after 28, digests after 90, counters 800."""
    store = open_store(MEMORY)
    store.create()
    with store.write() as rows:
        rows.cards.put_delivered({(NOW, "shop.example", "198.51.100.0/24", "inbox"): 3})
        rows.positions.put_sent({("Shop", NOW.date()): 7})
        rows.coalition.digest(NOW, mails=1, text="what changed")
        rows.deliveries.put([(b"h" * 12, NOW.date())])
        hour = {
            "subject": "line-1",
            "hour": NOW,
            "address": "198.51.100.7",
            "last": NOW,
            "recipient_bits": b"1",
            "helo_bits": b"1",
        }
        numbers = dict.fromkeys(("mails", "recipients", "helos", "failures", "refused"), 0)
        rows.connection.execute(insert(own_log_hour).values(hour | numbers))
        rows.connection.execute(insert(own_log_salt).values(hour=NOW, salt=b"s" * 32))
        rows.connection.execute(insert(own_log_queue).values(mark=b"m" * 12, subject="line-1", at=NOW))
    kept = {}
    for days in (0, 2, 29, 46, 89, 91, 799, 801):
        with store.write() as rows:
            forget_counters(rows, NOW + days * DAY)
            kept[days] = [rows.connection.scalar(select(func.count()).select_from(each)) for each in COUNTED]
    store.close()
    assert kept == {
        0: [1, 1, 1, 1, 1, 1, 1, 1],
        2: [1, 1, 1, 1, 1, 1, 0, 0],
        29: [1, 1, 1, 1, 1, 0, 0, 0],
        46: [1, 1, 1, 0, 0, 0, 0, 0],
        89: [1, 1, 1, 0, 0, 0, 0, 0],
        91: [1, 1, 0, 0, 0, 0, 0, 0],
        799: [1, 1, 0, 0, 0, 0, 0, 0],
        801: [0, 0, 0, 0, 0, 0, 0, 0],
    }
