"""Generators of values that are shaped as Kubernetes shapes them, and of the hostile ones that it lets through."""

from hypothesis import strategies as st

from crwatch.values.path import FieldPath, Keyed, Member, Part, Scalar
from crwatch.values.scalars import Json

texts = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        ["", "a", "b", "name", "type", "1", "true", "null", "a/b", "~0", "~1", "a.b/c", 'it\'s["x"]', "__x"]
    ),
    st.sampled_from(["\x1b[31m", "\u202e", "\u009b2J", "\u2028", "a\nb", "😀", "\x7f", "‹masked›"]),
)
"""Texts of all kinds: keys and values alike."""

numbers = st.one_of(
    st.integers(-3, 3),
    st.integers(),
    st.sampled_from([2**53 + 1, 2**63 - 1, -(2**63), 2**64, 10**30]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, 1.0, -1.0, 1e16, 5e-324]),
)

scalars: st.SearchStrategy[Scalar] = st.one_of(st.none(), st.booleans(), numbers, texts)

values: st.SearchStrategy[Json] = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=6), st.dictionaries(texts, inner, max_size=5)),
    max_leaves=20,
)
"""JSON values of any shape."""

few_scalars: st.SearchStrategy[Scalar] = st.sampled_from([0, 1, 1.0, True, "1", "a", "b", None])
"""So few that they meet again: for duplicates, moves and look-alikes."""


_FIELDS = ["a", "b", "a/b", "", "x.y"]


@st.composite
def _spec(draw: st.DrawFn, depth: int = 3) -> Json:
    shapes = ["scalar", "map", "scalars", "named", "typed", "bare", "mixed"] if depth else ["scalar"]
    inner = _spec(depth - 1) if depth else few_scalars
    match draw(st.sampled_from(shapes)):
        case "map":
            return draw(st.dictionaries(st.sampled_from(_FIELDS), inner, max_size=4))
        case "scalars":
            return list(draw(st.lists(few_scalars, max_size=7)))
        case "named":
            names = draw(st.lists(st.sampled_from("abcd"), unique=True))
            return [{"name": name, **draw(st.dictionaries(st.sampled_from("xy"), inner, max_size=2))} for name in names]
        case "typed":
            types = draw(st.lists(st.sampled_from("abc"), max_size=4))
            return [{"type": kind, "status": draw(st.booleans())} for kind in types]
        case "bare":
            return list(draw(st.lists(st.dictionaries(st.sampled_from("pqr"), inner, max_size=3), max_size=4)))
        case "mixed":
            return draw(st.lists(inner, max_size=4))
        case _:
            return draw(few_scalars)


specs: st.SearchStrategy[Json] = _spec()
"""Values from a small world, so that two of them have much in common: keyed lists in keyed lists, sets, duplicates."""


@st.composite
def edits(draw: st.DrawFn) -> tuple[Json, Json]:
    """A value and what became of it: items moved, dropped, doubled and put in, fields changed."""
    old = draw(specs)
    return old, _edited(draw, old)


def _edited(draw: st.DrawFn, value: Json) -> Json:
    if draw(st.integers(0, 9)) == 0:
        return draw(specs)
    if isinstance(value, dict):
        kept = {key: _edited(draw, item) for key, item in value.items() if draw(st.integers(0, 5))}
        if _flip(draw):
            kept[draw(st.sampled_from(_FIELDS))] = draw(few_scalars)
        return kept
    if isinstance(value, list):
        items = list(value)
        if _flip(draw):
            items = draw(st.permutations(items))
        items = [_edited(draw, item) if _flip(draw) else item for item in items if draw(st.integers(0, 5))]
        if items and _flip(draw):
            items.insert(draw(st.integers(0, len(items))), draw(st.sampled_from(items)))
        return items
    return value


def _flip(draw: st.DrawFn) -> bool:
    return draw(st.booleans())


_parts: st.SearchStrategy[Part] = st.one_of(
    texts,
    st.integers(0, 10**6),
    st.builds(Member, scalars),
    st.builds(Keyed, st.lists(st.tuples(texts, scalars), min_size=1, max_size=3).map(tuple)),
)

paths: st.SearchStrategy[FieldPath] = st.builds(FieldPath, st.lists(_parts, max_size=5).map(tuple))
