"""The soft key: strong, private, made once, and plainly not qualified."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from signing.keys import NOT_QUALIFIED, SigningKey, make_soft_key


def test_subject_says_it_is_not_qualified_in_both_languages(key: SigningKey) -> None:
    subject = key.certificate.subject.native
    assert subject["organizational_unit_name"] == NOT_QUALIFIED
    assert "KHÔNG ĐỦ ĐIỀU KIỆN" in NOT_QUALIFIED and "NOT QUALIFIED" in NOT_QUALIFIED
    assert (subject["common_name"], subject["user_id"]) == ("Ủy ban nhân dân xã Mẫu", "H00.01")


def test_key_is_rsa_3072_for_non_repudiation(key: SigningKey) -> None:
    assert key.private.key_size == 3072
    assert "non_repudiation" in key.certificate.key_usage_value.native
    assert key.chain[0].subject == key.certificate.issuer


def test_private_keys_are_for_the_owner_only(key_folder: Path) -> None:
    for name in ("root.key.pem", "signer.key.pem"):
        assert stat.S_IMODE((key_folder / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(key_folder.stat().st_mode) == 0o700


def test_a_key_is_never_replaced(key_folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in key_folder.iterdir()}
    with pytest.raises(FileExistsError):
        make_soft_key(key_folder, "Cơ quan khác", "H00.02")
    assert {path.name: path.read_bytes() for path in key_folder.iterdir()} == before


def test_a_key_does_not_show_itself(key: SigningKey) -> None:
    assert repr(key) == "SigningKey('Ủy ban nhân dân xã Mẫu')"
