// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155Errors, IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {IDeliveryProcess} from "../src/delivery/IDeliveryProcess.sol";
import {ISaleEscrow} from "../src/delivery/ISaleEscrow.sol";
import {SaleTest} from "./base/SaleTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Scenario 3: offers and orders, and the way out of them.
contract SaleOrdersTest is SaleTest {
    /* OFFER */

    function test_AnOfferPutsClaimsIntoEscrow() public {
        expectEvent(address(sales));
        emit ISaleEscrow.SaleOffered(1, ANN, BATTERY, QUANTITY, MINIMUM, LOW, HIGH, EXPIRY, 0);
        vm.assertEq(offerAll(), 1, "id");
        expectClaims(HELD - QUANTITY, QUANTITY, 0);
        ISaleEscrow.Offer memory offered = sales.offers(1);
        vm.assertEq(offered.account, ANN, "account");
        vm.assertEq(offered.battery, BATTERY, "battery");
        vm.assertEq(offered.low, LOW, "low");
        vm.assertEq(offered.high, HIGH, "high");
        vm.assertEq(offered.remaining, QUANTITY, "remaining");
        vm.assertEq(offered.minimum, MINIMUM, "minimum");
        vm.assertEq(offered.expiry, EXPIRY, "expiry");
        vm.assertTrue(offered.open, "open");
        vm.assertEq(sales.offerCount(), 1, "count");
    }

    function test_RefusesOffersThatAreNone() public {
        vm.startPrank(ann);
        expectInvalidOffer(QUANTITY, 0, EXPIRY);
        expectInvalidOffer(QUANTITY, QUANTITY + 1, EXPIRY);
        expectInvalidOffer(0, 0, EXPIRY);
        expectInvalidOffer(QUANTITY, MINIMUM, START);
    }

    function expectInvalidOffer(uint32 quantity, uint32 minimum, uint40 expiry) private {
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.InvalidOffer.selector, quantity, minimum, expiry));
        sales.offer(BATTERY, quantity, minimum, LOW, HIGH, expiry);
    }

    function test_RefusesAnEmptyPriceRange() public {
        vm.prank(ann);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.InvalidPriceRange.selector, HIGH + 1, HIGH, 0));
        sales.offer(BATTERY, QUANTITY, MINIMUM, HIGH + 1, HIGH, EXPIRY);
    }

    function test_NobodySellsBelowTheFee() public {
        sales.setFee(500, CAT);
        vm.startPrank(ann);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.InvalidPriceRange.selector, 499, HIGH, 500));
        sales.offer(BATTERY, QUANTITY, MINIMUM, 499, HIGH, EXPIRY);
        sales.offer(BATTERY, QUANTITY, MINIMUM, 500, HIGH, EXPIRY);
    }

    function test_NobodySellsWhatItHasNot() public {
        vm.prank(ann);
        vm.expectRevert(
            abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, ann, 0, QUANTITY, OTHER_BATTERY)
        );
        sales.offer(OTHER_BATTERY, QUANTITY, MINIMUM, LOW, HIGH, EXPIRY);
    }

    function test_OnlyActiveParticipantsOffer() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.NotAParticipant.selector, stranger));
        sales.offer(BATTERY, QUANTITY, MINIMUM, LOW, HIGH, EXPIRY);
        vm.prank(registrar);
        registry.setParticipantActive(ANN, false);
        vm.prank(ann);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.NotAParticipant.selector, ann));
        sales.offer(BATTERY, QUANTITY, MINIMUM, LOW, HIGH, EXPIRY);
    }

    /* CLOSE AN OFFER */

    function test_TheSellerTakesItsOfferBackAtAnyTime() public {
        uint32 id = offerAll();
        expectEvent(address(sales));
        emit ISaleEscrow.SaleOfferClosed(id, QUANTITY);
        vm.prank(ann);
        sales.closeOffer(id);
        expectClaims(HELD, 0, 0);
        vm.prank(ann);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.OfferNotOpen.selector, id));
        sales.closeOffer(id);
    }

    function test_OthersCloseAnOfferThatHasRunOut() public {
        uint32 id = offerAll();
        vm.warp(EXPIRY - 1);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.NotTheOwner.selector, bob, ANN));
        sales.closeOffer(id);
        vm.warp(EXPIRY);
        vm.prank(stranger);
        sales.closeOffer(id);
        expectClaims(HELD, 0, 0);
    }

    function test_NoOfferIsNotClosed() public {
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.OfferNotOpen.selector, 1));
        sales.closeOffer(1);
    }

    /* ORDER */

    function test_AnOrderPutsItsMoneyIntoEscrow() public {
        expectEvent(address(sales));
        emit ISaleEscrow.PurchaseOrdered(1, BOB, OTHER_BATTERY, 3_000, LIMIT, EXPIRY);
        vm.assertEq(orderOf(3_000), 1, "id");
        uint256 money = 3_000 * uint256(LIMIT);
        expectMoney(0, money, MONEY - money);
        ISaleEscrow.Order memory ordered = sales.orders(1);
        vm.assertEq(ordered.account, BOB, "account");
        vm.assertEq(ordered.battery, OTHER_BATTERY, "battery");
        vm.assertEq(ordered.maxPrice, LIMIT, "limit");
        vm.assertEq(ordered.community, COMMUNITY, "community");
        vm.assertEq(ordered.remaining, 3_000, "remaining");
        vm.assertEq(ordered.deadline, EXPIRY, "deadline");
        vm.assertTrue(ordered.open, "open");
        vm.assertEq(sales.orderCount(), 1, "count");
    }

    function test_RefusesOrdersThatAreNone() public {
        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.InvalidPurchaseOrder.selector, 0, EXPIRY));
        sales.order(OTHER_BATTERY, 0, LIMIT, EXPIRY);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.InvalidPurchaseOrder.selector, 1, START));
        sales.order(OTHER_BATTERY, 1, LIMIT, START);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.UnknownDevice.selector, 99));
        sales.order(99, 1, LIMIT, EXPIRY);
    }

    function test_NobodyOrdersWithoutMoney() public {
        uint256 needed = uint256(type(uint32).max) * LIMIT;
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, bob, MONEY, needed));
        sales.order(OTHER_BATTERY, type(uint32).max, LIMIT, EXPIRY);
    }

    function test_NobodyOrdersWithoutApproval() public {
        vm.startPrank(bob);
        currency.approve(address(sales), 10);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(sales), 10, LIMIT)
        );
        sales.order(OTHER_BATTERY, 1, LIMIT, EXPIRY);
    }

    function test_OnlyActiveParticipantsOrder() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.NotAParticipant.selector, stranger));
        sales.order(OTHER_BATTERY, 1, LIMIT, EXPIRY);
    }

    function test_AnOrderThatCostsNothing() public {
        vm.prank(bob);
        uint32 id = sales.order(OTHER_BATTERY, 5, 0, EXPIRY);
        expectMoney(0, 0, MONEY);
        vm.prank(bob);
        sales.closeOrder(id);
    }

    function test_TheDearestOrderThereCanBe() public {
        uint256 money = uint256(type(uint32).max) * type(uint32).max;
        deposit(bob, money);
        vm.startPrank(bob);
        uint32 id = sales.order(OTHER_BATTERY, type(uint32).max, type(uint32).max, EXPIRY);
        expectMoney(0, money, MONEY);
        sales.closeOrder(id);
        expectMoney(0, 0, MONEY + money);
    }

    /* CLOSE AN ORDER */

    function test_TheBuyerTakesItsOrderBackAtAnyTime() public {
        uint32 id = orderOf(3_000);
        expectEvent(address(sales));
        emit ISaleEscrow.PurchaseOrderClosed(id, 3_000 * uint256(LIMIT));
        vm.prank(bob);
        sales.closeOrder(id);
        expectMoney(0, 0, MONEY);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.PurchaseOrderNotOpen.selector, id));
        sales.closeOrder(id);
    }

    function test_OthersCloseAnOrderThatHasRunOut() public {
        uint32 id = orderOf(3_000);
        vm.prank(ann);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.NotTheOwner.selector, ann, BOB));
        sales.closeOrder(id);
        vm.warp(EXPIRY);
        vm.prank(stranger);
        sales.closeOrder(id);
        expectMoney(0, 0, MONEY);
    }

    /* PAUSE */

    function test_APauseStopsWhatIsNewOnly() public {
        (uint32 offer, uint32 order) = (offerAll(), orderOf(3_000));
        (uint32 settled, uint32 expired) = (matched(offer, order), matched(offer, orderOf(2_000)));
        uint32 open = orderOf(5);
        confirmSent(settled, 3_000);
        vm.prank(pauser);
        sales.pause();

        vm.prank(ann);
        vm.expectRevert(Pausable.EnforcedPause.selector);
        sales.offer(BATTERY, QUANTITY, MINIMUM, LOW, HIGH, EXPIRY);
        vm.prank(bob);
        vm.expectRevert(Pausable.EnforcedPause.selector);
        sales.order(OTHER_BATTERY, 1, LIMIT, EXPIRY);
        vm.expectRevert(Pausable.EnforcedPause.selector);
        sales.matchOrder(offer, open, interval, 0);

        vm.prank(bob);
        sales.closeOrder(open);
        confirmSaleReceived(settled, 2_900);
        validateSale(settled);
        vm.prank(ann);
        sales.closeOffer(offer);
        vm.warp(START + 1 days);
        sales.expire(expired);
        expectClaims(HELD - 3_000, 0, 2_900);
        expectMoney(3_000 * uint256(MARKET_PRICE), 0, MONEY - 3_000 * uint256(MARKET_PRICE));
    }

    /* FEE AND SURPLUS */

    function test_TheAdminSetsTheFee() public {
        expectEvent(address(sales));
        emit ISaleEscrow.SaleFeeSet(10_000, CAT);
        sales.setFee(10_000, CAT);
        vm.assertEq(sales.feeRate(), 10_000, "rate");
        vm.assertEq(sales.feeAccount(), CAT, "account");
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.InvalidFee.selector, 10_001, 10_000));
        sales.setFee(10_001, CAT);
        vm.expectPartialRevert(bytes4(keccak256("UnknownAccount(uint32)")));
        sales.setFee(0, 0);
        vm.prank(stranger);
        expectUnauthorized(stranger, ADMIN_ROLE);
        sales.setFee(0, CAT);
    }

    function test_MoneySentByMistakeIsNotStuck() public {
        orderOf(3_000);
        vm.prank(bob);
        vm.assertTrue(currency.transfer(address(sales), 77), "by mistake");
        expectEvent(address(sales));
        emit ISaleEscrow.SurplusRecovered(bob, 77);
        sales.recoverSurplus(bob);
        uint256 money = 3_000 * uint256(LIMIT);
        expectMoney(0, money, MONEY - money);
        sales.recoverSurplus(bob);
        expectMoney(0, money, MONEY - money);
        vm.prank(stranger);
        expectUnauthorized(stranger, ADMIN_ROLE);
        sales.recoverSurplus(stranger);
    }
}
