"""Made-up papers of made-up people, marked MẪU, for tests, demo and benchmarks."""

from specimens.batch import write_batch
from specimens.damage import Damage
from specimens.papers import TYPE_IDS, layouts_of, make_paper
from specimens.people import Household, Person, make_household
from specimens.scans import pdf_bytes, write_pages, write_zip
from specimens.truth import Specimen, SpecimenPaper, read_truth, write_truth

__all__ = [
    "TYPE_IDS",
    "Damage",
    "Household",
    "Person",
    "Specimen",
    "SpecimenPaper",
    "layouts_of",
    "make_household",
    "make_paper",
    "pdf_bytes",
    "read_truth",
    "write_batch",
    "write_pages",
    "write_truth",
    "write_zip",
]
