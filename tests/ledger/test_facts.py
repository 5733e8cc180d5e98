"""Figures of papers: counted over all of them, replaced by their newest revision, taken back with the paper."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger import DossierTotals, PaperFacts
from tests.ledger.conftest import UNIT, Desk

FACTS = PaperFacts(1, UNIT, "diploma", None, fields=4, accepted=3, bytes=3_000_000_000, verdict="VALID", level="B-T")
BESIDE = "H41.17"


@pytest.fixture
def shelf(desk: Desk) -> list[int]:
    """Ten stored papers."""
    file = desk.reading()
    with desk.ledger.transaction() as tx:
        tx.ensure_unit(BESIDE, "Xã bên")
        found = []
        for number in range(1, 11):
            record = f"motlan:{UNIT}:" + f"{number:x}".rjust(26, "a")
            found.append(tx.add_document(file, number, [1], "diploma", record, "b" * 64, "personal"))
            tx.set_document(found[-1], state="DONE", revision=1, indexed_revision=1)
    return found


def put(desk: Desk, facts: dict[int, PaperFacts]) -> None:
    with desk.ledger.transaction() as tx:
        tx.put_facts(facts)


def test_all_papers_of_a_unit_are_summed(desk: Desk, shelf: list[int]) -> None:
    put(desk, dict.fromkeys(shelf[:3], FACTS))
    put(
        desk, {shelf[2]: replace(FACTS, revision=2, accepted=4), shelf[3]: replace(FACTS, verdict="NONE", level="NONE")}
    )
    totals = desk.ledger.paper_totals(UNIT)
    assert (totals.papers, totals.fields, totals.accepted, totals.bytes) == (4, 16, 13, 12_000_000_000)
    assert (totals.verdicts, totals.levels) == ({"VALID": 3, "NONE": 1}, {"B-T": 3, "NONE": 1})
    assert desk.ledger.paper_totals() == totals and desk.ledger.paper_totals(BESIDE).papers == 0


def test_papers_without_figures_are_told_page_by_page(desk: Desk, shelf: list[int]) -> None:
    assert [number for number, _ in desk.ledger.uncounted(UNIT, limit=3)] == shelf[:3]
    assert [number for number, _ in desk.ledger.uncounted(UNIT, shelf[2])] == shelf[3:]
    put(desk, dict.fromkeys(shelf, FACTS))
    assert desk.ledger.uncounted() == []
    with desk.ledger.transaction() as tx:
        tx.set_document(shelf[4], state="DONE", revision=2)
    assert [number for number, _ in desk.ledger.uncounted()] == [shelf[4]] and not desk.ledger.uncounted(BESIDE)


def test_a_withdrawn_paper_is_not_counted(desk: Desk, shelf: list[int]) -> None:
    put(desk, dict.fromkeys(shelf, FACTS))
    with desk.ledger.transaction() as tx:
        tx.cancel_document(shelf[0], 2, "c" * 64)
    assert desk.ledger.paper_totals(UNIT).papers == 9 and desk.ledger.uncounted() == []


def test_dossiers_are_counted_by_what_is_sealed_in_them(desk: Desk, shelf: list[int]) -> None:
    papers = (("form", "A", "VALID"), ("diploma", "A", "VALID"), ("diploma", "B", "VALID"), ("diploma", "C", "NONE"))
    more = (("diploma", None, "VALID"), ("form", "E", "VALID"))
    kinds = [replace(FACTS, type=type, dossier=code, verdict=verdict) for type, code, verdict in papers + more]
    put(desk, dict(zip(shelf, kinds, strict=False)))
    with desk.ledger.transaction() as tx:
        for case in ("C", "D", "D"):
            asked = tx.put_request(UNIT, "lan", case, "cấp phép", "motlan:x")
        tx.set_request(asked, "RELEASED", ("REQUESTED",))
    expected = DossierTotals(dossiers=4, with_result=2, digitised=1, received=5, reused=1)
    assert desk.ledger.dossier_totals(["diploma"], UNIT) == expected
    assert desk.ledger.dossier_totals(["diploma"], BESIDE) == DossierTotals(0, 0, 0, 0, 0)
