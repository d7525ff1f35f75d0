"""What a trial that is not yet finished is judged on."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from advisor.prepare import Prepared
from advisor.tasks.kinds import Array
from advisor.training.progress import REPORT_SAMPLES, REPORTS, Keeper


def values_of(network: nn.Module, part: Prepared) -> Array:
    return torch.cat([batch.values for batch in part.in_order(100)]).numpy().ravel()


def looked_at(count: int) -> list[Array]:
    """The samples that each report of one training looks at."""
    samples, seen = torch.arange(count), list[Array]()

    def report(fraction: float, outputs: Array) -> float:
        seen.append(outputs)
        return 1.0

    watch = Prepared(tuple(map(str, range(count))), samples[:, None].float(), targets=samples)
    keeper = Keeper(nn.Linear(1, 1), watch, report, values_of)
    for number in range(1, REPORTS + 1):
        keeper.report_if_due(number / REPORTS)
    return seen


def test_every_report_of_every_trial_looks_at_the_same_samples_drawn_evenly() -> None:
    first, *others = looked_at(3_500) + looked_at(3_500)
    assert len(others) == 2 * REPORTS - 1
    assert all((one == first).all() for one in others)
    assert len(first) == REPORT_SAMPLES
    assert (first[0], first[-1]) == (0, 3_499)
    assert set(np.diff(first)) <= {3, 4}


def test_few_samples_are_all_looked_at() -> None:
    assert looked_at(40)[0].tolist() == list(range(40))
