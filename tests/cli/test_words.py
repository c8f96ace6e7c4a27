"""What typed words mean."""

import pytest

from crwatch.cli.words import Since, Target, parse_since, parse_targets
from crwatch.errors import UsageError


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ()),
        (["dbcluster"], (Target("dbcluster"),)),
        (["a,b"], (Target("a"), Target("b"))),
        (["dbcluster", "orders", "cart"], (Target("dbcluster", "orders"), Target("dbcluster", "cart"))),
        (["dbcluster/orders", "widget/x"], (Target("dbcluster", "orders"), Target("widget", "x"))),
        (["dbcluster", "shop/orders"], (Target("dbcluster", "orders", "shop"),)),
    ],
)
def test_types_and_names_read_as_in_kubectl(words: list[str], expected: tuple[Target, ...]) -> None:
    """And after a TYPE a NAME may be what crwatch printed."""
    assert parse_targets(words) == expected


@pytest.mark.parametrize("words", [[","], ["a/b", "c"], ["a/"], ["/b"], ["a/b/c"], ["a", "/b"], ["a", "b/c/d"]])
def test_words_that_mean_nothing_are_refused(words: list[str]) -> None:
    """Before anything is asked of a server."""
    with pytest.raises(UsageError):
        parse_targets(words)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("88101", Since("88101")), ("1", Since("1")), ("88101@5f0c21d7", Since("88101", "5f0c21d7"))],
)
def test_a_position_is_a_version_and_perhaps_its_cluster(text: str, expected: Since) -> None:
    """As crwatch prints it."""
    assert parse_since(text) == expected


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "007", "abc", "", "88101@", "88101@xyz", "1 2", "٣"])
def test_garbage_is_no_position(text: str) -> None:
    """Kubernetes takes 007 for 7 and answers abc with a 500: neither ever gets there."""
    with pytest.raises(UsageError, match="no resource version"):
        parse_since(text)


@pytest.mark.parametrize("text", ["10m", "1h30m", "last", "17:05", "2026-11-22"])
def test_what_needs_the_journal_is_refused_with_that_sentence(text: str) -> None:
    """Until there is one."""
    with pytest.raises(UsageError, match="needs the journal"):
        parse_since(text)
