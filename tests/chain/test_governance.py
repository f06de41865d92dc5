"""Admin transfer, timelock, pauses and directory, from Python to the chain and back."""

from __future__ import annotations

import pytest

from chain import errors
from chain.abi import contract_abi
from chain.calls import Call
from chain.contracts import (
    Contracts,
    ContractVersion,
    OperationState,
    ParticipantRole,
    PendingAdmin,
    PendingDelay,
)
from chain.deployment import Deployment, Roles, deploy
from chain.development import advance_to
from chain.events import (
    CallExecuted,
    CallScheduled,
    Cancelled,
    ContractSet,
    DefaultAdminTransferCanceled,
    DefaultAdminTransferScheduled,
    MinDelayChange,
    read_events,
)
from chain.governance import (
    Governance,
    directory_entries,
    governed_contracts,
    hand_over,
    pausable_contracts,
)
from chain.operations import (
    DescribedCall,
    Operation,
    Stage,
    acceptance,
    describe,
    operation_of,
    scheduled_operations,
)
from chain.roles import OPERATOR_ROLE, PAUSER_ROLE, PROPOSER_ROLE, REGISTRAR_ROLE
from domain.errors import InvalidValueError
from identity.address import ZERO_ADDRESS

pytestmark = pytest.mark.chain

DAY = 86_400
SALT = b"\7" * 32


def wait(chain, seconds: int) -> None:
    advance_to(chain, chain.block_time() + seconds)


@pytest.fixture
def timelock(governed):
    return governed.timelock


@pytest.fixture
def handed_over(chain, governed, timelock, keys, send) -> Contracts:
    """The governed contracts, once the timelock is the admin of all of them."""
    operation = acceptance(governed.deployment)
    send(keys.proposer, operation.schedule(timelock))
    wait(chain, DAY + 1)
    send(keys.stranger, operation.execute(timelock))
    return governed


def of(chain, deployment, *kinds):
    return [event for event in read_events(chain, deployment) if isinstance(event, kinds)]


# The next admin


def test_the_admin_is_exchanged_in_two_steps(chain, contracts, keys, send) -> None:
    registry, alice = contracts.registry, keys.alice
    assert registry.default_admin() == registry.owner() == keys.admin.address
    assert registry.pending_default_admin() is None
    assert registry.default_admin_delay() == DAY
    begun = send(keys.admin, registry.begin_default_admin_transfer(alice.address))
    pending = registry.pending_default_admin()
    assert pending == PendingAdmin(alice.address, begun.block_time + DAY)
    with pytest.raises(errors.AccessControlEnforcedDefaultAdminDelay) as refusal:
        send(alice, registry.accept_default_admin_transfer())
    assert refusal.value.arguments == {"schedule": pending.accept_after}
    wait(chain, DAY + 1)
    send(alice, registry.accept_default_admin_transfer())
    assert registry.default_admin() == alice.address
    with pytest.raises(errors.AccessControlUnauthorizedAccount):
        send(keys.admin, registry.grant_role(REGISTRAR_ROLE, alice.address))
    (announced,) = of(chain, contracts.deployment, DefaultAdminTransferScheduled)
    assert (announced.new_admin, announced.accept_schedule) == (alice.address, pending.accept_after)


def test_an_announcement_is_taken_back(chain, contracts, keys, send) -> None:
    energy = contracts.energy
    send(keys.admin, energy.begin_default_admin_transfer(keys.alice.address))
    send(keys.admin, energy.cancel_default_admin_transfer())
    assert energy.pending_default_admin() is None
    with pytest.raises(errors.AccessControlInvalidDefaultAdmin):
        send(keys.alice, energy.accept_default_admin_transfer())
    assert len(of(chain, contracts.deployment, DefaultAdminTransferCanceled)) == 1


def test_the_delay_of_transfers_changes_with_a_delay(contracts, keys, send) -> None:
    metering = contracts.metering
    assert metering.default_admin_delay_increase_wait() == 5 * DAY
    begun = send(keys.admin, metering.change_default_admin_delay(2 * DAY))
    expected = PendingDelay(2 * DAY, begun.block_time + 2 * DAY)
    assert metering.pending_default_admin_delay() == expected
    send(keys.admin, metering.rollback_default_admin_delay())
    assert metering.pending_default_admin_delay() is None
    assert metering.default_admin_delay() == DAY


def test_every_contract_of_a_market_has_such_an_admin(governed) -> None:
    names = governed.deployment.names
    with_roles = {name for name in names.values() if "grantRole" in contract_abi(name).functions}
    left_out = with_roles - set(governed_contracts(names).values())
    # The timelock administers itself.
    assert left_out == {"Timelock"}


# The hand-over


def test_deployed_with_governance(governed, timelock, keys) -> None:
    assert timelock.get_min_delay() == DAY
    assert (timelock.least_delay(), timelock.most_delay()) == (DAY, 30 * DAY)
    assert timelock.has_role(PROPOSER_ROLE, keys.proposer.address)
    for client in (governed.registry, governed.settlement, governed.directory):
        pending = client.pending_default_admin()
        assert pending is not None
        assert pending.address == timelock.address
        assert client.default_admin() == keys.admin.address


def test_the_timelock_becomes_the_admin(handed_over, timelock, keys, send) -> None:
    clients = (
        handed_over.registry,
        handed_over.metering,
        handed_over.settlement,
        handed_over.currency,
        handed_over.energy,
        handed_over.consortia,
        handed_over.directory,
    )
    for client in clients:
        assert client.default_admin() == timelock.address
        with pytest.raises(errors.AccessControlUnauthorizedAccount):
            send(keys.admin, client.grant_role(OPERATOR_ROLE, keys.admin.address))


def test_without_governance_there_is_no_hand_over(contracts) -> None:
    assert contracts.timelock is None
    assert contracts.deployment.timelock is None
    assert contracts.registry.pending_default_admin() is None
    assert scheduled_operations(contracts.chain, contracts.deployment) == []
    with pytest.raises(InvalidValueError, match="timelock"):
        acceptance(contracts.deployment)


@pytest.mark.parametrize(
    ("governance", "refusal"),
    [
        (Governance(("0x" + "11" * 20,), delay=DAY - 1), "InvalidDelay"),
        (Governance(("0x" + "11" * 20,), delay=30 * DAY + 1), "InvalidDelay"),
        (Governance((), delay=DAY), "ProposerMissing"),
    ],
)
def test_a_timelock_out_of_bounds_is_refused(chain, keys, governance, refusal) -> None:
    roles = Roles(*(keys.operator.address,) * 4)
    with pytest.raises(errors.ContractRefusedError) as error:
        deploy(chain, keys.admin, roles, governance)
    assert error.value.name == refusal


# Operations


def test_numbers_are_the_contracts(timelock, governed) -> None:
    calls = [governed.registry.unpause(), governed.settlement.unpause()]
    several = operation_of(calls, salt=SALT)
    targets, payloads = [call.to for call in calls], [call.data for call in calls]
    batch = timelock.hash_operation_batch(targets, [0, 0], payloads, bytes(32), SALT)
    assert several.id == batch
    single = Operation((calls[0].to,), (calls[0].data,), salt=SALT, is_single=True)
    assert single.id == timelock.hash_operation(calls[0].to, 0, calls[0].data, bytes(32), SALT)


def test_scheduled_ready_executed(chain, handed_over, timelock, keys, send) -> None:
    call = handed_over.settlement.grant_role(OPERATOR_ROLE, keys.alice.address)
    operation = operation_of([call])
    scheduled = send(keys.proposer, operation.schedule(timelock))
    found = scheduled_operations(chain, handed_over.deployment)[-1]
    assert (found.operation, found.stage) == (operation, Stage.WAITING)
    assert found.scheduled_at == scheduled.block_time
    assert found.ready_at == timelock.get_timestamp(operation.id) == scheduled.block_time + DAY
    assert timelock.get_operation_state(operation.id) is OperationState.WAITING
    with pytest.raises(errors.TimelockUnexpectedOperationState):
        send(keys.stranger, operation.execute(timelock))

    wait(chain, DAY)
    assert scheduled_operations(chain, handed_over.deployment)[-1].stage is Stage.READY
    assert timelock.is_operation_ready(operation.id)
    send(keys.stranger, operation.execute(timelock))
    assert handed_over.settlement.has_role(OPERATOR_ROLE, keys.alice.address)
    assert scheduled_operations(chain, handed_over.deployment)[-1].stage is Stage.EXECUTED
    assert timelock.is_operation_done(operation.id)
    assert timelock.is_operation(operation.id)
    executed = of(chain, handed_over.deployment, CallExecuted)[-1]
    assert (executed.id, executed.target, executed.data) == (operation.id, call.to, call.data)


def test_cancelled_and_scheduled_again(chain, handed_over, timelock, keys, send) -> None:
    operation = operation_of([handed_over.registry.unpause()], salt=SALT)
    send(keys.proposer, operation.schedule(timelock, 2 * DAY))
    assert timelock.is_operation_pending(operation.id)
    with pytest.raises(errors.AccessControlUnauthorizedAccount):
        send(keys.pauser, timelock.cancel(operation.id))
    send(keys.proposer, timelock.cancel(operation.id))
    assert not timelock.is_operation(operation.id)
    send(keys.proposer, operation.schedule(timelock))
    _, first, second = scheduled_operations(chain, handed_over.deployment)
    assert first.operation == second.operation == operation
    assert (first.stage, second.stage) == (Stage.CANCELLED, Stage.WAITING)
    assert first.ready_at == first.scheduled_at + 2 * DAY
    assert [event.id for event in of(chain, handed_over.deployment, Cancelled)] == [operation.id]


def test_a_call_scheduled_alone_is_read_as_one(chain, handed_over, timelock, keys, send) -> None:
    call = handed_over.directory.set("Market", None)
    operation = Operation((call.to,), (call.data,), is_single=True)
    send(keys.proposer, operation.schedule(timelock))
    assert scheduled_operations(chain, handed_over.deployment)[-1].operation == operation
    wait(chain, DAY)
    send(keys.stranger, operation.execute(timelock))
    assert handed_over.directory.address_of("Market") is None


def test_an_operation_in_words(handed_over, timelock, keys) -> None:
    stranger = keys.stranger.address
    operation = operation_of(
        [
            handed_over.settlement.grant_role(OPERATOR_ROLE, stranger),
            Call(handed_over.registry.address, b"\1\2\3\4", "unknown"),
            Call(stranger, b"\1\2\3\4\5", "elsewhere"),
        ]
    )
    assert describe(operation, handed_over.deployment.names) == [
        DescribedCall("Settlement", "grantRole", {"role": OPERATOR_ROLE, "account": stranger}),
        DescribedCall("Registry", "0x01020304", {}),
        DescribedCall(stranger, "0x01020304", {}),
    ]


def test_an_operation_needs_calls_of_contracts(governed) -> None:
    with pytest.raises(InvalidValueError, match="calls"):
        operation_of([])
    with pytest.raises(InvalidValueError, match="calls"):
        operation_of([governed.registry.unpause(), Call(None, b"\1", "create")])


def test_the_delay_is_set_by_an_operation(chain, handed_over, timelock, keys, send) -> None:
    with pytest.raises(errors.TimelockUnauthorizedCaller):
        send(keys.proposer, timelock.update_delay(2 * DAY))
    operation = operation_of([timelock.update_delay(2 * DAY)])
    send(keys.proposer, operation.schedule(timelock))
    wait(chain, DAY)
    send(keys.stranger, operation.execute(timelock))
    assert timelock.get_min_delay() == 2 * DAY
    changes = of(chain, handed_over.deployment, MinDelayChange)
    assert [(event.old_duration, event.new_duration) for event in changes] == [
        (0, DAY),
        (DAY, 2 * DAY),
    ]
    again = operation_of([timelock.update_delay(3 * DAY)])
    with pytest.raises(errors.TimelockInsufficientDelay):
        send(keys.proposer, again.schedule(timelock, DAY))


# Pauses


def test_the_pauser_holds_its_role_where_there_is_a_pause(governed, keys) -> None:
    names = governed.deployment.names
    pausable = set(pausable_contracts(names).values())
    assert pausable >= {"Registry", "Consortia", "Settlement", "CurrencyToken"}
    for client in (governed.registry, governed.consortia, governed.settlement, governed.currency):
        assert client.has_role(PAUSER_ROLE, keys.pauser.address)


def test_a_pause_of_the_registry_is_ended_by_the_timelock(
    chain, handed_over, timelock, keys, send
) -> None:
    registry = handed_over.registry
    call = registry.register_participant(keys.alice.address, bytes(32), ParticipantRole.PROSUMER)
    send(keys.pauser, registry.pause())
    assert registry.paused()
    with pytest.raises(errors.EnforcedPause):
        send(keys.registrar, call)
    for key in (keys.pauser, keys.admin):
        with pytest.raises(errors.AccessControlUnauthorizedAccount):
            send(key, registry.unpause())
    operation = operation_of([registry.unpause()])
    send(keys.proposer, operation.schedule(timelock))
    wait(chain, DAY)
    send(keys.stranger, operation.execute(timelock))
    send(keys.registrar, call)
    assert registry.account_of(keys.alice.address) == 1


def test_a_pause_stops_settlements_and_not_attestations(neighbourhood, keys, send) -> None:
    settlement, interval = neighbourhood.contracts.settlement, neighbourhood.interval
    send(keys.admin, settlement.grant_role(PAUSER_ROLE, keys.pauser.address))
    send(keys.pauser, settlement.pause())
    neighbourhood.end_interval()
    neighbourhood.attest(neighbourhood.attestation(0, 0))
    with pytest.raises(errors.EnforcedPause):
        send(keys.operator, settlement.settle(interval, bytes(32), [], 0))
    with pytest.raises(errors.EnforcedPause):
        send(keys.operator, settlement.settle_allocated(interval, bytes(32), [], [], 0))
    send(keys.admin, settlement.unpause())
    with pytest.raises(errors.NotCleared):
        send(keys.operator, settlement.settle(interval, bytes(32), [], 0))


# The directory


def test_a_market_is_found_by_its_names(contracts) -> None:
    directory, deployment = contracts.directory, contracts.deployment
    assert directory.names() == list(deployment.names.values())
    for address, name in deployment.names.items():
        assert directory.address_of(name) == address
    assert directory.address_of("Elsewhere") is None


def test_another_version_beside_the_old_one(chain, contracts, keys, send) -> None:
    directory, market = contracts.directory, contracts.market.address
    (entered,) = directory.versions("Market")
    successor = contracts.metering.address
    wait(chain, 10)
    changed = send(keys.admin, directory.set("Market", successor))
    assert directory.address_of("Market") == successor
    assert directory.address_at("Market", changed.block_time - 1) == market
    assert directory.address_at("Market", entered.since - 1) is None
    assert directory.versions("Market") == [
        ContractVersion(market, entered.since),
        ContractVersion(successor, changed.block_time),
    ]
    send(keys.admin, directory.set("Market", None))
    assert directory.address_of("Market") is None
    assert directory.versions("Market")[-1].deployed is None
    events = of(chain, contracts.deployment, ContractSet)[-2:]
    assert [(event.name, event.deployed, event.version) for event in events] == [
        (b"Market".ljust(32, b"\0"), successor, 2),
        (b"Market".ljust(32, b"\0"), ZERO_ADDRESS, 3),
    ]


def test_what_the_directory_refuses(contracts, keys, send) -> None:
    directory = contracts.directory
    with pytest.raises(errors.NotAContract):
        send(keys.admin, directory.set("Market", keys.alice.address))
    with pytest.raises(errors.AlreadyCurrent):
        send(keys.admin, directory.set("Market", contracts.market.address))
    with pytest.raises(errors.AccessControlUnauthorizedAccount):
        send(keys.operator, directory.set("Market", contracts.metering.address))
    assert (directory.max_names(), directory.max_versions()) == (100, 1000)


@pytest.mark.parametrize("name", ["", "x" * 33, "Märkte", "line\nbreak"])
def test_a_name_is_short_printable_ascii(contracts, name) -> None:
    with pytest.raises(InvalidValueError, match="name"):
        contracts.directory.set(name, None)


def test_contracts_deployed_by_themselves_are_handed_over_alike(
    chain, governed, timelock, rewards_deployment, rewards, keys, send
) -> None:
    for call in (
        *hand_over(rewards_deployment.names, timelock.address),
        *directory_entries(rewards_deployment.names, governed.deployment.directory),
    ):
        send(keys.admin, call)
    assert governed.directory.address_of("RewardPoints") == rewards.address
    pending = rewards.pending_default_admin()
    assert pending is not None
    assert pending.address == timelock.address


def test_scheduled_calls_are_events_of_the_deployment(
    chain, governed, timelock, keys, send
) -> None:
    operation = acceptance(governed.deployment)
    send(keys.proposer, operation.schedule(timelock))
    events = of(chain, governed.deployment, CallScheduled)
    assert [event.index for event in events] == list(range(len(operation.targets)))
    accept = contract_abi("Registry").functions["acceptDefaultAdminTransfer"].encode()
    assert {event.data for event in events} == {accept}
    assert isinstance(Deployment.from_json(governed.deployment.to_json()).timelock, str)
