"""Real scans through the whole way: fields beside the truth, original bytes compared, verdicts told.

`python -m bench.scans FOLDER`: a folder of PDFs with `truth.json` (fields read by eye). Exit code 1 when a file did
not go through, its bytes changed, or a wrong value was accepted.
"""

from __future__ import annotations

import json
import sys
import tempfile
import unicodedata
from pathlib import Path

from bench.reading.papers import SCAN_FIELDS
from bench.reading.scoring import same_value
from motlan.commands.init import prepare
from motlan.settings import load
from schemas.manifest import Manifest, digest
from tests.support.archive import drain, drop


def main() -> int:
    """A row a file: ✓ accepted and right, · right but a person is asked, ? not right and a person is asked, ✗ wrong."""
    folder = Path(sys.argv[1])
    truth = {row["file"]: row for row in json.loads((folder / "truth.json").read_text("utf-8"))}
    wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        house = prepare(load(Path(scratch) / "data"))
        drop(house, *(folder / name for name in sorted(truth)))
        drain(house)
        print(f"{'':46}" + " ".join(f"{name[:9]:9}" for name in SCAN_FIELDS.values()) + " signatures   bytes")
        for name in sorted(truth):
            file = next(f for f in house.ledger.files() if f.name == unicodedata.normalize("NFC", name))
            heads = [house.records.head(d.record) for d in house.ledger.documents(file_id=file.id)]
            if not heads or heads[0] is None:
                print(f"{name[:44]:46}did not go through: {file.reason}")
                wrong += 1
                continue
            marks, bad = _marks(heads[0], truth[name])
            kept = heads[0].representation("original")
            whole = kept is not None and kept.sha256 == digest((folder / name).read_bytes())
            incoming = heads[0].incoming_signatures
            told = f"{incoming.verdict[:5]}/{len(incoming.signatures)}" if incoming else "none"
            print(f"{name[:44]:46}{marks} {told:12} {'same' if whole else 'CHANGED'}")
            wrong += bad + (not whole)
    print(f"accepted and wrong, changed or lost: {wrong}")
    return int(wrong > 0)


def _marks(manifest: Manifest, true: dict[str, str | None]) -> tuple[str, int]:
    marks, bad = [], 0
    for theirs, ours in SCAN_FIELDS.items():
        field = manifest.fields.get(ours)
        right = same_value(field.value if field else None, true[theirs])
        accepted = field is not None and field.accepted
        bad += accepted and not right
        marks.append({(True, True): "✓", (False, True): "·", (False, False): "?", (True, False): "✗"}[accepted, right])
    return " ".join(f"{mark:9}" for mark in marks), bad


if __name__ == "__main__":
    sys.exit(main())
