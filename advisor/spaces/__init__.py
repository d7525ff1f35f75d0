"""Search spaces: types, parsing with all faults told at once, and the files that travel with the package."""

from advisor.spaces.loading import load_all, load_space
from advisor.spaces.parsing import parse
from advisor.spaces.space import Parameter, Space, SpaceCandidate, condition_met

__all__ = ["Parameter", "Space", "SpaceCandidate", "condition_met", "load_all", "load_space", "parse"]
