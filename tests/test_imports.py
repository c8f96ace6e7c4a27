"""What each path through the program loads: module names, not milliseconds, which a busy machine would bend."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import crwatch
from tests.apiserver.kubectl import Kubectl
from tests.cli.manifests import database
from tests.cli.process import Crwatch

HEAVY = {"kubernetes", "deepdiff", "pydantic", "requests", "asyncio", "rich.console"}


def loaded(*words: str, environment: dict[str, str] | None = None) -> set[str]:
    """Run a command and return the modules that it loaded."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "crwatch", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


def test_the_version_needs_no_third_party() -> None:
    """Nor the command line's library."""
    assert not loaded("--version") & (HEAVY | {"typer", "msgspec", "yaml", "urllib3", "rich"})


@pytest.mark.parametrize("words", [("--help",), ("tail", "--help"), ()], ids=" ".join)
def test_help_loads_no_command_body(words: tuple[str, ...]) -> None:
    """Neither a client nor a diff."""
    assert not loaded(*words) & (HEAVY | {"yaml", "urllib3", "crwatch.kube.cluster", "crwatch.diff.lens"})


def test_a_get_loads_nothing_heavy(crwatch: Crwatch, kubectl: Kubectl, namespace: str) -> None:
    """On the real server: what it takes to list a table."""
    kubectl.create(database())
    modules = loaded("get", "dbcluster", "-n", namespace, environment=crwatch.environment)

    assert "crwatch.kube.collection" in modules
    assert not modules & HEAVY


def test_comparing_files_knows_no_network(tmp_path: Path) -> None:
    """Nor a kubeconfig: `diff A B` runs where no cluster is."""
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(json.dumps(database()))
    words = ("diff", str(tmp_path / "a.json"), str(tmp_path / "b.json"))
    modules = loaded(*words, environment={"HOME": str(tmp_path), "KUBECONFIG": "/nonexistent"})

    assert "crwatch.diff.lens" in modules
    assert not modules & (HEAVY | {"urllib3", "ssl", "crwatch.kube.cluster", "crwatch.kube.kubeconfig"})


def test_importing_the_package_costs_nothing() -> None:
    """The public names are loaded when they are used."""
    code = "import sys, crwatch; print(*(name for name in sys.modules if 'crwatch' in name or name == 'msgspec'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["crwatch"]


def test_every_public_name_is_there_and_none_is_a_rooms() -> None:
    """`crwatch.diff` stays the package."""
    rooms = {"cache", "cli", "diff", "errors", "kube", "model", "operations", "reflector", "render", "values"}

    assert all(getattr(crwatch, name) is not None for name in crwatch.__all__)
    assert not rooms & set(crwatch.__all__)
    with pytest.raises(AttributeError):
        _ = crwatch.nosuch
