// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISaleEscrow} from "../../src/delivery/ISaleEscrow.sol";
import {DeliveryTest} from "./DeliveryTest.sol";
import {vm} from "./Vm.sol";

/// @notice Ann sells from one battery, Bob buys into another, in an interval whose price is recorded.
abstract contract SaleTest is DeliveryTest {
    uint32 internal constant HELD = 20_000;
    uint256 internal constant MONEY = 1e12;

    // Ann's offer: 10 kWh, in parts of at least 2 kWh.
    uint32 internal constant QUANTITY = 10_000;
    uint32 internal constant MINIMUM = 2_000;
    uint32 internal constant LOW = 10_000;
    uint32 internal constant HIGH = 20_000;
    uint40 internal constant EXPIRY = START + 3_600;

    // Bob's limit.
    uint32 internal constant LIMIT = 16_000;
    uint32 internal constant MARKET_PRICE = 15_000;

    function setUp() public virtual override {
        super.setUp();
        store(ann, BATTERY, HELD);
        deposit(bob, MONEY);
        approveAll(ann);
        approveAll(bob);
        clearAndBegin();
    }

    function offerAll() internal returns (uint32 id) {
        vm.prank(ann);
        return sales.offer(BATTERY, QUANTITY, MINIMUM, LOW, HIGH, EXPIRY);
    }

    function orderOf(uint32 quantity) internal returns (uint32 id) {
        vm.prank(bob);
        return sales.order(OTHER_BATTERY, quantity, LIMIT, EXPIRY);
    }

    function matched(uint32 offer, uint32 order) internal returns (uint32 id) {
        bytes32 priceHash = priceHashOf(interval);
        vm.prank(stranger);
        return sales.matchOrder(offer, order, interval, priceHash);
    }

    /// @dev A deal of the whole order.
    function dealOf(uint32 quantity) internal returns (uint32 id) {
        return matched(offerAll(), orderOf(quantity));
    }

    function confirmed(uint32 quantity, uint32 sent, uint32 usable) internal returns (uint32 id) {
        id = dealOf(quantity);
        confirmSent(id, sent);
        confirmSaleReceived(id, usable);
    }

    function expectClaims(uint256 annHas, uint256 inEscrow, uint256 bobHas) internal view {
        vm.assertEq(claims.balanceOf(ann, BATTERY), annHas, "seller's claims");
        vm.assertEq(claims.balanceOf(address(sales), BATTERY), inEscrow, "claims in escrow");
        vm.assertEq(claims.balanceOf(bob, OTHER_BATTERY), bobHas, "buyer's claims");
    }

    function expectMoney(uint256 annHas, uint256 inEscrow, uint256 bobHas) internal view {
        vm.assertEq(currency.balanceOf(ann), annHas, "seller's money");
        vm.assertEq(currency.balanceOf(address(sales)), inEscrow, "money in escrow");
        vm.assertEq(sales.escrowedMoney(), inEscrow, "money on the books");
        vm.assertEq(currency.balanceOf(bob), bobHas, "buyer's money");
    }

    function expectWrongStatus(uint32 deal, ISaleEscrow.DealStatus found) internal {
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.WrongDealStatus.selector, deal, found));
    }
}
