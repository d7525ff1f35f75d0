"""The time that the probes have, and what it did not suffice for."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from advisor.measure.rows import as_facts
from advisor.records import Fact


@dataclass
class Clock:
    """`end` is a time of `time.monotonic`; `left_out` says which probes did not fit before it."""

    end: float
    left_out: list[str] = field(default_factory=list)

    def allows(self, what: str, seconds: float) -> bool:
        """Whether so many seconds remain; noted as left out where they do not."""
        if time.monotonic() + seconds <= self.end:
            return True
        self.left_out.append(what)
        return False

    def facts(self) -> list[Fact]:
        """`probes_left_out`, where any were."""
        if not self.left_out:
            return []
        how = f"the time for probes did not suffice for: {', '.join(self.left_out)}"
        return as_facts([("probes_left_out", float(len(self.left_out)), "probes", how)], 0)
