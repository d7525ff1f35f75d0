"""How an exported network is used without this package: a program that stands in its README.

What `advisor predict` does to a sample is written out once more, in a few lines of numpy; a test runs these
programs beside `advisor predict` and holds the two together.
"""

from __future__ import annotations

import inspect

from advisor.measure import sound
from advisor.prepare import Preprocessing
from advisor.prepare.pictures import resize
from advisor.prepare.series import BANDS, MOST_FRAMES
from advisor.records import Signature, Task

RUNNERS = {
    "onnx": """
session = onnxruntime.InferenceSession("model.onnx", providers=["CPUExecutionProvider"])


def run(*inputs):
    names = [one.name for one in session.get_inputs()]
    return session.run(["outputs"], dict(zip(names, inputs)))[0]
""",
    "pt2": """
model = torch.export.load("model.pt2").module()


def run(*inputs):
    with torch.no_grad():
        return model(*(torch.from_numpy(one) for one in inputs)).numpy()
""",
}
LIBRARIES = {"onnx": "onnxruntime", "pt2": "torch"}
SCALING = 'mean, std = np.array(values["mean"]), np.array(values["std"])\n'
PICTURE = f'''
{inspect.getsource(resize)}

def one_size(picture):
    """uint8 [height, width, channel] with the channels and the size of training."""
    if picture.shape[-1] != values["channels"]:  # grey made colour, or colour made grey
        grey = picture[..., :3].mean(axis=-1, keepdims=True).astype(np.uint8)
        picture = np.repeat(grey, values["channels"], axis=-1)
    return resize(picture, values["height"], values["width"])
'''
PREPARE = {
    "image": (
        "a picture: `np.asarray(Image.open(file).convert('RGB'))`, uint8 [height, width, channel]",
        f'''{SCALING}{PICTURE}

def prepare(picture):
    """[1, channel, height, width] float32"""
    scaled = (one_size(picture) - mean) / std
    return (scaled.transpose(2, 0, 1)[None].astype(np.float32),)
''',
    ),
    "clip": (
        "the frames of a clip: uint8 [frame, height, width, channel]",
        f'''{SCALING}{PICTURE}

def evenly(clip, count):
    return clip[np.linspace(0, len(clip) - 1, count).round().astype(int)]


def prepare(clip):
    """[1, frame, channel, height, width] float32; of evenly spaced frames"""
    clip = evenly(clip, min(len(clip), values["frames"]))
    scaled = (np.stack([one_size(frame) for frame in evenly(clip, values["frames"])]) - mean) / std
    return (scaled.transpose(0, 3, 1, 2)[None].astype(np.float32),)
''',
    ),
    "series": (
        "a series: numbers [time, channel] as they are in the data",
        f'''{SCALING}

def prepare(series):
    """[1, time, channel] float32, what is missing being zero; and the length, where lengths vary"""
    scaled = (np.asarray(series, dtype=np.float64)[: values["length"]] - mean) / std
    scaled = np.nan_to_num(scaled, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32)[None]
    lengths = np.array([scaled.shape[1]], dtype=np.int64)
    return (scaled, lengths) if values["variable_length"] else (scaled,)
''',
    ),
    "windows": (
        'the last steps of the series, at least `values["lookback"]`: numbers [time, channel], '
        "nothing missing",
        f'''{SCALING}

def prepare(series):
    """[1, look-back, channel] float32"""
    return (((np.asarray(series)[-values["lookback"] :] - mean) / std)[None].astype(np.float32),)
''',
    ),
    "text": (
        "a text: str",
        '''tokenizer = tokenizers.Tokenizer.from_str(values["tokenizer"])


def prepare(text):
    """[1, token] int64, and the length"""
    tokens = tokenizer.encode(text).ids[: values["length"]] or [tokenizer.token_to_id("[UNK]")]
    return np.array([tokens], dtype=np.int64), np.array([len(tokens)], dtype=np.int64)
''',
    ),
    "table": (
        "a row by the names of the columns: `{'age': 22, 'sex': 'female', ...}`; None is a missing cell",
        '''

def prepare(row):
    """[1, feature] float32: categories one-hot, numbers standardised, and whether one was missing"""
    features = []
    for column in values["columns"]:
        cell = row.get(column["name"])
        if column["categories"] is not None:
            name = "" if cell is None else str(cell)
            features += [float(name == one) for one in column["categories"]]
            continue
        missing = cell is None or not np.isfinite(float(cell))
        number = column["median"] if missing else float(cell)
        features.append((number - column["mean"]) / column["std"])
        if column["flags_missing"]:
            features.append(float(missing))
    return (np.array([features], dtype=np.float32),)
''',
    ),
}
"""By the kind of values: what `predict` takes, and the code that makes inputs of it."""

IMPORTS = {"image": "from PIL import Image", "clip": "from PIL import Image", "text": "import tokenizers"}
PACKAGES = {"image": "pillow", "clip": "pillow", "text": "tokenizers"}
ANSWERS = {
    Task.CLASSIFICATION: '''
def predict(sample):
    """The most likely class, and the probability of each"""
    outputs = run(*prepare(sample))[0].astype(np.float64)
    shares = np.exp(outputs - outputs.max())
    shares /= shares.sum()
    return told["class_names"][shares.argmax()], dict(zip(told["class_names"], shares.tolist()))
''',
    Task.REGRESSION: '''
def predict(sample):
    """The number, in the units of the data"""
    return float(run(*prepare(sample))[0, 0]) * told["target_std"] + told["target_mean"]
''',
    Task.FORECASTING: '''
def predict(sample):
    """[step, channel] the next steps of the channels that are forecast, in the units of the data"""
    which = values["target_channels"]
    return run(*prepare(sample))[0] * std[which] + mean[which]
''',
}


def program(preprocessing: Preprocessing, file_format: str) -> str:
    """Python that defines `predict` for one sample; it is run in the folder of the export."""
    kind = preprocessing.values.kind
    imports = ["import json", "", "import numpy as np", f"import {LIBRARIES[file_format]}"]
    imports += [IMPORTS[kind]] if kind in IMPORTS else []
    head = "\n".join(["from __future__ import annotations", "", *imports])
    read = 'with open("preprocessing.json", encoding="utf-8") as file:\n    told = json.load(file)'
    parts = [
        head,
        f'{read}\nvalues = told["values"]',
        RUNNERS[file_format],
        PREPARE[kind][1] + _sound(preprocessing),
        ANSWERS[preprocessing.task],
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def use(signature: Signature, preprocessing: Preprocessing, file_format: str) -> str:
    """Markdown: what goes in and comes out, and the program."""
    kind = preprocessing.values.kind
    packages = " ".join(["numpy", LIBRARIES[file_format], *([PACKAGES[kind]] if kind in PACKAGES else [])])
    takes = PREPARE[kind][0] if not _rate(preprocessing) else f"a wave: {_wave(preprocessing)}"
    names = "`values` and `lengths`" if signature.variable_length else "`values`"
    lines = (
        f"`model.{file_format}` takes {names} and gives `outputs`, any number of samples at once. It does "
        "not prepare them: this program does, with `preprocessing.json`. It needs no advisor, only "
        f"`pip install {packages}`; run it in this folder.",
        f"`predict(sample)` takes {takes}.",
        f"```python\n{program(preprocessing, file_format)}```",
    )
    return "\n\n".join(lines)


def _rate(preprocessing: Preprocessing) -> float | None:
    return getattr(preprocessing.values, "rate", None)


def _wave(preprocessing: Preprocessing) -> str:
    rate = _rate(preprocessing)
    return f"float32 [time, channel] from -1 to 1, {rate:,.0f} samples per second"


def _sound(preprocessing: Preprocessing) -> str:
    """Of sound: the loudness of bands of frequency over time, before all else."""
    if _rate(preprocessing) is None:
        return ""
    constants = {
        "WINDOW": sound.WINDOW, "HOP": sound.HOP, "LEAST_ENERGY": sound.LEAST_ENERGY,
        "BANDS": BANDS, "MOST_SPECTRA": MOST_FRAMES,
    }  # fmt: skip
    written = "\n".join(f"{name} = {value!r}" for name, value in constants.items())
    parts = (
        written,
        inspect.getsource(sound.band_energies),
        inspect.getsource(sound._edges),
        "prepare_bands = prepare\n",
        "def prepare(wave):\n"
        '    return prepare_bands(band_energies(np.asarray(wave, np.float32), values["rate"]))\n',
    )
    return "\n\n" + "\n\n".join(parts)
