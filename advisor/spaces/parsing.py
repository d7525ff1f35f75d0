"""Search space files: TOML in, a Space out, or every fault of the file at once."""

from __future__ import annotations

import math
import tomllib
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from advisor.errors import SpaceError
from advisor.spaces.space import Parameter, Space, SpaceCandidate, Value, condition_met

TOP_LEVEL = ("family", "architecture", "about", "layouts", "tasks", "parameters", "candidates")


def parse(text: str, where: str) -> Space:
    """The space that a TOML text describes.

    Args:
        where: the file, for the message.

    Raises:
        SpaceError: with every fault of the text, one line each.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SpaceError(where, [f"not TOML: {error}"]) from error
    faults = [_unknown(name, TOP_LEVEL) for name in document if name not in TOP_LEVEL]
    parameters = _parameters(document.get("parameters", {}), faults)
    candidates = _candidates(document.get("candidates", []), faults)
    space = _space(document, parameters, candidates, faults)
    _check_conditions(parameters, faults)
    _check_candidates(parameters, candidates, faults)
    if space is not None:
        _check_limits(space, faults)
    if faults or space is None:
        raise SpaceError(where, faults)
    return space


def _space(
    document: dict[str, Any], parameters: list[Parameter], candidates: list[SpaceCandidate], faults: list[str]
) -> Space | None:
    plain = {name: document[name] for name in TOP_LEVEL[:5] if name in document}
    try:
        return Space.model_validate({**plain, "parameters": parameters, "candidates": candidates})
    except ValidationError as error:
        faults += _told(error, "")
        return None


def _parameters(table: Any, faults: list[str]) -> list[Parameter]:
    if not isinstance(table, dict):
        faults.append("`parameters` must be tables: write [parameters.NAME]")
        return []
    found = []
    for name, entry in table.items():
        where = f"parameters.{name}"
        if not isinstance(entry, dict):
            faults.append(f"`{where}` must be a table: write [{where}]")
            continue
        try:
            parameter = Parameter.model_validate({**entry, "name": name})
        except ValidationError as error:
            faults += _told(error, f"{where}.")
            continue
        faults += [f"`{where}`: {fault}" for fault in _range_faults(parameter)]
        found.append(parameter)
    return found


def _candidates(entries: Any, faults: list[str]) -> list[SpaceCandidate]:
    if not isinstance(entries, list):
        faults.append("`candidates` must be a list of tables: write [[candidates]]")
        return []
    found = []
    for place, entry in enumerate(entries, start=1):
        try:
            found.append(SpaceCandidate.model_validate(entry))
        except ValidationError as error:
            faults += _told(error, f"candidates {place}.")
    return found


def _range_faults(parameter: Parameter) -> list[str]:
    """What is wrong with a parameter's values."""
    if parameter.type == "categorical":
        return _choice_faults(parameter)
    faults = []
    if parameter.choices:
        faults.append(f"`choices` are for categorical, and the type is {parameter.type}: remove them")
    low, high, step = parameter.low, parameter.high, parameter.step
    if low is None or high is None:
        return [*faults, f"`low` and `high` are needed, found low = {low}, high = {high}"]
    if not all(math.isfinite(value) for value in (low, high, step or 0.0)):
        return [*faults, f"`low`, `high` and `step` must be finite, found {low}, {high}, {step}"]
    if low > high:
        faults.append(f"`low <= high` does not hold: low = {low:g}, high = {high:g}")
    if parameter.log and low <= 0:
        faults.append(f"`log` needs `low > 0`, found low = {low:g}")
    if parameter.log and step is not None:
        faults.append("`log` and `step` exclude each other: remove one")
    if step is not None and step <= 0:
        faults.append(f"`step > 0` does not hold: step = {step:g}")
    elif low <= high and not parameter.contains(high):
        faults.append(f"`high` = {high:g} cannot be reached from low = {low:g} in steps of {step or 1:g}")
    if parameter.type == "int":
        named = (("low", low), ("high", high), ("step", step))
        faults += [
            f"`{name}` of an int must be whole, found {value:g}"
            for name, value in named
            if value is not None and value != int(value)
        ]
    return faults


def _choice_faults(parameter: Parameter) -> list[str]:
    faults = [] if parameter.choices else ["`choices` must hold at least one value"]
    given = (("low", parameter.low), ("high", parameter.high), ("step", parameter.step))
    faults += [
        f"`{name}` is for numbers, and the type is categorical" for name, value in given if value is not None
    ]
    if parameter.log:
        faults.append("`log` is for numbers, and the type is categorical")
    if len({(type(choice), choice) for choice in parameter.choices}) < len(parameter.choices):
        faults.append(f"`choices` holds a value twice: {list(parameter.choices)}")
    return faults


def _check_conditions(parameters: list[Parameter], faults: list[str]) -> None:
    """A condition names a parameter further up, and a value it can have."""
    known: dict[str, Parameter] = {}
    for parameter in parameters:
        for name, value in parameter.when.items():
            where = f"parameters.{parameter.name}.when"
            if name not in known:
                faults.append(f"`{where}` names {name!r}, which is no parameter further up")
            elif not _may_be(known[name], value):
                faults.append(f"`{where}`: {name} can never be {value!r}")
        known[parameter.name] = parameter


def _check_candidates(
    parameters: list[Parameter], candidates: list[SpaceCandidate], faults: list[str]
) -> None:
    """A candidate sets known parameters to values they can have."""
    known = {parameter.name: parameter for parameter in parameters}
    for place, candidate in enumerate(candidates, start=1):
        for name, value in candidate.params.items():
            where = f"candidates {place}.params.{name}"
            if name not in known:
                faults.append(_unknown(where, tuple(known), short=name))
            elif not _may_be(known[name], value):
                faults.append(f"`{where}` = {value!r} is outside {_range(known[name])}")
            elif not condition_met(known[name], candidate.params):
                faults.append(f"`{where}` is set, but its condition {known[name].when} does not hold")


def _may_be(parameter: Parameter, value: Value) -> bool:
    """Whether the parameter takes the value; one that is itself wrong has been told already."""
    return bool(_range_faults(parameter)) or parameter.contains(value)


def _check_limits(space: Space, faults: list[str]) -> None:
    """Layouts and tasks of a part are among those of the whole."""
    parts: list[tuple[str, Parameter | SpaceCandidate]] = [
        (f"parameters.{one.name}", one) for one in space.parameters
    ]
    parts += [(f"candidates {place}", one) for place, one in enumerate(space.candidates, start=1)]
    for where, part in parts:
        for name, own, all_of_them in (
            ("layouts", part.layouts, space.layouts),
            ("tasks", part.tasks, space.tasks),
        ):
            strange = [value for value in own if value not in all_of_them]
            if strange:
                faults.append(
                    f"`{where}.{name}` holds {', '.join(strange)}, which the space itself does not take"
                )


def _range(parameter: Parameter) -> str:
    if parameter.type == "categorical":
        return "{" + ", ".join(repr(choice) for choice in parameter.choices) + "}"
    step = "" if parameter.step is None else f" in steps of {parameter.step:g}"
    return f"{parameter.low:g} to {parameter.high:g}{step}"


def _unknown(where: str, known: tuple[str, ...], short: str | None = None) -> str:
    near = get_close_matches(short or where, known, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(known)}"
    return f"`{where}` is unknown: {hint}"


def _told(error: ValidationError, prefix: str) -> list[str]:
    """pydantic's findings, each with its place in the file."""
    told = []
    for found in error.errors():
        place = ".".join(str(part) for part in found["loc"] if part not in ("bool", "int", "float", "str"))
        fault = f"`{prefix}{place}`: {found['msg'].lower()}, found {_shown(found['input'])}"
        if fault not in told:
            told.append(fault)
    return told


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
