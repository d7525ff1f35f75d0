"""The command line: the only place that prints, reads the environment or exits."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs one command and exits with its code (see `advisor.cli.app`)."""
    from advisor.cli.app import run

    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))
