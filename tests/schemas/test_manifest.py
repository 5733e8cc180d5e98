"""Manifests and record URIs: same content, same bytes, same name."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.errors import BadIdentifier
from schemas.evidence import FieldReading, Subject, Witness
from schemas.manifest import Conversion, Manifest, Representation, Source, canonical_json, digest
from schemas.records import record_uri, split_uri

SHA = "cd" * 32
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
SHARE = st.floats(0, 1)
WITNESS = st.builds(Witness, source=st.sampled_from(["ocr", "qr", "person"]), value=TEXT, confidence=SHARE)
FIELD = st.builds(
    FieldReading,
    value=st.none() | TEXT,
    confidence=SHARE,
    accepted=st.booleans(),
    evidence=st.lists(WITNESS, max_size=2).map(tuple),
)
MANIFESTS = st.builds(
    Manifest,
    record=st.just("motlan:H48:" + "a" * 26),
    revision=st.integers(1, 9),
    unit=st.just("H48"),
    created_at=st.just("2025-07-01T08:00:00+07:00"),
    type=TEXT,
    type_name=TEXT,
    pages=st.integers(1, 2000),
    source=st.builds(Source, file_name=TEXT, sha256=st.just(SHA), pages=st.just((1,)), batch=TEXT),
    conversion=st.builds(Conversion, by=TEXT, at=TEXT, software=TEXT, reading_config=TEXT),
    fields=st.dictionaries(TEXT, FIELD, max_size=4),
    subjects=st.lists(st.builds(Subject, role=TEXT, name=st.none() | TEXT), max_size=2).map(tuple),
    representations=st.just((Representation(role="original", sha256=SHA, size=1, media_type="application/pdf"),)),
)


@given(MANIFESTS)
def test_bytes_round_trip_and_are_canonical(manifest: Manifest) -> None:
    data = manifest.to_bytes()
    again = Manifest.from_bytes(data)
    assert again == manifest
    assert again.to_bytes() == data
    assert canonical_json(json.loads(data)) == data
    assert digest(data) == hashlib.sha256(data).hexdigest()


@given(st.dictionaries(TEXT, st.integers() | TEXT))
def test_canonical_json_does_not_depend_on_order(values: dict[str, object]) -> None:
    backwards = dict(reversed(values.items()))
    assert canonical_json(values) == canonical_json(backwards)
    assert b"\n" not in canonical_json(values)


def test_canonical_json_keeps_vietnamese_readable() -> None:
    assert canonical_json({"b": "Hòa", "a": [1, None]}) == '{"a":[1,null],"b":"Hòa"}'.encode()


@given(MANIFESTS)
def test_the_schema_is_named_in_the_bytes(manifest: Manifest) -> None:
    assert json.loads(manifest.to_bytes())["schema"] == "motlan.manifest/1"


@pytest.mark.parametrize("change", [{"schema": "motlan.manifest/2"}, {"more": 1}, {"revision": "x"}, {"pages": None}])
@given(manifest=MANIFESTS)
def test_what_is_no_manifest_is_refused(change: dict[str, object], manifest: Manifest) -> None:
    with pytest.raises(ValidationError):
        Manifest.from_bytes(canonical_json(json.loads(manifest.to_bytes()) | change))


def test_representation_by_role() -> None:
    manifest = Manifest.from_bytes(canonical_json(_example()))
    assert manifest.representation("original") is not None
    assert manifest.representation("text") is None


def _example() -> dict[str, object]:
    return {
        "schema": "motlan.manifest/1", "record": "r", "revision": 1, "unit": "U", "created_at": "t", "type": "t",
        "type_name": "T", "pages": 1, "source": {"file_name": "a", "sha256": SHA, "pages": [1], "batch": "b"},
        "conversion": {"by": "u", "at": "t", "software": "s", "reading_config": "c"},
        "representations": [{"role": "original", "sha256": SHA, "size": 1, "media_type": "application/pdf"}],
    }  # fmt: skip


@given(st.from_regex(r"[A-Z0-9.]{1,20}", fullmatch=True), st.from_regex("[0-9a-f]{64}", fullmatch=True), st.integers(1))
def test_a_record_uri_splits_and_is_always_the_same(unit: str, sha: str, page: int) -> None:
    uri = record_uri(unit, sha, page)
    assert split_uri(uri)[0] == unit
    assert record_uri(unit, sha, page) == uri
    assert record_uri(unit, sha, page + 1) != uri


def test_a_record_uri_is_pinned() -> None:
    """Changing how URIs are made would give every stored paper a second name."""
    assert record_uri("H48", "00" * 32, 1) == "motlan:H48:yj32d7cplfmkyvbw6ipmqazpa4"


@pytest.mark.parametrize("unit", ["", "h48", "H 48", "H48:x", "A" * 21, "Đ1"])
def test_a_bad_unit_has_no_uri(unit: str) -> None:
    with pytest.raises(BadIdentifier):
        record_uri(unit, SHA, 1)


@pytest.mark.parametrize(
    "uri",
    ["", "motlan:H48:", "motlan:H48:" + "A" * 26, "http://x", "motlan:H48:" + "a" * 27, "motlan:H48:../x" + "a" * 22],
)
def test_what_is_no_record_uri_is_refused(uri: str) -> None:
    with pytest.raises(BadIdentifier):
        split_uri(uri)
