"""The Source of forms where every sample is a file of its own: pictures and clips."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from advisor.errors import NoDataError
from advisor.readers.folders import relative
from advisor.readers.labels import label_array, parts_array, split_counts, target_spec
from advisor.readers.sample_folders import Found
from advisor.readers.source import Sample, Skipped, Source
from advisor.records import DatasetSpec, InputSpec, TargetSpec


def from_files(
    path: Path,
    found: Found,
    damaged: dict[int, str],
    *,
    form: str,
    input_spec: InputSpec,
    labelled: bool,
    target: str | None,
    decode: Callable[[Path], Sample],
    decode_frames: Callable[..., Sample] | None = None,
    goal: TargetSpec | None = None,
) -> Source:
    """A Source of `found` without the damaged files, which are added to what was skipped.

    Args:
        goal: what is to be predicted where that is not a class per file: the labels are then None.

    Raises:
        NoDataError: every file is damaged.
    """
    files = found.files.without(damaged)
    if not files:
        first, reason = next(iter(damaged.items()))
        name = found.files[first].name
        raise NoDataError(f"{path}: none of {len(damaged)} files can be read: {name}: {reason}")
    root = path if path.is_dir() else path.parent
    keep = [i for i in range(len(found.files)) if i not in damaged]
    labels = label_array([found.labels[i] for i in keep]) if labelled and goal is None else None
    parts = parts_array([found.parts[i] for i in keep]) if labelled else None
    bad = [
        Skipped(found.files[i].relative_to(root).as_posix(), reason) for i, reason in sorted(damaged.items())
    ]
    return Source(
        spec=DatasetSpec(
            path=str(path),
            format=form,
            samples=len(files),
            inputs=(input_spec,),
            target=goal if labels is None else target_spec(target or "label", labels),
            splits=split_counts(parts, labels),
        ),
        ids=relative(root, files),
        read=lambda i: decode(files[i]),
        labels=labels,
        parts=parts,
        files=files,
        skipped=(*found.skipped, *bad),
        read_frames=decode_frames and (lambda i, count, size=None: decode_frames(files[i], count, size=size)),
    )


def header_sample(found: Found, most: int) -> list[int]:
    """Indices of `most` files spread evenly, and of the largest and the smallest, where odd ones show."""
    step = max(1.0, len(found.files) / most)
    spread = {int(i * step) for i in range(min(most, len(found.files)))}
    by_size = sorted(range(len(found.sizes)), key=found.sizes.__getitem__)
    return sorted(spread | {by_size[0], by_size[-1]})
