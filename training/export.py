"""Write the weights that the product loads: `python -m training.export FOLDER [--to FILE]`.

FOLDER is the `--out` of a training run. The file is ONNX with the batch norms folded in; its metadata hold the
alphabet, a version (a hash of the weights), the plan, the lines seen, the learning curve's last point and the fonts.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import tempfile
from pathlib import Path

import onnx
import onnxruntime
import torch

from training.alphabet import ALPHABET
from training.fonts import Fonts
from training.lines import HEIGHT
from training.net import LineNet
from training.train import Plan

PRODUCT = Path(__file__).parent.parent / "ingest" / "weights" / "lines.onnx"


def exported(folder: Path, target: Path, *, smooth: bool = True) -> str:
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
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(folded)
        onnxruntime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])
        model = onnx.load(folded)
    version = hashlib.sha256(b"".join(t.SerializeToString() for t in model.graph.initializer)).hexdigest()[:8]
    curve = (folder / "curve.jsonl").read_text("utf-8").splitlines()
    facts = {
        "alphabet": ALPHABET, "version": version, "plan": json.dumps(state["plan"]), "lines": str(state["lines"]),
        "last": curve[-1] if curve else "", "fonts": " ".join(Fonts.found().names),
    }  # fmt: skip
    onnx.helper.set_model_props(model, facts)
    onnx.save(model, target)
    return version


def main() -> None:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    parser = argparse.ArgumentParser(prog="training.export", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--to", type=Path, default=PRODUCT)
    parser.add_argument("--as-is", action="store_true", help="not smoothed: early in a run")
    options = parser.parse_args()
    version = exported(options.folder, options.to, smooth=not options.as_is)
    print(f"{options.to} {options.to.stat().st_size / 1e6:.1f} MB, version {version}")


if __name__ == "__main__":
    main()
