"""Train the reader of hand-written digits: `python -m training.traindigits [--samples N] [--passes P] [--seed S]`.

Makes N pictures, looks at each P times a little shifted, and writes ingest/weights/digits.onnx: a few minutes on one
core. The metadata say the seed, the samples, and the share of errors on samples held apart. How sure the reader and the
recogniser of lines must be together is measured by `python -m bench.handwriting`.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import random
import time
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ingest.handdigits import SIDE, WEIGHTS
from training.pendigits import DigitMaker

_BATCH = 128
_APART_SEED, _APART = -1, 4000
_RATE = 2e-3
_SMOOTHING = 0.02  # a shape between two digits must not be sure


class DigitNet(nn.Module):
    """[n, 1, 28, 28] → [n, 11] scores: three small convolutions, each halved, and a hidden layer; 66 k weights."""

    def __init__(self) -> None:
        super().__init__()
        self.look = nn.Sequential(
            nn.Conv2d(1, 24, 5, 2, 2, bias=False), nn.BatchNorm2d(24), nn.ReLU(),
            nn.Conv2d(24, 44, 3, padding=1, bias=False), nn.BatchNorm2d(44), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(44, 56, 3, padding=1, bias=False), nn.BatchNorm2d(56), nn.ReLU(), nn.MaxPool2d(2),
        )  # fmt: skip
        self.name = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(56 * 9, 64), nn.ReLU(), nn.Linear(64, 11))

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.name(self.look(x))
        return scores


def trained(seed: int, samples: int, passes: int) -> tuple[DigitNet, float]:
    """A network and its share of errors on samples held apart."""
    torch.manual_seed(seed)
    random_order = np.random.default_rng(seed)
    pictures, classes = DigitMaker(seed).batch(samples)
    print(f"{samples} samples made in {time.process_time():.0f} CPU s", flush=True)
    x, y = torch.from_numpy(pictures)[:, None], torch.from_numpy(classes)
    net = DigitNet()
    smooth = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.995), use_buffers=True
    )
    optimiser = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=1e-3)
    step, steps = 0, passes * (samples // _BATCH)
    for turn in range(passes):
        loss_now = 0.0
        order = random_order.permutation(samples)
        for start in range(0, samples - _BATCH + 1, _BATCH):
            for group in optimiser.param_groups:
                group["lr"] = _RATE * (0.5 * (1 + math.cos(math.pi * step / steps)) + 0.005)
            chosen = torch.from_numpy(order[start : start + _BATCH])
            loss = F.cross_entropy(net(_shifted(x[chosen], random_order)), y[chosen], label_smoothing=_SMOOTHING)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            smooth.update_parameters(net)
            loss_now, step = 0.98 * loss_now + 0.02 * float(loss.detach()), step + 1
        print(f"pass {turn + 1}: loss {loss_now:.4f}, {time.process_time():.0f} CPU s", flush=True)
    best: DigitNet = smooth.module  # type: ignore[assignment]
    best.eval()
    apart_pictures, apart_classes = DigitMaker(_APART_SEED).batch(_APART)
    with torch.no_grad():
        named = best(torch.from_numpy(apart_pictures)[:, None]).argmax(1).numpy()
    return best, float((named != apart_classes).mean())


def _shifted(x: Tensor, order: np.random.Generator) -> Tensor:
    """The batch a pixel to a side, a little fainter, with a grain of noise."""
    moved = torch.roll(x, tuple(int(v) for v in order.integers(-1, 2, 2)), (2, 3))
    return moved * float(order.uniform(0.8, 1.0)) + torch.randn_like(moved) * float(order.uniform(0, 0.06))


def exported(net: DigitNet, target: Path, facts: dict[str, str]) -> str:
    """Write the weights with what made them; gives the version."""
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        net, (torch.zeros(2, 1, SIDE, SIDE),), str(target), input_names=["x"], output_names=["scores"],
        dynamic_axes={"x": {0: "n"}, "scores": {0: "n"}}, opset_version=17, dynamo=False,
    )  # fmt: skip
    model = onnx.load(target)
    version = hashlib.sha256(b"".join(t.SerializeToString() for t in model.graph.initializer)).hexdigest()[:8]
    onnx.helper.set_model_props(model, {"version": version, **facts})
    onnx.save(model, target)
    return version


def main() -> None:
    parser = argparse.ArgumentParser(prog="training.traindigits", description=__doc__)
    parser.add_argument("--samples", type=int, default=64_000)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--to", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    random.seed(options.seed)
    net, errors = trained(options.seed, options.samples, options.passes)
    facts = {
        "seed": str(options.seed), "samples": str(options.samples), "passes": str(options.passes),
        "errors": f"{errors:.4f}",
    }  # fmt: skip
    version = exported(net, options.to, facts)
    size = options.to.stat().st_size / 1e3
    print(f"{options.to} {size:.0f} kB, version {version}, {100 * errors:.2f} % errors on samples held apart")


if __name__ == "__main__":
    main()
