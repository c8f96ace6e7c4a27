"""The README's examples: run for real, compared by a test, and written by `python -m tests.readme`.

Every ```console block holds commands and what they print. A command that follows changes is interrupted when the
scripted writer has done its work.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from crwatch.render.picture import export_svg
from tests.apiserver.kubectl import Kubectl
from tests.apiserver.server import ApiServer

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PICTURE = ROOT / ".github" / "tail.svg"
APISERVER = ROOT / "tests" / "apiserver"
WIDTH = 100

_BLOCK = re.compile(r"^```console\n(.*?)^```\n", re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)

ORDERS = "databaseclusters/orders"
ADMIN_APP = '{"name": "app", "roles": ["reader", "writer", "admin"]}'
REPORT = '{"name": "report", "roles": ["reader"]}'


def _patch(manager: str, patch: str) -> tuple[str, ...]:
    return "patch", ORDERS, "--type=merge", "-p", patch, f"--field-manager={manager}"


def _status(patch: str) -> tuple[str, ...]:
    return *_patch("db-operator", f'{{"status": {patch}}}'), "--subresource=status"


EDITS = (
    _patch("jane", '{"spec": {"replicas": 5, "storageSize": "40Gi"}}'),
    _status('{"phase": "Scaling", "readyReplicas": 3}'),
    _patch("jane", f'{{"spec": {{"users": [{ADMIN_APP}, {REPORT}]}}}}'),
    _status('{"phase": "Ready", "readyReplicas": 5}'),
    ("label", "databaseclusters/cart", "app=cache", "--overwrite", "--field-manager=argocd"),
    ("delete", "databaseclusters", "billing"),
)


class Session:
    """One server with the example's objects, and the README's commands run on it in order."""

    def __init__(self, server: ApiServer, home: Path) -> None:
        self.kubectl = Kubectl(server.kubeconfig, namespace="shop")
        self.environment = {
            "HOME": str(home),
            "KUBECONFIG": str(server.kubeconfig),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "COLUMNS": str(WIDTH),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
        }
        self.since = ""

    def reset(self) -> None:
        """Make the objects as they are in objects.yaml, and remember that version."""
        self.kubectl.run("delete", "databaseclusters", "--all")
        self.kubectl.apply(APISERVER / "objects.yaml", "--server-side", "--field-manager=jane", "--force-conflicts")
        self.kubectl.run(*_status('{"phase": "Ready", "readyReplicas": 3}'))
        self.since = self.kubectl.json("get", "databaseclusters", "orders")["metadata"]["resourceVersion"]

    def edit(self) -> None:
        """Do what the README's changes show."""
        for words in EDITS:
            self.kubectl.run(*words)
            time.sleep(0.4)  # for the eye: durations in the output

    def play(self, command: str) -> tuple[str, str]:
        """Reset the objects and run a command; return it as it was run, and what it printed."""
        self.reset()
        command = re.sub(r"--since \d+\b", f"--since {self.since}", command)
        return command, self.run(command)

    def run(self, command: str) -> str:
        """Return what a person sees of a command: standard output and standard error, as they came."""
        follows = "crwatch tail" in command
        if not follows and "--since" in command:
            self.edit()
        child = subprocess.Popen(
            ["bash", "-c", command],
            env=self.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            if follows:
                time.sleep(2.5)
                self.edit()
                time.sleep(1)
                # crwatch alone: whoever reads it ends when it has read everything
                subprocess.run(["pkill", "-INT", "-g", str(child.pid), "-f", "bin/crwatch"], check=True)
            return child.communicate(timeout=30)[0]
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def examples(text: str) -> Iterator[tuple[str, str]]:
    """Yield each command of the README with what it is said to print."""
    for block in _BLOCK.findall(text):
        yield from _COMMAND.findall(block)


def normal(output: str) -> str:
    """Take out what differs from run to run: times, ages, versions, the cluster's identity."""
    for pattern, word in (
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "TIME"),
        (r"\d\d:\d\d:\d\d\.\d{3}", "CLOCK"),
        (r"── .* ──+", "── DATE ──"),
        (r"\brv \d+", "rv N"),
        (r"--since \d+(@[0-9a-f]{8})?", "--since N"),
        (r"(after|lived|in) [\d.]+s", r"\1 SECONDS"),
        (r" +(after SECONDS · )?rv N$", " RIGHT"),
        (r"\d+s$", "AGE"),
    ):
        output = re.sub(pattern, word, output, flags=re.MULTILINE)
    return output


def main() -> None:
    """Rewrite the README's outputs and its picture."""
    with tempfile.TemporaryDirectory() as folder, ApiServer(Path(folder) / "server", namespace="shop") as server:
        Kubectl(server.kubeconfig).apply_crds(*sorted((APISERVER / "crds").glob("*.yaml")))
        session = Session(server, Path(folder))
        _, picture = session.play("crwatch tail databaseclusters -l app=db --heading --color=always")
        PICTURE.parent.mkdir(exist_ok=True)
        title = "crwatch tail databaseclusters -l app=db"
        PICTURE.write_text(export_svg(picture, title=title, width=WIDTH))

        def rewritten(block: re.Match[str]) -> str:
            played = (session.play(command) for command, _ in _COMMAND.findall(block[1]))
            return "```console\n" + "".join(f"$ {command}\n{printed}" for command, printed in played) + "```\n"

        README.write_text(_BLOCK.sub(rewritten, README.read_text()))


if __name__ == "__main__":
    main()
