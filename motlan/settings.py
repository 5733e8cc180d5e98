"""Settings: one class, read from MOTLAN_* variables and from `motlan.toml` in the data folder (variables win)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from schemas.errors import BadSetting, NotInitialised, RestoreUnfinished

CONFIG_NAME = "motlan.toml"
RESTORING = "restoring"  # lies in a data folder while a backup is being restored into it


def _secrets_folder() -> Path | None:
    """Where secrets lie as files (`motlan_database_url`, …): MOTLAN_SECRETS, else where containers mount them."""
    folder = Path(os.environ.get("MOTLAN_SECRETS") or "/run/secrets")
    return folder if folder.is_dir() else None


class Settings(BaseSettings):
    """Everything an operator may set. Paths left empty lie in the data folder; the keys lie beside it."""

    model_config = SettingsConfigDict(env_prefix="MOTLAN_", extra="forbid")

    data: Path = Path("data")
    keys: Path | None = None
    unit_code: str = Field(default="H00", pattern=r"^[A-Z0-9.]{1,20}$")
    unit_name: str = "ỦY BAN NHÂN DÂN XÃ MẪU"
    actor: str = "can-bo-quet"

    # The big size. Each of these moves one part off this machine; empty means the part that lies in the data folder.
    broker_url: SecretStr = SecretStr("")  # amqp(s)://user:password@host:5672/vhost or redis(s)://:password@host:6379/0
    broker_ca: Path | None = None  # who signs the broker's certificate, where the system does not know
    database_url: SecretStr = SecretStr("")  # postgresql+psycopg://user:password@host:5432/motlan
    store_url: str = ""  # http(s)://host:port of an S3 store
    store_bucket: str = "motlan"
    store_region: str = "us-east-1"
    store_access_key: SecretStr = SecretStr("")
    store_secret_key: SecretStr = SecretStr("")
    store_ca: Path | None = None  # who signs the store's certificate, where the system does not know
    store_lock_days: int = Field(default=0, ge=0)  # object lock (retention) on every archived object; 0: none
    index_url: str = ""  # http(s)://host:port of Elasticsearch, several with commas between them
    index_name: str = Field(default="motlan", pattern=r"^[a-z][a-z0-9-]{0,60}$")
    index_user: str = ""
    index_password: SecretStr = SecretStr("")
    index_ca: Path | None = None

    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, le=64)
    lease_seconds: int = Field(default=60, ge=5)
    task_time_limit: int = Field(default=600, ge=30)  # seconds one step may take before its process is ended
    visibility_timeout: int = Field(default=0, ge=0)  # Redis: seconds to redelivery; 0: task_time_limit + 120
    stale_seconds: int = Field(default=1800, ge=60)  # a step that runs longer has lost its worker
    max_memory_kb: int = Field(default=500_000, ge=100_000)  # a worker process above this is replaced after its step

    max_file_bytes: int = 2_000_000_000
    max_pages: int = 2_000
    max_megapixels: float = 200.0
    reserve_bytes: int = 500_000_000  # free space that intake leaves for the ledger and the work in progress
    settle_seconds: float = 2.0  # a dropped file counts as whole when its size has not changed for this long
    sweep_after_seconds: int = 3600  # disposable blobs without a reference are removed after standing idle this long

    timestamp_urls: tuple[str, ...] = ()
    stamp_profile: str | None = "copy-nd30"
    stamp_form: str = "SAO Y"
    document_types: Path | None = None  # a folder with this unit's own document types
    procedures: Path | None = None  # this unit's own procedures and what they need, in place of the shipped ones
    reuse_checks_per_day: int = 200

    portal: bool = True  # whether `motlan up` serves the portal
    portal_host: str = "127.0.0.1"
    portal_port: int = Field(default=8080, ge=0, le=65535)
    portal_url: str = ""  # how people reach it, e.g. https://giayto.tinh.gov.vn; empty: host and port as they are
    portal_proxies: str = "127.0.0.1"  # whose X-Forwarded-* are believed, with commas between them
    metrics_token: SecretStr = SecretStr("")  # who may read /metrics from elsewhere; empty: only this machine
    session_idle_minutes: int = Field(default=30, ge=1)
    session_minutes: int = Field(default=720, ge=1)
    oidc_issuer: str = ""  # https URL of an OpenID provider; empty: passwords only
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_scopes: str = "openid profile"
    oidc_number_claim: str = ""  # path of the claim with the verified national number, with dots between
    oidc_login_claim: str = ""  # claim with the login of staff; never one that people choose themselves
    oidc_levels: tuple[str, ...] = ()  # values of `acr` that are enough; none: any

    log_to_stderr: bool = False  # for containers: logs go to standard error instead of the data folder

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (pydantic names these parameters)
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        given = init_settings().get("data") or env_settings().get("data") or "data"
        config = TomlConfigSettingsSource(settings_cls, Path(str(given)) / CONFIG_NAME)
        return init_settings, env_settings, file_secret_settings, config

    @property
    def keys_folder(self) -> Path:
        """Secrets stand beside the data folder, never inside it: a copied archive must not carry its own keys."""
        return self.keys or self.data.with_name(self.data.name + ".keys")

    @property
    def types_folder(self) -> Path:
        """This unit's own document types, beside those that come with the program; the folder need not be there."""
        return self.document_types or self.data / "document_types"

    @property
    def public_url(self) -> str:
        return self.portal_url.rstrip("/") or f"http://{self.portal_host}:{self.portal_port}"

    @property
    def run_folder(self) -> Path:
        return self.data / "run"

    @property
    def logs_folder(self) -> Path:
        return self.data / "logs"

    def log_path(self, name: str) -> Path:
        """Where the process of that name logs; `-` is standard error."""
        return Path("-") if self.log_to_stderr else self.logs_folder / f"{name}.log"

    @property
    def drop_folder(self) -> Path:
        return self.data / "drop"

    @property
    def staging_folder(self) -> Path:
        return self.data / "staging"

    @property
    def broker_path(self) -> Path:
        return self.data / "broker.sqlite"

    @property
    def index_path(self) -> Path:
        return self.data / "index.sqlite"

    @property
    def ledger_url(self) -> str:
        return self.database_url.get_secret_value() or f"sqlite:///{(self.data / 'ledger.sqlite').absolute()}"


def load(data: Path | None = None, **given: Any) -> Settings:
    """Settings for a data folder. Raises BadSetting naming the first variable that is off."""
    if data is not None:
        given["data"] = data
    try:
        settings = Settings(**{"_secrets_dir": _secrets_folder(), **given})
    except ValidationError as error:
        first = error.errors()[0]
        name = "MOTLAN_" + "_".join(str(part) for part in first["loc"]).upper()
        raise BadSetting(name=name, detail=first["msg"]) from error
    return settings.model_copy(update={"data": settings.data.absolute()})


def require_initialised(settings: Settings) -> None:
    """Raises NotInitialised when `motlan init` has not run for it, RestoreUnfinished when a restore into it stopped."""
    if (settings.data / RESTORING).is_file():
        raise RestoreUnfinished()
    if not (settings.data / CONFIG_NAME).is_file():
        raise NotInitialised()
