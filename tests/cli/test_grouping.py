"""Groups of options reach the command as one value, and typer as plain options."""

from typing import Annotated

import msgspec
import typer
from typer.testing import CliRunner

from crwatch.cli.grouping import grouped


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where."""

    namespace: Annotated[str | None, typer.Option("--namespace", "-n", help="Which one.")] = None
    everywhere: Annotated[bool, typer.Option("--everywhere", "-A")] = False


seen: list[object] = []
app = typer.Typer(rich_markup_mode=None)


@app.command()
@grouped
def look(name: Annotated[str, typer.Argument()] = "", *, place: Place, loudly: bool = False) -> None:
    """Look somewhere."""
    seen.append((name, place, loudly))


def run(*words: str) -> object:
    seen.clear()
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 0, result.output
    return seen[0] if seen else result.output


def test_fields_are_options_and_come_together_again() -> None:
    """With their short forms and defaults, among the command's own."""
    assert run("x", "-n", "shop", "--loudly") == ("x", Place(namespace="shop"), True)
    assert run("-A") == ("", Place(everywhere=True), False)


def test_help_shows_each_of_them() -> None:
    """As if they were the command's own."""
    assert "Which one." in str(run("--help"))
