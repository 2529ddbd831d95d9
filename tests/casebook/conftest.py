"""Runs that several tests look at."""

import pytest
from flow_world import RIGHT_TOTAL, Ended, World, basket, by_patch, walked


@pytest.fixture(scope="session")
def fixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, Ended]:
    """A deterministic failure, mended by a patch."""
    world = by_patch(basket(tmp_path_factory.mktemp("fixed")), "basket.py", RIGHT_TOTAL)
    return world, walked(world)
