// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {GovernanceTest} from "./base/GovernanceTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Settlement in a pause: account 2 took 750 Wh from the grid at 30 ct/kWh and cannot be charged for them yet;
/// what it holds stays its own.
contract SettlementPauseTest is GovernanceTest {
    int256 private constant PAYMENT = 30_000 * 750;
    uint256 private constant DEPOSIT = 1e8;

    uint32 private gateway;
    bytes32 private priceHash;

    function setUp() public override {
        super.setUp();
        registerUpTo(2);
        gateway = registerGateway(GATEWAY_SECRET, 2);
        deposit(walletOf(2), DEPOSIT);
        postTariff(8_000, 30_000);
        vm.warp(END);
        clear(8_000, 0);
        (,,,,, priceHash) = market.priceRecord(interval);
        pause(settlement);
    }

    function test_StopsSettlements() public {
        attest(GATEWAY_SECRET, attestation(interval, gateway, 1, 750, 0));
        vm.startPrank(operator);
        expectPaused();
        settlement.settle(interval, priceHash, position(), PAYMENT);
        expectPaused();
        settlement.settleAllocated(interval, priceHash, position(), "", PAYMENT);
    }

    function test_AttestationsGoOnAndTheIntervalSettlesAfterwards() public {
        attest(GATEWAY_SECRET, attestation(interval, gateway, 1, 750, 0));
        vm.warp(END + 100 days);
        settlement.unpause();
        vm.prank(operator);
        settlement.settle(interval, priceHash, position(), PAYMENT);
        vm.assertEq(currency.balanceOf(gridWallet), uint256(PAYMENT), "paid");
    }

    function test_HoldersDoWithTheirTokensWhatTheyLike() public {
        energy.grantRole(energy.SETTLEMENT_ROLE(), address(this));
        uint256[] memory amounts = new uint256[](1);
        amounts[0] = 100;
        energy.issue(one(walletOf(2)), amounts);
        vm.startPrank(walletOf(2));
        vm.assertTrue(currency.transfer(stranger, 1e6), "passed on");
        currency.requestPayout(DEPOSIT - 1e6, keccak256("account"));
        vm.assertTrue(energy.transfer(stranger, 40), "passed on");
        energy.retire(60);
        vm.warp(block.timestamp + 14 days);
        currency.expirePayout(1);
        vm.assertEq(currency.balanceOf(walletOf(2)), DEPOSIT - 1e6, "returned");
    }

    function test_OnlyAPauserBeginsAndOnlyTheAdminEnds() public {
        vm.prank(pauser);
        expectUnauthorized(pauser, ADMIN_ROLE);
        settlement.unpause();
        settlement.unpause();
        vm.prank(operator);
        expectUnauthorized(operator, PAUSER_ROLE);
        settlement.pause();
    }

    function position() private pure returns (bytes memory) {
        return abi.encodePacked(uint32(2), uint32(0), uint32(0), uint32(750), uint32(0), uint32(0));
    }
}
