"""Whatever is imported without the garbage collector, it works again afterwards."""

from __future__ import annotations

import gc

import pytest

from motlan.importing import uncollected


def test_the_collector_rests_and_works_again_even_when_an_import_fails() -> None:
    with pytest.raises(ImportError), uncollected():
        assert not gc.isenabled()
        raise ImportError
    assert gc.isenabled()
