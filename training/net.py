"""The network: a convolutional line recogniser with CTC, small enough for one core of a modest server.

Height is folded away early (40 → 20 → 10 → 5 → 1) while width goes down to a quarter, so that most of the work is
one-dimensional; eight residual blocks with wide depthwise kernels then see about ten characters to each side.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def _conv(i: int, o: int, kernel: tuple[int, int], stride: tuple[int, int] = (1, 1), pad: tuple[int, int] = (0, 0),
          groups: int = 1, act: bool = True) -> nn.Sequential:  # fmt: skip
    layers: list[nn.Module] = [nn.Conv2d(i, o, kernel, stride, pad, groups=groups, bias=False), nn.BatchNorm2d(o)]
    return nn.Sequential(*layers, *([nn.ReLU()] if act else []))


class _Fine(nn.Module):
    """A residual look at marks and strokes while there is still height."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.depth = _conv(channels, channels, (3, 3), pad=(1, 1), groups=channels, act=False)
        self.point = _conv(channels, channels, (1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.add(x, self.point(self.depth(x)))


class _Wide(nn.Module):
    """A residual look along the line."""

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        self.depth = _conv(channels, channels, (1, kernel), pad=(0, kernel // 2), groups=channels, act=False)
        self.point = _conv(channels, channels, (1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.add(x, self.point(self.depth(x)))


class LineNet(nn.Module):
    """[n, 1, 40, w] (0 paper … 1 ink) → [n, classes, w / 4] scores; w a multiple of 4, class 0 the blank."""

    def __init__(self, classes: int, channels: int = 208, blocks: int = 8, kernel: int = 9) -> None:
        super().__init__()
        self.front = nn.Sequential(
            _conv(1, 24, (3, 3), (2, 2), (1, 1)),
            _conv(24, 56, (3, 3), (2, 2), (1, 1)),
            _Fine(56),
            _conv(56, 56, (3, 3), (2, 1), (1, 1), groups=56, act=False),
            _conv(56, 128, (1, 1)),
            _Fine(128),
            _conv(128, channels, (5, 1)),
        )
        self.trunk = nn.Sequential(*[_Wide(channels, kernel) for _ in range(blocks)])
        self.head = nn.Conv2d(channels, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.head(self.trunk(self.front(x)))
        return scores[:, :, 0]
