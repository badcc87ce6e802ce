"""`python -m understudy_server`: the same as the `understudy` command."""

from understudy_server.cli import main

main()
