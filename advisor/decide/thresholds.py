"""Every number that decides: its name, value, unit, how soft it is, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp


@dataclass(frozen=True)
class Threshold:
    """A limit for a fact.

    `softness` is the distance from the limit, in its unit, at which an answer is given 73 %.
    """

    name: str
    value: float
    unit: str
    softness: float
    source: str


NEIGHBOUR_CORRELATION = Threshold(
    "neighbour_correlation", 0.3, "1", 0.04, "measured on 18 public data sets: steps of time 0.35 to 0.99"
)
NEARER_ALIKE = Threshold(
    "nearer_alike",
    0.85,
    "1",
    0.04,
    "one half by chance; measured on 18 public data sets: pictures and time 0.94 to 1.0, columns of tables "
    "0.44 to 0.69, unordered channels at most 0.40",
)
TIME_SIGNS = Threshold(
    "time_signs",
    1.5,
    "signs",
    0.5,
    "two signs tell time from a third axis of space: frames whose content stays, neighbours unlike those "
    "along the other two axes, a size unlike theirs; pictures in colour count for two",
)
SAMPLE_ORDER = Threshold(
    "sample_order",
    0.22,
    "1",
    0.02,
    "measured on 20 arrays from public data sets: time 0.24 to 1.0, samples at random -0.04 to 0.05, samples "
    "sorted by class up to 0.18",
)
GRAPH_LOCALITY = Threshold(
    "graph_locality",
    0.1,
    "1",
    0.03,
    "a correlation of one tenth: a neighbour on the graph then tells a hundredth of a node's variance beyond "
    "what all nodes share; measured: road sensors 0.50",
)
SPACE_AXES = Threshold("space_axes", 2, "axes", 0.5, "a grid has at least two axes of space")
TIME_AXES = Threshold("time_axes", 1, "axes", 0.5, "a sequence has an axis of time or of tokens")
ORDER_DROP = Threshold(
    "order_drop",
    0.01,
    "score",
    0.004,
    "one point of score; a smaller gain would not pay for a network that reads in order",
)
ORDER_RESOLUTION = Threshold(
    "order_resolution",
    0.1,
    "score",
    0,
    "a 95 % interval of more than ten points to each side that does not clear the limit says nothing",
)
LENGTH_VARIATION = Threshold(
    "length_variation",
    0.01,
    "1",
    0.0025,
    "one sample in a hundred: fewer can be cut or padded without a network noticing",
)
RECURRENT_STEPS = Threshold(
    "recurrent_steps",
    128,
    "steps",
    0,
    "the rule by which our recurrent networks read long series in patches; gradients through several hundred "
    "steps fade (Bengio, Simard, Frasconi 1994)",
)
LABEL_PROBE = Threshold(
    "label_probe",
    0.8,
    "balanced accuracy",
    0,
    "measured on 9 public data sets: with a probe at 0.83 and better at most 1 label in 67 was doubted; at "
    "0.71 8 in 100, at 0.45 25 in 100, more than such sets can have wrong",
)
LEARNING_GAIN = Threshold(
    "learning_gain", 0.01, "score", 0, "one point of score for twice the samples, with 95 % confidence"
)
FEW_SAMPLES = Threshold(
    "few_samples",
    500,
    "samples",
    0,
    "a validation part of 15 % is then below 75 samples, and its accuracy known to 10 points at best",
)
FEW_PER_CLASS = Threshold(
    "few_per_class", 10, "samples", 0, "one or two samples of the class in a test part of 15 %"
)
IMBALANCE = Threshold(
    "imbalance",
    4,
    "1",
    0,
    "minority below 20 % counts as moderate imbalance in Google's machine learning course",
)
MISSING = Threshold(
    "missing", 0.05, "1", 0, "5 %, the usual limit below which missing values hardly bias (Schafer 1999)"
)

NEEDED = "benchmarks/results/samples_needed.md: median over"
SAMPLES_PER_CLASS_CNN = Threshold(
    "samples_per_class_cnn",
    5,
    "samples",
    0,
    f"{NEEDED} 11 sets of pictures, clips, series and sound; on 1 it never got there",
)
SAMPLES_PER_CLASS_RNN = Threshold(
    "samples_per_class_rnn",
    20,
    "samples",
    0,
    f"{NEEDED} 6 sets of series and sound; on 4, with 10 to 50, it never got there",
)
SAMPLES_PER_CLASS_HYBRID = Threshold(
    "samples_per_class_hybrid",
    5,
    "samples",
    0,
    f"{NEEDED} 7 sets of clips, series and sound",
)
SAMPLES_PER_CLASS_MLP = Threshold(
    "samples_per_class_mlp",
    200,
    "samples",
    0,
    f"{NEEDED} 2 tables; it got there on none, with up to 100 and 200",
)
SAMPLES_PER_CLASS_CNN_TEXT = Threshold(
    "samples_per_class_cnn_text",
    500,
    "samples",
    0,
    f"{NEEDED} 4 sets of texts; on 1 it never got there",
)
SAMPLES_PER_CLASS_RNN_TEXT = Threshold(
    "samples_per_class_rnn_text",
    500,
    "samples",
    0,
    f"{NEEDED} 4 sets of texts; on 2, with 500 and 1,000, it never got there",
)


SURE_TARGET = Threshold(
    "sure_target", 0.95, "1", 0, "a target with a usual name, or that another part lacks: not worth a line"
)
UNSURE_TARGET = Threshold(
    "unsure_target", 0.8, "1", 0, "below it one guess in five would be wrong: the user is asked"
)


def above(value: float, threshold: Threshold, error: float = 0.0) -> float:
    """How sure it is that the true value is at least the threshold, 0 to 1.

    A logistic curve of the margin: `1 / (1 + exp(-(value - threshold) / scale))`. The scale is the
    threshold's softness, or that which follows from the value's standard error where this is larger
    (a logistic of scale 0.55 has the width of a normal curve of deviation 1).
    """
    scale = max(threshold.softness, 0.55 * error, 1e-9)
    return 1.0 / (1.0 + exp(-max(-50.0, min(50.0, (value - threshold.value) / scale))))


MIRROR_HARMLESS = Threshold(
    "mirror_harmless",
    0.8,
    "1",
    0.05,
    "score of mirrored pictures over that of the pictures as they are: digits and letters keep under a half "
    "of theirs, photographs of things nearly all",
)

ROWS_IN_ORDER = Threshold(
    "rows_in_order",
    0.99,
    "1",
    0,
    "one row in a hundred may be late; in any other order half of the rows come before their neighbour",
)
TARGET_DRIFT = Threshold(
    "target_drift",
    0.02,
    "1",
    0,
    "one fiftieth of the target's variance lies between blocks of time: a small effect (Cohen 1988 calls 1 % "
    "small and 6 % medium), and above chance by its 95 % interval",
)
SPLIT_GAP = Threshold(
    "split_gap",
    0.02,
    "score",
    0,
    "two points of score: less would not change which model is chosen, nor what is expected of it",
)
NUMBERED_CLASSES = Threshold(
    "numbered_classes",
    3,
    "classes",
    0,
    "three numbers in a row are a numbering, and a word among them is odd",
)
COPIED_SHARE = Threshold(
    "copied_share",
    0.01,
    "1",
    0,
    "one sample in a hundred: a random test part then scores up to a point too well",
)
HELD_OUT_COPIED = Threshold(
    "held_out_copied", 0.01, "1", 0, "one held-out sample in a hundred moves the score by up to a point"
)
COPIED_ROWS = Threshold(
    "copied_rows",
    0.5,
    "1",
    0,
    "when most rows equal another one, the columns leave few different rows, and equal ones are no copies",
)
OVERLAPPING = Threshold(
    "overlapping", 0.02, "1", 0, "one series in fifty: equal stretches are no accident, so few hardly matter"
)
PADDING_WASTE = Threshold(
    "padding_waste", 0.1, "1", 0, "a tenth of the time of training: less is not worth sorting samples for"
)
CROPPING_LOSS = Threshold("cropping_loss", 0.02, "1", 0, "one value in fifty, from one sample in twenty")
LONGEST_OVER_MOST = Threshold(
    "longest_over_most",
    2,
    "1",
    0,
    "a batch with the longest sample takes twice the memory of one cropped to the 95 % quantile",
)
LONG_SAMPLE = Threshold(
    "long_sample",
    2_000,
    "steps",
    0,
    "recurrent networks learn little over more than some hundreds of steps, and their time grows with them",
)
LONG_SOUND = Threshold("long_sound", 20, "s", 0, "2,000 of the usual frames of sound, 10 ms apart")
OUTLIER_SHARE = Threshold(
    "outlier_share", 0.05, "1", 0, "more than one in twenty is a kind of its own and no outlier"
)
TIMES_UNEVEN = Threshold(
    "times_uneven", 0.01, "1", 0, "one step in a hundred: a lag then often means another time"
)
TELLING_COLUMN = Threshold(
    "telling_column",
    0.995,
    "balanced accuracy",
    0,
    "measured: the best column of six public tables alone 0.22 (wine) to 0.95 (iris); a copy of the target 1",
)
TELLING_NUMBER = Threshold(
    "telling_number",
    0.999,
    "rank correlation",
    0,
    "the same quantity in another unit, or a sum that holds it",
)
