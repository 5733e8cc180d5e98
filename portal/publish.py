"""Writes the API's document for those who build against it: `python -m portal.publish docs/openapi.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import cast

from portal.app import make_app
from portal.openapi import document
from portal.parts import Parts


def text() -> str:
    """The document as it is kept; it asks nothing of the parts."""
    return json.dumps(document(make_app(cast(Parts, None))), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), "utf-8")
