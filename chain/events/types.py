"""The contracts' events as values, one class each, under the names of the contracts.

Fields are the event's, named as Python does; intervals, statuses and roles are the domain's types.
What a field means stands at the event in the contract's interface.
"""

from __future__ import annotations

from dataclasses import dataclass

from chain.contracts.agents import Mandate
from chain.contracts.disputes import ChallengeKind
from chain.contracts.registry import DeviceRelation, ParticipantRole
from domain.interval import Interval
from domain.trade import ClearingStatus
from identity.attestation import CorrectionReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractEvent:
    """Where on the chain an event is.

    Attributes:
        contract: name of the contract that emitted it (``Market``).
        block_number: its block.
        block_time: UTC second of the block.
        transaction_hash: the transaction that caused it, 32 bytes.
        log_index: its place in the block.
    """

    contract: str
    block_number: int
    block_time: int
    transaction_hash: bytes
    log_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantRegistered(ContractEvent):
    """A participant received an account number."""

    account: int
    wallet: str
    credential_hash: bytes
    role: ParticipantRole


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantActivitySet(ContractEvent):
    """A participant was barred from trading, or admitted again."""

    account: int
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialReplaced(ContractEvent):
    """Another credential stands behind an account from the block's second on."""

    account: int
    credential_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRevoked(ContractEvent):
    """A credential stands behind its account no more from that second on."""

    account: int
    credential_hash: bytes
    time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletProposed(ContractEvent):
    """An account was offered to a wallet; the zero address withdraws that."""

    account: int
    wallet: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletRotated(ContractEvent):
    """An account's wallet was exchanged from the block's second on."""

    account: int
    old_wallet: str
    new_wallet: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRegistered(ContractEvent):
    """A gateway received a number."""

    gateway: int
    evm_key: str
    ed25519_key: bytes
    valid_from: int
    valid_until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRevoked(ContractEvent):
    """A gateway's keys end earlier than they were registered for."""

    gateway: int
    valid_until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayKeysRotated(ContractEvent):
    """A gateway signs with other keys from a second on."""

    gateway: int
    evm_key: str
    ed25519_key: bytes
    valid_from: int
    valid_until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRegistered(ContractEvent):
    """A device received a number."""

    device: int
    community: int
    account: int
    gateway: int
    description_hash: bytes
    valid_from: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceMoved(ContractEvent):
    """Another gateway reads a device from a second on."""

    device: int
    gateway: int
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceKeySet(ContractEvent):
    """A device signs with a key of its own from a second on; zeros for none."""

    device: int
    ed25519_key: bytes
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDecommissioned(ContractEvent):
    """A device counts no more from a second on."""

    device: int
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRelated(ContractEvent):
    """A participant stands in a further relation to a device."""

    device: int
    account: int
    relation: DeviceRelation


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceUnrelated(ContractEvent):
    """A participant stands in a relation to a device no more."""

    device: int
    account: int
    relation: DeviceRelation


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsortiumCreated(ContractEvent):
    """A consortium received a number."""

    consortium: int
    agreement_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementReplaced(ContractEvent):
    """A consortium's changes rest on another agreement."""

    consortium: int
    agreement_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSet(ContractEvent):
    """A participant joined a consortium, or its weight changed."""

    consortium: int
    account: int
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRemoved(ContractEvent):
    """A participant left a consortium."""

    consortium: int
    account: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsortiumDeviceAdded(ContractEvent):
    """A device belongs to a consortium."""

    consortium: int
    device: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsortiumDeviceRemoved(ContractEvent):
    """A device belongs to a consortium no more."""

    consortium: int
    device: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityCreated(ContractEvent):
    """A community's market was opened."""

    community: int
    duration: int
    gate_lead: int
    grid_account: int
    mechanism: bytes
    k: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffPosted(ContractEvent):
    """An interval received its tariff."""

    interval: Interval
    feed_in: int
    retail: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersCommitted(ContractEvent):
    """A batch was added to an interval's book."""

    interval: Interval
    batch: int
    batch_commitment: bytes
    count: int
    book_commitment: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSubmitted(ContractEvent):
    """A participant put an order into a book itself, as the batch of that number."""

    interval: Interval
    account: int
    batch: int
    packed_order: bytes
    salt: int
    digest: bytes
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(ContractEvent):
    """A participant cancelled its order at a place of a book, if there is one of its own."""

    interval: Interval
    account: int
    batch: int
    index: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationCommitted(ContractEvent):
    """A cancellation was added to a book, under a number of its own among the batches."""

    interval: Interval
    number: int
    account: int
    batch: int
    index: int
    book_commitment: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateGiven(ContractEvent):
    """A wallet let an agent order in its account's name, not before the block's second."""

    account: int
    agent: str
    wallet: str
    mandate: Mandate


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateRevoked(ContractEvent):
    """A wallet ended an agent's mandate from the block's second on."""

    account: int
    agent: str
    wallet: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalCleared(ContractEvent):
    """An interval's price was proven and recorded."""

    interval: Interval
    status: ClearingStatus
    price: int
    volume: int
    order_count: int
    book_commitment: bytes
    price_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationRecorded(ContractEvent):
    """What each account trades and pays in an interval was proven and recorded."""

    interval: Interval
    allocation_hash: bytes
    accounts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingsAttested(ContractEvent):
    """A gateway vouched for its readings of an interval."""

    interval: Interval
    gateway: int
    sequence: int
    root: bytes
    count: int
    imported: int
    exported: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingsCorrected(ContractEvent):
    """A gateway corrected what it vouched for; 32 zeros where it had vouched for nothing."""

    interval: Interval
    gateway: int
    sequence: int
    root: bytes
    count: int
    imported: int
    exported: int
    superseded: bytes
    revision: int
    reason: CorrectionReason


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalSettled(ContractEvent):
    """An interval was settled: the totals agree and tokens moved."""

    interval: Interval
    price_hash: bytes
    positions_hash: bytes
    participants: int
    grid_payment: int
    fee: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementCorrected(ContractEvent):
    """A settlement was replaced: the new totals agree, and the differences moved."""

    interval: Interval
    correction: int
    former_positions_hash: bytes
    positions_hash: bytes
    participants: int
    grid_payment: int
    fee: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatesOwed(ContractEvent):
    """A correction took certificates back that the account no longer had."""

    account: int
    amount: int
    debt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatesWithheld(ContractEvent):
    """Certificates were kept from what an account was due, for those that it owed."""

    account: int
    amount: int
    debt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeSet(ContractEvent):
    """A fee was announced, in place of those that would have begun with it or later."""

    community: int
    account: int
    rate: int
    valid_from: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Minted(ContractEvent):
    """A deposit was credited."""

    to: str
    amount: int
    backing: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MintReversed(ContractEvent):
    """A part of a deposit was taken back, because it was credited wrongly."""

    holder: str
    amount: int
    backing: bytes
    correction: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Burned(ContractEvent):
    """A holder gave up money without being paid out."""

    holder: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRequested(ContractEvent):
    """A holder asks for euros; its tokens are set aside."""

    payout: int
    holder: str
    amount: int
    destination: bytes
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutPaid(ContractEvent):
    """The euros were paid, and the tokens ended."""

    payout: int
    holder: str
    amount: int
    bank_transfer: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutRejected(ContractEvent):
    """The payer does not pay; the tokens are back with the holder."""

    payout: int
    holder: str
    amount: int
    reason: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutExpired(ContractEvent):
    """Nobody confirmed a pay-out in time; the tokens are back with the holder."""

    payout: int
    holder: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewarded(ContractEvent):
    """A participant received points."""

    holder: str
    reason: bytes
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardReversed(ContractEvent):
    """Points of a reward were taken back."""

    holder: str
    reason: bytes
    points: int
    correction: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsExchanged(ContractEvent):
    """A holder exchanges points for a voucher."""

    redemption: int
    holder: str
    points: int
    offer: bytes
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherIssued(ContractEvent):
    """The voucher of a redemption was issued."""

    redemption: int
    holder: str
    voucher: bytes
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherConfirmed(ContractEvent):
    """A holder has its voucher, and the points ended."""

    redemption: int
    holder: str
    points: int
    by_holder: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionCancelled(ContractEvent):
    """There is no voucher, or it was withdrawn; the points are back with the holder."""

    redemption: int
    holder: str
    points: int
    reason: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RedemptionExpired(ContractEvent):
    """No voucher was issued in time; the points are back with the holder."""

    redemption: int
    holder: str
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRecorded(ContractEvent):
    """An invoice of the grid operator was recorded."""

    invoice: bytes
    community: int
    period_start: int
    period_end: int
    duration: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceReconciled(ContractEvent):
    """An invoice was compared with what the grid's account received."""

    invoice: bytes
    community: int
    invoiced: int
    received: int
    difference: int
    unsettled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused(ContractEvent):
    """A contract was paused."""

    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaused(ContractEvent):
    """A contract's pause ended."""

    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired(ContractEvent):
    """A holder used certificates up."""

    holder: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoked(ContractEvent):
    """A correction took certificates back."""

    holder: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(ContractEvent):
    """Tokens moved (ERC-20); from the zero address they were made, to it they ended."""

    from_: str
    to: str
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval(ContractEvent):
    """A holder allowed another address to take tokens (ERC-20)."""

    owner: str
    spender: str
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGranted(ContractEvent):
    """An address received a role; ``role`` is one of ``chain.roles``."""

    role: bytes
    account: str
    sender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRevoked(ContractEvent):
    """An address lost a role."""

    role: bytes
    account: str
    sender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAdminChanged(ContractEvent):
    """A role came under another role."""

    role: bytes
    previous_admin_role: bytes
    new_admin_role: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EIP712DomainChanged(ContractEvent):
    """The signing domain of a contract changed (EIP-5267)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultAdminTransferScheduled(ContractEvent):
    """Another admin was announced; it can accept after that second."""

    new_admin: str
    accept_schedule: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultAdminTransferCanceled(ContractEvent):
    """The announcement of another admin was taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultAdminDelayChangeScheduled(ContractEvent):
    """Another delay of admin transfers was announced; it holds after that second."""

    new_delay: int
    effect_schedule: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultAdminDelayChangeCanceled(ContractEvent):
    """The announcement of another delay was taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractSet(ContractEvent):
    """A name of the directory stands for another contract; the zero address for none."""

    name: bytes
    deployed: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallScheduled(ContractEvent):
    """The timelock will be able to call a contract after a delay of seconds."""

    id: bytes
    index: int
    target: str
    value: int
    data: bytes
    predecessor: bytes
    delay: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSalt(ContractEvent):
    """The salt that makes a scheduled operation different from others."""

    id: bytes
    salt: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CallExecuted(ContractEvent):
    """The timelock called a contract."""

    id: bytes
    index: int
    target: str
    value: int
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled(ContractEvent):
    """A scheduled operation was cancelled."""

    id: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MinDelayChange(ContractEvent):
    """Operations have to lie open for another time, in seconds."""

    old_duration: int
    new_duration: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeOpened(ContractEvent):
    """Somebody challenged a book, to be answered before a second."""

    challenge: int
    interval: Interval
    challenger: str
    kind: ChallengeKind
    batch: int
    index: int
    digest: bytes
    answer_by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeAnswered(ContractEvent):
    """A book was shown to be right in what was challenged."""

    challenge: int
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeUpheld(ContractEvent):
    """Nobody answered a challenge in time."""

    challenge: int
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateProven(ContractEvent):
    """An order was shown to be in a book at two places."""

    interval: Interval
    digest: bytes
    first_batch: int
    first_index: int
    second_batch: int
    second_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalDisputed(ContractEvent):
    """An interval is disputed, and waits for the arbiter."""

    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeDismissed(ContractEvent):
    """A disputed interval is settled as posted."""

    interval: Interval
    document: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class TradesAnnulled(ContractEvent):
    """A disputed interval is settled without trades; zeros where the arbiter did not decide."""

    interval: Interval
    document: bytes
