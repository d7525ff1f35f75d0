"""Several networks as one."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from advisor.models.families import build
from advisor.records import Candidate, Signature, Task


class Ensemble(nn.Module):
    """The weighted mean of what its members say, in the form in which one of them says it.

    Of classes the mean of the probabilities, given as their logarithms, which softmax turns into
    probabilities again; else the mean of the outputs.
    """

    def __init__(self, members: Sequence[nn.Module], shares: Sequence[float], task: Task) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.shares = tuple(share / sum(shares) for share in shares)
        self.of_classes = task is Task.CLASSIFICATION

    def forward(self, values: Tensor, lengths: Tensor | None = None) -> Tensor:
        said = [member(values, lengths) for member in self.members]
        if not self.of_classes:
            return torch.stack([share * one for share, one in zip(self.shares, said, strict=True)]).sum(dim=0)
        logarithms = [
            torch.log_softmax(one, dim=-1) + math.log(share)
            for share, one in zip(self.shares, said, strict=True)
        ]
        return torch.logsumexp(torch.stack(logarithms), dim=0)


def build_ensemble(
    candidates: Sequence[Candidate], shares: Sequence[float], signature: Signature
) -> Ensemble:
    """The ensemble of these candidates' networks, with first weights."""
    members = [build(candidate, signature, seed=0) for candidate in candidates]
    return Ensemble(members, shares, signature.task)
