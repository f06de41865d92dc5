// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IntervalId} from "../interval/IntervalLib.sol";

/// @title ISaleEscrow
/// @notice Sales of stored energy from one prosumer's battery to another's, at the local market's recorded price.
/// Seller's claims and buyer's money wait here; they change hands when both batteries' statements and the meters agree.
/// @dev An offer is open for several deals, an order too. A deal takes as much as both still have, never less than the
/// offer's minimum, at the price recorded for the interval in which it is made, and both sides have agreed to that price
/// beforehand; which offer meets which order is up to whoever matches them.
///
/// Losses are the buyer's: it pays for what left the seller's battery (`sent`) and receives claims on what its own
/// battery confirms as `usable`. The claims on the seller's battery end. What was matched and not sent goes back to both.
///
/// Exits. Offer and order: closed by their owner at any time, by anybody once they have run out. Deal: settled, or
/// rejected by a validator, or expired by anybody once `DELIVERY_PERIOD` has passed since it was made.
interface ISaleEscrow {
    /// @notice How far a deal has come.
    enum DealStatus {
        None,
        Matched,
        Settled,
        Rejected,
        Expired
    }

    /// @notice Stored energy for sale.
    /// @param account Seller, whose claims they are and whose wallet is paid.
    /// @param battery Number of the battery that holds the energy.
    /// @param low Lowest market price at which it is for sale, mct/kWh.
    /// @param high Highest such price, mct/kWh.
    /// @param remaining Wh in escrow that no deal has taken.
    /// @param minimum Least Wh that a deal takes.
    /// @param expiry First second in which the offer meets no order any more.
    /// @param feeRate What the seller pays to the fee account, mct for each kWh sent, as it was when offered.
    /// @param open Whether it can meet orders.
    struct Offer {
        uint32 account;
        uint32 battery;
        uint32 low;
        uint32 high;
        uint32 remaining;
        uint32 minimum;
        uint40 expiry;
        uint16 feeRate;
        bool open;
    }

    /// @notice A wish to buy stored energy. In escrow are `remaining * maxPrice` of money.
    /// @param account Buyer, whose wallet receives the claims.
    /// @param battery Number of the battery that shall receive the energy.
    /// @param maxPrice Highest market price, mct/kWh.
    /// @param community Community of the battery.
    /// @param remaining Wh that no deal has taken.
    /// @param deadline First second in which the order meets no offer any more.
    /// @param open Whether it can meet offers.
    struct Order {
        uint32 account;
        uint32 battery;
        uint32 maxPrice;
        uint32 community;
        uint32 remaining;
        uint40 deadline;
        bool open;
    }

    /// @notice An offer that met an order. In escrow are `quantity` Wh of claims and, at the order's limit,
    /// `quantity * maxPrice` of money.
    /// @param offer Number of the offer.
    /// @param order Number of the order.
    /// @param quantity Wh to be sent.
    /// @param price Recorded market price, mct/kWh.
    /// @param sent Wh that the seller's battery says left it.
    /// @param usable Wh that the buyer's battery says it can give back.
    /// @param matchedAt Second in which the deal was made.
    /// @param status How far it has come.
    /// @param sentConfirmed Whether the seller's battery has spoken.
    /// @param receivedConfirmed Whether the buyer's battery has.
    struct Deal {
        uint32 offer;
        uint32 order;
        uint32 quantity;
        uint32 price;
        uint32 sent;
        uint32 usable;
        uint40 matchedAt;
        DealStatus status;
        bool sentConfirmed;
        bool receivedConfirmed;
    }

    /* EVENTS */

    /// @notice Claims were offered for sale.
    event SaleOffered(
        uint32 indexed offer,
        uint32 indexed account,
        uint32 indexed battery,
        uint32 quantity,
        uint32 minimum,
        uint32 low,
        uint32 high,
        uint40 expiry,
        uint16 feeRate
    );

    /// @notice An offer meets no order any more; `returned` Wh of claims went back. Its deals go on.
    event SaleOfferClosed(uint32 indexed offer, uint32 returned);

    /// @notice Somebody wishes to buy.
    event PurchaseOrdered(
        uint32 indexed order,
        uint32 indexed account,
        uint32 indexed battery,
        uint32 quantity,
        uint32 maxPrice,
        uint40 deadline
    );

    /// @notice An order meets no offer any more; `refund` (10^-8 EUR) went back. Its deals go on.
    event PurchaseOrderClosed(uint32 indexed order, uint256 refund);

    /// @notice An offer met an order: the seller's battery shall send. The order's number also names the payment.
    /// @param priceHash The market's hash of the interval's price record.
    event SaleMatched(
        uint32 indexed deal,
        uint32 indexed offer,
        uint32 indexed order,
        IntervalId interval,
        uint32 quantity,
        uint32 price,
        bytes32 priceHash
    );

    /// @notice The seller's battery stated what it sent.
    /// @param process The digest of the statement.
    event SaleSent(uint32 indexed deal, uint32 indexed battery, uint32 sent, bytes32 process);

    /// @notice The buyer's battery stated what it received.
    /// @param process The digest of the statement.
    event SaleReceived(uint32 indexed deal, uint32 indexed battery, uint32 usable, bytes32 process);

    /// @notice The statements agree with the meters: claims and money changed hands.
    /// @param payment 10^-8 EUR that the buyer paid, `sent * price`.
    /// @param fee 10^-8 EUR of these that went to the fee account.
    /// @param refund 10^-8 EUR of the buyer's that went back: for what was not sent, and beyond the price.
    /// @param process The digest of the validation.
    event SaleSettled(
        uint32 indexed deal,
        uint32 sent,
        uint32 usable,
        uint256 payment,
        uint256 fee,
        uint256 refund,
        address validator,
        bytes32 process
    );

    /// @notice A deal ended without a sale; `refund` (10^-8 EUR) went back to the buyer, the claims to the offer or, where
    /// that is closed, to the seller.
    event SaleFailed(uint32 indexed deal, DealStatus failure, uint256 refund);

    /// @notice Later offers pay this fee, mct for each kWh sent. Fees go to this account from now on.
    event SaleFeeSet(uint16 rate, uint32 account);

    /// @notice Money that belonged to no order or deal left the escrow.
    event SurplusRecovered(address indexed to, uint256 amount);

    /* ERRORS */

    /// @notice An offer needs a quantity, a minimum from 1 to that quantity, and an end that is yet to come.
    error InvalidOffer(uint32 quantity, uint32 minimum, uint40 expiry);

    /// @notice The price range is empty, or begins below the fee.
    error InvalidPriceRange(uint32 low, uint32 high, uint16 feeRate);

    /// @notice An order needs a quantity and a deadline that is yet to come.
    error InvalidPurchaseOrder(uint32 quantity, uint40 deadline);

    /// @notice The offer does not exist, is closed or has run out.
    error OfferNotOpen(uint32 offer);

    /// @notice The order does not exist, is closed or has run out.
    error PurchaseOrderNotOpen(uint32 order);

    /// @notice Only the owner closes what has not run out.
    error NotTheOwner(address caller, uint32 account);

    /// @notice The price must be that of the running interval of the seller's community.
    error NotTheRunningInterval(IntervalId interval, uint256 time);

    /// @notice The interval has no price: it is not cleared, or nothing traded.
    error PriceMissing(IntervalId interval);

    /// @notice The market recorded another price hash.
    error PriceHashMismatch(bytes32 expected, bytes32 got);

    /// @notice The market price is outside the offer's range.
    error PriceOutsideOffer(int32 price, uint32 low, uint32 high);

    /// @notice The market price is above the order's limit.
    error PriceAboveLimit(int32 price, uint32 maxPrice);

    /// @notice Offer and order share only `quantity` Wh, less than the offer's minimum.
    error BelowMinimumSale(uint32 quantity, uint32 minimum);

    /// @notice The deal has gone another way, or does not exist.
    error WrongDealStatus(uint32 deal, DealStatus status);

    /// @notice More is usable than was sent, or more was sent than sold.
    error TransferMismatch(uint32 quantity, uint32 sent, uint32 usable);

    /// @notice A deal expires at second `time` at the earliest; now is `now_`.
    error DealNotExpired(uint256 time, uint256 now_);

    /// @notice A fee has a limit.
    error InvalidFee(uint16 rate, uint16 limit);

    /* OFFERS AND ORDERS */

    /// @notice Puts claims up for sale and into escrow. An active participant, not during a pause.
    /// @dev Needs the caller's approval of this contract at the claims' token (`setApprovalForAll`).
    /// @param quantity Wh.
    /// @param minimum Least Wh to sell at once.
    /// @param low Lowest market price at which to sell, mct/kWh; at least the fee.
    /// @param high Highest market price at which to sell, mct/kWh.
    /// @param expiry First second in which it is for sale no more.
    /// @return id Number of the offer, from 1.
    function offer(uint32 battery, uint32 quantity, uint32 minimum, uint32 low, uint32 high, uint40 expiry)
        external
        returns (uint32 id);

    /// @notice Closes an offer and returns what no deal has taken. Its seller; anybody once it has run out.
    function closeOffer(uint32 id) external;

    /// @notice Orders stored energy and puts `quantity * maxPrice` into escrow. An active participant, not during a pause.
    /// @dev Needs the caller's approval of this contract at the currency token (`approve`).
    /// @param battery Number of the battery that shall receive the energy.
    /// @param quantity Wh.
    /// @param maxPrice Highest market price, mct/kWh.
    /// @param deadline First second in which it is wanted no more.
    /// @return id Number of the order, from 1.
    function order(uint32 battery, uint32 quantity, uint32 maxPrice, uint40 deadline) external returns (uint32 id);

    /// @notice Closes an order and returns the money for what no deal has taken. Its buyer; anybody once it has run out.
    function closeOrder(uint32 id) external;

    /* DEALS */

    /// @notice Makes a deal of an offer and an order, at the running interval's price. Anybody, not during a pause.
    /// @dev What the buyer reserved beyond that price goes back when the deal ends.
    /// @param interval The interval of the seller's community that runs now.
    /// @param priceHash The market's hash of its price record.
    /// @return id Number of the deal, from 1.
    function matchOrder(uint32 offerId, uint32 orderId, IntervalId interval, bytes32 priceHash)
        external
        returns (uint32 id);

    /// @notice States what left the seller's battery. Anybody may relay it, once.
    /// @dev The battery's gateway signs `Sent(uint32 deal,uint32 battery,uint32 sent)`.
    function confirmSent(uint32 id, uint32 sent, bytes calldata signature) external;

    /// @notice States what is usable in the buyer's battery. Anybody may relay it, once.
    /// @dev The battery's gateway signs `Received(uint32 deal,uint32 battery,uint32 usable)`.
    function confirmReceived(uint32 id, uint32 usable, bytes calldata signature) external;

    /// @notice Delivery versus payment: ends the seller's claims on what was sent, gives the buyer claims on what is
    /// usable, pays the seller, and returns the rest of the deal to both; what then remains of the offer below its
    /// minimum goes back to the seller. By a validator or with its signature of
    /// `Validation(uint32 deal,uint32 sent,uint32 usable)`, as long as the deal has not expired.
    function settle(uint32 id, bytes calldata signature) external;

    /// @notice Ends a deal without a sale, since statements and meters disagree, or nothing was sent. Only a validator.
    function reject(uint32 id) external;

    /// @notice Ends a deal that was not settled in time. Anybody.
    function expire(uint32 id) external;

    /* ADMINISTRATION */

    /// @notice Sets the fee for later offers, and who receives fees from now on. Only the admin.
    /// @param rate mct for each kWh sent, at most `FEE_LIMIT`; 0 for none.
    /// @param account Participant that receives the fees, also those of offers made before.
    function setFee(uint16 rate, uint32 account) external;

    /// @notice Moves money out that somebody sent here by mistake. Only the admin; never what orders and deals hold.
    function recoverSurplus(address to) external;

    /* VIEWS */

    /// @notice An offer; all zero where there is none.
    function offers(uint32 id) external view returns (Offer memory);

    /// @notice An order; all zero where there is none.
    function orders(uint32 id) external view returns (Order memory);

    /// @notice A deal; all zero where there is none.
    function deals(uint32 id) external view returns (Deal memory);

    /// @notice How many offers were ever made; also the last one's number.
    function offerCount() external view returns (uint32);

    /// @notice How many orders were ever placed; also the last one's number.
    function orderCount() external view returns (uint32);

    /// @notice How many deals were ever made; also the last one's number.
    function dealCount() external view returns (uint32);

    /// @notice Money that open orders and deals hold, 10^-8 EUR.
    function escrowedMoney() external view returns (uint104);

    /// @notice The fee for offers made now, mct for each kWh sent.
    function feeRate() external view returns (uint16);

    /// @notice The account that receives fees; 0 where none was ever set.
    function feeAccount() external view returns (uint32);
}
