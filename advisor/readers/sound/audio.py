"""Sound as series: WAV, FLAC, OGG and MP3 files, decoded with soundfile (libsndfile)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from advisor.errors import MissingExtraError, NoDataError, UnreadableSampleError
from advisor.readers import folders, layouts, part_names, sample_folders
from advisor.readers.file_source import from_files, header_sample
from advisor.readers.labelling import sample_files
from advisor.readers.labelling.sample_files import Labelled
from advisor.readers.sample_folders import Found
from advisor.readers.sound import transcripts
from advisor.readers.source import Source
from advisor.records import Axis, Finding, InputSpec, TargetSpec

if TYPE_CHECKING:
    from soundfile import SoundFile

FORMAT = "audio-files"
SUFFIXES = frozenset(
    {".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au"}
)
WHAT = "sound files"
HEADERS = 200  # files whose headers are read to tell lengths, rates and channels
MAX_VALUES = 2**27  # of one file, all channels: 47 minutes at 48 kHz, 512 MiB decoded


@dataclass(frozen=True)
class Format:
    """What all samples are brought to."""

    rate: int  # samples per second
    channels: int


def sniff(path: Path) -> int:
    """How many sound files there are at any depth (counted up to a limit); 0 is not this form."""
    if path.is_file():
        return int(folders.suffix(path.name) in SUFFIXES)
    enough = folders.SNIFF_ENOUGH
    if not folders.has_any(path, SUFFIXES):
        return 0
    return min(len(layouts.survey(path, SUFFIXES, enough=enough).samples), enough)


def read(path: Path, *, target: str | None = None) -> Source:
    """Sound as float32 (time, channel) between -1 and 1.

    Classes are folders, a column of a table that names the files, or a piece of the file names. Lengths,
    rates and channels come from up to HEADERS headers; files seen damaged there are skipped. All samples are
    brought to the commonest rate and number of channels.

    Args:
        target: a column of the table of labels, or a piece of the file names (`name2`).

    Raises:
        MissingExtraError: soundfile is not installed.
    """
    labelled = _with_transcripts(path, sample_files.labelled(path, SUFFIXES, WHAT, target))
    name = labelled.target.name if labelled.target else None
    source = _source(path, labelled.found, labelled=labelled.target is not None, target=name)
    if labelled.target is None and len(source) > 1:  # one recording is a series of its own
        labelled = replace(labelled, notes=(sample_files.missing_labels(len(source), WHAT),))
    return sample_files.attach(source, labelled)


def read_unlabelled(path: Path, *, target: str | None = None) -> Source:
    """A sound file, or all sound files below a folder, without labels."""
    if path.is_file() and folders.suffix(path.name) not in SUFFIXES:
        raise NoDataError(f"{path}: is no sound file: give one with the suffix {', '.join(sorted(SUFFIXES))}")
    return _source(path, sample_folders.flat_files(path, SUFFIXES, WHAT), labelled=False, target=None)


def decode(path: Path, wanted: Format) -> NDArray[np.float32]:
    """float32 [time, channel] at the wanted rate and channels; raises UnreadableSampleError."""
    with _opened(path) as sound:
        rate = sound.samplerate
        values = sound.read(dtype="float32", always_2d=True)
    if not len(values):
        raise UnreadableSampleError(f"{path}: holds no sound: remove it")
    values = _with_channels(np.nan_to_num(values, posinf=0.0, neginf=0.0), wanted.channels)
    return values if rate == wanted.rate else resample(values, round(len(values) * wanted.rate / rate))


def resample(values: NDArray[np.float32], steps: int) -> NDArray[np.float32]:
    """[time, channel] in another number of steps, by cutting or padding its spectrum: nothing folds back."""
    steps = max(1, steps)
    spectrum = np.fft.rfft(values, axis=0)[: steps // 2 + 1]
    scaled = np.fft.irfft(spectrum, n=steps, axis=0) * (steps / len(values))
    return np.asarray(scaled, dtype=np.float32)


def _source(path: Path, found: Found, *, labelled: bool, target: str | None) -> Source:
    headers, damaged = _headers(found)
    rates = Counter(rate for _, rate, _ in headers)
    counts = Counter(channels for _, _, channels in headers)
    wanted = Format(rates.most_common(1)[0][0], counts.most_common(1)[0][0]) if headers else Format(1, 1)
    source = from_files(
        path,
        found,
        damaged,
        form=FORMAT,
        input_spec=InputSpec(name="sound", dtype="float32", axes=_axes(headers, wanted)),
        labelled=labelled,
        target=target,
        decode=lambda file: decode(file, wanted),
    )
    return replace(source, notes=(*_mixed("rates", rates, "Hz"), *_mixed("channels", counts, "channel(s)")))


def _with_transcripts(path: Path, labelled: Labelled) -> Labelled:
    """The same files with the texts that lie beside them as target, where no table gives labels."""
    if path.is_file() or labelled.from_table:
        return labelled
    found, files = labelled.found, folders.relative(path, labelled.found.files)
    told = transcripts.by_kaldi(path, files, labelled.others)
    if told:
        found.labels = [told[place][0] if place in told else "" for place in range(len(files))]
        found.parts = [_part_of(told[place][1]) if place in told else "" for place in range(len(files))]
        known = [text for text, _ in told.values()]
        return Labelled(found, _said(is_class=transcripts.are_classes(known)))
    texts = transcripts.beside(files, labelled.others)
    if texts is None:
        return labelled
    used = set(texts)
    found.skipped = [one for one in found.skipped if one.where not in used]
    classes = transcripts.classes(path, texts)
    found.labels = classes or list(texts)
    return Labelled(found, _said(is_class=classes is not None), notes=_other_texts(texts, labelled.others))


def _said(*, is_class: bool) -> TargetSpec:
    return TargetSpec(name="text", kind="category" if is_class else "text")


def _part_of(folder: str) -> str:
    """The part that the last folder of a path stands for."""
    name = folder.rpartition("/")[2]
    return layouts.part_of_folder(name) or part_names.part_within(name) or ""


def _other_texts(texts: Sequence[str], others: Sequence[str]) -> tuple[Finding, ...]:
    """What is said where other folders hold a text for each file too, perhaps translations."""
    kinds = Counter(transcripts.kind(text) for text in texts if text)
    used, stems = set(texts), {transcripts.stem_of(text) for text in texts if text}
    beside = {
        f"{folder}/*{suffix}"
        for folder, suffix in {
            transcripts.kind(text)
            for text in others
            if text not in used and transcripts.stem_of(text) in stems and transcripts.is_text(text)
        }
        - kinds.keys()
    }
    if not beside:
        return ()
    taken = ", ".join(f"{folder}/*{suffix}" for folder, suffix in kinds)
    text = (
        f"several texts lie beside each sound file: {taken} is taken, others are {', '.join(sorted(beside))}"
    )
    remedy = "if it is not what is said there, take the others out of the folder"
    return (Finding(check="target_guess", severity="warning", count=len(texts), text=text, remedy=remedy),)


def _axes(headers: list[tuple[int, int, int]], wanted: Format) -> tuple[Axis, ...]:
    """`time` has a size only where all headers that were read say the same."""
    steps = {round(frames * wanted.rate / rate) for frames, rate, _ in headers}
    size = steps.pop() if len(steps) == 1 else None
    return Axis(name="time", size=size, spacing=1 / wanted.rate, unit="s"), Axis(
        name="channel", size=wanted.channels
    )


def _mixed(name: str, counts: Counter[int], unit: str) -> list[Finding]:
    """What is said where files differ in their rate or their number of channels."""
    if len(counts) < 2:
        return []
    common, count = counts.most_common(1)[0]
    shown = ", ".join(f"{value} {unit}: {files} files" for value, files in counts.most_common(4))
    return [
        Finding(
            check=f"mixed_{name}",
            severity="warning",
            count=counts.total() - count,
            text=f"sound files differ in their {name} ({shown} of {counts.total()} looked at)",
            remedy=f"all are read as {common} {unit}; check that classes do not differ in it",
        )
    ]


def _headers(found: Found) -> tuple[list[tuple[int, int, int]], dict[int, str]]:
    """(frames, rate, channels) of an even sample of files, and the damaged ones."""
    headers, damaged = [], {}
    for i in header_sample(found, HEADERS):
        try:
            with _opened(found.files[i]) as sound:
                headers.append((sound.frames, sound.samplerate, sound.channels))
        except UnreadableSampleError as error:
            damaged[i] = "a sound file that cannot be decoded" if "cannot be" in str(error) else str(error)
    return headers, damaged


@contextmanager
def _opened(path: Path) -> Iterator[SoundFile]:
    """A sound file within its limit; every fault while it is open becomes UnreadableSampleError."""
    try:
        import soundfile
    except (ImportError, OSError) as error:  # OSError: the package is there, its libsndfile is not
        raise MissingExtraError("soundfile", "audio", "reading sound files") from error
    try:
        with soundfile.SoundFile(str(path)) as sound:
            if sound.frames <= 0:
                raise UnreadableSampleError(f"{path}: holds no sound: remove it")
            if sound.frames * sound.channels > MAX_VALUES:
                raise UnreadableSampleError(
                    f"{path}: has {sound.frames:,} steps of {sound.channels} channel(s), more than "
                    f"{MAX_VALUES:,} values: cut it into pieces"
                )
            yield sound
    except (RuntimeError, OSError, ValueError, TypeError) as error:  # libsndfile's errors are RuntimeErrors
        raise UnreadableSampleError(f"{path}: cannot be decoded ({error}): replace or remove it") from error


def _with_channels(values: NDArray[np.float32], channels: int) -> NDArray[np.float32]:
    """The mean of all channels where one is wanted; else the first ones, or the first one repeated."""
    if values.shape[1] == channels:
        return values
    if channels == 1:
        return np.asarray(values.mean(axis=1, keepdims=True), dtype=np.float32)
    places = [min(place, values.shape[1] - 1) for place in range(channels)]
    return values[:, places]
