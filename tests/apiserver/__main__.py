"""Run a command against a real API server with objects that change: `python -m tests.apiserver -- COMMAND…`.

The server, its data and its writer live as long as COMMAND; without COMMAND until Ctrl-C.
"""

# ruff: noqa: T201 - a command of the terminal

import argparse
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.apiserver.build import NoApiServerError, server_binary
from tests.apiserver.kubectl import Kubectl
from tests.apiserver.server import ApiServer
from tests.apiserver.writer import Writer

HERE = Path(__file__).parent


def main(argv: Sequence[str] | None = None) -> int:
    """Return COMMAND's exit status; 1 where no server can be had."""
    parser = argparse.ArgumentParser(prog="python -m tests.apiserver", description=__doc__)
    parser.add_argument("--quiet", action="store_true", help="say nothing but errors")
    parser.add_argument("--no-writer", action="store_true", help="leave the objects alone")
    parser.add_argument("--seconds", type=float, help="interrupt COMMAND after this time, as Ctrl-C would")
    parser.add_argument("command", nargs="*", metavar="COMMAND", help="run with KUBECONFIG set; after --")
    options = parser.parse_args(argv)
    # The data folder is removed and the server ended also on SIGTERM: as an exception it unwinds everything.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))

    def tell(text: str) -> None:
        if not options.quiet:
            print(text, file=sys.stderr, flush=True)

    try:
        server_binary()
    except NoApiServerError as error:
        print(f"error: no API server: {error}", file=sys.stderr)
        return 1
    with (
        tempfile.TemporaryDirectory(prefix="crwatch-apiserver-") as folder,
        ApiServer(Path(folder), namespace="shop") as server,
    ):
        kubectl = Kubectl(server.kubeconfig)
        kubectl.apply_crds(*sorted((HERE / "crds").glob("*.yaml")))
        kubectl.apply(HERE / "objects.yaml")
        tell(f"a real Kubernetes API server is at {server.url}; it ends with this command")
        writer = Writer(server.kubeconfig, limit=0 if options.no_writer else 3600)
        writer.start()
        try:
            status = _run(options.command, server.kubeconfig, options.seconds)
        finally:
            writer.stop()
        if writer.failure is not None and status != 128 + signal.SIGINT:  # Ctrl-C reaches the writer's kubectl too
            print(f"the writer stopped early: {writer.failure}", file=sys.stderr)
        return status


def _run(command: Sequence[str], kubeconfig: Path, seconds: float | None) -> int:
    if not command:
        print(f"export KUBECONFIG={shlex.quote(str(kubeconfig))}", flush=True)
        try:
            time.sleep(seconds if seconds is not None else 86400.0)
        except KeyboardInterrupt:
            print(file=sys.stderr)
        return 0
    try:
        child = subprocess.Popen(command, env=os.environ | {"KUBECONFIG": str(kubeconfig)})
    except OSError as error:
        print(f"error: cannot run {command[0]}: {error.strerror}", file=sys.stderr)
        return 127
    try:
        status = _wait(child, seconds)
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()
    return status if status >= 0 else 128 - status


def _wait(child: subprocess.Popen[bytes], seconds: float | None) -> int:
    """Return the child's status. Ctrl-C reaches the child by itself, and it is the child's to answer."""
    deadline = None if seconds is None else time.monotonic() + seconds
    while True:
        try:
            return child.wait(None if deadline is None else max(0.0, deadline - time.monotonic()))
        except KeyboardInterrupt:
            continue
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGINT)
            deadline = time.monotonic() + 5.0
            try:
                return child.wait(5.0)
            except subprocess.TimeoutExpired:
                child.terminate()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # during the build or the start; later it is COMMAND's
        sys.exit(128 + signal.SIGINT)
