"""What is packed: exactly the package and its data, the same from a checkout and from a source archive."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def build(source: Path, out: Path, form: str) -> Path:
    """Builds `source` without a network and returns the one file made."""
    command = [
        sys.executable,
        "-m",
        "build",
        "--no-isolation",
        f"--{form}",
        "--outdir",
        str(out),
        str(source),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = out.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(Path(__file__).parent.parent.parent, tmp_path_factory.mktemp("wheel"), "wheel")


def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return sorted(archive.namelist())


def packed_files(checkout: Path, folder: str) -> set[str]:
    """The files of one folder of the checkout, without what Python leaves behind."""
    files = (path for path in (checkout / folder).rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {str(path.relative_to(checkout)) for path in files}


def test_wheel_adds_one_package_to_site_packages(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in names(wheel)}
    version = wheel.name.split("-")[1]
    assert tops == {"advisor", f"architecture_advisor-{version}.dist-info"}


def test_wheel_holds_the_files_of_the_checkout_without_makers(wheel: Path, checkout: Path) -> None:
    expected = packed_files(checkout, "advisor")
    for folder in ("datasets", "search_spaces"):
        data = packed_files(checkout, folder)
        expected |= {f"advisor/_data/{name}" for name in data if not name.endswith(".py")}
    assert {name for name in names(wheel) if ".dist-info/" not in name} == expected


def test_wheel_from_the_source_archive_is_the_same(wheel: Path, checkout: Path, tmp_path: Path) -> None:
    archive = build(checkout, tmp_path / "sdist", "sdist")
    with tarfile.open(archive) as opened:
        opened.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    again = build(source, tmp_path / "wheel", "wheel")
    assert names(again) == names(wheel)


def test_installed_wheel_finds_its_folders_and_runs(wheel: Path, tmp_path: Path) -> None:
    """Unpacked alone, away from the checkout, with the libraries of this environment."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
        "import advisor.resources as r; print(r.__file__)\n"
        "print(r.folder('datasets') / 'digits', (r.folder('datasets') / 'digits' / 'card.toml').is_file())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    where, found = done.stdout.splitlines()
    assert where.startswith(str(tmp_path))
    assert found == f"{tmp_path / 'site' / 'advisor' / '_data' / 'datasets' / 'digits'} True"
    shutil.rmtree(tmp_path / "site")
