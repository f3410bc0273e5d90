"""Nobody can work out a small number from those that are shown: an outsider with a solver tries."""

from collections.abc import Sequence
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from comity.accord.suppression import ROOM, Arc, hidden, is_small


def most(objective: str, arcs: Sequence[Arc], gone: frozenset[str]) -> Fraction | None:
    """The largest value a hidden number can have, given all that is shown: the simplex method over fractions, Bland's rule.

    Unknowns are the hidden flows, not negative; at each joint as much goes in as comes out. None: as large as one likes.
    """
    unknown = [arc for arc in arcs if arc.key in gone]
    joints = sorted({joint for arc in arcs for joint in (arc.tail, arc.head)})
    rows: list[list[Fraction]] = []
    for joint in joints:
        row = [Fraction((arc.head == joint) - (arc.tail == joint)) for arc in unknown]
        shown = sum(((arc.tail == joint) - (arc.head == joint)) * arc.value for arc in arcs if arc.key not in gone)
        row.append(Fraction(shown))
        rows.append([-each for each in row] if row[-1] < 0 else row)
    width, height = len(unknown), len(rows)
    table = [row[:-1] + [Fraction(number == at) for at in range(height)] + row[-1:] for number, row in enumerate(rows)]
    basis = [width + number for number in range(height)]
    costs = [Fraction(0)] * width + [Fraction(-1)] * height
    assert simplex(table, basis, costs, width + height) == 0, "what is shown fits at least the truth"
    for at, column in enumerate(basis):  # artificial ones that stayed at nought leave, or their row says nothing
        if column >= width:
            pivot = next((each for each in range(width) if table[at][each]), None)
            if pivot is not None:
                turn(table, basis, at, pivot)
    costs = [Fraction(arc.key == objective) for arc in unknown] + [Fraction(0)] * height
    return simplex(table, basis, costs, width)


def simplex(table: list[list[Fraction]], basis: list[int], costs: list[Fraction], usable: int) -> Fraction | None:
    """Climb until nothing gets better."""
    while True:
        reduced = [
            costs[column] - sum((costs[basis[at]] * row[column] for at, row in enumerate(table)), Fraction(0))
            for column in range(usable)
        ]
        entering = next((column for column, gain in enumerate(reduced) if gain > 0), None)
        if entering is None:
            return sum((costs[basis[at]] * row[-1] for at, row in enumerate(table)), Fraction(0))
        ratios = [(row[-1] / row[entering], basis[at], at) for at, row in enumerate(table) if row[entering] > 0]
        if not ratios:
            return None
        turn(table, basis, min(ratios)[2], entering)


def turn(table: list[list[Fraction]], basis: list[int], at: int, column: int) -> None:
    """One pivot."""
    scale = table[at][column]
    table[at] = [each / scale for each in table[at]]
    for other, row in enumerate(table):
        if other != at and row[column]:
            factor = row[column]
            table[other] = [each - factor * one for each, one in zip(row, table[at], strict=True)]
    basis[at] = column


@st.composite
def tables(draw: st.DrawFn) -> list[Arc]:
    """A total by class, and by registrant, network and location; many numbers are small."""
    number = st.one_of(st.integers(0, 12), st.integers(0, 200))
    places = draw(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from("XYZ"), number), min_size=1, max_size=7))
    total = sum(n for _, _, n in places)
    cuts = sorted(draw(st.lists(st.integers(0, total), min_size=0, max_size=3)))
    classes = [after - before for before, after in zip([0, *cuts], [*cuts, total], strict=True)]
    arcs = [Arc(key="total", tail="classes", head="registrants", value=total, is_known=True)]
    arcs += [Arc(key=f"class{at}", tail="out", head="classes", value=n) for at, n in enumerate(classes)]
    for letter in sorted({one for one, _, _ in places}):
        n = sum(n for one, _, n in places if one == letter)
        arcs.append(Arc(key=f"registrant{letter}", tail="registrants", head=letter, value=n))
    for letter in sorted({one for _, one, _ in places}):
        n = sum(n for _, one, n in places if one == letter)
        arcs.append(Arc(key=f"location{letter}", tail=letter, head="out", value=n))
    arcs += [Arc(key=f"net{at}", tail=a, head=b, value=n) for at, (a, b, n) in enumerate(places)]
    return arcs


def is_withheld(arcs: Sequence[Arc], gone: frozenset[str]) -> bool:
    """Nothing is shown but the total: the statement then names no row at all."""
    return gone == {arc.key for arc in arcs if not arc.is_known}


@given(tables())
def test_a_solver_finds_no_small_number(arcs: list[Arc]) -> None:
    """Across classes, rows, countries and totals: a hidden small number could always be larger by ten."""
    gone = hidden(arcs)
    for arc in arcs:
        if is_small(arc.value) and not arc.is_known and not is_withheld(arcs, gone):
            assert arc.key in gone
            largest = most(arc.key, arcs, gone)
            assert largest is None or largest >= arc.value + ROOM, arc


@given(tables())
def test_large_tables_stay(arcs: list[Arc]) -> None:
    """Where nothing is small nothing is hidden."""
    if not any(is_small(arc.value) for arc in arcs if not arc.is_known):
        assert hidden(arcs) == frozenset()


def test_the_solver_can_find_something() -> None:
    """The attack is no straw man: without complements it finds the number itself."""
    arcs = [
        Arc(key="total", tail="in", head="out", value=50, is_known=True),
        Arc(key="a", tail="out", head="in", value=47),
        Arc(key="b", tail="out", head="in", value=3),
    ]
    assert most("b", arcs, frozenset({"b"})) == 3
    assert most("b", arcs, hidden(arcs)) == 50


def test_one_small_row_alone_is_withheld() -> None:
    """A total of one small row, and one beside a row that is small too: no row is shown."""
    for rows in ([3], [3, 4]):
        arcs = [Arc(key="total", tail="in", head="out", value=sum(rows), is_known=True)]
        arcs += [Arc(key=f"row{at}", tail="out", head="in", value=n) for at, n in enumerate(rows)]
        assert hidden(arcs) == {arc.key for arc in arcs[1:]}


@given(tables(), st.data())
def test_what_another_hides_only_helps(arcs: list[Arc], data: st.DataObject) -> None:
    """Keys that the other side hides stay hidden, and no small number comes to light because of them."""
    others = data.draw(st.sets(st.sampled_from([arc.key for arc in arcs if not arc.is_known])))
    gone = hidden(arcs, others)
    assert others <= gone
    for arc in arcs:
        if is_small(arc.value) and not arc.is_known and not is_withheld(arcs, gone):
            largest = most(arc.key, arcs, gone)
            assert largest is None or largest >= arc.value + ROOM
