"""Typed words become operations. The only importer of typer; one command a file, thin."""
