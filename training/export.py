"""Write the weights that the product loads: `python -m training.export FOLDER [--to FILE]`.

FOLDER is the `--out` of a training run. The file is ONNX with the batch norms folded in and the weights in eight bits
(seven used: processors without VNNI add up pairs of products in 16 bits, which would overflow), their ranges measured
on made-up lines; a third of the time for a fifteenth more errors at most. Its metadata hold the alphabet, a version (a
hash of the weights), the plan, the lines seen, the learning curve's last point and the fonts.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quant_pre_process,
    quantize_static,
)

from training.alphabet import ALPHABET
from training.fonts import Fonts
from training.lines import HEIGHT
from training.net import LineNet
from training.train import Plan, held_apart, ink, stacked

_CALIBRATION_SEED, _CALIBRATION_LINES = -2, 160
PRODUCT = Path(__file__).parent.parent / "ingest" / "weights" / "lines.onnx"


def exported(folder: Path, target: Path, *, smooth: bool = True, eight_bits: bool = True) -> str:
    """Write the weights of a run, smoothed or (early in a run) as they are; gives the version."""
    state = torch.load(folder / "state.pt", weights_only=True)
    plan = Plan(**{**state["plan"], "corpora": tuple(state["plan"]["corpora"])})
    net = LineNet(len(ALPHABET) + 1, plan.channels, plan.blocks, plan.kernel)
    averaged = {key.removeprefix("module."): v for key, v in state["smooth"].items() if key.startswith("module.")}
    net.load_state_dict(averaged if smooth else state["net"])
    net.eval()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        raw, folded = Path(scratch) / "raw.onnx", Path(scratch) / "folded.onnx"
        torch.onnx.export(
            net, (torch.zeros(2, 1, HEIGHT, 400),), str(raw), input_names=["x"], output_names=["scores"],
            dynamic_axes={"x": {0: "n", 3: "width"}, "scores": {0: "n", 2: "steps"}}, opset_version=17, dynamo=False,
        )  # fmt: skip
        quant_pre_process(raw, folded, skip_symbolic_shape=True)
        if eight_bits:
            _in_eight_bits(folded, raw, plan)
        model = onnx.load(raw if eight_bits else folded)
    version = hashlib.sha256(b"".join(t.SerializeToString() for t in model.graph.initializer)).hexdigest()[:8]
    curve = (folder / "curve.jsonl").read_text("utf-8").splitlines()
    facts = {
        "alphabet": ALPHABET, "version": version, "plan": json.dumps(state["plan"]), "lines": str(state["lines"]),
        "last": curve[-1] if curve else "", "fonts": " ".join(Fonts.found().names),
    }  # fmt: skip
    onnx.helper.set_model_props(model, facts)
    onnx.save(model, target)
    return version


class _Lines(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime comes without types
    """Made-up lines, one at a time, from which the ranges of all layers are measured."""

    def __init__(self, plan: Plan) -> None:
        lines, pages = held_apart(plan, _CALIBRATION_SEED, _CALIBRATION_LINES)
        self._lines = iter(lines + pages)

    def get_next(self) -> dict[str, Any] | None:
        """The next line as the network takes it, None after the last."""
        line = next(self._lines, None)
        return {"x": ink(stacked([line[0]])).numpy()} if line is not None else None


def _in_eight_bits(model: Path, target: Path, plan: Plan) -> None:
    """All layers but the first and the last, which are small and where rounding costs most."""
    layers = [node.name for node in onnx.load(model).graph.node if node.op_type == "Conv"]
    quantize_static(
        model, target, _Lines(plan), quant_format=QuantFormat.QDQ, per_channel=True, reduce_range=True,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, nodes_to_exclude=[layers[0], layers[-1]],
    )  # fmt: skip


def main() -> None:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    parser = argparse.ArgumentParser(prog="training.export", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--to", type=Path, default=PRODUCT)
    parser.add_argument("--as-is", action="store_true", help="not smoothed: early in a run")
    parser.add_argument("--whole", action="store_true", help="weights as they were trained, in 32 bits")
    options = parser.parse_args()
    version = exported(options.folder, options.to, smooth=not options.as_is, eight_bits=not options.whole)
    print(f"{options.to} {options.to.stat().st_size / 1e6:.1f} MB, version {version}")


if __name__ == "__main__":
    main()
