"""A stopped training goes on as if nothing had happened; one that needs much memory takes pieces."""

from __future__ import annotations

import copy
import io
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from advisor.prepare import Prepared
from advisor.prepare.rows import Stored, Values
from advisor.records import Task
from advisor.tasks import TASKS
from advisor.training import Compute, Fitted, Saved, Settings, fit, predict
from advisor.training.progress import Shuffles

CPU = Compute("cpu", "float32", 1e10)
KIND = TASKS[Task.CLASSIFICATION]
SETTINGS = Settings(learning_rate=0.02, max_epochs=6, batch_size=16, mixup=0.2)


class Small(nn.Module):
    """All that keeps a state of its own: batch norm, dropout, a recurrent layer."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(1, 4, batch_first=True)
        self.layers = nn.Sequential(nn.BatchNorm1d(4), nn.Dropout(0.3), nn.Linear(4, 2))

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Tensor:
        return self.layers(self.lstm(values[..., None])[0].mean(dim=1))  # type: ignore[no-any-return]


class InMemory:
    """A checkpoint that is always due; through torch's format and back, as on disk."""

    def __init__(self) -> None:
        self.file, self.saves = io.BytesIO(), 0

    def load(self) -> Saved | None:
        self.file.seek(0)
        return torch.load(self.file, weights_only=True) if self.saves else None  # type: ignore[no-any-return]

    def due(self) -> bool:
        return True

    def save(self, state: Saved) -> None:
        self.file, self.saves = io.BytesIO(), self.saves + 1
        torch.save(copy.deepcopy(state), self.file)


class StoppedError(Exception):
    """Stands for a kill."""


@pytest.fixture(params=["in memory", "in a file"])
def data(request: pytest.FixtureRequest, tmp_path: Path) -> Prepared:
    numbers = torch.randn(70, 5, generator=torch.Generator().manual_seed(0))
    values: Values = numbers
    if request.param == "in a file":
        numbers.numpy().tofile(tmp_path / "values.bin")
        buffer = 16 * 5 * 4  # of 16 samples, whatever the size of a batch
        path = tmp_path / "values.bin"
        values = Stored(path, np.dtype(np.float32), (70, 5), channel_last=False, buffer=buffer)
    return Prepared(tuple(map(str, range(70))), values, targets=(numbers[:, 0] > 0).long())


def network() -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(5)
        return Small()


def train(
    net: nn.Module,
    data: Prepared,
    checkpoint: InMemory | None = None,
    stop_after: int = 99,
    seconds: float | None = None,
) -> Fitted:
    calls = 0

    def report(fraction: float, outputs: np.ndarray) -> float:  # type: ignore[type-arg]
        nonlocal calls
        calls += 1
        if calls > stop_after:
            raise StoppedError
        return float(outputs.std())

    return fit(
        net, data, kind=KIND, settings=SETTINGS, compute=CPU, seed=3, seconds=seconds, watch=data,
        report=report, checkpoint=checkpoint,
    )  # fmt: skip


@pytest.mark.parametrize("stop_after", [1, 3, 8])
def test_a_stopped_training_ends_as_an_undisturbed_one(data: Prepared, stop_after: int) -> None:
    undisturbed = network()
    fitted = train(undisturbed, data)
    checkpoint = InMemory()
    with pytest.raises(StoppedError):
        train(network(), data, checkpoint, stop_after)
    resumed = network()
    again = train(resumed, data, checkpoint)
    assert (again.epochs, again.best_fraction) == (fitted.epochs, fitted.best_fraction)
    for name, tensor in undisturbed.state_dict().items():
        torch.testing.assert_close(resumed.state_dict()[name], tensor, rtol=0, atol=0)


def test_what_was_done_is_not_done_again(data: Prepared) -> None:
    checkpoint = InMemory()
    with pytest.raises(StoppedError):
        train(network(), data, checkpoint, 5)
    calls = checkpoint.saves
    train(network(), data, checkpoint)
    whole = InMemory()
    train(network(), data, whole)
    assert checkpoint.saves - calls < whole.saves


def test_seconds_used_before_count(data: Prepared) -> None:
    checkpoint = InMemory()
    with pytest.raises(StoppedError):
        train(network(), data, checkpoint, 2, seconds=100.0)
    state = checkpoint.load()
    assert state is not None
    state["clock"]["elapsed"] = 99.99
    checkpoint.save(state)
    assert train(network(), data, checkpoint, seconds=100.0).fraction < 1.0


def test_training_leaves_the_random_state_of_others_alone(data: Prepared) -> None:
    before = torch.get_rng_state()
    train(network(), data)
    assert torch.equal(before, torch.get_rng_state())


class Greedy(Small):
    """Has memory for so many samples at once."""

    most, largest = 5, 0

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Tensor:
        if len(values) > self.most:
            raise RuntimeError(
                "[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory"
            )
        self.largest = max(self.largest, len(values))
        return super().forward(values)


def test_out_of_memory_takes_the_batch_in_pieces(data: Prepared) -> None:
    net = Greedy()
    fitted = train(net, data)
    assert fitted.pieces == 4
    assert net.largest <= 5
    assert len(predict(net, data)) == len(data)


def test_where_no_piece_is_small_enough_it_says_so(data: Prepared) -> None:
    net = Greedy()
    net.most = 1
    with pytest.raises(RuntimeError, match="can't allocate memory"):
        train(net, data)


def test_pieces_give_the_gradient_of_the_whole_batch(data: Prepared) -> None:
    """Without batch norm and dropout, whose statistics and draws are of a piece."""

    class Plain(nn.Module):
        most = 99

        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(5, 2)

        def forward(self, values: Tensor, lengths: Tensor | None = None) -> Tensor:
            if self.training and len(values) > self.most:
                raise MemoryError
            return self.linear(values)  # type: ignore[no-any-return]

    whole = Plain()
    pieces = copy.deepcopy(whole)
    pieces.most = 6
    assert train(whole, data).pieces == 1
    assert train(pieces, data).pieces == 4
    torch.testing.assert_close(whole.linear.weight, pieces.linear.weight, rtol=1e-3, atol=1e-4)


def test_batches_of_like_lengths_hold_every_sample_once_and_can_be_taken_up() -> None:
    lengths = torch.randint(1, 100, (70,), generator=torch.Generator().manual_seed(1))
    ragged = Prepared(
        tuple(map(str, range(70))), torch.ones(70, 100), lengths=lengths, targets=torch.arange(70)
    )
    shuffles = Shuffles(ragged, 8, torch.Generator().manual_seed(2))
    drawn = [batch.targets.tolist() for batch in shuffles.one_pass() if batch.targets is not None]
    assert sorted(one for batch in drawn for one in batch) == list(range(70))
    spread = sum(int(lengths[batch].max() - lengths[batch].min()) for batch in drawn)
    assert spread < 300  # nine random batches of eight would span about 77 steps each
    again = Shuffles(ragged, 8, torch.Generator().manual_seed(2))
    stopped = again.one_pass()
    assert [next(stopped).targets.tolist() for _ in range(3)] == drawn[:3]  # type: ignore[union-attr]
    resumed = Shuffles(ragged, 8, torch.Generator())
    resumed.restore(again.state())
    rest = [batch.targets.tolist() for batch in resumed.one_pass() if batch.targets is not None]
    assert rest == drawn[3:]
