"""`crwatch diff A B`: files without a cluster, live objects of a real one."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from inline_snapshot import snapshot
from jsonschema import Draft202012Validator

import crwatch.render
from tests.apiserver.kubectl import Kubectl
from tests.cli.manifests import database
from tests.cli.process import Crwatch
from tests.conftest import CrwatchFactory

OLD = """\
apiVersion: stable.example.com/v1
kind: DatabaseCluster
metadata: {name: orders, namespace: shop, labels: {since: 2026-01-01}}
spec:
  replicas: 3
  routes:
  - {path: /a, weight: 1}
  - {path: /b, weight: 1}
---
apiVersion: v1
kind: Secret
metadata: {name: login, namespace: shop}
data: {password: aGVsbG8=}
"""
NEW = OLD.replace("replicas: 3", "replicas: '3'").replace("aGVsbG8=", "b3RoZXI=")
NEW = NEW.replace("  - {path: /a, weight: 1}\n  - {path: /b, weight: 1}", "  - {path: /b, weight: 2}\n  - {path: /c}")
SCHEMA = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: databaseclusters.stable.example.com}
spec:
  group: stable.example.com
  names: {kind: DatabaseCluster, plural: databaseclusters}
  versions:
  - name: v1
    storage: true
    schema:
      openAPIV3Schema:
        properties:
          spec:
            properties:
              routes: {x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [path]}
"""


@pytest.fixture
def files(tmp_path: Path, crwatch_with: CrwatchFactory, monkeypatch: pytest.MonkeyPatch) -> Crwatch:
    """Crwatch in a folder with old.yaml, new.yaml and crd.yaml, without any kubeconfig."""
    for name, text in (("old.yaml", OLD), ("new.yaml", NEW), ("crd.yaml", SCHEMA)):
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return crwatch_with(None)


def timeless(text: str) -> str:
    """Return lines without their time and marks without their hash."""
    return re.sub(r"masked [0-9a-f]+", "masked HASH", re.sub(r"^\S+Z ", "", text, flags=re.MULTILINE))


def test_two_manifests(files: Crwatch) -> None:
    """Without a cluster; a date stays text, a secret value is masked and its change seen."""
    done = files("diff", "old.yaml", "new.yaml", "--schema", "crd.yaml")

    assert done.returncode == 1
    assert timeless(done.stdout) == snapshot("""\
~ secret shop/login data.password ‹masked HASH› → ‹masked HASH› @?
~ databasecluster shop/orders spec.replicas 3 → "3" @?
- databasecluster shop/orders spec.routes[path=/a] {path: /a, weight: 1} @?
+ databasecluster shop/orders spec.routes[path=/c] {path: /c} @?
~ databasecluster shop/orders spec.routes[path=/b].weight 1 → 2 @?
""")
    assert done.stderr == "old.yaml (2 objects) → new.yaml (2 objects)\n2 of 2 objects differ: 2 changed\n"


def test_no_difference_is_status_0(files: Crwatch) -> None:
    """JSON on standard input is the same as YAML in a file; the order of documents does not matter."""
    listed = {"apiVersion": "v1", "kind": "List", "items": [*yaml.load_all(OLD, yaml.BaseLoader)][::-1]}
    listed["items"][1]["spec"] = yaml.safe_load(OLD.split("---", maxsplit=1)[0])["spec"]
    done = subprocess.run(
        [sys.executable, "-m", "crwatch", "diff", "old.yaml", "-", "-q"],
        input=json.dumps(listed),
        env=files.environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((), "error: diff needs --since, or two things to compare\n"),
        (("old.yaml",), "error: diff needs --since, or two things to compare\n"),
        (("old.yaml", "nope.yaml"), "error: there is no file nope.yaml\n"),
        (("old.yaml", "."), "error: . is a folder, not a file\n"),
        (("old.yaml", "empty.yaml"), "error: empty.yaml holds no object\n"),
        (("old.yaml", "binary"), "error: binary:2: not text in UTF-8\n"),
        (("-", "-"), "error: standard input can be one side only\n"),
        (("old.yaml", "new.yaml", "--schema", "old.yaml"), "error: old.yaml holds no CustomResourceDefinition\n"),
        (("old.yaml", "twice.yaml"), 'error: twice.yaml:4: the key "a" is there twice in one object\n'),
    ],
)
def test_errors_are_one_sentence_and_status_2(
    words: tuple[str, ...], error: str, files: Crwatch, tmp_path: Path
) -> None:
    """Naming file and line."""
    (tmp_path / "empty.yaml").write_text("# nothing\n")
    (tmp_path / "binary").write_bytes(b"a\n\0")
    (tmp_path / "twice.yaml").write_text("kind: A\nspec:\n  a: 1\n  a: 2\n")
    done = files("diff", *words)

    assert (done.returncode, done.stdout) == (2, "")
    assert error in done.stderr


def test_what_cannot_be_read_loses_nothing_else(files: Crwatch, tmp_path: Path) -> None:
    """The rest is compared, and nothing is said to have gone that may stand in the part that was not read."""
    (tmp_path / "broken.yaml").write_text(NEW.replace("\ndata: {", "\ndata: {{"))
    done = files("diff", "old.yaml", "broken.yaml", "-o", "name")

    assert (done.returncode, done.stdout) == (2, "databasecluster.stable.example.com/orders\n")
    assert re.search(r"error: broken\.yaml:1\d: (no YAML|a key is)", done.stderr)
    assert "not told: 1 that one side alone has" in done.stderr


def test_a_live_object_against_its_manifest_and_another_one(
    crwatch: Crwatch, kubectl: Kubectl, namespace: str, tmp_path: Path
) -> None:
    """`TYPE/NAME` where no file is called so."""
    kubectl.create(database("orders"))
    kubectl.create(database("cart", replicas=5))
    (tmp_path / "orders.yaml").write_text(yaml.safe_dump(database("orders", replicas=4)))
    manifest = crwatch("diff", str(tmp_path / "orders.yaml"), "dbcluster/orders", "-n", namespace)
    live = crwatch("diff", f"dbcluster/{namespace}/orders", "dbcluster/cart", "-n", namespace)
    missing = crwatch("diff", "dbcluster/orders", "dbcluster/nope", "-n", namespace)

    assert "spec.replicas 4 → 3 " in manifest.stdout
    assert "spec.replicas 3 → 5 @?" in live.stdout
    assert (live.returncode, missing.returncode) == (1, 3)
    assert 'databaseclusters.stable.example.com "nope" not found' in missing.stderr


def test_a_recorded_stream_is_its_last_states(
    crwatch: Crwatch, kubectl: Kubectl, namespace: str, tmp_path: Path
) -> None:
    """What `tail -o json` wrote, and what `kubectl get -o yaml` says at the end."""
    tail = crwatch.start("tail", "dbcluster", "-n", namespace, "-o", "json", "--initial").ready()
    kubectl.create(database("orders"))
    kubectl.run("patch", "dbcluster", "orders", "--type=merge", "-p", '{"spec": {"replicas": 7}}')
    tail.wait_for('"replicas":7')
    (tmp_path / "stream.ndjson").write_text("".join(tail.out))
    (tmp_path / "now.yaml").write_text(kubectl.run("get", "dbcluster", "-o", "yaml").stdout)
    done = crwatch("diff", str(tmp_path / "stream.ndjson"), str(tmp_path / "now.yaml"))

    assert (done.returncode, done.stdout) == (0, "")
    assert "(1 object, the last of 2 states)" in done.stderr


@pytest.mark.parametrize(("form", "kind"), [("jsonpatch", "json"), ("mergepatch", "merge")])
def test_kubectl_takes_the_patches(  # noqa: PLR0917 - fixtures
    form: str, kind: str, crwatch: Crwatch, kubectl: Kubectl, namespace: str, tmp_path: Path
) -> None:
    """On the real server: applied, nothing differs any more; a JSON patch does not fit another object."""
    users = [{"name": "audit", "roles": ["reader"]}, {"name": "app", "roles": ["writer", "admin"]}]
    kubectl.create(database("orders", users=[{"name": "app", "roles": ["writer"]}, {"name": "guest"}]))
    kubectl.create(database("cart"))
    wanted = tmp_path / "wanted.yaml"
    value = kubectl.json("get", "dbcluster", "orders")
    value["metadata"]["annotations"] = {"example.com/a_b": "x"}
    value["spec"] = {"replicas": 5, "databaseImage": "postgres:17", "storageSize": "10Gi", "users": users}
    wanted.write_text(json.dumps(value))

    patch = crwatch("diff", "dbcluster/orders", str(wanted), "-n", namespace, "-o", form, "-q").stdout
    kubectl.run("patch", "dbcluster", "orders", f"--type={kind}", "-p", patch)
    after = crwatch("diff", "dbcluster/orders", str(wanted), "-n", namespace)
    assert (after.returncode, after.stdout) == (0, "")
    if kind == "json":
        with pytest.raises(Exception, match="test"):
            kubectl.run("patch", "dbcluster", "cart", "--type=json", "-p", patch)


@pytest.mark.parametrize("form", ["yaml", "jsonpatch", "mergepatch", "diff", "name"])
def test_tail_writes_every_form_as_it_comes(form: str, crwatch: Crwatch, kubectl: Kubectl, namespace: str) -> None:
    """Flushed with the batch."""
    tail = crwatch.start("tail", "dbcluster", "-n", namespace, "-o", form).ready()
    kubectl.create(database("orders"))
    tail.wait_for("orders")
    kubectl.run("patch", "dbcluster", "orders", "--type=merge", "-p", '{"spec": {"replicas": 7}}')
    tail.wait_for({"name": "orders", "yaml": "replicas: 7", "diff": "+  replicas: 7"}.get(form, "7"))


def test_records_of_files_are_records(files: Crwatch) -> None:
    """Of the same schema; net, and of no cluster."""
    done = files("diff", "old.yaml", "new.yaml", "-o", "json")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    schema = json.loads((Path(crwatch.render.__file__).parent / "record.schema.json").read_text())

    assert [Draft202012Validator(schema).is_valid(record) for record in records] == [True, True]
    assert [(each["source"], each["gap"], each["cluster"]) for each in records] == [("file", True, "")] * 2
