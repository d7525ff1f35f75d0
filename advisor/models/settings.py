"""Reading the settings of a candidate, each as the type that its use needs."""

from __future__ import annotations

from collections.abc import Mapping

Params = Mapping[str, bool | int | float | str]


def whole(params: Params, name: str, default: int) -> int:
    """A whole number."""
    return int(params.get(name, default))


def number(params: Params, name: str, default: float) -> float:
    """A number."""
    return float(params.get(name, default))


def switch(params: Params, name: str, default: bool) -> bool:
    """On or off."""
    return bool(params.get(name, default))
