"""Holds the table of rooms: what each may import, of ours and of others."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "advisor"

ARRAYS = {"numpy", "scipy", "sklearn"}

# room: (rung, third-party packages it may import). A room imports from its own rung or a lower one.
ROOMS: dict[str, tuple[int, set[str]]] = {
    "errors": (0, set()),
    "interrupt": (0, set()),
    "records": (0, {"pydantic"}),
    "resources": (1, set()),
    "spaces": (1, {"pydantic"}),
    "readers": (
        2,
        {"numpy", "pandas", "PIL", "av", "h5py", "nibabel", "pyarrow", "soundfile", "tifffile", "zarr"},
    ),
    "measure": (3, {*ARRAYS, "torch"}),
    "decide": (4, set()),
    "prepare": (5, {*ARRAYS, "pandas", "torch", "pydantic", "PIL", "tokenizers"}),
    "models": (6, {"numpy", "torch"}),
    "tasks": (6, {*ARRAYS, "torch"}),
    "training": (6, {"numpy", "torch"}),
    "search": (7, {"numpy", "torch", "pydantic", "optuna"}),
    "bundle": (8, {"numpy", "torch", "pydantic", "safetensors", "onnx", "onnxruntime", "onnxscript"}),
    "report": (9, {"rich", "jinja2", "numpy", "PIL", "scipy", "torch", "mlflow"}),
    "workflow": (10, {"numpy", "pydantic"}),
    "cli": (11, {"typer", "click", "rich", "torch"}),
    "__main__": (11, set()),
    "__init__": (11, set()),
}
OUTERMOST = {"cli", "__main__"}  # only here does the program print, read the environment or exit


def room_of(path: Path) -> str:
    """The room that a file of the package belongs to."""
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def source_files() -> list[Path]:
    """Every Python file of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def imported_names(tree: ast.AST) -> Iterator[str]:
    """Every module imported anywhere in a file, as a dotted name; inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide which room is meant"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def faults(room: str, names: Iterator[str]) -> list[str]:
    """The imports that a file of `room` may not have."""
    rung, third_party = ROOMS[room]
    found = []
    for name in names:
        top, _, rest = name.partition(".")
        if top == "advisor":
            other = rest.partition(".")[0]
            if ROOMS.get(other, (0, set()))[0] > rung:
                found.append(f"advisor.{other} stands on a higher rung")
        elif top not in sys.stdlib_module_names and top not in third_party:
            found.append(f"{top} is not among the third-party packages of this room")
    return found


@pytest.mark.parametrize("path", source_files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_room_imports_only_what_it_may(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert faults(room_of(path), imported_names(tree)) == []


@pytest.mark.parametrize("path", source_files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_command_line_exits_or_reads_the_environment(path: Path) -> None:
    if room_of(path) in OUTERMOST:
        return
    used = {ast.unparse(node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))}
    assert used.isdisjoint({"sys.exit", "os.environ", "os.getenv", "exit", "quit"})


def test_every_room_is_in_the_table() -> None:
    assert {room_of(path) for path in source_files()} <= set(ROOMS)


@pytest.mark.parametrize(
    ("room", "code"),
    [
        ("readers", "from advisor.workflow import search"),
        ("readers", "from advisor import workflow"),
        ("decide", "import numpy"),
        ("training", "def later():\n    import optuna"),
    ],
)
def test_a_forbidden_import_is_found(room: str, code: str) -> None:
    assert len(faults(room, imported_names(ast.parse(code)))) == 1


@pytest.mark.parametrize(
    ("room", "code"),
    [
        ("search", "from advisor.training.loop import train"),
        ("models", "from advisor.tasks import heads"),
        ("report", "import json, rich.table"),
    ],
)
def test_an_allowed_import_passes(room: str, code: str) -> None:
    assert faults(room, imported_names(ast.parse(code))) == []
