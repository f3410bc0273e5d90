"""A mailbox is read once, item by item; what was read before is not read again, and one bad item stops nothing."""

from collections.abc import Iterator

from comity.model.case import ItemFacts
from comity.model.feedback import Kind, Reading
from comity.model.mailbox import Condition, Item
from comity.services.receive.triage import FAULT, NoMemory, gather


class Notebook:
    """A memory in memory."""

    def __init__(self) -> None:
        self.pages: dict[str, ItemFacts] = {}

    def recall(self, position: str) -> ItemFacts | None:
        """What was at this position."""
        return self.pages.get(position)

    def remember(self, facts: ItemFacts) -> None:
        """Keep it."""
        self.pages[facts.position] = facts


class Reader:
    """Reads everything as ordinary mail, and counts."""

    def __init__(self) -> None:
        self.read: list[bytes] = []

    def __call__(self, data: bytes, name: str) -> Reading:
        """Read one."""
        self.read.append(data)
        if data == b"bad":
            raise RecursionError
        return Reading(kind=Kind.MAIL, why="why.mail", subject=data.decode(), carried_from=name)


def _item(position: str, data: bytes, condition: Condition = Condition.WHOLE) -> Item:
    return Item(name=position, position=position, size=len(data), data=data, condition=condition)


def test_each_item_becomes_facts_in_order() -> None:
    """One after the other, as they come: nothing waits for the end of the mailbox."""
    reader = Reader()

    def items() -> Iterator[Item]:
        yield _item("1", b"a")
        assert reader.read == [b"a"]
        yield _item("2", b"b")

    found = list(gather(items(), reader, NoMemory()))
    assert [(item.position, facts.subject) for item, facts in found] == [("1", "a"), ("2", "b")]
    assert found[0][1].digest != found[1][1].digest


def test_what_was_read_is_not_read_again() -> None:
    """The second run reads only what is new or has changed."""
    notebook, reader = Notebook(), Reader()
    list(gather([_item("1", b"a"), _item("2", b"b")], reader, notebook))
    reader.read.clear()
    found = list(gather([_item("1", b"a"), _item("2", b"changed"), _item("3", b"c")], reader, notebook))
    assert reader.read == [b"changed", b"c"]
    assert [facts.subject for _, facts in found] == ["a", "changed", "c"]


def test_an_item_that_was_not_fetched_is_recalled() -> None:
    """A source that knows the position to be the same mail need not send it again."""
    notebook, reader = Notebook(), Reader()
    list(gather([_item("1", b"a")], reader, notebook))
    (known, lost) = gather([_item("1", b"", Condition.KNOWN), _item("9", b"", Condition.KNOWN)], reader, notebook)
    assert known[1].subject == "a"
    assert lost[1].why == "triage.why.known"
    assert len(reader.read) == 1


def test_a_fault_of_ours_costs_one_item_once() -> None:
    """It is listed as ours, the next item is read, and the next run tries again."""
    notebook, reader = Notebook(), Reader()
    found = list(gather([_item("1", b"bad"), _item("2", b"b")], reader, notebook))
    assert [facts.why for _, facts in found] == [FAULT, "why.mail"]
    assert (found[0][1].detail or "").startswith("RecursionError at ")
    assert set(notebook.pages) == {"2"}


def test_what_is_not_whole_is_not_read() -> None:
    """Too large or closed: listed with its reason, and not remembered, because it may be whole next time."""
    notebook, reader = Notebook(), Reader()
    items = [_item("1", b"beginning", Condition.TOO_LARGE), _item("2", b"", Condition.CLOSED)]
    found = [facts for _, facts in gather(items, reader, notebook)]
    assert [facts.why for facts in found] == ["triage.why.too-large", "triage.why.cannot-open"]
    assert not reader.read
    assert not notebook.pages
