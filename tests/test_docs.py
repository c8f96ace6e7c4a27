"""The README says what the program does."""

from pathlib import Path

import pytest

from tests.conftest import StartApiServer
from tests.readme import PICTURE, README, Session, examples, normal

EXAMPLES = list(examples(README.read_text()))


@pytest.mark.timeout(180)
def test_every_example_prints_what_the_readme_shows(start_api_server: StartApiServer, tmp_path: Path) -> None:
    """Up to times, ages and versions; `python -m tests.readme` writes them anew."""
    session = Session(start_api_server(namespace="shop"), tmp_path)
    printed = [(command, normal(session.play(command)[1])) for command, _ in EXAMPLES]

    assert len(EXAMPLES) >= 4
    assert printed == [(command, normal(shown)) for command, shown in EXAMPLES]


def test_the_picture_shows_a_change() -> None:
    """And is the one that the README shows."""
    assert PICTURE.relative_to(README.parent).as_posix() in README.read_text()
    assert "spec.replicas" in PICTURE.read_text()


def test_the_setup_commands_are_what_ci_runs() -> None:
    """Two commands: one runs the main job, one the tests."""
    text = README.read_text()

    assert "uv run python -m tests.apiserver -- crwatch tail databaseclusters" in text
    assert "uv run pytest" in text
    assert "uv run coverage run -m pytest" in (README.parent / ".ci" / "run").read_text()
