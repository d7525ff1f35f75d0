"""`advisor search [PATH]`: baselines, the fair round, tuning, and one look at the test part."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from advisor.cli import last, output, values
from advisor.errors import UntrainableTaskError, UsageError

if TYPE_CHECKING:
    from advisor.records import Inspection, Result, SearchOptions

DEVICES, PRECISIONS = ("auto", "cpu", "cuda"), ("bf16", "float32")
LOST_TO_BASELINE, INTERRUPTED = 3, 130


def command(
    path: Annotated[
        Path | None, typer.Argument(metavar="[PATH]", help="The data; without it, what was inspected last.")
    ] = None,
    trials: Annotated[int | None, typer.Option(min=1, metavar="N", help="At most so many trials.")] = None,
    timeout: Annotated[
        str | None,
        typer.Option(metavar="10m", help="Time for the whole command; with no limit, 30 trials or 10m."),
    ] = None,
    family: Annotated[
        str, typer.Option(metavar="FAMILY", help="auto, all, or one alone: cnn, rnn, hybrid, mlp.")
    ] = "auto",
    task: Annotated[
        str | None, typer.Option(metavar="TASK", help="Overrides the task that was found.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="NAME|all", help="The column, or the channels, to be predicted.")
    ] = None,
    horizon: Annotated[int | None, typer.Option(min=1, metavar="N", help="Steps to forecast.")] = None,
    metric: Annotated[str | None, typer.Option(metavar="NAME", help="The metric to choose by.")] = None,
    split: Annotated[
        str,
        typer.Option(
            metavar="SPLIT",
            help="auto, 0.7,0.15,0.15, counts such as 8640,2880,2880, or FILE.csv (id,split[,group]).",
        ),
    ] = "auto",
    test: Annotated[str | None, typer.Option(metavar="PATH", help="Data to test on.")] = None,
    axes: Annotated[str | None, typer.Option(metavar="NAMES", help="As for `advisor inspect`.")] = None,
    reader: Annotated[str | None, typer.Option(metavar="FORM", help="As for `advisor inspect`.")] = None,
    when: Annotated[
        str | None, typer.Option("--time", metavar="NAME|none", help="As for `advisor inspect`.")
    ] = None,
    group: Annotated[str | None, typer.Option(metavar="NAME|none", help="As for `advisor inspect`.")] = None,
    follow_links: Annotated[bool, typer.Option("--follow-links", help="As for `advisor inspect`.")] = False,
    device: Annotated[str, typer.Option(metavar="DEVICE", help="auto, cpu or cuda.")] = "auto",
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Trials at once, each in a process; default: 1.")
    ] = None,
    storage: Annotated[
        str | None, typer.Option(metavar="URL", help="Optuna storage; default: study.db in the run.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of splits, first weights and the sampler.")] = 42,
    space: Annotated[
        str | None, typer.Option(metavar="FILE.toml", help="A search space of your own.")
    ] = None,
    max_parameters: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="No network with more parameters.")
    ] = None,
    max_latency: Annotated[
        str | None, typer.Option(metavar="5ms", help="No network that takes longer for one sample here.")
    ] = None,
    streaming: Annotated[
        bool, typer.Option("--streaming", help="Only networks that do not look ahead.")
    ] = False,
    memory: Annotated[
        str | None,
        typer.Option(metavar="4GB", help="For decoded samples; default: half of what is free. See --cache."),
    ] = None,
    cache: Annotated[
        str | None,
        typer.Option(
            metavar="DIR", help="For decoded samples beyond that; default: ~/.cache/advisor/decoded."
        ),
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Processor threads; default: measured.")
    ] = None,
    precision: Annotated[
        str | None, typer.Option(metavar="KIND", help="bf16 or float32; default: by the hardware.")
    ] = None,
    gflops: Annotated[
        float | None,
        typer.Option(min=0.001, metavar="X", help="Speed to size networks by; default: measured."),
    ] = None,
    tensorboard: Annotated[
        str | None, typer.Option(metavar="DIR", help="Also write curves and settings for TensorBoard there.")
    ] = None,
    mlflow: Annotated[
        str | None, typer.Option(metavar="URI", help="Also log to MLflow: http://... or sqlite:///mlflow.db.")
    ] = None,
    out: Annotated[
        str | None, typer.Option(metavar="DIR", help="The run folder; must not be there yet.")
    ] = None,
    resume: Annotated[str | None, typer.Option(metavar="DIR", help="Go on with this run.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Tune what fits and hand over a tested model."""
    started = time.monotonic()
    from advisor.records import SearchOptions

    given: dict[str, Any] = {
        "trials": trials, "timeout": timeout, "family": family, "task": task, "target": target,
        "horizon": horizon, "metric": metric, "split": split, "test": test, "axes": axes, "reader": reader,
        "time": when, "group": group, "follow_links": follow_links, "device": device, "workers": workers,
        "storage": storage, "seed": seed, "space": space, "out": out, "resume": resume,
        "tensorboard": tensorboard, "mlflow": mlflow,
        "max_parameters": max_parameters, "max_latency": max_latency, "streaming": streaming,
        "memory": memory, "cache": cache, "threads": threads, "precision": precision, "gflops": gflops,
    }  # fmt: skip
    if path is None and resume is None:
        path, remembered = last.recall()
        given["follow_links"] |= bool(remembered.pop("follow_links", ""))
        given |= {name: value for name, value in remembered.items() if given.get(name) is None}
        print(f"searching {path}, which was inspected last", file=sys.stderr)
    options = SearchOptions.model_validate(_checked(given))
    raise typer.Exit(_search(path, options, started, as_json=as_json))


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    """The options with their values read; raises UsageError for the first that is wrong."""
    from advisor.records import Family, Task

    if given["out"] is not None and given["resume"] is not None:
        raise UsageError("`--out` and `--resume` exclude each other: a resumed run stays in its folder")
    checked = dict(given)
    if given["timeout"] is not None:
        checked["timeout"] = values.duration("--timeout", given["timeout"])
    checked["family"] = values.choice("--family", given["family"], ("auto", "all", *Family))
    checked["device"] = values.choice("--device", given["device"], DEVICES)
    if given["precision"] is not None:
        checked["precision"] = values.choice("--precision", given["precision"], PRECISIONS)
    if given["max_latency"] is not None:
        checked["max_latency"] = values.milliseconds("--max-latency", str(given["max_latency"]))
    if given["memory"] is not None:
        checked["memory"] = values.size("--memory", str(given["memory"]))
    checked["cache"] = given["cache"] or str(last.cache() / "decoded")
    if given["task"] is not None:
        checked["task"] = values.choice("--task", given["task"], Task)
    return checked


def _search(path: Path | None, options: SearchOptions, started: float, *, as_json: bool) -> int:
    from advisor import workflow
    from advisor.report import live, terminal
    from advisor.search.events import Event, RunStarted

    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # `--mlflow` reports to that server alone
    seen: list[Inspection] = []
    begun: list[Path] = []
    display = live.display(terminal.make_console(stderr=True))

    def on_inspection(inspection: Inspection) -> None:
        seen.append(inspection)
        display.predicted(inspection)

    def on_event(event: Event) -> None:
        if isinstance(event, RunStarted):
            begun.append(event.run)
        display.on_event(event)

    try:
        with output.stdout_kept_clean(), display:
            result = workflow.search(path, options, on_event, on_inspection=on_inspection, started=started)
    except KeyboardInterrupt:  # a second Ctrl-C, or one before there was anything to report
        print(_stopped(begun), file=sys.stderr)
        return INTERRUPTED
    except UntrainableTaskError as error:
        _advise_only(seen[-1], options, str(error), as_json=as_json)
        raise
    if as_json:
        print(result.to_json(indent=2))
    else:
        terminal.print_result(terminal.make_console(), result, seen[-1])
    return exit_code(result)


def _stopped(begun: list[Path]) -> str:
    """What a search that was stopped leaves behind."""
    from advisor.report.printable import quoted
    from advisor.search.store import folder

    if not begun or not (begun[-1] / folder.CONFIG).is_file():
        return "stopped before anything was trained"
    again = f"advisor search --resume {quoted(str(begun[-1]))}"
    return f"stopped; what was finished is kept: `{again}` goes on with it"


def exit_code(result: Result) -> int:
    """What the outcome of a search is to a script."""
    from advisor.report.result_view import loses_to_baseline

    if result.status == "interrupted":
        return INTERRUPTED
    if result.status == "failed" or result.best is None:
        return 1
    return LOST_TO_BASELINE if loses_to_baseline(result) else 0


def _advise_only(inspection: Inspection, options: SearchOptions, missing: str, *, as_json: bool) -> None:
    """A task that cannot be trained yet: the advice all the same."""
    from advisor.records import Advice, Result
    from advisor.report import terminal

    if not as_json:
        terminal.print_inspection(terminal.make_console(), inspection)
        return
    result = Result(
        run="", status="failed", structure=inspection.structure, family=inspection.family,
        task=inspection.task, metric="", greater_is_better=True, seed=options.seed, notes=(missing,),
        advice=Advice(predicted=inspection.family, verdict="untested", why=missing),
    )  # fmt: skip
    print(result.to_json(indent=2))
