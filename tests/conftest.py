"""Fixtures that every room's tests may use."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from chain.anvil import Anvil
    from chain.calls import Call
    from chain.connection import Chain
    from chain.contracts import Contracts
    from chain.contracts.delivery import DeliveryContracts
    from chain.deployment import Deployment
    from chain.sender import Receipt, Sender
    from identity.keys import EvmKey

# A shell starts what runs in the background with Ctrl-C ignored, which the programs that tests
# start would inherit.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_ROOT = Path(__file__).resolve().parent.parent

_CHAIN_START = 1_743_458_400
"""1 April 2025, 00:00 in Rome."""

_KEY_NAMES = (
    "admin",
    "registrar",
    "operator",
    "tariff_oracle",
    "minter",
    "grid",
    "alice",
    "bob",
    "carol",
    "gateway",
    "validator",
    "pauser",
    "stranger",
    "pauser",
    "proposer",
)


@pytest.fixture(scope="session")
def shared_file() -> Callable[[str], Path]:
    """Find a reference file (official vectors, market data), or skip the test that needs it.

    The folder is ``$COMMONWATT_SHARED``, by default ``shared/`` beside the checkout. Its files have
    licences and sources of their own and are not part of this project.
    """
    folder = Path(os.environ.get("COMMONWATT_SHARED", _ROOT.parent / "shared"))

    def find(name: str) -> Path:
        path = folder / name
        if not path.is_file():
            pytest.skip(f"reference file {name} is not in {folder} (see COMMONWATT_SHARED)")
        return path

    return find


@pytest.fixture(scope="session")
def anvil() -> Iterator[Anvil]:
    """A development chain for all tests of one process; its time only moves forward."""
    from chain.anvil import Anvil

    with Anvil(timestamp=_CHAIN_START) as running:
        yield running


@pytest.fixture
def chain(anvil: Anvil) -> Iterator[Chain]:
    """A connection to the development chain."""
    from chain.connection import Chain

    connection = Chain(anvil.url)
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def keys() -> SimpleNamespace:
    """EVM keys of everybody who takes part in the tests, by name (``keys.operator``)."""
    from identity.hashing import keccak256
    from identity.keys import EvmKey

    return SimpleNamespace(
        **{name: EvmKey.from_secret(keccak256(name.encode())) for name in _KEY_NAMES}
    )


@pytest.fixture
def deployment(chain: Chain, keys: SimpleNamespace) -> Deployment:
    """Contracts of the test's own, with each role held by the key of its name."""
    from chain.deployment import Roles, deploy

    roles = Roles(
        registrar=keys.registrar.address,
        operator=keys.operator.address,
        tariff_oracle=keys.tariff_oracle.address,
        minter=keys.minter.address,
    )
    return deploy(chain, keys.admin, roles)


@pytest.fixture
def contracts(chain: Chain, deployment: Deployment) -> Contracts:
    """Clients of the test's own contracts."""
    from chain.contracts import Contracts

    return Contracts(chain, deployment)


@pytest.fixture
def delivery(chain: Chain, keys: SimpleNamespace, deployment: Deployment) -> DeliveryContracts:
    """Clients of the test's own contracts of stored energy."""
    from chain.contracts.delivery import DeliveryContracts
    from chain.delivery_deployment import DeliveryRoles, deploy_delivery

    roles = DeliveryRoles(validator=keys.validator.address, pauser=keys.pauser.address)
    return DeliveryContracts(chain, deploy_delivery(chain, keys.admin, deployment, roles))


@pytest.fixture
def send(chain: Chain) -> Callable[[EvmKey, Call], Receipt]:
    """Send a call as a transaction of a key: ``send(keys.operator, call)``."""
    from chain.sender import Sender

    senders: dict[str, Sender] = {}

    def send(key: EvmKey, call: Call) -> Receipt:
        return senders.setdefault(key.address, Sender(chain, key)).send(call)

    return send
