"""Finding the search space files that travel with the package."""

from __future__ import annotations

from importlib.resources.abc import Traversable

from advisor import resources
from advisor.errors import SpaceError
from advisor.records import Family
from advisor.spaces.parsing import parse
from advisor.spaces.space import Space


def load_space(family: Family, architecture: str) -> Space:
    """The packaged space of one architecture.

    Raises:
        SpaceError: there is no such file, or it is wrong.
    """
    file = resources.folder("search_spaces") / family.value / f"{architecture}.toml"
    if not file.is_file():
        raise SpaceError(f"search_spaces/{family}/{architecture}.toml", ["there is no such file"])
    return _load(file, family)


def load_all() -> tuple[Space, ...]:
    """Every packaged space, by family and name.

    Raises:
        SpaceError: one of the files is wrong.
    """
    root = resources.folder("search_spaces")
    found = []
    for family in Family:
        folder = root / family.value
        files = folder.iterdir() if folder.is_dir() else iter(())
        found += [_load(file, family) for file in sorted(files, key=lambda one: one.name) if _is_space(file)]
    return tuple(found)


def _is_space(file: Traversable) -> bool:
    return file.is_file() and file.name.endswith(".toml") and not file.name.startswith(".")


def _load(file: Traversable, family: Family) -> Space:
    where = f"search_spaces/{family}/{file.name}"
    space = parse(file.read_text(encoding="utf-8"), where)
    name = file.name.removesuffix(".toml")
    faults = []
    if space.family is not family:
        faults.append(f"`family` = {space.family.value!r} is not the folder's name {family.value!r}")
    if space.architecture != name:
        faults.append(f"`architecture` = {space.architecture!r} is not the file's name {name!r}")
    if faults:
        raise SpaceError(where, faults)
    return space
