"""The opponent's tasks on our side: the same split as a file for `--split`, and each test sample's score.

Scores per sample are what two programs are compared by: 1 or 0 per sample for classes; for forecasts the
error of blocks of windows that begin within one horizon, or, where there is one window, of its steps.
"""

from __future__ import annotations

import csv
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
FOLDERS = {"sms_spam": "sms_spam_tsv"}  # where a set is not called as its task
OPTIONS = {
    "etth1": ("--horizon", "96", "--target", "all"),
    "airline_passengers": ("--horizon", "24"),
}
MNIST_IMAGES = 60_000  # of which the task takes a part
SHUFFLED = {
    "ag_news": "test",
    "sms_spam": "sms",
}  # one file, split by the task: what its rows are called here
SPOKEN_TEST = 5  # takes of each spoken digit below this one are for the test


def load_tasks(folder: Path, data: Path) -> ModuleType:
    """The opponent's own module of tasks, reading from `data`."""
    os.environ["DATA_ROOT"] = str(data)
    spec = importlib.util.spec_from_file_location("tasks_of_the_opponent", folder / "tasks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def folder_of(name: str) -> str:
    """The folder of a task's data."""
    return FOLDERS.get(name, name)


def sample_ids(tasks: ModuleType, task: Any) -> tuple[list[str], list[str]]:
    """What the readers call the training and the test samples, in the order of the task."""
    folder, counts = tasks.DATA / folder_of(task.name), (len(task.X_train), len(task.X_test))
    if isinstance(task.X_train[0], str) and task.kind != "text":
        train, test = (
            [Path(file).relative_to(folder).as_posix() for file in files]
            for files in (task.X_train, task.X_test)
        )
        return train, test
    if task.name == "fsdd":
        files = sorted((folder / "recordings").glob("*.wav"))
        parts = [[f for f in files if (int(f.stem.split("_")[2]) < SPOKEN_TEST) == held] for held in (0, 1)]
        return [f"recordings/{f.name}" for f in parts[0]], [f"recordings/{f.name}" for f in parts[1]]
    if task.name in SHUFFLED:
        chosen = tasks.split(sum(counts), 0.8)
        return tuple([f"{SHUFFLED[task.name]}/{i}" for i in part] for part in chosen)  # type: ignore[return-value]
    rows: Sequence[int] = range(counts[0])
    if task.name == "mnist_idx":
        rows = tasks.split(MNIST_IMAGES, counts[0] / MNIST_IMAGES)[0].tolist()
    return [f"train/{i}" for i in rows], [f"test/{i}" for i in range(counts[1])]


def write_split(tasks: ModuleType, task: Any, place: Path) -> list[str]:
    """The task's split as a file that `--split` takes; gives the test ids in the order of the task.

    Validation samples are named for forecasts only, where the task does.

    Raises:
        SystemExit: the labels of these ids are not those of the task, so that the splits would differ.
    """
    from advisor import readers

    source = readers.read(tasks.DATA / folder_of(task.name))
    if task.kind == "forecast":
        e = task.extra
        ids = [str(stamp) for stamp in source.timestamps or ()][: len(e["table"])]
        kinds = ("train", "validation", "test")
        borders = np.digitize(np.arange(len(ids)), [e["train"], e["train"] + e["val"]])
        rows, test = [(name, kinds[b]) for name, b in zip(ids, borders, strict=True)], list[str]()
    else:
        train, test = sample_ids(tasks, task)
        assert source.labels is not None
        ours = dict(zip(source.ids, source.labels.astype(str), strict=True))
        wanted = [task.classes[code] for code in (*task.y_train, *task.y_test)]
        if [ours.get(name) for name in (*train, *test)] != wanted or len({*train, *test}) < len(wanted):
            raise SystemExit(f"{task.name}: the ids of the split file do not name the samples of the task")
        rows = [*((name, "train") for name in train), *((name, "test") for name in test)]
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("id", "split"), *rows])
    return test


def scored(tasks: ModuleType, task: Any, prediction: NDArray[Any]) -> tuple[float, Scores]:
    """The task's metric of class codes [sample] or forecasts [window, step, channel], and it per sample."""
    if task.kind != "forecast":
        correct = np.asarray(prediction == task.y_test, dtype=np.float64)
        return float(tasks.score_classes(task, prediction)["accuracy"]), correct
    e = task.extra
    true = np.stack([e["table"][i : i + e["horizon"]] for i in e["starts"]])
    error = np.abs(prediction - true) if task.metric == "mase" else (prediction - true) ** 2
    if task.metric == "mase":
        error = error / naive_error(e)
    value = float(tasks.score_forecast(task, prediction)[task.metric])
    if len(error) == 1:
        return value, error[0].mean(axis=-1)
    per_window = error.reshape(len(error), -1).mean(axis=1)
    blocks = np.array_split(per_window, max(1, len(per_window) // e["horizon"]))
    return value, np.array([block.mean() for block in blocks])


def naive_error(extra: dict[str, Any]) -> float:
    """What repeating the last season is wrong by on average, before the test part."""
    past, season = extra["table"][: extra["train"] + extra["val"]], extra["season"]
    return float(np.abs(past[season:] - past[:-season]).mean())


def codes_of(task: Any, test: Sequence[str], predictions: Path) -> NDArray[np.int64]:
    """[test sample] class codes from a file of `advisor predict`; -1 for a sample that it left out."""
    with predictions.open(newline="", encoding="utf-8") as file:
        named = {row["id"]: row["prediction"] for row in csv.DictReader(file)}
    code = {name: i for i, name in enumerate(task.classes)}
    return np.array([code.get(named.get(name, ""), -1) for name in test], dtype=np.int64)


def forecasts_of(task: Any, run: Path, path: Path) -> tuple[NDArray[np.float64], float]:
    """[window, step, channel] of the model of a run in the units of the task's table, and one unit of ours
    in those of the task for the first channel."""
    from advisor import prepare, readers, training
    from advisor.bundle import load

    bundle, source, e = load(run), readers.read(path), task.extra
    rows = np.arange(e["train"] + e["val"], len(e["table"]))
    values: Any = bundle.preprocessing.values
    outputs = training.predict(bundle.network, prepare.load(source, rows, bundle.preprocessing).prepared)
    in_data = outputs.astype(np.float64) * np.array(values.std) + np.array(values.mean)
    raw = np.asarray(source.read(0), dtype=np.float64)[: len(e["table"])]
    table = e["table"].astype(np.float64)
    scale = table.std(axis=0) / raw.std(axis=0)  # the task's table is ours, perhaps standardised
    return (in_data - raw.mean(axis=0)) * scale + table.mean(axis=0), float(values.std[0] * scale[0])
