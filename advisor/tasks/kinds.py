"""Per task: its loss, its metrics, how outputs become predictions, and how they are written down.

Outputs are what networks give: logits `[sample, class]`, standardised values `[sample, 1]`, or
standardised forecasts `[window, horizon, target channel]`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from advisor.errors import UntrainableTaskError
from advisor.prepare import Preprocessing, WindowValues
from advisor.records import Task

Array = NDArray[Any]
LEAST_PROBABILITY = 1e-7


@dataclass(frozen=True)
class TaskKind:
    """What training, searching and reporting need to know of a task.

    Training works on standardised targets, also for regression.

    Attributes:
        metric: name of the headline metric, `greater_is_better` its direction.
        loss: (outputs, targets, label_smoothing) -> scalar that is minimised.
        predictions: outputs -> predictions (class codes, or the outputs themselves).
        per_sample: (predictions, targets) -> `[sample]`, what `aggregate` turns into the metric.
        aggregate: `[..., sample]` -> `[...]`: the metric of each set of samples.
        others: (predictions, targets, preprocessing) -> further metrics by name.
        rows: (outputs, preprocessing) -> one row per sample for `predict`.
    """

    metric: str
    greater_is_better: bool
    loss: Callable[[Tensor, Tensor, float], Tensor]
    predictions: Callable[[Array], Array]
    per_sample: Callable[[Array, Array], NDArray[np.float64]]
    aggregate: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    others: Callable[[Array, Array, Preprocessing], dict[str, float]]
    rows: Callable[[Array, Preprocessing], list[dict[str, Any]]]

    def value(self, predictions: Array, targets: Array) -> float:
        """The headline metric."""
        return float(self.aggregate(self.per_sample(predictions, targets)))

    def better(self, value: float, than: float) -> bool:
        """Whether the first value of the metric is the better one."""
        return value > than if self.greater_is_better else value < than


def kind_of(task: Task, preprocessing: Preprocessing | None = None) -> TaskKind:
    """The TaskKind of a task; with the preprocessing, regression is scored in the units of its target.

    Raises:
        UntrainableTaskError: a task that cannot be trained yet.
    """
    if task not in TASKS:
        raise UntrainableTaskError(f"`search` cannot train {task} yet: it trains {', '.join(TASKS)}")
    kind = TASKS[task]
    if task is not Task.REGRESSION or preprocessing is None:
        return kind
    scale = preprocessing.target_std
    return replace(kind, aggregate=lambda values: scale * _root_mean(values))


def log_loss(logits: Array, targets: Array) -> float:
    """Mean negative log probability of the true class, in nats."""
    probabilities = softmax(logits)
    chosen = probabilities[np.arange(len(targets)), targets.astype(np.int64)]
    return float(-np.log(np.maximum(chosen, LEAST_PROBABILITY)).mean())


def softmax(logits: Array) -> NDArray[np.float64]:
    """Probabilities `[sample, class]`."""
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    exponentials = np.exp(shifted)
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))


# --- classification -----------------------------------------------------------------------------


def _cross_entropy(logits: Tensor, targets: Tensor, label_smoothing: float) -> Tensor:
    return functional.cross_entropy(logits, targets, label_smoothing=label_smoothing)


def _codes(logits: Array) -> Array:
    return np.asarray(logits.argmax(axis=-1))


def _correct(predictions: Array, targets: Array) -> NDArray[np.float64]:
    return np.asarray(predictions == targets, dtype=np.float64)


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(values.mean(axis=-1))


def _classification_others(
    predictions: Array, targets: Array, preprocessing: Preprocessing
) -> dict[str, float]:
    recalls = [(predictions[targets == code] == code).mean() for code in np.unique(targets)]
    return {
        "accuracy": float((predictions == targets).mean()),
        "balanced_accuracy": float(np.mean(recalls)),
        "macro_f1": _macro_f1(predictions, targets),
    }


def _macro_f1(predictions: Array, targets: Array) -> float:
    """As scikit-learn's, whose import takes longer than many a trial: the mean over all classes met."""
    found = []
    for code in np.union1d(predictions, targets):
        told, true = predictions == code, targets == code
        found.append(2 * (told & true).sum() / (told.sum() + true.sum()))
    return float(np.mean(found))


def _class_rows(logits: Array, preprocessing: Preprocessing) -> list[dict[str, Any]]:
    names = preprocessing.class_names
    return [
        {
            "prediction": names[int(row.argmax())],
            **{f"p_{name}": float(p) for name, p in zip(names, row, strict=True)},
        }
        for row in softmax(logits)
    ]


# --- regression ---------------------------------------------------------------------------------


def _squared_loss(outputs: Tensor, targets: Tensor, label_smoothing: float) -> Tensor:
    return functional.mse_loss(outputs, targets)


def _same(outputs: Array) -> Array:
    return outputs


def _squared_errors(predictions: Array, targets: Array) -> NDArray[np.float64]:
    errors = predictions.astype(np.float64) - targets.astype(np.float64)
    return np.asarray((errors**2).reshape(len(errors), -1).mean(axis=1))


def _root_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(values.mean(axis=-1)))


def _regression_others(predictions: Array, targets: Array, preprocessing: Preprocessing) -> dict[str, float]:
    errors = predictions.astype(np.float64) - targets.astype(np.float64)
    scale = preprocessing.target_std
    return {
        "rmse": float(np.sqrt((errors**2).mean()) * scale),
        "mae": float(np.abs(errors).mean() * scale),
    }


def _value_rows(outputs: Array, preprocessing: Preprocessing) -> list[dict[str, Any]]:
    values = outputs.astype(np.float64)[:, 0] * preprocessing.target_std + preprocessing.target_mean
    return [{"prediction": float(value)} for value in values]


# --- forecasting --------------------------------------------------------------------------------


def _forecasting_others(predictions: Array, targets: Array, preprocessing: Preprocessing) -> dict[str, float]:
    errors = predictions.astype(np.float64) - targets.astype(np.float64)
    found = {"mse": float((errors**2).mean()), "mae": float(np.abs(errors).mean())}
    if isinstance(preprocessing.values, WindowValues):
        found["mase"] = found["mae"] / preprocessing.values.naive_error
    return found


def _forecast_rows(outputs: Array, preprocessing: Preprocessing) -> list[dict[str, Any]]:
    """One row per window, step and channel, in the units of the data."""
    values = preprocessing.values
    assert isinstance(values, WindowValues)
    return [
        {
            "step": step + 1,
            "channel": values.channel_names[channel],
            "prediction": float(window[step, place] * values.std[channel] + values.mean[channel]),
        }
        for window in outputs.astype(np.float64)
        for step in range(values.horizon)
        for place, channel in enumerate(values.target_channels)
    ]


TASKS: dict[Task, TaskKind] = {
    Task.CLASSIFICATION: TaskKind(
        metric="accuracy",
        greater_is_better=True,
        loss=_cross_entropy,
        predictions=_codes,
        per_sample=_correct,
        aggregate=_mean,
        others=_classification_others,
        rows=_class_rows,
    ),
    Task.REGRESSION: TaskKind(
        metric="rmse",
        greater_is_better=False,
        loss=_squared_loss,
        predictions=_same,
        per_sample=_squared_errors,
        aggregate=_root_mean,
        others=_regression_others,
        rows=_value_rows,
    ),
    Task.FORECASTING: TaskKind(
        metric="mse",
        greater_is_better=False,
        loss=_squared_loss,
        predictions=_same,
        per_sample=_squared_errors,
        aggregate=_mean,
        others=_forecasting_others,
        rows=_forecast_rows,
    ),
}


def to_numpy(tensor: Tensor) -> Array:
    """A tensor of any device as a numpy array."""
    return np.asarray(
        tensor.detach().to("cpu", torch.float32 if tensor.is_floating_point() else tensor.dtype).numpy()
    )
