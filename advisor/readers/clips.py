"""Video clips, one folder per class, decoded with PyAV."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from advisor.errors import MissingExtraError, NoDataError, UnreadableSampleError
from advisor.readers import folders
from advisor.readers.file_source import from_files, header_sample
from advisor.readers.folders import Found
from advisor.readers.source import Source
from advisor.records import Axis, InputSpec

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

FORMAT = "video-folder"
SUFFIXES = frozenset({".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv"})
WHAT = "clips"
HEADERS = 24  # clips whose headers are read to tell sizes and rates
MAX_BYTES = 4 * 2**30  # of one clip decoded in full
SEEK_BEYOND = (
    300  # frames between two wanted ones from which seeking beats decoding; keyframes lie 12 to 250 apart
)


def sniff(path: Path) -> int:
    """How many clips lie in subfolders of `path` (counted up to a limit); 0 is not this form."""
    return folders.count_samples(path, SUFFIXES) if path.is_dir() else 0


def read(path: Path, *, target: str | None = None) -> Source:
    """Class-per-folder clips as uint8 (time, height, width, channel).

    Sizes and rates come from up to HEADERS headers; clips seen damaged there are skipped.

    Raises:
        MissingExtraError: PyAV is not installed.
    """
    return _source(path, folders.class_folders(path, SUFFIXES, WHAT), labelled=True, target=target)


def read_unlabelled(path: Path, *, target: str | None = None) -> Source:
    """A clip, or all clips below a folder, without labels."""
    if path.is_file() and folders.suffix(path.name) not in SUFFIXES:
        raise NoDataError(f"{path}: is no clip: give one with the suffix {', '.join(sorted(SUFFIXES))}")
    return _source(path, folders.flat_files(path, SUFFIXES, WHAT), labelled=False, target=None)


def decode(path: Path) -> NDArray[np.uint8]:
    """uint8 [time, height, width, 3]: every frame; raises UnreadableSampleError."""
    frames: list[NDArray[np.uint8]] = []
    with _opened(path) as (container, stream):
        for frame in container.decode(stream):
            frames.append(_pixels(frame, None))
            if frames[0].nbytes * len(frames) > MAX_BYTES:
                raise UnreadableSampleError(
                    f"{path}: decodes to more than {MAX_BYTES:,} bytes: cut it shorter"
                )
    return _stack(path, frames)


def decode_frames(path: Path, count: int, *, size: int | None = None) -> NDArray[np.uint8]:
    """uint8 [time, height, width, 3]: `count` evenly spaced frames, or all of a clip that has fewer.

    Args:
        size: scale each frame to `size` x `size` while decoding, by area averaging.
    """
    with _opened(path) as (container, stream):
        total = _frame_count(stream, container)
        if total is None:
            frames = [_pixels(frame, size) for frame in container.decode(stream)]
            return _stack(path, [frames[i] for i in _even(len(frames), count)])
        wanted = _even(total, count)
        far = len(wanted) > 1 and wanted[1] - wanted[0] > SEEK_BEYOND and stream.average_rate is not None
        chosen = _by_seeking(container, stream, wanted) if far else _in_order(container, stream, wanted)
        return _stack(path, [_pixels(frame, size) for frame in chosen])


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
        decode=decode,
        decode_frames=decode_frames,
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
            with _opened(found.files[i]) as (container, stream):
                shapes.append((_frame_count(stream, container), stream.height, stream.width))
                rates.add(float(stream.average_rate) if stream.average_rate else None)
        except UnreadableSampleError as error:
            damaged[i] = str(error)
    return shapes, rates, damaged


@contextmanager
def _opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """A clip's first video stream; every fault while it is open becomes UnreadableSampleError."""
    try:
        import av
    except ImportError as error:
        raise MissingExtraError("av", "video", "reading video clips") from error
    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            if not container.streams.video:
                raise UnreadableSampleError(f"{path}: has no video stream: remove it")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            yield container, stream
    except (av.FFmpegError, OSError, ValueError) as error:
        raise UnreadableSampleError(f"{path}: cannot be decoded ({error}): replace or remove it") from error


def _frame_count(stream: VideoStream, container: InputContainer) -> int | None:
    """From the header, else from length times rate; None where neither is known."""
    if stream.frames:
        return stream.frames
    rate = stream.average_rate
    seconds = None
    if stream.duration and stream.time_base:
        seconds = float(stream.duration * stream.time_base)
    elif container.duration:
        seconds = container.duration / 1_000_000  # FFmpeg's AV_TIME_BASE
    return max(1, round(seconds * float(rate))) if seconds and rate else None


def _even(total: int, count: int) -> list[int]:
    return (
        sorted(set(np.linspace(0, total - 1, min(count, total)).round().astype(int).tolist()))
        if total
        else []
    )


def _in_order(container: InputContainer, stream: VideoStream, wanted: list[int]) -> Iterator[VideoFrame]:
    """The wanted frames; a header that promised too many repeats the last one decoded."""
    remaining = list(reversed(wanted))
    frame = None
    for position, frame in enumerate(container.decode(stream)):
        if position >= remaining[-1]:
            yield frame
            remaining.pop()
            if not remaining:
                return
    if frame is not None:
        yield from [frame] * len(remaining)


def _by_seeking(container: InputContainer, stream: VideoStream, wanted: list[int]) -> Iterator[VideoFrame]:
    """For long clips: from the keyframe before each wanted frame."""
    assert stream.average_rate is not None
    assert stream.time_base is not None
    start = stream.start_time or 0
    for position in wanted:
        time = start + int(position / stream.average_rate / stream.time_base)
        container.seek(time, stream=stream, backward=True)
        last = None
        for last in container.decode(stream):
            if last.pts is not None and last.pts >= time:
                break
        if last is not None:
            yield last


def _pixels(frame: VideoFrame, size: int | None) -> NDArray[np.uint8]:
    """uint8 [height, width, 3], upright."""
    smaller = frame.reformat(
        width=size or frame.width,
        height=size or frame.height,
        format="rgb24",
        interpolation="AREA" if size else None,
    )
    turns = round(getattr(frame, "rotation", 0) / 90) % 4  # counterclockwise, as NumPy turns
    return np.ascontiguousarray(np.rot90(smaller.to_ndarray(), turns))


def _stack(path: Path, frames: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    if not frames:
        raise UnreadableSampleError(f"{path}: holds no frame that can be decoded: replace or remove it")
    shape = frames[0].shape  # a stream may change its size; what does so is left out
    return np.stack([frame for frame in frames if frame.shape == shape])
