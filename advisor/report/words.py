"""Numbers and names as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from advisor.records import Axis, DatasetSpec, Family, Inspection, Score, SplitCounts, SplitSummary

FAMILY_NAMES = {
    Family.CNN: "CNN",
    Family.RNN: "RNN",
    Family.HYBRID: "hybrid CNN-RNN",
    Family.MLP: "MLP",
}


def number(value: float | str | bool | None) -> str:
    """Four significant digits, thousands set apart; "-" for nothing."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:.4g}"


def score(found: Score | None) -> str:
    """`0.9790 [0.965, 0.988]`: a score and its 95 % interval."""
    if found is None:
        return "-"
    return value(found.value, found.ci95)


def value(found: float, interval: tuple[float, float] | None) -> str:
    """A score and its interval, where it has one."""
    if interval is None:
        return f"{found:.4f}"
    return f"{found:.4f} [{interval[0]:.3f}, {interval[1]:.3f}]"


def gap(value: float, interval: tuple[float, float] | None = None) -> str:
    """A difference with its sign: `+0.079 (+0.050 to +0.110)`."""
    plain = f"{value:+.4f}"
    return plain if interval is None else f"{plain} ({interval[0]:+.3f} to {interval[1]:+.3f})"


def percent(share: float) -> str:
    """A share of one as whole percent."""
    return f"{share:.0%}".replace("%", " %")


def seconds(value: float) -> str:
    """`45 s`, `2 min 05 s` or `1 h 03 min`."""
    if value < 9.95:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def listing(words: Iterable[str], last: str = "and") -> str:
    """`a, b and c`."""
    items = list(words)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else ""


def splits(counts: SplitCounts) -> str:
    """The parts the data give themselves, largest concern first."""
    named = [("train", counts.train), ("validation", counts.validation), ("test", counts.test)]
    named.append(("unlabelled", counts.unlabelled))
    return ", ".join(f"{count:,} {name}" for name, count in named if count)


def split(found: SplitSummary) -> str:
    """`420 train, 90 validation, 90 test; 20 groups by 'subject', each group in one part`."""
    column = f" by {found.by!r}" if found.by else ""
    how = {
        "given": "as the data give it",
        "grouped": "each group in one part",
        "stratified": "at random, the same share of every class",
        "random": "at random",
        "time": f"in order of time{column}, the latest for the test",
        "file": "as the file says",
        "fractions": "in the sizes asked for",
    }[found.kind]
    if found.kind == "grouped":
        how = f"{found.groups} groups{column}, {how}"
    sizes = splits(SplitCounts(train=found.train, validation=found.validation, test=found.test))
    folds = f"; validation by {found.folds} folds, {found.repeats} times" if found.folds else ""
    copies = f"; {found.copies:,} copies beside what they equal" if found.copies else ""
    return f"{sizes}; {how}{folds}{copies}"


def samples(inspection: Inspection | DatasetSpec) -> str:
    """What the samples are, in a few words: `3,600 pictures of 32 x 32 in colour`."""
    axes = {str(axis.name): axis for axis in inspection.inputs[0].axes}
    if inspection.samples == 1 and "time" in axes and "height" not in axes:
        return f"one series of {_steps(axes['time'])} with {_channels(axes)}"
    if inspection.format == "running-text":
        return "one long text" if inspection.samples == 1 else f"{inspection.samples:,} long texts"
    count = f"{inspection.samples:,} "
    if {"time", "height"} <= axes.keys():
        return f"{count}clips of {_frames(axes['time'])} of {_sides(axes)}{_colour(axes)}"
    if "height" in axes:
        return f"{count}{'volumes' if 'depth' in axes else 'pictures'} of {_sides(axes)}{_colour(axes)}"
    if "time" in axes:
        return f"{count}series of {_steps(axes['time'])} with {_channels(axes)}"
    if "token" in axes:
        return f"{count}{'strings of letters' if axes['token'].unit == 'letter' else 'texts'}"
    shape = " x ".join(f"{axis.name} {axis.size or '(varies)'}" for axis in axes.values())
    return f"{count}rows with {shape}"


def _channels(axes: Mapping[str, Axis]) -> str:
    size = axes["channel"].size if "channel" in axes else 1
    nodes = f" at {axes['node'].size:,} nodes" if "node" in axes else ""
    return (f"{size:,} channel{'s' if size != 1 else ''}" if size else "channels") + nodes


def _steps(axis: Axis) -> str:
    return f"{axis.size:,} steps" if axis.size else "varying length"


def _frames(axis: Axis) -> str:
    return f"{axis.size:,} frames" if axis.size else "varying numbers of frames"


def _sides(axes: Mapping[str, Axis]) -> str:
    sides = [axes[name].size for name in ("depth", "height", "width") if name in axes]
    return " x ".join(str(size) for size in sides if size) if all(sides) else "varying size"


def _colour(axes: Mapping[str, Axis]) -> str:
    size = axes["channel"].size if "channel" in axes else 1
    known = {None: "", 1: " in grey", 3: " in colour", 4: " in colour"}
    return known.get(size, f" with {size} channels")
