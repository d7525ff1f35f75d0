"""Small files that grow when they are read, and headers that promise what is not there: memory is bounded."""

from __future__ import annotations

import functools
import gzip
import io
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from nursery import Run
from seeds import SEEDS, animation, npy, per_class, picture, plain_wave, records, table, volume
from seeds import clip as clip_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

GIB = 2**30
Bomb = Callable[[Path], None]


def png(width: int, height: int, data: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A grey picture of eight bits, whatever its data are."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    found = b"\x89PNG\r\n\x1a\n"
    for name, content in ((b"IHDR", head), *chunks, (b"IDAT", data), (b"IEND", b"")):
        found += (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )
    return found


def deflated(size: int, block: bytes) -> bytes:
    """`block` again and again up to so many bytes, packed: what repeats is the packed block."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    return piece * (size // len(block)) + b"\3\0"


def zeros(size: int) -> bytes:
    """So many zero bytes in zlib's frame, its checksum being wrong."""
    return b"\x78\xda" + deflated(size, bytes(2**20)) + bytes(4)


def gzipped(size: int, block: bytes) -> bytes:
    """`block` again and again up to so many bytes in gzip's frame, its checksum being wrong."""
    return gzip.compress(b"")[:10] + deflated(size, block) + bytes(8)


def gif(width: int, height: int, frames: int) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    still = Image.new("L", (width, height))
    still.save(
        file,
        "GIF",
        save_all=True,
        append_images=[Image.new("L", (width, height), i % 255) for i in range(1, frames)],
    )
    return file.getvalue()


def tiff(compression: str) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.new("L", (9_000, 9_000)).save(file, "TIFF", compression=compression)
    return file.getvalue()


def flac() -> bytes:
    import soundfile

    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", 48_000, 8, format="FLAC") as sound:
        for _ in range(60):
            sound.write(np.zeros((480_000, 8), np.int16))
    return file.getvalue()


def clip() -> bytes:
    import av

    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 8_000, 8_000, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((8_000, 8_000, 3), np.uint8), format="rgb24")
        for i in range(3):
            frame.pts = i
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def commented() -> bytes:
    chunks = ((b"zTXt", b"Comment\0\0" + zeros(GIB)), (b"iCCP", b"icc\0\0" + zeros(GIB)))
    return png(10, 10, zlib.compress(bytes(110)), *chunks)


def lying_wave(data: bytes) -> bytes:
    """Its header says that four gigabytes follow."""
    return data[:4] + b"\xff\xff\xff\xff" + data[8:40] + b"\xff\xff\xff\x7f" + data[44:]


def lying_volume(data: bytes) -> bytes:
    return data[:40] + struct.pack("<8h", 3, 32_000, 32_000, 32_000, 1, 1, 1, 1) + data[56:]


PNG, BMP = functools.partial(picture, "PNG"), functools.partial(picture, "BMP")
TIFF, GREY_GIF = functools.partial(picture, "TIFF"), functools.partial(picture, "GIF", mode="L")
AMONG_OTHERS: dict[str, tuple[str, Callable[[int], bytes], Callable[[], bytes]]] = {
    "png-pixels": (".png", PNG, lambda: png(50_000, 50_000, zeros(5 * GIB // 2))),
    "png-just-below": (".png", PNG, lambda: png(9_900, 9_900, zeros(GIB // 10))),
    "png-header": (".png", PNG, lambda: png(2**31 - 1, 2**31 - 1, b"")),
    "png-data": (".png", PNG, lambda: png(10, 10, zeros(4 * GIB))),
    "png-text": (".png", PNG, commented),
    "gif-frames": (".gif", GREY_GIF, lambda: gif(3_000, 3_000, 60)),
    "gif-header": (".gif", GREY_GIF, lambda: b"GIF89a\xff\xff\xff\xff" + GREY_GIF(1)[10:]),
    "bmp-header": (".bmp", BMP, lambda: BMP(1)[:18] + struct.pack("<ii", 90_000, 90_000) + BMP(1)[26:]),
    "tiff-lzw": (".tif", TIFF, lambda: tiff("tiff_lzw")),
    "tiff-deflate": (".tif", TIFF, lambda: tiff("tiff_adobe_deflate")),
    "wav-header": (".wav", plain_wave, lambda: lying_wave(plain_wave(1))),
    "flac-silence": (".wav", plain_wave, flac),
    "nifti-header": (".nii", volume, lambda: lying_volume(volume(1))),
    "nifti-gz": (
        ".nii.gz",
        lambda i: gzip.compress(volume(i)),
        lambda: gzipped(8 * GIB, lying_volume(volume(1)).ljust(2**20)),
    ),
    "clip-size": (".mp4", lambda i: clip_of("mp4", "mpeg4", i), clip),
    "clip-size-gif": (".gif", animation, lambda: gif(9_000, 9_000, 3)),
}
"""A bomb among eight healthy files: the suffix, the healthy ones, the bomb."""


@pytest.mark.parametrize("name", AMONG_OTHERS)
def test_a_bomb_among_healthy_files(name: str, tmp_path: Path, inspect: Run) -> None:
    suffix, healthy, bomb = AMONG_OTHERS[name]
    per_class(tmp_path, suffix, healthy)
    (tmp_path / "cat" / f"bomb{suffix}").write_bytes(bomb())
    outcome = inspect(tmp_path)
    assert outcome.code == 0
    assert outcome.samples >= 8


ROW = b"1.5,2.5,red\n"


def csv_gz(folder: Path) -> None:
    (folder / "a.csv.gz").write_bytes(gzip.compress(b"a,b,c\n") + gzipped(8 * GIB, ROW * 90_000))


def zeros_gz(folder: Path) -> None:
    (folder / "a.csv.gz").write_bytes(gzipped(8 * GIB, bytes(2**20)))


def archive(folder: Path, *, lie: bool = False, name: str = "a.csv") -> None:
    data = deflated(3 * GIB, ROW * 90_000)
    size = 1000 if lie else 3 * GIB // len(ROW * 90_000) * len(ROW * 90_000)
    bare = name.encode()
    head = struct.pack(
        "<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 0, 0, len(data), size & 0xFFFFFFFF, len(bare), 0
    )
    entry = struct.pack(
        "<4sHHHHHHIIIHHHHHII",
        b"PK\1\2",
        20,
        20,
        0,
        8,
        0,
        0,
        0,
        len(data),
        size & 0xFFFFFFFF,
        len(bare),
        0,
        0,
        0,
        0,
        0,
        0,
    )
    end = struct.pack(
        "<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, len(entry) + len(bare), len(head) + len(bare) + len(data), 0
    )
    (folder / "a.zip").write_bytes(head + bare + data + entry + bare + end)


def nested_zip(folder: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as outer:
        outer.writestr("a.csv", table())
    for _ in range(30):
        again = io.BytesIO()
        with zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as outer:
            for i in range(4):
                outer.writestr(f"{i}.zip", inner.getvalue())
        inner = again
        if len(inner.getvalue()) > 10_000_000:
            break
    (folder / "a.zip").write_bytes(inner.getvalue())


def overlapping_zip(folder: Path) -> None:
    """A thousand entries that all lie at the same place."""
    data, name = zlib.compress(ROW * 900_000, 9)[2:-4], b"0.csv"
    size, check = len(ROW) * 900_000, zlib.crc32(ROW * 900_000)
    head = (
        struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 0, check, len(data), size, len(name), 0)
        + name
        + data
    )
    entries = b"".join(
        struct.pack(
            "<4sHHHHHHIIIHHHHHII",
            b"PK\1\2",
            20,
            20,
            0,
            8,
            0,
            0,
            check,
            len(data),
            size,
            len(one),
            0,
            0,
            0,
            0,
            0,
            0,
        )
        + one
        for one in (f"{i}.csv".encode() for i in range(1000))
    )
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1000, 1000, len(entries), len(head), 0)
    (folder / "a.zip").write_bytes(head + entries + end)


def npz(folder: Path) -> None:
    with zipfile.ZipFile(folder / "a.npz", "w", zipfile.ZIP_DEFLATED) as outer:
        for name in ("x.npy", "y.npy"):
            with outer.open(name, "w", force_zip64=True) as file:
                file.write(npy(np.zeros((1, 1)))[:0])
                np.lib.format.write_array_header_1_0(
                    file, {"shape": (2**30,), "fortran_order": False, "descr": "<f8"}
                )  # type: ignore[attr-defined]
                for _ in range(1024):
                    file.write(bytes(2**20))


def npz_extra(folder: Path) -> None:
    """A small array followed by gigabytes that its header does not speak of."""
    with zipfile.ZipFile(folder / "a.npz", "w", zipfile.ZIP_DEFLATED) as outer:
        with outer.open("x.npy", "w", force_zip64=True) as file:
            file.write(npy(np.arange(600.0).reshape(30, 20)))
            for _ in range(4096):
                file.write(bytes(2**20))


def lying_npy(folder: Path) -> None:
    with (folder / "a.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"shape": (2**40, 2**20), "fortran_order": False, "descr": "<f8"}
        )  # type: ignore[attr-defined]


def long_npy_header(folder: Path) -> None:
    head = b"{'descr': '<f8', 'fortran_order': False, 'shape': " + b"(" * 100_000
    (folder / "a.npy").write_bytes(b"\x93NUMPY\2\0" + struct.pack("<I", len(head)) + head)


def hdf5(folder: Path) -> None:
    import h5py

    with h5py.File(folder / "a.h5", "w") as file:
        made = file.create_dataset("x", (1000, 100), "f4", chunks=(1000, 100), compression="gzip")
        made.id.write_direct_chunk((0, 0), zeros(6 * GIB))


def hdf5_huge(folder: Path) -> None:
    import h5py

    with h5py.File(folder / "a.h5", "w") as file:
        file.create_dataset("x", (1000, 2**34), "f4", chunks=(1, 2**16), compression="gzip", fillvalue=1.0)


def zarr(folder: Path) -> None:
    SEEDS["zarr-2"][0](folder)
    described = json.loads((folder / "data.zarr" / "x" / ".zarray").read_text())
    described["compressor"] = {"id": "zlib", "level": 1}
    (folder / "data.zarr" / "x" / ".zarray").write_text(json.dumps(described))
    for chunk in (folder / "data.zarr" / "x").glob("[0-9]*"):
        chunk.write_bytes(zeros(6 * GIB))


def matlab(folder: Path) -> None:
    SEEDS["mat-packed"][0](folder)
    data = (folder / "data.mat").read_bytes()[:128]
    packed = zeros(6 * GIB)
    (folder / "data.mat").write_bytes(data + struct.pack("<II", 15, len(packed)) + packed)


def xml(folder: Path) -> None:
    SEEDS["voc"][0](folder)
    laughs = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    head = f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a0 "ha">{laughs}]>'
    text = f"{head}<annotation><object><name>&a11;</name></object></annotation>"
    for file in folder.glob("*.xml"):
        file.write_text(text)


def xml_outside(folder: Path) -> None:
    SEEDS["voc"][0](folder)
    for file in folder.glob("*.xml"):
        file.write_text(
            '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotation><object><name>&x;</name></object></annotation>'
        )


def deep_json(folder: Path) -> None:
    (folder / "a.json").write_text("[" * 100_000 + "]" * 100_000)


def deep_objects(folder: Path) -> None:
    (folder / "a.json").write_text('{"a":' * 100_000 + "1" + "}" * 100_000)


def deep_lines(folder: Path) -> None:
    (folder / "a.jsonl").write_text(('{"a":' * 100_000 + "1" + "}" * 100_000 + "\n") * 5)


def deep_boxes(folder: Path) -> None:
    SEEDS["coco"][0](folder)
    (folder / "boxes.json").write_text('{"images": ' + "[" * 100_000 + "]" * 100_000 + "}")


def many_keys(folder: Path) -> None:
    (folder / "a.json").write_text(json.dumps([{f"key{i}-{j}": 1 for j in range(300)} for i in range(3000)]))


def big_number(folder: Path) -> None:
    (folder / "a.json").write_text(json.dumps(records()).replace("0.1", "9" * 5_000))


def one_line(folder: Path) -> None:
    with (folder / "a.csv").open("wb") as file:
        for _ in range(300):
            file.write(b"1.25," * 209_715)


def one_long_cell(folder: Path) -> None:
    (folder / "a.csv").write_bytes(b"a,b\n1,2\n3," + b"x" * 300_000_000 + b"\n")


def open_quote(folder: Path) -> None:
    (folder / "a.csv").write_bytes(b'a,b\n"' + b"1,2\n" * 20_000_000)


def long_line_of(name: str, head: bytes, piece: bytes) -> Bomb:
    def write(folder: Path) -> None:
        (folder / name).write_bytes(head + piece * (200_000_000 // len(piece)))

    return write


def parquet(folder: Path) -> None:
    import pyarrow
    from pyarrow import parquet as parquets

    text = pyarrow.array(["x" * 10_000_000])
    column = pyarrow.DictionaryArray.from_arrays(pyarrow.array(np.zeros(400, np.int32)), text)
    parquets.write_table(
        pyarrow.table({"a": column, "b": pyarrow.array(np.zeros(400))}), folder / "a.parquet"
    )


def parquet_zeros(folder: Path) -> None:
    import pyarrow
    from pyarrow import parquet as parquets

    with parquets.ParquetWriter(
        folder / "a.parquet", pyarrow.schema([("a", pyarrow.float64()), ("b", pyarrow.string())])
    ) as writer:
        for _ in range(10):
            writer.write_table(
                pyarrow.table({"a": np.zeros(10_000_000), "b": pyarrow.array(["same"] * 10_000_000)})
            )


def feather(folder: Path) -> None:
    import pyarrow
    from pyarrow import feather as feathers

    feathers.write_feather(
        pyarrow.table({"a": np.zeros(300_000_000, np.float32)}),
        folder / "a.feather",
        compression="zstd",
        chunksize=300_000_000,
    )


def idx_gz(folder: Path) -> None:
    head = struct.pack(">HBBIII", 0, 8, 3, 2**31 - 1, 28, 28)
    (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(head) + gzipped(8 * GIB, bytes(2**20)))
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(
        gzip.compress(struct.pack(">HBBI", 0, 8, 1, 2**31 - 1)) + gzipped(GIB, bytes(2**20))
    )


def text_gz(folder: Path) -> None:
    for part in ("train.en.gz", "train.de.gz", "words.txt.gz"):
        (folder / part).write_bytes(gzipped(8 * GIB, b"some words of one line\n" * 10_000))


ALONE: dict[str, Bomb] = {
    "csv-gz": csv_gz, "zeros-gz": zeros_gz, "zip": archive, "lying-zip": lambda folder: archive(folder,
    lie=True),
    "json-in-zip": lambda folder: archive(folder, lie=True, name="a.json"), "nested-zip": nested_zip,
    "overlapping-zip": overlapping_zip, "npz": npz, "npz-extra": npz_extra, "npy-header": lying_npy,
    "npy-long-header": long_npy_header, "hdf5-chunk": hdf5, "hdf5-shape": hdf5_huge, "zarr-chunk": zarr,
    "matlab": matlab, "xml": xml, "xml-outside": xml_outside, "json-lists": deep_json,
    "json-objects": deep_objects,
    "json-lines": deep_lines, "json-boxes": deep_boxes, "json-keys": many_keys, "json-number": big_number,
    "one-line": one_line, "one-cell": one_long_cell, "open-quote": open_quote,
    "arff-line": long_line_of("a.arff", b"@relation a\n@attribute b numeric\n@data\n", b"1.5,"),
    "ts-line": long_line_of("a.ts", b"@problemName a\n@classLabel true a b\n@data\n", b"1.5,"),
    "fasta-line": long_line_of("a.fasta", b">one cat\n", b"ACGT"),
    "text-line": long_line_of("a.txt", b"", b"a word "), "no-blank": long_line_of("a.txt", b"", b"word"),
    "jsonl-line": long_line_of("a.jsonl", b'{"a": "', b"word"),
    "brackets": long_line_of("a.txt", b"", b"(["), "new-lines": long_line_of("a.csv", b"", b"\n"),
    "commas": long_line_of("a.csv", b"", b",,\n"), "parquet-text": parquet, "parquet-zeros": parquet_zeros,
    "feather": feather, "idx-gz": idx_gz, "text-gz": text_gz,
}  # fmt: skip
"""Bombs with nothing healthy beside them."""


@pytest.mark.parametrize("name", ALONE)
def test_a_bomb_alone(name: str, tmp_path: Path, inspect: Run) -> None:
    ALONE[name](tmp_path)
    outcome = inspect(tmp_path)
    if outcome.code:
        assert str(tmp_path) in outcome.err


@pytest.mark.parametrize("name", [
    "a.png", "a.csv", "a.npy", "a.wav", "a.json", "a.txt", "a.mp4", "a.h5", "a.mat", "a.nc", "a.npz",
    "a.ts", "a.arff",
    "a.parquet", "a.feather", "a.nii", "a.tif", "a.gif", "a.zip", "a.csv.gz", "a.fasta", "a.jsonl", "a.tsv",
    "a", "a.mp3",
])  # fmt: skip
def test_two_sparse_gigabytes_of_zeros(name: str, tmp_path: Path, inspect: Run) -> None:
    with (tmp_path / name).open("wb") as file:
        file.truncate(2 * GIB)
    for path in (tmp_path / name, tmp_path):
        outcome = inspect(path)
        assert outcome.code == 1
        assert str(path) in outcome.err


def test_twenty_thousand_empty_folders(tmp_path: Path, inspect: Run) -> None:
    for outer in range(20):
        for inner in range(1000):
            os.makedirs(tmp_path / f"{outer}" / f"{inner}")
    assert inspect(tmp_path).code == 1
    per_class(tmp_path / "pictures", ".png", lambda i: picture("PNG", i))
    assert inspect(tmp_path).samples == 8


def test_folders_in_folders(tmp_path: Path, inspect: Run) -> None:
    before = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(200):
            os.mkdir("d")
            os.chdir("d")
    finally:
        os.chdir(before)
    assert inspect(tmp_path).code == 1
