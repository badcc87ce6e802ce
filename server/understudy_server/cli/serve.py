"""understudy serve: the language server on stdio, or on TCP for debugging."""

import click


@click.command()
@click.option(
    "--tcp", metavar="HOST:PORT", help="Serve one editor on this address instead of stdin and stdout."
)
def serve(tcp: str | None) -> None:
    """Serve an editor over the Language Server Protocol."""
    # Imported here: the other commands need none of it, and this one answers sooner without theirs.
    from understudy_server.lsp.server import serve as serve_editor

    if tcp is None:
        serve_editor()
        return
    host, colon, port = tcp.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65_535:
        raise click.UsageError(f"--tcp takes HOST:PORT, for example 127.0.0.1:2087, not {tcp!r}.")
    try:
        serve_editor((host.strip("[]"), int(port)))
    except OSError as error:
        raise click.UsageError(f"cannot serve on {tcp}: {error.strerror or error}.") from error
