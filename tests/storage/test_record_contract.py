"""What every RecordStore does, whichever adapter."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable

import pytest

from schemas.errors import BadIdentifier, ChainBroken, RecordDamaged, RecordMissing, RevisionConflict
from schemas.manifest import Manifest, digest
from schemas.records import record_uri
from storage.records import RecordStore

Opener = Callable[[], RecordStore]
Maker = Callable[..., Manifest]


def test_what_is_put_is_the_head(open_records: Opener, make_manifest: Maker) -> None:
    first = make_manifest()
    name = open_records().put(first)
    store = open_records()
    assert name == digest(first.to_bytes()) == store.manifest_digest(first.record, 1)
    assert store.head(first.record) == store.get(first.record, 1) == first
    assert store.raw(first.record, 1) == first.to_bytes()
    assert list(store.records()) == [first.record]
    assert list(store.strays()) == []


def test_history_grows_and_nothing_is_replaced(open_records: Opener, make_manifest: Maker) -> None:
    store = open_records()
    kept, previous = [], None
    for revision in range(1, 13):  # past ten: the head is the highest number, not the last name in a listing
        manifest = make_manifest(revision=revision, previous=previous, type_name=f"lần {revision}")
        previous = store.put(manifest)
        kept.append(manifest)
    assert store.history(kept[0].record) == kept
    assert store.revisions(kept[0].record) == list(range(1, 13))
    assert store.head(kept[0].record) == kept[-1]


def test_the_same_revision_again_is_a_success(open_records: Opener, make_manifest: Maker) -> None:
    store = open_records()
    first = store.put(make_manifest())
    second = make_manifest(revision=2, previous=first)
    assert store.put(second) == store.put(second)
    assert store.put(make_manifest()) == first


def test_a_copy_keeps_the_very_bytes_of_another_program(open_records: Opener, make_manifest: Maker) -> None:
    first = make_manifest()
    other = json.dumps(json.loads(first.to_bytes()), indent=1).encode()
    store = open_records()
    assert store.put_copy(first.record, 1, other) == store.put_copy(first.record, 1, other) == digest(other)
    assert store.raw(first.record, 1) == other and store.get(first.record, 1) == first
    store.put(make_manifest(revision=2, previous=digest(other)))
    with pytest.raises(RevisionConflict):
        store.put_copy(first.record, 1, first.to_bytes())
    with pytest.raises(RecordDamaged):
        store.put_copy(first.record, 3, other)


def test_other_content_under_a_taken_revision_is_a_conflict(open_records: Opener, make_manifest: Maker) -> None:
    store = open_records()
    store.put(make_manifest())
    with pytest.raises(RevisionConflict):
        store.put(make_manifest(type_name="khác"))
    assert store.head(make_manifest().record) == make_manifest()


def test_a_revision_must_follow_the_stored_one(open_records: Opener, make_manifest: Maker) -> None:
    store = open_records()
    first = store.put(make_manifest())
    for stranger in (
        make_manifest(revision=3, previous=first),
        make_manifest(revision=2, previous=None),
        make_manifest(revision=2, previous="0" * 64),
        make_manifest(revision=0),
        make_manifest(record=record_uri("X01", "cd" * 32, 1), previous=first),
    ):
        with pytest.raises(ChainBroken):
            store.put(stranger)
    assert store.revisions(make_manifest().record) == [1]


def test_unknown_records(open_records: Opener, make_manifest: Maker) -> None:
    store, record = open_records(), make_manifest().record
    assert store.head(record) is None
    assert store.revisions(record) == store.history(record) == list(store.records()) == []
    with pytest.raises(RecordMissing):
        store.get(record, 1)


@pytest.mark.parametrize("record", ["motlan:..:" + "a" * 26, "motlan:.:" + "a" * 26, "../../etc", "motlan:X01:../v1"])
def test_a_record_never_becomes_another_path(open_records: Opener, make_manifest: Maker, record: str) -> None:
    store = open_records()
    with pytest.raises(BadIdentifier):
        store.put(make_manifest(record=record))
    with pytest.raises(BadIdentifier):
        store.head(record)
    assert list(store.records()) == []


@pytest.mark.parametrize("writers", [2, 16])
@pytest.mark.parametrize("same", [True, False])
def test_processes_racing_for_one_revision(
    open_records: Opener, make_manifest: Maker, writers: int, same: bool
) -> None:
    context = multiprocessing.get_context("fork")
    start, answers = context.Barrier(writers), context.Queue()

    def write(number: int) -> None:
        store = open_records()
        manifest = make_manifest(type_name="một" if same else f"bản {number}")
        start.wait()
        try:
            answers.put(("stored", store.put(manifest)))
        except RevisionConflict as conflict:
            answers.put(("conflict", conflict.code))

    running = [context.Process(target=write, args=(n,)) for n in range(writers)]
    for process in running:
        process.start()
    outcomes = [answers.get(timeout=60) for _ in running]
    for process in running:
        process.join()
    stored = [name for what, name in outcomes if what == "stored"]
    assert len(stored) == (writers if same else 1)
    assert set(stored) == {open_records().manifest_digest(make_manifest().record, 1)}
    assert open_records().revisions(make_manifest().record) == [1]
