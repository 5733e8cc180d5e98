"""The first reader: our own recogniser of lines, through onnxruntime on one core. Its weights are made by training/."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime

from ingest.lines import STRIP_HEIGHT
from ingest.pagepicture import Pixels
from schemas.errors import ReaderWeightsBroken

WEIGHTS = Path(__file__).parent / "weights" / "lines.onnx"
STEP = 4
"""Pixels of a strip for each step of the network."""

_BATCH_PIXELS = 1800  # about one long line; five at once fall out of the processor's cache and take a quarter longer
_MOST = 16

Floats = np.ndarray[Any, np.dtype[np.float32]]


class Letter(NamedTuple):
    """One character with its middle, in pixels of the strip, and the probability (0..1) that the network gave it."""

    char: str
    x: float
    confidence: float
    digit: str = ""  # the likeliest digit at this place, and its probability: where only digits can stand, it is read
    digit_confidence: float = 0.0


class LineReader:
    """Reads strips of lines (`ingest.lines.strip`). Raises ReaderWeightsBroken when made, if the weights can't be used.
    Holds some 60 MB; reading is bounded: a strip costs time in proportion to its width."""

    def __init__(self, weights: Path = WEIGHTS) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # lines of ever other widths would make the arena grow without end
        try:
            self._session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
            facts = self._session.get_modelmeta().custom_metadata_map
            self._alphabet, version = facts["alphabet"], facts["version"]
        except Exception as failure:  # onnxruntime's own classes of errors are private to it
            raise ReaderWeightsBroken(path=weights.name) from failure
        self._digits = [number for number, char in enumerate(self._alphabet, 1) if char in "0123456789"]
        self.name = f"motlan-lines-{version}"

    def read(self, strips: Sequence[Pixels]) -> list[list[Letter]]:
        """The letters of each strip, spaces among them, left to right."""
        found: list[list[Letter]] = [[] for _ in strips]
        order = sorted(range(len(strips)), key=lambda i: strips[i].shape[1])
        while order:
            width = _padded(strips[order[-1]].shape[1])
            batch, order = _last(order, max(1, min(_MOST, _BATCH_PIXELS // width)))
            sheet = np.zeros((len(batch), 1, STRIP_HEIGHT, width), np.float32)
            for row, i in enumerate(batch):
                sheet[row, 0, :, : strips[i].shape[1]] = (255 - strips[i].astype(np.float32)) / 255
            scores = self._session.run(None, {"x": sheet})[0]
            for row, i in enumerate(batch):
                found[i] = self._decoded(scores[row, :, : strips[i].shape[1] // STEP + 1])
        return found

    def _decoded(self, scores: Floats) -> list[Letter]:
        """The best path; a letter's probability is the highest of its run of steps."""
        shifted = np.exp(scores - scores.max(axis=0))
        chances = shifted / shifted.sum(axis=0)
        best = chances.argmax(axis=0)
        sure = chances[best, np.arange(len(best))]
        starts = np.flatnonzero(np.concatenate(([True], best[1:] != best[:-1])))
        ends = np.append(starts[1:], len(best))
        at = [a + int(sure[a:b].argmax()) for a, b in zip(starts.tolist(), ends.tolist(), strict=True) if best[a]]
        digits = chances[self._digits][:, at]
        likeliest = digits.argmax(axis=0) if at else []
        return [
            Letter(
                self._alphabet[int(best[peak]) - 1],
                STEP * (peak + 0.5),
                float(sure[peak]),
                self._alphabet[self._digits[digit] - 1],
                float(digits[digit, n]),
            )
            for n, (peak, digit) in enumerate(zip(at, likeliest, strict=True))
        ]


def _padded(width: int) -> int:
    return (width + 31) // 32 * 32


def _last(order: list[int], count: int) -> tuple[list[int], list[int]]:
    return order[-count:], order[:-count]
