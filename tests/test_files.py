"""Files of our own."""

import stat
from pathlib import Path

import pytest

from crwatch.files import CacheFolder, write_private, xdg_folder


def test_only_its_owner_may_read_what_is_written(tmp_path: Path) -> None:
    """Nor see the folder; nothing unfinished stays behind."""
    target = tmp_path / "a" / "b" / "file"
    write_private(str(target), b"one")
    write_private(str(target), b"two")

    assert target.read_bytes() == b"two"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert stat.S_IMODE(target.parent.stat().st_mode) == 0o700
    assert [path.name for path in target.parent.iterdir()] == ["file"]


def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    """Here the target is a folder."""
    (tmp_path / "taken" / "x").mkdir(parents=True)
    with pytest.raises(OSError, match="taken"):
        write_private(str(tmp_path / "taken"), b"new")

    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_a_cache_that_cannot_be_written_keeps_nothing() -> None:
    """And does not complain."""
    folder = CacheFolder("/dev/null/crwatch")
    folder.write("a/b", b"x")
    assert folder.read("a/b") is None


def test_a_cache_gives_back_what_it_was_given(tmp_path: Path) -> None:
    """By name."""
    folder = CacheFolder.of({"XDG_CACHE_HOME": str(tmp_path)})
    folder.write("schemas/one", b"x")
    assert folder.read("schemas/one") == b"x"
    assert folder.read("schemas/two") is None
    assert (tmp_path / "crwatch" / "schemas" / "one").exists()


@pytest.mark.parametrize("variables", [{"HOME": "/home/jane"}, {"HOME": "/home/jane", "XDG_CACHE_HOME": "relative"}])
def test_the_home_folder_is_the_default(variables: dict[str, str]) -> None:
    """A relative XDG folder is invalid, says the specification."""
    assert xdg_folder(variables, "XDG_CACHE_HOME", ".cache") == "/home/jane/.cache"
