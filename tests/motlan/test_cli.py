"""What scripts rely on (docs/cli.md): the real command line as its own process, from init to reuse."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from schemas.verification import VerificationCode
from specimens.papers import make_paper
from specimens.scans import write_paper
from specimens.truth import Specimen
from tests.support import forks

Rows = list[dict[str, Any]]


class Commands:
    """`motlan --data DIR …` in a scratch folder."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"

    def run(self, *arguments: object, code: int | None = 0, stdin: str = "") -> subprocess.CompletedProcess[str]:
        settings = {"MOTLAN_WORKERS": "2", "MOTLAN_RESERVE_BYTES": "10000000"}
        done = forks.motlan(self.data, *arguments, stdin=stdin, **settings)
        assert "Traceback" not in done.stderr, done.stderr
        if code is not None:
            assert done.returncode == code, done.stderr + done.stdout
        return done

    def rows(self, *arguments: object, code: int | None = 0, stdin: str = "") -> Rows:
        return [json.loads(line) for line in self.run(*arguments, code=code, stdin=stdin).stdout.splitlines()]


@pytest.fixture(scope="module")
def specimen() -> Specimen:
    return make_paper("marital_status", 21, dpi=200)


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory, specimen: Specimen) -> Path:
    path = tmp_path_factory.mktemp("scan") / "xác nhận hôn nhân.pdf"
    write_paper(specimen, path)
    return path


@pytest.fixture(scope="module")
def motlan(tmp_path_factory: pytest.TempPathFactory) -> Commands:
    commands = Commands(tmp_path_factory.mktemp("cli"))
    commands.run("init", "--yes", "--unit-code", "H99", "--unit-name", "UBND XÃ MẪU")
    return commands


@pytest.fixture(scope="module")
def paper(motlan: Commands, scan: Path) -> dict[str, Any]:
    (row,) = motlan.rows("ingest", "--wait", "--json", scan)
    return row


def test_init_can_be_repeated_without_harm(motlan: Commands) -> None:
    before = (motlan.data.with_name("data.keys") / "signer.key.pem").read_bytes()
    assert motlan.rows("init", "--yes", "--json")[0]["created"] is False
    assert (motlan.data.with_name("data.keys") / "signer.key.pem").read_bytes() == before


def test_commands_before_init_say_what_to_do(tmp_path: Path) -> None:
    done = Commands(tmp_path).run("status", code=3)
    assert "NOT_INITIALISED" in done.stderr and "init" in done.stderr


def test_ingest_tells_one_object_per_paper(paper: dict[str, Any], scan: Path) -> None:
    assert {"file", "record", "state", "type", "pages", "fields", "seal", "reasons"} <= set(paper)
    assert paper["file"] == scan.name and paper["type"] == "marital_status" and paper["pages"] == 1
    assert paper["state"] in ("DONE", "REVIEW") and paper["seal"]["verdict"] == "VALID"
    for field in paper["fields"].values():
        assert {"value", "confidence", "accepted", "evidence"} <= set(field)


def test_a_batch_is_reconciled_by_its_number(motlan: Commands, paper: dict[str, Any], scan: Path) -> None:
    told = motlan.rows("status", paper["batch"], "--json")[0]
    assert (told["batch"], told["finished"], told["wrong"]) == (paper["batch"], True, [])
    assert told["found"]["pages"] == told["found"]["read"] == told["found"]["stored_pages"] == 1
    assert scan.name in {file["file"] for file in told["files"]}
    assert "đã lưu" in motlan.run("status", paper["batch"]).stdout
    motlan.run("status", 999, code=None)


def test_sheets_are_printed_once_and_codes_are_checked(motlan: Commands, tmp_path: Path) -> None:
    asked = ("sheets", "-o", tmp_path / "phiếu.pdf", "--batch", "L-1", "--papers", 2, "--dossier", "HS-1:3", "--json")
    (made,) = motlan.rows(*asked)
    assert made["sheets"] == 2 and all(code.startswith("MOTLAN1:") for code in made["codes"])
    assert "OUTPUT_EXISTS" in motlan.run(*asked, code=None).stderr
    for bad in ("056099000001", "HS-1:x", "HS-1:3:no_such_type"):
        assert "BAD_SETTING" in motlan.run("sheets", "-o", tmp_path / "x.pdf", "--dossier", bad, code=3).stderr


def test_accepted_fields_are_true(paper: dict[str, Any], specimen: Specimen) -> None:
    accepted = {name: field["value"] for name, field in paper["fields"].items() if field["accepted"]}
    assert accepted, "a clean print must give something a person need not look at"
    for name in accepted.keys() & specimen.fields.keys():
        value = accepted[name]
        assert value.casefold() == specimen.fields[name].casefold(), name


def test_the_same_file_again_is_told_and_linked(motlan: Commands, paper: dict[str, Any], scan: Path) -> None:
    (row,) = motlan.rows("ingest", "--wait", "--json", scan)
    assert row["state"] == "DUPLICATE" and row["record"] == paper["record"]
    assert "DUPLICATE" in {reason["code"] for reason in row["reasons"]}


def test_find_by_words_with_and_without_accents(motlan: Commands, paper: dict[str, Any]) -> None:
    for words in ("tình trạng hôn nhân", "tinh trang hon nhan"):
        (hit,) = motlan.rows("find", "--json", words)
        assert hit["record"] == paper["record"] and {"record", "type", "fields", "snippet"} <= set(hit)


def test_find_by_number_finds_exactly_the_accepted_number(
    motlan: Commands, paper: dict[str, Any], specimen: Specimen
) -> None:
    number = specimen.fields["personal_id"]
    assert paper["fields"]["personal_id"]["accepted"], "a clean printed number with agreeing facts must be accepted"
    assert [hit["record"] for hit in motlan.rows("find", "--json", "--id", number)] == [paper["record"]]
    assert [hit["record"] for hit in motlan.rows("find", "--json", "--id", "-", stdin=number)] == [paper["record"]]
    assert motlan.rows("find", "--json", "--id", "056099000001") == []


def test_a_malformed_number_is_a_clear_error(motlan: Commands) -> None:
    done = motlan.run("find", "--json", "--id", "12AB", code=2)
    assert json.loads(done.stderr)["error"]["code"] == "BAD_IDENTIFIER"


def test_export_gives_back_what_was_dropped_and_a_sealed_copy(
    motlan: Commands, paper: dict[str, Any], scan: Path, tmp_path: Path
) -> None:
    motlan.run("export", paper["record"], "--as", "original", "-o", tmp_path / "o.pdf")
    assert (tmp_path / "o.pdf").read_bytes() == scan.read_bytes()
    motlan.run("export", paper["record"], "--as", "archival", "-o", tmp_path / "a.pdf")
    assert json.loads(motlan.run("verify", tmp_path / "a.pdf", "--json").stdout)["verdict"] == "VALID"
    motlan.run("export", paper["record"], "--as", "text", "-o", tmp_path / "t.txt")
    assert "XÁC NHẬN TÌNH TRẠNG HÔN NHÂN" in (tmp_path / "t.txt").read_text().upper()
    assert motlan.run("export", paper["record"], "-o", tmp_path / "o.pdf", code=None).returncode != 0, (
        "never overwrites"
    )


def test_verify_judges_tampering_and_junk(motlan: Commands, paper: dict[str, Any], tmp_path: Path) -> None:
    sealed = tmp_path / "a.pdf"
    motlan.run("export", paper["record"], "-o", sealed)
    data = bytearray(sealed.read_bytes())
    data[data.find(b"stream") + 300] ^= 1
    sealed.write_bytes(data)
    assert json.loads(motlan.run("verify", sealed, "--json", code=None).stdout)["verdict"] != "VALID"
    sealed.write_bytes(os.urandom(5000))
    assert motlan.run("verify", sealed, "--json", code=6).stdout == ""


def test_a_printed_code_is_held_to_a_file_without_any_archive(tmp_path: Path) -> None:
    file, nowhere = tmp_path / "a.pdf", Commands(tmp_path / "none")
    file.write_bytes(b"%PDF-1.7 sealed")
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    code = VerificationCode.of("motlan:H99:" + "a" * 26, 3, sha256)
    [told] = nowhere.rows("verify-code", code, file, "--json")
    assert (told["same"], told["revision"]) == (True, 3)
    file.write_bytes(b"%PDF-1.7 sealed ")
    assert not nowhere.rows("verify-code", code, file, "--json", code=1)[0]["same"]
    nowhere.run("verify-code", str(code)[:-1], file, code=4)
    nowhere.run("verify-code", code, tmp_path / "gone", code=6)


def test_the_archive_is_found_sound_and_a_flipped_byte_is_found(motlan: Commands, paper: dict[str, Any]) -> None:
    for command in (["fixity"], ["audit", "verify"], ["rebuild"], ["status"], ["doctor"]):
        assert motlan.rows(*command, "--json")[0]["wrong"] == []
    shown = motlan.rows("show", paper["record"], "--json")[0]
    digest = next(r["sha256"] for r in shown["representations"] if r["role"] == "archival")
    blob = next((motlan.data / "archive").rglob(digest))
    blob.chmod(0o600)
    good = blob.read_bytes()
    blob.write_bytes(good[:-9] + b"X" + good[-8:])
    wrong = motlan.rows("fixity", "--json", code=1)[0]["wrong"]
    blob.write_bytes(good)
    assert [(item["what"], item["item"]) for item in wrong] == [("changed", digest)]
    assert motlan.rows("fixity", "--json")[0]["ok"]


def test_an_unknown_record_is_refused(motlan: Commands) -> None:
    motlan.run("show", "motlan:H99:" + "a" * 26, code=4)


def test_review_decided_by_a_person_makes_a_new_revision(motlan: Commands, tmp_path: Path) -> None:
    scan = tmp_path / "khai sinh.pdf"
    write_paper(make_paper("birth_certificate", 33, dpi=100), scan)
    (row,) = motlan.rows("ingest", "--wait", "--json", scan)
    spots = [s for s in motlan.rows("review", "list", "--json") if s["record"] == row["record"] and s["field"]]
    assert spots, "a coarse scan leaves something to look at"
    spot = spots[0]
    motlan.run("review", "picture", spot["review"], "-o", tmp_path / "spot.png")
    assert (tmp_path / "spot.png").read_bytes().startswith(b"\x89PNG")
    motlan.run("review", "decide", spot["review"], "--value", "Giá Trị Kiểm Chứng", "--actor", "nguoi-duyet")
    motlan.rows("ingest", "--wait", "--json", scan)  # brings workers up, which write the revision
    shown = motlan.rows("show", row["record"], "--json")[0]
    field = shown["fields"][spot["field"]]
    assert shown["history"] == [1, 2] and field["accepted"] and field["value"] == "Giá Trị Kiểm Chứng"
    assert field["evidence"][-1]["source"] == "person" and field["evidence"][-1]["engine"] == "nguoi-duyet"


def test_every_command_and_exit_code_is_documented() -> None:
    told = Path("docs/cli.md").read_text(encoding="utf-8")
    usage = subprocess.run([sys.executable, "-m", "motlan.cli", "--help"], capture_output=True, text=True, check=True)
    commands = re.findall(r"^  ([a-z]+)  ", usage.stdout, re.MULTILINE)
    assert len(commands) >= 13
    assert [name for name in commands if f"`{name}" not in told] == []
