"""A specimen dossier has gone the whole way; each archival PDF that came out stands before judges not our own."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from motlan.wiring import House
from schemas.manifest import Manifest
from schemas.vietnamese import nfc
from tests.judges import verapdf
from tests.support.portal import Filled


@pytest.fixture(scope="module")
def house(filled: Filled, tmp_path_factory: pytest.TempPathFactory) -> House:
    house = filled.copy(tmp_path_factory.mktemp("whole"))
    [batch] = {file.batch_id for file in house.ledger.files()}
    assert house.ledger.batch_progress(batch).finished and not house.ledger.status().quarantined
    return house


def archived(house: House) -> Iterator[tuple[Manifest, Path]]:
    for record in house.records.records():
        manifest = house.records.head(record)
        assert manifest is not None
        kept = manifest.representation("archival")
        assert kept is not None
        with house.archive.path(kept.sha256) as path:
            yield manifest, path


@pytest.mark.judge
def test_verapdf_calls_every_archival_pdf_2b(house: House) -> None:
    paths = [path for _, path in archived(house)]
    assert len(paths) >= 10
    judged = verapdf.judge(paths)
    assert {path.name: judged[path].failures for path in paths if not judged[path].compliant} == {}


def test_pdfsig_and_qpdf_confirm_every_file(house: House) -> None:
    for manifest, path in archived(house):
        signed = subprocess.run(["pdfsig", path], capture_output=True, text=True, check=False).stdout
        assert "Signature is Valid" in signed and "Total document signed" in signed, manifest.type
        checked = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr


def test_the_text_comes_out_as_it_was_read(house: House) -> None:
    for manifest, path in archived(house):
        text = manifest.representation("text")
        assert text is not None
        with house.archive.open(text.sha256) as stream:
            read = stream.read().decode()
        out = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, text=True, check=True).stdout
        missing = set(words(read)) - set(words(out))
        assert not missing, (manifest.type, sorted(missing)[:5])
        assert out == nfc(out)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)
