"""Video clips, decoded with PyAV: labelled by folders, a table or their names, or one long clip."""

from __future__ import annotations

from pathlib import Path

from advisor.errors import NoDataError, UnreadableSampleError
from advisor.readers import folders, sample_folders
from advisor.readers.file_source import from_files, header_sample
from advisor.readers.labelling import sample_files
from advisor.readers.labels import split_counts
from advisor.readers.pictures import images
from advisor.readers.sample_folders import Found
from advisor.readers.source import Source
from advisor.readers.video import video
from advisor.records import Axis, DatasetSpec, InputSpec, TargetSpec

FORMAT = "video-folder"
ONE = "video-file"
PICTURE = ".gif"  # may hold one picture, and then is no clip
SUFFIXES = frozenset(
    {
        ".mp4",
        ".avi",
        ".mov",
        ".mkv",
        ".webm",
        ".m4v",
        ".mpg",
        ".mpeg",
        ".wmv",
        ".flv",
        ".3gp",
        ".ogv",
        PICTURE,
    }
)
WHAT = "clips"
HEADERS = 24  # clips whose headers are read to tell sizes and rates


def sniff(path: Path) -> int:
    """How many clips there are, a GIF only where it moves (counted up to a limit); 0 is not this form."""
    if path.is_file():
        return int(folders.suffix(path.name) in SUFFIXES and _moves(path))
    if not folders.has_any(path, SUFFIXES):
        return 0
    count = 0
    for entry in folders.files_below(path):
        count += folders.suffix(entry.name) in SUFFIXES
        if count == 1 and folders.suffix(entry.name) == PICTURE and not _moves(Path(entry.path)):
            return 0
        if count >= folders.SNIFF_ENOUGH:
            break
    return count


def read(path: Path, *, target: str | None = None) -> Source:
    """Clips as uint8 (time, height, width, channel), with labels by folders, by a table or by their names.

    Sizes and rates come from up to HEADERS headers; clips seen damaged there are skipped. One file is one
    long clip that is to be continued.

    Raises:
        MissingExtraError: PyAV is not installed.
    """
    labelled = sample_files.labelled(path, SUFFIXES, WHAT, target)
    if len(labelled.found.files) == 1:
        return _one(path, labelled.found.files[0])
    name = labelled.target.name if labelled.target else None
    source = _source(path, labelled.found, labelled=labelled.target is not None, target=name)
    return sample_files.attach(source, labelled)


def read_unlabelled(path: Path, *, target: str | None = None) -> Source:
    """A clip, or all clips below a folder, without labels."""
    if path.is_file() and folders.suffix(path.name) not in SUFFIXES:
        raise NoDataError(f"{path}: is no clip: give one with the suffix {', '.join(sorted(SUFFIXES))}")
    return _source(path, sample_folders.flat_files(path, SUFFIXES, WHAT), labelled=False, target=None)


def _moves(path: Path) -> bool:
    """Whether a file holds more than one picture; any video does."""
    from PIL import Image as pillow

    if folders.suffix(path.name) != PICTURE:
        return True
    try:
        with pillow.open(path) as picture:
            return bool(getattr(picture, "is_animated", False))
    except (*images.FAULTS, pillow.DecompressionBombError):
        return True


def _one(path: Path, file: Path) -> Source:
    """One long clip, read in runs of frames."""
    with video.opened(file) as (container, stream):
        shape = (video.frame_count(stream, container), stream.height, stream.width)
        rate = float(stream.average_rate) if stream.average_rate else None
    return Source(
        spec=DatasetSpec(
            path=str(path),
            format=ONE,
            samples=1,
            inputs=(InputSpec(name="clip", dtype="uint8", axes=_axes([shape], {rate})),),
            target=TargetSpec(name="all", kind="future"),
            splits=split_counts(None, None),
            time_index="frame",
        ),
        ids=[file.name],
        read=lambda i: video.decode(file),
        read_frames=lambda i, count, size=None: video.decode_frames(file, count, size=size),
        read_steps=video.runs(file),
    )


def _source(path: Path, found: Found, *, labelled: bool, target: str | None) -> Source:
    shapes, rates, damaged = _headers(found)
    return from_files(
        path,
        found,
        damaged,
        form=FORMAT,
        input_spec=InputSpec(name="clip", dtype="uint8", axes=_axes(shapes, rates)),
        labelled=labelled,
        target=target,
        decode=video.decode,
        decode_frames=video.decode_frames,
    )


def _axes(shapes: list[tuple[int | None, int, int]], rates: set[float | None]) -> tuple[Axis, ...]:
    """`time` has a size only where every header was read and all say the same number of frames."""
    frames, heights, widths = ({shape[side] for shape in shapes} for side in range(3))
    rate = rates.pop() if len(rates) == 1 else None
    return (
        Axis(
            name="time",
            size=frames.pop() if len(frames) == 1 else None,
            spacing=1 / rate if rate else None,
            unit="s" if rate else None,
        ),
        Axis(name="height", size=heights.pop() if len(heights) == 1 else None),
        Axis(name="width", size=widths.pop() if len(widths) == 1 else None),
        Axis(name="channel", size=3),
    )


def _headers(
    found: Found,
) -> tuple[list[tuple[int | None, int, int]], set[float | None], dict[int, str]]:
    """(frames, height, width) and frames per second of an even sample of clips, and the damaged ones."""
    shapes, rates, damaged = [], set[float | None](), {}
    for i in header_sample(found, HEADERS):
        try:
            with video.opened(found.files[i]) as (container, stream):
                shapes.append((video.frame_count(stream, container), stream.height, stream.width))
                rates.add(float(stream.average_rate) if stream.average_rate else None)
        except UnreadableSampleError as error:
            damaged[i] = str(error)
    return shapes, rates, damaged
