"""`crwatch diff`: what changed since."""

from typing import Annotated

import typer

from crwatch.cli import options
from crwatch.cli.environment import Environment
from crwatch.cli.words import parse_since, parse_targets
from crwatch.errors import ExitStatus, UsageError

SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="RV", help="A resource version, with @ID where crwatch printed it.")
]


def diff(
    context: typer.Context,
    words: options.Words = None,
    *,
    since: SinceOption = None,
    namespace: options.Namespace = None,
    all_namespaces: options.AllNamespaces = False,
    selector: options.Selector = "",
    field_selector: options.FieldSelector = "",
    output: options.ChangeFormat = options.RecordOutput.TEXT,
    object_part: options.ObjectPartOption = options.ObjectPart.FULL,
    heading: options.Heading = None,
    full: options.Full = False,
    all_fields: options.AllFields = False,
    color: options.Color = options.ColorChoice.AUTO,
    ascii_only: options.Ascii = False,
    quiet: options.Quiet = False,
    cluster_context: options.Context = None,
    kubeconfig: options.Kubeconfig = None,
    request_timeout: options.RequestTimeout = "0",
) -> int:
    """Tell the net difference between a resource version and now: exit 0 for none, 1 for some.

    Any resource version of the cluster will do: an object's, a list's, or the one that `crwatch tail` printed.

    \b
      crwatch diff --since 88101 databaseclusters
      crwatch diff --since 88101@5f0c21d7 dbcluster -A -o json
    """
    from crwatch.cli.comparing import compare_and_write
    from crwatch.cli.scope import Scope, collections_of, open_cluster
    from crwatch.cli.streams import ChangeStyle, Streams
    from crwatch.diff.lens import Lens
    from crwatch.diff.rules import EVERYTHING, Rules

    environment: Environment = context.obj
    if since is None:
        raise UsageError("diff needs --since", hint=f"{environment.program} diff --since 88101 databaseclusters")
    wanted = parse_since(since)
    streams = Streams(environment, color=color, ascii_only=ascii_only, quiet=quiet)
    scope = Scope(
        targets=parse_targets(words or ()),
        namespace=namespace,
        all_namespaces=all_namespaces,
        labels=selector,
        fields=field_selector,
    )
    style = ChangeStyle(
        output=output, heading=heading, full=full, object_part=object_part, since_rv=wanted.resource_version
    )
    with open_cluster(
        context=cluster_context, kubeconfig=kubeconfig, timeout=request_timeout, say=streams.say
    ) as cluster:
        collections = collections_of(cluster, scope)
        lens = Lens(EVERYTHING if all_fields else Rules.default())
        differs = compare_and_write(cluster, collections, wanted, lens=lens, streams=streams, style=style)
    return ExitStatus.NO if differs else ExitStatus.DONE
