"""Every error a user can meet, and what each one means.

    AdvisorError                 exit code 1
    ├── UsageError               exit code 2: an option or argument is wrong
    ├── DataError                the data cannot be used as they are
    │   ├── NoDataError          no such path, an empty folder, nothing that a reader knows
    │   ├── UnsafeDataError      reading it could run code, or it is larger than its limit
    │   └── UnreadableSampleError  one sample cannot be decoded; it is skipped and counted
    ├── SpaceError               a search space file is wrong; carries every fault at once
    ├── UntrainableTaskError     the task is named, but `search` cannot train it yet
    ├── MissingExtraError        an optional library is needed; says which `pip install` mends it
    ├── RunError                 a run folder or bundle is missing, damaged or in use
    ├── ExportMismatchError      the exported model does not give the answers of the trained one
    └── TrialError               one trial failed; it is recorded and the search goes on

Each message names the rule in backticks where there is one, the value found, where it was found,
and what to do next.
"""

from __future__ import annotations


class AdvisorError(Exception):
    """Base of every error this package raises on purpose; the command line prints it in one line."""

    exit_code = 1


class UsageError(AdvisorError):
    """An option or argument is wrong."""

    exit_code = 2


class DataError(AdvisorError):
    """The data cannot be used as they are."""


class NoDataError(DataError):
    """No such path, an empty folder, or nothing in it that a reader knows."""


class UnsafeDataError(DataError):
    """Reading the file could run code, or it would grow beyond its size limit."""


class UnreadableSampleError(DataError):
    """One sample cannot be decoded; the caller skips and counts it."""


class SpaceError(AdvisorError):
    """A search space file is wrong. `faults` holds every fault of the file, one line each."""

    def __init__(self, where: str, faults: list[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{where}: {len(faults)} fault(s): " + "; ".join(faults))


class UntrainableTaskError(AdvisorError):
    """The task is known by name, but `search` cannot train it yet."""


class MissingExtraError(AdvisorError):
    """An optional library is needed for this."""

    def __init__(self, library: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the library `{library}`, which is not installed: "
            f"run `pip install 'architecture-advisor[{extra}]'`"
        )


class RunError(AdvisorError):
    """A run folder or a bundle is missing, damaged, or in use by another search."""


class ExportMismatchError(AdvisorError):
    """The exported model does not give the answers of the trained one, so it was not written."""


class TrialError(AdvisorError):
    """One trial failed (it diverged, ran out of memory, raised); recorded with its reason."""


MEMORY_SIGNS = (
    "out of memory",
    "DefaultCPUAllocator",
    "can't allocate",
    "Cannot allocate",
    "bad_alloc",
    "could not create a primitive",  # oneDNN
    "failed to map segment",  # the loader of libraries
)


def out_of_memory(error: BaseException) -> bool:
    """Whether memory did not suffice, on whatever device; not every allocator has an error of its own."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":  # torch's
        return True
    return any(sign in str(error) for sign in MEMORY_SIGNS)
