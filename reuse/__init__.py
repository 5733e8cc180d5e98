"""Once-only: request → preview → consent → release of papers the archive holds, and who looked at them."""

from reuse.own import OwnPaper
from reuse.papers import default_may_see
from reuse.procedures import Procedure, Procedures
from reuse.requirements import Requirement, Requirements
from reuse.reuse import Reuse
from reuse.sharing import Opened
from reuse.values import (
    AccessEvent,
    Answer,
    BlindSubject,
    Found,
    GivenField,
    Held,
    LookUp,
    Need,
    Preview,
    Quality,
    Released,
)

__all__ = [
    "AccessEvent",
    "Answer",
    "BlindSubject",
    "Found",
    "GivenField",
    "Held",
    "LookUp",
    "Need",
    "Opened",
    "OwnPaper",
    "Preview",
    "Procedure",
    "Procedures",
    "Quality",
    "Released",
    "Requirement",
    "Requirements",
    "Reuse",
    "default_may_see",
]
