"""Check a joint statement with nothing but the file and the two public keys; every number with how it is proved.

Trust:      the file comes from anybody: whatever its shape, the answer is a list of faults, never an exception.
Standards:  C2SP signed-note and tlog-checkpoint, RFC 6962 proofs; the cells of a close as ``comity.ledger.day_close`` says.
Answers:    ``check(data, keys)`` gives ``Checked``: faults by name, and ``Proved`` for each number.
Limits:     what was measured beside the ledgers is proved to be signed by both, and so is the baseline it is compared with.
            Proves that both sides stand by the numbers and that each is the one that its ledger committed to on the last day; not
            that what was reported is true. Two sides that lie together cannot be caught.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any, Final

from comity.accord.measured import is_sound, not_measured
from comity.accord.statement import BREAKDOWNS, BY_HOURS, FORMATS, breakdown_of, rules
from comity.accord.suppression import is_small
from comity.ledger import checkpoint, day_close, leaf, note, tree
from comity.ledger.base64_text import strict
from comity.ledger.day_close import DayClose, Opening
from comity.model import period as periods
from comity.model.counted import ANSWERS, DIFFERENT
from comity.model.period import Period
from comity.services.prove.owed.answered import QUARTERS
from comity.services.prove.stating import baselines, making

_BY_MAIL: Final = "by-mail"
_UNSIGNED: Final = "signature-missing"
_TOO_MANY: Final = 1 << 53  # no ledger counts so far, and other programs read no larger number
_PARTS: Final = frozenset(
    {"format", "parties", "period", "made", "directions", "evidence", "rules", "derived", "differences"}
    | {"measured", "not_measured", "baseline", "changes"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What does not hold, by name, and where."""

    code: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """One number of one side's ledger; ``by`` is the close that committed to it, None where it is not shown."""

    reporting: str
    reported: str
    key: str
    side: str
    value: int | None
    by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The outcome."""

    faults: tuple[Fault, ...]
    statement: Mapping[str, Any] | None = None
    signers: tuple[str, ...] = ()
    proved: tuple[Proved, ...] = ()
    days: int = 0  # closes whose place under a signed head was proved
    cosigned_heads: int = 0  # signed by both at the time
    heads: int = 0
    other_keys: tuple[tuple[str, str], ...] = ()  # sides with keys of theirs that were not given, and which it names

    @property
    def unsigned(self) -> tuple[str, ...]:
        """The sides that have not signed it."""
        return tuple(each.where for each in self.faults if each.code == _UNSIGNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Close:
    """A close whose leaf stands in the file."""

    origin: str
    quarter: str
    position: int
    said: DayClose

    @property
    def name(self) -> str:
        return f"{self.origin}#{self.position}"


def check(data: bytes, keys: Sequence[note.Verifier], *, signed: bool = True) -> Checked:
    """Check a file; without ``signed`` a draft, whose signatures are still to come."""
    found = making.read(data)
    if found is None:
        return Checked(faults=(Fault(code="bytes-changed", where="file"),))
    statement, note_text = found
    try:
        return _Checking(statement, keys).run(note_text, signed=signed)
    except (KeyError, TypeError, ValueError, AttributeError, LookupError, ArithmeticError):
        return Checked(faults=(Fault(code="form", where="statement"),), statement=statement)


class _Checking:
    """One check."""

    def __init__(self, statement: Mapping[str, Any], keys: Sequence[note.Verifier]) -> None:
        self._statement = statement
        self._keys = baselines.in_both_algorithms(keys)
        self._parties: list[str] = list(statement["parties"])
        self._faults: list[Fault] = []
        self._proved: list[Proved] = []
        self._days = self._heads = self._cosigned = 0
        self._by_agreement = statement["format"] != BY_HOURS
        self._could_say: list[bool] = []  # of each direction in a ledger: every close says what became of reports
        self._whole = FORMATS.get(str(statement["format"]), ())
        self._hours: set[int] = set()  # for an answer, by all closes
        self._tables: dict[str, str | None] = {}  # of countries, by the side whose ledger has them

    def run(self, note_text: str | None, *, signed: bool) -> Checked:
        statement = self._statement
        period = periods.read(str(statement["period"]))
        known = {key.name for key in self._keys}
        if not set(statement) <= _PARTS:
            raise ValueError(sorted(set(statement) - _PARTS))
        if not self._whole or period is None or len(set(self._parties)) != 2:
            raise ValueError(statement["format"])
        if datetime.fromisoformat(statement["made"]).utcoffset() is None:
            raise ValueError(statement["made"])
        for name in self._parties:
            if name not in known:
                self._fault("key-missing", name)
        signers = self._signers(note_text) if signed else ()
        pairs = [(each["reporting"], each["reported"]) for each in statement["directions"]]
        one, other = self._parties
        if pairs != [(one, other), (other, one)]:
            self._fault("direction-missing", f"{one} / {other}")
        if not statement["evidence"] or not set(statement["evidence"]) <= set(self._parties):
            self._fault("evidence-missing", " / ".join(self._parties))
        for side, evidence in statement["evidence"].items():
            for direction, record in zip(statement["directions"], evidence["directions"], strict=True):
                self._direction(side, direction, record, period=period)
        self._worked_out()
        return Checked(
            faults=tuple(self._faults),
            statement=statement,
            signers=signers,
            proved=tuple(self._proved),
            days=self._days,
            heads=self._heads,
            cosigned_heads=self._cosigned,
            other_keys=self._other_keys(note_text, signers) if signed else (),
        )

    def _other_keys(self, note_text: Any, signers: Collection[str]) -> tuple[tuple[str, str], ...]:
        """After a change of a key what was signed before is checked with the card of then: whose card that is, and which."""
        named = note.keys_named(note_text) if isinstance(note_text, str) else ()
        given = {(key.name, key.key_id.hex()) for key in self._keys}
        missing = set(self._parties) - set(signers)
        return tuple(each for each in named if each[0] in missing and each not in given)

    def _fault(self, code: str, where: object) -> None:
        self._faults.append(Fault(code=code, where=str(where)))

    def _signers(self, note_text: str | None) -> tuple[str, ...]:
        """Both signed these very bytes."""
        opened = note.opened(note_text, self._keys) if note_text is not None else None
        if note_text is not None and opened is None:
            self._fault("signature-wrong", "note")
        if opened is not None and opened.text != making.text_to_sign(self._statement):
            self._fault("other-bytes-signed", "note")
        signers = opened.signers if opened is not None else ()
        for name in self._parties:
            if name not in signers:
                self._fault(_UNSIGNED, name)
        return signers

    def _direction(self, side: str, direction: Mapping[str, Any], record: Mapping[str, Any], *, period: Period) -> None:
        """The closes of one direction in one side's ledger, and the numbers that the last of them opens."""
        arrow = f"{direction['reporting']}/to/{direction['reported']}"
        if (record["reporting"], record["reported"]) != (direction["reporting"], direction["reported"]):
            self._fault("direction-missing", arrow)
        closes = [close for channel in record["channels"] for close in self._channel(channel, arrow)]
        closes.sort(key=lambda each: (each.said.day, each.quarter))
        self._all_days(closes, period, arrow)
        last = closes[-1] if closes else None
        if last is None or last.name != record["last"] or last.said.day != period.last:
            self._fault("last-day-missing", f"{arrow} {period.last}")
            return
        self._tables.setdefault(side, last.said.countries)
        opened = {each["key"]: each for each in record["openings"]}
        for row in direction["numbers"]:
            self._number(side, direction, row, opened=opened.get(row["key"]), last=last, horizon=period.horizon.value)
        self._all_rows(side, direction, arrow)

    def _channel(self, channel: Mapping[str, Any], arrow: str) -> Iterator[_Close]:
        """The closes of one channel, each under its signed head."""
        origin = str(channel["origin"])
        quarter, _, way = origin.removeprefix(f"{arrow}/").partition("/")
        opened = note.opened(channel["head"], self._keys)
        head = checkpoint.read(opened.text) if opened is not None else None
        if opened is None or head is None or head.origin != origin or not origin.startswith(f"{arrow}/"):
            self._fault("head-wrong", origin)
            return
        if way not in ("", _BY_MAIL):
            self._fault("head-wrong", origin)
        name = checkpoint.channel_name(origin)
        if name is None or name.writer not in opened.signers:
            self._fault("head-not-signed", origin)
        self._heads += 1
        names = {*opened.signers, *(name for name, _ in opened.cosigned)}
        self._cosigned += names >= set(self._parties)
        before: DayClose | None = None
        for each in channel["closes"]:
            data, position = str(each["leaf"]).encode(), int(each["position"])
            proof = tuple((strict(str(item)) or b"") for item in each["proof"])
            if not tree.is_included(tree.leaf_hash(data), (position, head.size), proof, expected=head.root):
                self._fault("day-rewritten", f"{origin}#{position}")
                continue
            said = day_close.read(leaf.read(data) or {})
            if said is None or said.end > position:
                self._fault("close-malformed", f"{origin}#{position}")
                continue
            if before is not None and said.start != before.end:
                self._fault("leaves-skipped", f"{origin}#{position}: {before.end} / {said.start}")
            before = said
            self._days += 1
            self._hours.add(said.within_hours)
            yield _Close(origin=origin, quarter=quarter, position=position, said=said)

    def _all_days(self, closes: Sequence[_Close], period: Period, arrow: str) -> None:
        """Every day has its close in the channel of its quarter, and each close names the one before."""
        for one, following in pairwise(closes):
            if following.said.previous != one.name:
                self._fault("chain-broken", f"{arrow} {following.said.day}")
            if self._by_agreement and not _goes_on(one.said, following.said):
                self._fault("reports-unseen", f"{arrow} {following.said.day}")
        self._could_say.append(bool(closes) and all(each.said.answers is not None for each in closes))
        if self._by_agreement and not self._could_say[-1]:
            self._fault("answers-missing", arrow)
        begins = bool(closes) and closes[0].said.previous is None
        first = closes[0].said.day if begins else period.first
        if begins and closes[0].said.start != 0:
            self._fault("leaves-skipped", f"{closes[0].name}: 0 / {closes[0].said.start}")
        there = {(each.said.day, each.quarter) for each in closes}
        for day in period.days():
            if day >= first and (day, periods.quarter_of(day)) not in there:
                self._fault("day-missing", f"{arrow} {day}")
        if any(not period.first <= each.said.day <= period.last for each in closes):
            self._fault("day-foreign", arrow)

    def _number(
        self,
        side: str,
        direction: Mapping[str, Any],
        row: Mapping[str, Any],
        *,
        opened: Mapping[str, Any] | None,
        last: _Close,
        horizon: str,
    ) -> None:
        key, value = str(row["key"]), row["values"][side]
        if value is not None and not (type(value) is int and 0 <= value < _TOO_MANY):
            raise ValueError(key)  # two who lie together could make every sum with it senseless, or endless
        where = f"{direction['reporting']}/to/{direction['reported']} {key} ({side})"
        by = None
        if value is None:
            if opened is not None or breakdown_of(key) is None:
                self._fault("hidden-wrongly", where)
        elif breakdown_of(key) is not None and is_small(value):
            self._fault("small-number-shown", where)
        elif opened is None and value == 0 and key not in self._whole:
            by = last.name  # a row of the other side's that this one does not have
        elif opened is None:
            self._fault("number-not-proved", where)
        else:
            opening = Opening(
                cell=(horizon, key, int(opened["count"])),
                salt=bytes.fromhex(opened["salt"]),
                position=int(opened["position"]),
                proof=tuple((strict(str(item)) or b"") for item in opened["proof"]),
            )
            if not _opens(opening, last.said):
                self._fault("number-not-proved", where)
            elif opened["count"] != value:
                self._fault("number-differs", where)
            else:
                by = last.name
        self._proved.append(
            Proved(
                reporting=direction["reporting"],
                reported=direction["reported"],
                key=key,
                side=side,
                value=value,
                by=by,
            )
        )

    def _all_rows(self, side: str, direction: Mapping[str, Any], arrow: str) -> None:
        """No row is missing: whole breakdowns add up, the number of networks is right, and the fixed numbers are there."""
        values = {row["key"]: row["values"][side] for row in direction["numbers"]}
        withheld = set(direction["withheld"])
        if direction["withheld"] != sorted(withheld & set(BREAKDOWNS)):
            self._fault("hidden-wrongly", f"{arrow} ({side})")
        for key in self._whole:
            if values.get(key) is None:
                self._fault("number-missing", f"{arrow} {key} ({side})")
        for beginning, total in BREAKDOWNS.items():
            rows = [value for key, value in values.items() if key.startswith(beginning)]
            if beginning in withheld:
                if rows:
                    self._fault("hidden-wrongly", f"{arrow} {beginning} ({side})")
                continue
            known = sum(each for each in rows if each is not None)
            whole = values.get(total) or 0
            if known > whole or (known < whole and None not in rows):
                self._fault("rows-missing", f"{arrow} {beginning} ({side}): {known} / {whole}")
        for key, beginning in DIFFERENT.items():
            rows = [value for name, value in values.items() if name.startswith(beginning)]
            at_most, at_least = len(rows), sum(1 for each in rows if each)
            if beginning not in withheld and not at_least <= (values.get(key) or 0) <= at_most:
                self._fault("rows-missing", f"{arrow} {beginning} ({side}): {len(rows)} / {values.get(key)}")

    def _worked_out(self) -> None:
        """Shares, differences and rules are what the numbers and closes give."""
        if not self._by_agreement and all(
            self._could_say
        ):  # whoever was late would rather be measured by his own hours
            self._fault("answers-left-out", "format")
        if not self._faults:  # a close that does not hold has named its fault
            expected = (
                rules(answers=making.answer_rules(self._statement))
                if self._by_agreement
                else rules(within_hours=sorted(self._hours))
            )
            if self._statement["rules"] != expected:
                self._fault("rules-differ", "rules")
            for side, evidence in self._statement["evidence"].items():
                if evidence["countries"] != self._tables.get(side):
                    self._fault("rules-differ", f"countries ({side})")
        if self._statement["derived"] != making.derived_of(self._statement):
            self._fault("derived-differs", "derived")
        if self._statement["differences"] != making.differences(self._statement):
            self._fault("differences-hidden", "differences")
        measured = self._statement.get("measured", {})
        if not is_sound(measured, self._parties) or self._statement["not_measured"] != not_measured(measured):
            self._fault("measured-wrong", "measured")
            return
        baseline, period = self._statement["baseline"], periods.read(str(self._statement["period"]))
        if baseline is not None and period is not None:
            wrong = baselines.fault(baseline, self._keys, parties=self._parties, period=period)
            if wrong is not None:
                self._fault(wrong, "baseline")
                return
        if self._statement["changes"] != making.changes_of(self._statement):
            self._fault("changes-differ", "changes")


def _opens(opening: Opening, said: DayClose) -> bool:
    """Whether a close committed to this cell: what became of reports lies under a root of its own."""
    root, cells = said.root, said.cells
    if opening.cell[1] in ANSWERS:
        if said.answers is None:
            return False
        root, cells = said.answers.root, said.answers.cells
    return day_close.is_opened(opening, root, cells)


def _goes_on(one: DayClose, following: DayClose) -> bool:
    """Whether a close has seen all the reports that the one before it had."""
    if one.answers is None or following.answers is None:
        return True
    seen = following.answers.seen
    is_whole = len(seen) < QUARTERS  # only what is too old is no longer named
    return all(seen[origin] >= size if origin in seen else not is_whole for origin, size in one.answers.seen.items())


def last_day_of(statement: Mapping[str, Any]) -> date | None:
    """The last day of a statement's period."""
    period = periods.read(str(statement.get("period")))
    return period.last if period else None
