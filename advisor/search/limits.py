"""What a network may cost: parameters, milliseconds a sample, and whether it may look ahead.

Known limits narrow the search space before anything is trained; first candidates are shrunk until they fit;
what the sampler proposes beyond a limit is rejected before training, with the reason. So no model beyond a
limit is ever chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from advisor import models
from advisor.errors import UsageError
from advisor.models import FAMILIES, STEPS
from advisor.records import Candidate, Family, SearchOptions, Signature
from advisor.search.data import SearchData
from advisor.search.latency import latency_ms
from advisor.spaces import Parameter, Space
from advisor.training import Compute

SIZES = ("width", "hidden", "embedding", "layers", "depth", "kernels", "lookback")
BOTH_WAYS = "bidirectional"
MARGIN = 0.8  # of the latency for what is made to fit: it will be measured again, and measurements scatter

Excess = Callable[[Candidate], str | None]
"""Says what is too much about a candidate; None where it is within the limits."""


@dataclass(frozen=True)
class Limits:
    """What the user allows; None is no limit. `latency` in milliseconds."""

    parameters: int | None = None
    latency: float | None = None
    streaming: bool = False

    @classmethod
    def of(cls, options: SearchOptions) -> Limits:
        return cls(options.max_parameters, options.max_latency, options.streaming)

    @property
    def measured(self) -> bool:
        """Whether a candidate has to be built to know if it is within them."""
        return self.parameters is not None or self.latency is not None


def excess_of(
    limits: Limits, data: SearchData, compute: Compute, seed: int, *, margin: float = 1.0
) -> Excess:
    """The check of one search; it builds the network, and times it where latency is limited.

    Args:
        margin: share of the allowed latency that may be used.
    """

    def excess(candidate: Candidate) -> str | None:
        if not limits.measured:
            return None
        try:
            network = models.build(candidate, data.signature, seed=seed)
        except (ValueError, RuntimeError):
            return None  # the trial will say so
        count = models.count_parameters(network)
        if limits.parameters is not None and count > limits.parameters:
            return f"{count:,} parameters are more than `--max-parameters {limits.parameters}` allows"
        if limits.latency is None:
            return None
        taken = latency_ms(network, data, compute)
        if taken > margin * limits.latency:
            return f"{taken:.3g} ms a sample are more than `--max-latency {limits.latency:g}ms` allows"
        return None

    return excess


def streaming_spaces(
    among: Mapping[Family, tuple[Space, ...]], signature: Signature
) -> tuple[dict[Family, tuple[Space, ...]], tuple[str, ...]]:
    """What is left without look-ahead, and in words what is ruled out.

    Raises:
        UsageError: the data do not come in steps, or nothing is left.
    """
    if signature.layout not in STEPS:
        raise UsageError(
            f"`--streaming`: {signature.layout} data do not come step after step: leave the option out"
        )
    left: dict[Family, tuple[Space, ...]] = {}
    said: list[str] = []
    for family, spaces in among.items():
        kept = [one for one in spaces if signature.layout in FAMILIES[family][one.architecture].streams]
        out = [one.architecture for one in spaces if one not in kept]
        if out:
            said.append(f"{family} {', '.join(out)} (each step is seen together with later ones)")
        if any(one.parameter(BOTH_WAYS) for one in kept):
            said.append(f"{family} in both directions")
        if kept:
            left[family] = tuple(_one_way(one) for one in kept)
    if not left:
        raise UsageError(
            f"`--streaming` rules out every network of {', '.join(among)}: {'; '.join(said)}: "
            "choose another `--family`, or leave it out"
        )
    return left, tuple(said)


def _one_way(space: Space) -> Space:
    parameters = tuple(
        one.model_copy(update={"choices": (False,)}) if one.name == BOTH_WAYS else one
        for one in space.parameters
    )
    return space.model_copy(update={"parameters": parameters})


def one_way(candidate: Candidate) -> Candidate:
    """The candidate without look-ahead, where its architecture has such a setting."""
    if BOTH_WAYS not in candidate.params:
        return candidate
    return candidate.model_copy(update={"params": {**candidate.params, BOTH_WAYS: False}})


def shrunk(candidate: Candidate, space: Space, excess: Excess) -> Candidate | None:
    """The candidate with its largest sizes halved until it is within the limits; None where none is."""
    reason, params, first = None, dict(candidate.params), True
    while True:
        one = candidate if first else candidate.model_copy(update={"params": dict(params)})
        found = excess(one)
        if found is None:
            if first:
                return candidate
            return one.model_copy(update={"why": f"{candidate.why}; made smaller: {reason}".lstrip("; ")})
        reason, first = reason or found, False
        name = _largest(params, space)
        if name is None:
            return None
        params[name] = _smaller(params[name], space, name)


def _largest(params: Mapping[str, bool | int | float | str], space: Space) -> str | None:
    """The size that is most above its least; of equals the first of SIZES."""
    above: dict[str, float] = {}
    for name in (*SIZES, BOTH_WAYS):
        parameter = space.parameter(name)
        if parameter is None or name not in params:
            continue
        value = params[name]
        if name == BOTH_WAYS:
            above[name] = 1.5 if value is True and False in parameter.choices else 1.0
        else:
            above[name] = float(value) / max(1.0, _least(parameter))
    return max((name for name in above if above[name] > 1.0), key=above.__getitem__, default=None)


def _least(parameter: Parameter) -> float:
    if parameter.type == "categorical":
        return min(float(choice) for choice in parameter.choices)
    assert parameter.low is not None
    return parameter.low


def _smaller(value: bool | int | float | str, space: Space, name: str) -> bool | int:
    if name == BOTH_WAYS:
        return False
    parameter = space.parameter(name)
    assert parameter is not None
    if parameter.type == "categorical":
        return int(max(float(one) for one in parameter.choices if float(one) < float(value)))
    half = float(parameter.nearest(max(_least(parameter), float(value) / 2)))
    return int(half if half < float(value) else _least(parameter))


def within(
    excess: Excess,
    too_many: Excess,
    among: Mapping[Family, tuple[Space, ...]],
    bases: Mapping[Family, Mapping[str, Candidate]],
) -> tuple[dict[Family, tuple[Space, ...]], dict[Family, dict[str, Candidate]], tuple[str, ...]]:
    """Spaces and first candidates brought within the limits, and in words what is beyond them.

    Args:
        too_many: as `excess`, but for parameters alone, which cost no time and do not scatter.

    Raises:
        UsageError: nothing is left.
    """
    spaces: dict[Family, tuple[Space, ...]] = {}
    firsts: dict[Family, dict[str, Candidate]] = {}
    said: list[str] = []
    for family, named in bases.items():
        kept: dict[str, Space] = {}
        candidates: dict[str, Candidate] = {}
        for name, base in named.items():
            space = next(one for one in among[family] if one.architecture == name)
            found = narrowed(space, base, excess, too_many)
            candidate = None if isinstance(found, str) else shrunk(base, found, excess)
            if isinstance(found, str) or candidate is None:
                why = found if isinstance(found, str) else "no settings were found that are small enough"
                said.append(f"{family} {name} ({why})")
            else:
                kept[name], candidates[name] = found, candidate
        if kept:
            spaces[family], firsts[family] = tuple(kept.values()), candidates
    if not spaces:
        raise UsageError(f"no network is within the limits: {'; '.join(said)}: allow more")
    return spaces, firsts, tuple(said)


def narrowed(space: Space, base: Candidate, excess: Excess, too_many: Excess) -> Space | str:
    """The space without sizes that give too many parameters whatever the others are; of whole numbers only.

    Where even the smallest network is beyond the limits: why.
    """
    smallest = dict(base.params)
    for name in SIZES:
        parameter = space.parameter(name)
        if parameter is not None:
            smallest[name] = int(_least(parameter))
    both = space.parameter(BOTH_WAYS)
    if both is not None and False in both.choices:
        smallest[BOTH_WAYS] = False
    reason = excess(base.model_copy(update={"params": smallest}))
    if reason is not None:
        return f"even the smallest: {reason}"
    if too_many(_widest(space, base)) is None:
        return space
    parameters = []
    for one in space.parameters:
        if one.name not in SIZES or one.type != "int":
            parameters.append(one)
            continue
        parameters.append(one.model_copy(update={"high": float(_highest(one, base, smallest, too_many))}))
    return space.model_copy(update={"parameters": tuple(parameters)})


def _highest(
    parameter: Parameter, base: Candidate, smallest: dict[str, bool | int | float | str], too_many: Excess
) -> int:
    """By halving the range: the largest value within the limits, all other sizes being smallest."""
    assert parameter.low is not None
    assert parameter.high is not None
    step = int(parameter.step or 1)
    low, high = 0, int((parameter.high - parameter.low) // step)
    while low < high:
        middle = (low + high + 1) // 2
        value = int(parameter.low) + middle * step
        fits = too_many(base.model_copy(update={"params": {**smallest, parameter.name: value}})) is None
        low, high = (middle, high) if fits else (low, middle - 1)
    return int(parameter.low) + low * step


def _widest(space: Space, base: Candidate) -> Candidate:
    """All sizes at their largest."""
    params = dict(base.params)
    for name in SIZES:
        parameter = space.parameter(name)
        if parameter is not None:
            most = max(map(float, parameter.choices)) if parameter.choices else parameter.high
            assert most is not None
            params[name] = int(most)
    return base.model_copy(update={"params": params})
