"""What kubectl prints for a list that a scripted server answers: the oracle for tables and manifests."""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

GROUP = "stable.example.com"
_DISCOVERY: dict[str, dict[str, Any]] = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": []},
    "/apis": {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [
            {
                "name": GROUP,
                "versions": [{"groupVersion": f"{GROUP}/v1", "version": "v1"}],
                "preferredVersion": {"groupVersion": f"{GROUP}/v1", "version": "v1"},
            }
        ],
    },
    f"/apis/{GROUP}/v1": {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{GROUP}/v1",
        "resources": [
            {"name": plural, "singularName": "", "namespaced": namespaced, "kind": kind, "verbs": ["get", "list"]}
            for plural, kind, namespaced in (("databaseclusters", "DatabaseCluster", True), ("sites", "Site", False))
        ],
    },
}


class Kubectl:
    """kubectl before a server that holds what a test says.

    Attributes:
        tables: the whole Table of a plural; answered in pages of the limit asked for.
        objects: the objects of a plural.
    """

    def __init__(self, url: str, cache: Path) -> None:
        program = shutil.which("kubectl", path=str(Path(sys.executable).parent)) or shutil.which("kubectl") or "kubectl"
        self._command = [program, f"--server={url}", f"--cache-dir={cache}", "--namespace=shop", "get"]

    def get(self, *arguments: str) -> tuple[str, str]:
        """Return what kubectl writes to standard output and standard error."""
        done = subprocess.run([*self._command, *arguments], capture_output=True, check=False)
        return done.stdout.decode(), done.stderr.decode()


class Served(BaseHTTPRequestHandler):
    """Answers discovery, lists and tables."""

    protocol_version = "HTTP/1.1"
    tables: ClassVar[dict[str, dict[str, Any]]] = {}
    objects: ClassVar[dict[str, list[dict[str, Any]]]] = {}

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's signature
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer one request."""
        url = urlsplit(self.path)
        query = {key: found[0] for key, found in parse_qs(url.query).items()}
        body = json.dumps(self._answer(url.path, query), ensure_ascii=False).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        if path in _DISCOVERY:
            return _DISCOVERY[path]
        plural, _, name = path.removeprefix(f"/apis/{GROUP}/v1/").removeprefix("namespaces/shop/").partition("/")
        if "as=Table" in self.headers.get("Accept", "") and plural in self.tables:
            return _page(self.tables[plural], int(query.get("continue", 0)), int(query.get("limit", 10**9)))
        found = self.objects.get(plural, [])
        if name:
            return next(each for each in found if each["metadata"]["name"] == name)
        return {"kind": "List", "apiVersion": f"{GROUP}/v1", "metadata": {"resourceVersion": "9"}, "items": found}


def _page(table: dict[str, Any], start: int, limit: int) -> dict[str, Any]:
    more = {"continue": str(start + limit)} if start + limit < len(table["rows"]) else {}
    return {**table, "metadata": {"resourceVersion": "9", **more}, "rows": table["rows"][start : start + limit]}


@contextmanager
def kubectl(cache: Path) -> Iterator[Kubectl]:
    """Yield kubectl before a server of its own, which holds what `Served.tables` and `.objects` say."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Served) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Kubectl(f"http://127.0.0.1:{server.server_port}", cache)
        finally:
            server.shutdown()
            thread.join()
