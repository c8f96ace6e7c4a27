"""What a user wants to see of what changed, and rules of the user's own."""

from typing import Any

import msgspec
import pytest

from crwatch.diff.change import Change, FieldChange, Manager
from crwatch.diff.compare import compare
from crwatch.diff.filters import Filters
from crwatch.diff.lens import Lens
from crwatch.diff.rules import Pattern, Rules, When
from crwatch.model.resource import TypeName
from crwatch.values.glob import PathGlob
from tests.diff.shapes import SPEC, STATUS, database, delta, entry

glob = PathGlob.parse
OLD: dict[str, Any] = {"spec": {"a": 1, "list": [{"name": "x", "v": 1}, {"name": "y", "v": 1}]}, "gone": {"a": 1}}
NEW: dict[str, Any] = {
    "spec": {"a": 2, "list": [{"name": "y", "v": 1}, {"name": "x", "v": 2}]},
    "status": {"p": 1, "q": 2},
}


def fields(*by: Manager) -> tuple[FieldChange, ...]:
    return tuple(msgspec.structs.replace(field, by=by) for field in compare(OLD, NEW).fields)


def shown(filters: Filters, *by: Manager) -> set[str]:
    """The paths that are shown; the rest is counted."""
    kept, hidden = filters.split(fields(*by))
    assert len(kept) + len(hidden) == len(fields())
    return {f"{field.op} {field.path}" for field in kept}


ALL = {"replace spec.a", "move spec.list[name=y]", "replace spec.list[name=x].v", "add status", "remove gone"}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), ALL),
        (Filters(paths=(glob("."),)), ALL),
        (Filters(paths=(glob("spec.list"),)), {"move spec.list[name=y]", "replace spec.list[name=x].v"}),
        (Filters(paths=(glob("spec.list[*].v"),)), {"replace spec.list[name=x].v"}),
        (Filters(paths=(glob("status.q"), glob("gone"))), {"add status", "remove gone"}),
        (Filters(paths=(glob("status.r"),)), set()),
        (Filters(ignored=(glob("status.q"),)), ALL),
        (Filters(ignored=(glob("status.*"), glob("spec"))), {"remove gone"}),
        (Filters(paths=(glob("spec"),), ignored=(glob("spec.list"),)), {"replace spec.a"}),
    ],
)
def test_places_are_shown_or_hidden(filters: Filters, expected: set[str]) -> None:
    """A subtree is shown for what it holds, and hidden only when it holds nothing else."""
    assert shown(filters) == expected


OPERATOR = Manager("db-operator", subresource="status")
JANE = Manager("jane")


@pytest.mark.parametrize(
    ("filters", "by", "is_shown"),
    [
        (Filters(by=("jane",)), (JANE,), True),
        (Filters(by=("db-*",)), (OPERATOR,), True),
        (Filters(by=("*/status",)), (OPERATOR,), True),
        (Filters(by=("jane",)), (OPERATOR,), False),
        (Filters(by=("jane",)), (OPERATOR, JANE), True),
        (Filters(by=("jane",)), (), False),
        (Filters(by=("?",)), (), True),
        (Filters(not_by=("jane",)), (JANE,), False),
        (Filters(not_by=("jane",)), (JANE, OPERATOR), True),
        (Filters(not_by=("jane", "db-operator")), (JANE, OPERATOR), False),
        (Filters(not_by=("jane",)), (), True),
        (Filters(not_by=("?",)), (), False),
    ],
)
def test_writers_are_shown_or_hidden(filters: Filters, by: tuple[Manager, ...], is_shown: bool) -> None:  # noqa: FBT001 - a column
    """Of co-owners one suffices to be shown, and all are needed to be hidden."""
    assert shown(filters, *by) == (ALL if is_shown else set())


def explained(lens: Lens, **more: Any) -> Change:
    before = database(1, entry("op", 1, STATUS), spec={"replicas": 1}, status={"phase": "A"})
    after = database(2, entry("op", 3, STATUS), spec={"replicas": 1}, status={"phase": "B"})
    return lens.explain(delta(before, after, **more))


def test_what_filters_hide_is_kept_apart_from_noise() -> None:
    """And the change is false: nothing is left to show."""
    change = explained(Lens(filters=Filters(paths=(glob("spec"),))))

    assert not change
    assert [str(field.path) for field in change.filtered] == ["status.phase"]
    assert change.folded == ()


def test_what_came_or_went_is_told_whole() -> None:
    """Filters hide changes only."""
    lens = Lens(filters=Filters(paths=(glob("spec.nothing"),), by=("nobody",)))
    reborn = delta(database(1, spec={"a": 1}), database(2, uid="u2", spec={"a": 2}), type="added", reason="recreated")

    assert lens.explain(delta(None, database(1)))
    assert lens.explain(reborn).fields


@pytest.mark.parametrize(
    ("pattern", "is_noise"),
    [
        (Pattern(glob("status")), True),
        (Pattern(glob("status.phase"), When.ALONE), True),
        (Pattern(glob("spec")), False),
        (Pattern(glob("status"), kind=TypeName("databaseclusters")), True),
        (Pattern(glob("status"), kind=TypeName("databaseclusters.stable.example.com")), True),
        (Pattern(glob("status"), kind=TypeName("widgets")), False),
        (Pattern(glob("."), manager="o*"), True),
        (Pattern(glob("."), manager="jane"), False),
    ],
)
def test_a_users_own_rule_makes_noise(pattern: Pattern, is_noise: bool) -> None:  # noqa: FBT001 - a column
    """For a kind, for a manager, always or alone."""
    change = explained(Lens(msgspec.structs.replace(Rules.default(), patterns=(pattern,))))
    assert bool(change) is not is_noise
    assert len(change.folded) == is_noise


def test_a_rule_that_folds_what_is_alone_shows_it_beside_news() -> None:
    """As heartbeats."""
    lens = Lens(Rules(patterns=(Pattern(glob("status"), When.ALONE),)))
    before = database(1, entry("op", 1, SPEC), spec={"replicas": 1}, status={"phase": "A"})
    after = database(2, entry("op", 2, SPEC), spec={"replicas": 2}, status={"phase": "B"})
    paths = [str(field.path) for field in lens.explain(delta(before, after)).fields]

    assert "status.phase" in paths
