"""Which sample is for training, which for choosing, which for the one honest score at the end."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from advisor.errors import DataError, UsageError
from advisor.prepare.carving import by_time, carve, group_splits, in_order, stratified_order, tears
from advisor.prepare.equals import first_equal
from advisor.readers.source import Source
from advisor.records import Part, SplitSummary, Task

TRAINABLE = (Task.CLASSIFICATION, Task.REGRESSION, Task.FORECASTING)
PARTS: tuple[Part, ...] = ("train", "validation", "test")
TEST_SHARE = 0.15
VALIDATION_SHARE = 0.15
MAX_VALIDATION = 5_000  # samples; a standard error of 0.7 % at 50 % accuracy is enough to choose by
FOLDS_BELOW = 500  # samples outside the test part; below it one validation part is too small to choose by
FOLDS, REPEATS = 3, 2  # repeated stratified folds (Kohavi 1995); each trial trains FOLDS * REPEATS networks
LEAST_SAMPLES = 12  # outside the test part
DRAWN = ("stratified", "random", "fractions", "given")  # of the last the validation part at most


@dataclass(frozen=True)
class Split:
    """The part of every unit: of every sample, or of every time step of one long series.

    `ids` are numbers for steps without a time, which long series have too many of to name each. `parts`
    holds "train", "validation", "test" or "" (left out) per unit; `groups` what it comes from, `by`
    the column that says so, or that of the times. `firsts` is the unit that each is equal to and lies in one
    part with, itself for most; None where equal ones were not looked for.
    """

    kind: str
    unit: str  # "sample" or "step"
    ids: Sequence[str] | range
    parts: NDArray[np.str_]
    uses_folds: bool = False
    groups: NDArray[np.str_] | None = None
    by: str | None = None
    firsts: NDArray[np.int64] | None = None

    def indices(self, part: Part) -> NDArray[np.int64]:
        """Indices of the units of that part, in order."""
        return np.flatnonzero(self.parts == part)

    def summary(self) -> SplitSummary:
        """Counts for the result."""
        counts = {part: int((self.parts == part).sum()) for part in PARTS}
        folds = {"folds": FOLDS, "repeats": REPEATS} if self.uses_folds else {}
        groups = None if self.groups is None else len(set(self.groups[self.parts != ""].tolist()))
        copies = None if self.firsts is None else int((self.firsts != np.arange(len(self.firsts))).sum())
        return SplitSummary.model_validate(
            {"kind": self.kind, **counts, **folds, "groups": groups, "by": self.by, "copies": copies}
        )

    def write(self, path: Path) -> None:
        """One row per unit: `id,split`, and `group` where there are groups. `--split` takes the file back."""
        columns: dict[str, Iterable[object]] = {"id": self.ids, "split": self.parts}
        if self.groups is not None:
            columns["group"] = self.groups.tolist()
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(zip(*columns.values(), strict=True))


def make_split(
    source: Source,
    task: Task,
    *,
    option: str = "auto",
    seed: int = 42,
    timed: bool = False,
    together: bool = True,
) -> Split:
    """The split that the data give, that `option` asks for, or one that keeps groups, time or classes.

    What is drawn at random keeps equal samples in one part: a copy in training and test makes the score too
    good.

    Args:
        option: "auto"; three comma-separated shares ("0.7,0.15,0.15") or counts ("8640,2880,2880") for
            train, validation and test; or a CSV file with the columns id and split, and perhaps group.
            Where that names no validation samples, they are taken from its training part.
        timed: whether samples with a time are to be split by it.
        together: whether to look for equal samples, which reads all of them.

    Raises:
        UsageError: an option that is none of these, or does not fit the data.
        DataError: too few samples, or only one class.
    """
    ids = _unit_ids(source, task)
    unit = "step" if task is Task.FORECASTING else "sample"
    usable = _usable(source, task)
    if option == "auto":
        split = _automatic(source, task, ids, unit, usable, seed, timed=timed)
    elif _numbers(option) is not None:
        split = _by_sizes(source, task, ids, unit, usable, option, seed)
    else:
        split = read_split(Path(option), source, task)
        split = replace(split, parts=np.where(usable, split.parts, ""))
        if not len(split.indices("validation")):
            split = _with_validation(split, source, task, seed)
    if together and split.kind in DRAWN:
        split = _equal_together(split, source, task)
    _check(split, source, task)
    return split


def proposed_split(
    source: Source, task: Task, *, option: str = "auto", seed: int = 42, timed: bool = False
) -> SplitSummary | None:
    """What `search` would use, without a file; None where it could not train these data.

    Equal samples are not looked for, since they move the counts by a few at most. Of a very large file that
    was read in part the counts are those that the part lets expect.

    Raises:
        UsageError: as `make_split`.
    """
    if not is_trainable(source, task):
        return None
    if source.entire is not None and option != "auto":
        return None  # counts and ids are those of all rows
    try:
        split = make_split(source, task, option=option, seed=seed, timed=timed, together=False)
    except (DataError, ValueError):  # too few samples, or labels that are no numbers
        return None
    total = source.spec.input.axes[0].size if task is Task.FORECASTING else source.spec.samples
    summary = _scaled(split.summary(), (total or len(split.ids)) / len(split.ids))
    return summary.model_copy(update={"file": None})


def is_trainable(source: Source, task: Task) -> bool:
    """Whether `search` trains this task on data of this form, be there enough of them or not."""
    axes = {axis.name for axis in source.spec.input.axes}
    if task not in TRAINABLE or axes & {"depth", "node"}:
        return False
    return task is not Task.FORECASTING or (len(source) == 1 and not axes - {"time", "channel"})


def _scaled(summary: SplitSummary, times: float) -> SplitSummary:
    if times <= 1 or summary.folds is not None:
        return summary
    whole = round(times * (summary.train + summary.validation + summary.test))
    test, validation = round(times * summary.test), round(times * summary.validation)
    if summary.kind not in ("given", "time", "file", "fractions"):
        validation = min(validation, MAX_VALIDATION)
    update = {"train": whole - test - validation, "validation": validation, "test": test}
    return summary.model_copy(update=update)


def read_split(path: Path, source: Source, task: Task) -> Split:
    """The split in a CSV file with the columns `id` and `split`; ids that are not listed are left out.

    A column `group` says what each comes from; without one the groups of the data hold.
    """
    if not path.is_file():
        raise UsageError(
            f"`--split {path}` is neither `auto`, nor three numbers such as `0.7,0.15,0.15`, nor a file: "
            "give one of these"
        )
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:  # as spreadsheets write it
        rows = csv.DictReader(file)
        if not {"id", "split"} <= set(rows.fieldnames or ()):
            raise UsageError(
                f"{path}: a split file has the columns `id` and `split`, found {rows.fieldnames}"
            )
        listed, named = dict[str, str](), dict[str, str]()
        for row in rows:
            listed[row["id"]] = (row["split"] or "").strip().lower()
            named[row["id"]] = (row.get("group") or "").strip() or row["id"]
        has_groups = "group" in (rows.fieldnames or ())
    unknown_parts = sorted(set(listed.values()) - {*PARTS, ""})
    if unknown_parts:
        raise UsageError(f"{path}: `split` must be one of {', '.join(PARTS)}, found {unknown_parts[0]!r}")
    ids = _unit_ids(source, task)
    parts = np.array([listed.get(str(name), "") for name in ids], dtype="<U10")
    if not (parts != "").any():
        example = next(iter(listed), "nothing")
        raise UsageError(
            f"{path}: no id of the data is in it (it lists {example!r}, the data have {str(ids[0])!r})"
        )
    unit = "step" if task is Task.FORECASTING else "sample"
    groups = np.array([named.get(str(name), str(name)) for name in ids]) if has_groups else source.groups
    return Split("file", unit, ids, parts, groups=groups, by="group" if has_groups else source.group_name)


def folds(
    labels: NDArray[np.int64] | None,
    indices: NDArray[np.int64],
    seed: int,
    groups: NDArray[np.str_] | None = None,
    firsts: NDArray[np.int64] | None = None,
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """FOLDS * REPEATS pairs (train, validation) of the given indices; every repeat covers them all once.

    Args:
        labels: [index] classes, which are shared out evenly.
        groups: [index] groups, each of which is kept in one part.
        firsts: [index] numbers that are the same for equal samples, which are kept in one part too.
    """
    pairs = []
    for repeat in range(REPEATS):
        if groups is not None:
            splits = group_splits(labels, groups, FOLDS, seed + repeat)
            pairs += [(indices[train], indices[held]) for train, held in splits]
            continue
        order = stratified_order(None if labels is None else labels[indices], len(indices), seed + repeat)
        fold_of = np.empty(len(indices), dtype=np.int64)
        fold_of[order] = np.arange(len(indices)) % FOLDS
        if firsts is not None:
            _, first, inverse = np.unique(firsts, return_index=True, return_inverse=True)
            fold_of = fold_of[first[inverse]]
        pairs += [(indices[fold_of != fold], indices[fold_of == fold]) for fold in range(FOLDS)]
    return pairs


def _unit_ids(source: Source, task: Task) -> Sequence[str] | range:
    if task is not Task.FORECASTING:
        return tuple(source.ids)
    return range(_steps(source)) if source.timestamps is None else source.timestamps


def _steps(source: Source) -> int:
    """Of one long series."""
    return len(source.timestamps) if source.timestamps is not None else source.spec.input.axes[0].size or 0


def _usable(source: Source, task: Task) -> NDArray[np.bool_]:
    if task is Task.FORECASTING:
        return np.ones(_steps(source), dtype=bool)
    if source.labels is None:
        raise DataError(
            f"{source.spec.path}: no labels were found, so there is nothing to learn: put the samples of "
            "each class in a folder of their own, or add a table of labels"
        )
    if task is Task.REGRESSION:
        return np.isfinite(_as_numbers(source.labels, source.spec.path))
    return np.array([str(label) != "" for label in source.labels])


def _as_numbers(labels: NDArray[np.generic], where: str) -> NDArray[np.float64]:
    for label in labels.tolist() if labels.dtype.kind not in "fiub" else ():
        try:
            float(label)
        except (TypeError, ValueError):
            raise DataError(
                f"{where}: the label {label!r} is no number, which regression needs: leave out "
                "`--task regression`, or name a column of numbers with `--target`"
            ) from None
    return labels.astype(np.float64)


def _automatic(
    source: Source,
    task: Task,
    ids: Sequence[str] | range,
    unit: str,
    usable: NDArray[np.bool_],
    seed: int,
    *,
    timed: bool,
) -> Split:
    shares = (1 - TEST_SHARE - VALIDATION_SHARE, VALIDATION_SHARE, TEST_SHARE)
    if task is Task.FORECASTING:
        return Split("time", unit, ids, in_order(len(ids), shares), by=source.spec.time_index)
    labels, groups = _classes(source, task), source.groups
    parts = np.where(usable, "train", "").astype("<U10")
    given = source.parts if source.parts is not None else np.full(len(ids), "")
    is_given = bool((given == "test").any() or (given == "validation").any())
    if timed and source.moments is not None and not is_given:
        dated = by_time(source.moments, usable, shares)
        if _is_whole(dated, labels):
            return Split("time", unit, ids, dated, groups=groups, by=source.moment_name)
    kind = "stratified" if task is Task.CLASSIFICATION else "random"
    kind = kind if groups is None else "grouped"
    if is_given:
        kind = "given"
        parts[usable & (given == "validation")] = "validation"
        parts[usable & (given == "test")] = "test"
    if not (parts == "test").any():
        carve(parts, "test", TEST_SHARE, labels, groups, seed)
    split = _with_validation(
        Split(kind, unit, ids, parts, groups=groups, by=source.group_name), source, task, seed
    )
    parts = split.parts
    if kind == "grouped" and groups is not None and tears(parts, groups):  # whole groups would lose a class
        return replace(split, kind="stratified" if task is Task.CLASSIFICATION else "random")
    return split


def _classes(source: Source, task: Task) -> NDArray[np.str_] | None:
    """[sample] classes, where that is what is to be told."""
    if task is not Task.CLASSIFICATION or source.labels is None:
        return None
    return source.labels.astype(str)


def _is_whole(parts: NDArray[np.str_], labels: NDArray[np.str_] | None) -> bool:
    """Whether no part is empty, and training has every class that another part has."""
    if not all((parts == part).any() for part in PARTS):
        return False
    return labels is None or set(labels[parts != ""].tolist()) == set(labels[parts == "train"].tolist())


def _with_validation(split: Split, source: Source, task: Task, seed: int) -> Split:
    """A share of the training part for validation where there is none: of each class, of whole groups, or
    what comes last in time. Small data: validation and training are one pool, cut into repeated folds."""
    parts = split.parts.copy()
    if task is Task.FORECASTING:
        train = split.indices("train")
        parts[train[len(train) - round(VALIDATION_SHARE * len(train)) :]] = "validation"
        return replace(split, parts=parts)
    pool = (parts == "train") | (parts == "validation")
    if pool.sum() < FOLDS_BELOW:
        return replace(split, parts=np.where(pool, "train", parts).astype("<U10"), uses_folds=True)
    if not (parts == "validation").any():
        share = min(VALIDATION_SHARE, MAX_VALIDATION / max(1, int((parts == "train").sum())))
        carve(parts, "validation", share, _classes(source, task), split.groups, seed + 1)
    return replace(split, parts=parts)


def _equal_together(split: Split, source: Source, task: Task) -> Split:
    """The split with each sample in the part of the first that is equal to it, but for those whose part the
    data give; as it was where training would lose a class."""
    if task is Task.FORECASTING or split.groups is not None:
        return split
    free = split.parts != ""
    if split.kind == "given" and source.parts is not None:
        free &= ~np.isin(source.parts, ("validation", "test"))
    firsts = first_equal(source, free)
    if firsts is None:
        return split
    parts, classes = split.parts[firsts], _classes(source, task)
    trained = [
        None if classes is None else set(classes[one == "train"].tolist()) for one in (split.parts, parts)
    ]
    if trained[0] != trained[1] or set(parts.tolist()) != set(split.parts.tolist()):
        return split
    return replace(split, parts=parts, firsts=firsts)


def _by_sizes(
    source: Source,
    task: Task,
    ids: Sequence[str] | range,
    unit: str,
    usable: NDArray[np.bool_],
    option: str,
    seed: int,
) -> Split:
    sizes = _numbers(option) or ()
    available = int(usable.sum())
    if len(sizes) != 3 or any(size < 0 for size in sizes) or sizes[0] <= 0 or sizes[2] <= 0:
        raise UsageError(
            f"`--split {option}`: three numbers, train, validation and test, are needed (0.7,0.15,0.15)"
        )
    total = sum(sizes)
    if total <= 1.0 + 1e-9:
        shares = tuple(size for size in sizes)
    elif total <= available and all(size == int(size) for size in sizes):
        shares = tuple(size / available for size in sizes)
    else:
        raise UsageError(
            f"`--split {option}`: shares must sum to at most 1, "
            f"and counts to at most the {available} {unit}s there are"
        )
    if task is Task.FORECASTING:
        return Split("fractions", unit, ids, in_order(len(ids), shares))
    labels, groups = _classes(source, task), source.groups
    parts = np.where(usable, "train", "").astype("<U10")
    carve(parts, "test", shares[2], labels, groups, seed)
    share = shares[1] * available / max(1, int((parts == "train").sum()))
    carve(parts, "validation", share, labels, groups, seed + 1)
    return Split("fractions", unit, ids, parts, groups=groups, by=source.group_name)


def _numbers(option: str) -> tuple[float, ...] | None:
    try:
        return tuple(float(number) for number in option.split(","))
    except ValueError:
        return None


def _check(split: Split, source: Source, task: Task) -> None:
    where = source.spec.path
    pool, test = len(split.indices("train")) + len(split.indices("validation")), len(split.indices("test"))
    if pool < LEAST_SAMPLES or test < 1:
        raise DataError(
            f"{where}: training needs at least {LEAST_SAMPLES} {split.unit}s and 1 for the test, "
            f"found {pool} and {test}: add data"
        )
    if not split.uses_folds and len(split.indices("validation")) < 1:
        raise DataError(
            f"{where}: no {split.unit} is left for validation: give a larger second number to `--split`"
        )
    if task is Task.CLASSIFICATION and source.labels is not None:
        names = set(source.labels[split.parts == "train"].astype(str).tolist())
        if len(names) < 2:
            raise DataError(
                f"{where}: only one class ({next(iter(names), '')!r}) in the training part: two are needed"
            )
        strange = sorted(set(source.labels[split.parts != ""].astype(str).tolist()) - names)
        if strange:
            raise DataError(
                f"{where}: the class {strange[0]!r} is in the validation or test part but has no "
                "training sample: "
                "check its spelling or add samples"
            )
