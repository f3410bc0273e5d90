"""What a feed's file name and header say about its rows.

Trust:      names are a stranger's text; they choose a label, nothing else.
Standards:  Shadowserver report types (its public field schema); its times are UTC, its files are DATE-TYPE-NAME.csv.
Answers:    ``feed(name, header)``: the reporter, the report type and the class of its rows.
Limits:     a type that is not known by name is classed by its beginning, else by its columns.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

_FILE: Final = re.compile(
    r"(?:\d{4}-\d{2}-\d{2}-)?([a-z][a-z0-9_]{2,60})(?:-.{0,200})?\.(?:csv|tsv|txt)", re.IGNORECASE
)
_UTC_COLUMNS: Final = (
    frozenset({"timestamp", "ip", "asn", "geo"}),
    frozenset({"timestamp", "src_ip", "src_asn", "src_geo"}),
    frozenset({"timestamp", "http_referer_ip", "http_referer_asn"}),
    frozenset({"timestamp", "md5hash", "request", "response"}),
    frozenset({"timestamp", "ip", "md5", "url"}),
)
# Report type (a beginning, or a word in it) -> class of its rows; the first that fits.
_CLASSES: Final = (
    ("scan_post_exploitation", "compromised"),
    ("honeypot_ddos_target", "attacked"),
    ("honeypot_ddos_amp", "attacked"),  # its src_ip is the victim, whose address was forged
    ("honeypot_ddos", "ddos"),
    ("honeypot", "attack"),
    ("hp_", "attack"),
    ("scan", "vulnerable"),
    ("population", "exposed"),
    ("device_id", "exposed"),
    ("sinkhole", "infected"),
    ("botnet_drone", "infected"),
    ("ddos_amplification", "vulnerable"),
    ("ddos", "ddos"),
    ("brute_force", "attack"),
    ("darknet", "attack"),
    ("spoofer", "spoofing"),
    ("compromised", "compromised"),
    ("ransomware", "compromised"),
    ("special", "vulnerable"),
    ("sandbox", "malware"),
    ("malware_url", "malware"),
    ("phish_url", "phishing"),
    ("spam_url", "spam"),
    ("blocklist", "listed"),
    ("blacklist", "listed"),
    ("openresolver", "vulnerable"),
    ("smart_install", "vulnerable"),
    ("dnssec", "vulnerable"),
)
# Columns that one type alone has, for a table whose file is not named after it. In that of attacks the attacked may be the source.
_BY_COLUMN: Final = (
    ("http_referer_ip", "sinkhole_http_referer"),
    ("avg_pps", "honeypot_ddos_amp"),
    ("dst_netmask", "honeypot_ddos_target"),
    ("routedspoof", "ip_spoofer"),
)
_ARF_WORDS: Final = {"malware": "virus", "phishing": "fraud", "spam": "abuse"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What all rows of one table have in common. ``report_class`` is "class/type", as in XARF."""

    reporter: str | None
    report_class: str | None
    feedback_type: str
    is_utc: bool


def feed(name: str | None, header: Collection[str]) -> Feed:
    """Tell a feed by its columns; its file name only says which type it is.

    >>> feed("2026-03-01-event4_sinkhole-east-asn.csv", ["timestamp", "src_ip", "src_asn", "src_geo"]).report_class
    'infected/event4_sinkhole'
    >>> feed("mine.csv", ["ip", "time"]).report_class is None
    True
    """
    columns = {each.strip().lower() for each in header}
    if not any(marks <= columns for marks in _UTC_COLUMNS):
        return Feed(reporter=None, report_class=None, feedback_type="other", is_utc=False)
    kind = _type_in(name) or _type_by(columns)
    word = next((word for mark, word in _CLASSES if mark in kind), "table")
    return Feed(
        reporter="shadowserver",
        report_class=f"{word}/{kind}",
        feedback_type=_ARF_WORDS.get(word, "other"),
        is_utc=True,
    )


def _type_in(name: str | None) -> str | None:
    match = _FILE.fullmatch(name.replace("\\", "/").rpartition("/")[2][:300]) if name else None
    kind = match.group(1).lower() if match else ""
    return kind if any(mark in kind for mark, _ in _CLASSES) else None


def _type_by(columns: set[str]) -> str:
    named = next((kind for column, kind in _BY_COLUMN if column in columns), None)
    if named is not None:
        return named
    if "infection" in columns and columns & {"dst_ip", "cc", "query"}:
        return "sinkhole"
    if "md5hash" in columns or ("md5" in columns and "url" in columns):
        return "sandbox"
    if "infection" in columns:
        return "event"
    return "scan" if "port" in columns else "table"
