"""The networks a search may try: families and architectures that fit the data, the options and the limits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from advisor import models, spaces
from advisor.decide.thresholds import MIRROR_HARMLESS
from advisor.errors import UsageError
from advisor.records import Candidate, Family, Inspection, SearchOptions, Signature
from advisor.search import studies
from advisor.search.budget import REFIT_TRIALS
from advisor.search.data import SearchData
from advisor.search.limits import MARGIN, Limits, excess_of, one_way, streaming_spaces, within
from advisor.spaces import Space
from advisor.training import Compute


@dataclass(frozen=True)
class Networks:
    """What there is to choose from, the advised family first.

    Attributes:
        bases: the sizing rule's candidate of each architecture, its own choice first.
        not_streaming: what `--streaming` rules out.
        too_large: what no setting brings within the limits.
    """

    spaces: dict[Family, tuple[Space, ...]]
    bases: dict[Family, dict[str, Candidate]]
    not_streaming: tuple[str, ...]
    too_large: tuple[str, ...]


def networks_for(
    families: tuple[Family, ...],
    data: SearchData,
    inspection: Inspection,
    options: SearchOptions,
    limits: Limits,
    compute: Compute,
    seconds: float | None,
) -> Networks:
    """What of these families may be tried on these data.

    Args:
        seconds: what a trial is sized for, None without a time limit.

    Raises:
        UsageError: no network is within the limits.
        SpaceError: the file of `--space` has faults.
    """
    override = None
    if options.space:
        override = spaces.parse(Path(options.space).read_text(encoding="utf-8"), options.space)
    among = {family: studies.spaces_for(family, data.signature, override) for family in families}
    not_streaming = tuple[str, ...]()
    if limits.streaming:
        among, not_streaming = streaming_spaces(among, data.signature)
    mirror = next((fact.value for fact in inspection.facts if fact.name == "mirror_score_ratio"), None)
    mirror_ok = mirror is not None and mirror >= MIRROR_HARMLESS.value
    bases = rule_candidates(data, among, seconds, compute, mirror_ok=mirror_ok)
    if limits.streaming:
        bases = {
            family: {name: one_way(candidate) for name, candidate in named.items()}
            for family, named in bases.items()
        }
    among, bases, too_large = within(
        excess_of(limits, data, compute, options.seed, margin=MARGIN),
        excess_of(Limits(limits.parameters), data, compute, options.seed),
        among,
        bases,
    )
    return Networks(among, bases, not_streaming, too_large)


def families_for(option: str, advised: Family, signature: Signature) -> tuple[Family, ...]:
    """The families to search, the advised one first.

    Raises:
        UsageError: a family that does not fit these data.
    """
    fitting = models.families(signature)
    if option in ("auto", "all"):
        return tuple(sorted(fitting, key=lambda family: family is not advised))
    chosen = next((family for family in fitting if family.value == option), None)
    if chosen is None:
        raise UsageError(
            f"`--family {option}` has no network for {signature.layout} data: choose {', '.join(fitting)}"
        )
    return (chosen,)


def rule_candidates(
    data: SearchData,
    family_spaces: dict[Family, tuple[Space, ...]],
    seconds: float | None,
    compute: Compute,
    *,
    mirror_ok: bool,
) -> dict[Family, dict[str, Candidate]]:
    """What the sizing rule gives for every architecture, its own choice first.

    Sized for the refit, which has several times the seconds of a trial.
    """
    samples = len(data.rounds[0].train)
    final = None if seconds is None else REFIT_TRIALS * seconds / len(data.rounds)

    def of(family: Family, architecture: str | None = None) -> Candidate:
        return models.first_candidate(
            family,
            data.signature,
            samples=samples,
            seconds=final,
            mirror_ok=mirror_ok,
            flops_per_second=compute.flops_per_second,
            architecture=architecture,
        )

    found: dict[Family, dict[str, Candidate]] = {}
    for family, among in family_spaces.items():
        names = [space.architecture for space in among]
        first = of(family)
        if first.architecture not in names:
            first = of(family, names[0])
        found[family] = {first.architecture: first} | {name: of(family, name) for name in names}
    return found
