"""The registry: which architectures each family has, and building one from plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import torch
from torch import nn

from advisor.errors import UsageError
from advisor.models import cnn, hybrid, mlp, rnn, rocket
from advisor.models.blocks import Encoder
from advisor.models.heads import encoder_signature, with_head
from advisor.models.settings import Params
from advisor.records import Candidate, Family, Signature, Task

LABELLED = frozenset({Task.CLASSIFICATION, Task.REGRESSION})
EVERY = LABELLED | {Task.FORECASTING}


@dataclass(frozen=True)
class Architecture:
    """One architecture of a family.

    Attributes:
        build: makes the network. Its forward takes `(values, lengths=None)` and gives logits
            [batch, class], values [batch, 1], or forecasts [batch, horizon, target channel].
        layouts: of `Signature.layout`, those it takes.
        fit: "gradient", or "closed_form" when the network has `fit_closed_form`.
        tasks: those it can be trained for; forecasting on the layout series only.
        streams: layouts of which it reads step after step without looking ahead, in one direction
            alone where it has the setting `bidirectional`.
    """

    build: Callable[[Signature, Params], nn.Module]
    layouts: frozenset[str]
    fit: Literal["gradient", "closed_form"] = "gradient"
    tasks: frozenset[Task] = EVERY
    streams: frozenset[str] = frozenset()

    def takes(self, signature: Signature) -> bool:
        """Whether it can be built for that signature."""
        return signature.layout in self.layouts and signature.task in self.tasks


def _encoded(
    encode: Callable[[Signature, Params], Encoder], signature: Signature, params: Params
) -> nn.Module:
    return with_head(encode(encoder_signature(signature, params), params), signature, params)


def _on_frames(
    encoder: Callable[[cnn.FrameEncoder], Encoder], signature: Signature, params: Params
) -> nn.Module:
    return with_head(encoder(cnn.frame_encoder(signature, params)), signature, params)


def _network(
    encode: Callable[[Signature, Params], Encoder], *layouts: str, streams: tuple[str, ...] = ()
) -> Architecture:
    return Architecture(partial(_encoded, encode), frozenset(layouts), streams=frozenset(streams))


SEQUENCES = ("series", "text")
GRIDS = ("image", "volume", "clip")
STEPS = (*SEQUENCES, "clip")  # layouts whose samples come step after step

FAMILIES: dict[Family, dict[str, Architecture]] = {
    Family.CNN: {
        "plain": _network(partial(cnn.encode, "plain"), *GRIDS, *SEQUENCES),
        "resnet": _network(partial(cnn.encode, "resnet"), *GRIDS, *SEQUENCES),
        "rocket": Architecture(rocket.build, frozenset({"series"}), fit="closed_form", tasks=LABELLED),
        "frames": Architecture(
            partial(_on_frames, cnn.BagOfFrames),
            frozenset({"clip"}),
            tasks=LABELLED,
            streams=frozenset({"clip"}),
        ),
        "single_frame": Architecture(
            partial(_on_frames, cnn.SingleFrame), frozenset({"clip"}), tasks=LABELLED
        ),
    },
    Family.RNN: {
        "lstm": _network(partial(rnn.encode, "lstm"), "image", "clip", *SEQUENCES, streams=STEPS),
        "gru": _network(partial(rnn.encode, "gru"), "image", "clip", *SEQUENCES, streams=STEPS),
        "elman": _network(partial(rnn.encode, "elman"), "image", "clip", *SEQUENCES, streams=STEPS),
    },
    Family.HYBRID: {
        "cnn_lstm": _network(partial(hybrid.encode, "lstm"), "clip", *SEQUENCES, streams=("clip",)),
        "cnn_gru": _network(partial(hybrid.encode, "gru"), "clip", *SEQUENCES, streams=("clip",)),
    },
    Family.MLP: {"mlp": Architecture(partial(_encoded, mlp.encode), frozenset({"table"}), tasks=LABELLED)},
}


def families(signature: Signature) -> tuple[Family, ...]:
    """The families with at least one architecture for that signature."""
    return tuple(family for family in FAMILIES if architectures(family, signature))


def architectures(family: Family, signature: Signature) -> dict[str, Architecture]:
    """The architectures of a family that take that signature."""
    return {name: one for name, one in FAMILIES[family].items() if one.takes(signature)}


def is_closed_form(candidate: Candidate) -> bool:
    """Whether it is trained without steps of an optimizer, in the seconds that its samples need."""
    return FAMILIES[candidate.family][candidate.architecture].fit == "closed_form"


def build(candidate: Candidate, signature: Signature, *, seed: int) -> nn.Module:
    """The network of a candidate; the same seed gives the same first weights.

    Raises:
        UsageError: the architecture is unknown, or does not take that signature.
    """
    known = FAMILIES[candidate.family]
    if candidate.architecture not in known:
        raise UsageError(
            f"`architecture` {candidate.architecture!r} is none of family {candidate.family}: "
            f"choose one of {', '.join(known)}"
        )
    architecture = known[candidate.architecture]
    if not architecture.takes(signature):
        raise UsageError(
            f"`architecture` {candidate.family}/{candidate.architecture} does not take {signature.layout} "
            f"for {signature.task}: choose one of {', '.join(architectures(candidate.family, signature))}"
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return architecture.build(signature, {"kernel_seed": seed, **candidate.params})
