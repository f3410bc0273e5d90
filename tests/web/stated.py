"""A small statement made by hand: two ledgers that differ in one number, with a text of a stranger's in it."""

from typing import Any


def statement(text: str = "complaint") -> dict[str, Any]:
    """A small statement of two ledgers that differ in one number."""

    def numbers(reports: int, other: int) -> list[dict[str, Any]]:
        values = {
            "report": (reports, other),
            f"report/class/{text}": (reports, other),
            "report/class/bot": (None, None),
            "report/network/198.51.100.0/24 CN -": (reports, other),
            "report/registrant/-": (reports, other),
        }
        return [
            {"key": key, "values": dict(zip(("a.example", "b.example"), n, strict=True))} for key, n in values.items()
        ]

    share = {"direction": ["a.example", "b.example"], "part": 9, "whole": 12, "per_mille": 750, "low": 428, "high": 946}
    return {
        "format": "comity statement 1",
        "parties": ["a.example", "b.example"],
        "period": "2026-11",
        "made": "2026-12-01T09:00:00+00:00",
        "not_measured": ["infestations"],
        "rules": {"small": 10, "within_hours": [72], "confidence_percent": 95},
        "directions": [
            {"reporting": "a.example", "reported": "b.example", "numbers": numbers(1200, 1200), "withheld": []},
            {"reporting": "b.example", "reported": "a.example", "numbers": numbers(40, 38), "withheld": ["outcome/"]},
        ],
        "evidence": {each: {"countries": None, "directions": []} for each in ("a.example", "b.example")},
        "derived": {"a.example": [share | {"key": "answered-in-time", "method": "clopper-pearson"}], "b.example": []},
        "differences": [{"reporting": "b.example", "reported": "a.example", "key": text, "values": {"a.example": 40}}],
    }
