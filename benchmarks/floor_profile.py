"""Where the time of a training step goes, by what it does: a table of milliseconds a step."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch.profiler import ProfilerActivity, profile

STEPS = 3
GROUPS = {  # of torch's operations, by the beginnings of their names
    "convolution, forward": ("aten::mkldnn_convolution", "aten::slow_conv"),
    "convolution, backward": ("aten::convolution_backward",),
    "batch norm": ("aten::native_batch_norm",),
    "recurrent layer, forward": ("aten::mkldnn_rnn_layer",),
    "recurrent layer, backward": ("aten::mkldnn_rnn_layer_backward",),
    "matrix products": ("aten::mm", "aten::addmm", "aten::bmm"),
    "activations and pooling": (
        "aten::clamp_min", "aten::threshold", "aten::max_pool", "aten::avg_pool", "aten::amax",
    ),
    "copies and other types": ("aten::copy_", "aten::cat", "aten::flip", "aten::index", "aten::fill_"),
    "optimizer": ("aten::_fused_adam", "aten::_foreach", "Optimizer"),
}  # fmt: skip
REST = "all else"


def milliseconds(step: Callable[[], int]) -> dict[str, float]:
    """Of each group in a step, without what an operation calls in turn."""
    step()
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        for _ in range(STEPS):
            step()
    found = dict.fromkeys([*GROUPS, REST], 0.0)
    for event in seen.key_averages():
        found[_group(event.key)] += event.self_cpu_time_total / 1e3 / STEPS
    return found


def least(rounds: Sequence[dict[str, float]]) -> dict[str, float]:
    """Of each group the least of all rounds: other work on the machine only adds."""
    return {group: min(one[group] for one in rounds) for group in rounds[0]}


def table(title: str, ours: dict[str, float], plain: dict[str, float]) -> list[str]:
    """Lines of Markdown; what neither spends half a millisecond on is left out."""
    rows = [(group, ours[group], plain[group]) for group in ours if max(ours[group], plain[group]) >= 0.5]
    rows.append(("together", sum(ours.values()), sum(plain.values())))
    lines = [f"| {title} | ms a step | plain float32 | times as fast |", "|---|---|---|---|"]
    return lines + [
        f"| {group} | {one:.1f} | {other:.1f} | {other / one:.1f} |"
        if one
        else f"| {group} | 0 | {other:.1f} | |"
        for group, one, other in rows
    ]


def _group(operation: str) -> str:
    """The group with the longest beginning that fits."""
    fitting = [
        (len(start), group)
        for group, starts in GROUPS.items()
        for start in starts
        if operation.startswith(start)
    ]
    return max(fitting)[1] if fitting else REST
