"""After a lost ledger the archive's manifests are taken up: records, their files, and the questions still open."""

from __future__ import annotations

import pytest

from schemas.evidence import FieldReading
from schemas.manifest import Conversion, Manifest, Representation, Source


def manifest(letter: str = "a", revision: int = 1, **changes) -> Manifest:
    values = {
        "record": "motlan:H41.16:" + letter * 26,
        "revision": revision,
        "unit": "H41.16",
        "created_at": "2026-03-02T08:00:00+00:00",
        "type": "birth_certificate",
        "type_name": "Giấy khai sinh",
        "pages": 1,
        "source": Source(file_name="a.pdf", sha256="a" * 64, pages=(1,), batch="1"),
        "conversion": Conversion(by="Xã Hòa Bình", at="2026-03-02T08:00:00+00:00", software="t", reading_config="t"),
        "representations": (Representation(role="original", sha256="a" * 64, size=7, media_type="application/pdf"),),
        **changes,
    }
    return Manifest(**values)


def adopt(desk, head, digest="d" * 64):
    with desk.ledger.transaction() as tx:
        return tx.adopt_record(head, digest)


def test_an_unknown_record_is_taken_up_with_its_file(desk):
    assert adopt(desk, manifest("a"))
    assert adopt(desk, manifest("b"))
    first = desk.ledger.document_by_record("motlan:H41.16:" + "a" * 26)
    assert (first.state, first.revision, first.manifest, first.indexed_revision) == ("DONE", 1, "d" * 64, 1)
    [file] = desk.ledger.files()
    assert (file.state, file.size, file.sha256) == ("DONE", 7, "a" * 64)
    assert desk.ledger.taken_file(file.id).kind == "pdf"
    assert [document.index for document in desk.ledger.documents(file.id)] == [0, 1]
    assert desk.ledger.batch(file.batch_id).source == "rebuild"
    assert desk.ledger.status().stuck == ()


def test_adopting_again_changes_nothing(desk):
    adopt(desk, manifest())
    assert not adopt(desk, manifest())
    assert len(desk.ledger.documents()) == 1


def test_a_newer_revision_is_taken_up_and_an_older_one_is_not(desk):
    adopt(desk, manifest(revision=2))
    assert adopt(desk, manifest(revision=3), "e" * 64)
    assert not adopt(desk, manifest(revision=2))
    [document] = desk.ledger.documents()
    assert (document.revision, document.manifest) == (3, "e" * 64)


def test_the_same_file_dropped_after_adoption_is_a_duplicate(desk):
    adopt(desk, manifest())
    with desk.ledger.transaction() as tx:
        assert tx.receive_file(desk.batch, "a.pdf", "a" * 64, 7, "pdf", [], "lan").duplicate_of is not None


def test_an_unknown_unit_is_made_known(desk):
    assert adopt(desk, manifest(unit="H99", record="motlan:H99:" + "a" * 26))
    assert desk.ledger.unit("H99").name == "H99"


def test_open_questions_are_asked_again(desk):
    fields = {
        "name": FieldReading(value="Nguyễn Văn Mẫu", confidence=0.5, accepted=False, doubts=("LOW_CONFIDENCE",)),
        "birth": FieldReading(value="2001-01-01", confidence=1, accepted=True),
    }
    adopt(desk, manifest(fields=fields, doubts=("TYPE_UNSURE",)))
    assert [(review.field, review.doubts) for review in desk.ledger.reviews()] == [
        (None, ("TYPE_UNSURE",)),
        ("name", ("LOW_CONFIDENCE",)),
    ]


@pytest.mark.parametrize("open_step", [True, False])
def test_a_paper_on_its_way_is_left_to_its_step(desk, open_step):
    file_id = desk.receive()
    with desk.ledger.transaction() as tx:
        record = manifest().record
        document = tx.add_document(file_id, 0, (1,), "birth_certificate", record, "e" * 64, "personal")
        tx.set_file_state(file_id, "UNDERSTOOD")
        tx.set_document(document, state="SEALED")
        if open_step:
            tx.add_step("keep", file_id, document_id=document)
    assert adopt(desk, manifest()) is not open_step
    assert desk.ledger.document(document).state == ("SEALED" if open_step else "DONE")
    assert desk.ledger.file(file_id).state == ("UNDERSTOOD" if open_step else "DONE")
