"""The fewest moves."""

from hypothesis import given
from hypothesis import strategies as st

from crwatch.diff.moves import longest_rising, moves


@given(st.permutations(range(8)))
def test_the_moves_bring_about_the_order(order: list[int]) -> None:
    """Each is counted as RFC 6902 counts: taken out, then put in."""
    items = list(range(len(order)))
    for move in moves(order):
        assert items.pop(move.source) == move.item
        items.insert(move.target, move.item)
    assert items == order


@given(st.permutations(range(8)))
def test_no_more_is_moved_than_must_be(order: list[int]) -> None:
    """What rises already stays."""
    assert len(list(moves(order))) == len(order) - len(longest_rising(order))


def test_one_item_that_goes_to_the_end_is_one_move() -> None:
    """Not one for each item that it passes."""
    assert [(move.item, move.source, move.target) for move in moves([1, 2, 3, 0])] == [(0, 0, 3)]
