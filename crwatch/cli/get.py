"""`crwatch get`: list once."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from crwatch.cli import options
from crwatch.cli.environment import Environment
from crwatch.cli.grouping import grouped
from crwatch.cli.words import parse_targets
from crwatch.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crwatch.cli.streams import Streams
    from crwatch.diff.masking import Masker
    from crwatch.kube.collection import Collection


class GetOutput(StrEnum):
    """Formats of `get`."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    YAML = "yaml"
    NAME = "name"


Format = Annotated[GetOutput, typer.Option("--output", "-o", help="The server's columns, or whole objects.")]
NoHeaders = Annotated[bool, typer.Option("--no-headers", help="No line of column names.")]
ShowManagedFields = Annotated[bool, typer.Option("--show-managed-fields", help="Keep them in json and yaml.")]


@grouped
def get(
    context: typer.Context,
    words: options.Words = None,
    *,
    output: Format = GetOutput.TABLE,
    no_headers: NoHeaders = False,
    show_managed_fields: ShowManagedFields = False,
    place: options.Place,
    masking: options.Masking,
    looks: options.Looks,
    connection: options.Connection,
) -> None:
    """List custom resources once, in the columns that the server has for them.

    In a pipe the output is kubectl's to the byte.

    \b
      crwatch get databaseclusters
      crwatch get dbcluster orders -o yaml
      crwatch get dbcluster,widgets -A -l app=db
    """
    from crwatch.cli.scope import collections_of, open_cluster
    from crwatch.cli.streams import Streams
    from crwatch.cli.view import View

    environment: Environment = context.obj
    streams = Streams(environment, looks)
    targets = parse_targets(words or ())
    if not targets:
        raise UsageError("get needs a TYPE", hint=f"{environment.program} get databaseclusters")
    if place.all_namespaces and any(target.name for target in targets):
        raise UsageError("a resource cannot be retrieved by name across all namespaces")
    with open_cluster(connection, streams.say) as cluster:
        collections = collections_of(cluster, targets, place)
        if output in {GetOutput.TABLE, GetOutput.WIDE}:
            _write_tables(collections, streams, place, wide=output is GetOutput.WIDE, headers=not no_headers)
        else:
            masker = View(masking=masking).masker(environment)
            _write_objects(collections, streams, output, masker, keep_managed_fields=show_managed_fields)


def _write_tables(
    collections: "Sequence[Collection]", streams: "Streams", place: options.Place, *, wide: bool, headers: bool
) -> None:
    from crwatch.render.table import TableWriter, nothing_found

    kinds = {collection.resource.gvr for collection in collections}
    writer = TableWriter(
        streams.out,
        streams.theme,
        wide=wide,
        headers=headers,
        with_namespace=place.all_namespaces,
        with_kind=len(kinds) > 1,
    )
    missing: list[NotFoundError] = []
    for collection in collections:
        rows = 0
        for table in collection.tables():
            rows += len(table.rows)
            writer.write(table, collection.resource)
        if collection.selection.name and not rows:
            missing.append(_not_found(collection))
    _finish(missing, streams, nothing_found(collections[0].selection.namespace) if not writer.wrote else None)


def _write_objects(
    collections: "Sequence[Collection]",
    streams: "Streams",
    output: GetOutput,
    masker: "Masker",
    *,
    keep_managed_fields: bool,
) -> None:
    from crwatch.operations.get import objects
    from crwatch.render.manifest import JsonManifests, NameManifests, ObjectWriter, YamlManifests

    alone = len(collections) == 1 and collections[0].selection.name is not None
    writer: ObjectWriter = NameManifests(streams.out)
    if output is not GetOutput.NAME:
        manifests = JsonManifests if output is GetOutput.JSON else YamlManifests
        writer = manifests(streams.out, alone=alone, keep_managed_fields=keep_managed_fields)
    missing: list[NotFoundError] = []
    for collection in collections:
        found = tuple(objects(collection, masker))
        if collection.selection.name and not found:
            missing.append(_not_found(collection))
        writer.write(found, collection.resource)
    if not (alone and missing):
        writer.close()
    _finish(missing, streams, None)


def _not_found(collection: "Collection") -> NotFoundError:
    return NotFoundError(f'{collection.resource.gvr.group_resource} "{collection.selection.name}" not found')


def _finish(missing: "list[NotFoundError]", streams: "Streams", nothing: str | None) -> None:
    """Say what was not found, as kubectl does: the others have been printed."""
    if missing:
        raise missing[0] if len(missing) == 1 else NotFoundError("; ".join(error.message for error in missing))
    if nothing:
        streams.say(nothing)
