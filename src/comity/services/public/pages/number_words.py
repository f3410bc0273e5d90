"""What a number of a ledger counts, in words: those of a joint statement and of the close of a day, by their keys.

Trust:      a key may be a stranger's: what nobody knows has no words, and whoever shows the words escapes them.
Answers:    ``number_words(words, key)`` gives the words or None; ``row_words(words, table, row)`` those of one row of a table.
"""

from typing import Final

from comity.locale import Catalogue
from comity.model.period import Horizon

# Where the keys of a table begin.
TABLES: Final = {
    "class": "report/class/",
    "network": "report/network/",
    "registrant": "report/registrant/",
    "location": "report/location/",
    "outcome": "outcome/",
}
_HORIZONS: Final = frozenset(each.value for each in Horizon)


def number_words(words: Catalogue, key: str) -> str | None:
    """What people call a number, or a fault of a close that stands where a number would; with its period where the key names one.

    >>> from comity.locale import catalogue
    >>> number_words(catalogue("en"), "month/outcome/warned")
    "What was done about the other side's reports: customer told (month)"
    """
    horizon, _, rest = key.partition("/")
    if horizon not in _HORIZONS:
        return _plain_words(words, key)
    # A stranger's key may have a thousand periods before it, and then it is no number's.
    inner = _plain_words(words, rest)
    period = words.say(f"statement.horizon.{horizon}")
    return None if inner is None else words.say("statement.word.of-horizon", number=inner, horizon=period)


def _plain_words(words: Catalogue, key: str) -> str | None:
    whole, fault = key.replace("/", "-"), key.partition(" ")[0].replace("/", "-")
    for known in (f"statement.number.{whole}", f"ledger.cell.{fault}"):
        if known in words:
            return words.say(known)
    for table, beginning in TABLES.items():
        if key.startswith(beginning):
            row, detail = row_words(words, table, key.removeprefix(beginning))
            named = f"{row} ({detail})" if detail else row
            return words.say("statement.word.of-table", table=words.say(f"statement.table.{table}"), row=named)
    return None


def row_words(words: Catalogue, table: str, row: str) -> tuple[str, str]:
    """What people call a row, and the countries of a network (of registrant / of location, "?" where unknown), else "".

    >>> from comity.locale import catalogue
    >>> row_words(catalogue("en"), "network", "198.51.100.0/24 CN -")
    ('198.51.100.0/24', 'CN / ?')
    """
    name, _, detail = row.partition(" ")
    if name == "-":
        called = words.say("statement.unknown")
    else:
        known = {"class": f"triage.class.{name}", "outcome": f"statement.outcome.{name}"}.get(table, "")
        called = words.called(known, name)
    return called, detail.replace("-", "?").replace(" ", " / ") if table == "network" else ""
