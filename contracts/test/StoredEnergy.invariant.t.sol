// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsumptionEscrow} from "../src/delivery/IConsumptionEscrow.sol";
import {ISaleEscrow} from "../src/delivery/ISaleEscrow.sol";
import {StoredEnergyWorld} from "./base/StoredEnergyWorld.sol";
import {vm} from "./base/Vm.sol";

/// @notice What must hold after any history of deliveries, consumption and sales.
contract StoredEnergyInvariantTest {
    /// @dev Calls that the runner draws at random.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    uint32[2] private batteries = [2, 3];
    string[4] private requestEnds = ["settled", "cancelled", "rejected", "expired requests"];
    string[3] private dealEnds = ["settled", "rejected", "expired deals"];

    StoredEnergyWorld private world;

    function setUp() public {
        world = new StoredEnergyWorld();
        world.setUp();
    }

    function targetContracts() public view returns (address[] memory contracts) {
        contracts = new address[](1);
        contracts[0] = address(world);
    }

    /// @dev Steps that lead on are drawn more often than those that end something.
    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](14);
        selectors[0] = StoredEnergyWorld.deliver.selector;
        selectors[1] = StoredEnergyWorld.request.selector;
        selectors[2] = StoredEnergyWorld.advanceRequest.selector;
        selectors[3] = StoredEnergyWorld.advanceRequest.selector;
        selectors[4] = StoredEnergyWorld.offer.selector;
        selectors[5] = StoredEnergyWorld.order.selector;
        selectors[6] = StoredEnergyWorld.matchSome.selector;
        selectors[7] = StoredEnergyWorld.matchSome.selector;
        selectors[8] = StoredEnergyWorld.advanceDeal.selector;
        selectors[9] = StoredEnergyWorld.advanceDeal.selector;
        selectors[10] = StoredEnergyWorld.closeOffer.selector;
        selectors[11] = StoredEnergyWorld.closeOrder.selector;
        selectors[12] = StoredEnergyWorld.pass.selector;
        selectors[13] = StoredEnergyWorld.passOn.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(world), selectors);
    }

    /// @notice What the invariants rest on: such histories lead to every end that requests and deals can have.
    function test_HistoriesReachEveryEnd() public {
        bytes4[] memory steps = targetSelectors()[0].selectors;
        for (uint256 i = 0; i < 500; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(i)));
            bytes memory call = abi.encodePacked(steps[seed % steps.length], seed, seed >> 64, seed >> 128);
            (bool taken,) = address(world).call(call);
            vm.assertTrue(taken, "step");
            world.advanceRequest(seed >> 8);
            world.advanceDeal(seed >> 16);
        }
        uint256 first = uint256(IConsumptionEscrow.RequestStatus.Settled);
        for (uint256 i = first; i <= uint256(type(IConsumptionEscrow.RequestStatus).max); ++i) {
            vm.assertTrue(world.requestsAt(IConsumptionEscrow.RequestStatus(i)) != 0, requestEnds[i - first]);
        }
        first = uint256(ISaleEscrow.DealStatus.Settled);
        for (uint256 i = first; i <= uint256(type(ISaleEscrow.DealStatus).max); ++i) {
            vm.assertTrue(world.dealsAt(ISaleEscrow.DealStatus(i)) != 0, dealEnds[i - first]);
        }
        invariant_SupplyIsWhatWasGivenOutLessWhatEnded();
        invariant_SalesHoldTheMoneyOfOrdersAndDeals();
        invariant_EverybodyCanLeave();
    }

    function invariant_SupplyIsWhatWasGivenOutLessWhatEnded() public view {
        for (uint256 i = 0; i < batteries.length; ++i) {
            uint32 battery = batteries[i];
            vm.assertEq(world.supplyOf(battery), world.minted(battery) - world.burned(battery), "supply");
            vm.assertEq(world.claimsOfAll(battery), world.supplyOf(battery), "sum of balances");
        }
    }

    function invariant_ConsumptionHoldsWhatIsRequested() public view {
        for (uint256 i = 0; i < batteries.length; ++i) {
            (uint256 sum, uint256 held) = world.requestedFrom(batteries[i]);
            vm.assertEq(held, sum, "claims in escrow");
        }
    }

    function invariant_SalesHoldWhatOffersAndDealsAccountFor() public view {
        for (uint256 i = 0; i < batteries.length; ++i) {
            (uint256 sum, uint256 held) = world.forSaleFrom(batteries[i]);
            vm.assertEq(held, sum, "claims in escrow");
        }
    }

    function invariant_SalesHoldTheMoneyOfOrdersAndDeals() public view {
        (uint256 sum, uint256 booked, uint256 held) = world.reserved();
        vm.assertEq(held, sum, "money in escrow");
        vm.assertEq(booked, sum, "money on the books");
    }

    function invariant_MoneyIsNeitherMadeNorLost() public view {
        vm.assertEq(world.moneyOfAll(), world.deposited(), "sum of balances");
    }

    function invariant_EverybodyCanLeave() public {
        (uint256 claimsLeft, uint256 moneyLeft) = world.everybodyLeaves();
        vm.assertEq(claimsLeft, 0, "claims that nobody can withdraw");
        vm.assertEq(moneyLeft, 0, "money that nobody can withdraw");
    }
}
