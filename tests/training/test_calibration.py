"""What is picked for a machine, and that what is given is not measured again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from advisor.training import calibration, choose, describe
from advisor.training.calibration import Choice, calibrate
from advisor.training.memory import keep_freed_memory


@pytest.fixture(autouse=True)
def _same_threads_after() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_one_of_the_choices_is_picked_and_set() -> None:
    choices = [Choice(1, "float32"), Choice(2, "float32")]
    found = calibrate(choices)
    assert found.choice in choices
    assert torch.get_num_threads() == found.choice.threads
    assert found.flops_per_second > 0
    assert str(found.choice) in found.text


def test_several_threads_are_left_where_other_programs_take_the_cores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(calibration.time, "process_time", lambda: 0.0)  # no core was ever there
    assert calibrate([Choice(1, "float32"), Choice(2, "float32")]).choice.threads == 1
    assert calibrate([Choice(2, "float32")]).choice.threads == 2  # as asked for


def test_what_is_given_is_taken() -> None:
    compute = choose("cpu", threads=1, precision="bf16", gflops=7.0)
    assert (compute.precision, compute.flops_per_second, torch.get_num_threads()) == ("bf16", 7e9, 1)


def test_a_given_precision_leaves_only_the_threads_to_pick() -> None:
    compute = choose("cpu", precision="float32")
    assert compute.precision == "float32"
    assert compute.picked.startswith("float32")
    assert describe(compute)["picked"] == compute.picked
    assert ("freed memory is kept" in compute.picked) == keep_freed_memory()


def test_measuring_draws_from_nobodys_generator() -> None:
    before = torch.get_rng_state()
    choose("cpu", threads=1)
    assert torch.equal(before, torch.get_rng_state())
