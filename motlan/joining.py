"""A machine or container joins an archive whose parts lie elsewhere: its own folder holds nothing that must be kept."""

from __future__ import annotations

from motlan.settings import CONFIG_NAME, Settings
from motlan.wiring import House
from schemas.errors import BadSetting, NotInitialised

SHARED = ("broker_url", "database_url", "store_url", "index_url")


def join(settings: Settings) -> None:
    """Make this folder one of the archive's. Raises BadSetting for a part that would lie in this folder alone or a unit
    that the archive does not know, NotInitialised when `motlan init` has not run against this database, IndexKeyMissing
    without the archive's keys."""
    for name in SHARED:
        if not str(getattr(settings, name)):
            raise BadSetting(name=f"MOTLAN_{name.upper()}", detail="several machines must share this part")
    for folder in (settings.run_folder, settings.logs_folder, settings.drop_folder, settings.staging_folder):
        folder.mkdir(parents=True, exist_ok=True)
    house = House(settings)
    if not is_known(house):
        if house.ledger.is_ready():
            raise BadSetting(name="MOTLAN_UNIT_CODE", detail="the archive does not know this unit")
        raise NotInitialised()
    _ = house.blind  # the archive's own keys, or nothing: numbers found by new ones would be lost to everybody else
    house.ledger.close()
    config = settings.data / CONFIG_NAME
    if not config.is_file():
        config.write_text("# Cài đặt nằm trong các biến môi trường / settings lie in the environment\n", "utf-8")


def is_known(house: House) -> bool:
    """Whether the ledger already knows this unit: somebody initialised the archive, perhaps from another machine."""
    return house.ledger.is_ready() and house.ledger.unit_exists(house.unit_code)
