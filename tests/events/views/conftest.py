"""The desk of these tests."""

import pytest


@pytest.fixture
def desk(client, ada):
    client.log_in(ada)
    return client
