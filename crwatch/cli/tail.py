"""`crwatch tail`: follow what changes."""

from typing import Annotated

import typer

from crwatch.cli import options
from crwatch.cli.environment import Environment
from crwatch.cli.grouping import grouped
from crwatch.cli.words import parse_targets


@grouped
def tail(
    context: typer.Context,
    words: options.Words = None,
    *,
    initial: Annotated[bool, typer.Option("--initial", help="Print what is there at the beginning too.")] = False,
    place: options.Place,
    style: options.Style,
    records: options.Records,
    viewing: options.Viewing,
    masking: options.Masking,
    looks: options.Looks,
    connection: options.Connection,
) -> None:
    """Follow changes of custom resources, field by field.

    Without TYPE every custom resource is followed. On a terminal each event has a heading; in a pipe every change is
    one whole line. The watch is resumed when it ends; where sight was lost, the time and the net changes are told.

    \b
      crwatch tail databaseclusters
      crwatch tail dbcluster -A -l app=db
      crwatch tail dbcluster | awk '$5=="spec.replicas"'
      crwatch tail dbcluster --path spec --ignore '**.image' --not-by 'kube-*'
      crwatch tail dbcluster -o json | jq -c '.changes[]'
    """
    from crwatch.cli.following import Following
    from crwatch.cli.scope import collections_of, open_cluster
    from crwatch.cli.streams import Streams
    from crwatch.cli.view import View

    environment: Environment = context.obj
    streams = Streams(environment, looks)
    targets = parse_targets(words or ())
    with open_cluster(connection, streams.say) as cluster:
        collections = collections_of(cluster, targets, place)
        lens = View(viewing, masking).lens(environment, cluster.list_keys)
        resources = [one.resource for one in collections]
        writer = streams.change_writer(style, resources, records=records, first_paths=cluster.column_paths)
        Following(cluster, collections, streams, writer).run(lens, initial=initial)
