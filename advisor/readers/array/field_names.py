"""What the axes of a field are, by the names and attributes of its coordinates.

Source of the attributes: CF conventions 1.11, chapters 4 and 5, https://cfconventions.org
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from advisor.readers.array.stored import Stored

Role = Literal["time", "height", "width", "level", "place", "sample", "channel", "bounds", ""]

NAMES: dict[Role, frozenset[str]] = {
    "time": frozenset(
        {"time", "times", "t", "date", "dates", "datetime", "timestamp", "timestamps", "year", "years",
         "month", "day", "hour", "frame", "frames", "nt", "ntime", "ntimes", "tdim", "xtime",
         "step", "steps", "timestep", "timesteps", "init"}
    ),
    "height": frozenset(
        {"lat", "lats", "latitude", "latitudes", "y", "rlat", "row", "rows", "ny", "nlat", "j", "nj", "yc",
         "south", "northing", "ydim"}
    ),
    "width": frozenset(
        {"lon", "lons", "long", "longitude", "longitudes", "x", "rlon", "col", "cols", "column", "columns",
         "nx", "nlon", "i", "ni", "xc", "west", "easting", "xdim"}
    ),
    "level": frozenset(
        {"level", "levels", "lev", "plev", "depth", "z", "altitude", "pressure", "isobaric", "height",
         "bottom", "layer", "sigma", "nz", "hybrid"}
    ),
    "place": frozenset(
        {"station", "stations", "site", "sites", "node", "nodes", "sensor", "sensors", "location",
         "locations", "point", "points", "cell", "cells", "ncells", "ncol", "nod2", "gauge", "basin",
         "catchment", "region", "city", "cities", "buoy", "detector", "detectors"}
    ),
    "sample": frozenset(
        {"sample", "samples", "batch", "n", "image", "images", "member", "members", "realization", "ensemble",
         "number", "event", "events", "case", "cases", "example", "examples", "trajectory", "run", "patch",
         "instance", "simulation"}
    ),
    "channel": frozenset(
        {"channel", "channels", "band", "bands", "variable", "variables", "feature", "features", "rgb", "c"}
    ),
    "bounds": frozenset(
        {"bnds", "bounds", "nv", "vertices", "nvertex", "nbnds", "nb2", "bound", "strlen", "nchar"}
    ),
}  # fmt: skip
"""Usual names of dimensions in climate, ocean, weather and simulation files."""

AXES: dict[str, Role] = {"T": "time", "Y": "height", "X": "width", "Z": "level"}
UNITS: dict[str, Role] = {
    "degrees_north": "height", "degree_north": "height", "degrees_n": "height", "degreesn": "height",
    "degrees_east": "width", "degree_east": "width", "degrees_e": "width", "degreese": "width",
    "hpa": "level", "millibars": "level", "mbar": "level",
}  # fmt: skip
STANDARD: dict[str, Role] = {
    "time": "time", "latitude": "height", "grid_latitude": "height", "projection_y_coordinate": "height",
    "longitude": "width", "grid_longitude": "width", "projection_x_coordinate": "width",
}  # fmt: skip
ENDINGS = re.compile(r"[_ ]*(coords?|coordinates?|dim|axis|index|idx|grid|pos)$")
"""What names of dimensions end in that says nothing: `xcoord`, `y_grid`."""

SINCE = re.compile(r"^\s*(\w+)\s+since\s+(.+?)\s*$", re.IGNORECASE)


def roles(dims: Sequence[str], coordinates: Mapping[str, Stored]) -> tuple[Role, ...]:
    """What each axis is; of two with one role the second is "" (a second `time` is a forecast's step)."""
    found: list[Role] = []
    for dim in dims:
        role = _role(dim, coordinates.get(dim))
        found.append("" if role and role in found else role)
    named = dict(zip(dims, found, strict=True))
    if "width" in dims and "height" in dims:  # beside `width` it is no altitude
        named |= {"height": "height", "width": "width"}
    return tuple(named[dim] for dim in dims)


def is_time(one: Stored) -> bool:
    """Whether a coordinate is one of time, by its attributes or name."""
    return _role(one.name.rsplit("/", 1)[-1], one) == "time"


def _role(dim: str, coordinate: Stored | None) -> Role:
    given = coordinate.attributes if coordinate is not None else {}
    units = str(given.get("units", "")).strip()
    if SINCE.match(units):
        return "time"
    standard = str(given.get("standard_name", "")).lower()
    said = AXES.get(str(given.get("axis", ""))) or STANDARD.get(standard) or UNITS.get(units.lower())
    if said:
        return said
    words = [word for word in re.split(r"[^a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", dim).lower()) if word]
    for role, names in NAMES.items():
        if words and {dim.lower(), ENDINGS.sub("", dim.lower()), "".join(words), words[0], words[-1]} & names:
            return role
    return ""
