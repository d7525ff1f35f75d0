"""Blocks, the families of networks made of them, and the rule that sizes a first candidate."""

from advisor.models.ensemble import Ensemble, build_ensemble
from advisor.models.families import (
    FAMILIES,
    STEPS,
    Architecture,
    architectures,
    build,
    families,
    is_closed_form,
)
from advisor.models.heads import count_parameters
from advisor.models.sizing import first_candidate

__all__ = [
    "FAMILIES",
    "STEPS",
    "Architecture",
    "Ensemble",
    "architectures",
    "build",
    "build_ensemble",
    "count_parameters",
    "families",
    "first_candidate",
    "is_closed_form",
]
