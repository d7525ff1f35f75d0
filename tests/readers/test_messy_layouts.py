"""Layouts that people keep public data sets in: what is read, in one small copy each."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from advisor import readers

RNG = np.random.default_rng(0)
WORDS = "the plot of this film was long and dull but its light and music were a joy to all".split()


def write(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def sentence(words: int = 12) -> str:
    return " ".join(RNG.choice(WORDS, words))


def picture(path: Path, size: int = 12) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(RNG.integers(0, 255, (size, size, 3), dtype=np.uint8)).save(path)


def walk(steps: int) -> np.typing.NDArray[np.float64]:
    return np.cumsum(RNG.normal(size=steps))


def tweets(path: Path) -> None:
    """A text among many columns, a label whose name ends as labels are called, and an empty column."""
    moods = ("negative", "positive")
    rows = [f"{570 + i},{moods[i % 2]},{i % 7 / 7:.2f},{'ABC'[i % 3]},{i % 4},x{i % 5}" for i in range(60)]
    rows = [f"{row},,{sentence()}" for row in rows]
    write(
        path / "Tweets.csv",
        "tweet_id,airline_sentiment,airline_sentiment_confidence,airline,retweets,user,gold,text",
        *rows,
    )


def reviews(path: Path) -> None:
    """Messages with their time are no series."""
    rows = [{"unixTime": 1393545600 + 86400 * i, "stars": i % 5, "reviewText": sentence()} for i in range(60)]
    write(path / "reviews.jsonl", *map(json.dumps, rows))


def toxic(path: Path) -> None:
    """A test part without any of the labels."""
    rows = [f"{i},{sentence()},{i % 2},{i % 3 // 2}" for i in range(60)]
    write(path / "train.csv", "id,comment,toxic,threat", *rows[:40])
    write(path / "test.csv", "id,comment", *(row[:-4] for row in rows[40:]))


def emotions(path: Path) -> None:
    rows = [f"{sentence()}\t{','.join(map(str, sorted({i % 3, i % 5})))}" for i in range(90)]
    for part, chosen in (("train", rows[:60]), ("dev", rows[60:])):
        write(path / f"{part}.tsv", *chosen)


def tokens(path: Path) -> None:
    rows = [sentence(5 + i % 4).split() for i in range(40)]
    write(
        path / "train.jsonl",
        *(
            json.dumps({"id": i, "tokens": r, "ner_tags": [len(w) % 3 for w in r]})
            for i, r in enumerate(rows)
        ),
    )


def documents(path: Path) -> None:
    for i in range(12):
        write(path / f"docs/doc_{i}.txt", sentence(30))
    write(path / "labels.csv", "doc,topic", *(f"doc_{i},{'ab'[i % 2]}" for i in range(12)))


def table_as_text(path: Path) -> None:
    rows = [f"{i}\t{i % 2}\tName {i}, of {i}\t{i % 9}\t{i * 0.7:.1f}" for i in range(60)]
    write(path / "people.txt", "id\tsurvived\tname\tclass\tfare", *rows)


def european(path: Path) -> None:
    """Decimal commas between semicolons, and two empty columns at the end."""
    load = walk(60)
    rows = [
        f"{1 + i // 24:02}/03/2004;{i % 24:02}.00.00;{v:.1f};{2 * v:.1f};;".replace("-", "")
        .replace(".", ",")
        .replace(",00,00", ".00.00")
        for i, v in enumerate(load)
    ]
    write(path / "air.csv", "Date;Time;CO(GT);C6H6(GT);;", *rows)


def mixed_hours(path: Path) -> None:
    times = pd.date_range("2020-01-01", periods=200, freq="h")
    rows = [f"{t},{v:.2f}" for t, v in zip(times, walk(200), strict=True)]
    write(path / "load.csv", "Datetime,MW", *rows[120:], *rows[:120])


def shares(path: Path) -> None:
    """A file for each series, over the same days."""
    for name, steps in (("aapl.us", 80), ("msft.us", 60)):
        days = pd.bdate_range("2020-01-01", periods=steps)
        write(
            path / f"{name}.txt",
            "Date,Open,Close",
            *(f"{d.date()},{v:.2f},{v + 1:.2f}" for d, v in zip(days, walk(steps), strict=True)),
        )


def monash(path: Path) -> None:
    lines = [f"T{i}:1979-01-01 00-00-00:" + ",".join(f"{v:.2f}" for v in walk(20 + i)) for i in range(5)]
    head = [
        "# about",
        "@relation x",
        "@attribute series_name string",
        "@attribute start date",
        "@frequency monthly",
    ]
    write(path / "deep/er/tourism.tsf", *head, "@missing false", "@data", *lines[:-1], lines[-1] + ",?")


def channels(path: Path) -> None:
    """Series one folder below the features that were worked out from them."""
    for part, count in (("train", 30), ("test", 15)):
        for axis in "xyz":
            write(
                path / f"{part}/Inertial Signals/acc_{axis}_{part}.txt",
                *(" ".join(f"{v: .7e}" for v in walk(32)) for _ in range(count)),
            )
        write(
            path / f"{part}/X_{part}.txt",
            *(" ".join(f"{v: .7e}" for v in RNG.normal(size=20)) for _ in range(count)),
        )
        write(path / f"{part}/y_{part}.txt", *(str(1 + i % 3) for i in range(count)))


def phones(path: Path) -> None:
    """Recordings below one another without names, and a mark at the end of each row."""
    rows = []
    for run in range(12):
        head = f"{1 + run // 3},{['Jogging', 'Walking', 'Sitting'][run % 3]}"
        for step, (x, y, z) in enumerate(zip(walk(30), walk(30), walk(30), strict=True)):
            rows.append(f"{head},{49105962 + 10000 * run + 50 * step},{x:.4f},{y:.4f},{z:.4f};")
    write(path / "raw.txt", *rows)


def across(path: Path) -> None:
    """A column for each series."""
    np.savetxt(
        path / "signals.csv", np.stack([walk(60) for _ in range(24)], axis=1), delimiter=",", fmt="%.4f"
    )
    write(path / "labels.csv", *("ab"[i % 2] for i in range(24)))


def hub_pictures(path: Path) -> None:
    rows = []
    for i in range(30):
        data = io.BytesIO()
        Image.fromarray(RNG.integers(0, 255, (12, 12, 3), dtype=np.uint8)).save(data, "PNG")
        rows.append({"image": {"bytes": data.getvalue(), "path": None}, "label": i % 3})
    for part, chosen in (("train", rows[:20]), ("test", rows[20:])):
        (path / "data").mkdir(exist_ok=True)
        pd.DataFrame(chosen).to_parquet(path / f"data/{part}-00000-of-00001.parquet")


def cifar(path: Path) -> None:
    smooth = np.cumsum(np.cumsum(RNG.normal(size=(40, 3, 32, 32)), axis=2), axis=3)
    pixels = (255 * (smooth - smooth.min()) / np.ptp(smooth)).astype(np.uint8).reshape(40, -1)
    records = np.concatenate([(np.arange(40, dtype=np.uint8) % 2)[:, None], pixels], axis=1)
    (path / "batches").mkdir()
    (path / "batches/data_batch_1.bin").write_bytes(records[:20].tobytes())
    (path / "batches/test_batch.bin").write_bytes(records[20:].tobytes())
    write(path / "batches/batches.meta.txt", "cat", "ship")


def digits_by_class(path: Path) -> None:
    from scipy.io import savemat

    smooth = np.cumsum(np.cumsum(RNG.normal(size=(60, 8, 8)), axis=1), axis=2).reshape(60, 64)
    savemat(
        path / "all.mat",
        {f"{part}{k}": smooth[k * 9 : k * 9 + 5 + k] for part in ("train", "test") for k in range(3)},
    )


def padded(path: Path) -> None:
    lengths = RNG.integers(9, 25, 30)
    np.savez(path / "a.npz", X=RNG.normal(size=(30, 28, 3)), lengths=lengths, y=np.arange(30) % 2)


def cases(path: Path) -> None:
    """A volume and its mask in each file, of sizes of their own."""
    for i in range(4):
        shape = (9 + i, 10, 8)
        np.savez(path / f"case{i}.npz", image=RNG.normal(size=shape), label=RNG.integers(0, 2, shape))


def metadata(path: Path) -> None:
    for i in range(8):
        picture(path / f"train/{i}.png")
    write(
        path / "train/metadata.jsonl",
        *(json.dumps({"file_name": f"{i}.png", "label": "ab"[i % 2]}) for i in range(8)),
    )


def validation_without_classes(path: Path) -> None:
    for i in range(8):
        picture(path / f"train/n0{i % 2}/images/n0{i % 2}_{i}.JPEG")
        picture(path / f"val/images/val_{i}.JPEG")


def copied(path: Path) -> None:
    for i in range(8):
        for folder in (path / "cells", path / "cells/cells"):
            picture(folder / ("sick" if i % 2 else "well") / f"{i}.png")


def listed_parts(path: Path) -> None:
    for i in range(12):
        picture(path / f"images/{'ab'[i % 2]}/x{i // 2}.jpg")
    write(path / "meta/validation_list.txt", "a/x0.jpg", "b/x1.jpg")
    write(path / "meta/testing_list.txt", "a/x2", "b/x2")


@pytest.mark.parametrize(
    ("make", "form", "samples", "target", "kind"),
    [
        (tweets, "text-table", 60, "airline_sentiment", "category"),
        (reviews, "text-table", 60, "stars", "category"),
        (toxic, "text-table", 60, "labels", "labels"),
        (emotions, "text-table", 90, "column1", "labels"),
        (tokens, "tagged-words", 40, "tags", "tags"),
        (documents, "text-folder", 12, "topic", "category"),
        (table_as_text, "table", 60, "survived", "category"),
        (european, "csv-series", 1, "all", "future"),
        (mixed_hours, "csv-series", 1, "all", "future"),
        (shares, "table-series", 2, "all", "future"),
        (monash, "tsf", 5, "all", "future"),
        (channels, "table-series", 45, "column0", "category"),
        (phones, "table-series", 12, "column1", "category"),
        (across, "table-series", 24, "column0.label", "category"),
        (hub_pictures, "picture-table", 30, "label", "category"),
        (cifar, "byte-records", 40, "label", "category"),
        (digits_by_class, "array", 36, "label", "category"),
        (padded, "array", 30, "label", "category"),
        (cases, "array", 4, "label", "mask"),
        (metadata, "image-files", 8, "label", "category"),
        (validation_without_classes, "image-folder", 16, "label", "category"),
        (copied, "image-folder", 8, "label", "category"),
        (listed_parts, "image-folder", 12, "label", "category"),
    ],
)
def test_what_is_read(
    tmp_path: Path, make: Callable[[Path], None], form: str, samples: int, target: str, kind: str
) -> None:
    make(tmp_path)
    source = readers.read(tmp_path)
    assert (source.spec.format, len(source)) == (form, samples)
    assert source.spec.target is not None
    assert (source.spec.target.name, source.spec.target.kind) == (target, kind)
    source.read(samples - 1)


def test_hours_that_lie_mixed_are_sorted(tmp_path: Path) -> None:
    mixed_hours(tmp_path)
    source = readers.read(tmp_path)
    assert source.timestamps is not None
    assert source.timestamps[0] == "2020-01-01T00:00:00"
    first = (tmp_path / "load.csv").read_text().splitlines()[81].split(",")[1]
    assert np.asarray(source.read(0))[0, 0] == pytest.approx(float(first))


def test_classes_and_parts_of_arrays_by_their_names(tmp_path: Path) -> None:
    digits_by_class(tmp_path)
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert source.spec.target.class_names == ("0", "1", "2")
    assert (source.spec.splits.train, source.spec.splits.test) == (18, 18)


def test_padding_is_cut_off(tmp_path: Path) -> None:
    padded(tmp_path)
    source = readers.read(tmp_path)
    lengths = np.load(tmp_path / "a.npz")["lengths"]
    assert [np.asarray(source.read(i)).shape[0] for i in range(30)] == lengths.tolist()


def test_lists_of_files_give_the_parts(tmp_path: Path) -> None:
    listed_parts(tmp_path)
    splits = readers.read(tmp_path).spec.splits
    assert (splits.train, splits.validation, splits.test) == (8, 2, 2)


def test_classes_of_pictures_that_are_records(tmp_path: Path) -> None:
    cifar(tmp_path)
    source = readers.read(tmp_path)
    assert (source.spec.splits.train, source.spec.splits.test) == (20, 20)
    assert source.labels is not None
    assert source.labels[:3].tolist() == ["cat", "ship", "cat"]
    raw = np.frombuffer((tmp_path / "batches/data_batch_1.bin").read_bytes(), np.uint8)
    assert np.asarray(source.read(0))[0, 1].tolist() == raw[[2, 1026, 2050]].tolist()


@pytest.mark.parametrize(
    ("rows", "target"),
    [
        (
            [f"{'abcdefgh'[i % 8]},{i % 9},{i % 7 + 2},{i % 8 + 1},{(i * 5) % 9}" for i in range(240)],
            "column0",
        ),
        ([f'{10 + i % 30}.5,{i % 4},{i * 3.1:.1f},"car {i % 60} x"' for i in range(120)], "column0"),
        ([f"{'MFI'[i % 3]},{i / 300:.3f},{i / 500:.3f},{i % 12}" for i in range(120)], "column3"),
    ],
    ids=["letters before whole numbers", "names of the rows at the end", "classes counted at the end"],
)
def test_targets_of_tables_without_names(tmp_path: Path, rows: list[str], target: str) -> None:
    write(tmp_path / "a.data", *rows)
    source = readers.read(tmp_path)
    assert source.spec.target is not None
    assert source.spec.target.name == target
