// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId} from "../interval/IntervalLib.sol";

/// @title IOrderEntry
/// @notice Puts participants' own orders into the market's books past the operator, and takes orders out before the gate.
/// @dev Energy in Wh, prices in mct/kWh. An account acts by its wallet, or by an agent that the wallet mandated
/// (`IAgents`): either sends the transaction itself, or signs and anybody sends it. What is signed is an EIP-712 struct of
/// this contract's domain ("Commonwatt Order Entry", "1"), not the order that a participant gives to the operator: with
/// that one, others could put an order into the book twice. Signatures need no sequence: an order counts once by its salt,
/// a cancellation once by the place that it names, and both expire at the interval's gate.
///
/// The book is unknown before the gate, so a cancellation names a place in a committed batch. Whether there is an order of
/// the account at that place, clearing finds out: where not, the cancellation has no effect.
interface IOrderEntry {
    /// @notice An order, whose digest is `IMarket.orderDigest`.
    struct Order {
        IntervalId interval;
        uint32 account;
        /// 0 bid, 1 offer.
        uint8 side;
        /// Wh.
        uint32 quantity;
        /// Limit in mct/kWh.
        int32 price;
        /// Makes the order unique.
        uint128 salt;
    }

    /// @notice A place in an interval's committed book, and the account whose order is there.
    struct Cancellation {
        IntervalId interval;
        uint32 account;
        /// Number of the order's batch.
        uint32 batch;
        /// Place of the order in that batch, from 0.
        uint32 index;
    }

    /* EVENTS */

    /// @notice An order was put into the book. The market announces the batch of this one order.
    /// @param batch Number of the batch.
    /// @param packedOrder Side, account, quantity and price as the market packs them.
    /// @param by The wallet or agent that sent or signed the order.
    event OrderSubmitted(
        IntervalId indexed interval,
        uint32 indexed account,
        uint32 indexed batch,
        bytes12 packedOrder,
        uint128 salt,
        bytes32 digest,
        address by
    );

    /// @notice An account's order was cancelled, if it is at that place. The market announces the cancellation's number.
    /// @param by The wallet or agent that sent or signed the cancellation.
    event OrderCancelled(
        IntervalId indexed interval, uint32 indexed account, uint32 batch, uint32 index, address indexed by
    );

    /* ERRORS */

    /// @notice An order needs a side of 0 or 1 and a quantity above 0.
    error InvalidOrder(uint8 side, uint32 quantity);

    /// @notice The account is no active participant who may trade here.
    error NotATrader(uint32 account);

    /// @notice `by` is neither the account's wallet nor an agent with a mandate for this. It is 0 for a malformed
    /// signature, and some address for the signature of something else.
    error NotPermitted(uint32 account, address by);

    /// @notice The order is in the book already.
    error AlreadySubmitted(bytes32 digest);

    /// @notice The account has cancelled what is at this place already.
    error AlreadyCancelled(IntervalId interval, uint32 account, uint32 batch, uint32 index);

    /// @notice An account can put so many orders into one interval's book itself.
    error TooManyDirectOrders(uint32 account, uint256 limit);

    /// @notice An account can put so much energy, Wh on both sides together, into one interval's book itself.
    error TooMuchDirectEnergy(uint32 account, uint256 limit);

    /// @notice An account can cancel so many orders of one interval.
    error TooManyCancellations(uint32 account, uint256 limit);

    /* ORDERS */

    /// @notice Puts an order into an interval's book before its gate. Only the account's wallet, or an agent within its
    /// mandate.
    /// @dev The number of an account's orders and their energy are limited (`TooManyDirectOrders`,
    /// `TooMuchDirectEnergy`). No deposit is asked for.
    function submitOrder(Order calldata order) external;

    /// @notice As `submitOrder`, for an order that the wallet or agent has signed. Anybody.
    /// @param signature 65 bytes, of the EIP-712 struct
    /// `Order(uint96 interval,uint32 account,uint8 side,uint32 quantity,int32 price,uint128 salt)`.
    function submitSignedOrder(Order calldata order, bytes calldata signature) external;

    /* CANCELLATIONS */

    /// @notice Takes an order out of an interval's book before its gate. Only the account's wallet, or an agent whose
    /// mandate holds.
    function cancelOrder(Cancellation calldata cancellation) external;

    /// @notice As `cancelOrder`, for a cancellation that the wallet or agent has signed. Anybody.
    /// @param signature 65 bytes, of the EIP-712 struct
    /// `Cancellation(uint96 interval,uint32 account,uint32 batch,uint32 index)`.
    function cancelSignedOrder(Cancellation calldata cancellation, bytes calldata signature) external;

    /* VIEWS */

    /// @notice Whether an order of this digest (`IMarket.orderDigest`) was put into its book here.
    function submitted(bytes32 digest) external view returns (bool);

    /// @notice Whether the account has cancelled what is at this place.
    function cancelled(Cancellation calldata cancellation) external view returns (bool);

    /// @notice Orders that an account can put into one interval's book here: enough to trade, too few to make a book that
    /// no transaction can carry.
    function DIRECT_ORDER_LIMIT() external view returns (uint256);

    /// @notice Wh, bids and offers together, that an account can put into one interval's book here. A position holds less
    /// than 2^32 Wh bought or sold, and one that holds no more could never be settled. This is half of it; the other half
    /// is for the account's orders with the operator.
    function DIRECT_ENERGY_LIMIT() external view returns (uint256);

    /// @notice Orders of one interval that an account can cancel here.
    function CANCELLATION_LIMIT() external view returns (uint256);
}
