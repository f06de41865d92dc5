// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IntervalId} from "../interval/IntervalLib.sol";
import {BookLib} from "../market/BookLib.sol";
import {IMarket} from "../market/IMarket.sol";
import {ISubmittedOrders} from "../market/ISubmittedOrders.sol";
import {OrderLib} from "../market/OrderLib.sol";
import {IAgents} from "../registry/IAgents.sol";
import {IRegistry} from "../registry/IRegistry.sol";
import {IOrderEntry} from "./IOrderEntry.sol";

/// @title OrderEntry
/// @notice See `IOrderEntry`. Nobody has a role here; the contract holds `ENTRY_ROLE` at the market.
contract OrderEntry is IOrderEntry, ISubmittedOrders, EIP712 {
    /// @inheritdoc IOrderEntry
    uint256 public constant DIRECT_ORDER_LIMIT = 10;

    /// @inheritdoc IOrderEntry
    uint256 public constant DIRECT_ENERGY_LIMIT = type(uint32).max / 2;

    /// @inheritdoc IOrderEntry
    uint256 public constant CANCELLATION_LIMIT = 10;

    bytes32 private constant CANCELLATION_TYPEHASH =
        keccak256("Cancellation(uint96 interval,uint32 account,uint32 batch,uint32 index)");

    /// @dev What an account has done for one interval: number of its orders, their Wh, and number of its cancellations.
    struct Usage {
        uint32 orders;
        uint32 energy;
        uint32 cancellations;
    }

    IRegistry private immutable _registry;
    IMarket private immutable _market;
    IAgents private immutable _agents;

    /// @inheritdoc ISubmittedOrders
    mapping(bytes32 digest => uint32 batchAndOne) public submittedAs;

    mapping(bytes32 cancellation => bool) private _cancelled;
    mapping(IntervalId interval => mapping(uint32 account => Usage)) private _usage;

    /// @param registry Where participants are registered.
    /// @param market Whose books these are.
    /// @param agents Where mandates are.
    constructor(IRegistry registry, IMarket market, IAgents agents) EIP712("Commonwatt Order Entry", "1") {
        _registry = registry;
        _market = market;
        _agents = agents;
    }

    /// @inheritdoc IOrderEntry
    function submitOrder(Order calldata order) external {
        _submit(order, msg.sender);
    }

    /// @inheritdoc IOrderEntry
    function submitSignedOrder(Order calldata order, bytes calldata signature) external {
        bytes32 structHash =
            OrderLib.structHash(order.interval, order.account, order.side, order.quantity, order.price, order.salt);
        _submit(order, _signer(structHash, signature));
    }

    /// @inheritdoc IOrderEntry
    function cancelOrder(Cancellation calldata cancellation) external {
        _cancel(cancellation, msg.sender);
    }

    /// @inheritdoc IOrderEntry
    function cancelSignedOrder(Cancellation calldata cancellation, bytes calldata signature) external {
        _cancel(cancellation, _signer(_structHash(cancellation), signature));
    }

    /// @inheritdoc IOrderEntry
    function submitted(bytes32 digest) external view returns (bool) {
        return submittedAs[digest] != 0;
    }

    /// @inheritdoc IOrderEntry
    function cancelled(Cancellation calldata cancellation) external view returns (bool) {
        return _cancelled[_structHash(cancellation)];
    }

    /* INTERNAL */

    function _submit(Order calldata order, address by) private {
        if (order.side > OrderLib.OFFER || order.quantity == 0) revert InvalidOrder(order.side, order.quantity);
        _requireTrader(order, by);
        bytes32 digest =
            _market.orderDigest(order.interval, order.account, order.side, order.quantity, order.price, order.salt);
        if (submittedAs[digest] != 0) revert AlreadySubmitted(digest);
        _countOrder(order.interval, order.account, order.quantity);
        bytes12 packed = OrderLib.pack(order.account, order.side, order.quantity, order.price);
        bytes32 commitment = BookLib.batchCommitment(keccak256(abi.encodePacked(packed)), keccak256(abi.encode(digest)));
        uint32 batch = _market.enterOrder(order.interval, commitment);
        // Only the market knows the batch's number; it calls nobody.
        submittedAs[digest] = batch + 1;
        emit OrderSubmitted(order.interval, order.account, batch, packed, order.salt, digest, by);
    }

    function _cancel(Cancellation calldata cancellation, address by) private {
        IntervalId interval = cancellation.interval;
        uint32 account = cancellation.account;
        _requireHolder(account, by);
        bytes32 key = _structHash(cancellation);
        if (_cancelled[key]) revert AlreadyCancelled(interval, account, cancellation.batch, cancellation.index);
        _cancelled[key] = true;
        Usage storage usage = _usage[interval][account];
        if (usage.cancellations == CANCELLATION_LIMIT) revert TooManyCancellations(account, CANCELLATION_LIMIT);
        ++usage.cancellations;
        emit OrderCancelled(interval, account, cancellation.batch, cancellation.index, by);
        _market.enterCancellation(interval, account, cancellation.batch, cancellation.index);
    }

    /// @dev For an order: the account may trade, and `by` may order in its name.
    function _requireTrader(Order calldata order, address by) private view {
        (address wallet,,, bool active) = _registry.participant(order.account);
        (,, uint32 gridAccount) = _market.community(order.interval.community());
        if (!active || order.account == gridAccount) revert NotATrader(order.account);
        if (by == wallet) return;
        if (!_agents.permits(order.account, by, _now(), order.side, order.quantity, order.price)) {
            revert NotPermitted(order.account, by);
        }
    }

    /// @dev For a cancellation: `by` may act for the account, which may be barred meanwhile.
    function _requireHolder(uint32 account, address by) private view {
        (address wallet,,,) = _registry.participant(account);
        if (wallet == address(0)) revert NotATrader(account);
        if (by == wallet || _agents.mandateAt(account, by, _now()).validUntil != 0) return;
        revert NotPermitted(account, by);
    }

    function _countOrder(IntervalId interval, uint32 account, uint32 quantity) private {
        Usage memory usage = _usage[interval][account];
        if (usage.orders == DIRECT_ORDER_LIMIT) revert TooManyDirectOrders(account, DIRECT_ORDER_LIMIT);
        if (quantity > DIRECT_ENERGY_LIMIT - usage.energy) revert TooMuchDirectEnergy(account, DIRECT_ENERGY_LIMIT);
        _usage[interval][account] = Usage(usage.orders + 1, usage.energy + quantity, usage.cancellations);
    }

    /// @dev Who signed a struct of this contract's domain; 0 for a malformed signature, for which nobody is permitted.
    function _signer(bytes32 structHash, bytes calldata signature) private view returns (address signer) {
        (signer,,) = ECDSA.tryRecover(_hashTypedDataV4(structHash), signature);
    }

    function _structHash(Cancellation calldata cancellation) private pure returns (bytes32) {
        return keccak256(abi.encode(CANCELLATION_TYPEHASH, cancellation));
    }

    function _now() private view returns (uint40) {
        return uint40(block.timestamp);
    }
}
