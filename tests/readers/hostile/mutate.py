"""Inspects mutated files of one form and tells of every one that ends in anything but an answer or a refusal.

    python tests/readers/hostile/mutate.py FORM FIRST COUNT

Mutation number n of a form is the same in every run: `FORM n 1` does it again. One JSON object a line:
`{"at": n}` before each, `{"fault": ..., "at": n}` after a bad one, `{"done": COUNT}` at the end. A crash is
seen by the last line before it.
"""

from __future__ import annotations

import json
import logging
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from types import FrameType

from seeds import SEEDS

from advisor import workflow
from advisor.errors import AdvisorError

SECONDS = 20  # of processor time, for one inspection
MOST_MEMORY = 2 * 2**30  # bytes
NUMBERS = (
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\x80\0\0\0",
    b"\0\0\0\x80",
    b"\0\0\0\0",
)
DIGITS = b"0123456789"


def most_memory() -> int:
    """Bytes that this program has taken at most; `ru_maxrss` would hold what its parent had before it."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.split("VmHWM:")[1].split()[0])


def mutated(data: bytes, rng: random.Random) -> bytes:
    """One to three changes: bits, bytes, lengths, pieces moved, numbers grown."""
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        size = max(1, len(found))
        near = min(
            size, rng.choice((16, 128, 512, size))
        )  # headers stand at the beginning, tables often at the end
        place = rng.randrange(near) if rng.random() < 0.8 else size - 1 - rng.randrange(near)
        length = rng.choice((1, 2, 4, 8, 64))
        match rng.randrange(9):
            case 0 if found:
                found[place % len(found)] ^= 1 << rng.randrange(8)
            case 1:
                found[place : place + length] = rng.randbytes(length)
            case 2:
                del found[place:]
            case 3:
                del found[place : place + length]
            case 4:
                start = rng.randrange(size)
                found[place:place] = found[start : start + rng.choice((1, 4, 32, 256))]
            case 5:
                found[place : place + length] = bytes(length)
            case 6:
                number = rng.choice(NUMBERS)
                found[place : place + len(number)] = number
            case 7:  # a number in a text becomes long, or negative, or something else
                where = next((i for i in range(place, len(found)) if found[i] in DIGITS), place)
                found[where : where + 1] = rng.choice(
                    (b"9" * 12, b"-1", b"1e999", b"nan", b'"', b"\n", b"\0", b"\xc3")
                )
            case _:
                found[place:place] = rng.randbytes(length)
    return bytes(found)


def one(form: str, number: int, seed: dict[str, bytes], root: Path) -> str | None:
    """What is wrong with the answer to mutation `number`; None where nothing is."""
    rng = random.Random(f"{form} {number}")
    folder = root / "data"
    shutil.rmtree(folder, ignore_errors=True)
    ends = SEEDS[form][1]
    chosen = rng.sample(
        may := sorted(name for name in seed if name.endswith(ends)), rng.choice((1, 1, len(may)))
    )
    for name, data in seed.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(mutated(data, rng) if name in chosen else data)
    alone = len(seed) == 1 and rng.random() < 0.5
    path = next(folder.iterdir()) if alone else folder
    start = time.process_time()
    try:
        workflow.inspect(path, probe=number % 50 == 0)
    except AdvisorError as error:
        if str(folder) not in str(error):
            return f"the message names no file: {error}"
    except Late:
        return f"stands still for {SECONDS} s: {traceback.format_exc(limit=-4)}"
    except Exception:
        return traceback.format_exc(limit=-4)
    spent = time.process_time() - start
    return f"takes {spent:.0f} s" if spent > SECONDS else None


class Late(BaseException):
    """Not an Exception, so that no reader takes it for damage."""


def tell(what: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def stop(signum: int, frame: FrameType | None) -> None:
    raise Late


def main(form: str, first: int, count: int) -> None:
    warnings.simplefilter("ignore")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # where libraries complain
    logging.raiseExceptions = False
    signal.signal(signal.SIGVTALRM, stop)
    resource.setrlimit(resource.RLIMIT_DATA, (2 * MOST_MEMORY, 2 * MOST_MEMORY))
    with tempfile.TemporaryDirectory() as place:
        origin = Path(place) / "seed"
        origin.mkdir()
        SEEDS[form][0](origin)
        seed = {
            file.relative_to(origin).as_posix(): file.read_bytes()
            for file in sorted(origin.rglob("*"))
            if file.is_file()
        }
        heavy = False
        for number in range(first, first + count):
            tell({"at": number})
            signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
            fault = one(form, number, seed, Path(place))
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            peak = most_memory()
            if fault is None and peak > MOST_MEMORY and not heavy:
                heavy, fault = True, f"takes {peak:,} bytes of memory"
            if fault is not None:
                tell({"at": number, "fault": fault})
    tell({"done": count})


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
