"""Patterns of paths."""

import pytest

from crwatch.values.glob import PathGlob
from crwatch.values.path import FieldPath, PathSyntaxError, find, parse_path
from crwatch.values.scalars import MISSING, Json

glob = PathGlob.parse


@pytest.mark.parametrize(
    "text",
    [
        "spec",
        ".",
        "**",
        "*",
        "**.image",
        "spec.*.image",
        "spec.users[*].roles",
        "[*].x",
        "a.**.b[3]",
        "status.conditions[type=Ready]",
        'metadata.annotations["a.b/c"]',
        'metadata.annotations["*"]',
        "spec.users[name=app].roles[=writer]",
    ],
)
def test_a_pattern_prints_as_it_was_typed(text: str) -> None:
    """And so reads back."""
    assert str(glob(text)) == text


@pytest.mark.parametrize("text", ["", "a..b", "a[", "***", "a.", "[", "a.*b", "a[*"])
def test_what_is_no_pattern_is_refused(text: str) -> None:
    """With the place."""
    with pytest.raises(PathSyntaxError):
        glob(text)


@pytest.mark.parametrize(
    ("pattern", "path", "covers"),
    [
        ("spec", "spec.replicas", True),
        ("spec", "spec", True),
        ("spec", "status.spec", False),
        ("spec.replicas", "spec", False),
        (".", "status", True),
        ("**.image", "image", True),
        ("**.image", "spec.containers[name=a].image.tag", True),
        ("**.image", "spec.images", False),
        ("spec.**.x", "spec.x", True),
        ("spec.*", "spec.users[name=a]", True),
        ("spec.*", "spec", False),
        ("*.image", "spec.a.image", False),
        ("spec.users[*].roles", "spec.users[name=app].roles[=writer]", True),
        ("spec.users[*].roles", "spec.users.roles", False),
        ("spec.users[*]", "spec.users[3].x", True),
        ("spec.*.x", "spec[3].x", False),
        ("status.conditions[type=Ready]", "status.conditions[type=Ready].status", True),
        ("status.conditions[type=Ready]", "status.conditions[type=Synced].status", False),
        ("spec.ports[port=80]", "spec.ports[port=80,protocol=TCP].name", True),
        ("spec.ports[port=80,protocol=TCP]", "spec.ports[port=80].name", False),
        ('spec.ports[port="80"]', "spec.ports[port=80].name", False),
        ("spec.roles[=a]", "spec.roles[=a]", True),
        ("spec.args[1]", "spec.args[1]", True),
        ("spec.args[1]", "spec.args[2]", False),
    ],
)
def test_a_pattern_names_a_path_and_all_below_it(pattern: str, path: str, covers: bool) -> None:  # noqa: FBT001 - a column
    """A star is one field, `[*]` one item, two stars any way down."""
    assert glob(pattern).covers(parse_path(path)) is covers


USER: Json = {"name": "app", "roles": ["reader"]}


def test_a_subtree_is_touched_by_a_pattern_that_names_something_in_it() -> None:
    """So `--path` shows a whole user that came, and not one without roles."""
    path = parse_path("spec.users[name=app]")
    assert glob("spec.users[*].roles").touches(path, USER)
    assert glob("spec.users[*].roles[=reader]").touches(path, USER)
    assert not glob("spec.users[*].roles[=writer]").touches(path, USER)
    assert not glob("spec.users[*].password").touches(path, USER)
    assert not glob("spec.users[*].roles").touches(path, MISSING)
    assert glob("spec.users[name=app]").touches(parse_path("spec"), {"users": [USER]})


def test_a_subtree_is_all_of_a_pattern_only_when_it_holds_nothing_else() -> None:
    """So `--ignore` hides nothing that was not named."""
    path = FieldPath(("status",))
    assert glob("status.a").holds_all_of(path, {"a": {"b": 1}})
    assert glob("status.*").holds_all_of(path, {"a": 1, "b": 2})
    assert not glob("status.a").holds_all_of(path, {"a": 1, "b": 2})
    assert not glob("status.a").holds_all_of(path, {})
    assert not glob("status.a").holds_all_of(path, "a")


def test_rewriting_changes_what_is_named_and_copies_the_rest() -> None:
    """The value given stays as it is; without a hit it comes back itself."""
    value: Json = {"a": [{"p": 1, "q": 1}, {"q": 2}], "p": None, "b": {"c": {"p": [1]}}}
    assert isinstance(value, dict)

    assert glob("**.p").rewrite(value, lambda _: "X") == {
        "a": [{"p": "X", "q": 1}, {"q": 2}],
        "p": "X",
        "b": {"c": {"p": "X"}},
    }
    second = glob("a[q=2].q").rewrite(value, lambda _: "X")
    assert find(second, parse_path("a")) == [{"p": 1, "q": 1}, {"q": "X"}]
    assert value["p"] is None
    assert glob("a[*].z").rewrite(value, lambda _: "X") is value
