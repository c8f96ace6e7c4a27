"""Real shapes: objects as the controllers of published projects hold them, an edit, and what is printed of it.

Below each stands what a diff by index prints: how many of its lines name a place that did not change.
"""

from pathlib import Path
from typing import Any

import jsonpatch
import msgspec
import pytest
import yaml
from inline_snapshot import snapshot

from crwatch.diff.compare import compare
from crwatch.diff.lens import Lens
from crwatch.diff.rules import EVERYTHING
from crwatch.model.manifests import resource_of
from crwatch.model.objects import decode_object
from crwatch.values.patch import apply_json_patch
from crwatch.values.schema import ListKeys
from tests.render.factories import in_pipe
from tests.samples import delta

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.yaml"))
# ruff: noqa: E501 - the lines of a pipe are never cut
EXPECTED = snapshot(
    {
        "argo-cd-application": {
            "crwatch": [
                "~ spec.source.targetRevision v1.4.0 → v1.5.0 @?",
                "~ spec.source.helm.parameters[name=image.tag].value 1.4.0 → 1.5.0 @?",
                "~ status.sync.status Synced → OutOfSync @?",
                "~ status.sync.revision 4f2a9e01 → 9c81d07b @?",
                "~ status.reconciledAt 2026-11-22T11:00:00Z → 2026-11-22T12:00:00Z @?",
                "+ status.resources[kind=HorizontalPodAutoscaler,namespace=shop,name=shop] {group: autoscaling, kind: HorizontalPodAutoscaler, name: shop, namespace: shop, status: OutOfSync, version: v2} @?",
                "~ status.resources[kind=Deployment,namespace=shop,name=shop].status Synced → OutOfSync @?",
                "~ status.resources[kind=Deployment,namespace=shop,name=shop].health.status Healthy → Progressing @?",
                '- status.conditions[0] {type: SharedResourceWarning, message: "ConfigMap/a is part of applications argocd/shop and cart", lastTransitionTime: 2026-11-20T08:00:00Z} @?',
                "- status.history[id=7] {id: 7, revision: 11aa22bb, deployedAt: 2026-11-19T08:00:00Z} @?",
                "+ status.history[id=9] {id: 9, revision: 9c81d07b, deployedAt: 2026-11-22T11:59:00Z} @?",
            ],
            "by index": [
                "add /status/history/1",
                "add /status/resources/0",
                "remove /status/conditions/0",
                "remove /status/history/0",
                "replace /metadata/generation",
                "replace /spec/source/helm/parameters/0/value",
                "replace /spec/source/targetRevision",
                "replace /status/reconciledAt",
                "replace /status/resources/2/health/status",
                "replace /status/resources/2/status",
                "replace /status/sync/revision",
                "replace /status/sync/status",
            ],
        },
        "argo-rollouts-rollout": {
            "crwatch": [
                "~ spec.strategy.canary.maxSurge 1 → 25% @?",
                "+ spec.strategy.canary.steps[0] {setWeight: 5} @?",
                "~ spec.strategy.canary.steps[3].setWeight 60 → 50 (was [2], paired by likeness) @?",
                "~ status.phase Healthy → Progressing @?",
                "~ status.currentStepIndex 4 → 0 @?",
            ],
            "by index": [
                "add /spec/strategy/canary/steps/0",
                "replace /metadata/generation",
                "replace /spec/strategy/canary/maxSurge",
                "replace /spec/strategy/canary/steps/3/setWeight",
                "replace /status/currentStepIndex",
                "replace /status/phase",
            ],
        },
        "cert-manager-certificate": {
            "crwatch": [
                "~ spec.issuerRef.name letsencrypt → letsencrypt-v2 @?",
                "+ spec.dnsNames[=api.orders.example.com] @?",
                "~ status.renewalTime 2026-10-23T16:10:00Z → 2026-11-22T12:00:00Z @?",
                "+ status.conditions[type=Issuing] True (IncorrectIssuer) @?",
                "~ status.conditions[type=Ready] True → False (IncorrectIssuer, after 89d) @?",
            ],
            "by index": [
                "add /spec/dnsNames/1",
                "add /status/conditions/1",
                "replace /metadata/generation",
                "replace /spec/issuerRef/name",
                "replace /status/conditions/0/lastTransitionTime",
                "replace /status/conditions/0/message",
                "replace /status/conditions/0/observedGeneration",
                "replace /status/conditions/0/reason",
                "replace /status/conditions/0/type",
                "replace /status/renewalTime",
            ],
        },
        "cloudnative-pg-cluster": {
            "crwatch": [
                '~ spec.postgresql.parameters.max_connections "100" → "200" @?',
                "+ spec.postgresql.parameters.work_mem 64MB @?",
                "~ spec.storage.size 10Gi → 10240Mi (equal quantity) @?",
                "~ status.currentPrimary orders-1 → orders-2 @?",
                "~ status.instanceNames [orders-1, orders-2, orders-3] → [orders-2, orders-1, orders-3] (order) @?",
                "+ status.instancesStatus.failed [orders-1] @?",
                "~ status.readyInstances 3 → 2 @?",
                "- status.instancesStatus.healthy[=orders-1] @?",
                "~ status.conditions[type=Ready] True → False (ClusterIsNotReady, after 2d4h) @?",
            ],
            "by index": [
                "add /spec/postgresql/parameters/work_mem",
                "add /status/instancesStatus/failed",
                "move /status/instanceNames/0",
                "remove /status/instancesStatus/healthy/0",
                "replace /spec/postgresql/parameters/max_connections",
                "replace /spec/storage/size",
                "replace /status/conditions/0/lastTransitionTime",
                "replace /status/conditions/0/message",
                "replace /status/conditions/0/reason",
                "replace /status/conditions/0/status",
                "replace /status/currentPrimary",
                "replace /status/readyInstances",
            ],
        },
        "cluster-api-machine": {
            "crwatch": [
                "~ spec.taints[key=dedicated,effect=NoExecute] [1] → [0] (moved) @?",
                "~ spec.taints[key=dedicated,effect=NoExecute].value db → cache @?",
                "~ status.phase Provisioned → Running @?",
                "- status.addresses[1] {type: InternalIP, address: 10.0.1.4} @?",
                "~ status.conditions[type=Available] False → True (Available, after 1h00m) @?",
                "~ status.conditions[type=Ready] False → True (Ready, after 1h00m) @?",
            ],
            "by index": [
                "add /spec/taints/0",
                "remove /spec/taints/2",
                "remove /status/addresses/1",
                "replace /status/conditions/0/lastTransitionTime",
                "replace /status/conditions/0/reason",
                "replace /status/conditions/0/status",
                "replace /status/conditions/1/lastTransitionTime",
                "replace /status/conditions/1/message",
                "replace /status/conditions/1/reason",
                "replace /status/conditions/1/status",
                "replace /status/phase",
            ],
        },
        "external-secrets-externalsecret": {
            "crwatch": [
                "~ spec.refreshInterval 1h0m0s → 60m (equal duration) @?",
                "+ spec.data[secretKey=token] {secretKey: token, remoteRef: {key: shop/login, property: token}} @?",
                "~ spec.data[secretKey=password].remoteRef.key shop/login → shop/login-v2 @?",
                "~ status.refreshTime 2026-11-22T11:00:00Z → 2026-11-22T12:00:00Z @?",
                "~ status.syncedResourceVersion 2-aa → 3-bb @?",
            ],
            "by index": [
                "add /spec/data/1",
                "replace /spec/data/0/remoteRef/property",
                "replace /spec/data/0/secretKey",
                "replace /spec/refreshInterval",
                "replace /status/refreshTime",
                "replace /status/syncedResourceVersion",
            ],
        },
        "flux-kustomization": {
            "crwatch": [
                "+ spec.dependsOn[name=crds] {name: crds} @?",
                "~ status.lastAppliedRevision main@sha1:4f2a9e01 → main@sha1:9c81d07b @?",
                "- status.inventory.entries[id=shop_settings__ConfigMap] {id: shop_settings__ConfigMap, v: v1} @?",
                "+ status.inventory.entries[id=shop_web_autoscaling_HorizontalPodAutoscaler] {id: shop_web_autoscaling_HorizontalPodAutoscaler, v: v2} @?",
            ],
            "by index": [
                "add /spec/dependsOn/0",
                "add /status/inventory/entries/1",
                "remove /status/inventory/entries/0",
                "replace /status/lastAppliedRevision",
            ],
        },
        "gateway-api-httproute": {
            "crwatch": [
                "~ spec.rules[name=web] [1] → [1] (moved) @?",
                "+ spec.rules[name=admin] {name: admin, matches: [{path: {type: PathPrefix, value: /admin}}], backendRefs: [{name: admin, port: 80}]} @?",
                "+ spec.rules[name=api].filters[type=CORS].cors.allowMethods[=PUT] @?",
                "~ spec.rules[name=api].filters[type=RequestHeaderModifier].requestHeaderModifier.set[name=X-Team] [1] → [0] (moved) @?",
                "~ spec.rules[name=api].filters[type=RequestHeaderModifier].requestHeaderModifier.set[name=X-Team].value shop → web @?",
                "+ spec.rules[name=api].backendRefs[name=api-v2] {name: api-v2, port: 80, weight: 10} @?",
                "~ spec.rules[name=api].backendRefs[name=api].weight 100 → 90 @?",
            ],
            "by index": [
                "add /spec/rules/2",
                "remove /spec/rules/0/backendRefs/0/weight",
                "remove /spec/rules/0/filters",
                "replace /spec/rules/0/backendRefs/0/name",
                "replace /spec/rules/0/matches/0/path/value",
                "replace /spec/rules/0/name",
            ],
        },
        "istio-virtualservice": {
            "crwatch": [
                "+ spec.http[0] {match: [{uri: {prefix: /admin}}], route: [{destination: {host: admin}}]} @?",
                "+ spec.http[1].route[1] {destination: {host: api, subset: v2}, weight: 10} (was [0], paired by likeness) @?",
                "~ spec.http[1].route[0].weight 100 → 90 (was [0], paired by likeness) @?",
            ],
            "by index": [
                "add /spec/http/1",
                "remove /spec/http/0/route/0/destination/subset",
                "remove /spec/http/0/route/0/weight",
                "remove /spec/http/0/timeout",
                "replace /spec/http/0/match/0/uri/prefix",
                "replace /spec/http/0/route/0/destination/host",
            ],
        },
        "knative-service": {
            "crwatch": [
                "~ spec.template.spec.containers[0].image registry.example.com/web:1.4 → registry.example.com/web:1.5 @kubectl-edit",
                '+ spec.template.spec.containers[0].env[name=DEBUG] {name: DEBUG, value: "1"} @kubectl-edit',
                "~ spec.template.spec.containers[0].env[name=REGION].value eu → us @kubectl-edit",
                "~ spec.traffic[0].percent 100 → 90 (was [0], paired by likeness) @kubectl-edit",
                "~ spec.traffic[1].percent 0 → 10 (was [1], paired by likeness) @kubectl-edit",
            ],
            "by index": [
                "add /metadata/managedFields/0/fieldsV1/f:spec/f:traffic",
                "add /spec/template/spec/containers/0/env/0",
                "replace /metadata/generation",
                "replace /metadata/managedFields/0/time",
                "replace /metadata/resourceVersion",
                "replace /spec/template/spec/containers/0/env/2/value",
                "replace /spec/template/spec/containers/0/image",
                "replace /spec/traffic/0/percent",
                "replace /spec/traffic/1/percent",
            ],
        },
        "strimzi-kafka": {
            "crwatch": [
                "~ spec.kafka.version 4.0.0 → 4.1.0 @?",
                '~ spec.kafka.config["log.retention.hours"] 168 → "168" @?',
                "- spec.kafka.listeners[name=plain] {name: plain, port: 9092, type: internal, tls: false} @?",
                "+ spec.kafka.listeners[name=external] {name: external, port: 9094, type: loadbalancer, tls: true} @?",
                "- status.conditions[type=Ready] True @?",
                "+ status.conditions[type=NotReady] True (UnforceableProblem) @?",
                "+ status.conditions[type=Warning] True (DeprecatedFields) @?",
            ],
            "by index": [
                "add /status/conditions/0/message",
                "add /status/conditions/0/reason",
                "add /status/conditions/1",
                "replace /metadata/generation",
                "replace /spec/kafka/config/log.retention.hours",
                "replace /spec/kafka/listeners/0/name",
                "replace /spec/kafka/listeners/0/port",
                "replace /spec/kafka/listeners/0/tls",
                "replace /spec/kafka/listeners/0/type",
                "replace /spec/kafka/version",
                "replace /status/conditions/0/lastTransitionTime",
                "replace /status/conditions/0/type",
            ],
        },
        "tekton-pipelinerun": {
            "crwatch": [
                "~ spec.params[name=platforms] [1] → [0] (moved) @?",
                "~ spec.params[name=platforms].value [linux/amd64, linux/arm64] → [linux/arm64, linux/amd64] (order) @?",
                "+ status.completionTime 2026-11-22T12:00:00Z @?",
                "+ status.childReferences[kind=TaskRun,name=build-17-build] {apiVersion: tekton.dev/v1, kind: TaskRun, name: build-17-build, pipelineTaskName: build} @?",
                "~ status.conditions[type=Succeeded] Unknown → False (Failed, after 5m0s) @?",
                "~ status.pipelineSpec.tasks[name=build] [2] → [1] (moved) @?",
            ],
            "by index": [
                "add /spec/params/0",
                "add /status/childReferences/0",
                "add /status/completionTime",
                "move /status/pipelineSpec/tasks/1",
                "remove /spec/params/2",
                "replace /status/conditions/0/lastTransitionTime",
                "replace /status/conditions/0/message",
                "replace /status/conditions/0/reason",
                "replace /status/conditions/0/status",
            ],
        },
        "keda-scaledobject": {
            "crwatch": [
                "~ spec.minReplicaCount 1 → 2 @?",
                "~ spec.triggers[0] [2] → [0] (moved) @?",
                '~ spec.triggers[1].metadata.threshold "100" → "150" (was [0], paired by position) @?',
                "~ status.lastActiveTime 2026-11-22T11:00:00Z → 2026-11-22T12:00:00Z @?",
            ],
            "by index": [
                "add /spec/triggers/0/metadata/desiredReplicas",
                "add /spec/triggers/0/metadata/end",
                "add /spec/triggers/0/metadata/start",
                "add /spec/triggers/0/metadata/timezone",
                "add /spec/triggers/1",
                "remove /spec/triggers/0/metadata/query",
                "remove /spec/triggers/0/metadata/serverAddress",
                "remove /spec/triggers/0/metadata/threshold",
                "remove /spec/triggers/3",
                "replace /spec/minReplicaCount",
                "replace /spec/triggers/0/type",
                "replace /status/lastActiveTime",
            ],
        },
    }
)


def read(path: Path) -> tuple[dict[str, Any], dict[str, Any], ListKeys]:
    """Return the old object, the new one, and what its schema declares, as far as the edit needs it."""
    case = yaml.safe_load(path.read_text())
    version: Any = {"name": "v", "storage": True, "schema": {"openAPIV3Schema": case.get("schema", {})}}
    return case["old"], case["new"], ListKeys.parse({"spec": {"versions": [version]}})


def printed(old: dict[str, Any], new: dict[str, Any], keys: ListKeys) -> list[str]:
    """Return the lines in a pipe, without time, kind and object."""
    before, after = (decode_object(msgspec.json.encode(value)) for value in (old, new))
    change = Lens(keys=keys).explain(delta(before, after, resource=resource_of(after)))
    return [" ".join((line.split()[1], *line.split()[4:])) for line in in_pipe(change).splitlines()]


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_what_is_printed(path: Path) -> None:
    """Ours, and the places that an index-based diff names."""
    old, new, keys = read(path)
    by_index = sorted({f"{op['op']} {op['path']}" for op in jsonpatch.make_patch(old, new)})

    assert {"crwatch": printed(old, new, keys), "by index": by_index} == EXPECTED[path.stem]


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_the_changes_lead_there_and_back(path: Path) -> None:
    """With the declared keys and without, nothing folded."""
    old, new, keys = read(path)
    explained = Lens(EVERYTHING, keys).explain(
        delta(*(decode_object(msgspec.json.encode(value)) for value in (old, new)))
    )

    assert apply_json_patch(old, [field.to_json_patch() for field in explained.fields]) == new
    diff = compare(old, new)
    assert diff.apply(old) == new
    assert diff.invert().apply(new) == old


def test_the_corpus_is_wide() -> None:
    """At least ten projects."""
    assert len({yaml.safe_load(path.read_text())["new"]["apiVersion"] for path in CORPUS}) >= 10
