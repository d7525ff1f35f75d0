"""Trains one candidate and judges it: on the validation part, or over repeated folds."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from advisor import models, training
from advisor.errors import TrialError, out_of_memory
from advisor.prepare import Prepared
from advisor.records import Candidate, Record, Score, Task
from advisor.search.data import SearchData
from advisor.search.latency import latency_ms
from advisor.search.store.checkpoints import OfTrial
from advisor.tasks import calibrated_log_loss, log_loss
from advisor.tasks.intervals import LEAST_ERRORS, bootstrap, error_quantiles
from advisor.tasks.kinds import Array
from advisor.training import Compute, Fitted, Settings

LOG_LOSS_TIE_BREAK = 1e-3  # best weights: the metric first, the log loss between equals
CLOSED_FORM_BATCH = 256
CLOSED_FORM_SAMPLES = 10_000  # evenly drawn of samples in a file


class Summary(Record):
    """What training one candidate gave, as it is kept in the study.

    `value` is what Optuna compares (the metric, or the log loss where samples are few), `score` the
    metric on validation samples, `fitted` how the first round's training went.
    """

    candidate: Candidate
    value: float
    score: Score
    fitted: Fitted
    parameters: int
    seconds: float
    latency_ms: float | None = None  # one sample, on the device of the search


@dataclass(frozen=True)
class Outcome:
    """A summary, the result per validation sample `[sample]`, and the first round's weights.

    Of forecasts also the quantiles of the errors on validation windows, `[level, step, channel]`. `outputs`:
    of each round on its validation samples.
    """

    summary: Summary
    per_sample: NDArray[np.float64]
    weights: dict[str, Tensor] = field(repr=False)
    error_quantiles: NDArray[np.float32] | None = None
    outputs: tuple[Array, ...] = ()


OnReport = Callable[[int, float, float], None]
"""Called with (step, fraction of the whole trial, value so far); may raise to end the trial."""


def greater_is_better(data: SearchData) -> bool:
    """The direction of `Outcome.value`."""
    return data.kind.greater_is_better and not data.by_log_loss


def evaluate(
    candidate: Candidate,
    data: SearchData,
    compute: Compute,
    *,
    seconds: float | None,
    seed: int,
    on_report: OnReport,
    checkpoints: OfTrial | None = None,
) -> Outcome:
    """Trains on every round and judges the candidate by what it says of samples it has not seen.

    Args:
        checkpoints: where its state is kept, and what it goes on from where there is one.

    Raises:
        TrialError: training diverged, ran out of memory, or the network cannot be built.
        Whatever `on_report` raises.
    """
    kept = None if checkpoints is None else checkpoints.rounds()
    done = _Done() if kept is None else _done_before(kept)
    start = time.monotonic() - done.seconds
    rounds = data.rounds
    for number in range(len(done.outputs), len(rounds)):
        round_ = rounds[number]
        left = None if seconds is None else (seconds - (time.monotonic() - start)) / (len(rounds) - number)
        network = build(candidate, data, seed + number)
        train, validation = data.pool.select(round_.train), data.pool.select(round_.validation)
        report = (
            _reporter(data, validation, on_report, number) if len(rounds) == 1 else _silent(data, validation)
        )
        checkpoint = None if checkpoints is None else checkpoints.training(number)
        fitted = train_network(
            network,
            candidate,
            train,
            data,
            compute,
            seconds=left,
            seed=seed + number,
            watch=validation,
            report=report,
            checkpoint=checkpoint,
        )
        start -= 0.0 if checkpoint is None else checkpoint.seconds_before
        done.outputs.append(training.predict(network, validation, device=compute.device))
        if number == 0:
            done.fitted, done.weights = fitted, weights_of(network)
        if len(rounds) > 1:
            value = _value(data, done.outputs, rounds[: number + 1])
            on_report(number + 1, (number + 1) / len(rounds), value)
            done.seconds = time.monotonic() - start
            if kept is not None and kept.due():
                kept.save(done.saved())
    assert done.fitted is not None
    network = build(candidate, data, seed)
    network.load_state_dict(done.weights)
    per_sample = _per_sample(data, done.outputs)
    summary = Summary(
        candidate=candidate,
        value=_value(data, done.outputs, rounds),
        score=_score(data, done.outputs, per_sample),
        fitted=done.fitted,
        parameters=models.count_parameters(network),
        seconds=time.monotonic() - start,
        latency_ms=latency_ms(network, data, compute),
    )
    return Outcome(
        summary,
        per_sample,
        weights=done.weights,
        error_quantiles=_error_quantiles(data, done.outputs[0]),
        outputs=tuple(done.outputs),
    )


@dataclass
class _Done:
    """The rounds of a trial that are finished: outputs of each, and the first one's training and weights."""

    outputs: list[Array] = field(default_factory=list)
    fitted: Fitted | None = None
    weights: dict[str, Tensor] = field(default_factory=dict)
    seconds: float = 0.0

    def saved(self) -> training.Saved:
        assert self.fitted is not None
        return {
            "outputs": [torch.from_numpy(out) for out in self.outputs],
            "fitted": self.fitted.to_json(),
            "weights": self.weights,
            "seconds": self.seconds,
        }


def _done_before(file: training.Checkpoint) -> _Done:
    saved = file.load()
    if saved is None:
        return _Done()
    outputs = [out.numpy() for out in saved["outputs"]]
    return _Done(outputs, Fitted.from_json(saved["fitted"]), saved["weights"], saved["seconds"])


def weights_of(network: nn.Module) -> dict[str, Tensor]:
    """A copy of the network's weights on the CPU."""
    return {name: tensor.detach().cpu().clone() for name, tensor in network.state_dict().items()}


def build(candidate: Candidate, data: SearchData, seed: int) -> nn.Module:
    """The candidate's network; raises TrialError where the settings do not fit together."""
    try:
        return models.build(candidate, data.signature, seed=seed)
    except (ValueError, RuntimeError) as error:
        raise TrialError(
            f"{candidate.architecture} cannot be built with {candidate.params}: {error}"
        ) from error


def train_network(
    network: nn.Module,
    candidate: Candidate,
    train: Prepared,
    data: SearchData,
    compute: Compute,
    *,
    seconds: float | None,
    seed: int,
    watch: Prepared | None = None,
    report: Callable[[float, Array], float] | None = None,
    max_epochs: int | None = None,
    checkpoint: training.Checkpoint | None = None,
) -> Fitted:
    """Trains in place, by gradient steps or in closed form as the architecture says."""
    settings = Settings.of(candidate.params)
    if max_epochs is not None:
        settings = Settings.of({**candidate.params, "max_epochs": max_epochs})
    try:
        if models.is_closed_form(candidate):
            return _fit_closed_form(network, train, data, compute)
        return training.fit(
            network, train, kind=data.kind, settings=settings, compute=compute,
            seed=seed, seconds=seconds, watch=watch, report=report, checkpoint=checkpoint,
        )  # fmt: skip
    except (RuntimeError, MemoryError, ValueError, np.linalg.LinAlgError) as error:
        if out_of_memory(error):
            raise TrialError("out of memory, even with two samples at a time") from error
        raise TrialError(f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}") from error


def _fit_closed_form(network: nn.Module, train: Prepared, data: SearchData, compute: Compute) -> Fitted:
    start = time.monotonic()
    network.to(compute.device)
    if train.in_file:  # it would hold all batches before it takes some of them
        some = min(len(train), CLOSED_FORM_SAMPLES)
        train = train.select(
            torch.linspace(0, len(train) - 1, some, dtype=torch.float64).round().to(torch.int64)
        )
    batches = ((b.values, b.lengths, b.targets) for b in train.to(compute.device).in_order(CLOSED_FORM_BATCH))
    network.fit_closed_form(batches, task=data.task, classes=data.signature.outputs)  # type: ignore[operator]
    seconds = time.monotonic() - start
    return Fitted(epochs=1.0, fraction=1.0, seconds=seconds, seconds_per_epoch=seconds, best_epochs=1.0)


def _loss(data: SearchData, outputs: Array, targets: Array) -> float:
    """What best weights are chosen by; smaller is better."""
    if data.by_log_loss:
        return calibrated_log_loss([outputs], [targets])
    value = data.kind.value(data.kind.predictions(outputs), targets)
    if not data.kind.greater_is_better:
        return value
    return -value + LOG_LOSS_TIE_BREAK * log_loss(outputs, targets)


def _silent(data: SearchData, validation: Prepared) -> Callable[[float, Array], float]:
    return _reporter(data, validation, lambda step, fraction, value: None, 0)


def _reporter(
    data: SearchData, validation: Prepared, on_report: OnReport, number: int
) -> Callable[[float, Array], float]:
    """Passes on what the loop reports; the loop may look at an even subset of the validation samples."""
    all_targets = np.asarray(validation.all_targets().numpy())

    def report(fraction: float, outputs: Array) -> float:
        chosen = np.linspace(0, len(all_targets) - 1, len(outputs)).round().astype(np.int64)
        targets = all_targets[chosen]
        loss = _loss(data, outputs, targets)
        if math.isfinite(loss):
            value = loss if data.by_log_loss else data.kind.value(data.kind.predictions(outputs), targets)
            on_report(round(fraction * training.loop.REPORTS), fraction, value)
        return loss

    return report


def _value(data: SearchData, outputs: list[Array], rounds: tuple[object, ...]) -> float:
    pairs = [(out, _targets(data, i)) for i, out in enumerate(outputs[: len(rounds)])]
    if data.by_log_loss:
        return calibrated_log_loss([out for out, _ in pairs], [true for _, true in pairs])
    joined = [data.kind.per_sample(data.kind.predictions(out), true) for out, true in pairs]
    return float(data.kind.aggregate(np.concatenate(joined)))


def _targets(data: SearchData, number: int) -> Array:
    """Targets of the validation samples of a round."""
    return data.targets_of(data.rounds[number].validation)


def _per_sample(data: SearchData, outputs: list[Array]) -> NDArray[np.float64]:
    """`[sample]` in the order of the pool, averaged over the repeats in which it was held out."""
    total, seen = np.zeros(len(data.pool)), np.zeros(len(data.pool))
    for number, out in enumerate(outputs):
        index = data.rounds[number].validation.numpy()
        total[index] += data.kind.per_sample(data.kind.predictions(out), _targets(data, number))
        seen[index] += 1
    return np.asarray(total[seen > 0] / seen[seen > 0])


def _error_quantiles(data: SearchData, outputs: Array) -> NDArray[np.float32] | None:
    windows = data.rounds[0].validation.numpy()
    if data.task is not Task.FORECASTING or len(windows) < LEAST_ERRORS:
        return None
    return error_quantiles(outputs, _targets(data, 0))


def _score(data: SearchData, outputs: list[Array], per_sample: NDArray[np.float64]) -> Score:
    out = np.concatenate(outputs)
    true = np.concatenate([_targets(data, number) for number in range(len(data.rounds))])
    others = data.kind.others(data.kind.predictions(out), true, data.preprocessing)
    if data.task.value == "classification":
        others["log_loss"] = log_loss(out, true)
    return Score(
        value=float(data.kind.aggregate(per_sample)),
        ci95=bootstrap(per_sample, data.kind.aggregate, block=data.block, groups=data.judged_groups),
        samples=len(per_sample),
        all=others,
    )
