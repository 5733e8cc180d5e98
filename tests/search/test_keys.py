"""The blind index: whole numbers only, a key that is made once, and no way on without it."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from schemas.errors import BadIdentifier, IndexKeyMissing
from search.keys import BlindIndex

NUMBER = "048090123456"


def test_the_key_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first = BlindIndex.create(folder)
    content = (folder / "blind-index.v1.key").read_bytes()
    assert BlindIndex.create(folder).fingerprint == BlindIndex.load(folder).fingerprint == first.fingerprint
    assert (folder / "blind-index.v1.key").read_bytes() == content
    assert stat.S_IMODE((folder / "blind-index.v1.key").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["blind-index.v1.key"]


def test_two_who_make_the_key_at_once_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: BlindIndex.create(tmp_path).fingerprint, range(16)))
    assert len(set(made)) == 1
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("content", [None, "", "zz", "ab" * 31, "không phải khóa"])
def test_without_a_usable_key_nothing_starts(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "blind-index.v1.key").write_text(content, encoding="utf-8")
    with pytest.raises(IndexKeyMissing):
        BlindIndex.load(tmp_path)


def test_no_folder_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(IndexKeyMissing):
        BlindIndex.load(tmp_path / "gone")


def test_a_damaged_key_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "blind-index.v1.key").write_text("cut off", encoding="ascii")
    with pytest.raises(IndexKeyMissing):
        BlindIndex.create(tmp_path)


def test_the_newest_version_makes_the_tokens(tmp_path: Path) -> None:
    old = BlindIndex.create(tmp_path)
    (tmp_path / "blind-index.v2.key").write_text("ab" * 32, encoding="ascii")
    new = BlindIndex.load(tmp_path)
    assert new.version == 2
    assert new.token("cccd", NUMBER) != old.token("cccd", NUMBER)
    assert new.token("cccd", NUMBER).startswith("v2.")


def test_a_token_is_of_the_normal_number_its_kind_and_its_key() -> None:
    blind, other = BlindIndex(b"a" * 32), BlindIndex(b"b" * 32)
    assert blind.token("cccd", "048 090.123-456") == blind.token("cccd", NUMBER)
    assert blind.token("passport", "c1234567") == blind.token("passport", "C1234567")
    assert blind.token("mst", "0100109106001") == blind.token("mst", "0100109106-001")
    distinct = [
        blind.token("cccd", NUMBER),
        other.token("cccd", NUMBER),
        blind.token("cccd", "048090123457"),
        blind.token("cmnd", "048090123"),
    ]
    assert len(set(distinct)) == 4


def test_a_token_is_keyed_with_hmac_sha_256() -> None:
    # Computed apart: openssl dgst -sha256 -hmac <the key> of "motlan.blind/1|cccd|048090123456"
    expected = "0c8d21d259ada749b8340435d0334067c0fab1880801517c59ec9570001cfbcd"
    assert BlindIndex(b"a" * 32).token("cccd", NUMBER) == f"v1.{expected}"


@pytest.mark.parametrize(
    ("kind", "number"), [("cccd", "0480901"), ("cccd", "04809012345x"), ("dossier", "H41.16-230925-0001"), ("", NUMBER)]
)
def test_only_whole_numbers_have_tokens_and_the_error_does_not_tell(kind: str, number: str) -> None:
    with pytest.raises(BadIdentifier) as caught:
        BlindIndex(b"a" * 32).token(kind, number)
    assert number not in str(caught.value)


def test_nothing_printed_tells_the_key() -> None:
    blind = BlindIndex(b"\x5a" * 32)
    for shown in (repr(blind), str(blind), blind.fingerprint):
        assert "5a5a" not in shown and "ZZ" not in shown
