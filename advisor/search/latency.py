"""How long one sample takes."""

from __future__ import annotations

import time

import numpy as np
import torch
from torch import nn

from advisor.search.data import SearchData
from advisor.training import Compute

PASSES, SECONDS = 20, 0.2  # whichever comes first, but three passes at least


def latency_ms(network: nn.Module, data: SearchData, compute: Compute) -> float:
    """Median milliseconds of one forward pass of one sample on the device of the search."""
    one = data.pool.select(torch.tensor([0])).to(compute.device)
    batch = one.batch(torch.tensor([0], device=compute.device))
    network.to(compute.device).eval()
    taken: list[float] = []
    with torch.no_grad():
        network(batch.values, batch.lengths)  # the first pass allocates
        while len(taken) < PASSES and (len(taken) < 3 or sum(taken) < SECONDS):
            start = time.perf_counter()
            network(batch.values, batch.lengths)
            if compute.device != "cpu":
                torch.cuda.synchronize()
            taken.append(time.perf_counter() - start)
    return round(1e3 * float(np.median(taken)), 3)
