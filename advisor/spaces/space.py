"""What a search space is: parameters with ranges and conditions, and first candidates to try."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field

from advisor.records import Family, Record, Task

Value = bool | int | float | str
Layout = Literal["image", "volume", "series", "clip", "text", "table"]


class Parameter(Record):
    """One setting and the values it may take.

    Attributes:
        low, high: both inside the range; for int and float.
        log: values spread evenly in their logarithm.
        step: distance between values, counted from `low`; None for any (int: 1).
        choices: for categorical.
        when: the setting exists only where these others, named earlier, have these values.
        layouts, tasks: where it exists; empty means everywhere.
        reason, source: why this range, and who says so.
    """

    name: str
    type: Literal["int", "float", "categorical"]
    low: float | None = None
    high: float | None = None
    log: bool = False
    step: float | None = None
    choices: tuple[Value, ...] = ()
    when: dict[str, Value] = Field(default_factory=dict)
    layouts: tuple[Layout, ...] = ()
    tasks: tuple[Task, ...] = ()
    reason: str
    source: str

    def contains(self, value: Value) -> bool:
        """Whether the value is one this parameter may take."""
        if self.type == "categorical":
            return any(_same(value, choice) for choice in self.choices)
        if isinstance(value, bool | str) or not math.isfinite(value):
            return False
        if self.type == "int" and value != int(value):
            return False
        assert self.low is not None
        assert self.high is not None
        return self.low <= value <= self.high and self._on_grid(value)

    def nearest(self, value: Value) -> Value:
        """The permitted value nearest to this one; the first choice where nothing is near."""
        if self.type == "categorical":
            return next((choice for choice in self.choices if _same(value, choice)), self.choices[0])
        assert self.low is not None
        assert self.high is not None
        number = self.low if isinstance(value, str) or not math.isfinite(value) else float(value)
        number = min(max(number, self.low), self.high)
        if self.step is not None:
            steps = min(round((number - self.low) / self.step), self._last_step())
            number = float(f"{self.low + steps * self.step:.12g}")  # 12 steps of 0.05 are 0.6000000000000001
        return round(number) if self.type == "int" else number

    def _last_step(self) -> int:
        assert self.low is not None
        assert self.high is not None
        assert self.step is not None
        return int((self.high - self.low) / self.step + 1e-9)

    def _on_grid(self, value: float) -> bool:
        if self.step is None or self.low is None:
            return True
        steps = (value - self.low) / self.step
        return abs(steps - round(steps)) < 1e-9 * max(1.0, abs(steps))


class SpaceCandidate(Record):
    """Settings worth trying first, and why; the rule's own settings fill in what is not named."""

    params: dict[str, Value]
    layouts: tuple[Layout, ...] = ()
    tasks: tuple[Task, ...] = ()
    reason: str
    source: str


class Space(Record):
    """All settings of one architecture of one family."""

    family: Family
    architecture: str
    about: str
    layouts: tuple[Layout, ...]
    tasks: tuple[Task, ...]
    parameters: tuple[Parameter, ...]
    candidates: tuple[SpaceCandidate, ...] = ()

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that name, or None."""
        return next((one for one in self.parameters if one.name == name), None)

    def restricted(self, layout: str, task: Task) -> Space:
        """The space as it is for one layout and task: what does not exist there is left out.

        Conditions that name a left-out parameter leave theirs out too.
        """
        kept: list[Parameter] = []
        for one in self.parameters:
            if _applies(one, layout, task) and all(name in {k.name for k in kept} for name in one.when):
                kept.append(one)
        candidates = tuple(one for one in self.candidates if _applies(one, layout, task))
        return self.model_copy(update={"parameters": tuple(kept), "candidates": candidates})

    def active(self, params: dict[str, Value]) -> tuple[Parameter, ...]:
        """The parameters whose conditions these settings meet."""
        return tuple(one for one in self.parameters if condition_met(one, params))


def condition_met(parameter: Parameter, params: dict[str, Value]) -> bool:
    """Whether every `when` of the parameter holds in these settings."""
    return all(name in params and _same(params[name], value) for name, value in parameter.when.items())


def _applies(one: Parameter | SpaceCandidate, layout: str, task: Task) -> bool:
    return (not one.layouts or layout in one.layouts) and (not one.tasks or task in one.tasks)


def _same(one: Value, other: Value) -> bool:
    """Equal, and both or neither of them a truth value: `1` is not `true`."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other
