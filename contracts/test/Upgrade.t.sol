// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Disputes} from "../src/disputes/Disputes.sol";
import {IntervalId, IntervalLib} from "../src/interval/IntervalLib.sol";
import {Market} from "../src/market/Market.sol";
import {IMetering} from "../src/metering/IMetering.sol";
import {OrderEntry} from "../src/orders/OrderEntry.sol";
import {Settlement} from "../src/settlement/Settlement.sol";
import {GovernanceTest} from "./base/GovernanceTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice A new market and a new settlement beside the old ones, as README.md says: what was traded at the old market
/// settles there, what is traded at the new one settles at the new one, and no interval at both. Account 2 takes 750 Wh
/// from the grid in each interval.
contract UpgradeTest is GovernanceTest {
    int256 private constant PAYMENT = 30_000 * 750;

    Market private nextMarket;
    Disputes private nextDisputes;
    Settlement private nextSettlement;
    IntervalId private later = IntervalLib.pack(COMMUNITY, START + DURATION, DURATION);

    function setUp() public override {
        super.setUp();
        registerUpTo(2);
        registerGateway(GATEWAY_SECRET, 2);
        deposit(walletOf(2), 1e8);
        handOver();
        deployNext();
        takeOver();
        vm.warp(END + 7 days);
        trade(market, interval);
        trade(nextMarket, later);
        attest(GATEWAY_SECRET, attestation(interval, 1, 1, 750, 0));
        attest(GATEWAY_SECRET, attestation(later, 1, 2, 750, 0));
    }

    function test_EachIntervalSettlesWhereItWasTraded() public {
        settle(settlement, market, interval);
        settle(nextSettlement, nextMarket, later);
        vm.assertEq(currency.balanceOf(gridWallet), uint256(2 * PAYMENT), "paid for both");
    }

    function test_NoIntervalSettlesAtBoth() public {
        settle(settlement, market, interval);
        trade(nextMarket, interval);
        (,,,,, bytes32 priceHash) = nextMarket.priceRecord(interval);
        vm.prank(operator);
        vm.expectRevert(abi.encodeWithSelector(IMetering.IntervalClosed.selector, interval));
        nextSettlement.settle(interval, priceHash, position(), PAYMENT);
    }

    function test_TheDirectoryKnowsBoth() public view {
        vm.assertEq(directory.addressOf("Market"), address(nextMarket), "current");
        vm.assertEq(directory.addressOf("Settlement"), address(nextSettlement), "current");
        vm.assertEq(directory.versions("Market")[0].deployed, address(market), "former");
    }

    function test_TheOldSettlementEndsOnceItsIntervalsAreSettled() public {
        settle(settlement, market, interval);
        address[] memory targets = new address[](3);
        bytes[] memory payloads = new bytes[](3);
        (targets[0], targets[1], targets[2]) = (address(currency), address(energy), address(metering));
        for (uint256 i = 0; i < 3; ++i) {
            payloads[i] = abi.encodeCall(metering.revokeRole, (metering.SETTLEMENT_ROLE(), address(settlement)));
        }
        govern(targets, payloads, "retire");
        trade(market, later);
        (,,,,, bytes32 priceHash) = market.priceRecord(later);
        bytes32 role = metering.SETTLEMENT_ROLE();
        vm.prank(operator);
        expectUnauthorized(address(settlement), role);
        settlement.settle(later, priceHash, position(), PAYMENT);
        settle(nextSettlement, nextMarket, later);
    }

    /* STEPS */

    /// @dev Deployed and set up by a key, which is the admin until the timelock takes over.
    function deployNext() private {
        nextMarket = new Market(address(this), registry);
        OrderEntry nextEntry = new OrderEntry(registry, nextMarket, agents);
        nextDisputes = new Disputes(address(this), registry, nextMarket, agents, nextEntry);
        nextSettlement = new Settlement(address(this), registry, nextMarket, metering, currency, energy, nextDisputes);
        nextMarket.grantRole(nextMarket.ENTRY_ROLE(), address(nextEntry));
        nextMarket.grantRole(nextMarket.OPERATOR_ROLE(), operator);
        nextMarket.grantRole(nextMarket.TARIFF_ROLE(), tariffOracle);
        nextSettlement.grantRole(nextSettlement.OPERATOR_ROLE(), operator);
        nextMarket.createCommunity(COMMUNITY, DURATION, GATE_LEAD, GRID, UNIFORM_PRICE, 500);
        OrderEntry entry = new OrderEntry(registry, nextMarket, agents);
        nextMarket.grantRole(nextMarket.ENTRY_ROLE(), address(entry));
        nextSettlement.beginDefaultAdminTransfer(address(timelock));
        nextMarket.beginDefaultAdminTransfer(address(timelock));
    }

    function takeOver() private {
        address[] memory targets = new address[](8);
        bytes[] memory payloads = new bytes[](8);
        (targets[0], targets[1], targets[2]) = (address(currency), address(energy), address(metering));
        for (uint256 i = 0; i < 3; ++i) {
            payloads[i] = abi.encodeCall(metering.grantRole, (metering.SETTLEMENT_ROLE(), address(nextSettlement)));
        }
        targets[3] = address(nextSettlement);
        payloads[3] = abi.encodeCall(nextSettlement.acceptDefaultAdminTransfer, ());
        (targets[4], targets[5], targets[6]) = (address(directory), address(directory), address(directory));
        payloads[4] = abi.encodeCall(directory.set, ("Market", address(market)));
        payloads[5] = abi.encodeCall(directory.set, ("Market", address(nextMarket)));
        payloads[6] = abi.encodeCall(directory.set, ("Settlement", address(nextSettlement)));
        targets[7] = address(nextMarket);
        payloads[7] = abi.encodeCall(nextMarket.acceptDefaultAdminTransfer, ());
        govern(targets, payloads, "take over");
    }

    function govern(address[] memory targets, bytes[] memory payloads, bytes32 salt) private {
        uint256[] memory values = new uint256[](targets.length);
        vm.prank(proposer);
        timelock.scheduleBatch(targets, values, payloads, 0, salt, DELAY);
        vm.warp(block.timestamp + DELAY);
        vm.prank(stranger);
        timelock.executeBatch(targets, values, payloads, 0, salt);
    }

    function trade(Market where, IntervalId which) private {
        vm.prank(tariffOracle);
        where.postTariffs(COMMUNITY, which.start(), abi.encodePacked(int32(8_000), int32(30_000)));
        where.clear(which, new bytes[](0), new bytes32[](0), 8_000, 0);
        // The time in which the book is challenged.
        vm.warp(block.timestamp + 15 minutes);
    }

    function settle(Settlement at_, Market where, IntervalId which) private {
        (,,,,, bytes32 priceHash) = where.priceRecord(which);
        vm.prank(operator);
        at_.settle(which, priceHash, position(), PAYMENT);
    }

    function position() private pure returns (bytes memory) {
        return abi.encodePacked(uint32(2), uint32(0), uint32(0), uint32(750), uint32(0), uint32(0));
    }
}
