"""Train the recogniser: `python -m training.train --out FOLDER [--minutes M] [--corpora FOLDER …] [--seed S]`.

Lines are made on the way by another process and never repeat, a part of them cut from whole made-up pages by the
product's own cleaning and line finding (`training.pages`). `--start FOLDER` begins with another run's weights. The
learning rate follows the time that was spent, so a run ends well whatever the machine. It can be stopped at any moment
and goes on where it was when called again with the same `--out`: weights, optimiser, lines seen and time spent are kept
each few minutes in `state.pt`; `curve.jsonl` is the learning curve. Then `python -m training.export FOLDER` writes the
weights that the product loads.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing as mp
import random
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from rapidfuzz.distance import Levenshtein
from torch import Tensor

from training.alphabet import ALPHABET
from training.fonts import Fonts
from training.lines import HEIGHT, LineMaker, Pixels, classes
from training.net import LineNet
from training.pages import PageMaker
from training.texts import Texts

_LINES_APART = 500
_USES = 3  # a line in print is worth several scans of it
_POOL = 1536
_FROM_PAGES = 0.45
_LOOK_EVERY = 180.0  # seconds between looks at the lines held apart
_SMOOTH = 0.9985


Apart = tuple[list[tuple[Pixels, str]], list[tuple[Pixels, str]]]


@dataclass(frozen=True)
class Plan:
    """All that the weights depend on but the machine's speed."""

    seed: int = 1
    minutes: float = 120.0
    channels: int = 224
    blocks: int = 8
    kernel: int = 9
    batch: int = 40
    rate: float = 3e-3
    corpora: tuple[str, ...] = ()
    start: str = ""


def batches(plan: Plan, first: int, queue: Any) -> None:
    """Endless batches of lines of like width into the queue: (pictures [n, 1, 40, w] uint8, texts, widths)."""
    cv2.setNumThreads(1)
    maker, pages = _makers(plan, first)
    rng = random.Random(f"order:{plan.seed}:{first}")
    while True:
        pool: list[tuple[Pixels, str]] = []
        while len(pool) < _FROM_PAGES * _POOL:
            pool += pages.page()
        while len(pool) < _POOL:
            line = maker.printed()
            for _ in range(_USES):
                seen = maker.seen(line)
                if seen is not None:
                    pool.append((seen, line.text))
        pool.sort(key=lambda one: one[0].shape[1])
        chunks, start = [], 0
        while start < len(pool):  # as many lines a batch as have about the same area
            wide = pool[min(start + plan.batch // 2, len(pool) - 1)][0].shape[1]
            count = max(6, min(3 * plan.batch, plan.batch * 320 // max(40, wide)))
            chunks.append(pool[start : start + count])
            start += count
        rng.shuffle(chunks)
        for chunk in chunks:
            queue.put((stacked([p for p, _ in chunk]), [t for _, t in chunk], [p.shape[1] for p, _ in chunk]))


def stacked(pictures: list[Pixels]) -> Pixels:
    """Lines side by side in one array, padded with paper to a common width."""
    width = (max(p.shape[1] for p in pictures) + 7) // 8 * 8
    sheet = np.full((len(pictures), 1, HEIGHT, width), 255, np.uint8)
    for i, picture in enumerate(pictures):
        sheet[i, 0, :, : picture.shape[1]] = picture
    return sheet


def ink(pictures: Pixels) -> Tensor:
    """What the network takes: 0 paper … 1 ink."""
    return ((255 - torch.from_numpy(pictures).float()) / 255).to(memory_format=torch.channels_last)


def decoded(scores: Tensor, widths: list[int]) -> list[str]:
    """Best path of each line."""
    texts = []
    for row, width in zip(scores.argmax(1).tolist(), widths, strict=True):
        row = row[: width // 4 + 1]
        texts.append("".join(ALPHABET[v - 1] for i, v in enumerate(row) if v and (i == 0 or v != row[i - 1])).strip())
    return texts


def error_rate(net: LineNet, apart: list[tuple[Pixels, str]]) -> float:
    """CER in percent on lines held apart."""
    net.eval()
    edits = letters = 0
    with torch.no_grad():
        for picture, text in apart:
            [read] = decoded(net(ink(stacked([picture]))), [picture.shape[1]])
            edits, letters = edits + Levenshtein.distance(text, read), letters + len(text)
    net.train()
    return 100 * edits / letters


class Run:
    """A training run that can be left and taken up again."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.folder = plan, folder
        sizes = (len(ALPHABET) + 1, plan.channels, plan.blocks, plan.kernel)
        self.net = LineNet(*sizes).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.smooth = torch.optim.swa_utils.AveragedModel(
            self.net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(_SMOOTH), use_buffers=True
        )
        self.optimiser = torch.optim.AdamW(self.net.parameters(), lr=plan.rate, weight_decay=1e-3)
        self.lines, self.spent = 0, 0.0
        if plan.start:
            begun = torch.load(Path(plan.start) / "state.pt", weights_only=True)
            self.net.load_state_dict(begun["net"])
            self.smooth.load_state_dict(begun["smooth"])
            self.lines = begun["lines"]
        if (folder / "state.pt").exists():
            state = torch.load(folder / "state.pt", weights_only=True)
            self.net.load_state_dict(state["net"])
            self.smooth.load_state_dict(state["smooth"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.lines, self.spent = state["lines"], state["spent"]

    def keep(self) -> None:
        """Write the state beside its old one, then take its place."""
        state = {
            "net": self.net.state_dict(), "smooth": self.smooth.state_dict(), "optimiser": self.optimiser.state_dict(),
            "lines": self.lines, "spent": self.spent, "plan": asdict(self.plan),
        }  # fmt: skip
        torch.save(state, self.folder / "state.new")
        (self.folder / "state.new").replace(self.folder / "state.pt")

    def go(self) -> None:
        """Train until the time is spent."""
        apart = held_apart(self.plan)
        started, looked, loss_now = time.monotonic() - self.spent, time.monotonic(), 0.0
        for pictures, texts, widths in incoming(self.plan, self.lines):
            self.spent = time.monotonic() - started
            share = self.spent / 60 / self.plan.minutes
            if share >= 1:
                break
            loss = self._step(pictures, texts, widths, share)
            loss_now = 0.98 * loss_now + 0.02 * loss if loss_now else loss
            self.lines += len(texts)
            if time.monotonic() - looked > _LOOK_EVERY:
                self._look(apart, loss_now)
                looked = time.monotonic()
        self._look(apart, loss_now)

    def _step(self, pictures: Pixels, texts: list[str], widths: list[int], share: float) -> float:
        rate = self.plan.rate * min(1.0, share / 0.02 + 0.02) * (0.49 * (1 + math.cos(math.pi * share)) + 0.02)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = self.net(ink(pictures))
        chances = scores.float().permute(2, 0, 1).log_softmax(2)
        wanted = torch.tensor([number for text in texts for number in classes(text)])
        steps = torch.tensor([min(chances.shape[0], (width + 3) // 4) for width in widths])
        loss = F.ctc_loss(chances, wanted, steps, torch.tensor([len(t) for t in texts]), zero_infinity=True)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 2.0)
        self.optimiser.step()
        self.smooth.update_parameters(self.net)
        return float(loss.detach())

    def _look(self, apart: Apart, loss: float) -> None:
        lines, pages = apart
        point = {
            "minutes": round(self.spent / 60, 1), "lines": self.lines, "loss": round(loss, 4),
            "cer": round(error_rate(self.net, lines), 3),
            "cer_smooth": round(error_rate(self.smooth.module, lines), 3),
            "cer_pages": round(error_rate(self.smooth.module, pages), 3),
        }  # fmt: skip
        with (self.folder / "curve.jsonl").open("a") as curve:
            curve.write(json.dumps(point) + "\n")
        print(json.dumps(point), flush=True)
        self.keep()


def incoming(plan: Plan, lines: int) -> Iterator[tuple[Pixels, list[str], list[int]]]:
    """Batches from a process beside this one; a run taken up again goes on with lines it has not seen."""
    context = mp.get_context("spawn")
    queue: Any = context.Queue(40)
    process = context.Process(target=batches, args=(plan, lines, queue), daemon=True)
    process.start()
    try:
        while True:
            yield queue.get()
    finally:
        process.terminate()


def held_apart(plan: Plan, seed: int = -1, count: int = _LINES_APART) -> Apart:
    """Lines that are never trained on (a negative seed), and lines of such pages; the same for each plan with the same
    corpora."""
    maker, pages = _makers(plan, seed)
    found: list[tuple[Pixels, str]] = []
    while len(found) < count:
        line = maker.printed()
        seen = maker.seen(line)
        if seen is not None:
            found.append((seen, line.text))
    cut: list[tuple[Pixels, str]] = []
    while len(cut) < count:
        cut += pages.page()
    return found, cut[:count]


def _makers(plan: Plan, first: int) -> tuple[LineMaker, PageMaker]:
    texts, fonts = Texts(plan.seed, [Path(folder) for folder in plan.corpora]), Fonts.found()
    seed = hash((plan.seed, first)) if first >= 0 else first
    return LineMaker(texts, fonts, seed), PageMaker(LineMaker(texts, fonts, seed - 1), seed)


def main() -> None:
    parser = argparse.ArgumentParser(prog="training.train", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=Plan.minutes)
    parser.add_argument("--channels", type=int, default=Plan.channels)
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--rate", type=float, default=Plan.rate)
    parser.add_argument("--start", default="", help="a folder with another run's state: begin with its weights")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--corpora", nargs="*", default=[])
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    plan = Plan(
        options.seed, options.minutes, options.channels, rate=options.rate, corpora=tuple(options.corpora),
        start=options.start,
    )  # fmt: skip
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the maker of lines is ended too
    run = Run(plan, options.out)
    print(
        f"{sum(p.numel() for p in run.net.parameters()) / 1e6:.2f} M weights, {run.lines} lines seen", file=sys.stderr
    )
    run.go()


if __name__ == "__main__":
    main()
