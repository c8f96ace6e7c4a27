"""CPU and memory of `tail` for each event, beside `kubectl get -w`, in one run: `python -m tests.bench.bench_tail`.

A real API server and the load writer make the events. `as they come`: each event is read by itself. `at once`: the
reader is stopped meanwhile and finds them all waiting; the server cuts off a reader that leaves too much, and kubectl
then ends, so these are small.
"""

# ruff: noqa: T201 - a command of the terminal

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.apiserver.kubectl import Kubectl, kubectl_binary
from tests.apiserver.server import ApiServer

CRDS = Path(__file__).parent.parent / "apiserver" / "crds"
READERS = {
    "crwatch -o json": [sys.executable, "-m", "crwatch", "tail", "dbcluster", "-n", "shop", "-o", "json"],
    "crwatch": [sys.executable, "-m", "crwatch", "tail", "dbcluster", "-n", "shop"],
    "kubectl -w -o json": [
        kubectl_binary(),
        "get",
        "dbcluster",
        "-n",
        "shop",
        "-w",
        "-o",
        "json",
        "--output-watch-events",
    ],
}
OBJECTS = 20


def main() -> None:
    """Print a line for each reader, size and manner."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1500)
    events = parser.parse_args().events
    for size, waiting in ((2_000, True), (9_000, False)):
        with tempfile.TemporaryDirectory() as folder, ApiServer(Path(folder)) as server:
            Kubectl(server.kubeconfig).apply_crds(*sorted(CRDS.glob("*.yaml")))
            server.load(f"--create={OBJECTS}", f"--size={size}", "--namespace=shop")
            manner = "at once" if waiting else "as they come"
            for turn, (name, command) in enumerate(READERS.items()):
                first = 2 + turn * (events + 10)
                micros, peak = measure(server, command, events=events, size=size, first=first, waiting=waiting)
                print(
                    f"{size:>6} B, {manner:<12}  {name:<20} {micros:6.0f} µs CPU an event  {peak / 1024:5.0f} MB",
                    flush=True,
                )


def measure(
    server: ApiServer, command: list[str], *, events: int, size: int, first: int, waiting: bool
) -> tuple[float, int]:
    """Return microseconds of CPU for each event, and the peak of resident memory in KiB."""
    environment = os.environ | {"KUBECONFIG": str(server.kubeconfig)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as reader:
        try:
            time.sleep(2.5)
            before = cpu_seconds(reader.pid)
            if waiting:
                reader.send_signal(signal.SIGSTOP)
            server.load(
                f"--update={events}", f"--size={size}", "--namespace=shop", f"--objects={OBJECTS}", f"--first={first}"
            )
            if waiting:
                reader.send_signal(signal.SIGCONT)
            time.sleep(2.5)
            used = cpu_seconds(reader.pid) - before
            return used / events * 1e6, peak_kib(reader.pid)
        finally:
            reader.kill()


def cpu_seconds(pid: int) -> float:
    """Return what a process has used, in user and in system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_kib(pid: int) -> int:
    """Return the most resident memory that a process had; 0 when it has ended."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


if __name__ == "__main__":
    main()
