"""Once-only: request → preview → consent → release of papers the archive holds, and who looked at them."""

from reuse.own import OwnPaper
from reuse.papers import default_may_see
from reuse.requirements import Requirement, Requirements
from reuse.reuse import Reuse
from reuse.sharing import Opened
from reuse.values import AccessEvent, BlindSubject, GivenField, Held, Preview, Released

__all__ = [
    "AccessEvent",
    "BlindSubject",
    "GivenField",
    "Held",
    "Opened",
    "OwnPaper",
    "Preview",
    "Released",
    "Requirement",
    "Requirements",
    "Reuse",
    "default_may_see",
]
