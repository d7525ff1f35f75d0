from __future__ import annotations

import contextlib
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.errors import SpaceError
from advisor.models import FAMILIES
from advisor.records import Family, Task
from advisor.spaces import Parameter, Space, load_all, load_space, parse

GOOD = """
family = "rnn"
architecture = "lstm"
about = "An example."
layouts = ["series", "text"]
tasks = ["classification", "forecasting"]

[parameters.layers]
type = "int"
low = 1
high = 3
reason = "r"
source = "s"

[parameters.between]
type = "float"
low = 0.0
high = 0.5
step = 0.1
when = { layers = 2 }
layouts = ["text"]
reason = "r"
source = "s"

[parameters.learning_rate]
type = "float"
low = 1e-4
high = 1e-2
log = true
reason = "r"
source = "s"

[parameters.both]
type = "categorical"
choices = [true, false]
tasks = ["classification"]
reason = "r"
source = "s"

[[candidates]]
params = { layers = 2, between = 0.3, both = true }
reason = "r"
source = "s"
"""


@pytest.fixture(scope="module")
def packaged() -> tuple[Space, ...]:
    return load_all()


def test_every_architecture_has_its_file_and_every_file_its_architecture(packaged: tuple[Space, ...]) -> None:
    files = {(space.family, space.architecture) for space in packaged}
    assert files == {(family, name) for family, known in FAMILIES.items() for name in known}


def test_files_and_registry_agree_on_layouts_and_tasks(packaged: tuple[Space, ...]) -> None:
    for space in packaged:
        architecture = FAMILIES[space.family][space.architecture]
        assert (set(space.layouts), set(space.tasks)) == (architecture.layouts, architecture.tasks)


def test_every_packaged_choice_says_why_and_who_says_so(packaged: tuple[Space, ...]) -> None:
    parts = [part for space in packaged for part in (*space.parameters, *space.candidates)]
    assert all(part.reason and part.source for part in parts)
    assert all(space.candidates for space in packaged)


def test_a_missing_space_is_told() -> None:
    with pytest.raises(SpaceError, match=r"search_spaces/rnn/transformer\.toml: .*no such file"):
        load_space(Family.RNN, "transformer")


def test_a_good_text_is_read_as_it_stands() -> None:
    space = parse(GOOD, "here")
    assert [one.name for one in space.parameters] == ["layers", "between", "learning_rate", "both"]
    assert space.candidates[0].params == {"layers": 2, "between": 0.3, "both": True}


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("low = 1\n", "low = 5\n", "`low <= high` does not hold: low = 5, high = 3"),
        ("low = 1\n", "low = 1.5\n", "`low` of an int must be whole, found 1.5"),
        ("low = 1\n", "", "`low` and `high` are needed, found low = None"),
        ("low = 1\n", "low = nan\n", "must be finite"),
        ("low = 1e-4\n", "low = 0.0\n", "`log` needs `low > 0`"),
        ("log = true\n", "log = true\nstep = 1e-3\n", "`log` and `step` exclude each other"),
        ("step = 0.1\n", "step = 0.2\n", "`high` = 0.5 cannot be reached"),
        ("step = 0.1\n", "step = 0.0\n", "`step > 0` does not hold"),
        ("choices = [true, false]\n", "choices = []\n", "`choices` must hold at least one value"),
        ("choices = [true, false]\n", "choices = [true, true]\n", "holds a value twice"),
        ("choices = [true, false]\n", "choices = [true, false]\nlow = 1\n", "`low` is for numbers"),
        ('type = "int"\n', 'type = "whole"\n', "`parameters.layers.type`"),
        ("when = { layers = 2 }", "when = { layer = 2 }", "names 'layer', which is no parameter further up"),
        ("when = { layers = 2 }", "when = { layers = 7 }", "layers can never be 7"),
        ('layouts = ["text"]', 'layouts = ["clip"]', "`parameters.between.layouts` holds clip"),
        ("layers = 2, between", "layers = 9, between", "`candidates 1.params.layers` = 9 is outside 1 to 3"),
        ("layers = 2, between", "layers = 1, between", "its condition {'layers': 2} does not hold"),
        ("both = true }", "both = 1 }", "is outside {True, False}"),
        ("both = true }", "bothh = true }", "did you mean `both`?"),
        ('about = "An example."', 'abbout = "An example."', "did you mean `about`?"),
        ('family = "rnn"', 'family = "rn"', "`family`"),
        ('reason = "r"\n', "", "`parameters.layers.reason`: field required"),
        ("[[candidates]]", "[candidates]", "must be a list of tables"),
        ("[parameters.layers]", "[parameters.layers", "not TOML"),
    ],
)
def test_a_fault_is_named(old: str, new: str, fault: str) -> None:
    assert old in GOOD
    with pytest.raises(SpaceError, match=re.escape(fault)):
        parse(GOOD.replace(old, new, 1), "here")


def test_all_faults_are_told_at_once() -> None:
    text = (
        GOOD.replace("low = 1\n", "low = 5\n", 1)
        .replace("step = 0.1", "step = 0.0")
        .replace("both = true }", "b = 1 }")
    )
    with pytest.raises(SpaceError, match="here: ") as caught:
        parse(text, "here")
    assert len(caught.value.faults) >= 3


def test_a_restricted_space_holds_what_exists_there() -> None:
    space = parse(GOOD, "here").restricted("series", Task.FORECASTING)
    assert [one.name for one in space.parameters] == ["layers", "learning_rate"]


def test_a_restricted_space_drops_what_depends_on_what_is_dropped() -> None:
    text = GOOD.replace("high = 3\n", 'high = 3\nlayouts = ["series"]\n', 1).replace(
        'layouts = ["text"]\n', "", 1
    )
    names = [one.name for one in parse(text, "here").restricted("text", Task.CLASSIFICATION).parameters]
    assert names == ["learning_rate", "both"]


def test_parameters_are_active_where_their_condition_holds() -> None:
    space = parse(GOOD, "here")
    assert "between" in [one.name for one in space.active({"layers": 2})]
    assert "between" not in [one.name for one in space.active({"layers": 1})]


numbers = st.floats(-1e6, 1e6).filter(lambda value: value == 0 or abs(value) > 1e-6)


@st.composite
def parameters(draw: st.DrawFn) -> Parameter:
    kind = draw(st.sampled_from(["int", "float", "categorical"]))
    fixed = {"name": "p", "type": kind, "reason": "r", "source": "s"}
    if kind == "categorical":
        choices = draw(st.lists(st.integers() | st.text() | st.booleans(), min_size=1))
        return Parameter.model_validate({**fixed, "choices": choices})
    if kind == "int":
        low, steps, step = draw(st.integers(-99, 99)), draw(st.integers(0, 50)), draw(st.integers(1, 9))
        return Parameter.model_validate({**fixed, "low": low, "high": low + steps * step, "step": step})
    low, width = draw(numbers), draw(st.floats(0, 1e6))
    return Parameter.model_validate({**fixed, "low": low, "high": low + width})


@given(parameters(), st.integers() | st.floats() | st.text() | st.booleans())
def test_the_nearest_value_is_always_one_it_may_take(
    parameter: Parameter, value: bool | int | float | str
) -> None:
    assert parameter.contains(parameter.nearest(value))


@given(parameters(), st.integers(-200, 200))
def test_a_value_it_may_take_is_its_own_nearest(parameter: Parameter, value: int) -> None:
    if parameter.contains(value):
        assert math.isclose(float(parameter.nearest(value)), float(value))


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_space_error(text: str) -> None:
    with pytest.raises(SpaceError, match="here"):
        parse(text, "here")


@given(
    st.dictionaries(
        st.sampled_from(["type", "low", "high", "log", "step", "choices", "when", "reason", "source"]),
        st.sampled_from(["1", "-2.5", "true", '"int"', '"float"', "[1, 2]", "{ a = 1 }", "[]"]),
    )
)
def test_any_parameter_is_read_or_refused_with_a_space_error(fields: dict[str, str]) -> None:
    text = "\n".join([GOOD, "[parameters.extra]", *(f"{name} = {value}" for name, value in fields.items())])
    with contextlib.suppress(SpaceError):
        assert parse(text, "here").parameter("extra") is not None
