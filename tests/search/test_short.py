"""A search whose seconds do not suffice for everything: what is sure to be trained comes first."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from advisor.errors import AdvisorError
from advisor.records import Candidate, Family, Score
from advisor.search import short
from advisor.search.budget import Budget
from advisor.search.candidates import Summary
from advisor.search.ending.refit import is_better_left
from advisor.search.state import State
from advisor.training import Fitted


@pytest.mark.parametrize(
    ("architecture", "seconds", "left"),
    [("lstm", 1.0, True), ("lstm", 3.0, False), ("lstm", None, False), ("rocket", 1.0, False)],
)
def test_weights_are_kept_where_a_refit_would_be_shorter(
    architecture: str, seconds: float | None, left: bool
) -> None:
    family = Family.CNN if architecture == "rocket" else Family.RNN
    summary = Summary(
        candidate=Candidate(family=family, architecture=architecture, params={}),
        value=0.9, score=Score(value=0.9, samples=10), parameters=1, seconds=2.0,
        fitted=Fitted(epochs=1, fraction=0.1, seconds=2.0, seconds_per_epoch=2.0, best_epochs=1),
    )  # fmt: skip
    assert is_better_left(State(finished={0: summary}, weights_of=0), 0, seconds) == left


def test_reading_beyond_the_limit_ends_with_what_would_suffice() -> None:
    with pytest.raises(AdvisorError, match="give at least 4"):
        short.check_read_in_time(Budget(8.0, None, start=time.monotonic() - 20.5))
    short.check_read_in_time(Budget(8.0, None, start=time.monotonic() - 9.0))
    short.check_read_in_time(Budget(None, 3, start=time.monotonic() - 1_000.0))


def test_training_loads_no_compiler() -> None:
    program = (
        "import sys, torch\n"
        "from advisor.training import Settings\n"
        "from advisor.training.optimizer import optimizer_of\n"
        "network = torch.nn.Linear(2, 1)\n"
        "optimizer = optimizer_of(network, Settings.of({}))\n"
        "network(torch.ones(1, 2)).sum().backward()\n"
        "optimizer.step(); optimizer.zero_grad(); optimizer.load_state_dict(optimizer.state_dict())\n"
        "sys.exit('torch._dynamo' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
