"""Freed memory is there for the next step."""

from __future__ import annotations

import resource

import pytest
import torch

from advisor.training.memory import keep_freed_memory

BLOCKS, FLOATS = 4, 12 << 20  # of 48 MiB, more than the C library would keep by itself


def test_what_was_freed_is_used_again_without_new_pages() -> None:
    if not keep_freed_memory():
        pytest.skip("this C library has no such setting")
    assert min(new_pages() for _ in range(5)) < 10_000  # without it they are 49,152 every time


def new_pages() -> int:
    """Of some blocks that are written and freed."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    blocks = [torch.ones(FLOATS) for _ in range(BLOCKS)]
    del blocks
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
