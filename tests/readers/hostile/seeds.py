"""A small, valid data set of every form that is read; what hostile files are made from."""

from __future__ import annotations

import gzip
import io
import json
import struct
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

Build = Callable[[Path], None]
CLASSES = ("cat", "dog")
EACH = 4  # samples of each class, in forms with a file per sample


def noise(seed: int, *shape: int) -> np.ndarray:
    """uint8 values, other ones for each seed."""
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def waves(count: int, steps: int) -> np.ndarray:
    """[count, steps] float32: sines of two frequencies in turn, with noise."""
    rng = np.random.default_rng(0)
    slow = 1 + np.arange(count)[:, None] % 2
    found = np.sin(slow * np.linspace(0, 12, steps)) + 0.1 * rng.standard_normal((count, steps))
    return found.astype(np.float32)


def per_class(folder: Path, suffix: str, content: Callable[[int], bytes]) -> None:
    """EACH files in a folder of each class."""
    for place, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        for i in range(EACH):
            (folder / name / f"{i}{suffix}").write_bytes(content(place * EACH + i))


def picture(form: str, seed: int, mode: str = "RGB") -> bytes:
    from PIL import Image

    values = noise(seed, 12, 14, 3) if mode == "RGB" else noise(seed, 12, 14) // 128 * 255
    file = io.BytesIO()
    Image.fromarray(values).save(file, form)
    return file.getvalue()


def animation(seed: int) -> bytes:
    from PIL import Image

    frames = [Image.fromarray(noise(seed + i, 12, 14)) for i in range(3)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    return file.getvalue()


def stack(seed: int, compression: str | None) -> bytes:
    import tifffile

    file = io.BytesIO()
    tifffile.imwrite(file, noise(seed, 5, 16, 16), compression=compression)
    return file.getvalue()


def volume(seed: int) -> bytes:
    import nibabel

    image = nibabel.Nifti1Image(noise(seed, 6, 7, 8).astype(np.int16), np.eye(4))
    return bytes(image.to_bytes())


def sound(form: str, seed: int) -> bytes:
    import soundfile

    file = io.BytesIO()
    values = waves(1, 4_000 + 100 * seed)[0] * 0.5
    soundfile.write(file, values, 8_000, format=form, **({"subtype": "VORBIS"} if form == "OGG" else {}))
    return file.getvalue()


def plain_wave(seed: int) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, 8_000, 0, "NONE", ""))
        writer.writeframes((waves(1, 1_000 + seed)[0] * 9_000).astype("<i2").tobytes())
    return file.getvalue()


def clip(form: str, codec: str, seed: int) -> bytes:
    import av

    file = io.BytesIO()
    with av.open(file, "w", format=form) as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for i in range(6):
            frame = av.VideoFrame.from_ndarray(noise(seed * 10 + i, 32, 32, 3), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def table(separator: str = ",") -> str:
    rows = [["width", "height", "colour", "kind"]]
    values = waves(40, 2)
    for i, (first, second) in enumerate(values.tolist()):
        rows.append([f"{first:.3f}", f"{second + i % 2:.3f}", "red" if i % 3 else "blue", CLASSES[i % 2]])
    return "".join(separator.join(row) + "\n" for row in rows)


def records() -> list[dict[str, object]]:
    return [
        {"width": round(float(a), 3), "height": round(float(b), 3), "kind": CLASSES[i % 2]}
        for i, (a, b) in enumerate(waves(40, 2))
    ]


def arrays() -> tuple[np.ndarray, np.ndarray]:
    """[40, 30] series and their labels."""
    return waves(40, 30), np.arange(40) % 2


def npy(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


def npz(save: Callable[..., None] = np.savez) -> bytes:
    file = io.BytesIO()
    x, y = arrays()
    save(file, x=x, y=y)
    return file.getvalue()


def hdf5(folder: Path) -> None:
    import h5py

    x, y = arrays()
    with h5py.File(folder / "data.h5", "w") as file:
        file.create_dataset("x", data=x, chunks=(10, 30), compression="gzip")
        file.create_dataset("y", data=y)


def matlab(folder: Path, *, packed: bool) -> None:
    from scipy.io import savemat

    x, y = arrays()
    savemat(folder / "data.mat", {"x": x, "y": y}, do_compression=packed)


def netcdf(folder: Path) -> None:
    from scipy.io import netcdf_file

    with netcdf_file(folder / "data.nc", "w", mmap=False) as file:
        for name, size in (("time", 20), ("lat", 6), ("lon", 8)):
            file.createDimension(name, size)
        variable = file.createVariable("t2m", "f4", ("time", "lat", "lon"))
        variable[:] = waves(20, 48).reshape(20, 6, 8)
        variable.units = "K"


def zarr(folder: Path, version: int) -> None:
    import zarr as library

    x, y = arrays()
    group = library.open_group(folder / "data.zarr", mode="w", zarr_format=version)
    group.create_array("x", data=x, chunks=(10, 30))
    group.create_array("y", data=y)


def parquet(folder: Path, *, feather: bool = False) -> None:
    import pyarrow
    from pyarrow import feather as feathers
    from pyarrow import parquet as parquets

    found = pyarrow.Table.from_pylist(records())
    if feather:
        feathers.write_feather(found, folder / "data.feather")
    else:
        parquets.write_table(found, folder / "data.parquet")


def arff() -> str:
    lines = ["@relation kinds", "@attribute width numeric", "@attribute height numeric"]
    lines += ["@attribute kind {cat,dog}", "@data"]
    return "\n".join(
        [*lines, *(f"{a:.3f},{b:.3f},{CLASSES[i % 2]}" for i, (a, b) in enumerate(waves(40, 2)))]
    )


def ts() -> str:
    head = "@problemName p\n@timeStamps false\n@univariate true\n@classLabel true cat dog\n@data\n"
    return head + "".join(
        ",".join(f"{value:.3f}" for value in row) + f":{CLASSES[i % 2]}\n"
        for i, row in enumerate(waves(12, 20))
    )


def ucr() -> str:
    return "".join(
        f"{i % 2 + 1}\t" + "\t".join(f"{value:.3f}" for value in row) + "\n"
        for i, row in enumerate(waves(24, 40))
    )


def idx(folder: Path, *, packed: bool) -> None:
    for part, count in (("train", 30), ("t10k", 10)):
        values, labels = noise(1, count, 9, 9).tobytes(), bytes(i % 2 for i in range(count))
        files = {
            f"{part}-images-idx3-ubyte": struct.pack(">HBBIII", 0, 8, 3, count, 9, 9) + values,
            f"{part}-labels-idx1-ubyte": struct.pack(">HBBI", 0, 8, 1, count) + labels,
        }
        for name, data in files.items():
            (folder / (f"{name}.gz" if packed else name)).write_bytes(gzip.compress(data) if packed else data)


def zipped(folder: Path) -> None:
    with zipfile.ZipFile(folder / "data.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.csv", table())


SENTENCES = [
    f"the {('small', 'large')[i % 2]} animal number {i} {('sleeps', 'runs')[i % 2]} all day"
    for i in range(24)
]


def fasta() -> str:
    letters = np.random.default_rng(0).choice(list("ACGT"), (20, 30))
    return "".join(f">{i} {CLASSES[i % 2]}\n{''.join(row)}\n" for i, row in enumerate(letters.tolist()))


def conll() -> str:
    lines = [[(word, "B-NUM" if word.isdigit() else "O") for word in text.split()] for text in SENTENCES]
    return "\n".join("".join(f"{word} {tag}\n" for word, tag in line) for line in lines)


def voc(folder: Path) -> None:
    for i in range(6):
        (folder / f"{i}.png").write_bytes(picture("PNG", i))
        (folder / f"{i}.xml").write_text(
            f"<annotation><filename>{i}.png</filename><size><width>14</width><height>12</height></size><object>"
            "<name>cat</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>"
            "</annotation>"
        )


def coco(folder: Path) -> None:
    for i in range(6):
        (folder / f"{i}.png").write_bytes(picture("PNG", i))
    images = [{"id": i, "file_name": f"{i}.png", "width": 14, "height": 12} for i in range(6)]
    boxes = [{"id": i, "image_id": i, "category_id": 1, "bbox": [1, 1, 8, 8], "area": 64} for i in range(6)]
    described = {"images": images, "annotations": boxes, "categories": [{"id": 1, "name": "cat"}]}
    (folder / "boxes.json").write_text(json.dumps(described))


def via(folder: Path) -> None:
    shape = {"name": "polygon", "all_points_x": [1, 8, 8], "all_points_y": [1, 1, 9]}
    regions = [{"shape_attributes": shape, "region_attributes": {"kind": "cat"}}]
    for i in range(6):
        (folder / f"{i}.png").write_bytes(picture("PNG", i))
    described = {f"{i}.png9": {"filename": f"{i}.png", "size": 9, "regions": regions} for i in range(6)}
    (folder / "via.json").write_text(json.dumps(described))


def cvat(folder: Path) -> None:
    for i in range(6):
        (folder / f"{i}.png").write_bytes(picture("PNG", i))
    polygon = '<polygon label="cat" points="1,1;8,1;8,9"/>'
    images = "".join(
        f'<image id="{i}" name="{i}.png" width="14" height="12">{polygon}</image>' for i in range(6)
    )
    (folder / "annotations.xml").write_text(f"<annotations><version>1.1</version>{images}</annotations>")


def kaldi(folder: Path) -> None:
    for i in range(8):
        (folder / f"take{i}.wav").write_bytes(plain_wave(i))
    lines = {"text": "u{0} {1}", "wav.scp": "u{0} take{0}.wav"}
    for name, line in lines.items():
        (folder / name).write_text("".join(line.format(i, SENTENCES[i]) + "\n" for i in range(8)))


def spans() -> str:
    """Texts with the places in them that are tagged."""
    rows = ({"text": line, "label": [[4, 9, "SIZE"], [10, 16, "WHAT"]]} for line in SENTENCES)
    return "".join(json.dumps(row) + "\n" for row in rows)


def yolo(folder: Path) -> None:
    for i in range(6):
        (folder / f"{i}.png").write_bytes(picture("PNG", i))
        (folder / f"{i}.txt").write_text(f"{i % 2} 0.5 0.5 0.25 0.25\n")


def listed(folder: Path) -> None:
    for i in range(8):
        (folder / f"{i:03d}.png").write_bytes(picture("PNG", i))
    (folder / "labels.csv").write_text(
        "file,kind\n" + "".join(f"{i:03d}.png,{CLASSES[i % 2]}\n" for i in range(8))
    )


def masks(folder: Path) -> None:
    for name in ("images", "masks"):
        (folder / name).mkdir()
    for i in range(6):
        (folder / "images" / f"{i}.png").write_bytes(picture("PNG", i))
        (folder / "masks" / f"{i}.png").write_bytes(picture("PNG", i, "L"))


def pixels() -> str:
    rows = [",".join(["label", *(f"pixel{i}" for i in range(64))])]
    rows += [f"{i % 2}," + ",".join(map(str, noise(i, 64).tolist())) for i in range(20)]
    return "\n".join(rows)


def graph(folder: Path) -> None:
    (folder / "values.csv").write_text(
        "time,a,b,c\n" + "".join(f"2020-01-{i + 1:02d},{i % 7},{i % 5},{i % 3}\n" for i in range(28))
    )
    (folder / "adjacency.csv").write_text(",a,b,c\na,0,1,0\nb,1,0,1\nc,0,1,0\n")


def stations(folder: Path) -> None:
    for name in ("north", "south", "east"):
        lines = "".join(f"2020-01-{i + 1:02d},{i % 7}.5\n" for i in range(28))
        (folder / f"{name}.csv").write_text(f"date,temperature\n{lines}")


def text(name: str, content: str | bytes) -> Build:
    """A builder of one file."""
    return lambda folder: void(
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    )


def void(_: object) -> None:
    """Nothing, of anything."""


def classes(suffix: str, content: Callable[[int], bytes]) -> Build:
    """A builder of a folder per class."""
    return lambda folder: per_class(folder, suffix, content)


SEEDS: dict[str, tuple[Build, str]] = {
    "png": (classes(".png", lambda i: picture("PNG", i)), ".png"),
    "jpeg": (classes(".jpg", lambda i: picture("JPEG", i)), ".jpg"),
    "bmp": (classes(".bmp", lambda i: picture("BMP", i)), ".bmp"),
    "webp": (classes(".webp", lambda i: picture("WEBP", i)), ".webp"),
    "ppm": (classes(".ppm", lambda i: picture("PPM", i)), ".ppm"),
    "tga": (classes(".tga", lambda i: picture("TGA", i)), ".tga"),
    "jpeg2000": (classes(".jp2", lambda i: picture("JPEG2000", i)), ".jp2"),
    "tiff": (classes(".tif", lambda i: picture("TIFF", i)), ".tif"),
    "tiff-stack": (classes(".tif", lambda i: stack(i, None)), ".tif"),
    "tiff-packed": (classes(".tif", lambda i: stack(i, "zlib")), ".tif"),
    "gif": (classes(".gif", lambda i: picture("GIF", i, "L")), ".gif"),
    "gif-animated": (classes(".gif", animation), ".gif"),
    "nifti": (classes(".nii", volume), ".nii"),
    "nifti-gz": (classes(".nii.gz", lambda i: gzip.compress(volume(i))), ".gz"),
    "wav": (classes(".wav", plain_wave), ".wav"),
    "flac": (classes(".flac", lambda i: sound("FLAC", i)), ".flac"),
    "ogg": (classes(".ogg", lambda i: sound("OGG", i)), ".ogg"),
    "mp3": (classes(".mp3", lambda i: sound("MP3", i)), ".mp3"),
    "mp4": (classes(".mp4", lambda i: clip("mp4", "mpeg4", i)), ".mp4"),
    "avi": (classes(".avi", lambda i: clip("avi", "mpeg4", i)), ".avi"),
    "mkv": (classes(".mkv", lambda i: clip("matroska", "mpeg4", i)), ".mkv"),
    "masks": (masks, ".png"),
    "voc": (voc, ".xml"),
    "coco": (coco, ".json"),
    "yolo": (yolo, ".txt"),
    "via": (via, ".json"),
    "cvat": (cvat, ".xml"),
    "unknown-endings": (classes(".scan", lambda i: picture("PNG", i)), ".scan"),
    "listed": (listed, ".csv"),
    "npy": (text("data.npy", npy(noise(0, 20, 9, 9))), ".npy"),
    "npz": (text("data.npz", npz()), ".npz"),
    "npz-packed": (text("data.npz", npz(np.savez_compressed)), ".npz"),
    "hdf5": (hdf5, ".h5"),
    "mat": (lambda folder: matlab(folder, packed=False), ".mat"),
    "mat-packed": (lambda folder: matlab(folder, packed=True), ".mat"),
    "netcdf": (netcdf, ".nc"),
    "zarr-2": (lambda folder: zarr(folder, 2), ""),
    "zarr-3": (lambda folder: zarr(folder, 3), ""),
    "csv": (text("data.csv", table()), ".csv"),
    "tsv": (text("data.tsv", table("\t")), ".tsv"),
    "csv-gz": (text("data.csv.gz", gzip.compress(table().encode())), ".gz"),
    "csv-zip": (zipped, ".zip"),
    "pixels": (text("data.csv", pixels()), ".csv"),
    "json": (text("data.json", json.dumps(records())), ".json"),
    "jsonl": (text("data.jsonl", "\n".join(map(json.dumps, records()))), ".jsonl"),
    "parquet": (parquet, ".parquet"),
    "feather": (lambda folder: parquet(folder, feather=True), ".feather"),
    "arff": (text("data.arff", arff()), ".arff"),
    "ts": (text("data.ts", ts()), ".ts"),
    "ucr": (text("Kinds_TRAIN.tsv", ucr()), ".tsv"),
    "idx": (lambda folder: idx(folder, packed=False), "ubyte"),
    "idx-gz": (lambda folder: idx(folder, packed=True), ".gz"),
    "graph": (graph, ".csv"),
    "stations": (stations, ".csv"),
    "texts": (classes(".txt", lambda i: "\n".join(SENTENCES[i : i + 4]).encode()), ".txt"),
    "fasta": (text("data.fasta", fasta()), ".fasta"),
    "conll": (text("train.txt", conll()), ".txt"),
    "running-text": (text("book.txt", "\n".join(SENTENCES * 30)), ".txt"),
    "spans": (text("data.jsonl", spans()), ".jsonl"),
    "kaldi": (kaldi, "text"),
    "marked": (
        text("data.txt", "".join(f"__label__0.{i:02d} {line}\n" for i, line in enumerate(SENTENCES))),
        ".txt",
    ),
    "lines": (text("data.txt", "".join(f"{line}\t{i % 2}\n" for i, line in enumerate(SENTENCES))), ".txt"),
}
"""How each form is written, and the end of the names of the files that hold it."""
