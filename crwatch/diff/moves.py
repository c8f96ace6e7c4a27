"""The fewest moves that bring a list into another order."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec


class Move(msgspec.Struct, frozen=True):
    """One step, on the list as the steps before have left it."""

    item: int
    source: int
    """Where the item stands before this step."""
    target: int
    """Where it stands after it, as RFC 6902 counts: with the item taken out first."""


def moves(order: Sequence[int]) -> Iterator[Move]:
    """Yield the moves that turn the items 0, 1, 2, … into `order`, a permutation of them.

    What need not move does not: the items of a longest rising run stay, each of the others moves once, to the place
    behind its predecessor.
    """
    staying = set(longest_rising(order))
    if len(staying) == len(order):
        return
    current = list(range(len(order)))
    for place, item in enumerate(order):
        if item not in staying:
            source = current.index(item)
            del current[source]
            target = current.index(order[place - 1]) + 1 if place else 0
            current.insert(target, item)
            yield Move(item, source, target)


def longest_rising(numbers: Sequence[int]) -> list[int]:
    """Return a longest subsequence of distinct `numbers` that rises, in n log n steps (patience sorting)."""
    if all(a < b for a, b in pairwise(numbers)):
        return list(numbers)
    tails: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for index, number in enumerate(numbers):
        length = bisect_left(tails, number)
        before.append(at[length - 1] if length else -1)
        tails[length : length + 1] = [number]
        at[length : length + 1] = [index]
    rising: list[int] = []
    index = at[-1] if at else -1
    while index >= 0:
        rising.append(numbers[index])
        index = before[index]
    return rising[::-1]
