"""What a search does first where its seconds do not suffice for every family: what is sure to be trained."""

from __future__ import annotations

from advisor import models
from advisor.errors import AdvisorError
from advisor.records import Family
from advisor.search.budget import OVER_SECONDS, Budget
from advisor.search.data import SearchData
from advisor.search.state import Setting, State

STEP_SECONDS = 3e-5  # for each step of a series that a closed form is fitted to, on one slow core; measured


def fair_order(setting: Setting, state: State, waiting: list[Family]) -> list[Family]:
    """The families that wait for the fair round, in their order; in another one where time is short.

    Then a closed form that fits comes first, one that does not is left out, and the note says that no
    fair comparison is to be expected.
    """
    left, over = setting.budget.left(), setting.budget.left_in_all()
    if left is None or over is None or setting.trial_seconds is None:
        return waiting
    if setting.trial_seconds * len(waiting) <= left:
        return waiting
    seconds = {
        family: closed_form_seconds(setting.data)
        for family in waiting
        if models.is_closed_form(setting.firsts[family])
    }
    first = [family for family, needed in seconds.items() if needed <= max(over, OVER_SECONDS)]
    order = first + [family for family in waiting if family not in seconds]
    if len(waiting) > 1:
        state.unequal = True
        state.note(
            f"{left:.1f} s do not suffice to give {len(waiting)} families equal seconds: as many are trained "
            "as there is time for, what is fitted in closed form first; give a longer `--timeout` for a fair "
            "comparison",
            setting,
        )
    return order or waiting[:1]


def closed_form_seconds(data: SearchData) -> float:
    """About what fitting in closed form takes over all rounds."""
    return STEP_SECONDS * data.signature.length * sum(len(one.train) for one in data.rounds)


def check_read_in_time(budget: Budget) -> None:
    """Raises AdvisorError where inspecting and reading alone were longer than the whole search may be."""
    elapsed = budget.elapsed()
    if budget.seconds is not None and elapsed > budget.seconds + OVER_SECONDS:
        raise AdvisorError(
            f"`--timeout {budget.seconds:.0f}s`: inspecting and reading the data alone took {elapsed:.0f} s, "
            f"so that nothing could be trained: give at least {2 * elapsed:.0f}s"
        )
