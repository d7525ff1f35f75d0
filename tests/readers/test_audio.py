"""Sound files written here, small, and read again."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from advisor import readers
from advisor.errors import DataError, MissingExtraError, NoDataError, UnreadableSampleError, UsageError
from advisor.readers.sound import audio

soundfile = pytest.importorskip("soundfile")


def tone(path: Path, *, steps: int = 800, rate: int = 8000, channels: int = 1, hertz: float = 440.0) -> Path:
    """A sine of half the full scale; the second channel is silent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    wave = 0.5 * np.sin(2 * np.pi * hertz * np.arange(steps) / rate)
    soundfile.write(path, np.stack([wave, np.zeros(steps)][:channels], axis=1), rate)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for label in ("high", "low"):
        for i in range(3):
            tone(tmp_path / label / f"{i}.wav", steps=800 + 10 * i)
    return tmp_path


def test_class_folders(folder: Path) -> None:
    source = readers.read(folder)
    assert (source.spec.format, len(source)) == ("audio-files", 6)
    assert source.labels is not None
    assert source.labels.tolist() == ["high"] * 3 + ["low"] * 3
    time, channel = source.spec.input.axes
    assert (time.name, time.size, time.unit, channel.size) == ("time", None, "s", 1)
    assert time.spacing == pytest.approx(1 / 8000)
    sample = np.asarray(source.read(1))
    assert (sample.shape, sample.dtype) == ((810, 1), np.float32)
    assert sample.max() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("suffix", [".WAV", ".flac", ".ogg", ".mp3"])
def test_forms_of_sound(tmp_path: Path, suffix: str) -> None:
    for i in range(2):
        tone(tmp_path / "ab"[i] / f"x{suffix}", steps=4096)
    source = readers.read(tmp_path)
    assert abs(len(np.asarray(source.read(0))) - 4096) < 2400  # MP3 pads by up to two frames of 1,152


def test_parts_around_class_folders(tmp_path: Path) -> None:
    for part in ("Training", "test"):
        for label in ("a", "b"):
            tone(tmp_path / "data" / part / label / "x.wav")
    source = readers.read(tmp_path)
    assert (source.spec.splits.train, source.spec.splits.test) == (2, 2)


def test_labels_in_the_names(tmp_path: Path) -> None:
    for label in ("angry", "sad"):
        for speaker in range(1, 4):
            for take in range(3):
                tone(tmp_path / "wavs" / f"{label}_speaker{speaker}_{take:02d}.wav")
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert source.spec.target.class_names == ("angry", "sad")
    assert [note.check for note in source.notes] == ["target_guess"]
    chosen = readers.read(tmp_path, target="name2")
    assert chosen.labels is not None
    assert set(chosen.labels.tolist()) == {"speaker1", "speaker2", "speaker3"}


def test_names_tell_more_than_folders_of_actors(tmp_path: Path) -> None:
    for actor in range(1, 5):
        for emotion in ("angry", "sad"):
            for take in range(3):
                tone(tmp_path / f"Actor_{actor:02d}" / f"{emotion}_{take}_{actor}.wav")
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert source.spec.target.class_names == ("angry", "sad")


def test_a_table_of_labels_and_folds(tmp_path: Path) -> None:
    for i in range(12):
        tone(tmp_path / "audio" / f"fold{i % 3 + 1}" / f"{1000 + i * 37}-{i % 4}.wav")
    rows = "".join(
        f"{1000 + i * 37}-{i % 4}.wav,{i % 3 + 1},{'bark' if i % 2 else 'siren'}\n" for i in range(12)
    )
    (tmp_path / "metadata").mkdir()
    (tmp_path / "metadata" / "all.csv").write_text("slice_file_name,fold,class\n" + rows)
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert (source.spec.target.name, source.spec.target.class_names) == ("class", ("bark", "siren"))


@pytest.mark.parametrize("layout", ["beside", "apart", "table", "lines"])
def test_transcripts(tmp_path: Path, layout: str) -> None:
    for i in range(8):
        who = f"p22{i % 2}"
        tone(tmp_path / "wav" / who / f"p225_{i:03d}.wav")
        text = tmp_path / ("wav" if layout == "beside" else "txt") / who / f"p225_{i:03d}.txt"
        if layout in ("beside", "apart"):
            text.parent.mkdir(parents=True, exist_ok=True)
            text.write_text(f"Please call number {i} again")
    said = [(f"p225_{i:03d}", f"Please call {'the ' * (i % 3)}number {i}") for i in range(8)]
    if layout == "table":
        (tmp_path / "metadata.csv").write_text("".join(f"{name}|{text}\n" for name, text in said))
    if layout == "lines":
        (tmp_path / "p225.trans.txt").write_text("".join(f"{name} {text}\n" for name, text in said))
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert (source.spec.target.kind, source.labels, len(source)) == ("text", None, 8)


def test_one_of_several_texts_for_each_file(tmp_path: Path) -> None:
    for i in range(8):
        tone(tmp_path / "train" / "wav" / f"{i}.wav", steps=800 + i)
        for folder in ("de", "en"):
            text = tmp_path / "train" / folder / f"{i}.words"
            text.parent.mkdir(exist_ok=True)
            text.write_text(f"{folder} please call number {i} again")
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert source.spec.target.kind == "text"
    assert [note.check for note in source.notes] == ["target_guess"]
    assert "de/*.words is taken, others are en/*.words" in source.notes[0].text


def test_texts_in_files_of_kaldi(tmp_path: Path) -> None:
    for i in range(8):
        tone(tmp_path / "sound" / f"rec_{i}.wav", steps=800 + i)
    for part, numbers in (("train", range(5)), ("test", range(5, 8))):
        folder = tmp_path / "data" / part
        folder.mkdir(parents=True)
        folder.joinpath("text").write_text("".join(f"anna-{i} PLEASE CALL NUMBER {i}\n" for i in numbers))
        scp = "".join(f"anna-{i} sox /home/anna/rec_{i}.wav -t wav - |\n" for i in numbers)
        folder.joinpath("wav.scp").write_text(scp)
        folder.joinpath("utt2spk").write_text("".join(f"anna-{i} anna\n" for i in numbers))
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert (source.spec.target.kind, source.labels, source.spec.splits.test) == ("text", None, 3)


def test_a_class_in_a_file_beside_each(tmp_path: Path) -> None:
    for i in range(8):
        tone(tmp_path / f"{i * 31}.wav").with_suffix(".txt").write_text("yes\n" if i % 2 else "no\n")
    source = readers.read(tmp_path)
    assert source.labels is not None
    assert sorted(set(source.labels.tolist())) == ["no", "yes"]


def test_without_labels_health_is_told(tmp_path: Path) -> None:
    for i in range(5):
        tone(tmp_path / f"{i}.wav")
    source = readers.read(tmp_path)
    assert (source.labels, source.spec.target) == (None, None)
    assert [note.check for note in source.notes] == ["labels"]


def test_mixed_rates_and_channels_become_the_commonest(tmp_path: Path) -> None:
    for i in range(6):
        tone(tmp_path / "ab"[i % 2] / f"{i}.wav", steps=800)
    tone(tmp_path / "a" / "fast.wav", steps=1600, rate=16000, channels=2)
    source = readers.read(tmp_path)
    sample = np.asarray(source.read(list(source.ids).index("a/fast.wav")))
    assert sample.shape == (800, 1)
    assert sample.max() == pytest.approx(0.25, abs=0.01)  # the mean with a silent channel
    assert [note.check for note in source.notes] == ["mixed_rates", "mixed_channels"]


def test_resampling_keeps_the_tone_and_folds_nothing_back() -> None:
    time = np.arange(1600) / 16000
    low, high = (np.sin(2 * np.pi * hertz * time)[:, None].astype(np.float32) for hertz in (1000, 7000))
    assert np.allclose(audio.resample(low, 800)[:, 0], low[::2, 0], atol=0.02)
    assert np.abs(audio.resample(high, 800)).max() < 0.02


def test_damaged_and_empty_files_are_left_out(folder: Path) -> None:
    (folder / "high" / "broken.wav").write_bytes(b"RIFF\x00\x00")
    (folder / "high" / "empty.wav").touch()
    tone(folder / "low" / "none.wav", steps=0)
    source = readers.read(folder)
    assert len(source) == 6
    assert {skipped.where for skipped in source.skipped} == {
        "high/broken.wav", "high/empty.wav", "low/none.wav",
    }  # fmt: skip


def test_a_file_damaged_after_its_header_was_read(folder: Path) -> None:
    source = readers.read(folder)
    (folder / "high" / "0.wav").write_bytes(b"not sound")
    with pytest.raises(UnreadableSampleError, match=r"0\.wav: cannot be decoded"):
        source.read(0)


def test_a_sound_beyond_the_limit_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = readers.read(folder)
    monkeypatch.setattr(audio, "MAX_VALUES", 500)
    with pytest.raises(UnreadableSampleError, match="more than 500 values: cut it into pieces"):
        source.read(0)


def test_nothing_but_a_damaged_file(tmp_path: Path) -> None:
    (tmp_path / "talk.wav").write_bytes(b"RIFF")
    with pytest.raises(NoDataError, match="none of 1 files can be read"):
        readers.read(tmp_path)


def test_one_recording_is_one_series(tmp_path: Path) -> None:
    source = readers.read(tone(tmp_path / "x.wav"))
    assert (len(source), source.labels, source.notes) == (1, None, ())


@pytest.mark.parametrize(("where", "count"), [("", 6), ("low", 3), ("low/0.wav", 1)])
def test_new_sound(folder: Path, where: str, count: int) -> None:
    source = readers.read_unlabelled(folder / where, "audio-files")
    assert (len(source), source.labels) == (count, None)


def test_new_sound_must_be_sound(folder: Path) -> None:
    (folder / "a.txt").write_text("x")
    with pytest.raises(DataError, match="is no sound file"):
        readers.read_unlabelled(folder / "a.txt", "audio-files")


def test_without_soundfile(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'architecture-advisor\[audio\]'"):
        readers.read(folder)


def test_a_target_that_is_neither_column_nor_piece_is_refused(tmp_path: Path) -> None:
    for i in range(6):
        tone(tmp_path / f"{'ab'[i % 2]}_{i}.wav")
    with pytest.raises(UsageError, match="`--target mood` is no piece of the file names"):
        readers.read(tmp_path, target="mood")
