"""Limits narrow what is searched, shrink what is tried first, and reject the rest before training."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from advisor import models
from advisor.errors import UsageError
from advisor.models.sizing import example_values
from advisor.records import Candidate, Family, Signature, Task
from advisor.search import limits, studies
from advisor.search.ending.outcome import Finished

Searched = Callable[..., Finished]


def signature(layout: str) -> Signature:
    return Signature.model_validate(
        {
            "layout": layout, "task": Task.CLASSIFICATION, "height": 8, "width": 8, "length": 12,
            "variable_length": False, "vocabulary": 50, "outputs": 3,
        }
    )  # fmt: skip


def spaces_of(layout: str) -> dict[Family, tuple[studies.Space, ...]]:
    known = signature(layout)
    return {family: studies.spaces_for(family, known) for family in models.families(known)}


def count(candidate: Candidate) -> int:
    return models.count_parameters(models.build(candidate, signature("series"), seed=0))


def at_most(most: int) -> limits.Excess:
    return lambda candidate: f"{count(candidate)} are too many" if count(candidate) > most else None


def first(family: Family, architecture: str, layout: str = "series") -> Candidate:
    return models.first_candidate(
        family, signature(layout), samples=5_000, seconds=60.0, architecture=architecture
    )


@pytest.mark.parametrize(
    ("layout", "left"),
    [
        ("series", {Family.RNN: {"elman", "lstm", "gru"}}),
        ("text", {Family.RNN: {"elman", "lstm", "gru"}}),
        (
            "clip",
            {
                Family.CNN: {"frames"},
                Family.RNN: {"elman", "lstm", "gru"},
                Family.HYBRID: {"cnn_lstm", "cnn_gru"},
            },
        ),
    ],
)
def test_streaming_leaves_what_reads_step_after_step(layout: str, left: dict[Family, set[str]]) -> None:
    found, said = limits.streaming_spaces(spaces_of(layout), signature(layout))
    assert {family: {one.architecture for one in spaces} for family, spaces in found.items()} == left
    assert any(text.startswith("cnn plain, resnet") for text in said)
    assert "rnn in both directions" in said


@pytest.mark.parametrize("layout", ["image", "table"])
def test_streaming_of_data_without_steps_is_refused(layout: str) -> None:
    with pytest.raises(UsageError, match="do not come step after step"):
        limits.streaming_spaces(spaces_of(layout), signature(layout))


def states_of(network: nn.Module, values: Tensor) -> list[Tensor]:
    """[batch, time, hidden] of every recurrent layer."""
    states: list[Tensor] = []
    hooks = [
        module.register_forward_hook(lambda module, inputs, output: states.append(output[0]))
        for module in network.modules()
        if isinstance(module, nn.RNN | nn.LSTM | nn.GRU)
    ]
    with torch.no_grad():
        network(values)
    for hook in hooks:
        hook.remove()
    return states


@pytest.mark.parametrize("layout", ["series", "text", "clip"])
def test_a_streaming_network_s_states_do_not_hang_on_later_steps(layout: str) -> None:
    known = signature(layout)
    found, _ = limits.streaming_spaces(spaces_of(layout), known)
    for family, spaces in found.items():
        for space in spaces:
            network = models.build(
                limits.one_way(first(family, space.architecture, layout)), known, seed=0
            ).eval()
            values = example_values(known, 2)
            later = values.clone()
            later[:, 6:] += 1
            for one, other in zip(states_of(network, values), states_of(network, later), strict=True):
                torch.testing.assert_close(one[:, :6], other[:, :6])


@pytest.mark.parametrize(("family", "architecture"), [(Family.CNN, "resnet"), (Family.RNN, "lstm")])
def test_a_first_candidate_is_shrunk_until_it_fits(family: Family, architecture: str) -> None:
    (space,) = (one for one in spaces_of("series")[family] if one.architecture == architecture)
    candidate = first(family, architecture)
    found = limits.shrunk(candidate, space, at_most(count(candidate) // 3))
    assert found is not None
    assert count(found) <= count(candidate) // 3
    assert "made smaller" in found.why
    assert limits.shrunk(candidate, space, at_most(10)) is None


def test_a_space_loses_the_sizes_that_never_fit() -> None:
    (space,) = (one for one in spaces_of("series")[Family.RNN] if one.architecture == "lstm")
    base, most = first(Family.RNN, "lstm"), at_most(20_000)
    found = limits.narrowed(space, base, most, most)
    assert not isinstance(found, str)
    before, after = space.parameter("hidden"), found.parameter("hidden")
    assert before is not None
    assert after is not None
    assert before.high is not None
    assert after.high is not None
    assert before.low < after.high < before.high  # type: ignore[operator]
    smallest = limits.narrowed(space, base, at_most(10), at_most(10))
    assert isinstance(smallest, str)
    assert "too many" in smallest


def test_nothing_beyond_a_limit_is_trained_or_chosen(searched: Searched) -> None:
    result = searched("run", max_parameters=700, trials=3).result
    assert result.best is not None
    assert result.best.parameters <= 700
    assert all(one.parameters <= 700 for one in result.trade_off)
    assert result.trials.complete + result.trials.pruned == 3
    rejected = [row for row in result.trial_rows if row.state == "rejected"]
    assert len(rejected) == result.trials.rejected
    assert all("`--max-parameters 700`" in (row.reason or "") for row in rejected)


def test_a_limit_that_nothing_meets_is_told_before_training(searched: Searched) -> None:
    with pytest.raises(UsageError, match="no network is within the limits"):
        searched("run", max_parameters=5)
    with pytest.raises(UsageError, match=r"even the smallest: .* ms a sample"):
        searched("slow", max_latency=1e-6)


def test_the_table_of_costs_has_every_finished_trial(searched: Searched) -> None:
    result = searched("run", trials=1).result
    finished = {row.number for row in result.trial_rows if row.state == "complete"}
    assert {one.trial for one in result.trade_off} == finished
    assert any(one.on_front for one in result.trade_off)
    assert all(one.latency_ms > 0 for one in result.trade_off)
