"""The configuration file."""

from pathlib import Path

import pytest

from crwatch.cli.config import Config, parse_config, read_config
from crwatch.diff.rules import Pattern, When
from crwatch.errors import UsageError
from crwatch.model.resource import TypeName
from crwatch.values.glob import PathGlob
from tests.readme import README

glob = PathGlob.parse


def test_rules_are_for_all_for_a_kind_and_for_a_manager() -> None:
    """In the order of the file."""
    text = b"""
ignore: [status.x]
kinds:
  DbCluster:
    fold: ['**.seen']
    mask: ["spec.users[*].password"]
managers:
  kube-*: {ignore: [.]}
mask: [spec.token]
"""
    assert parse_config(text, "f") == Config(
        patterns=(
            Pattern(glob("status.x")),
            Pattern(glob("**.seen"), When.ALONE, TypeName("dbcluster")),
            Pattern(glob("."), manager="kube-*"),
        ),
        masks=(glob("spec.token"),),
        masks_of_kinds=((TypeName("dbcluster"), glob("spec.users[*].password")),),
    )


@pytest.mark.parametrize("text", [b"", b"# nothing yet\n", b"ignore: []\n", b"kinds: {}\n"])
def test_a_file_may_say_nothing(text: bytes) -> None:
    """Then everything is as without it."""
    assert parse_config(text, "f") == Config()


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("a: [", "f is no YAML", None),
        ("- x", "f, line 1: one of ignore, fold, mask, kinds, managers is meant here, with a colon after it", None),
        ("ignore: [a]\nfoldd: [a]", 'f, line 2: "foldd" is not known here', "did you mean fold?"),
        ("zzz: [a]", 'f, line 1: "zzz" is not known here', "known here: ignore, fold, mask, kinds, managers"),
        ("managers:\n  a:\n    mask: [x]", 'f, line 3: "mask" is not known here', "known here: ignore, fold"),
        ("ignore: spec", "f, line 1: a list of path patterns is meant here", "- status.lastCheckedAt"),
        ("mask:\n  - [a]", "f, line 2: a path pattern is meant here", "quote it: '[…]' begins a list in YAML"),
        ("mask:\n  - a..b", "f, line 2: not a path: 'a..b' cannot be read from character 2 on", None),
        ("mask: [a]\nmask: [b]", 'f, line 2: "mask" stands here twice', None),
        ("kinds: {a: }", "f, line 1: one of ignore, fold, mask is meant here, with a colon after it", None),
    ],
)
def test_what_is_not_understood_is_told_with_its_line(text: str, message: str, hint: str | None) -> None:
    """A rule that silently does nothing would show a secret."""
    with pytest.raises(UsageError) as caught:
        parse_config(text.encode(), "f")
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_the_file_is_found_as_xdg_has_it(tmp_path: Path) -> None:
    """`$CRWATCH_CONFIG` wins, and must exist; the other need not."""
    (tmp_path / "crwatch").mkdir()
    (tmp_path / "crwatch" / "config.yaml").write_text("mask: [a]")
    (tmp_path / "mine.yaml").write_text("mask: [b]")
    folder = {"XDG_CONFIG_HOME": str(tmp_path)}

    assert read_config(folder).masks == (glob("a"),)
    assert read_config(folder | {"CRWATCH_CONFIG": str(tmp_path / "mine.yaml")}).masks == (glob("b"),)
    assert read_config({"HOME": str(tmp_path)}) == Config()
    with pytest.raises(UsageError, match="is not there"):
        read_config(folder | {"CRWATCH_CONFIG": str(tmp_path / "absent")})


def test_the_readme_shows_a_file_that_works() -> None:
    """Each kind of rule once."""
    example = README.read_text().split("```yaml\n")[1].split("```")[0]
    config = parse_config(example.encode(), "README.md")

    assert config.masks
    assert config.masks_of_kinds
    assert {pattern.when for pattern in config.patterns} == {When.ALWAYS, When.ALONE}
    assert any(pattern.manager for pattern in config.patterns)
