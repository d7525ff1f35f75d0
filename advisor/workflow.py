"""The Python interface: one function per command. Nothing here prints; errors are `advisor.errors`.

inspection = workflow.inspect(Path("photos"))
result = workflow.search(Path("photos"), SearchOptions(timeout=600))
predictions = workflow.predict(Path(result.run), Path("new_photos"))
"""

from __future__ import annotations

import contextlib
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from advisor.errors import DataError, RunError, UntrainableTaskError, UsageError
from advisor.records import (
    Evaluation,
    Facts,
    Finding,
    Inspection,
    Result,
    RunSummary,
    SearchOptions,
    SplitSummary,
    Task,
)
from advisor.search import files, folder
from advisor.search.events import Observer, ignore

if TYPE_CHECKING:
    from advisor.bundle import Bundle
    from advisor.bundle.export import Example
    from advisor.bundle.use import Predictions
    from advisor.readers.source import Source
    from advisor.search.outcome import Finished

__all__ = ["evaluate", "export", "inspect", "inspect_as_page", "predict", "report", "runs", "search"]

VERSIONS = ("advisor", "torch", "python")
ExportFormat = Literal["bundle", "onnx", "pt2"]


@dataclass(frozen=True)
class Exported:
    """The largest difference from the trained model as a share of its largest output, and what it was
    checked on; a bundle is a copy, which has none."""

    difference: float | None
    checked_on: str


def inspect(
    path: Path,
    *,
    target: str | None = None,
    task: Task | None = None,
    axes: str | None = None,
    reader: str | None = None,
    time: str | None = None,
    group: str | None = None,
    probe: bool = True,
    seed: int = 42,
) -> Inspection:
    """What kind of data this is, the family that fits, and why.

    Args:
        target: the column to be predicted.
        task: overrides the task that follows from the data.
        axes: names of the axes of a sample in the order on disk ("time height width channel").
        reader: reads the data as this form, a name in `advisor.readers.READERS`.
        time: the column that says when, for tables; "none" where the order of their rows says nothing.
        group: the column that says who or what a sample comes from, or "none".
        probe: whether small models are asked if order matters, which takes up to 5 s.

    Raises:
        DataError: nothing there that can be read.
        UsageError: axes that do not match the data, or a reader or a column that is none.
    """
    return _look(path, target, task, axes, seed, reader=reader, time=time, group=group, probe=probe)[1]


def inspect_as_page(
    path: Path,
    *,
    target: str | None = None,
    task: Task | None = None,
    axes: str | None = None,
    reader: str | None = None,
    time: str | None = None,
    group: str | None = None,
    probe: bool = True,
    seed: int = 42,
) -> tuple[Inspection, str]:
    """As `inspect`, and the same as one self-contained HTML page with pictures of the data."""
    from advisor.report import page, samples

    source, inspection = _look(
        path, target, task, axes, seed, reader=reader, time=time, group=group, probe=probe
    )
    return inspection, page.render(inspection, samples.shown_samples(source, seed))


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
    from advisor.search import provenance

    started = time.monotonic() if started is None else started
    used, before = 0.0, None
    if options.resume is not None:
        run = Path(options.resume)
        used = 0.0 if options.timeout is not None else provenance.used_seconds(run)
        path, options = folder.resumed(run, path, options)
        before = folder.inspection_of(run)
    if path is None:
        raise UsageError("`advisor search` needs PATH, the folder or file with the data")
    path = path.resolve() if path.exists() else path  # a run must find its data from any folder
    source, inspection = _look(
        path, options.target, options.task, options.axes, options.seed,
        test=options.test, reader=options.reader, time=options.time,
        group=options.group, split=options.split, probe=before is None,
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
    from advisor.search import runs as found

    if len(places) > 1 or (places and found.is_run(places[0])):
        return tuple(found.summary(place) for place in places), True
    return found.summaries(places[0] if places else Path(folder.RUNS)), False


def evaluate(model: Path, path: Path, *, split: Path | None = None) -> Evaluation:
    """The score of a run or bundle on labelled data.

    Which samples: the test part of `split`; else that of the run's own split, where it names these data;
    else the test part that the data give themselves; else all of them.

    Raises:
        RunError: no model there.
        DataError: the data have no labels, or another form than those the model was trained on.
    """
    from advisor.bundle import load, use

    bundle = load(model)
    source = _labelled_source(path, bundle)
    return use.evaluate(bundle, source, split=split, own_split=_run_of(bundle) / "split.csv")


def predict(model: Path, path: Path) -> Predictions:
    """Predictions on new files of the form that the model was trained on; of a series, what comes next.

    Raises:
        RunError: no model there.
        DataError: no files of that form.
    """
    from advisor import readers
    from advisor.bundle import load, use

    bundle = load(model)
    preprocessing = bundle.preprocessing
    source = readers.read_unlabelled(
        path, preprocessing.format, target=preprocessing.target_name, time=preprocessing.time_name
    )
    return use.predict(bundle, _as_trained(source, bundle))


def export(run: Path, file_format: ExportFormat, out: Path) -> Exported:
    """Writes the model of a run or bundle for use elsewhere, checked on held-out samples.

    Raises:
        RunError: no model there, or `out` is there already or cannot be written.
        ExportMismatchError: the exported model gives other answers; nothing is written.
    """
    from advisor.bundle import load
    from advisor.bundle.store import CARD, ERRORS, PREPROCESSING, README, WEIGHTS, whole_folder

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RunError(f"`--out {out}` is there already: name a new folder")
    bundle = load(run)
    with whole_folder(out) as draft:
        exported = Exported(None, "a copy")
        if file_format != "bundle":
            exported = _export_checked(bundle, file_format, draft)
        names = (CARD, PREPROCESSING, README, *((WEIGHTS,) if file_format == "bundle" else ()))
        for name in names:
            shutil.copyfile(bundle.folder / name, draft / name)
        if bundle.error_quantiles is not None:
            shutil.copyfile(bundle.folder / ERRORS, draft / ERRORS)
    return exported


# --- inspecting ---------------------------------------------------------------------------------


def _look(
    path: Path,
    target: str | None,
    task: Task | None,
    axes: str | None,
    seed: int,
    *,
    test: str | None = None,
    reader: str | None = None,
    time: str | None = None,
    group: str | None = None,
    split: str = "auto",
    probe: bool = True,
) -> tuple[Source, Inspection]:
    from advisor import prepare, readers
    from advisor.decide import flowchart, health, splitting
    from advisor.decide.reach import reach
    from advisor.measure import measure
    from advisor.measure.naming import rename_as
    from advisor.readers.joined import with_test

    source = readers.read(path, target=target, reader=reader, time=time, group=group)
    if test is not None:
        other = readers.read(Path(test), target=target, reader=reader, time=time)
        source = with_test(readers.entire(source), readers.entire(other))
    if axes is not None:
        source = rename_as(source, re.split(r"[\s,]+", axes.strip()))
    source, facts = measure(source, seed=seed, probe=probe)
    decision = flowchart.decide(source.spec, facts, task=task)
    timed = splitting.is_by_time(facts, named=time is not None)
    proposed = prepare.proposed_split(source, decision.task, option=split, seed=seed, timed=timed)
    notes = (*source.notes, *_of_split(source, facts, proposed))
    skipped: dict[str, list[str]] = {}
    for one in source.skipped:
        skipped.setdefault(one.reason, []).append(one.where)
    spec = source.spec
    return source, Inspection(
        path=spec.path,
        format=spec.format,
        samples=spec.samples,
        splits=spec.splits,
        inputs=spec.inputs,
        target=spec.target,
        task=decision.task,
        structure=decision.structure,
        family=decision.family,
        order_matters=decision.order_matters,
        variable_length=decision.variable_length,
        confidence=decision.confidence,
        flowchart=decision.steps,
        alternatives=decision.alternatives,
        health=health.findings(spec, facts, skipped, notes),
        facts=facts.facts,
        reach=reach(spec, facts, decision.task),
        split=proposed,
    )


def _of_split(source: Source, facts: Facts, proposed: SplitSummary | None) -> tuple[Finding, ...]:
    from advisor.decide import splitting

    torn = any(note.check == "groups" and note.severity == "warning" for note in source.notes)
    return splitting.findings(
        facts, proposed, time=source.moment_name, possible=source.possible_name, torn=torn
    )


# --- searching ----------------------------------------------------------------------------------


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
    from advisor.measure.naming import rename_as

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
    from advisor.search import checkpoints
    from advisor.search.run import run

    inspecting = time.monotonic() - started
    with interrupt.heard():
        finished = run(source, inspection, options, run_dir, on_event, started=started, used=used)
        with interrupt.finishing():
            if finished.network is not None:
                _save_bundle(finished, inspection, run_dir)
            phases = {"inspect": round(inspecting, 3), **finished.result.phases}
            seconds = round(time.monotonic() - started, 3)
            result = finished.result.model_copy(update={"seconds": seconds, "phases": phases})
            files.write(run_dir / folder.RESULT, result.to_json(indent=2))
            checkpoints.remove_refit(run_dir)
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
        signature=finished.signature,
        task=result.task,
        metric=result.metric,
        greater_is_better=result.greater_is_better,
        parameters=best.parameters,
        validation=best.validation,
        test=best.test,
        best_baseline=named[beaten.best_baseline] if beaten else None,
        split=result.split,
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


# --- bundles ------------------------------------------------------------------------------------


def _run_of(bundle: Bundle) -> Path:
    """The run that a bundle lies in; for an exported one a folder without a run's files."""
    return bundle.folder.parent


def _labelled_source(path: Path, bundle: Bundle) -> Source:
    from advisor import readers
    from advisor.readers.table import tables

    preprocessing = bundle.preprocessing
    in_tables = preprocessing.format in tables.FORMATS
    in_columns = in_tables and preprocessing.task is not Task.FORECASTING
    target = preprocessing.target_name if in_columns else None
    source = readers.read(path, target=target, time=preprocessing.time_name if in_tables else None)
    return _as_trained(readers.entire(source), bundle)


def _as_trained(source: Source, bundle: Bundle) -> Source:
    """The source with its unnamed axes named as those of the training data were."""
    from advisor.measure.naming import rename_like

    trained = bundle.card.inputs[0]
    return rename_like(source, trained) if trained.stored_order else source


def _export_checked(bundle: Bundle, file_format: str, place: Path) -> Exported:
    """Exports into the folder; raises ExportMismatchError where the answers differ."""
    from advisor.bundle.export import export_onnx, export_pt2

    example, kind = _examples(bundle)
    write = {"onnx": export_onnx, "pt2": export_pt2}[file_format]
    difference = write(bundle.network, bundle.card.signature, example, place / f"model.{file_format}")
    return Exported(difference, f"{len(example[0])} {kind}")


def _examples(bundle: Bundle) -> tuple[Example, str]:
    """Test samples of the run where its data are still there, else random values of the same form."""
    from advisor import prepare
    from advisor.bundle.examples import EXAMPLES, first_samples, random_samples

    run = bundle.folder.parent
    inspection = folder.inspection_of(run)
    if inspection is not None and Path(inspection.path).exists():
        with contextlib.suppress(DataError, UsageError):  # the data have changed since
            source = _labelled_source(Path(inspection.path), bundle)
            test = prepare.read_split(run / "split.csv", source, bundle.card.task).indices("test")
            rows = test if bundle.card.task is Task.FORECASTING else test[:EXAMPLES]
            return first_samples(
                prepare.load(source, rows, bundle.preprocessing).prepared
            ), "held-out samples"
    return random_samples(bundle.card.signature), "random samples, for the run's data are not there"
