"""Freed memory is there for the next step."""

from __future__ import annotations

import subprocess
import sys

import pytest

from advisor.training.memory import keep_freed_memory

PAGES = """
import resource
from advisor.training.memory import keep_freed_memory
if {kept}:
    keep_freed_memory()
import torch

def new_pages():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.ones(12 << 20)  # 48 MiB, more than the C library would keep by itself
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

print(min(new_pages() for _ in range(5)))
"""


@pytest.mark.parametrize("kept", [True, False])
def test_what_was_freed_is_used_again_without_new_pages(kept: bool) -> None:
    if not keep_freed_memory():
        pytest.skip("this C library has no such setting")
    alone = [
        sys.executable,
        "-c",
        PAGES.format(kept=kept),
    ]  # other tests leave holes in the memory of this one
    pages = int(subprocess.run(alone, capture_output=True, text=True, check=True).stdout)
    assert (pages < 100) == kept
