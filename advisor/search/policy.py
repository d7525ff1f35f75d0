"""What a search tries next: which family, and with which candidates it begins."""

from __future__ import annotations

from advisor.records import Family
from advisor.search import studies
from advisor.search.state import Setting, State
from advisor.tasks.intervals import paired_gap

RUNNER_UP_EVERY = 4  # of the trials, one goes to a family that is not behind beyond noise


def trained(state: State) -> int:
    """Trials that count: those that were not rejected."""
    return sum(row.state != "rejected" for row in state.rows)


def rejected_in_a_row(state: State) -> int:
    """How many of the last proposals were beyond the limits."""
    return next((i for i, row in enumerate(reversed(state.rows)) if row.state != "rejected"), len(state.rows))


def next_family(setting: Setting, state: State) -> Family:
    """The family that leads; now and then one that is not behind beyond noise."""
    best = state.best(setting.data)
    if best is None:
        return setting.families[0]
    leader = state.finished[best].candidate.family
    rivals = [
        family
        for family in setting.families
        if family != leader and not _behind(setting, state, family, leader)
    ]
    done = sum(row.family == leader for row in state.rows)
    if rivals and done % RUNNER_UP_EVERY == RUNNER_UP_EVERY - 1:
        counts = {family: sum(row.family == family for row in state.rows) for family in rivals}
        fewest = min(rivals, key=counts.__getitem__)
        if counts[fewest] * RUNNER_UP_EVERY <= done + RUNNER_UP_EVERY:
            return fewest
    return leader


def queue_first_candidates(setting: Setting) -> None:
    """Each space's stated first candidates, before the sampler's own."""
    for family, among in setting.spaces.items():
        for space in among:
            base = setting.bases[family][space.architecture]
            for known in space.candidates:
                params = {**base.params, **known.params}
                studies.enqueue(
                    setting.studies[family], base.model_copy(update={"params": params}), among, "search"
                )


def _behind(setting: Setting, state: State, family: Family, leader: Family) -> bool:
    """Whether a family lost the fair round to the leader beyond noise."""
    if family not in state.per_sample or leader not in state.per_sample:
        return True
    kind = setting.data.kind
    _, (low, _) = paired_gap(
        state.per_sample[leader], state.per_sample[family], kind.aggregate,
        greater_is_better=kind.greater_is_better, block=setting.data.block,
        groups=setting.data.judged_groups,
    )  # fmt: skip
    return low > 0
