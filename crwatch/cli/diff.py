"""`crwatch diff`: what changed since, or what lies between two things."""

from typing import Annotated

import typer

from crwatch.cli import options
from crwatch.cli.environment import Environment
from crwatch.cli.grouping import grouped
from crwatch.cli.words import parse_since, parse_targets
from crwatch.errors import ExitStatus, UsageError

SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="RV", help="A resource version, with @ID where crwatch printed it.")
]
SchemaOption = Annotated[
    list[str] | None, typer.Option("--schema", metavar="CRD.yaml", help="With A B: list keys of a CRD. Repeatable.")
]
Sides = Annotated[
    list[str] | None,
    typer.Argument(metavar="A B | [TYPE[,TYPE…]] [NAME…]", help="Files, - or TYPE/NAME; with --since types and names."),
]


@grouped
def diff(
    context: typer.Context,
    words: Sides = None,
    *,
    since: SinceOption = None,
    schema: SchemaOption = None,
    place: options.Place,
    style: options.Style,
    viewing: options.Viewing,
    masking: options.Masking,
    looks: options.Looks,
    connection: options.Connection,
) -> int:
    """Tell what differs since a resource version, or between two things: exit 0 for nothing, 1 for something.

    Any resource version of the cluster will do: an object's, a list's, or the one that `crwatch tail` printed. Things
    are manifests, lists or recorded streams, YAML or JSON (`-` is standard input), or live objects, TYPE/NAME or
    TYPE/NAMESPACE/NAME; files need no cluster. Objects are paired by kind, namespace and name.

    \b
      crwatch diff --since 88101 databaseclusters
      crwatch diff --since 88101@5f0c21d7 dbcluster -A -o json
      crwatch diff old.yaml new.yaml
      kubectl get dbcluster orders -o yaml | crwatch diff orders.yaml - --schema crd.yaml
      crwatch diff dbcluster/orders dbcluster/staging/orders
    """
    from functools import partial

    from crwatch.cli.comparing import compare_and_write
    from crwatch.cli.scope import collections_of, open_cluster
    from crwatch.cli.streams import Streams
    from crwatch.cli.two_sides import compare_sides
    from crwatch.cli.view import View

    environment: Environment = context.obj
    streams = Streams(environment, looks)
    view = View(viewing, masking)
    connect = partial(open_cluster, connection, streams.say)
    if since is None:
        return compare_sides(
            words or (),
            connect,
            namespace=place.namespace,
            view=view,
            schemas=schema or (),
            streams=streams,
            style=style,
        )
    if schema:
        raise UsageError("--schema is for two things to compare: with --since the server tells the schema")
    wanted = parse_since(since)
    targets = parse_targets(words or ())
    with connect() as cluster:
        collections = collections_of(cluster, targets, place)
        lens = view.lens(environment, cluster.list_keys)
        differs = compare_and_write(cluster, collections, wanted, lens=lens, streams=streams, style=style)
    return ExitStatus.NO if differs else ExitStatus.DONE
