"""What can be loaded of a store in advance."""

import subprocess
import sys
from pathlib import Path

from hfs_server.store.address import StorePlace
from testing.stores import location


def test_first_requests_load_no_further_module_of_the_store(place: StorePlace) -> None:
    script = "tests.unit.store.requests_after_loading"
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-m", script, location(place)], check=True, cwd=root)
