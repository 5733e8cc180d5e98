"""Health check of a data folder's processes (`python -m motlan.alive`): exit 0 when all gave signs of life, else 5.

Apart from the command line, because a container's health is asked every half minute: 0.13 against 2.5 CPU seconds.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from worker.alive import silent
from worker.supervisor import told

SILENT_SECONDS = 60.0


def main() -> int:
    """Looks at the folder that MOTLAN_DATA names."""
    run_folder = Path(os.environ.get("MOTLAN_DATA") or "data") / "run"
    now = told(run_folder)
    children = now["children"] if now else []
    quiet = silent(run_folder, children, SILENT_SECONDS)
    if children and not quiet:
        print("ok")
        return 0
    print(f"không hoạt động: {', '.join(quiet) or 'chưa chạy'}")
    return 5


if __name__ == "__main__":
    sys.exit(main())
