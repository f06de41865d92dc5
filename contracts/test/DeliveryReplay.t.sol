// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeliveryProcess} from "../src/delivery/IDeliveryProcess.sol";
import {SaleEscrow} from "../src/delivery/SaleEscrow.sol";
import {SaleTest} from "./base/SaleTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice What was signed for one contract on one chain counts nowhere else, and no missing signature counts at all.
contract DeliveryReplayTest is SaleTest {
    function test_NotOnAnotherChain() public {
        uint32 deal = dealOf(3_000);
        bytes memory sent = sign(secretOf(BATTERY), sentDigest(deal, BATTERY, 3_000));
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        vm.expectPartialRevert(IDeliveryProcess.InvalidDeviceSignature.selector);
        sales.confirmSent(deal, 3_000, sent);
        vm.chainId(here);
        sales.confirmSent(deal, 3_000, sent);
        vm.assertTrue(sales.deals(deal).sentConfirmed, "on its own chain");
    }

    function test_NotInAnotherDeployment() public {
        uint32 deal = confirmed(3_000, 3_000, 2_850);
        bytes memory sent = sign(secretOf(BATTERY), sentDigest(deal, BATTERY, 3_000));
        sales = new SaleEscrow(address(this), registry, market, claims, currency);
        claims.grantRole(claims.ESCROW_ROLE(), address(sales));
        approveAll(ann);
        approveAll(bob);
        vm.assertEq(dealOf(3_000), deal, "the same number");
        vm.expectPartialRevert(IDeliveryProcess.InvalidDeviceSignature.selector);
        sales.confirmSent(deal, 3_000, sent);
    }

    /// @dev Both processes have a type `Validation` of three numbers.
    function test_NotInAnotherProcess() public {
        uint32 deal = confirmed(1_000 + MINIMUM, 900, 880);
        bytes memory ofConsumption = sign(VALIDATOR_SECRET, supplyValidationDigest(deal, 900, 880));
        vm.expectPartialRevert(IDeliveryProcess.NotAValidator.selector);
        sales.settle(deal, ofConsumption);
    }

    function test_NotForAnotherDeal() public {
        (uint32 deal, uint32 other) = (dealOf(3_000), dealOf(3_000));
        bytes memory sent = sign(secretOf(BATTERY), sentDigest(deal, BATTERY, 3_000));
        vm.expectPartialRevert(IDeliveryProcess.InvalidDeviceSignature.selector);
        sales.confirmSent(other, 3_000, sent);
    }

    /// @notice A malformed signature recovers the zero address, to which a careless admin may have given the role.
    function test_NobodyIsNoValidator() public {
        uint32 deal = confirmed(3_000, 3_000, 2_850);
        sales.grantRole(sales.VALIDATOR_ROLE(), address(0));
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IDeliveryProcess.NotAValidator.selector, address(0)));
        sales.settle(deal, "malformed");
    }
}
