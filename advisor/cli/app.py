"""The commands together, the options that all of them take, and the exit codes.

0 done · 1 failed · 2 wrong usage · 3 done, and the best baseline is at least as good · 130 interrupted
"""

from __future__ import annotations

import contextlib
import sys
import traceback
import warnings
from typing import Annotated

import typer
from typer.main import get_command

from advisor.cli import (
    config,
    doctor,
    evaluate,
    export,
    flowchart,
    inspect,
    output,
    predict,
    report,
    runs,
    search,
    spaces,
)
from advisor.errors import AdvisorError, out_of_memory
from advisor.report.printable import printable

INTERRUPTED = 130
NO_MEMORY = (
    "memory did not suffice: end other programs, or give `search` a smaller `--memory` or "
    "`--max-parameters`; what a search had finished is kept, and "
    "`advisor search --resume RUN` goes on with it"
)
GLOBAL_FLAGS, GLOBAL_OPTIONS = ("--debug",), ("--config",)

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: rich alone would double the time it takes
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Says which family of deep network fits your data and why, tunes it, checks its own advice, "
    "and hands over a model.",
)
app.command("inspect")(inspect.command)
app.command("search")(search.command)
app.command("report")(report.command)
app.command("runs")(runs.command)
app.command("evaluate")(evaluate.command)
app.command("export")(export.command)
app.command("predict")(predict.command)
app.command("flowchart")(flowchart.command)
app.command("spaces")(spaces.command)
app.command("doctor")(doctor.command)


def _print_version(asked: bool) -> None:
    if asked:
        from advisor import __version__

        typer.echo(f"advisor {__version__}")
        raise typer.Exit


@app.callback()
def global_options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and warnings.")] = False,
    config_file: Annotated[
        str | None,
        typer.Option("--config", metavar="FILE.toml", help="Options of the command as a TOML file."),
    ] = None,
) -> None:
    if config_file is not None:
        config.apply(context, config_file)


def run(arguments: list[str]) -> int:
    """Runs one command; every error becomes one line on stderr and an exit code."""
    debug = "--debug" in arguments
    try:
        with warnings.catch_warnings():
            if not debug:
                warnings.simplefilter("ignore")
            with contextlib.nullcontext() if debug else output.native_messages_dropped():
                code = get_command(app).main(hoisted(arguments), prog_name="advisor", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except Exception as error:
        if debug:
            traceback.print_exc()
        return _explain(error)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED


def hoisted(arguments: list[str]) -> list[str]:
    """Options of the program moved before the command, so that they may stand anywhere."""
    first, rest = list[str](), list[str]()
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
        elif argument in GLOBAL_FLAGS or argument.split("=")[0] in GLOBAL_OPTIONS:
            first.append(argument)
            if argument in GLOBAL_OPTIONS:
                first += [value for value in (next(waiting, None),) if value is not None]
        else:
            rest.append(argument)
    return first + rest


def _explain(error: Exception) -> int:
    match error:
        case typer.Abort():
            message, code = "interrupted", INTERRUPTED
        case AdvisorError():
            message, code = str(error), error.exit_code
        case BrokenPipeError():
            return 0  # whoever read our output has seen enough
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            message, code = f"{where}{error.strerror or error}", 1
        case _ if hasattr(error, "format_message"):  # typer's own or click's, by its version
            message, code = error.format_message(), 2
            if type(error).__name__ == "NoArgsIsHelpError":
                print(message, file=sys.stderr)
                return code
        case _ if out_of_memory(error):
            message, code = NO_MEMORY, 1
        case _:
            message = f"unexpected {type(error).__name__}: {error}; run again with --debug to see where"
            code = 1
    print(f"error: {printable(' '.join(message.split()))}", file=sys.stderr)
    return code
