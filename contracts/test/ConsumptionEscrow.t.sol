// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {IConsumptionEscrow} from "../src/delivery/IConsumptionEscrow.sol";
import {IDeliveryProcess} from "../src/delivery/IDeliveryProcess.sol";
import {IStoredEnergyToken} from "../src/delivery/IStoredEnergyToken.sol";
import {IRegistry} from "../src/registry/IRegistry.sol";
import {DeliveryTest} from "./base/DeliveryTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Scenario 2: what is taken out of a battery.
contract ConsumptionEscrowTest is DeliveryTest {
    uint32 private constant HELD = 5_000;
    uint32 private constant AMOUNT = 1_000;
    uint40 private constant UNTIL = START + 3_600;

    function setUp() public override {
        super.setUp();
        store(ann, BATTERY, HELD);
        approveAll(ann);
        vm.warp(START);
    }

    function requested() private returns (uint256 id) {
        vm.prank(ann);
        return consumption.request(BATTERY, DWELLING, AMOUNT, UNTIL);
    }

    function approved() private returns (uint256 id) {
        id = requested();
        vm.prank(validator);
        consumption.approve(id, "");
    }

    function confirmed(uint32 supplied, uint32 received) private returns (uint256 id) {
        id = approved();
        confirmSupplied(id, supplied);
        confirmSupplyReceived(id, received);
    }

    function settleAsValidator(uint256 id) private {
        vm.prank(validator);
        consumption.settle(id, "");
    }

    function status(uint256 id) private view returns (uint256) {
        return uint256(consumption.requests(id).status);
    }

    function expectHeld(uint256 held, uint256 inEscrow) private view {
        vm.assertEq(claims.balanceOf(ann, BATTERY), held, "held");
        vm.assertEq(claims.balanceOf(address(consumption), BATTERY), inEscrow, "in escrow");
    }

    function expectWrongStatus(uint256 id, IConsumptionEscrow.RequestStatus found) private {
        vm.expectRevert(abi.encodeWithSelector(IConsumptionEscrow.WrongRequestStatus.selector, id, found));
    }

    /* THE WHOLE OF IT */

    function test_BurnsWhatWasSuppliedAndReturnsTheRest() public {
        uint256 id = confirmed(900, 880);
        bytes32[] memory process = new bytes32[](5);
        process[0] = requestHash(id);
        process[1] = consumptionDigest(keccak256(abi.encode(keccak256("Approval(uint256 request)"), id)));
        process[2] = suppliedDigest(id, BATTERY, 900);
        process[3] = supplyReceivedDigest(id, DWELLING, 880);
        process[4] = supplyValidationDigest(id, 900, 880);
        expectEvent(address(consumption));
        emit IConsumptionEscrow.ConsumptionSettled(id, 900, 100, validator, process[4]);
        consumption.settle(id, sign(VALIDATOR_SECRET, process[4]));
        expectHeld(HELD - 900, 0);
        vm.assertEq(claims.supplyOf(BATTERY), HELD - 900, "supply");
        vm.assertEq(status(id), uint256(IConsumptionEscrow.RequestStatus.Settled), "status");
    }

    function test_TheBurnNamesAllSteps() public {
        uint256 id = confirmed(AMOUNT, AMOUNT);
        bytes32[] memory process = new bytes32[](5);
        process[0] = requestHash(id);
        process[1] = consumptionDigest(keccak256(abi.encode(keccak256("Approval(uint256 request)"), id)));
        process[2] = suppliedDigest(id, BATTERY, AMOUNT);
        process[3] = supplyReceivedDigest(id, DWELLING, AMOUNT);
        process[4] = supplyValidationDigest(id, AMOUNT, AMOUNT);
        vm.prank(validator);
        expectEvent(address(claims));
        emit IStoredEnergyToken.ClaimsBurned(BATTERY, address(consumption), AMOUNT, process);
        consumption.settle(id, "");
        expectHeld(HELD - AMOUNT, 0);
    }

    function test_NothingSuppliedReturnsAll() public {
        settleAsValidator(confirmed(0, 0));
        expectHeld(HELD, 0);
    }

    function requestHash(uint256 id) private view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(consumption), id, ANN, BATTERY, DWELLING, AMOUNT, UNTIL));
    }

    /* REQUEST */

    function test_ARequestPutsClaimsIntoEscrow() public {
        expectEvent(address(consumption));
        emit IConsumptionEscrow.ConsumptionRequested(1, ANN, BATTERY, DWELLING, AMOUNT, UNTIL, requestHash(1));
        vm.assertEq(requested(), 1, "id");
        expectHeld(HELD - AMOUNT, AMOUNT);
        IConsumptionEscrow.Request memory entry = consumption.requests(1);
        vm.assertEq(entry.account, ANN, "account");
        vm.assertEq(entry.battery, BATTERY, "battery");
        vm.assertEq(entry.dwelling, DWELLING, "dwelling");
        vm.assertEq(entry.amount, AMOUNT, "amount");
        vm.assertEq(entry.until, UNTIL, "until");
        vm.assertEq(consumption.requestCount(), 1, "count");
        vm.assertEq(requested(), 2, "next id");
    }

    function test_OnlyForClaimsThatOneHas() public {
        vm.prank(ann);
        vm.expectRevert(
            abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, ann, HELD, HELD + 1, BATTERY)
        );
        consumption.request(BATTERY, DWELLING, HELD + 1, UNTIL);
    }

    function test_OnlyWithApprovalAtTheToken() public {
        vm.startPrank(ann);
        claims.setApprovalForAll(address(consumption), false);
        vm.expectRevert(
            abi.encodeWithSelector(IERC1155Errors.ERC1155MissingApprovalForAll.selector, address(consumption), ann)
        );
        consumption.request(BATTERY, DWELLING, AMOUNT, UNTIL);
    }

    function test_OnlyForSomething() public {
        vm.prank(ann);
        vm.expectRevert(IConsumptionEscrow.NothingRequested.selector);
        consumption.request(BATTERY, DWELLING, 0, UNTIL);
    }

    function test_OnlyForATimeSoon() public {
        uint40[2] memory times = [uint40(START), uint40(START + 30 days + 1)];
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(ann);
            vm.expectRevert(
                abi.encodeWithSelector(IConsumptionEscrow.InvalidRequestTime.selector, times[i], uint256(START))
            );
            consumption.request(BATTERY, DWELLING, AMOUNT, times[i]);
        }
        vm.prank(ann);
        consumption.request(BATTERY, DWELLING, AMOUNT, START + 30 days);
    }

    function test_ABatteryDoesNotSupplyItself() public {
        vm.prank(ann);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.SameDevice.selector, BATTERY));
        consumption.request(BATTERY, BATTERY, AMOUNT, UNTIL);
    }

    function test_OnlyActiveParticipants() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.NotAParticipant.selector, stranger));
        consumption.request(BATTERY, DWELLING, AMOUNT, UNTIL);
        vm.prank(registrar);
        registry.setParticipantActive(ANN, false);
        vm.prank(ann);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.NotAParticipant.selector, ann));
        consumption.request(BATTERY, DWELLING, AMOUNT, UNTIL);
    }

    function test_OnlyWithinACommunity() public {
        vm.prank(registrar);
        uint32 foreign = registry.registerDevice(COMMUNITY + 1, ANN, PV, keccak256("elsewhere"), 0);
        vm.startPrank(ann);
        vm.expectRevert(
            abi.encodeWithSelector(IDeliveryProcess.WrongCommunity.selector, foreign, COMMUNITY, COMMUNITY + 1)
        );
        consumption.request(BATTERY, foreign, AMOUNT, UNTIL);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.UnknownDevice.selector, foreign + 1));
        consumption.request(foreign + 1, DWELLING, AMOUNT, UNTIL);
    }

    /* CANCEL */

    function test_TheConsumerCancelsBeforeApproval() public {
        uint256 id = requested();
        expectEvent(address(consumption));
        emit IConsumptionEscrow.ConsumptionEnded(id, IConsumptionEscrow.RequestStatus.Cancelled, AMOUNT);
        vm.prank(ann);
        consumption.cancel(id);
        expectHeld(HELD, 0);
    }

    function test_NobodyElseCancels() public {
        uint256 id = requested();
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IConsumptionEscrow.NotTheConsumer.selector, bob, ANN));
        consumption.cancel(id);
    }

    function test_NobodyCancelsWhatTheBatterySupplies() public {
        uint256 id = approved();
        vm.prank(ann);
        expectWrongStatus(id, IConsumptionEscrow.RequestStatus.Approved);
        consumption.cancel(id);
    }

    /* APPROVE */

    function test_AValidatorApprovesBySignature() public {
        uint256 id = requested();
        bytes32 process = consumptionDigest(keccak256(abi.encode(keccak256("Approval(uint256 request)"), id)));
        expectEvent(address(consumption));
        emit IConsumptionEscrow.ConsumptionApproved(id, BATTERY, validator, process);
        vm.prank(stranger);
        consumption.approve(id, approvalSignature(id));
        vm.assertEq(status(id), uint256(IConsumptionEscrow.RequestStatus.Approved), "status");
        expectWrongStatus(id, IConsumptionEscrow.RequestStatus.Approved);
        consumption.approve(id, approvalSignature(id));
    }

    function test_OnlyAValidatorApproves() public {
        uint256 id = requested();
        vm.prank(ann);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.NotAValidator.selector, ann));
        consumption.approve(id, "");
        bytes memory another = approvalSignature(id + 1);
        vm.expectPartialRevert(IDeliveryProcess.NotAValidator.selector);
        consumption.approve(id, another);
    }

    function test_NothingIsApprovedLate() public {
        uint256 id = requested();
        vm.warp(UNTIL);
        vm.prank(validator);
        vm.expectRevert(abi.encodeWithSelector(IConsumptionEscrow.InvalidRequestTime.selector, UNTIL, uint256(UNTIL)));
        consumption.approve(id, "");
    }

    /* STATEMENTS */

    function test_StatementsAreEvents() public {
        uint256 id = approved();
        expectEvent(address(consumption));
        emit IConsumptionEscrow.SupplyConfirmed(id, BATTERY, 900, suppliedDigest(id, BATTERY, 900));
        confirmSupplied(id, 900);
        expectEvent(address(consumption));
        emit IConsumptionEscrow.SupplyReceived(id, DWELLING, 880, supplyReceivedDigest(id, DWELLING, 880));
        confirmSupplyReceived(id, 880);
        IConsumptionEscrow.Request memory entry = consumption.requests(id);
        vm.assertEq(entry.supplied, 900, "supplied");
        vm.assertEq(entry.received, 880, "received");
    }

    function test_OnlyOfWhatIsApproved() public {
        uint256 id = requested();
        expectWrongStatus(id, IConsumptionEscrow.RequestStatus.Requested);
        consumption.confirmSupplied(id, 1, "");
        expectWrongStatus(id, IConsumptionEscrow.RequestStatus.Requested);
        consumption.confirmReceived(id, 1, "");
        expectWrongStatus(id + 1, IConsumptionEscrow.RequestStatus.None);
        consumption.confirmSupplied(id + 1, 1, "");
    }

    function test_OnlyTheDevicesSpeak() public {
        uint256 id = approved();
        bytes memory forged = sign(secretOf(DWELLING), suppliedDigest(id, BATTERY, 900));
        vm.expectRevert(
            abi.encodeWithSelector(
                IDeliveryProcess.InvalidDeviceSignature.selector,
                BATTERY,
                vm.addr(secretOf(BATTERY)),
                vm.addr(secretOf(DWELLING))
            )
        );
        consumption.confirmSupplied(id, 900, forged);
        bytes memory other = sign(secretOf(DWELLING), supplyReceivedDigest(id, DWELLING, 1));
        vm.expectPartialRevert(IDeliveryProcess.InvalidDeviceSignature.selector);
        consumption.confirmReceived(id, 900, other);
    }

    function test_EachSpeaksOnce() public {
        uint256 id = confirmed(900, 880);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.AlreadyConfirmed.selector, BATTERY));
        consumption.confirmSupplied(id, 900, "");
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.AlreadyConfirmed.selector, DWELLING));
        consumption.confirmReceived(id, 880, "");
    }

    function test_AKeyMustBeValidNow() public {
        uint256 id = approved();
        vm.prank(registrar);
        registry.revokeGateway(BATTERY, START);
        bytes memory signature = sign(secretOf(BATTERY), suppliedDigest(id, BATTERY, 900));
        vm.expectRevert(abi.encodeWithSelector(IRegistry.GatewayNotValid.selector, BATTERY, uint64(START)));
        consumption.confirmSupplied(id, 900, signature);
    }

    function test_ADeviceSpeaksFromItsTimeOn() public {
        vm.prank(registrar);
        uint32 late = registry.registerDevice(COMMUNITY, ANN, DWELLING, keccak256("late"), START + 10);
        vm.prank(ann);
        uint256 id = consumption.request(BATTERY, late, AMOUNT, UNTIL);
        vm.prank(validator);
        consumption.approve(id, "");
        bytes memory signature = sign(secretOf(DWELLING), supplyReceivedDigest(id, late, 5));
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.DeviceNotValid.selector, late, uint64(START)));
        consumption.confirmReceived(id, 5, signature);
        vm.warp(START + 10);
        consumption.confirmReceived(id, 5, signature);
    }

    /* SETTLE */

    function test_SettlesWhatBothConfirmed() public {
        uint256 id = approved();
        confirmSupplied(id, 900);
        vm.prank(validator);
        vm.expectRevert(IDeliveryProcess.NotConfirmed.selector);
        consumption.settle(id, "");
    }

    function test_RefusesMoreThanThereCanBe() public {
        uint256 more = confirmed(900, 901);
        vm.prank(validator);
        vm.expectRevert(abi.encodeWithSelector(IConsumptionEscrow.SupplyMismatch.selector, AMOUNT, 900, 901));
        consumption.settle(more, "");
        uint256 beyond = confirmed(AMOUNT + 1, 5);
        vm.prank(validator);
        vm.expectRevert(abi.encodeWithSelector(IConsumptionEscrow.SupplyMismatch.selector, AMOUNT, AMOUNT + 1, 5));
        consumption.settle(beyond, "");
    }

    function test_OnlyAValidatorSettles() public {
        uint256 id = confirmed(900, 880);
        vm.prank(ann);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.NotAValidator.selector, ann));
        consumption.settle(id, "");
        bytes memory other = sign(VALIDATOR_SECRET, supplyValidationDigest(id, 900, 879));
        vm.expectPartialRevert(IDeliveryProcess.NotAValidator.selector);
        consumption.settle(id, other);
    }

    function test_ClaimsFollowTheirAccountToItsNewWallet() public {
        address moved = vm.addr(4_711);
        uint256 settled = confirmed(900, 880);
        uint256 open = requested();
        uint256 pending = approved();
        moveWallet(ANN, moved);
        settleAsValidator(settled);
        vm.assertEq(claims.balanceOf(moved, BATTERY), AMOUNT - 900, "of the settled request");
        vm.prank(ann);
        vm.expectRevert(abi.encodeWithSelector(IConsumptionEscrow.NotTheConsumer.selector, ann, ANN));
        consumption.cancel(open);
        vm.prank(moved);
        consumption.cancel(open);
        vm.warp(UNTIL + 1 days);
        consumption.expire(pending);
        vm.assertEq(claims.balanceOf(moved, BATTERY), 3 * AMOUNT - 900, "of all requests");
        expectHeld(HELD - 3 * AMOUNT, 0);
    }

    function test_ABarredConsumerLeavesAllTheSame() public {
        (uint256 open, uint256 pending) = (requested(), approved());
        vm.prank(registrar);
        registry.setParticipantActive(ANN, false);
        vm.prank(ann);
        consumption.cancel(open);
        vm.warp(UNTIL + 1 days);
        consumption.expire(pending);
        expectHeld(HELD, 0);
    }

    function test_SettlesOnce() public {
        uint256 id = confirmed(900, 880);
        settleAsValidator(id);
        vm.prank(validator);
        expectWrongStatus(id, IConsumptionEscrow.RequestStatus.Settled);
        consumption.settle(id, "");
        vm.prank(validator);
        expectWrongStatus(id, IConsumptionEscrow.RequestStatus.Settled);
        consumption.reject(id);
        vm.warp(UNTIL + 30 days);
        expectWrongStatus(id, IConsumptionEscrow.RequestStatus.Settled);
        consumption.expire(id);
    }

    function test_SettlesLateAsLongAsNobodyExpiredIt() public {
        uint256 id = confirmed(900, 880);
        vm.warp(UNTIL + 30 days);
        settleAsValidator(id);
        expectHeld(HELD - 900, 0);
    }

    /* REJECT AND EXPIRE */

    function test_AValidatorRejectsAMismatch() public {
        uint256 id = confirmed(900, 901);
        expectEvent(address(consumption));
        emit IConsumptionEscrow.ConsumptionEnded(id, IConsumptionEscrow.RequestStatus.Rejected, AMOUNT);
        vm.prank(validator);
        consumption.reject(id);
        expectHeld(HELD, 0);
    }

    function test_AValidatorRejectsARequest() public {
        uint256 id = requested();
        vm.prank(validator);
        consumption.reject(id);
        expectHeld(HELD, 0);
    }

    function test_OnlyAValidatorRejects() public {
        uint256 id = requested();
        bytes32 role = consumption.VALIDATOR_ROLE();
        vm.prank(ann);
        expectUnauthorized(ann, role);
        consumption.reject(id);
    }

    function test_WhatNobodySettlesExpires() public {
        uint256[3] memory ids = [requested(), approved(), confirmed(AMOUNT, 0)];
        uint256 time = uint256(UNTIL) + 1 days;
        vm.warp(time - 1);
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IConsumptionEscrow.RequestNotExpired.selector, time, time - 1));
            consumption.expire(ids[i]);
        }
        vm.warp(time);
        for (uint256 i = 0; i < 3; ++i) {
            expectEvent(address(consumption));
            emit IConsumptionEscrow.ConsumptionEnded(ids[i], IConsumptionEscrow.RequestStatus.Expired, AMOUNT);
            vm.prank(stranger);
            consumption.expire(ids[i]);
        }
        expectHeld(HELD, 0);
    }

    /* PAUSE */

    function test_APauseStopsWhatIsNewOnly() public {
        (uint256 cancelled, uint256 settled, uint256 rejected, uint256 expired) =
            (requested(), confirmed(900, 880), approved(), approved());
        vm.prank(pauser);
        consumption.pause();
        vm.prank(ann);
        vm.expectRevert(Pausable.EnforcedPause.selector);
        consumption.request(BATTERY, DWELLING, AMOUNT, UNTIL);
        vm.prank(validator);
        vm.expectRevert(Pausable.EnforcedPause.selector);
        consumption.approve(cancelled, "");

        vm.prank(ann);
        consumption.cancel(cancelled);
        settleAsValidator(settled);
        confirmSupplied(rejected, 5);
        confirmSupplyReceived(rejected, 6);
        vm.prank(validator);
        consumption.reject(rejected);
        vm.warp(uint256(UNTIL) + 1 days);
        consumption.expire(expired);
        expectHeld(HELD - 900, 0);
    }

    /* ANY NUMBERS */

    function test_BurnsExactlyWhatWasSupplied(uint32 amount, uint32 supplied, uint32 received) public {
        amount = 1 + amount % HELD;
        supplied %= amount + 2;
        received %= amount + 2;
        vm.prank(ann);
        uint256 id = consumption.request(BATTERY, DWELLING, amount, UNTIL);
        consumption.approve(id, approvalSignature(id));
        confirmSupplied(id, supplied);
        confirmSupplyReceived(id, received);
        bool sound = received <= supplied && supplied <= amount;
        if (!sound) {
            vm.expectRevert(
                abi.encodeWithSelector(IConsumptionEscrow.SupplyMismatch.selector, amount, supplied, received)
            );
        }
        settleAsValidator(id);
        if (sound) expectHeld(HELD - supplied, 0);
        else expectHeld(HELD - amount, amount);
        vm.assertEq(claims.supplyOf(BATTERY), HELD - (sound ? supplied : 0), "supply");
    }
}
