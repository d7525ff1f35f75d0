"""What is done with the model of a run or bundle."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from advisor.errors import DataError, RunError, UsageError
from advisor.records import Evaluation, Task
from advisor.search.store import folder

if TYPE_CHECKING:
    from advisor.bundle import Bundle
    from advisor.bundle.export import Example
    from advisor.bundle.use import Predictions
    from advisor.readers.source import Source

LEFT = ("links", "depth")  # findings on what was not read
ExportFormat = Literal["bundle", "onnx", "pt2"]


@dataclass(frozen=True)
class Exported:
    """The largest difference from the trained model as a share of its largest output, and what it was
    checked on; a bundle is a copy, which has none."""

    difference: float | None
    checked_on: str


def evaluate(model: Path, path: Path, *, split: Path | None = None, follow_links: bool = False) -> Evaluation:
    """The score of a run or bundle on labelled data.

    Which samples: the test part of `split`; else that of the run's own split, where it names these data;
    else the test part that the data give themselves; else all of them.

    Raises:
        RunError: no model there.
        DataError: the data have no labels, or another form than those the model was trained on.
    """
    from advisor.bundle import load, use

    bundle = load(model)
    source = _labelled_source(path, bundle, follow_links=follow_links)
    return use.evaluate(bundle, source, split=split, own_split=_run_of(bundle) / "split.csv")


def predict(model: Path, path: Path, *, follow_links: bool = False) -> Predictions:
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
        path,
        preprocessing.format,
        target=preprocessing.target_name,
        time=preprocessing.time_name,
        follow_links=follow_links,
    )
    found = use.predict(bundle, _as_trained(source, bundle))
    left = tuple(f"{note.text}: {note.remedy}" for note in source.notes if note.check in LEFT)
    return replace(found, unreadable=(*left, *found.unreadable))


def export(run: Path, file_format: ExportFormat, out: Path, *, single: bool = False) -> Exported:
    """Writes the model of a run or bundle for use elsewhere, checked on held-out samples.

    Args:
        single: of a run whose model is an ensemble, the best network alone.

    Raises:
        RunError: no model there, or `out` is there already or cannot be written.
        ExportMismatchError: the exported model gives other answers; nothing is written.
    """
    from advisor.bundle import load, standalone
    from advisor.bundle.card import readme
    from advisor.bundle.store import CARD, ERRORS, PREPROCESSING, README, WEIGHTS, whole_folder

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RunError(f"`--out {out}` is there already: name a new folder")
    alone = run / folder.SINGLE
    bundle = load(alone if single and alone.is_dir() else run)
    if single and bundle.card.members:
        raise RunError(f"{run} is an ensemble on its own: `--single` needs the run that it came from")
    with whole_folder(out) as draft:
        exported = Exported(None, "a copy")
        if file_format != "bundle":
            exported = _export_checked(bundle, file_format, draft)
            told = standalone.use(bundle.card.signature, bundle.preprocessing, file_format)
            text = readme(bundle.card, bundle.preprocessing, told)
            (draft / README).write_text(text, encoding="utf-8")
        names = (CARD, PREPROCESSING, *((WEIGHTS, README) if file_format == "bundle" else ()))
        for name in names:
            shutil.copyfile(bundle.folder / name, draft / name)
        if bundle.error_quantiles is not None:
            shutil.copyfile(bundle.folder / ERRORS, draft / ERRORS)
    return exported


def _run_of(bundle: Bundle) -> Path:
    """The run that a bundle lies in; for an exported one a folder without a run's files."""
    return bundle.folder.parent


def _labelled_source(path: Path, bundle: Bundle, *, follow_links: bool = False) -> Source:
    from advisor import readers
    from advisor.readers.table import tables

    preprocessing = bundle.preprocessing
    in_tables = preprocessing.format in tables.FORMATS
    in_columns = in_tables and preprocessing.task is not Task.FORECASTING
    target = preprocessing.target_name if in_columns else None
    time = preprocessing.time_name if in_tables else None
    source = readers.read(path, target=target, time=time, follow_links=follow_links)
    return _as_trained(readers.entire(source), bundle)


def _as_trained(source: Source, bundle: Bundle) -> Source:
    """The source with its unnamed axes named, and its columns in the order, as in the training data."""
    from advisor.bundle import columns
    from advisor.measure.shape.naming import rename_like

    trained = bundle.card.inputs[0]
    return rename_like(source, trained) if trained.stored_order else columns.as_trained(source, bundle)


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
            source = _labelled_source(Path(inspection.path), bundle, follow_links=folder.follows_links(run))
            test = prepare.read_split(run / "split.csv", source, bundle.card.task).indices("test")
            rows = test if bundle.card.task is Task.FORECASTING else test[:EXAMPLES]
            return first_samples(
                prepare.load(source, rows, bundle.preprocessing).prepared
            ), "held-out samples"
    return random_samples(bundle.card.signature), "random samples, for the run's data are not there"
