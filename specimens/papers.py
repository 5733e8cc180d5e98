"""The catalogue of made-up papers, and `make_paper`, which prints, seals, damages and marks one of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from specimens.damage import Damage, scan
from specimens.forms import (
    administrative,
    birth,
    building,
    business,
    card,
    civil,
    desk,
    justice,
    land,
    landpapers,
    marriage,
    odd,
    permits,
    residence,
    school,
)  # fmt: skip
from specimens.forms.furniture import Case, mark
from specimens.ink import draw_spot
from specimens.people import Household, make_household
from specimens.press import Look, Press, make_look
from specimens.truth import Specimen

Painter = Callable[[Press, Case], None]


@dataclass(frozen=True)
class Kind:
    """One kind of paper: who prints it, in which layouts, with which fonts."""

    paint: Painter
    layouts: tuple[str, ...]
    families: tuple[str, ...] = ("times", "times", "times", "arial", "serif")
    flows: bool = False
    marked: bool = True


MIXED = ("times", "times", "arial", "serif", "palatino", "schola", "bookman", "narrow")
KINDS: dict[str, Kind] = {
    "birth_certificate": Kind(birth.certificate, birth.CERTIFICATE_LAYOUTS),
    "birth_extract": Kind(birth.extract, birth.EXTRACT_LAYOUTS),
    "marriage_certificate": Kind(marriage.certificate, marriage.MARRIAGE_LAYOUTS),
    "marital_status": Kind(marriage.status, marriage.STATUS_LAYOUTS),
    "residence_confirmation": Kind(residence.confirmation, residence.LAYOUTS),
    "land_use_certificate": Kind(land.certificate, land.LAYOUTS),
    "business_registration": Kind(business.certificate, business.LAYOUTS),
    "citizen_card": Kind(card.copy, card.LAYOUTS, families=("arial", "sans")),
    "application_form": Kind(desk.application, desk.APPLICATION_LAYOUTS),
    "appointment_slip": Kind(desk.slip, desk.SLIP_LAYOUTS),
    "death_extract": Kind(civil.death, civil.DEATH_LAYOUTS, families=MIXED),
    "adoption_certificate": Kind(civil.adoption, civil.ADOPTION_LAYOUTS, families=MIXED),
    "judicial_record": Kind(justice.record, justice.RECORD_LAYOUTS, families=MIXED),
    "power_of_attorney": Kind(justice.attorney, justice.ATTORNEY_LAYOUTS, families=MIXED),
    "construction_permit": Kind(building.permit, building.LAYOUTS, families=MIXED),
    "diploma": Kind(school.diploma, school.LAYOUTS, families=MIXED),
    "health_insurance_card": Kind(permits.insurance, permits.INSURANCE_LAYOUTS, families=("arial", "sans", "times")),
    "driving_licence": Kind(permits.licence, permits.LICENCE_LAYOUTS, families=("arial", "sans")),
    "land_transfer_contract": Kind(landpapers.contract, landpapers.CONTRACT_LAYOUTS, families=MIXED),
    "land_registration_form": Kind(landpapers.registration, landpapers.REGISTRATION_LAYOUTS, families=MIXED),
    "land_allocation_decision": Kind(landpapers.allocation, landpapers.ALLOCATION_LAYOUTS, families=("times",)),
    "administrative_document": Kind(administrative.document, administrative.LAYOUTS, families=("times",), flows=True),
    "blank_back": Kind(odd.blank_back, odd.BLANK_LAYOUTS, marked=False),
    "secret_page": Kind(odd.secret, odd.SECRET_LAYOUTS, families=("times",), flows=True),
    "other_script": Kind(odd.other_script, odd.SCRIPT_LAYOUTS),
    "unreadable": Kind(odd.unreadable, odd.UNREADABLE_LAYOUTS, families=("times",), flows=True),
}
TYPE_IDS = tuple(KINDS)


def layouts_of(type_id: str) -> tuple[str, ...]:
    """The layouts a type can be printed in."""
    return KINDS[type_id].layouts


def layout_by_chance(type_id: str, seed: int) -> str:
    """The layout that `make_paper` takes when it is told none."""
    return random.Random(f"{type_id}:{seed}").choice(KINDS[type_id].layouts)


def make_paper(
    type_id: str,
    seed: int,
    *,
    layout: str | None = None,
    dpi: int = 200,
    damage: Damage | None = None,
    household: Household | None = None,
    look: Look | None = None,
) -> Specimen:
    """One made-up paper. Without `damage` it is a clean print with no seal and no signature. The same arguments give
    the same bytes. Raises KeyError for an unknown type and ValueError for an unknown layout."""
    kind = KINDS[type_id]
    if layout is not None and layout not in kind.layouts:
        raise ValueError(f"{type_id} has no layout {layout!r}; it has {', '.join(kind.layouts)}")
    rng = random.Random(f"{type_id}:{seed}")
    chosen = layout or rng.choice(kind.layouts)
    case = Case(household or make_household(f"{type_id}:{seed}"), rng, chosen)
    press = Press(
        look or make_look(rng, kind.families), dpi, random.Random(f"press:{type_id}:{seed}"), flows=kind.flows
    )
    kind.paint(press, case)
    if kind.marked:
        mark(press)
    pages = tuple(_damaged(press, number, damage, seed) for number in range(len(press.leaves)))
    return Specimen(
        type_id=type_id,
        layout=chosen,
        seed=seed,
        dpi=dpi,
        pages=pages,
        fields=case.facts.fields,
        printed=case.facts.printed,
        lines=tuple(tuple(leaf.lines) for leaf in press.leaves),
        people=tuple(case.people),
        by_hand=tuple(sorted(case.facts.by_hand)),
        jpeg_quality=damage.jpeg or 92 if damage else 92,
        words=tuple(tuple(leaf.words) for leaf in press.leaves),
    )


def _damaged(press: Press, number: int, damage: Damage | None, seed: int) -> Image.Image:
    page = press.leaves[number].image
    if damage is None:
        return page
    rng = random.Random(f"damage:{seed}:{number}")
    for spot in press.spots:
        if spot.page == number:
            draw_spot(page, spot, press.dpi, rng, seal=damage.seal, signature=damage.signature)
    return scan(page, damage, press.dpi, rng)
