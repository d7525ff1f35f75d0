"""Decoding video with PyAV: whole clips, evenly spaced frames, or runs of consecutive ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from advisor.errors import MissingExtraError, UnreadableSampleError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

MAX_BYTES = 4 * 2**30  # of one clip decoded in full
MAX_FRAMES_BYTES = 2**29  # of the frames of one clip that are looked at: 21 of 4K
GUESSED = frozenset({"mpeg", "mpegvideo"})  # containers whose length FFmpeg guesses from their rate of bits
SEEK_BEYOND = (
    300  # frames between two wanted ones from which seeking beats decoding; keyframes lie 12 to 250 apart
)


def decode(path: Path) -> NDArray[np.uint8]:
    """uint8 [time, height, width, 3]: every frame; raises UnreadableSampleError."""
    frames: list[NDArray[np.uint8]] = []
    with opened(path) as (container, stream):
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
    with opened(path) as (container, stream):
        total = frame_count(stream, container)
        each = 3 * (size * size if size else stream.height * stream.width)
        if each * min(count, total or count) > MAX_FRAMES_BYTES:
            raise UnreadableSampleError(
                f"{path}: has frames of {stream.height} x {stream.width}, {count} of which are more than "
                f"{MAX_FRAMES_BYTES:,} bytes: make them smaller"
            )
        if total is None:
            return _stack(path, _spread(container, stream, count, size))
        wanted = _even(total, count)
        far = len(wanted) > 1 and wanted[1] - wanted[0] > SEEK_BEYOND and stream.average_rate is not None
        chosen = _by_seeking(container, stream, wanted) if far else _in_order(container, stream, wanted)
        return _stack(path, [_pixels(frame, size) for frame in chosen])


def runs(file: Path) -> Callable[[int, int], NDArray[np.uint8]]:
    """Reads frames from one place to another; what begins where the last run ended goes on decoding there."""
    state: tuple[int, Iterator[NDArray[np.uint8]]] = (0, iter(()))

    def read_steps(start: int, stop: int) -> NDArray[np.uint8]:
        nonlocal state
        position, frames = state
        if position != start or not start:
            frames = itertools.islice(_every(file), start, None)
        run = list(itertools.islice(frames, stop - start))
        state = (stop, frames)
        return _stack(file, run)

    return read_steps


def _every(file: Path) -> Iterator[NDArray[np.uint8]]:
    with opened(file) as (container, stream):
        for frame in container.decode(stream):
            yield _pixels(frame, None)


@contextmanager
def opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
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
            if not getattr(stream, "codec_context", None):
                raise UnreadableSampleError(f"{path}: is coded in an unknown way: convert or remove it")
            stream.thread_type = "AUTO"
            yield container, stream
    except (av.FFmpegError, OSError, ValueError) as error:
        raise UnreadableSampleError(f"{path}: cannot be decoded ({error}): replace or remove it") from error


def frame_count(stream: VideoStream, container: InputContainer) -> int | None:
    """From the header, else from length times rate, else by counting packets; None where there are none."""
    if stream.frames:
        return stream.frames
    rate = stream.average_rate
    seconds = None
    if container.format.name in GUESSED:
        return _packets(stream, container)
    if stream.duration and stream.time_base:
        seconds = float(stream.duration * stream.time_base)
    elif container.duration:
        seconds = container.duration / 1_000_000  # FFmpeg's AV_TIME_BASE
    return max(1, round(seconds * float(rate))) if seconds and rate else None


def _packets(stream: VideoStream, container: InputContainer) -> int | None:
    """Packets of a stream, of which each holds a frame; nothing is decoded."""
    count = sum(packet.size > 0 for packet in container.demux(stream))
    container.seek(0)
    return count or None


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


def _spread(
    container: InputContainer, stream: VideoStream, count: int, size: int | None
) -> list[NDArray[np.uint8]]:
    """About evenly spaced frames of a clip of unknown length: at most twice as many are held meanwhile."""
    kept: list[NDArray[np.uint8]] = []
    step = 1
    for position, frame in enumerate(container.decode(stream)):
        if position % step == 0:
            kept.append(_pixels(frame, size))
        if len(kept) > 2 * count:
            kept, step = kept[::2], 2 * step
    return [kept[i] for i in _even(len(kept), count)]


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
