// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeliveryProcess} from "../src/delivery/IDeliveryProcess.sol";
import {ISaleEscrow} from "../src/delivery/ISaleEscrow.sol";
import {IStoredEnergyToken} from "../src/delivery/IStoredEnergyToken.sol";
import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {SaleTest} from "./base/SaleTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Scenario 3: deals, their settlement and their failure.
contract SaleDealsTest is SaleTest {
    /* THE WHOLE OF IT */

    function test_DeliveryVersusPayment() public {
        uint32 id = confirmed(3_000, 3_000, 2_850);
        uint256 payment = 3_000 * uint256(MARKET_PRICE);
        uint256 refund = 3_000 * uint256(LIMIT - MARKET_PRICE);
        bytes32 process = saleValidationDigest(id, 3_000, 2_850);
        expectMoney(0, payment + refund, MONEY - payment - refund);
        expectClaims(HELD - QUANTITY, QUANTITY, 0);

        expectEvent(address(sales));
        emit ISaleEscrow.SaleSettled(id, 3_000, 2_850, payment, 0, refund, validator, process);
        vm.prank(stranger);
        sales.settle(id, sign(VALIDATOR_SECRET, process));
        expectMoney(payment, 0, MONEY - payment);
        expectClaims(HELD - QUANTITY, QUANTITY - 3_000, 2_850);
        vm.assertEq(claims.supplyOf(BATTERY), HELD - 3_000, "supply of the one battery");
        vm.assertEq(claims.supplyOf(OTHER_BATTERY), 2_850, "supply of the other");
        vm.assertTrue(sales.offers(1).open, "the offer goes on");
    }

    function test_ClaimsNameTheStatements() public {
        uint32 id = confirmed(3_000, 3_000, 2_850);
        bytes32[] memory process = new bytes32[](3);
        process[0] = sentDigest(id, BATTERY, 3_000);
        process[1] = saleReceivedDigest(id, OTHER_BATTERY, 2_850);
        process[2] = saleValidationDigest(id, 3_000, 2_850);
        vm.prank(validator);
        expectEvent(address(claims));
        emit IStoredEnergyToken.ClaimsBurned(BATTERY, address(sales), 3_000, process);
        expectEvent(address(claims));
        emit IStoredEnergyToken.ClaimsMinted(OTHER_BATTERY, bob, 2_850, process[2]);
        sales.settle(id, "");
    }

    function test_SellsInPartsUntilLessThanTheMinimumIsLeft() public {
        uint32 offer = offerAll();
        uint32[3] memory parts = [uint32(3_000), 2_500, 3_000];
        for (uint256 i = 0; i < 3; ++i) {
            uint32 id = matched(offer, orderOf(parts[i]));
            confirmSent(id, parts[i]);
            confirmSaleReceived(id, parts[i]);
            if (i == 2) {
                expectEvent(address(sales));
                emit ISaleEscrow.SaleOfferClosed(offer, 1_500);
            }
            sales.settle(id, sign(VALIDATOR_SECRET, saleValidationDigest(id, parts[i], parts[i])));
        }
        expectClaims(HELD - 8_500, 0, 8_500);
        vm.assertFalse(sales.offers(offer).open, "closed");
    }

    function test_AnOrderMeetsSeveralOffers() public {
        store(cat, BATTERY, 2_000);
        approveAll(cat);
        vm.prank(cat);
        uint32 small = sales.offer(BATTERY, 2_000, 2_000, LOW, HIGH, EXPIRY);
        uint32 order = orderOf(6_000);
        uint32 first = matched(small, order);
        vm.assertEq(sales.deals(first).quantity, 2_000, "the whole offer");
        vm.assertEq(sales.orders(order).remaining, 4_000, "left of the order");
        uint32 second = matched(offerAll(), order);
        vm.assertEq(sales.deals(second).quantity, 4_000, "the rest of the order");
        vm.assertFalse(sales.orders(order).open, "order");
        confirmSent(first, 2_000);
        confirmSaleReceived(first, 2_000);
        validateSale(first);
        vm.assertEq(currency.balanceOf(cat), 2_000 * uint256(MARKET_PRICE), "the other seller");
    }

    function test_WithinOneBatteryClaimsChangeHands() public {
        vm.prank(bob);
        uint32 order = sales.order(BATTERY, 3_000, LIMIT, EXPIRY);
        uint32 id = matched(offerAll(), order);
        confirmSent(id, 3_000);
        sales.confirmReceived(id, 3_000, sign(secretOf(BATTERY), saleReceivedDigest(id, BATTERY, 3_000)));
        validateSale(id);
        vm.assertEq(claims.balanceOf(bob, BATTERY), 3_000, "buyer");
        vm.assertEq(claims.supplyOf(BATTERY), HELD, "supply");
    }

    /* MATCH */

    function test_ADealIsRecordedWithItsPrice() public {
        (uint32 offer, uint32 order) = (offerAll(), orderOf(3_000));
        bytes32 priceHash = priceHashOf(interval);
        expectEvent(address(sales));
        emit ISaleEscrow.SaleMatched(1, offer, order, interval, 3_000, MARKET_PRICE, priceHash);
        vm.prank(stranger);
        uint32 id = sales.matchOrder(offer, order, interval, priceHash);
        ISaleEscrow.Deal memory deal = sales.deals(id);
        vm.assertEq(deal.offer, offer, "offer");
        vm.assertEq(deal.order, order, "order");
        vm.assertEq(deal.quantity, 3_000, "quantity");
        vm.assertEq(deal.price, MARKET_PRICE, "price");
        vm.assertEq(deal.matchedAt, START, "second");
        vm.assertEq(uint256(deal.status), uint256(ISaleEscrow.DealStatus.Matched), "status");
        vm.assertEq(sales.dealCount(), 1, "count");
        vm.assertEq(sales.offers(offer).remaining, QUANTITY - 3_000, "remaining");
    }

    function test_OnlyAtTheRunningIntervalsPrice() public {
        (uint32 offer, uint32 order) = (offerAll(), orderOf(3_000));
        bytes32 priceHash = priceHashOf(interval);
        uint256[2] memory times = [uint256(START - 1), END];
        for (uint256 i = 0; i < 2; ++i) {
            vm.warp(times[i]);
            vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.NotTheRunningInterval.selector, interval, times[i]));
            sales.matchOrder(offer, order, interval, priceHash);
        }
        IntervalId foreign = IntervalLib.pack(COMMUNITY + 1, START, DURATION);
        vm.warp(START);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.NotTheRunningInterval.selector, foreign, uint256(START)));
        sales.matchOrder(offer, order, foreign, priceHash);
    }

    function test_OnlyAtARecordedPrice() public {
        (uint32 offer, uint32 order) = (offerAll(), orderOf(3_000));
        vm.warp(END);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.PriceMissing.selector, following(interval)));
        sales.matchOrder(offer, order, following(interval), 0);
        // Of another length it runs, too; but the market has no such interval, and so no price.
        IntervalId none = IntervalLib.pack(COMMUNITY, uint40(END), 300);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.PriceMissing.selector, none));
        sales.matchOrder(offer, order, none, 0);
    }

    function test_NotWhereNothingTraded() public {
        (uint32 offer, uint32 order) = (offerAll(), orderOf(3_000));
        IntervalId next = following(interval);
        postTariff(next, 10_000, 20_000);
        vm.warp(END);
        clear(next, 15_000, 0);
        bytes32 priceHash = priceHashOf(next);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.PriceMissing.selector, next));
        sales.matchOrder(offer, order, next, priceHash);
    }

    function test_NotWhereEveryPairHasItsOwnPrice() public {
        (uint32 offer, uint32 order) = (offerAll(), orderOf(3_000));
        bytes32 priceHash = priceHashOf(interval);
        vm.mockCall(address(market), abi.encodeCall(market.allocationHash, (interval)), abi.encode(bytes32("some")));
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.PriceMissing.selector, interval));
        sales.matchOrder(offer, order, interval, priceHash);
    }

    function test_MoneyComesBackDuringThePauseOfTheCurrency() public {
        uint32 id = dealOf(3_000);
        uint32 open = orderOf(10);
        currency.grantRole(currency.PAUSER_ROLE(), pauser);
        vm.prank(pauser);
        currency.pause();
        vm.prank(bob);
        sales.closeOrder(open);
        vm.warp(START + 1 days);
        sales.expire(id);
        expectMoney(0, 0, MONEY);
    }

    function test_OnlyWithThePricesHash() public {
        (uint32 offer, uint32 order) = (offerAll(), orderOf(3_000));
        bytes32 priceHash = priceHashOf(interval);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.PriceHashMismatch.selector, priceHash, bytes32("other")));
        sales.matchOrder(offer, order, interval, "other");
    }

    function test_OnlyAtAPriceThatBothAgreedTo() public {
        vm.startPrank(ann);
        uint32 dear = sales.offer(BATTERY, 1_000, 1, MARKET_PRICE + 1, HIGH, EXPIRY);
        uint32 cheap = sales.offer(BATTERY, 1_000, 1, 0, MARKET_PRICE - 1, EXPIRY);
        uint32 exact = sales.offer(BATTERY, 1_000, 1, MARKET_PRICE, MARKET_PRICE, EXPIRY);
        vm.stopPrank();
        vm.startPrank(bob);
        uint32 low = sales.order(OTHER_BATTERY, 1_000, MARKET_PRICE - 1, EXPIRY);
        uint32 just = sales.order(OTHER_BATTERY, 1_000, MARKET_PRICE, EXPIRY);
        vm.stopPrank();
        bytes32 priceHash = priceHashOf(interval);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.PriceOutsideOffer.selector, PRICE, MARKET_PRICE + 1, HIGH));
        sales.matchOrder(dear, just, interval, priceHash);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.PriceOutsideOffer.selector, PRICE, 0, MARKET_PRICE - 1));
        sales.matchOrder(cheap, just, interval, priceHash);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.PriceAboveLimit.selector, PRICE, MARKET_PRICE - 1));
        sales.matchOrder(exact, low, interval, priceHash);
        sales.matchOrder(exact, just, interval, priceHash);
    }

    function test_NotAtANegativePrice() public {
        IntervalId later = IntervalLib.pack(COMMUNITY, START + 8 * DURATION, DURATION);
        clearAt(later, -1);
        vm.warp(later.start());
        vm.prank(ann);
        uint32 offer = sales.offer(BATTERY, 1_000, 1, 0, type(uint32).max, START + 1 days);
        vm.prank(bob);
        uint32 order = sales.order(OTHER_BATTERY, 1_000, LIMIT, START + 1 days);
        bytes32 priceHash = priceHashOf(later);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.PriceOutsideOffer.selector, int32(-1), 0, type(uint32).max));
        sales.matchOrder(offer, order, later, priceHash);
    }

    function test_NeverLessThanTheMinimum() public {
        (uint32 offer, uint32 order) = (offerAll(), orderOf(MINIMUM - 1));
        bytes32 priceHash = priceHashOf(interval);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.BelowMinimumSale.selector, MINIMUM - 1, MINIMUM));
        sales.matchOrder(offer, order, interval, priceHash);
    }

    function test_OnlyWhatIsOpen() public {
        (uint32 offer, uint32 order) = (offerAll(), orderOf(QUANTITY));
        bytes32 priceHash = priceHashOf(interval);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.OfferNotOpen.selector, 9));
        sales.matchOrder(9, order, interval, priceHash);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.PurchaseOrderNotOpen.selector, 9));
        sales.matchOrder(offer, 9, interval, priceHash);
        matched(offer, order);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.PurchaseOrderNotOpen.selector, order));
        sales.matchOrder(offer, order, interval, priceHash);
    }

    function test_OnlyWhatHasNotRunOut() public {
        uint40 soon = START + 5;
        vm.prank(ann);
        uint32 shortOffer = sales.offer(BATTERY, 1_000, 1, LOW, HIGH, soon);
        vm.prank(bob);
        uint32 shortOrder = sales.order(OTHER_BATTERY, 1_000, LIMIT, soon);
        (uint32 offer, uint32 order) = (offerAll(), orderOf(MINIMUM));
        bytes32 priceHash = priceHashOf(interval);
        vm.warp(soon);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.OfferNotOpen.selector, shortOffer));
        sales.matchOrder(shortOffer, order, interval, priceHash);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.PurchaseOrderNotOpen.selector, shortOrder));
        sales.matchOrder(offer, shortOrder, interval, priceHash);
    }

    function test_OnlyWithinACommunity() public {
        vm.prank(registrar);
        uint32 foreign = registry.registerDevice(COMMUNITY + 1, BOB, PV, keccak256("elsewhere"), 0);
        vm.prank(bob);
        uint32 order = sales.order(foreign, MINIMUM, LIMIT, EXPIRY);
        uint32 offer = offerAll();
        bytes32 priceHash = priceHashOf(interval);
        vm.expectRevert(
            abi.encodeWithSelector(IDeliveryProcess.WrongCommunity.selector, BATTERY, COMMUNITY + 1, COMMUNITY)
        );
        sales.matchOrder(offer, order, interval, priceHash);
    }

    /* STATEMENTS */

    function test_StatementsAreEvents() public {
        uint32 id = dealOf(3_000);
        expectEvent(address(sales));
        emit ISaleEscrow.SaleSent(id, BATTERY, 2_990, sentDigest(id, BATTERY, 2_990));
        confirmSent(id, 2_990);
        expectEvent(address(sales));
        emit ISaleEscrow.SaleReceived(id, OTHER_BATTERY, 2_850, saleReceivedDigest(id, OTHER_BATTERY, 2_850));
        confirmSaleReceived(id, 2_850);
        vm.assertEq(sales.deals(id).sent, 2_990, "sent");
        vm.assertEq(sales.deals(id).usable, 2_850, "usable");
    }

    function test_OnlyTheBatteriesSpeak() public {
        uint32 id = dealOf(3_000);
        bytes memory forged = sign(secretOf(OTHER_BATTERY), sentDigest(id, BATTERY, 3_000));
        vm.expectRevert(
            abi.encodeWithSelector(
                IDeliveryProcess.InvalidDeviceSignature.selector,
                BATTERY,
                vm.addr(secretOf(BATTERY)),
                vm.addr(secretOf(OTHER_BATTERY))
            )
        );
        sales.confirmSent(id, 3_000, forged);
        vm.expectPartialRevert(IDeliveryProcess.InvalidDeviceSignature.selector);
        sales.confirmReceived(id, 3_000, forged);
    }

    function test_EachSpeaksOnce() public {
        uint32 id = confirmed(3_000, 3_000, 2_850);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.AlreadyConfirmed.selector, BATTERY));
        sales.confirmSent(id, 3_000, "");
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.AlreadyConfirmed.selector, OTHER_BATTERY));
        sales.confirmReceived(id, 2_850, "");
        expectWrongStatus(id + 1, ISaleEscrow.DealStatus.None);
        sales.confirmSent(id + 1, 3_000, "");
    }

    /* SETTLE */

    function test_SettlesWhatBothConfirmed() public {
        uint32 id = dealOf(3_000);
        confirmSaleReceived(id, 2_850);
        vm.prank(validator);
        vm.expectRevert(IDeliveryProcess.NotConfirmed.selector);
        sales.settle(id, "");
    }

    function test_RefusesMoreThanThereCanBe() public {
        uint32 id = confirmed(3_000, 3_000, 3_001);
        vm.prank(validator);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.TransferMismatch.selector, 3_000, 3_000, 3_001));
        sales.settle(id, "");
        id = confirmed(2_000, 2_001, 1);
        vm.prank(validator);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.TransferMismatch.selector, 2_000, 2_001, 1));
        sales.settle(id, "");
    }

    function test_OnlyAValidatorSettles() public {
        uint32 id = confirmed(3_000, 3_000, 2_850);
        vm.prank(ann);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.NotAValidator.selector, ann));
        sales.settle(id, "");
        bytes memory other = sign(VALIDATOR_SECRET, saleValidationDigest(id, 3_000, 3_000));
        vm.expectPartialRevert(IDeliveryProcess.NotAValidator.selector);
        sales.settle(id, other);
    }

    function test_SettlesOnce() public {
        uint32 id = confirmed(3_000, 3_000, 2_850);
        validateSale(id);
        expectWrongStatus(id, ISaleEscrow.DealStatus.Settled);
        sales.settle(id, "");
        vm.prank(validator);
        expectWrongStatus(id, ISaleEscrow.DealStatus.Settled);
        sales.reject(id);
        vm.warp(START + 2 days);
        expectWrongStatus(id, ISaleEscrow.DealStatus.Settled);
        sales.expire(id);
    }

    function test_WhatWasNotSentGoesBackToBoth() public {
        uint32 id = confirmed(3_000, 1_200, 1_100);
        validateSale(id);
        uint256 payment = 1_200 * uint256(MARKET_PRICE);
        expectMoney(payment, 0, MONEY - payment);
        expectClaims(HELD - QUANTITY, QUANTITY - 1_200, 1_100);
        vm.assertEq(sales.offers(1).remaining, QUANTITY - 1_200, "for sale again");
    }

    function test_WhatWasNotSentOfAClosedOfferGoesToTheSeller() public {
        uint32 id = confirmed(3_000, 1_200, 1_100);
        vm.prank(ann);
        sales.closeOffer(1);
        validateSale(id);
        expectClaims(HELD - 1_200, 0, 1_100);
    }

    function test_NothingSentIsNoSale() public {
        validateSale(confirmed(3_000, 0, 0));
        expectMoney(0, 0, MONEY);
        expectClaims(HELD - QUANTITY, QUANTITY, 0);
    }

    function test_TheFeeComesOutOfTheSellersPart() public {
        sales.setFee(100, CAT);
        uint32 id = confirmed(3_000, 3_000, 2_850);
        // Later fees do not concern offers that exist; their account does.
        sales.setFee(9_000, CAT + 1);
        validateSale(id);
        uint256 payment = 3_000 * uint256(MARKET_PRICE);
        expectMoney(payment - 300_000, 0, MONEY - payment);
        vm.assertEq(currency.balanceOf(walletOf(CAT + 1)), 300_000, "fee");
        vm.assertEq(currency.balanceOf(cat), 0, "the account of before");
    }

    function test_ASellerThatWasBarredIsPaidAllTheSame() public {
        uint32 id = confirmed(3_000, 3_000, 2_850);
        vm.startPrank(registrar);
        registry.setParticipantActive(ANN, false);
        registry.setParticipantActive(BOB, false);
        vm.stopPrank();
        validateSale(id);
        expectMoney(3_000 * uint256(MARKET_PRICE), 0, MONEY - 3_000 * uint256(MARKET_PRICE));
        vm.prank(ann);
        sales.closeOffer(1);
        expectClaims(HELD - 3_000, 0, 2_850);
    }

    function test_ClaimsAndMoneyFollowTheirAccountsToNewWallets() public {
        (address seller, address buyer) = (vm.addr(4_711), vm.addr(4_712));
        uint32 settled = confirmed(3_000, 3_000, 2_850);
        (uint32 failed, uint32 open) = (matched(1, orderOf(2_000)), orderOf(10));
        moveWallet(ANN, seller);
        moveWallet(BOB, buyer);

        validateSale(settled);
        vm.prank(validator);
        sales.reject(failed);
        vm.prank(ann);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.NotTheOwner.selector, ann, ANN));
        sales.closeOffer(1);
        vm.prank(seller);
        sales.closeOffer(1);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.NotTheOwner.selector, bob, BOB));
        sales.closeOrder(open);
        vm.prank(buyer);
        sales.closeOrder(open);

        uint256 payment = 3_000 * uint256(MARKET_PRICE);
        vm.assertEq(currency.balanceOf(seller), payment, "payment");
        vm.assertEq(currency.balanceOf(buyer), 5_010 * uint256(LIMIT) - payment, "what was not paid");
        vm.assertEq(claims.balanceOf(buyer, OTHER_BATTERY), 2_850, "what was bought");
        vm.assertEq(claims.balanceOf(seller, BATTERY), QUANTITY - 3_000, "what was not sold");
        expectClaims(HELD - QUANTITY, 0, 0);
        expectMoney(0, 0, MONEY - 5_010 * uint256(LIMIT));
    }

    function test_OneAccountMovesItsOwnEnergy() public {
        deposit(ann, MONEY);
        sales.setFee(100, CAT);
        uint32 offer = offerAll();
        vm.prank(ann);
        uint32 id = matched(offer, sales.order(OTHER_BATTERY, 3_000, LIMIT, EXPIRY));
        confirmSent(id, 3_000);
        confirmSaleReceived(id, 2_850);
        validateSale(id);
        expectMoney(MONEY - 300_000, 0, MONEY);
        vm.assertEq(currency.balanceOf(cat), 300_000, "fee");
        vm.assertEq(claims.balanceOf(ann, OTHER_BATTERY), 2_850, "moved");
        expectClaims(HELD - QUANTITY, QUANTITY - 3_000, 0);
    }

    /// @notice A deal of the last part can fail after another one left less than the minimum and so closed the offer.
    function test_WhatFailsAfterTheOfferClosedGoesToTheSeller() public {
        uint32 offer = offerAll();
        (uint32 whole, uint32 failing) = (matched(offer, orderOf(5_000)), matched(offer, orderOf(4_000)));
        confirmSent(whole, 5_000);
        confirmSaleReceived(whole, 5_000);
        validateSale(whole);
        vm.assertFalse(sales.offers(offer).open, "1,000 Wh are left, less than the minimum");
        vm.prank(validator);
        sales.reject(failing);
        expectClaims(HELD - 5_000, 0, 5_000);
    }

    /* REJECT AND EXPIRE */

    function test_AValidatorRejectsAMismatch() public {
        uint32 id = confirmed(3_000, 3_000, 3_001);
        expectEvent(address(sales));
        emit ISaleEscrow.SaleFailed(id, ISaleEscrow.DealStatus.Rejected, 3_000 * uint256(LIMIT));
        vm.prank(validator);
        sales.reject(id);
        expectMoney(0, 0, MONEY);
        expectClaims(HELD - QUANTITY, QUANTITY, 0);
        vm.assertEq(sales.offers(1).remaining, QUANTITY, "for sale again");
        vm.assertFalse(sales.orders(1).open, "the order is over");
    }

    function test_OnlyAValidatorRejects() public {
        uint32 id = dealOf(3_000);
        bytes32 role = sales.VALIDATOR_ROLE();
        vm.prank(ann);
        expectUnauthorized(ann, role);
        sales.reject(id);
    }

    function test_WhatNobodySettlesExpires() public {
        uint32 offer = offerAll();
        uint32 silent = matched(offer, orderOf(3_000));
        uint32 spoken = matched(offer, orderOf(4_000));
        confirmSent(spoken, 4_000);
        confirmSaleReceived(spoken, 4_000);
        uint256 time = START + 1 days;
        vm.warp(time - 1);
        vm.expectRevert(abi.encodeWithSelector(ISaleEscrow.DealNotExpired.selector, time, time - 1));
        sales.expire(silent);
        vm.warp(time);
        vm.prank(bob);
        sales.expire(silent);
        vm.prank(stranger);
        sales.expire(spoken);
        expectMoney(0, 0, MONEY);
        // The offer has run out, so the claims went to the seller at once; the rest waits to be taken.
        expectClaims(HELD - 3_000, 3_000, 0);
        sales.closeOffer(offer);
        expectClaims(HELD, 0, 0);
    }

    function test_AFailedDealOfAClosedOfferGoesToTheSeller() public {
        uint32 id = dealOf(3_000);
        vm.prank(ann);
        sales.closeOffer(1);
        expectClaims(HELD - 3_000, 3_000, 0);
        vm.prank(validator);
        sales.reject(id);
        expectClaims(HELD, 0, 0);
    }

    function test_SettlesLateAsLongAsNobodyExpiredIt() public {
        uint32 id = confirmed(3_000, 3_000, 2_850);
        vm.warp(START + 30 days);
        validateSale(id);
        expectClaims(HELD - QUANTITY, QUANTITY - 3_000, 2_850);
    }

    /// @notice Nothing but the clock is needed to leave: no validator, no gateway, no role at the token.
    function test_TheWayOutNeedsNobody() public {
        (uint32 offer, uint32 order) = (offerAll(), orderOf(3_000));
        uint32 deal = matched(offer, order);
        uint32 open = orderOf(1_000);
        claims.revokeRole(claims.ISSUER_ROLE(), address(sales));
        sales.revokeRole(sales.VALIDATOR_ROLE(), validator);
        vm.prank(pauser);
        sales.pause();
        vm.prank(registrar);
        registry.revokeGateway(BATTERY, START);
        vm.warp(START + 1 days);
        vm.prank(ann);
        sales.expire(deal);
        vm.prank(ann);
        sales.closeOffer(offer);
        vm.prank(bob);
        sales.closeOrder(open);
        expectClaims(HELD, 0, 0);
        expectMoney(0, 0, MONEY);
    }

    /* ANY NUMBERS */

    function test_MoneyIsExactAndNothingStays(uint32 quantity, uint32 sent, uint32 usable, uint16 fee) public {
        quantity = MINIMUM + quantity % (QUANTITY - MINIMUM + 1);
        sent %= quantity + 1;
        usable %= sent + 1;
        sales.setFee(fee % 10_001, CAT);
        uint32 id = confirmed(quantity, sent, usable);
        validateSale(id);
        if (sales.offers(1).open) {
            vm.prank(ann);
            sales.closeOffer(1);
        }

        uint256 payment = uint256(sent) * MARKET_PRICE;
        uint256 share = uint256(sent) * (fee % 10_001);
        expectMoney(payment - share, 0, MONEY - payment);
        vm.assertEq(currency.balanceOf(cat), share, "fee");
        expectClaims(HELD - sent, 0, usable);
        vm.assertEq(claims.supplyOf(BATTERY), HELD - sent, "supply of the one battery");
        vm.assertEq(claims.supplyOf(OTHER_BATTERY), usable, "supply of the other");
    }
}
