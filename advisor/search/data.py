"""The decoded data of one search: what candidates train on, what they are chosen by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from advisor import prepare
from advisor.prepare import Prepared, Preprocessing, Split, WindowValues
from advisor.prepare.memory import Memory
from advisor.readers.source import Source
from advisor.records import Signature, Task
from advisor.tasks import TaskKind, kind_of
from advisor.tasks.judging import spread, windows_at_once
from advisor.tasks.views import Part

LOG_LOSS_BELOW = 1_000
"""Validation samples below which candidates are chosen by log loss. On 100 several may err on none, and
95 % of 1,000 is known to 1.4 points only; log loss also counts how clear the answers are."""

FEW_WINDOWS = 20  # validation windows of a forecast below which earlier cuts are added
EARLIER_CUTS = 3  # at most, each half a validation part before the other
LEAST_WINDOWS = 8  # to train on


@dataclass(frozen=True)
class Round:
    """Indices into the pool: train on the first, be judged on the second."""

    train: Tensor
    validation: Tensor


@dataclass(frozen=True)
class SearchData:
    """Everything but the test part.

    Attributes:
        pool: training and validation samples together, decoded once for all trials.
        rounds: one round for a validation part; FOLDS * REPEATS for repeated folds.
        block: consecutive validation samples that share their errors (windows: the horizon).
        by_log_loss: few samples: candidates are chosen by log loss instead of the metric.
        groups: [sample of the pool] what each comes from, where there are groups.
        memory: what decoded samples and fits of baselines may take; None for no limit of the user's.
        notes: where the samples lie and how many windows are judged, where that is worth saying.
    """

    task: Task
    kind: TaskKind
    preprocessing: Preprocessing
    signature: Signature
    pool: Prepared
    pool_texts: tuple[str, ...] | None
    rounds: tuple[Round, ...]
    block: int
    by_log_loss: bool
    unreadable: tuple[str, ...]
    groups: NDArray[np.str_] | None = None
    memory: Memory | None = None
    notes: tuple[str, ...] = ()

    @property
    def chosen_by(self) -> str:
        """What the values of trials are."""
        return "log loss" if self.by_log_loss else self.kind.metric

    def targets_of(self, indices: Tensor) -> NDArray[np.generic]:
        """Targets of these samples of the pool."""
        return np.asarray(self.pool.select(indices).all_targets().numpy())

    @property
    def judged_groups(self) -> NDArray[np.str_] | None:
        """Groups of the validation samples, in the order of a trial's results per sample."""
        if self.groups is None:
            return None
        judged = np.unique(np.concatenate([one.validation.numpy() for one in self.rounds]))
        found: NDArray[np.str_] = self.groups[judged]
        return found

    def part(self, indices: Tensor) -> Part:
        """These samples, as baselines take them."""
        texts = None if self.pool_texts is None else tuple(self.pool_texts[i] for i in indices.tolist())
        groups = None if self.groups is None else self.groups[indices.numpy()]
        return Part(self.pool.select(indices), texts, groups, self._for_baselines)

    def everything(self) -> Part:
        """The whole pool, as baselines take it."""
        return Part(self.pool, self.pool_texts, self.groups, self._for_baselines)

    @property
    def _for_baselines(self) -> int | None:
        return None if self.memory is None else self.memory.baseline


def load(
    source: Source, split: Split, preprocessing: Preprocessing, seed: int, memory: Memory | None = None
) -> SearchData:
    """Decodes training and validation samples, into a file where memory may not hold them."""
    train, validation = split.indices("train"), split.indices("validation")
    rows = np.sort(np.concatenate([train, validation]))
    loaded = prepare.load(source, rows, preprocessing, memory=memory)
    rounds: tuple[Round, ...]
    notes = loaded.notes
    groups = None if split.groups is None else split.groups[loaded.indices]
    if isinstance(preprocessing.values, WindowValues):
        whole = _window_round(loaded.prepared, preprocessing.values, len(train), int(rows[0]))
        rounds = (Round(whole.train, spread(whole.validation, windows_at_once(loaded.prepared))),)
        judged, all_windows = len(rounds[0].validation), len(whole.validation)
        earlier: tuple[Round, ...] = ()
        if all_windows < FEW_WINDOWS:
            earlier = _earlier_rounds(loaded.prepared, preprocessing.values, len(train), int(rows[0]))
        if earlier:
            rounds = (*rounds, *earlier)
            notes = (
                *notes,
                f"windows in the validation part: {all_windows} only; candidates are also trained up to "
                f"earlier times ({len(earlier)}) and judged on what followed",
            )
        if judged < all_windows:
            notes = (
                *notes,
                f"candidates are judged on {judged:,} of {all_windows:,} validation windows, evenly spaced, "
                "to bound memory; the test is over all of its windows",
            )
    elif split.uses_folds:
        firsts = None if split.firsts is None else split.firsts[loaded.indices]
        rounds = _fold_rounds(loaded.prepared, preprocessing.task, seed, groups, firsts)
    else:
        is_validation = torch.from_numpy(np.isin(loaded.indices, validation))
        rounds = (Round(torch.nonzero(~is_validation)[:, 0], torch.nonzero(is_validation)[:, 0]),)
    held_out = len(np.unique(np.concatenate([one.validation.numpy() for one in rounds])))
    return SearchData(
        task=preprocessing.task,
        kind=kind_of(preprocessing.task, preprocessing),
        preprocessing=preprocessing,
        signature=preprocessing.signature(),
        pool=loaded.prepared,
        pool_texts=texts_of(source, loaded.indices, preprocessing),
        rounds=rounds,
        block=preprocessing.values.horizon if isinstance(preprocessing.values, WindowValues) else 1,
        by_log_loss=preprocessing.task is Task.CLASSIFICATION and held_out < LOG_LOSS_BELOW,
        unreadable=loaded.unreadable,
        groups=groups,
        memory=memory,
        notes=notes,
    )


def load_test(
    source: Source, split: Split, preprocessing: Preprocessing, memory: Memory | None = None
) -> Part:
    """Decodes the test part. Called once, at the end of a search."""
    loaded = prepare.load(source, split.indices("test"), preprocessing, memory=memory)
    groups = None if split.groups is None else split.groups[loaded.indices]
    return Part(loaded.prepared, texts_of(source, loaded.indices, preprocessing), groups)


def texts_of(source: Source, indices: Iterable[int], preprocessing: Preprocessing) -> tuple[str, ...] | None:
    """The texts themselves, where the data are text."""
    if preprocessing.values.kind != "text":
        return None
    return tuple(str(source.read(int(i))) for i in indices)


def _fold_rounds(
    pool: Prepared,
    task: Task,
    seed: int,
    groups: NDArray[np.str_] | None,
    firsts: NDArray[np.int64] | None,
) -> tuple[Round, ...]:
    labels = None
    if task is Task.CLASSIFICATION and pool.targets is not None:
        labels = np.asarray(pool.targets.numpy(), dtype=np.int64)
    pairs = prepare.folds(labels, np.arange(len(pool)), seed, groups, firsts)
    return tuple(Round(torch.from_numpy(train), torch.from_numpy(validation)) for train, validation in pairs)


def _earlier_rounds(
    pool: Prepared, values: WindowValues, train_rows: int, first_row: int
) -> tuple[Round, ...]:
    """The same cut at earlier times of the training rows (rolling origin, Tashman 2000).

    A candidate that is the best of fifty on one window is the best on that window.
    """
    whole = _window_round(pool, values, train_rows, first_row)
    count = len(whole.validation)
    step = max(1, (count - 1 + values.horizon) // 2)
    found = list[Round]()
    for cut in range(train_rows - step, train_rows // 2 - 1, -step):
        earlier = _window_round(pool, values, cut, first_row)
        validation = earlier.validation[:count]
        if len(found) == EARLIER_CUTS or len(earlier.train) < LEAST_WINDOWS or not len(validation):
            break
        found.append(Round(earlier.train, validation))
    return tuple(found)


def _window_round(pool: Prepared, values: WindowValues, train_rows: int, first_row: int) -> Round:
    """Windows whose forecast ends inside the training rows, and those whose forecast starts after them."""
    assert pool.starts is not None
    forecast_starts = pool.starts + values.lookback - first_row
    train = torch.nonzero(forecast_starts + values.horizon <= train_rows)[:, 0]
    validation = torch.nonzero(forecast_starts >= train_rows)[:, 0]
    return Round(train, validation)
