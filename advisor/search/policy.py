"""What a search tries next, and when it gives a trial up.

1. The fair round: each family's candidate by the sizing rule.
2. Families that are behind the leading one beyond noise are dropped, after every trial anew.
3. Of the others, the one with the fewest trials gives its next architecture, the advised family first on
   ties, until each architecture has been tried once: what a family's rule chose may be its weakest.
4. Then the leading family, and every RUNNER_UP_EVERY-th time another that is not behind: first what is
   stated for the family's best architecture (a portfolio, see benchmarks/portfolio), then what Optuna
   proposes.

A trial is given up when even SLACK times the greatest gain that any finished trial made from the same point
on would leave it behind the best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from advisor.records import Candidate, Family
from advisor.search import studies
from advisor.search.state import Setting, State
from advisor.spaces import Space
from advisor.tasks.intervals import paired_gap

RUNNER_UP_EVERY = 4  # of the trials, one goes to a family that is not behind beyond noise
LEAST_CURVES = 3  # finished trials that the gains still to come are judged by
SLACK = 2.0  # few curves are known, and those that were given up are not among them
ROUNDING = 1e-9
WARM_UP_REPORTS = studies.PRUNER_WARM_UP  # earlier ones say little with a warming-up learning rate


@dataclass(frozen=True)
class Curve:
    """What a finished trial reported at each step, and the value it ended with."""

    reported: dict[int, float]
    final: float


def trained(state: State) -> int:
    """Trials that count: those that were not rejected."""
    return sum(row.state != "rejected" for row in state.rows)


def rejected_in_a_row(state: State) -> int:
    """How many of the last proposals were beyond the limits."""
    return next((i for i, row in enumerate(reversed(state.rows)) if row.state != "rejected"), len(state.rows))


def next_family(setting: Setting, state: State) -> Family:
    """The family whose turn it is, by the rules above."""
    best = state.best(setting.data)
    if best is None:
        return setting.families[0]
    leader = state.finished[best].candidate.family
    alive = [
        family
        for family in setting.families
        if family == leader or not _behind(setting, state, family, leader)
    ]
    counts = {family: sum(begun == family for begun, _ in state.begun()) for family in alive}
    not_through = [family for family in alive if _untried(setting, state, family)]
    if not_through:
        return min(not_through, key=counts.__getitem__)
    rivals = [family for family in alive if family != leader]
    done = counts[leader]
    if rivals and done % RUNNER_UP_EVERY == RUNNER_UP_EVERY - 1:
        fewest = min(rivals, key=counts.__getitem__)
        if counts[fewest] * RUNNER_UP_EVERY <= done + RUNNER_UP_EVERY:
            return fewest
    return leader


def queue_architectures(setting: Setting) -> None:
    """Of each family the architectures that the fair round does not try, one candidate each."""
    for family, among in setting.spaces.items():
        for candidate in other_architectures(among, setting.bases[family]):
            studies.enqueue(setting.studies[family], candidate, among, "search")


def other_architectures(among: Sequence[Space], bases: dict[str, Candidate]) -> list[Candidate]:
    """The first that its space states of each architecture but the fair round's, else the rule's.

    Args:
        bases: the rule's candidate of each architecture, that of the fair round first.
    """
    spaces = {space.architecture: space for space in among}
    _, *others = bases
    return [next(iter(stated(spaces[name], bases[name])), bases[name]) for name in others]


def stated(space: Space, base: Candidate) -> list[Candidate]:
    """The settings that the space states as worth trying first; the rule's fill in what is not named."""
    return [base.model_copy(update={"params": {**base.params, **one.params}}) for one in space.candidates]


def queue_stated(setting: Setting, state: State, family: Family) -> None:
    """What the space of the family's best architecture states, once all of them have been tried."""
    best = None if _untried(setting, state, family) else _best_of(setting, state, family)
    if best is None:
        return
    name = state.finished[best].candidate.architecture
    if (family, name) in state.queued:
        return
    state.queued.add((family, name))
    among, bases = setting.spaces[family], setting.bases[family]
    for candidate in stated(next(one for one in among if one.architecture == name), bases[name]):
        studies.enqueue(setting.studies[family], candidate, among, "search")


def is_hopeless(
    step: int, value: float, finished: Sequence[Curve], *, greater_is_better: bool, warm_up: int
) -> bool:
    """Whether a trial with this value at this step cannot be expected to reach the best finished one.

    Expected is at most SLACK times what the finished trial gained that gained most from this step on. All
    trials have the same seconds or passes, so that a step means the same share of each.

    Args:
        warm_up: steps before which nothing is given up.
    """
    sign = 1.0 if greater_is_better else -1.0
    alike = [curve for curve in finished if step in curve.reported]
    if step < warm_up or len(alike) < LEAST_CURVES:
        return False
    most = max(sign * (curve.final - curve.reported[step]) for curve in alike)
    lacking = max(sign * curve.final for curve in finished) - sign * value
    return lacking > SLACK * max(0.0, most) + ROUNDING


def _untried(setting: Setting, state: State, family: Family) -> bool:
    tried = {architecture for begun, architecture in state.begun() if begun == family}
    return any(space.architecture not in tried for space in setting.spaces[family])


def _behind(setting: Setting, state: State, family: Family, leader: Family) -> bool:
    """Whether a family's best trial is behind the leader's beyond noise, or it has none."""
    first, second = (_best_of(setting, state, one) for one in (leader, family))
    if first is None or second is None:
        return True
    return is_behind(setting, state, second, first)


def is_behind(setting: Setting, state: State, number: int, ahead: int) -> bool:
    """Whether a trial is behind another beyond noise; both were judged sample by sample."""
    kind = setting.data.kind
    _, (low, _) = paired_gap(
        state.per_sample[ahead], state.per_sample[number], kind.aggregate,
        greater_is_better=kind.greater_is_better, block=setting.data.block,
        groups=setting.data.judged_groups,
    )  # fmt: skip
    return low > 0


def _best_of(setting: Setting, state: State, family: Family) -> int | None:
    """Number of a family's best trial that was judged sample by sample."""
    numbers = [
        number
        for number in state.per_sample
        if number in state.finished and state.finished[number].candidate.family == family
    ]
    return state.best_among(numbers, setting.data) if numbers else None
