"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON on one line, for a program.")]
RunChain = Annotated[
    str | None,
    typer.Option(
        "--rpc",
        metavar="URL",
        help="JSON-RPC address of a node that holds the run's chain; by default the chain "
        "is started from the run's chain-state.json.gz.",
    ),
]
