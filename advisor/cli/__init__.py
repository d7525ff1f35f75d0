"""The command line: the only place that prints, reads the environment or exits."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs one command and exits with its code (see `advisor.cli.app`).

    Native libraries are not torn down: one search in some thirty was seen to crash there (signal 11) after
    all was written, and the exit code then told of the crash and not of the result.
    """
    from advisor.cli.app import run

    code = run(list(sys.argv[1:] if arguments is None else arguments))
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # whoever read our output has gone
            stream.flush()
    atexit._run_exitfuncs()  # temporary files are removed here
    os._exit(code)
