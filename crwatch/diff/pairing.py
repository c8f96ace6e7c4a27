"""Which item of an old list is which item of the new one.

In this order, each step for what the steps before left over: the keys that the schema declares, else a natural key
(neither pairs anything by chance: every item must have it, no two items may share it); without one, equal items,
then like items, then what stands at the same place between paired neighbours. The same lists always give the same
answer.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import Any, Final

import msgspec

from crwatch.diff.change import PairedBy
from crwatch.diff.moves import longest_rising
from crwatch.values.path import Keyed, Member, Part, Scalar
from crwatch.values.scalars import Json, same
from crwatch.values.schema import SET, ListKind

ListItems = Sequence[msgspec.Raw]


class Pair(msgspec.Struct, frozen=True):
    """An item that is in both lists."""

    old: int
    new: int
    by: PairedBy | None = None
    """None where a key or equal bytes say so."""


class Pairing(msgspec.Struct, frozen=True):
    """How the items of two lists belong together, and what each is called in a path."""

    pairs: tuple[Pair, ...]
    """In the order of the new list."""
    old_names: "Sequence[_Name | Part]"
    new_names: "Sequence[_Name | Part]"
    key: tuple[str, ...] = ()
    """The fields whose values are the names; without them a name is the path's part itself."""
    has_order: bool = True
    """False for a declared set: its order means nothing."""
    reordered: bool = False
    """The same scalars in another order: one change of the whole list, not one for each item."""

    def old_part(self, index: int) -> Part:
        """Return what a path calls an item of the old list."""
        return self._part(self.old_names[index])

    def new_part(self, index: int) -> Part:
        """Return what a path calls an item of the new list."""
        return self._part(self.new_names[index])

    def _part(self, name: "_Name | Part") -> Part:
        return Keyed(tuple(zip(self.key, name, strict=True))) if isinstance(name, tuple) else name


NATURAL_KEYS: Final = (
    ("kind", "namespace", "name"),
    ("kind", "name"),
    ("namespace", "name"),
    ("name",),
    ("type",),
    ("id",),
    ("key",),
    ("secretKey",),
    ("uid",),
    ("containerPort", "protocol"),
    ("containerPort",),
    ("port", "protocol"),
    ("mountPath",),
    ("ip",),
)
"""Fields that name an item in the lists of published CRDs, the most telling first (ecosystem.md 9)."""

_LONGEST_NAME: Final = 253
"""Longer texts are content, not names (the limit of names in Kubernetes)."""

_NAME_FIELDS: Final = tuple(sorted({field for key in NATURAL_KEYS for field in key}))
_Names: Any = msgspec.defstruct("_Names", [(field, Any, msgspec.UNSET) for field in _NAME_FIELDS])
_decode_names = msgspec.json.Decoder(list[_Names]).decode
_decode_items = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_value = msgspec.json.Decoder().decode
_encode_sorted = msgspec.json.Encoder(order="sorted").encode


def pair_items(old: msgspec.Raw, new: msgspec.Raw, declared: tuple[str, ...] | ListKind | None) -> Pairing:
    """Return how the items of two lists, given as their JSON, belong together.

    Args:
        old: a JSON array.
        new: another.
        declared: what the schema says about this list (`ListKeys.declared`).
    """
    old_items, new_items = _decode_items(old), _decode_items(new)
    if all(map(_is_scalar, old_items)) and all(map(_is_scalar, new_items)):
        return _pair_scalars(_decode_value(old), _decode_value(new), is_set=declared is SET)
    if isinstance(declared, tuple):
        keyed = _pair_by_declared_key(declared, _decode_value(old), _decode_value(new))
        if keyed:
            return keyed
    return _pair_by_natural_key(old, new) or _pair_without_key(old_items, new_items)


def _is_scalar(raw: msgspec.Raw) -> bool:
    return memoryview(raw)[0] not in b"{["


# Keys ----------------------------------------------------------------------------------------------------------------


def _pair_by_declared_key(key: tuple[str, ...], old: list[Json], new: list[Json]) -> Pairing | None:
    items = [item for item in (*old, *new) if isinstance(item, dict)]
    if len(items) < len(old) + len(new):
        return None
    return _pair_by(key, [_names([item.get(field) for item in items]) for field in key], len(old))


def _pair_by_natural_key(old: msgspec.Raw, new: msgspec.Raw) -> Pairing | None:
    try:
        items, new_items = _decode_names(old), _decode_names(new)
    except msgspec.ValidationError:  # not all of them are objects
        return None
    first, start_of_new = (items or new_items)[0], len(items)
    items += new_items
    fields = {field for field in _NAME_FIELDS if type(getattr(first, field)) in _NAME_TYPES}  # rules out most at once
    for key in NATURAL_KEYS:
        if fields.issuperset(key):
            columns = [_names([getattr(item, field) for item in items]) for field in key]
            if pairing := _pair_by(key, columns, start_of_new):
                return pairing
    return None


_NAME_TYPES: Final = frozenset({str, int})


def _names(values: list[Any]) -> list[str | int] | None:
    """Return the values if every one can be a name: a short text or an integer."""
    if not _NAME_TYPES.issuperset(map(type, values)):
        return None
    return None if any(type(value) is str and len(value) > _LONGEST_NAME for value in values) else values


_Name = tuple[str | int, ...]


def _pair_by(key: tuple[str, ...], columns: Sequence[list[str | int] | None], start_of_new: int) -> Pairing | None:
    """Return the pairing by one key, or None where an item lacks it or two of a side share it.

    Args:
        key: the fields.
        columns: for each field its values, of the old items and then of the new ones.
        start_of_new: how many old items there are.
    """
    names: list[_Name] = [*zip(*filter(None, columns), strict=True)]
    old, new = names[:start_of_new], names[start_of_new:]
    old_at = {name: index for index, name in enumerate(old)}
    if None in columns or len(old_at) < len(old) or len(set(new)) < len(new):
        return None
    pairs = tuple(Pair(old_at[name], index) for index, name in enumerate(new) if name in old_at)
    return Pairing(pairs, old, new, key)


# Scalars -------------------------------------------------------------------------------------------------------------

_LONGEST_MEMBER: Final = 80
"""Longer texts, and texts of several lines, are content: a change of one is told at its index."""


def _pair_scalars(old: list[Scalar], new: list[Scalar], *, is_set: bool) -> Pairing:
    old_at = {_token(value): index for index, value in enumerate(old)}
    new_at = {_token(value): index for index, value in enumerate(new)}
    are_unique = len(old_at) == len(old) and len(new_at) == len(new)
    pairs = tuple(Pair(old_at[token], index) for token, index in new_at.items() if token in old_at)
    keeps_order = all(a.old < b.old for a, b in pairwise(pairs))
    if are_unique and (is_set or (keeps_order and all(map(_is_word, old)) and all(map(_is_word, new)))):
        return Pairing(pairs, [*map(Member, old)], [*map(Member, new)], has_order=False)
    tokens = [*map(_token, old)], [*map(_token, new)]
    if sorted(tokens[0], key=repr) == sorted(tokens[1], key=repr):
        return Pairing((), (), (), reordered=True)
    equal = _equal_tokens(*tokens)
    return _indexed(equal + _at_same_place(_gaps(equal, len(old), len(new))), len(old), len(new))


def _token(value: Scalar) -> tuple[type, Scalar]:
    """A scalar by type and value, hashable: Python holds 1, 1.0 and True equal."""
    return type(value), value


def _is_word(value: Scalar) -> bool:
    return not isinstance(value, str) or (len(value) <= _LONGEST_MEMBER and "\n" not in value)


# Without a key -------------------------------------------------------------------------------------------------------


def _pair_without_key(old: ListItems, new: ListItems) -> Pairing:
    pairs = _equal_items(old, new)
    gaps = _gaps(pairs, len(old), len(new))
    if alike := _like_pairs(gaps, old, new):
        pairs += alike
        gaps = _gaps(pairs, len(old), len(new))
    return _indexed(pairs + _at_same_place(gaps), len(old), len(new))


def _indexed(pairs: list[Pair], old: int, new: int) -> Pairing:
    return Pairing(tuple(sorted(pairs, key=attrgetter("new"))), range(old), range(new))


def _equal_items(old: ListItems, new: ListItems) -> list[Pair]:
    """Pair items of equal value.

    Bytes do not tell all that is equal (keys in another order), but they spare most items the decoding.
    """
    return _pair_ends(old, new, lambda *between: _equal_tokens(*([*map(_canonical, items)] for items in between)))


def _canonical(raw: msgspec.Raw) -> bytes:
    return _encode_sorted(_decode_value(raw))


def _equal_tokens(old: Sequence[Any], new: Sequence[Any]) -> list[Pair]:
    return _pair_ends(old, new, _equal_between)


def _pair_ends(
    old: Sequence[Any], new: Sequence[Any], pair_between: Callable[[Sequence[Any], Sequence[Any]], list[Pair]]
) -> list[Pair]:
    """Pair what is equal in place at both ends, and what lies between as `pair_between` does."""
    start, end = _equal_ends(old, new)
    between = pair_between(old[start : len(old) - end], new[start : len(new) - end])
    return [
        *(Pair(index, index) for index in range(start)),
        *(Pair(start + pair.old, start + pair.new) for pair in between),
        *(Pair(len(old) - index, len(new) - index) for index in range(end, 0, -1)),
    ]


def _equal_ends(old: Sequence[Any], new: Sequence[Any]) -> tuple[int, int]:
    """Return how many items are equal at the start, and of the rest at the end."""
    shorter = min(len(old), len(new))
    start = next((index for index in range(shorter) if old[index] != new[index]), shorter)
    rest = shorter - start
    return start, next((index for index in range(rest) if old[-1 - index] != new[-1 - index]), rest)


_RUNS_UP_TO: Final = 10_000
"""Items of one list times items of the other: looking for runs of repeated items takes quadratic time and worse."""


def _equal_between(old: Sequence[Any], new: Sequence[Any]) -> list[Pair]:
    """Pair equal tokens: runs first, then the rest in their order."""
    pairs: list[Pair] = []
    has_duplicates = len(set(old)) < len(old) or len(set(new)) < len(new)
    if has_duplicates and len(old) * len(new) <= _RUNS_UP_TO:
        from difflib import SequenceMatcher  # noqa: PLC0415 - 3 ms, and rarely needed

        for run in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
            pairs += [Pair(run.a + index, run.b + index) for index in range(run.size)]
    paired_old, paired_new = {pair.old for pair in pairs}, {pair.new for pair in pairs}
    places: dict[Any, list[int]] = {}
    for index in range(len(old) - 1, -1, -1):
        if index not in paired_old:
            places.setdefault(old[index], []).append(index)
    for index, token in enumerate(new):
        if index not in paired_new and places.get(token):
            pairs.append(Pair(places[token].pop(), index))
    return pairs


# Likeness ------------------------------------------------------------------------------------------------------------

_LIKENESS_UP_TO_BYTES: Final = 16_384
"""Of all pairs to be judged together: deepdiff takes 2 to 5 µs a byte."""

_LIKE: Final = 0.2
"""Of deepdiff's distance, from 0 (equal) to 1; objects that share no field are 0.25 and more apart."""


def _like_pairs(gaps: "list[_Gap]", old: ListItems, new: ListItems) -> list[Pair]:
    """Pair items that are alike, the most alike first."""
    if all(len(old_gap) <= 1 and len(new_gap) == len(old_gap) for old_gap, new_gap in gaps):
        return []  # each stands alone between paired neighbours: the place says enough
    left_old = [index for gap, _ in gaps for index in gap]
    left_new = [index for _, gap in gaps for index in gap]
    weight = sum(len(old[i]) for i in left_old) * len(left_new) + sum(len(new[i]) for i in left_new) * len(left_old)
    if not left_old or not left_new or weight > _LIKENESS_UP_TO_BYTES:
        return []
    old_values = {index: _decode_value(old[index]) for index in left_old}
    new_values = {index: _decode_value(new[index]) for index in left_new}
    found: list[Pair] = []
    for _, _, i, j in sorted(_candidates(old_values, new_values)):
        if i in old_values and j in new_values:
            del old_values[i], new_values[j]
            found.append(Pair(i, j, PairedBy.LIKENESS))
    return found


def _candidates(old: dict[int, Json], new: dict[int, Json]) -> list[tuple[float, int, int, int]]:
    """Pairs that are alike: distance, how far they stand apart, old index, new index."""
    return [
        (distance, abs(i - j), i, j)
        for i, old_value in old.items()
        for j, new_value in new.items()
        if (distance := _distance(old_value, new_value)) <= _LIKE
    ]


def _distance(old: Json, new: Json) -> float:
    if isinstance(old, dict) and isinstance(new, dict):
        if old and new and not old.keys() & new.keys():
            return 1.0
    elif not (isinstance(old, list) and isinstance(new, list)):
        return 1.0
    from deepdiff import DeepDiff  # noqa: PLC0415 - 200 ms, and rarely needed

    judged = DeepDiff(
        old,
        new,
        ignore_order=True,
        get_deep_distance=True,
        ignore_private_variables=False,  # else `__x` is not seen
        threshold_to_diff_deeper=0,  # else objects that share few fields are not looked into
    )
    return float(judged.get("deep_distance", 0.0)) * (1 - _share_of_equal_fields(old, new))


def _share_of_equal_fields(old: Json, new: Json) -> float:
    """What deepdiff does not weigh: a route with the same match is that route, however much its targets grew."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return 0.0
    equal = sum(key in new and same(value, new[key]) for key, value in old.items())
    return equal / max(len(old), len(new), 1)


# Position ------------------------------------------------------------------------------------------------------------


_Gap = tuple[list[int], list[int]]
"""What is left over on both sides between two neighbours that are paired and did not move."""


def _at_same_place(gaps: list[_Gap]) -> list[Pair]:
    return [Pair(i, j, PairedBy.POSITION) for old_gap, new_gap in gaps for i, j in zip(old_gap, new_gap, strict=False)]


def _gaps(pairs: list[Pair], old: int, new: int) -> list[_Gap]:
    partner = {pair.new: pair.old for pair in sorted(pairs, key=attrgetter("new"))}
    paired_old = set(partner.values())
    staying = set(longest_rising(list(partner.values())))
    anchors = [(i, j) for j, i in partner.items() if i in staying]
    gaps: list[_Gap] = []
    old_start = new_start = 0
    for old_end, new_end in [*anchors, (old, new)]:
        if old_end > old_start or new_end > new_start:
            old_gap = [index for index in range(old_start, old_end) if index not in paired_old]
            new_gap = [index for index in range(new_start, new_end) if index not in partner]
            if old_gap or new_gap:
                gaps.append((old_gap, new_gap))
        old_start, new_start = old_end + 1, new_end + 1
    return gaps
