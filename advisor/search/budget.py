"""Where the time goes. The timeout covers the whole command, so every phase gets a share of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

DEFAULT_TRIALS, DEFAULT_SECONDS = 30, 600.0
INSPECTION_SHARE = 0.1  # of all: the probes, which then ask less; and in proportion reading samples
CALIBRATION_SHARE = 0.05  # of all, where that is less than what the calibration wants
BASELINE_SHARE = 0.05  # of all: the first fits; fitting them again for the test doubles it to a tenth
RESERVE_SHARE, RESERVE_SECONDS = 0.03, 1.5  # for the test, the bundle and the report
RESERVE_SHORT = 0.1  # of all, where that is less than RESERVE_SECONDS
FAIR_SHARE, MOST_PER_FAMILY = 0.30, 0.12  # of what is left after the baselines
LONG_SECONDS = 120.0  # beyond these a trial grows with the square root of the time, and so do the trials
REFIT_SHARE = 0.38  # of what is left after the fair round
REFIT_SHARE_CUT = 0.6  # where time cut the best trial short: a longer schedule gains more than a search
REFIT_MARGIN = 1.25  # times what the refit should take by a trial's speed: the machine may become slower
CUT_SHORT = 0.5  # of the allowed epochs; a trial that got through fewer was cut short
REFIT_TRIALS = 3.0  # about how many times the seconds of a trial the refit gets; of a long time more
LEAST_TRIAL_SECONDS = 0.5  # equal shares smaller than that train nothing
ALONE_SHARE, LEAST_ALONE = 0.4, 1.0  # of what is left, and seconds: for one network instead of equal shares
OVER_SECONDS = 2.0  # beyond the time limit, after which nothing is begun: 5 s are the word that is kept
LEAST_OF_RESUMED = 0.25  # of the time limit: a resumed search can train and test what was found before
LEAST_PART_OF_TRIAL = 0.8  # a trial is not begun when less than this much of its time is left


@dataclass(frozen=True)
class Budget:
    """Seconds and trials that a search may take; None is no limit."""

    seconds: float | None
    trials: int | None
    start: float = field(default_factory=time.monotonic)

    @classmethod
    def of(
        cls, seconds: float | None, trials: int | None, start: float | None = None, used: float = 0.0
    ) -> Budget:
        """Without either limit: DEFAULT_TRIALS or DEFAULT_SECONDS, whichever comes first.

        Args:
            used: seconds that an interrupted search used before.
        """
        if seconds is None and trials is None:
            seconds, trials = DEFAULT_SECONDS, DEFAULT_TRIALS
        if seconds is not None:
            seconds = max(seconds - used, LEAST_OF_RESUMED * seconds)
        return cls(seconds, trials, time.monotonic() if start is None else start)

    def elapsed(self) -> float:
        return time.monotonic() - self.start

    def left(self) -> float | None:
        """Seconds until the reserve for test and report begins; None without a time limit."""
        if self.seconds is None:
            return None
        reserve = RESERVE_SHARE * self.seconds + min(RESERVE_SECONDS, RESERVE_SHORT * self.seconds)
        return max(0.0, self.seconds - reserve - self.elapsed())

    def left_in_all(self) -> float | None:
        """Seconds until the time limit itself, the reserve included; None without one."""
        return None if self.seconds is None else max(0.0, self.seconds - self.elapsed())

    def least_refit(self) -> float:
        """Seconds that a refit gets in any case, as far as the word is kept all the same."""
        over = 0.0 if self.seconds is None else max(0.0, self.elapsed() - self.seconds)
        return max(0.1, min(LEAST_ALONE, 2 * OVER_SECONDS - over))

    def calibration_seconds(self, wanted: float) -> float:
        """For timing what computes fastest here."""
        return wanted if self.seconds is None else min(wanted, CALIBRATION_SHARE * self.seconds)

    def baseline_seconds(self) -> float | None:
        """For the first fits of all baselines together."""
        return None if self.seconds is None else BASELINE_SHARE * self.seconds

    def trial_seconds(self, families: int) -> float | None:
        """What every trial gets, in the fair round and after it: equal, so that all can be compared.

        Of a long time more goes into more trials, and into the finalists' fresh seeds. Where the shares would
        train nothing, what one network gets, which is then not compared.

        Args:
            families: how many share the fair round.
        """
        left = self.left()
        if left is None:
            return None
        each = left * min(FAIR_SHARE / families, MOST_PER_FAMILY)
        each *= min(1.0, LONG_SECONDS / max(left, 1e-9)) ** 0.5
        return each if each >= LEAST_TRIAL_SECONDS else max(LEAST_ALONE, ALONE_SHARE * left)


def inspection_seconds(limit: float | None) -> float | None:
    """What the probes of a search may take; None where they take what they want."""
    return None if limit is None else INSPECTION_SHARE * limit
