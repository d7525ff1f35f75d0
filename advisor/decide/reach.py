"""What each family needs to reach back as far as the memory horizon, by the networks a search tries first.

A convolutional network sees no farther than its receptive field (Araujo, Norris, Sim, "Computing receptive
fields of convolutional neural networks", Distill 2019): 1 + the sum over layers of (kernel - 1) times all
strides before. A recurrent one sees the whole sample, but learns only as far as gradients reach.

The sizes below are those of `advisor.models`, which decisions may not import; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, inf, log2

from advisor.decide.thresholds import RECURRENT_STEPS
from advisor.records import DatasetSpec, Facts, Family, Reach, Task

ROCKET_SAMPLES, ROCKET_KERNEL = 4_000, 9
SERIES_KERNELS, SERIES_LIMIT = (7, 5, 3), 256
TEXT_KERNELS = (1, 3, 5)
DEEPEST = 3  # blocks per stage, the most that a search tries
CLIP_LIMIT, CLIP_STEM, LEAST_SIDE = 16, 5, 4
PATCHED_LENGTH, LONGEST_PATCH = 128, 64
MOST_HALVINGS, LEAST_STEPS = 4, 8
MOST_STEPS, MOST_FRAMES, MOST_SOUND_FRAMES = 4_096, 16, 1_000
SOUND_RATE, SOUND_HOP, SOUND_WINDOW = 2_000.0, 0.010, 0.025
HORIZONS_BACK, PERIODS_BACK, LEAST_LOOKBACK, DEFAULT_HORIZON = 3.5, 2, 16, 24
MOST_LOOKBACK_SHARE = 0.34 * 0.7  # of all steps, seven tenths of which are for training
DILATED_KERNEL = 3

Layer = tuple[int, int]
"""Kernel and stride of one layer."""


@dataclass(frozen=True)
class Steps:
    """What a network reads: `length` steps, each `stride` steps of the data; `horizon` of them matter."""

    layout: str
    length: int
    stride: float
    horizon: int
    period: int | None = None
    is_forecast: bool = False


def reach(spec: DatasetSpec, facts: Facts, task: Task) -> tuple[Reach, ...]:
    """One row per network that a search tries first; none where no memory horizon was measured."""
    steps = _steps(spec, facts, task)
    if steps is None:
        return ()
    rows = [] if steps.layout == "clip" else _rocket(spec, steps, task)
    return (*rows, _convolutions(steps), _recurrent(steps), _hybrid(steps))


def receptive_field(layers: Iterable[Layer]) -> int:
    """Steps that one output sees through (kernel, stride) layers."""
    seen, jump = 1, 1
    for kernel, stride in layers:
        seen, jump = seen + (kernel - 1) * jump, jump * stride
    return seen


def resnet_layers(length: int, depth: int) -> list[Layer]:
    """The residual network on a series of so many steps: two stages of `depth` blocks, the first strided."""
    stride = -(-length // SERIES_LIMIT)
    first, *others = SERIES_KERNELS * (2 * depth)
    return [(max(first, _covering(stride)), stride), *((kernel, 1) for kernel in others)]


def clip_layers(length: int, depth: int) -> list[Layer]:
    """The residual network on clips, along time: a stem, then three stages between which maxima halve it."""
    stride = -(-length // CLIP_LIMIT)
    layers, left = [(max(CLIP_STEM, _covering(stride)), stride)], -(-length // stride)
    for stage in range(3):
        if stage:
            halved = 2 if left > LEAST_SIDE else 1
            layers += [(halved, halved), (3, 1)]
            left = -(-left // halved)
        layers += [(3, 1), (3, 1)] * (depth - (stage == 2))
    return layers


def rocket_field(length: int) -> int:
    """Steps that the widest of the random dilated kernels sees."""
    widest = max(1, (length - 1) // (ROCKET_KERNEL - 1))
    return 1 + ((ROCKET_KERNEL - 1) << int(log2(widest)))


def patch_of(length: int, *, period: int | None = None, is_forecast: bool = False) -> int:
    """Steps that become one before the recurrent layers."""
    if is_forecast and period is not None:
        return max(1, min(LONGEST_PATCH, period // 2))
    return min(LONGEST_PATCH, -(-length // PATCHED_LENGTH))


def halvings_of(length: int) -> int:
    """Strided convolutions of the hybrid before its recurrent layers."""
    found = min(MOST_HALVINGS, ceil(log2(max(2.0, length / PATCHED_LENGTH))))
    while found > 1 and length >> found < LEAST_STEPS:
        found -= 1
    return found


def dilated_layers(horizon: int) -> int:
    """Layers of kernel 3 with dilations 1, 2, 4, ... that see so many steps (van den Oord et al. 2016)."""
    return max(1, ceil(log2((horizon - 1) / (DILATED_KERNEL - 1) + 1)))


def _steps(spec: DatasetSpec, facts: Facts, task: Task) -> Steps | None:
    """What networks would read of these data; None where it is not known."""
    fact = facts.get("memory_horizon")
    axes = [str(axis.name) for axis in spec.input.axes]
    if fact is None or fact.value is None:
        return None
    horizon, period = max(1, round(fact.value)), facts.value("period")
    axis = "token" if "token" in axes else "time"
    longest = facts.value(f"size_{axis}_max") or facts.value(f"size_{axis}")
    longest = longest or facts.value("tokens_per_sample") or spec.input.axes[0].size or horizon
    if task is Task.FORECASTING and axes == ["time", "channel"]:
        known = None if period is None else round(period)
        ahead = min(known or DEFAULT_HORIZON, DEFAULT_HORIZON)
        back = max(LEAST_LOOKBACK, round(HORIZONS_BACK * ahead), PERIODS_BACK * (known or 0))
        back = -(-back // known) * known if known else back
        back = max(1, min(back, int(MOST_LOOKBACK_SHARE * longest)))
        return Steps("series", back, 1, horizon, known, is_forecast=True)
    if axis == "token":
        return Steps("text", round(longest), 1, horizon)
    if axes == ["time", "channel"]:
        hop = _sound_hop(spec, longest)
        length = min(MOST_STEPS, ceil(longest / hop))
        return Steps("series", length, hop, ceil(horizon / hop))
    if "height" in axes and "time" in axes and task is not Task.FORECASTING:
        frames = max(2, min(MOST_FRAMES, round(longest)))
        stride = max(1.0, longest / frames)
        return Steps("clip", frames, stride, ceil(horizon / stride))
    return None


def _sound_hop(spec: DatasetSpec, longest: float) -> int:
    """Steps of a wave that become one frame of bands; 1 for all other series."""
    axis = spec.input.axis("time")
    rate = 1 / axis.spacing if axis is not None and axis.unit == "s" and axis.spacing else 0.0
    if rate < SOUND_RATE:
        return 1
    return max(1, int(SOUND_HOP * rate), ceil((longest - SOUND_WINDOW * rate) / MOST_SOUND_FRAMES))


def _rocket(spec: DatasetSpec, steps: Steps, task: Task) -> list[Reach]:
    labelled = task in (Task.CLASSIFICATION, Task.REGRESSION)
    if steps.layout != "series" or not labelled or spec.samples > ROCKET_SAMPLES:
        return []
    sees = rocket_field(steps.length)
    said = f"kernels of {ROCKET_KERNEL} steps, dilated up to {(sees - 1) // (ROCKET_KERNEL - 1)} times"
    if sees < steps.horizon:
        said += f", fall short of {steps.horizon}: a recurrent network, or kernels dilated further"
    return [_row(Family.CNN, "rocket", steps, sees, said)]


def _convolutions(steps: Steps) -> Reach:
    if steps.layout == "text":
        sees = max(TEXT_KERNELS)
        said = f"kernels of {', '.join(map(str, TEXT_KERNELS))} side by side"
        said += "" if sees >= steps.horizon else f"; {_dilated(steps)}"
        return _row(Family.CNN, "plain", steps, sees, said, layers=1)
    stack = clip_layers if steps.layout == "clip" else resnet_layers
    fields = [receptive_field(stack(steps.length, depth)) for depth in range(1, DEEPEST + 1)]
    enough = next((depth for depth, seen in enumerate(fields, start=1) if seen >= steps.horizon), None)
    layers = len([kernel for kernel, _ in stack(steps.length, enough or DEEPEST) if kernel > 2])
    if enough is None:
        return _row(Family.CNN, "resnet", steps, fields[0], f"deeper than a search tries; {_dilated(steps)}")
    blocks = "1 block" if enough == 1 else f"{enough} blocks"
    said = f"{layers} layers ({blocks} per stage) see {fields[enough - 1]} steps"
    return _row(Family.CNN, "resnet", steps, fields[0], said, layers=layers)


def _recurrent(steps: Steps) -> Reach:
    patch = 1
    if steps.layout == "series":
        patch = patch_of(steps.length, period=steps.period, is_forecast=steps.is_forecast)
    front = "every step is read" if patch == 1 else f"patches of {patch} steps"
    return _remembering(Family.RNN, "lstm", steps, patch, front)


def _hybrid(steps: Steps) -> Reach:
    if steps.layout == "clip":
        return _remembering(Family.HYBRID, "cnn_lstm", steps, 1, "a CNN reads each frame")
    halvings = halvings_of(steps.length)
    front = f"{halvings} strided {'convolution' if halvings == 1 else 'convolutions'}"
    return _remembering(Family.HYBRID, "cnn_lstm", steps, 2**halvings, front)


def _remembering(family: Family, architecture: str, steps: Steps, shorter: int, front: str) -> Reach:
    """A row of a network that sees all there is, `shorter` steps at a time."""
    back = ceil(steps.horizon / shorter)
    said = f"{front}: {back} recurrent {'step' if back == 1 else 'steps'}, not truncated below that"
    if back > RECURRENT_STEPS.value:
        patch = ceil(steps.horizon / RECURRENT_STEPS.value)
        said += f"; more than {RECURRENT_STEPS.value:g} fade: patches of {patch} steps"
    if steps.length < steps.horizon:
        said += f"; a look-back of {steps.length} is too short"
    return _row(family, architecture, steps, steps.length, said, recurrent=back)


def _dilated(steps: Steps) -> str:
    layers = dilated_layers(steps.horizon)
    return f"{layers} layers of kernel {DILATED_KERNEL}, dilated 1 to {2 ** (layers - 1)}, would reach"


def _row(
    family: Family,
    architecture: str,
    steps: Steps,
    sees: int,
    needs: str,
    *,
    layers: int | None = None,
    recurrent: int | None = None,
) -> Reach:
    sees = min(sees, steps.length)
    far = inf if recurrent is None else RECURRENT_STEPS.value
    return Reach(
        family=family,
        architecture=architecture,
        horizon=steps.horizon,
        stride=steps.stride,
        sees=sees,
        enough=sees >= steps.horizon and (recurrent or 0) <= far,
        layers=layers,
        recurrent_steps=recurrent,
        needs=needs,
    )


def _covering(stride: int) -> int:
    """The smallest odd kernel that leaves no step unseen and overlaps where it strides (`models.blocks`)."""
    return min(2 * stride - 1, max(7, stride | 1))
