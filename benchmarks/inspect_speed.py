"""What `advisor inspect --no-probe` costs beside the least that a program must do; prints a table of ratios.

    python benchmarks/inspect_speed.py [--repeats 5] [--small]

Not called `inspect.py`: every script in this folder would then import it in place of Python's own module.

1. 60,000 small pictures, beside a bare walk by `os.scandir` with `stat`: goal 1.5 times and 2 s.
2. A CSV file of 1 GB, beside reading it once by `pyarrow.csv`: goal 0.5 times, in under 500 MB of memory.
3. A clip of ten minutes, as one file: goal 1 % of its frames decoded.

Both sides of a ratio run in turns, each in a process of its own, the program's start included. Everything is
made in a temporary folder and removed. `--small` makes a fiftieth of it, to see that it runs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

FILES, CSV_BYTES, SECONDS, RATE = 60_000, 1_000_000_000, 600, 25
SMALL = 50  # times less of everything
CLASSES = 10
PICTURES = 200  # different ones among the files
ROWS = 20_000  # different ones in the CSV file
HEAD = ("what", "inspection, s", "the least, s", "ratio", "goal", "most memory")
WALK = """
import os, sys
def walk(folder):
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                walk(entry.path)
            else:
                entry.stat()
walk(sys.argv[1])
"""
READ = "import sys, pyarrow.csv; pyarrow.csv.read_csv(sys.argv[1])"
CACHE = os.path.join(tempfile.gettempdir(), "inspect_speed_bytecode")
INSPECT = "import sys; from advisor.cli import main; sys.exit(main())"


@dataclass(frozen=True)
class Cost:
    """Wall-clock seconds of a process, and the most memory it had, in bytes."""

    seconds: float
    memory: int


def run(code: str, *arguments: str) -> Cost:
    """What a Python process costs.

    Raises:
        SystemExit: it failed.
    """
    command = [sys.executable, "-c", code, *arguments]
    written = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    written["PYTHONPYCACHEPREFIX"] = (
        CACHE  # as of an installed program: compiled in the run that is not counted
    )
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said, env=written)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - start
        if status:
            said.seek(0)
            raise SystemExit(said.read().decode())
    return Cost(seconds, usage.ru_maxrss * 1024)


def inspect(path: Path) -> Cost:
    return run(INSPECT, "inspect", str(path), "--no-probe", "--json")


# --- what is inspected -----------------------------------------------------------------------------


def make_pictures(folder: Path, files: int) -> None:
    """Grey pictures of 16 x 16 in class folders."""
    from PIL import Image
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(0)
    blobs = []
    for number in range(PICTURES):
        values = gaussian_filter(rng.normal(size=(16, 16)), 1.5) * 300 + 128
        file = folder / f"{number}.png"
        Image.fromarray(values.clip(0, 255).astype(np.uint8)).save(file)
        blobs.append(file.read_bytes())
        file.unlink()
    for name in range(CLASSES):
        (folder / f"class{name}").mkdir()
        for number in range(files // CLASSES):
            blob = blobs[(7 * number + name) % PICTURES]
            (folder / f"class{name}" / f"{number:05d}.png").write_bytes(blob)


def make_table(file: Path, size: int) -> None:
    """Ten columns of numbers and one of classes."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(ROWS, 10))
    rows = [",".join(f"{value:.4f}" for value in row) + f",{'ab'[int(row[0] > 0)]}\n" for row in values]
    block = "".join(rows).encode()
    with file.open("wb") as out:
        out.write((",".join([*(f"x{i}" for i in range(10)), "label"]) + "\n").encode())
        while out.tell() < size:
            out.write(block)


def make_clip(file: Path, seconds: float) -> int:
    """A disc that goes round, 64 x 64; returns how many frames there are."""
    import av

    place = np.stack(np.mgrid[0:64, 0:64])
    frames = int(seconds * RATE)
    with av.open(str(file), "w") as container:
        stream = container.add_stream("mpeg4", rate=RATE)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for step in range(frames):
            centre = 32 + 20 * np.array([np.sin(step / 20), np.cos(step / 20)])
            disc = ((place - centre[:, None, None]) ** 2).sum(axis=0) < 60
            picture = np.repeat((disc * 200 + 20).astype(np.uint8)[..., None], 3, axis=2)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return frames


# --- what it costs ---------------------------------------------------------------------------------


def side_by_side(path: Path, other: str, repeats: int) -> tuple[list[Cost], list[Cost]]:
    """Inspection and the other program on the same path, in turns, after one of each that does not count."""
    costs = [(inspect(path), run(other, str(path))) for _ in range(repeats + 1)][1:]
    return [ours for ours, _ in costs], [theirs for _, theirs in costs]


def frames_decoded(file: Path) -> int:
    """Frames that come out of the decoder while a clip is inspected."""
    import av
    from av.container import InputContainer

    from advisor import workflow

    counted = 0

    class Noticed:
        """A container that counts the frames it gives."""

        def __init__(self, container: InputContainer) -> None:
            self.container = container

        def __getattr__(self, name: str) -> Any:
            return getattr(self.container, name)

        def decode(self, *arguments: Any, **options: Any) -> Iterator[Any]:
            nonlocal counted
            for frame in self.container.decode(*arguments, **options):
                counted += 1
                yield frame

    opened = av.open

    @contextmanager
    def noticing(*arguments: Any, **options: Any) -> Iterator[Noticed]:
        with opened(*arguments, **options) as container:
            yield Noticed(container)

    with mock.patch.object(av, "open", noticing):
        workflow.inspect(file, probe=False)
    return counted


Row = tuple[str, str, str, str, str, str]


def timed(what: str, ours: list[Cost], theirs: list[Cost], goal: str, spare: float) -> Row:
    """A row of the table; the ratio is that of what is left beyond `spare` seconds."""
    ratios = [max(0.0, one.seconds - spare) / two.seconds for one, two in zip(ours, theirs, strict=True)]
    return (
        what,
        _spread([one.seconds for one in ours]),
        _spread([two.seconds for two in theirs]),
        _spread(ratios),
        goal,
        f"{max(one.memory for one in ours) / 1e6:.0f} MB",
    )


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def rows(folder: Path, repeats: int, less: int) -> Iterator[Row]:
    """Each is made, measured and removed before the next."""
    pictures = folder / "pictures"
    pictures.mkdir()
    make_pictures(pictures, FILES // less)
    ours, theirs = side_by_side(pictures, WALK, repeats)
    goal = "1.5 times and 2 s (the ratio is of what goes beyond 2 s)"
    yield timed(f"{FILES // less:,} files", ours, theirs, goal, 2.0)
    shutil.rmtree(pictures)
    table = folder / "table.csv"
    make_table(table, CSV_BYTES // less)
    ours, theirs = side_by_side(table, READ, repeats)
    yield timed(f"{CSV_BYTES / less / 1e9:g} GB of CSV", ours, theirs, "0.5 times, under 500 MB", 0.0)
    table.unlink()
    clip = folder / "clip.mp4"
    frames = make_clip(clip, SECONDS / less)
    share = frames_decoded(clip) / frames
    yield f"{frames:,} frames", "-", "-", f"{share:.2%} decoded", "1 %", "-"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="a fiftieth of everything, once")
    options = parser.parse_args()
    less, repeats = (SMALL, 1) if options.small else (1, options.repeats)
    with tempfile.TemporaryDirectory() as folder:
        if shutil.disk_usage(folder).free < 4 * CSV_BYTES // less:
            raise SystemExit(f"{folder}: less than {4 * CSV_BYTES / less / 1e9:g} GB are free: set TMPDIR")
        print(
            f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, pyarrow {version('pyarrow')}; "
            f"seconds and ratios as median (least to most) of {repeats}\n"
        )
        for cells in (HEAD, ["---"] * len(HEAD), *rows(Path(folder), repeats, less)):
            print(f"| {' | '.join(cells)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
