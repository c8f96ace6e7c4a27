"""The commands by name. Each body imports what it needs when it is called: `--help` pays for none of them."""

import typer

from crwatch.cli import diff, get, tail

EXAMPLES = """\
Watch Kubernetes custom resources and see what changes in them, field by field.

  crwatch tail databaseclusters               follow changes in this namespace
  crwatch tail dbcluster -A -l app=db         by labels, in all namespaces
  crwatch tail dbcluster | grep replicas      one whole line a change in a pipe
  crwatch tail dbcluster -o json | jq .       one record a line
  crwatch get databaseclusters -o wide        list once, the server's columns
  crwatch diff --since 88101 dbcluster        what changed since a resource version
"""

app = typer.Typer(
    name="crwatch",
    help=EXAMPLES.replace("\n\n", "\n\n\b\n"),
    add_completion=False,
    no_args_is_help=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def examples(context: typer.Context) -> None:
    """Print the examples when there is no command."""
    if context.invoked_subcommand is None:
        context.obj.stdout.write(EXAMPLES.encode())
        context.obj.stdout.flush()


app.command("get")(get.get)
app.command("tail")(tail.tail)
app.command("diff")(diff.diff)
