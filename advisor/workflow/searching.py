"""From a path to a run folder, and what such a folder tells."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.errors import RunError, UntrainableTaskError, UsageError
from advisor.records import Inspection, Result, RunSummary, SearchOptions, Task
from advisor.report import tracking
from advisor.search.budget import inspection_seconds
from advisor.search.events import Observer, RunDone, RunStarted, ignore
from advisor.search.store import files, folder
from advisor.workflow.inspecting import look

if TYPE_CHECKING:
    from advisor.readers.source import Source
    from advisor.search.ending.outcome import Finished

VERSIONS = ("advisor", "torch", "python")


def search(
    path: Path | None,
    options: SearchOptions,
    on_event: Observer = ignore,
    *,
    on_inspection: Callable[[Inspection], None] | None = None,
    started: float | None = None,
) -> Result:
    """Baselines, the fair round, tuning, refit and the one test, in a new run folder.

    Args:
        path: the data; None only with `options.resume`, whose run says where its data lie.
        on_inspection: told the advice before anything is trained, also where the task cannot be.
        started: `time.monotonic()` of when the time limit began to run; now by default.

    Raises:
        UntrainableTaskError: the task is named but cannot be trained yet.
        DataError, UsageError: the data or an option cannot be used; no run folder is left behind.
        RunError: the run to resume is missing or damaged.
    """
    from advisor.search.store import provenance

    started = time.monotonic() if started is None else started
    options, used, before = with_whole_paths(options), 0.0, None
    if options.resume is not None:
        run = Path(options.resume)
        used = 0.0 if options.timeout is not None else provenance.used_seconds(run)
        path, options = folder.resumed(run, path, options)
        before = folder.inspection_of(run)
    if path is None:
        raise UsageError("`advisor search` needs PATH, the folder or file with the data")
    with tracking.tracked(options, on_event, started) as observer:
        return _inspected(path, options, before, observer, on_inspection, started, used)


def _inspected(
    path: Path,
    options: SearchOptions,
    before: Inspection | None,
    on_event: Observer,
    on_inspection: Callable[[Inspection], None] | None,
    started: float,
    used: float,
) -> Result:
    """Inspects, makes or opens the run folder and searches in it; a new one without any trial is removed."""
    path = path.resolve() if path.exists() else path  # a run must find its data from any folder
    source, inspection = look(
        path, options.target, options.task, options.axes, options.seed,
        test=options.test, reader=options.reader, time=options.time,
        group=options.group, split=options.split, probe=before is None,
        follow_links=options.follow_links, seconds=inspection_seconds(options.timeout),
    )  # fmt: skip
    inspection = before or inspection  # the prediction that was logged before any training stands
    if on_inspection is not None:
        on_inspection(inspection)
    _check_trainable(inspection, options)
    run_dir, is_new = folder.choose(path, options)
    try:
        return _run(_whole(source, options.axes), inspection, options, run_dir, on_event, started, used)
    except BaseException as error:
        if is_new and not (run_dir / folder.STUDY).exists():
            folder.remove(run_dir)
        elif isinstance(error, Exception) and files.disk_is_full(error):
            raise RunError(
                f"the disk of {run_dir} is full: make room, then `advisor search --resume {run_dir}` goes on"
            ) from error
        raise


def with_whole_paths(options: SearchOptions) -> SearchOptions:
    """Files named from the root on, so that a run can be gone on with from any folder."""
    named = {name: getattr(options, name) for name in ("split", "space", "test")}
    found = {name: Path(place) for name, place in named.items() if place not in (None, "auto")}
    return options.model_copy(
        update={name: str(place.resolve()) for name, place in found.items() if place.exists()}
    )


def report(run: Path) -> tuple[Result, Inspection | None]:
    """What a run found, and the inspection from before it.

    Raises:
        RunError: no finished run is there.
    """
    return folder.result_of(run), folder.inspection_of(run)


def runs(*places: Path) -> tuple[tuple[RunSummary, ...], bool]:
    """The runs in one folder (`runs` by default), the newest first; or the runs that are named.

    The second is whether they were named, to be compared.

    Raises:
        RunError: no such folder, or no run there.
    """
    from advisor.search.store import runs as found

    if len(places) > 1 or (places and found.is_run(places[0])):
        return tuple(found.summary(place) for place in places), True
    return found.summaries(places[0] if places else Path(folder.RUNS)), False


def _check_trainable(inspection: Inspection, options: SearchOptions) -> None:
    from advisor.prepare import TRAINABLE

    if inspection.task is Task.FORECASTING and inspection.samples > 1:
        raise UntrainableTaskError(
            f"forecasting of {inspection.samples} series is recognised, but `search` cannot train it yet: it "
            "forecasts one long series; the advice above holds all the same"
        )
    if inspection.task not in TRAINABLE:
        raise UntrainableTaskError(
            f"the task {inspection.task} is recognised, but `search` cannot train it yet: "
            f"it trains {', '.join(TRAINABLE)}; the advice above holds all the same"
        )
    from advisor.tasks import kind_of

    metric = kind_of(inspection.task).metric
    if options.metric not in (None, metric):
        raise UsageError(
            f"`--metric {options.metric}`: {inspection.task} is scored by {metric}, others are in the result"
        )


def _whole(source: Source, axes: str | None) -> Source:
    """All samples of data of which inspection looked at a part."""
    from advisor import readers
    from advisor.measure.shape.naming import rename_as

    if source.entire is None:
        return source
    found = readers.entire(source)
    return found if axes is None else rename_as(found, re.split(r"[\s,]+", axes.strip()))


def _run(
    source: Source,
    inspection: Inspection,
    options: SearchOptions,
    run_dir: Path,
    on_event: Observer,
    started: float,
    used: float,
) -> Result:
    """Searches, then writes the bundle and, last, the result: a run with a result is whole."""
    from advisor import interrupt
    from advisor.search.run import run
    from advisor.search.store import checkpoints

    inspecting = time.monotonic() - started
    with interrupt.heard():
        on_event(RunStarted(run_dir, inspection, options))
        finished = run(source, inspection, options, run_dir, on_event, started=started, used=used)
        with interrupt.finishing():
            if finished.network is not None:
                _save_bundle(finished, inspection, run_dir)
            phases = {"inspect": round(inspecting, 3), **finished.result.phases}
            seconds = round(time.monotonic() - started, 3)
            result = finished.result.model_copy(update={"seconds": seconds, "phases": phases})
            files.write(run_dir / folder.RESULT, result.to_json(indent=2))
            checkpoints.remove_refit(run_dir)
    on_event(RunDone(result))
    return result


def _save_bundle(finished: Finished, inspection: Inspection, run_dir: Path) -> None:
    from advisor.bundle import BundleCard, save

    result, best, candidate = finished.result, finished.result.best, finished.candidate
    assert finished.network is not None
    assert best is not None
    assert candidate is not None
    beaten = result.beats_baselines
    named = {baseline.name: baseline for baseline in result.baselines}
    card = BundleCard(
        created=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        run=run_dir.name,
        inputs=inspection.inputs,
        candidate=candidate,
        members=finished.members,
        shares=finished.shares,
        signature=finished.signature,
        task=result.task,
        metric=result.metric,
        greater_is_better=result.greater_is_better,
        parameters=best.parameters,
        validation=best.validation,
        test=best.test,
        best_baseline=named[beaten.best_baseline] if beaten else None,
        split=result.split,
        cautions=result.cautions,
        refit=best.refit,
        versions={name: str(result.environment[name]) for name in VERSIONS if name in result.environment},
    )
    save(
        run_dir / "model",
        card=card,
        preprocessing=finished.preprocessing,
        network=finished.network,
        error_quantiles=finished.error_quantiles,
    )
    single, alone = finished.single, result.single
    if single is None or alone is None:
        shutil.rmtree(run_dir / folder.SINGLE, ignore_errors=True)  # of a search before this one
        return
    told = {
        "parameters": alone.parameters,
        "validation": alone.validation,
        "test": None,
        "refit": alone.refit,
    }
    save(
        run_dir / folder.SINGLE,
        card=card.model_copy(update={"candidate": single.candidate, "members": (), "shares": (), **told}),
        preprocessing=finished.preprocessing,
        network=single.network,
        error_quantiles=single.error_quantiles,
    )
