// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {IDeliveryProcess} from "../src/delivery/IDeliveryProcess.sol";
import {IDeliveryRecord} from "../src/delivery/IDeliveryRecord.sol";
import {IStoredEnergyToken} from "../src/delivery/IStoredEnergyToken.sol";
import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {IRegistry} from "../src/registry/IRegistry.sol";
import {DeliveryTest} from "./base/DeliveryTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Scenario 1: what goes into a battery.
contract DeliveryRecordTest is DeliveryTest {
    uint32[] private three;
    uint32[] private one;

    function setUp() public override {
        super.setUp();
        three = list(ANN, BOB, CAT);
        one = list(ANN);
        vm.warp(END);
    }

    function entry() private view returns (IDeliveryRecord.Delivery memory) {
        return deliveries.delivery(deliveries.deliveryId(session()));
    }

    function recordAsValidator(uint32[] memory accounts) private {
        vm.prank(validator);
        deliveries.record(session(), accounts, "");
    }

    /* THE WHOLE OF IT */

    function test_GivesOutUsableEnergyInEqualShares() public {
        confirmDelivered(session(), 0, 11_000, three);
        confirmReceived(session(), 0, 11_000, 10_000);
        bytes32 process = validationDigest(session(), 0, 11_000, 11_000, 10_000, three);
        expectEvent(address(deliveries));
        emit IDeliveryRecord.DeliveryRecorded(
            deliveries.deliveryId(session()), PV, BATTERY, interval, 11_000, 11_000, 10_000, three, validator, process
        );
        expectEvent(address(claims));
        emit IStoredEnergyToken.ClaimsMinted(BATTERY, ann, 3_334, process);
        deliveries.record(session(), three, sign(VALIDATOR_SECRET, process));

        vm.assertEq(claims.balanceOf(ann, BATTERY), 3_334, "the first gets what is left over");
        vm.assertEq(claims.balanceOf(bob, BATTERY), 3_333, "second");
        vm.assertEq(claims.balanceOf(cat, BATTERY), 3_333, "third");
        vm.assertEq(claims.supplyOf(BATTERY), 10_000, "supply");
        vm.assertTrue(entry().recorded, "recorded");
    }

    function test_WhatIsLeftOverGoesToTheFirst() public {
        confirmDelivered(session(), 0, 5, three);
        confirmReceived(session(), 0, 5, 5);
        recordAsValidator(three);
        vm.assertEq(claims.balanceOf(ann, BATTERY), 2, "first");
        vm.assertEq(claims.balanceOf(bob, BATTERY), 2, "second");
        vm.assertEq(claims.balanceOf(cat, BATTERY), 1, "third");
    }

    function test_FewerWattHoursThanAccounts() public {
        confirmDelivered(session(), 0, 9, three);
        confirmReceived(session(), 0, 5, 1);
        recordAsValidator(three);
        vm.assertEq(claims.balanceOf(ann, BATTERY), 1, "first");
        vm.assertEq(claims.balanceOf(bob, BATTERY), 0, "second");
    }

    function test_NothingUsableIsRecordedToo() public {
        confirmDelivered(session(), 0, 9, one);
        confirmReceived(session(), 0, 5, 0);
        recordAsValidator(one);
        vm.assertTrue(entry().recorded, "recorded");
        vm.assertEq(claims.supplyOf(BATTERY), 0, "supply");
    }

    function test_EitherSideSpeaksFirst() public {
        confirmReceived(session(), 0, 11, 10);
        confirmDelivered(session(), 0, 12, one);
        recordAsValidator(one);
        vm.assertEq(claims.balanceOf(ann, BATTERY), 10, "balance");
    }

    function test_OtherIntervalsAndDevicesAreOtherRecords() public {
        vm.warp(END + DURATION);
        IDeliveryRecord.Session[3] memory sessions =
            [session(), nextSession(), IDeliveryRecord.Session(PV, OTHER_BATTERY, interval)];
        for (uint256 i = 0; i < 3; ++i) {
            confirmDelivered(sessions[i], 0, 100, one);
            confirmReceived(sessions[i], 0, 100, 90);
            vm.prank(validator);
            deliveries.record(sessions[i], one, "");
        }
        vm.assertEq(claims.balanceOf(ann, BATTERY), 180, "battery");
        vm.assertEq(claims.balanceOf(ann, OTHER_BATTERY), 90, "other battery");
    }

    function test_AllInOneTransaction() public {
        bytes[] memory calls = new bytes[](3);
        bytes memory signature = sign(secretOf(PV), deliveredDigest(session(), 0, 12, one));
        calls[0] = abi.encodeCall(deliveries.confirmDelivered, (session(), 12, one, signature));
        signature = sign(secretOf(BATTERY), receivedDigest(session(), 0, 11, 10));
        calls[1] = abi.encodeCall(deliveries.confirmReceived, (session(), 11, 10, signature));
        signature = sign(VALIDATOR_SECRET, validationDigest(session(), 0, 12, 11, 10, one));
        calls[2] = abi.encodeCall(deliveries.record, (session(), one, signature));
        vm.prank(stranger);
        deliveries.multicall(calls);
        vm.assertEq(claims.balanceOf(ann, BATTERY), 10, "balance");
    }

    /* STATEMENTS */

    function test_StatementsAreEvents() public {
        bytes32 id = keccak256(abi.encode(PV, BATTERY, interval));
        expectEvent(address(deliveries));
        emit IDeliveryRecord.DeliveryConfirmed(id, PV, BATTERY, interval, 0, 12, three);
        confirmDelivered(session(), 0, 12, three);
        expectEvent(address(deliveries));
        emit IDeliveryRecord.ReceptionConfirmed(id, PV, BATTERY, interval, 0, 11, 10);
        confirmReceived(session(), 0, 11, 10);

        IDeliveryRecord.Delivery memory said = entry();
        vm.assertEq(said.delivered, 12, "delivered");
        vm.assertEq(said.received, 11, "received");
        vm.assertEq(said.usable, 10, "usable");
        vm.assertTrue(said.sourceConfirmed && said.batteryConfirmed, "confirmed");
        vm.assertEq(said.accountsHash, accountsHashOf(three), "accounts");
        vm.assertFalse(said.recorded, "recorded");
    }

    function test_OnlyTheSourcesGatewaySpeaksForIt() public {
        bytes memory forged = sign(secretOf(BATTERY), deliveredDigest(session(), 0, 12, one));
        vm.expectRevert(
            abi.encodeWithSelector(
                IDeliveryProcess.InvalidDeviceSignature.selector, PV, vm.addr(secretOf(PV)), vm.addr(secretOf(BATTERY))
            )
        );
        deliveries.confirmDelivered(session(), 12, one, forged);
    }

    function test_OnlyTheBatterysGatewaySpeaksForIt() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IDeliveryProcess.InvalidDeviceSignature.selector, BATTERY, vm.addr(secretOf(BATTERY)), address(0)
            )
        );
        deliveries.confirmReceived(session(), 12, 12, "no signature");
    }

    function test_ASignedStatementCannotBeChanged() public {
        bytes memory source = sign(secretOf(PV), deliveredDigest(session(), 0, 12, one));
        bytes memory battery = sign(secretOf(BATTERY), receivedDigest(session(), 0, 11, 10));
        vm.expectPartialRevert(IDeliveryProcess.InvalidDeviceSignature.selector);
        deliveries.confirmDelivered(session(), 13, one, source);
        vm.expectPartialRevert(IDeliveryProcess.InvalidDeviceSignature.selector);
        deliveries.confirmDelivered(session(), 12, list(BOB), source);
        vm.expectPartialRevert(IDeliveryProcess.InvalidDeviceSignature.selector);
        deliveries.confirmReceived(session(), 11, 11, battery);
    }

    function test_AKeyMustBeValidThroughoutTheInterval() public {
        bytes memory source = sign(secretOf(PV), deliveredDigest(session(), 0, 12, one));
        vm.prank(registrar);
        registry.revokeGateway(PV, uint64(END - 1));
        vm.expectRevert(abi.encodeWithSelector(IRegistry.GatewayNotValid.selector, PV, END - 1));
        deliveries.confirmDelivered(session(), 12, one, source);
    }

    function test_AKeyThatEndedSinceStillSpeaksOfItsTime() public {
        vm.prank(registrar);
        registry.revokeGateway(PV, uint64(END));
        vm.warp(END + 1_000);
        confirmDelivered(session(), 0, 12, one);
        vm.assertTrue(entry().sourceConfirmed, "confirmed");
    }

    function test_ADeviceCountsFromItsTimeOn() public {
        vm.prank(registrar);
        uint32 late = registry.registerDevice(COMMUNITY, ANN, BATTERY, keccak256("late"), START + 1);
        IDeliveryRecord.Session memory which = IDeliveryRecord.Session(PV, late, interval);
        bytes memory signature = sign(secretOf(BATTERY), receivedDigest(which, 0, 1, 1));
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.DeviceNotValid.selector, late, uint64(START)));
        deliveries.confirmReceived(which, 1, 1, signature);
    }

    function test_EachSideSpeaksOnceARound() public {
        confirmDelivered(session(), 0, 12, one);
        confirmReceived(session(), 0, 11, 10);
        bytes memory source = sign(secretOf(PV), deliveredDigest(session(), 0, 13, one));
        bytes memory battery = sign(secretOf(BATTERY), receivedDigest(session(), 0, 12, 12));
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.AlreadyConfirmed.selector, PV));
        deliveries.confirmDelivered(session(), 13, one, source);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.AlreadyConfirmed.selector, BATTERY));
        deliveries.confirmReceived(session(), 12, 12, battery);
    }

    function test_StatementsComeAfterTheInterval() public {
        vm.warp(END - 1);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryRecord.IntervalNotOver.selector, END, END - 1));
        deliveries.confirmDelivered(session(), 12, one, "");
    }

    function test_OnlyIntervalsOfTheMarket() public {
        IntervalId[3] memory none = [
            IntervalLib.pack(COMMUNITY, START - 300, 300),
            IntervalLib.pack(COMMUNITY, START - 899, DURATION),
            IntervalLib.pack(COMMUNITY + 1, START - DURATION, DURATION)
        ];
        for (uint256 i = 0; i < none.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IDeliveryRecord.InvalidInterval.selector, none[i]));
            deliveries.confirmReceived(IDeliveryRecord.Session(PV, BATTERY, none[i]), 1, 1, "");
        }
    }

    function test_OnlyDevicesOfTheCommunity() public {
        vm.prank(registrar);
        uint32 foreign = registry.registerDevice(COMMUNITY + 1, ANN, PV, keccak256("elsewhere"), 0);
        vm.expectRevert(
            abi.encodeWithSelector(IDeliveryProcess.WrongCommunity.selector, foreign, COMMUNITY, COMMUNITY + 1)
        );
        deliveries.confirmReceived(IDeliveryRecord.Session(PV, foreign, interval), 1, 1, "");
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.UnknownDevice.selector, foreign + 1));
        deliveries.confirmReceived(IDeliveryRecord.Session(foreign + 1, BATTERY, interval), 1, 1, "");
    }

    function test_ABatteryDoesNotChargeItself() public {
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.SameDevice.selector, BATTERY));
        deliveries.confirmReceived(IDeliveryRecord.Session(BATTERY, BATTERY, interval), 1, 1, "");
    }

    /* ACCOUNTS */

    function test_NamesSomebodyAndNotTooMany() public {
        vm.expectRevert(abi.encodeWithSelector(IDeliveryRecord.InvalidAccountCount.selector, 0, 100));
        deliveries.confirmDelivered(session(), 1, new uint32[](0), "");
        vm.expectRevert(abi.encodeWithSelector(IDeliveryRecord.InvalidAccountCount.selector, 101, 100));
        deliveries.confirmDelivered(session(), 1, new uint32[](101), "");
    }

    function test_NamesEachOnceInAscendingSequence() public {
        vm.expectRevert(abi.encodeWithSelector(IDeliveryRecord.AccountsNotAscending.selector, 2));
        deliveries.confirmDelivered(session(), 1, list(ANN, CAT, CAT), "");
        vm.expectRevert(abi.encodeWithSelector(IDeliveryRecord.AccountsNotAscending.selector, 1));
        deliveries.confirmDelivered(session(), 1, list(BOB, ANN, CAT), "");
    }

    function test_NamesParticipants() public {
        vm.expectRevert(abi.encodeWithSelector(IRegistry.UnknownAccount.selector, LAST_ACCOUNT + 1));
        deliveries.confirmDelivered(session(), 1, list(ANN, BOB, LAST_ACCOUNT + 1), "");
    }

    function test_TheMostAccounts() public {
        registerUpTo(101);
        uint32[] memory accounts = new uint32[](100);
        for (uint32 i = 0; i < 100; ++i) {
            accounts[i] = i + 2;
        }
        confirmDelivered(session(), 0, 1_000, accounts);
        confirmReceived(session(), 0, 1_000, 1_000);
        recordAsValidator(accounts);
        vm.assertEq(claims.balanceOf(walletOf(101), BATTERY), 10, "last");
    }

    function test_RecordsTheAccountsThatTheSourceNamed() public {
        confirmDelivered(session(), 0, 12, three);
        confirmReceived(session(), 0, 12, 12);
        vm.prank(validator);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDeliveryRecord.AccountsMismatch.selector, accountsHashOf(three), accountsHashOf(one)
            )
        );
        deliveries.record(session(), one, "");
    }

    /* RECORD */

    function test_RecordsWhatBothSidesConfirmed() public {
        vm.prank(validator);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.NotConfirmed.selector));
        deliveries.record(session(), one, "");
        confirmDelivered(session(), 0, 12, one);
        vm.prank(validator);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.NotConfirmed.selector));
        deliveries.record(session(), one, "");
    }

    function test_RefusesMoreThanThereCanBe() public {
        confirmDelivered(session(), 0, 10, one);
        confirmReceived(session(), 0, 11, 10);
        vm.prank(validator);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryRecord.DeliveryMismatch.selector, 10, 11, 10));
        deliveries.record(session(), one, "");
    }

    function test_RefusesMoreUsableThanReceived() public {
        confirmDelivered(session(), 0, 12, one);
        confirmReceived(session(), 0, 10, 11);
        vm.prank(validator);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryRecord.DeliveryMismatch.selector, 12, 10, 11));
        deliveries.record(session(), one, "");
    }

    function test_NothingIsRecordedTwice() public {
        confirmDelivered(session(), 0, 12, one);
        confirmReceived(session(), 0, 11, 10);
        recordAsValidator(one);
        bytes32 id = deliveries.deliveryId(session());
        bytes memory again = abi.encodeWithSelector(IDeliveryRecord.AlreadyRecorded.selector, id);
        vm.expectRevert(again);
        deliveries.record(session(), one, "");
        vm.expectRevert(again);
        deliveries.confirmDelivered(session(), 12, one, "");
        vm.expectRevert(again);
        deliveries.confirmReceived(session(), 11, 10, "");
        vm.prank(validator);
        vm.expectRevert(again);
        deliveries.reject(session());
    }

    function test_OnlyAValidatorRecords() public {
        confirmDelivered(session(), 0, 12, one);
        confirmReceived(session(), 0, 11, 10);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.NotAValidator.selector, stranger));
        deliveries.record(session(), one, "");
        bytes memory forged = sign(secretOf(PV), validationDigest(session(), 0, 12, 11, 10, one));
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.NotAValidator.selector, vm.addr(secretOf(PV))));
        deliveries.record(session(), one, forged);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.NotAValidator.selector, address(0)));
        deliveries.record(session(), one, "short");
    }

    function test_AValidationIsOfTheseNumbers() public {
        confirmDelivered(session(), 0, 12, one);
        confirmReceived(session(), 0, 11, 10);
        bytes memory other = sign(VALIDATOR_SECRET, validationDigest(session(), 0, 12, 11, 9, one));
        vm.expectPartialRevert(IDeliveryProcess.NotAValidator.selector);
        deliveries.record(session(), one, other);
    }

    /* REJECT */

    function test_ARejectedRoundIsStatedAnew() public {
        confirmDelivered(session(), 0, 10, one);
        confirmReceived(session(), 0, 11, 11);
        expectEvent(address(deliveries));
        emit IDeliveryRecord.DeliveryRejected(deliveries.deliveryId(session()), 0, validator);
        vm.prank(validator);
        deliveries.reject(session());
        vm.assertEq(entry().round, 1, "round");
        vm.assertFalse(entry().sourceConfirmed || entry().batteryConfirmed, "confirmed");

        bytes memory old = sign(secretOf(PV), deliveredDigest(session(), 0, 10, one));
        vm.expectPartialRevert(IDeliveryProcess.InvalidDeviceSignature.selector);
        deliveries.confirmDelivered(session(), 10, one, old);
        confirmDelivered(session(), 1, 11, one);
        confirmReceived(session(), 1, 11, 11);
        recordAsValidator(one);
        vm.assertEq(claims.balanceOf(ann, BATTERY), 11, "balance");
    }

    function test_OneStatementCanBeRejected() public {
        confirmReceived(session(), 0, 11, 11);
        vm.prank(validator);
        deliveries.reject(session());
        vm.assertEq(entry().round, 1, "round");
    }

    function test_NothingIsNotRejected() public {
        bytes32 id = deliveries.deliveryId(session());
        vm.prank(validator);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryRecord.NothingConfirmed.selector, id));
        deliveries.reject(session());
    }

    function test_OnlyAValidatorRejects() public {
        bytes32 role = deliveries.VALIDATOR_ROLE();
        vm.prank(stranger);
        expectUnauthorized(stranger, role);
        deliveries.reject(session());
    }

    /* PAUSE */

    function test_NothingIsGivenOutDuringAPause() public {
        vm.prank(pauser);
        deliveries.pause();
        confirmDelivered(session(), 0, 12, one);
        confirmReceived(session(), 0, 11, 10);
        vm.prank(validator);
        vm.expectRevert(Pausable.EnforcedPause.selector);
        deliveries.record(session(), one, "");
        deliveries.unpause();
        recordAsValidator(one);
        vm.assertEq(claims.balanceOf(ann, BATTERY), 10, "nothing is lost");
    }

    /* ANY NUMBERS */

    function test_SharesAddUpAndDifferByOne(uint32 usable, uint8 count) public {
        uint32 accounts_ = 1 + count % 9;
        uint32[] memory accounts = new uint32[](accounts_);
        for (uint32 i = 0; i < accounts_; ++i) {
            accounts[i] = i + 2;
        }
        confirmDelivered(session(), 0, type(uint32).max, accounts);
        confirmReceived(session(), 0, usable, usable);
        recordAsValidator(accounts);
        uint256 sum = 0;
        for (uint32 i = 0; i < accounts_; ++i) {
            uint256 share = claims.balanceOf(walletOf(i + 2), BATTERY);
            uint256 expected = usable / accounts_ + (i < usable % accounts_ ? 1 : 0);
            vm.assertEq(share, expected, "share");
            sum += share;
        }
        vm.assertEq(sum, usable, "sum");
        vm.assertEq(claims.supplyOf(BATTERY), usable, "supply");
    }

    function test_NeverMoreUsableThanReceivedThanDelivered(uint32 delivered, uint32 received, uint32 usable) public {
        confirmDelivered(session(), 0, delivered, one);
        confirmReceived(session(), 0, received, usable);
        bool sound = usable <= received && received <= delivered;
        if (!sound) {
            vm.expectRevert(
                abi.encodeWithSelector(IDeliveryRecord.DeliveryMismatch.selector, delivered, received, usable)
            );
        }
        vm.prank(validator);
        deliveries.record(session(), one, "");
        vm.assertEq(claims.supplyOf(BATTERY), sound ? usable : 0, "supply");
    }
}
