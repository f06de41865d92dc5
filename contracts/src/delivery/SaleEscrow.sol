// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IntervalId} from "../interval/IntervalLib.sol";
import {IMarket} from "../market/IMarket.sol";
import {IRegistry} from "../registry/IRegistry.sol";
import {ICurrencyToken} from "../tokens/ICurrencyToken.sol";
import {DeliveryProcess} from "./DeliveryProcess.sol";
import {ISaleEscrow} from "./ISaleEscrow.sol";
import {IStoredEnergyToken} from "./IStoredEnergyToken.sol";
import {SaleStatementLib} from "./SaleStatementLib.sol";

/// @title SaleEscrow
/// @notice See `ISaleEscrow`.
contract SaleEscrow is ISaleEscrow, DeliveryProcess {
    /// @notice Seconds after a deal within which it is settled; then anybody can expire it.
    uint256 public constant DELIVERY_PERIOD = 1 days;

    /// @notice Highest fee, mct for each kWh sent: 0.10 EUR/kWh.
    uint16 public constant FEE_LIMIT = 10_000;

    IMarket private immutable _market;
    IStoredEnergyToken private immutable _claims;
    ICurrencyToken private immutable _currency;

    // The next six share one slot with the pause, so that an offer or an order reads and writes no other. Money is a sum
    // of less than 2^33 terms below 2^64.

    /// @inheritdoc ISaleEscrow
    uint32 public offerCount;

    /// @inheritdoc ISaleEscrow
    uint32 public orderCount;

    /// @inheritdoc ISaleEscrow
    uint32 public dealCount;

    /// @inheritdoc ISaleEscrow
    uint104 public escrowedMoney;

    /// @inheritdoc ISaleEscrow
    uint32 public feeAccount;

    /// @inheritdoc ISaleEscrow
    uint16 public feeRate;

    mapping(uint32 id => Offer) private _offers;
    mapping(uint32 id => Order) private _orders;
    mapping(uint32 id => Deal) private _deals;

    /// @param admin Receives the admin role, which grants every other.
    /// @param registry Where participants, devices and gateways are registered.
    /// @param market Whose recorded prices count.
    /// @param claims Holds the claims; this contract needs its issuer's and its escrow's role.
    /// @param currency What buyers pay with.
    constructor(address admin, IRegistry registry, IMarket market, IStoredEnergyToken claims, ICurrencyToken currency)
        DeliveryProcess(admin, registry)
        EIP712("Commonwatt Sale", "1")
    {
        _market = market;
        _claims = claims;
        _currency = currency;
    }

    /* OFFERS AND ORDERS */

    /// @inheritdoc ISaleEscrow
    function offer(uint32 battery, uint32 quantity, uint32 minimum, uint32 low, uint32 high, uint40 expiry)
        external
        whenNotPaused
        returns (uint32 id)
    {
        uint16 rate = feeRate;
        if (minimum == 0 || minimum > quantity || expiry <= block.timestamp) {
            revert InvalidOffer(quantity, minimum, expiry);
        }
        if (low > high || low < rate) revert InvalidPriceRange(low, high, rate);
        uint32 account = _participantOf(msg.sender);

        id = ++offerCount;
        Offer storage offered = _offers[id];
        offered.account = account;
        offered.battery = battery;
        offered.low = low;
        offered.high = high;
        offered.remaining = quantity;
        offered.minimum = minimum;
        offered.expiry = expiry;
        offered.feeRate = rate;
        offered.open = true;
        emit SaleOffered(id, account, battery, quantity, minimum, low, high, expiry, rate);
        _moveClaims(msg.sender, address(this), battery, quantity);
    }

    /// @inheritdoc ISaleEscrow
    function closeOffer(uint32 id) external {
        Offer storage offered = _offers[id];
        _requireOffer(id, offered.open);
        _requireOwnerUntil(offered.expiry, offered.account);
        _close(id, offered);
    }

    /// @inheritdoc ISaleEscrow
    function order(uint32 battery, uint32 quantity, uint32 maxPrice, uint40 deadline)
        external
        whenNotPaused
        returns (uint32 id)
    {
        if (quantity == 0 || deadline <= block.timestamp) revert InvalidPurchaseOrder(quantity, deadline);
        uint32 account = _participantOf(msg.sender);
        uint104 money = uint104(quantity) * maxPrice;

        id = ++orderCount;
        escrowedMoney += money;
        uint32 community = _communityOf(battery);
        Order storage ordered = _orders[id];
        ordered.account = account;
        ordered.battery = battery;
        ordered.maxPrice = maxPrice;
        ordered.community = community;
        ordered.remaining = quantity;
        ordered.deadline = deadline;
        ordered.open = true;
        emit PurchaseOrdered(id, account, battery, quantity, maxPrice, deadline);
        // The currency token refuses with an error of its own, never by returning false.
        assert(_currency.transferFrom(msg.sender, address(this), money));
    }

    /// @inheritdoc ISaleEscrow
    function closeOrder(uint32 id) external {
        Order storage ordered = _orders[id];
        _requireOrder(id, ordered.open);
        _requireOwnerUntil(ordered.deadline, ordered.account);
        uint32 remaining = ordered.remaining;
        uint104 refund = uint104(remaining) * ordered.maxPrice;
        _takeFrom(ordered, remaining);
        escrowedMoney -= refund;
        emit PurchaseOrderClosed(id, refund);
        _pay(_walletOf(ordered.account), refund);
    }

    /* DEALS */

    /// @inheritdoc ISaleEscrow
    function matchOrder(uint32 offerId, uint32 orderId, IntervalId interval, bytes32 priceHash)
        external
        whenNotPaused
        returns (uint32 id)
    {
        Offer memory offered = offers(offerId);
        Order memory ordered = orders(orderId);
        _requireOffer(offerId, offered.open && block.timestamp < offered.expiry);
        _requireOrder(orderId, ordered.open && block.timestamp < ordered.deadline);
        _requireCommunity(offered.battery, ordered.community);
        uint32 price = _agreedPrice(offered, ordered, _priceOf(interval, ordered.community, priceHash));
        uint32 quantity = offered.remaining < ordered.remaining ? offered.remaining : ordered.remaining;
        if (quantity < offered.minimum) revert BelowMinimumSale(quantity, offered.minimum);

        _offers[offerId].remaining = offered.remaining - quantity;
        _takeFrom(_orders[orderId], quantity);
        id = ++dealCount;
        Deal storage deal = _deals[id];
        deal.offer = offerId;
        deal.order = orderId;
        deal.quantity = quantity;
        deal.price = price;
        deal.matchedAt = uint40(block.timestamp);
        deal.status = DealStatus.Matched;
        emit SaleMatched(id, offerId, orderId, interval, quantity, price, priceHash);
    }

    /// @inheritdoc ISaleEscrow
    function confirmSent(uint32 id, uint32 sent, bytes calldata signature) external {
        Deal storage deal = _matched(id);
        uint32 battery = _offers[deal.offer].battery;
        bytes32 statement = SaleStatementLib.sent(id, battery, sent);
        bytes32 digest = _requireSpoken(battery, deal.sentConfirmed, statement, signature);
        deal.sent = sent;
        deal.sentConfirmed = true;
        emit SaleSent(id, battery, sent, digest);
    }

    /// @inheritdoc ISaleEscrow
    function confirmReceived(uint32 id, uint32 usable, bytes calldata signature) external {
        Deal storage deal = _matched(id);
        uint32 battery = _orders[deal.order].battery;
        bytes32 statement = SaleStatementLib.received(id, battery, usable);
        bytes32 digest = _requireSpoken(battery, deal.receivedConfirmed, statement, signature);
        deal.usable = usable;
        deal.receivedConfirmed = true;
        emit SaleReceived(id, battery, usable, digest);
    }

    /// @inheritdoc ISaleEscrow
    function settle(uint32 id, bytes calldata signature) external {
        Deal memory deal = _loadMatched(id);
        if (!deal.sentConfirmed || !deal.receivedConfirmed) revert NotConfirmed();
        if (deal.usable > deal.sent || deal.sent > deal.quantity) {
            revert TransferMismatch(deal.quantity, deal.sent, deal.usable);
        }
        bytes32 digest = _hashTypedDataV4(SaleStatementLib.validation(id, deal.sent, deal.usable));
        address validator = _requireValidator(digest, signature);

        _deals[id].status = DealStatus.Settled;
        Offer storage offered = _offers[deal.offer];
        Order storage ordered = _orders[deal.order];
        address[] memory wallets = _walletsOf(_pair(offered.account, ordered.account));
        _deliver(id, deal, offered.battery, wallets[1], digest);
        _payDeal(id, deal, wallets, validator, digest);
        _handBack(offered, deal.quantity - deal.sent);
        if (offered.open && offered.remaining < offered.minimum) _close(deal.offer, offered);
    }

    /// @inheritdoc ISaleEscrow
    function reject(uint32 id) external onlyRole(VALIDATOR_ROLE) {
        _fail(id, _loadMatched(id), DealStatus.Rejected);
    }

    /// @inheritdoc ISaleEscrow
    function expire(uint32 id) external {
        Deal memory deal = _loadMatched(id);
        uint256 time = deal.matchedAt + DELIVERY_PERIOD;
        if (block.timestamp < time) revert DealNotExpired(time, block.timestamp);
        _fail(id, deal, DealStatus.Expired);
    }

    /* ADMINISTRATION */

    /// @inheritdoc ISaleEscrow
    function setFee(uint16 rate, uint32 account) external onlyRole(DEFAULT_ADMIN_ROLE) {
        if (rate > FEE_LIMIT) revert InvalidFee(rate, FEE_LIMIT);
        // Refuses an unknown account, also without a fee: offers made before still owe theirs.
        _walletOf(account);
        feeRate = rate;
        feeAccount = account;
        emit SaleFeeSet(rate, account);
    }

    /// @inheritdoc ISaleEscrow
    function recoverSurplus(address to) external onlyRole(DEFAULT_ADMIN_ROLE) {
        uint256 surplus = _currency.balanceOf(address(this)) - escrowedMoney;
        emit SurplusRecovered(to, surplus);
        _pay(to, surplus);
    }

    /* VIEWS */

    /// @inheritdoc ISaleEscrow
    function offers(uint32 id) public view returns (Offer memory) {
        return _offers[id];
    }

    /// @inheritdoc ISaleEscrow
    function orders(uint32 id) public view returns (Order memory) {
        return _orders[id];
    }

    /// @inheritdoc ISaleEscrow
    function deals(uint32 id) public view returns (Deal memory) {
        return _deals[id];
    }

    /* INTERNAL */

    /// @dev Whether an account's wallet calls; from second `time` on anybody may.
    function _requireOwnerUntil(uint40 time, uint32 account) private view {
        if (block.timestamp < time && _accountOf(msg.sender) != account) revert NotTheOwner(msg.sender, account);
    }

    /// @dev Takes what a deal needs from an order, which is closed once it has everything.
    function _takeFrom(Order storage ordered, uint32 quantity) private {
        uint32 remaining = ordered.remaining - quantity;
        ordered.remaining = remaining;
        if (remaining == 0) ordered.open = false;
    }

    function _matched(uint32 id) private view returns (Deal storage deal) {
        deal = _deals[id];
        if (deal.status != DealStatus.Matched) revert WrongDealStatus(id, deal.status);
    }

    function _loadMatched(uint32 id) private view returns (Deal memory deal) {
        _matched(id);
        return deals(id);
    }

    function _requireOffer(uint32 id, bool open) private pure {
        if (!open) revert OfferNotOpen(id);
    }

    function _requireOrder(uint32 id, bool open) private pure {
        if (!open) revert PurchaseOrderNotOpen(id);
    }

    /// @dev Whether a battery's gateway signed a statement, for the first time; returns what it signed.
    function _requireSpoken(uint32 battery, bool confirmed, bytes32 statement, bytes calldata signature)
        private
        view
        returns (bytes32 digest)
    {
        if (confirmed) revert AlreadyConfirmed(battery);
        digest = _hashTypedDataV4(statement);
        _requireGatewayNow(battery, digest, signature);
    }

    /// @dev The recorded price of the interval that runs now.
    function _priceOf(IntervalId interval, uint32 community, bytes32 priceHash) private view returns (int32 price) {
        if (
            interval.community() != community || block.timestamp < interval.start() || block.timestamp >= interval.end()
        ) revert NotTheRunningInterval(interval, block.timestamp);
        IMarket.ClearingStatus status;
        bytes32 recorded;
        (status, price,,,, recorded) = _market.priceRecord(interval);
        // Where an allocation is recorded, each pair has its own price, and nobody trades at the one that proves it.
        if (status != IMarket.ClearingStatus.Cleared || _market.allocationHash(interval) != 0) {
            revert PriceMissing(interval);
        }
        if (recorded != priceHash) revert PriceHashMismatch(recorded, priceHash);
    }

    /// @dev The market's price, where both sides agreed to it.
    function _agreedPrice(Offer memory offered, Order memory ordered, int32 price) private pure returns (uint32) {
        if (price < 0 || uint32(price) < offered.low || uint32(price) > offered.high) {
            revert PriceOutsideOffer(price, offered.low, offered.high);
        }
        if (uint32(price) > ordered.maxPrice) revert PriceAboveLimit(price, ordered.maxPrice);
        return uint32(price);
    }

    function _pair(uint32 seller, uint32 buyer) private pure returns (uint32[] memory accounts) {
        accounts = new uint32[](2);
        accounts[0] = seller;
        accounts[1] = buyer;
    }

    /// @dev Ends claims on the seller's battery and gives out those on the buyer's.
    function _deliver(uint32 id, Deal memory deal, uint32 from, address buyer, bytes32 validation) private {
        uint32 to = _orders[deal.order].battery;
        bytes32[] memory process = new bytes32[](3);
        process[0] = _hashTypedDataV4(SaleStatementLib.sent(id, from, deal.sent));
        process[1] = _hashTypedDataV4(SaleStatementLib.received(id, to, deal.usable));
        process[2] = validation;
        _claims.burn(from, deal.sent, process);
        if (deal.usable != 0) _claims.mint(buyer, to, deal.usable, validation);
    }

    /// @dev Distributes a deal's money among seller (the first wallet), buyer (the second) and the fee account.
    function _payDeal(uint32 id, Deal memory deal, address[] memory wallets, address validator, bytes32 process)
        private
    {
        uint104 reserved = _release(deal);
        uint256 payment = uint256(deal.sent) * deal.price;
        // No more than the payment: the price is at least the offer's lowest, and that at least the fee.
        uint256 fee = uint256(deal.sent) * _offers[deal.offer].feeRate;
        emit SaleSettled(id, deal.sent, deal.usable, payment, fee, reserved - payment, validator, process);
        _pay(wallets[0], payment - fee);
        _pay(wallets[1], reserved - payment);
        if (fee != 0) _pay(_walletOf(feeAccount), fee);
    }

    /// @dev Takes the money of a deal off the books and returns it.
    function _release(Deal memory deal) private returns (uint104 reserved) {
        reserved = uint104(deal.quantity) * _orders[deal.order].maxPrice;
        escrowedMoney -= reserved;
    }

    /// @dev Ends a deal without a sale. Its quantity was at least the offer's minimum, so the offer stays sellable; the
    /// order does not come to life again.
    function _fail(uint32 id, Deal memory deal, DealStatus failure) private {
        _deals[id].status = failure;
        uint104 refund = _release(deal);
        emit SaleFailed(id, failure, refund);
        _pay(_walletOf(_orders[deal.order].account), refund);
        _handBack(_offers[deal.offer], deal.quantity);
    }

    /// @dev Returns claims of a deal to the offer, or to the seller where the offer meets no order any more.
    function _handBack(Offer storage offered, uint32 quantity) private {
        if (quantity == 0) return;
        if (offered.open && block.timestamp < offered.expiry) offered.remaining += quantity;
        else _return(offered, quantity);
    }

    /// @dev Closes an offer and returns what no deal has taken.
    function _close(uint32 id, Offer storage offered) private {
        uint32 returned = offered.remaining;
        offered.open = false;
        offered.remaining = 0;
        emit SaleOfferClosed(id, returned);
        if (returned != 0) _return(offered, returned);
    }

    function _return(Offer storage offered, uint32 quantity) private {
        _moveClaims(address(this), _walletOf(offered.account), offered.battery, quantity);
    }

    function _moveClaims(address from, address to, uint32 battery, uint32 quantity) private {
        _claims.escrowTransfer(from, to, battery, quantity);
    }

    function _pay(address to, uint256 amount) private {
        // As above.
        if (amount != 0) assert(_currency.transfer(to, amount));
    }
}
