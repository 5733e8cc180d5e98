"""A dropped batch: one folder per dossier of one made-up citizen, papers in mixed kinds of files, truth beside it."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from specimens.damage import Damage
from specimens.papers import make_paper
from specimens.people import Household, make_household
from specimens.scans import SINGLE_PAGE, write_pages, write_zip
from specimens.truth import Specimen, SpecimenPaper, write_truth


@dataclass(frozen=True)
class Plan:
    """One file of a dossier: its name without suffix, suffixes it may have, the papers in it, how bad the scan is."""

    name: str
    suffixes: tuple[str, ...]
    papers: tuple[str, ...]
    level: int = 1
    rotate: tuple[int, ...] = ()
    fax: bool = False


PLANS = (
    Plan("don", (".pdf", ".tif"), ("application_form",), level=2),
    Plan("cccd", (".jpg", ".png", ".pdf"), ("citizen_card",)),
    Plan("giay-khai-sinh", (".tif", ".pdf", ".jpg"), ("birth_certificate",)),
    Plan("ket-hon", (".pdf",), ("marriage_certificate",), rotate=(90, 270)),
    Plan("scan0001", (".pdf", ".tif"), ("residence_confirmation", "blank_back", "marital_status"), level=2),
    Plan("IMG_2041", (".heic", ".jpg"), ("birth_extract",), level=2),
    Plan("phieu-hen", (".png", ".jpg"), ("appointment_slip",)),
    Plan("van-ban", (".tif", ".pdf"), ("administrative_document",), fax=True),
)
ZIPPED = (
    Plan("giay-phep-kinh-doanh", (".pdf", ".jpg"), ("business_registration",)),
    Plan("so-do", (".pdf",), ("land_use_certificate",)),
)


def write_batch(folder: Path, truth_path: Path, *, seed: int, dossiers: int = 3, dpi: int = 200) -> list[SpecimenPaper]:
    """Write the batch into `folder` and what is true about it to `truth_path`. The same arguments give the same bytes.
    Raises ValueError when the truth would lie inside the batch, where it would be taken for a paper."""
    if folder.resolve() in truth_path.resolve().parents:
        raise ValueError("the truth must not lie inside the batch folder")
    folder.mkdir(parents=True, exist_ok=True)
    papers: list[SpecimenPaper] = []
    for number in range(1, dossiers + 1):
        papers += _write_dossier(
            folder, f"H41.16-260915-{number:04d}", f"{seed}:{number}", seed * 1000 + number * 20, dpi
        )
    write_truth(truth_path, papers)
    return papers


def _write_dossier(folder: Path, code: str, who: str, seed: int, dpi: int) -> list[SpecimenPaper]:
    home, rng = make_household(who), random.Random(f"dossier:{who}")
    place = folder / code
    place.mkdir(exist_ok=True)
    papers: list[SpecimenPaper] = []
    for index, plan in enumerate(PLANS):
        file, made = _write_file(place, plan, home, rng, seed + index, dpi)
        papers += _truth(made, f"{code}/{file.name}", None, code)
    with tempfile.TemporaryDirectory() as scratch:
        members: dict[str, Path] = {}
        for index, plan in enumerate(ZIPPED, len(PLANS)):
            file, made = _write_file(Path(scratch), plan, home, rng, seed + index, dpi)
            members[file.name] = file
            papers += _truth(made, f"{code}/giay-to-khac.zip", file.name, code)
        write_zip(place / "giay-to-khac.zip", members)
    return papers


def _write_file(
    place: Path, plan: Plan, home: Household, rng: random.Random, seed: int, dpi: int
) -> tuple[Path, list[Specimen]]:
    made = [make_paper(paper, seed, dpi=dpi, damage=_damage(plan, seed), household=home) for paper in plan.papers]
    pages = [page for specimen in made for page in specimen.pages]
    suffix = rng.choice([s for s in plan.suffixes if len(pages) == 1 or s not in SINGLE_PAGE])
    rotate = (rng.choice(plan.rotate),) * len(pages) if plan.rotate else ()
    file = place / (plan.name + suffix)
    write_pages(file, pages, dpi, quality=made[0].jpeg_quality, rotate=rotate)
    return file, made


def _damage(plan: Plan, seed: int) -> Damage:
    if plan.fax:
        return Damage(skew=0.4, noise=2, blur=0.4, fax=True)
    return Damage.level(plan.level, seed)


def _truth(made: Sequence[Specimen], file: str, member: str | None, dossier: str) -> list[SpecimenPaper]:
    papers, page = [], 1
    for one in made:
        numbers = tuple(range(page, page + len(one.pages)))
        page += len(one.pages)
        papers.append(
            SpecimenPaper(
                type_id=one.type_id,
                layout=one.layout,
                seed=one.seed,
                file=file,
                member=member,
                pages=numbers,
                dossier=dossier,
                fields=one.fields,
                printed=one.printed,
                lines=one.lines,
                people=one.people,
                by_hand=one.by_hand,
            )
        )
    return papers
