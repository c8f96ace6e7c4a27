"""Two values compared on their bytes: equal bytes are equal values, and only what differs is ever decoded."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final, TypeAlias

import msgspec

from crwatch.diff.change import Diff, FieldChange, Guess, Op, PairedBy
from crwatch.diff.moves import moves
from crwatch.diff.pairing import Pair, Pairing, pair_items
from crwatch.values.path import FieldPath, Part, escape_pointer
from crwatch.values.scalars import MISSING, Json, Missing, same
from crwatch.values.schema import NO_KEYS, SET, ListKeys

_split_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_split_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_value = msgspec.json.Decoder().decode
_encode_sorted = msgspec.json.Encoder(order="sorted").encode

_OBJECT: Final = ord("{")
_LIST: Final = ord("[")
_DEEPEST: Final = 100
"""What lies deeper is compared whole: nothing real does, and the walk must not exhaust the stack."""

_Skips: TypeAlias = Mapping[str, "_Skips"]
"""Fields to leave out, by name: an empty mapping is the end of a path."""

_NO_SKIPS: Final[_Skips] = {}


def compare(old: Json, new: Json, *, keys: ListKeys = NO_KEYS) -> Diff:
    """Return what lies between two JSON values.

    Null is a value and absence is not; 1, 1.0, true and "1" are four things; integers are compared exactly, of
    whatever size. `diff.apply(old)` gives `new`, but for the order of lists that `keys` declares as sets.

    Args:
        old: a value as `json.loads` gives it; not changed.
        new: another.
        keys: what the schema declares about lists (`ListKeys.parse(crd)`); elsewhere items are paired by natural keys.
    """
    return compare_raw(msgspec.json.encode(old), msgspec.json.encode(new), keys=keys)


def compare_raw(
    old: bytes,
    new: bytes,
    *,
    keys: ListKeys = NO_KEYS,
    skip: tuple[FieldPath, ...] = (),
    order_of_sets: bool = False,
) -> Diff:
    """Return what lies between two values given as JSON text.

    Args:
        old: UTF-8 JSON.
        new: another.
        keys: what the schema declares about lists.
        skip: paths of field names that are left out on both sides before anything is compared.
        order_of_sets: whether declared sets are compared as other lists are, so that the changes give `new` exactly.

    Raises:
        msgspec.DecodeError: one of them is no JSON.
    """
    walk = _Walk(order_of_sets=order_of_sets)
    walk.values(msgspec.Raw(old.strip()), msgspec.Raw(new.strip()), _ROOT, keys, _skips(skip))
    return Diff(tuple(walk.found))


def _skips(paths: tuple[FieldPath, ...]) -> _Skips:
    tree: dict[str, Any] = {}
    for path in paths:
        node = tree
        for part in path.parts:
            node = node.setdefault(str(part), {})
    return tree


class _Place(msgspec.Struct, frozen=True):
    """Where the walk is, in both languages."""

    parts: tuple[Part, ...] = ()
    pointer: str = ""
    guess: Guess | None = None

    def field(self, name: str) -> "_Place":
        return _Place((*self.parts, name), f"{self.pointer}/{escape_pointer(name)}", self.guess)

    def item(self, part: Part, index: int, guess: Guess | None = None) -> "_Place":
        return _Place((*self.parts, part), f"{self.pointer}/{index}", guess or self.guess)


_ROOT: Final = _Place()


class _Walk:
    """One comparison: `found` grows in the order in which the changes apply."""

    def __init__(self, *, order_of_sets: bool) -> None:
        self._order_of_sets = order_of_sets
        self.found: list[FieldChange] = []

    def values(self, old: msgspec.Raw, new: msgspec.Raw, place: _Place, keys: ListKeys, skips: _Skips) -> None:
        if old == new:
            return
        kind = memoryview(old)[0]
        can_split = kind == memoryview(new)[0] and len(place.parts) < _DEEPEST
        if can_split and kind == _OBJECT:
            self._objects(old, new, place, keys, skips)
        elif can_split and kind == _LIST:
            self._lists(old, new, place, keys)
        else:
            self._leaf(_decode_value(old), _decode_value(new), place)

    def _leaf(self, old: Json, new: Json, place: _Place) -> None:
        if not _same_leaf(old, new):
            self._tell(Op.REPLACE, place, old, new)

    def _objects(self, old: msgspec.Raw, new: msgspec.Raw, place: _Place, keys: ListKeys, skips: _Skips) -> None:
        before, after = _split_object(old), _split_object(new)
        for name, below in skips.items():
            if not below:
                before.pop(name, None)
                after.pop(name, None)
        for name, value in after.items():
            known = before.pop(name, None)
            if known is None:
                self._tell(Op.ADD, place.field(name), MISSING, _decode_value(value))
            elif known != value:
                self.values(known, value, place.field(name), keys.field(name), skips.get(name, _NO_SKIPS))
        for name, known in before.items():
            self._tell(Op.REMOVE, place.field(name), _decode_value(known), MISSING)

    def _lists(self, old: msgspec.Raw, new: msgspec.Raw, place: _Place, keys: ListKeys) -> None:
        declared = None if self._order_of_sets and keys.declared is SET else keys.declared
        pairing = pair_items(old, new, declared)
        if pairing.reordered:
            self._tell(Op.REPLACE, place, _decode_value(old), _decode_value(new))
            return
        before, after = _split_list(old), _split_list(new)
        staying = {pair.old: pair.new for pair in pairing.pairs}
        for index in range(len(before) - 1, -1, -1):  # from the end, so that the old indexes hold
            if index not in staying:
                removed = place.item(pairing.old_part(index), index)
                self._tell(Op.REMOVE, removed, _decode_value(before[index]), MISSING)
        if pairing.has_order and any(a.old > b.old for a, b in pairwise(pairing.pairs)):
            self._moves(pairing, place)
        paired = set(staying.values())
        for index, value in enumerate(after):
            if index not in paired:
                self._tell(Op.ADD, place.item(pairing.new_part(index), index), MISSING, _decode_value(value))
        for pair in pairing.pairs:
            if before[pair.old] != after[pair.new]:
                item = place.item(pairing.new_part(pair.new), pair.new, _guess(pair))
                self.values(before[pair.old], after[pair.new], item, keys.item, _NO_SKIPS)

    def _moves(self, pairing: Pairing, place: _Place) -> None:
        """Tell what stands in another order, when removed items are gone and added ones not yet there."""
        rank = {old: index for index, old in enumerate(sorted(pair.old for pair in pairing.pairs))}
        by_rank = {rank[pair.old]: pair for pair in pairing.pairs}
        for move in moves([rank[pair.old] for pair in pairing.pairs]):
            pair = by_rank[move.item]
            target = place.item(pairing.new_part(pair.new), move.target, _guess(pair))
            source = f"{place.pointer}/{move.source}"
            self._tell(Op.MOVE, target, pair.old, pair.new, source)

    def _tell(self, op: Op, place: _Place, old: Json | Missing, new: Json | Missing, source: str | None = None) -> None:
        path = FieldPath(place.parts)
        self.found.append(FieldChange(op, place.pointer, path, old, new, (), source, place.guess))


def _same_leaf(old: Json, new: Json) -> bool:
    if isinstance(old, dict | list):  # only below the deepest level: `same` would exhaust the stack
        return _encode_sorted(old) == _encode_sorted(new)
    return same(old, new)


def _guess(pair: Pair) -> Guess | None:
    return Guess(pair.by, pair.old) if pair.by and (pair.by != PairedBy.POSITION or pair.old != pair.new) else None
