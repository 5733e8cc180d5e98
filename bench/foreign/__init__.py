"""A second generator of made-up papers, which shares no layout, font, picture or word list with `specimens`: forms as
HTML (`forms/TYPE.LAYOUT.html`), printed by Chromium, scanned by code of its own. What reads these papers was not made
beside them."""

from bench.foreign.papers import LAYOUTS, Foreign, foreign_papers

__all__ = ["LAYOUTS", "Foreign", "foreign_papers"]
