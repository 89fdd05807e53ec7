"""A deep network at its start: what comes through its layers, by theory and in one drawn."""

import numpy as np

from trainingtips.press.pages import chance
from trainingtips.press.pages.labs import Button, Choice, Handle, Hidden, Range
from trainingtips.press.pages.panels import Panel

TITLE = "The gain and the depth"
CAPTION = (
    "“Layer by layer”: mean squares, of the signal over the input's (vermilion, forward) and of "
    "the gradient over the last layer's (blue, backward). Lines are mean-field theory, of "
    "infinitely many units; dots are one network and one input, drawn. “A layer, deep in”: what "
    "the fortieth layer multiplies both by, against the gain σ; weights have the variance σ²/n. "
    "Drag either dotted line, or move the sliders."
)
LAYERS = 40
CONTROLS = [
    Range("gain", "gain σ", 0.3, 3, 0.01, 1),
    Range("depth", "layers", 2, LAYERS, 1, 30, play=True),
    Choice("activation", "units", {"relu": "ReLU", "tanh": "tanh", "gelu": "GELU"}),
    Range("width", "units in a layer", 8, 48, 8, 40),
    Hidden("seed", 0),
    Button("glorot", "Glorot, σ² = 1"),
    Button("he", "He, σ² = 2"),
    Button("anew", "Draw anew"),
]
HANDLES = [Handle(0, "depth", 9, "text"), Handle(1, "gain", -0.88, "text")]
FLOOR = -10.5
PLACES = (np.arange(180) - 89.5) / 20  # of the midpoint rule, as in start.js
NODES = np.sinh(PLACES) / 5
WEIGHTS = np.cosh(PLACES) * np.exp(-(NODES**2) / 2) / 100 / np.sqrt(2 * np.pi)


def bent(h):
    return np.tanh(np.sqrt(2 / np.pi) * (h + 0.044715 * h**3))


def gelu_slope(h):
    inner = np.sqrt(2 / np.pi) * (1 + 0.134145 * h**2)
    return 0.5 * (1 + bent(h) + h * (1 - bent(h) ** 2) * inner)


UNITS = {
    "relu": (lambda h: np.maximum(h, 0), lambda h: (h > 0).astype(float)),
    "tanh": (np.tanh, lambda h: 1 - np.tanh(h) ** 2),
    "gelu": (lambda h: h / 2 * (1 + bent(h)), gelu_slope),
}


def panels(result):
    state = {each.name: each.value for each in CONTROLS if not isinstance(each, Button)}
    return [_layers(state), _factors(state)]


def recursion(unit, gain):
    """Mean squares of the layers' sums, the input's first, and the gradient's factors of layers."""
    value, slope = UNITS[unit]
    squares, slopes = [1.0], []
    for layer in range(LAYERS + 1):
        size = np.sqrt(squares[-1]) * NODES
        slopes.append(gain**2 * WEIGHTS @ slope(size) ** 2)
        squares.append(gain**2 * (WEIGHTS @ value(size) ** 2 if layer else 1.0))
    return np.array(squares), np.array(slopes)


def drawn(unit, gain, width, seed, depth):
    """The same of one network, forward and back: (depth + 1,) and, of layers 1 …, (depth,)."""
    numbers = chance.normal(chance.uniform(seed, 2 * (2 * width + depth * width**2)))
    ends, layers = numbers[: 2 * width].reshape(2, -1), numbers[2 * width :]
    (a, back), value = ends / np.sqrt((ends**2).mean(1, keepdims=True)), UNITS[unit][0]
    matrices = gain / np.sqrt(width) * layers.reshape(depth, width, width)
    sums = [a]
    for layer, matrix in enumerate(matrices):
        sums.append(matrix @ (value(sums[-1]) if layer else a))
    gradients = [back]
    for matrix, h in zip(matrices[:0:-1], sums[-2:0:-1], strict=True):
        gradients.append(matrix.T @ gradients[-1] * UNITS[unit][1](h))
    return [np.square(each).mean(1) for each in (sums, gradients[::-1])]


def _layers(state):
    panel = Panel(
        "Mean squares on a log axis against the layer: the signal falls from the first layer to "
        "the last, the gradient from the last to the first, both by the billion, and the dots of "
        "one network lie along the lines of theory.",
        (0, LAYERS),
        (-10, 10),
        "layer",
        "mean square",
        "layer by layer",
        xticks=(0, 10, 20, 30, 40),
        yticks={-9: "10⁻⁹", -6: "10⁻⁶", -3: "10⁻³", 0: "1", 3: "10³", 6: "10⁶", 9: "10⁹"},
    )
    panel.text("signal →", (3, 6), "vermilion")
    panel.text("← gradient", (3, 4.5), "blue")
    depth = state["depth"]
    squares, slopes = recursion(state["activation"], state["gain"])
    back = np.append(np.cumprod(slopes[depth - 1 : 0 : -1])[::-1], 1)
    signal, gradient = drawn(*(state[k] for k in ("activation", "gain", "width", "seed", "depth")))
    layers = np.arange(depth + 1)
    for first, theory, found, look in (
        (0, squares[: depth + 1], signal, ("vermilion", "-")),
        (1, back, gradient, ("blue", "--")),
    ):
        at = layers[first:]
        panel.line(np.column_stack([at, _log(theory)]), *look, still=True)
        panel.dots(np.column_stack([at, _log(found)]), look[0], size=3, still=True)
    return panel


def _factors(state):
    panel = Panel(
        "What a layer deep in the network multiplies the signal and the gradient by, against the "
        "gain, on a log axis. With ReLU both are half the gain's square and cross one at He's "
        "gain; with tanh the signal stays and the gradient grows beyond a gain of one.",
        (0.3, 3),
        (-1, 0.8),
        "gain σ",
        "factor",
        "a layer, deep in",
        xticks=(0.5, 1, 1.41, 2, 3),
        yticks={-1: "0.1", np.log10(0.5): "0.5", 0: "1", np.log10(2): "2", np.log10(4): "4"},
    )
    panel.line([(0.3, 0), (3, 0)], "muted", ":", width=1.5)
    gains = np.linspace(0.3, 3, 55)
    for unit in UNITS:
        found = [recursion(unit, gain) for gain in gains]
        signal = [squares[LAYERS] / squares[LAYERS - 1] for squares, _ in found]
        back = [slopes[LAYERS] for _, slopes in found]
        when = f"activation={unit}"
        for factors, look in ((signal, ("vermilion", "-")), (back, ("blue", "--"))):
            line = np.column_stack([gains, np.maximum(np.log10(factors), -1.2)])
            panel.line(line, *look, when=when)
    panel.dots([(state["gain"], np.log10(0.5))], "vermilion", size=4.5, still=True)
    return panel


def _log(values):
    return np.log10(np.maximum(values, 10.0**FLOOR))
