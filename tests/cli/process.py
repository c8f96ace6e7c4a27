"""crwatch as a process, the way a user runs it."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 20


class Running:
    """A crwatch that goes on; its lines are kept as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.out: list[str] = []
        self.err: list[str] = []
        self._threads = [
            threading.Thread(target=self._collect, args=(process.stdout, self.out), daemon=True),
            threading.Thread(target=self._collect, args=(process.stderr, self.err), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _collect(self, stream: Any, lines: list[str]) -> None:
        lines.extend(iter(stream.readline, ""))

    def wait_for(self, *parts: str, stream: str = "out") -> str:
        """Return the first line that holds all `parts`, as soon as it is there."""
        lines = self.out if stream == "out" else self.err
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            for line in list(lines):
                if all(part in line for part in parts):
                    return line.rstrip("\n")
            if self.process.poll() is not None and not any(thread.is_alive() for thread in self._threads):
                break
            time.sleep(0.01)
        raise AssertionError(f"no line with {parts} in {PATIENCE_SECONDS} s\nstdout: {self.out}\nstderr: {self.err}")

    def ready(self) -> "Running":
        """Return when the first list is read and said so."""
        self.wait_for("at rv", stream="err")
        return self

    def stop(self, signal_number: int) -> int:
        """Send a signal and return the exit status, with all lines collected."""
        self.process.send_signal(signal_number)
        status = self.process.wait(PATIENCE_SECONDS)
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
        return status

    def end(self) -> None:
        """Leave nothing behind, however the test went."""
        self.stop(signal.SIGKILL)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


class Crwatch:
    """Runs crwatch with a kubeconfig, away from the user's own files."""

    def __init__(self, kubeconfig: Path | None, home: Path, started: ExitStack) -> None:
        self._started = started
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("CRWATCH_", "KUBE", "XDG_"))},
            "HOME": str(home),
            "PYTHONUNBUFFERED": "",
            **({"KUBECONFIG": str(kubeconfig)} if kubeconfig else {}),
        }
        self.environment.pop("NO_COLOR", None)

    def __call__(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run to the end."""
        return subprocess.run(
            [sys.executable, "-m", "crwatch", *words],
            env=self.environment | variables,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def start(self, *words: str, **variables: str) -> Running:
        """Start, and end it with the test."""
        process = subprocess.Popen(
            [sys.executable, "-m", "crwatch", *words],
            env=self.environment | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running = Running(process)
        self._started.callback(running.end)
        return running
