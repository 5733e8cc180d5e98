"""What every SegmentStore does, whichever adapter."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from schemas.errors import RecordMissing
from storage.bucket import Bucket
from storage.segments import FolderSegmentStore, S3SegmentStore, SegmentStore
from tests.support.buckets import SERVERS, address


@pytest.fixture(params=["folder", *(pytest.param(name, marks=pytest.mark.services) for name in SERVERS)])
def segments(request: pytest.FixtureRequest, tmp_path: Path) -> SegmentStore:
    if request.param == "folder":
        return FolderSegmentStore(tmp_path / "store", tmp_path / "staging")
    at = address(request.getfixturevalue("services"), request.param)
    return S3SegmentStore(Bucket(at), f"test-{uuid4().hex}")


def test_a_piece_is_created_once_and_read_back(segments: SegmentStore) -> None:
    assert segments.firsts() == []
    assert segments.put(1, b"one") and segments.put(10_001, b"two")
    segments.put(1, b"other")
    assert segments.firsts() == [1, 10_001] and segments.raw(1) == b"one"
    assert not segments.put(1, b"other")
    with pytest.raises(RecordMissing):
        segments.raw(2)
