"""The network in a form that runs without this package: ONNX, or a torch.export program (pt2).

Batch is free, and so is time where lengths vary. Each file is checked against the network on held-out
samples at other batch sizes and lengths, and only then moved into place.
"""

from __future__ import annotations

import contextlib
import copy
import logging
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn

from advisor.errors import ExportMismatchError, MissingExtraError
from advisor.records import Signature, Task

LARGEST_DIFFERENCE = 1e-4
"""Of the largest output; float32 sums in another order differ by about 1e-6 of it."""

EXTRA_STEPS = 5
"""Padding added to the held-out samples, so that a frozen time axis is found out."""

OPSET = 18
SURE = 30.0
"""sigmoid(30) is 1 and sigmoid(-30) is 0 to float32's last digit."""

Example = tuple[Tensor, Tensor | None]
Runner = Callable[[Example], Tensor]


def export_onnx(network: nn.Module, signature: Signature, example: Example, path: Path) -> float:
    """Writes an ONNX file with inputs `values` (and `lengths` where they vary) and output `outputs`.

    Args:
        example: held-out samples as the signature's layout says, with their lengths where they vary.

    Returns:
        The largest difference from the network, as a share of its largest output.

    Raises:
        MissingExtraError: onnx or onnxruntime is not installed.
        ExportMismatchError: the answers differ by more than LARGEST_DIFFERENCE, or in the class named.
    """
    for library in ("onnx", "onnxruntime"):
        if find_spec(library) is None:
            raise MissingExtraError(library, "onnx", "exporting to ONNX")
    return _checked(network, signature, example, path, _write_onnx, _onnx_runner)


def export_pt2(network: nn.Module, signature: Signature, example: Example, path: Path) -> float:
    """Writes a program that `torch.export.load` reads; arguments, return and errors as for ONNX."""
    return _checked(network, signature, example, path, _write_pt2, _pt2_runner)


def _checked(
    network: nn.Module,
    signature: Signature,
    example: Example,
    path: Path,
    write: Callable[[nn.Module, Example, Path], None],
    runner: Callable[[Path], Runner],
) -> float:
    """Writes beside the path, compares, and moves into place."""
    network = copy.deepcopy(network).to("cpu", torch.float32).eval()
    values, lengths = example
    example = (values.cpu(), lengths.cpu() if signature.variable_length and lengths is not None else None)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
        draft = Path(folder) / path.name
        with _quiet():
            write(network, _traced(example), draft)
            difference = _compare(network, runner(draft), _cases(example), signature, path)
        os.replace(draft, path)
    return difference


def _write_onnx(network: nn.Module, example: Example, path: Path) -> None:
    # The exporter built on torch.export takes twenty times as long and freezes the time axis of an
    # Elman network (torch 2.15); whichever of the two is used, the file is checked.
    axes = {"values": {0: "batch"}, "outputs": {0: "batch"}}
    names = ["values"]
    if example[1] is not None:
        axes |= {"values": {0: "batch", 1: "time"}, "lengths": {0: "batch"}}
        names.append("lengths")
    torch.onnx.export(
        network,
        _arguments(example),
        str(path),
        dynamo=False,
        opset_version=OPSET,
        input_names=names,
        output_names=["outputs"],
        dynamic_axes=axes,
    )


def _write_pt2(network: nn.Module, example: Example, path: Path) -> None:
    free = torch.export.Dim.DYNAMIC
    shapes: list[dict[int, object]] = [{0: free}]
    if example[1] is not None:
        shapes = [{0: free, 1: free}, {0: free}]
    with _loops():
        program = torch.export.export(
            without_elman(network), _arguments(example), dynamic_shapes=tuple(shapes)
        )
    torch.export.save(program, path)


def _onnx_runner(path: Path) -> Runner:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # fatal
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(example: Example) -> Tensor:
        names = ("values", "lengths")
        given = {name: one.numpy() for name, one in zip(names, example, strict=True) if one is not None}
        return torch.from_numpy(session.run(["outputs"], given)[0])

    return run


def _pt2_runner(path: Path) -> Runner:
    module = torch.export.load(path).module()

    def run(example: Example) -> Tensor:
        outputs: Tensor = module(*_arguments(example))
        return outputs

    return run


@torch.no_grad()
def _compare(
    network: nn.Module, run: Runner, cases: list[Example], signature: Signature, path: Path
) -> float:
    """The largest difference over all cases; raises ExportMismatchError where it is too large."""
    largest = 0.0
    for case in cases:
        where = f"{path.name}, batch {len(case[0])}, values {tuple(case[0].shape)}"
        wanted = network(*_arguments(case))
        try:
            found = run(case)
        except Exception as error:  # a runtime's own errors have no common base
            raise ExportMismatchError(f"{where}: the exported model fails: {_first_line(error)}") from error
        if found.shape != wanted.shape:
            raise ExportMismatchError(f"{where}: outputs {tuple(found.shape)}, not {tuple(wanted.shape)}")
        difference = float((found - wanted).abs().max() / wanted.abs().max().clamp(min=1e-12))
        if not difference <= LARGEST_DIFFERENCE:
            raise ExportMismatchError(
                f"{where}: outputs differ by {difference:.2g} of the largest, and {LARGEST_DIFFERENCE:g} "
                "is allowed"
            )
        classes = signature.task is Task.CLASSIFICATION
        if classes and not torch.equal(found.argmax(dim=1), wanted.argmax(dim=1)):
            raise ExportMismatchError(f"{where}: the exported model names another class")
        largest = max(largest, difference)
    return largest


def _cases(example: Example) -> list[Example]:
    """The samples all together, the shortest alone at its own length, three, and all with more padding."""
    values, lengths = example
    if lengths is None:
        return [(values, None), (values[:1], None), (values[:3], None), (torch.cat([values, values]), None)]
    shortest = int(lengths.argmin())
    padding = values.new_zeros(len(values), EXTRA_STEPS, *values.shape[2:])
    return [
        (values, lengths),
        (values[shortest : shortest + 1, : int(lengths[shortest])], lengths[shortest : shortest + 1]),
        (values[:3, : int(lengths[:3].max())], lengths[:3]),
        (torch.cat([values, padding], dim=1), lengths),
    ]


def _traced(example: Example) -> Example:
    """Two samples: one alone could be taken for a batch that is always one."""
    values, lengths = (None if one is None else torch.cat([one, one])[:2] for one in example)
    assert values is not None
    return values, lengths


def _arguments(example: Example) -> tuple[Tensor, ...]:
    return tuple(one for one in example if one is not None)


def without_elman(network: nn.Module) -> nn.Module:
    """A copy whose Elman layers are GRUs of the same answers, in place.

    torch.export writes an Elman layer out step by step, which freezes the number of steps. A GRU whose
    update gate is always shut and whose reset gate is always open is an Elman layer.
    """
    network = copy.deepcopy(network)
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.RNN):
                setattr(parent, name, _as_gru(child))
    return network


@torch.no_grad()
def _as_gru(layer: nn.RNN) -> nn.GRU:
    hidden = layer.hidden_size
    gru = nn.GRU(layer.input_size, hidden, batch_first=layer.batch_first).eval()
    for name, weight in gru.named_parameters():  # rows: reset, update, new
        weight.zero_()
        weight[2 * hidden :] = getattr(layer, name)
    bias: Tensor = gru.get_parameter("bias_ih_l0")
    bias[:hidden] = SURE
    bias[hidden : 2 * hidden] = -SURE
    return gru


@contextlib.contextmanager
def _loops() -> Iterator[None]:
    """LSTM and GRU layers become loops over the steps; else their number is frozen (pytorch issue 191855).

    A torch that lacks these decompositions exports without them, and the check says how that went.
    """
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(ImportError, AttributeError):
            from torch.export import _patches

            stack.enter_context(_patches.register_lstm_while_loop_decomposition())
            stack.enter_context(_patches.register_gru_while_loop_decomposition())
        yield


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporters' progress and advice about themselves."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "torch.export", "torch._export")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
