"""The compose files: as the specification says, pinned, bounded, watched, and without a password in them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.services.golang import ComposeSpec, MinIO

ROOT = Path(__file__).parents[2]
FILES = ("docker-compose.yml", "deploy/compose.one.yml", "deploy/services/compose.yml")
BIG: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = BIG["services"]


@pytest.mark.services
@pytest.mark.parametrize("name", FILES)
def test_the_specification_accepts_it(name: str) -> None:
    spec = ComposeSpec()
    spec.build()
    # its program does not hand variables on, so they stay as they are written
    argv = [str(spec.path), "-no-interpolation", str(ROOT / name)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", FILES)
def test_every_image_is_pinned_or_built_here(name: str) -> None:
    for service in yaml.safe_load((ROOT / name).read_text("utf-8"))["services"].values():
        assert re.search(r":v?\d+\.\d+[\w.-]*$", service["image"]), service["image"]


def test_base_images_and_the_store_are_pinned() -> None:
    for file in (ROOT / "deploy").glob("*Dockerfile"):
        for image in re.findall(r"^FROM (\S+)", file.read_text("utf-8"), re.MULTILINE):
            assert re.search(r":\d+\.\d+[\w.-]*$", image), f"{file.name}: {image}"
        users = re.findall(r"^USER (\S+)", file.read_text("utf-8"), re.MULTILINE)
        assert users and users[-1] not in ("root", "0"), f"{file.name} runs as root"
    assert SERVICES["store"]["build"]["args"]["MODULE"] == f"{MinIO.module}@{MinIO.pinned}", "what the tests run"


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_bounded_and_gains_no_rights(name: str) -> None:
    service = SERVICES[name]
    limits = service["deploy"]["resources"]["limits"]
    assert float(limits["cpus"]) > 0 and re.fullmatch(r"\d+[mg]", limits["memory"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    ports = service.get("ports", [])
    assert not ports or (name == "portal" and all(port.startswith("127.0.0.1:") for port in ports)), "only by the proxy"
    assert service["logging"]["options"]["max-size"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"init"}))
def test_every_service_that_stays_is_watched_and_restarted(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] == "CMD" and service["healthcheck"]["timeout"]
    assert service["restart"] == "unless-stopped" and service["stop_grace_period"]


def test_the_portal_is_asked_whether_it_can_answer_and_knows_its_address() -> None:
    portal = SERVICES["portal"]
    assert portal["command"] == ["motlan", "serve"] and "/suc-khoe" in portal["healthcheck"]["test"][-1]
    assert portal["environment"]["MOTLAN_PORTAL_URL"].startswith("${MOTLAN_PORTAL_URL:?")
    assert "MOTLAN_PORTAL_URL" in SERVICES["init"]["environment"], "the first administrator's link carries it"
    assert "keys:/srv/motlan/keys:ro" in portal["volumes"]


def test_no_password_stands_in_the_files_and_none_has_a_default() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            secret = re.search(r"PASSWORD|SECRET|ACCESS_KEY|DATABASE_URL|BROKER_URL", variable)
            assert not secret or str(value).startswith("/run/secrets/"), f"{name}: {variable}"
    assert not re.search(r"://[^/\s]+:[^/\s]+@", (ROOT / "docker-compose.yml").read_text("utf-8"))


def make_secrets(folder: Path) -> dict[str, str]:
    """What the script writes, by file."""
    argv = [str(ROOT / "deploy" / "make-secrets"), str(folder)]
    subprocess.run(argv, check=True, capture_output=True, timeout=60)
    return {path.name: path.read_text("utf-8") for path in folder.iterdir()}


def test_every_secret_is_made_at_random_once_and_fits_its_server(tmp_path: Path) -> None:
    made = make_secrets(tmp_path / "a")
    assert set(made) == {Path(secret["file"]).name for secret in BIG["secrets"].values()} == set(BIG["secrets"])
    assert make_secrets(tmp_path / "a") == made, "a second run changes nothing"
    other = make_secrets(tmp_path / "b")
    assert not set(made.values()) & set(other.values())
    assert {(tmp_path / "a" / name).stat().st_mode & 0o777 for name in made} == {0o400}
    assert made["postgres_password"] in made["motlan_database_url"]
    assert made["elastic_password"] == made["motlan_index_password"]
    assert made["motlan_broker_url"].split(":")[2].split("@")[0] in made["rabbitmq_login"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_every_secret_belongs_to_the_user_that_reads_it(tmp_path: Path) -> None:
    made = make_secrets(tmp_path)
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
    ours = int(re.findall(r"--uid (\d+)", dockerfile)[0])
    assert {(tmp_path / name).stat().st_uid for name in made if name.startswith("motlan_")} == {ours}
    assert (tmp_path / "elastic_password").stat().st_uid == 1000, "its image refuses any other mode than 400 or 600"


def test_secrets_that_a_service_uses_are_there() -> None:
    for name, service in SERVICES.items():
        used = {entry if isinstance(entry, str) else entry["source"] for entry in service.get("secrets", ())}
        assert used <= set(BIG["secrets"]), name
        for value in map(str, service.get("environment", {}).values()):
            if value.startswith("/run/secrets/"):
                assert Path(value).name in used, f"{name}: {value}"
