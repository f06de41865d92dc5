// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAgents} from "../src/registry/IAgents.sol";
import {BID, OFFER} from "./base/Books.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Mandates that account 2 gives an agent.
contract AgentsTest is CommunityTest {
    uint32 private constant ACCOUNT = 2;
    uint8 private constant BOTH = 3;

    address private immutable agent = vm.addr(21);
    address private immutable wallet = walletOf(ACCOUNT);
    uint40 private begin;

    function setUp() public override {
        super.setUp();
        registerUpTo(3);
        vm.warp(GATE - 1_000);
        begin = uint40(block.timestamp);
    }

    /* GIVING */

    function test_GivesAMandate() public {
        IAgents.Mandate memory terms = mandateOf(BOTH);
        vm.prank(wallet);
        expectEvent(address(agents));
        emit IAgents.MandateGiven(ACCOUNT, agent, wallet, terms);
        agents.mandate(agent, terms);
        expectSame(agents.mandateAt(ACCOUNT, agent, begin), terms);
        expectNone(agents.mandateAt(ACCOUNT, walletOf(3), begin));
        expectNone(agents.mandateAt(3, agent, begin));
    }

    function test_AMandateHoldsInItsTimeOnly() public {
        IAgents.Mandate memory terms = mandateOf(BOTH);
        (terms.validFrom, terms.validUntil) = (begin + 10, begin + 20);
        give(terms);
        vm.assertFalse(permits(begin + 9), "before");
        vm.assertTrue(permits(begin + 10), "first second");
        vm.assertTrue(permits(begin + 19), "last second");
        vm.assertFalse(permits(begin + 20), "after");
    }

    function test_AMandateDoesNotReachBack() public {
        IAgents.Mandate memory terms = mandateOf(BOTH);
        terms.validFrom = begin - 500;
        give(terms);
        vm.assertFalse(permits(begin - 1), "before it was given");
        vm.assertTrue(permits(begin), "since it was given");
    }

    function test_OnlyWalletsGiveMandates() public {
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IAgents.NotAWallet.selector, stranger));
        agents.mandate(agent, mandateOf(BOTH));
        rotate();
        vm.prank(wallet);
        vm.expectRevert(abi.encodeWithSelector(IAgents.NotAWallet.selector, wallet));
        agents.mandate(agent, mandateOf(BOTH));
    }

    function test_RefusesAgentsThatAreNone() public {
        expectRefused(address(0), mandateOf(BOTH), abi.encodeWithSelector(IAgents.InvalidAgent.selector, address(0)));
        expectRefused(wallet, mandateOf(BOTH), abi.encodeWithSelector(IAgents.InvalidAgent.selector, wallet));
    }

    function test_RefusesTimesThatAreOver() public {
        IAgents.Mandate memory terms = mandateOf(BOTH);
        (terms.validFrom, terms.validUntil) = (begin - 20, begin);
        expectRefused(agent, terms, invalidTime(terms));
        (terms.validFrom, terms.validUntil) = (begin + 20, begin + 20);
        expectRefused(agent, terms, invalidTime(terms));
    }

    function test_RefusesMandatesForNothing() public {
        expectRefused(agent, mandateOf(0), abi.encodeWithSelector(IAgents.InvalidSides.selector, 0));
        expectRefused(agent, mandateOf(4), abi.encodeWithSelector(IAgents.InvalidSides.selector, 4));
        IAgents.Mandate memory terms = mandateOf(BOTH);
        terms.maxQuantity = 0;
        expectRefused(agent, terms, abi.encodeWithSelector(IAgents.NoQuantity.selector));
    }

    /* LIMITS */

    function test_LimitsSides() public {
        give(mandateOf(1));
        vm.assertTrue(agents.permits(ACCOUNT, agent, begin, BID, 1, 0), "bids: a bid");
        vm.assertFalse(agents.permits(ACCOUNT, agent, begin, OFFER, 1, 9_000), "bids: an offer");
        give(mandateOf(2));
        vm.assertFalse(agents.permits(ACCOUNT, agent, begin, BID, 1, 0), "offers: a bid");
        vm.assertTrue(agents.permits(ACCOUNT, agent, begin, OFFER, 1, 9_000), "offers: an offer");
        give(mandateOf(BOTH));
        vm.assertFalse(agents.permits(ACCOUNT, agent, begin, 2, 1, 9_000), "no side");
    }

    function test_LimitsEnergyAndPrices() public {
        give(mandateOf(BOTH));
        vm.assertTrue(agents.permits(ACCOUNT, agent, begin, BID, 5_000, 25_000), "bid at the limits");
        vm.assertFalse(agents.permits(ACCOUNT, agent, begin, BID, 5_001, 25_000), "too much");
        vm.assertFalse(agents.permits(ACCOUNT, agent, begin, BID, 5_000, 25_001), "too dear");
        vm.assertTrue(agents.permits(ACCOUNT, agent, begin, OFFER, 5_000, 9_000), "offer at the limits");
        vm.assertFalse(agents.permits(ACCOUNT, agent, begin, OFFER, 5_001, 9_000), "too much");
        vm.assertFalse(agents.permits(ACCOUNT, agent, begin, OFFER, 5_000, 8_999), "too cheap");
    }

    function testFuzz_PermitsWhatTheMandateCovers(
        IAgents.Mandate memory terms,
        uint8 side,
        uint32 quantity,
        int32 price
    ) public {
        terms.sides = 1 + terms.sides % BOTH;
        if (terms.maxQuantity == 0) terms.maxQuantity = 1;
        (terms.validFrom, terms.validUntil) = (begin, begin + 1);
        give(terms);
        bool covered = quantity <= terms.maxQuantity
            && ((side == BID && terms.sides != 2 && price <= terms.highestBid)
                || (side == OFFER && terms.sides != 1 && price >= terms.lowestOffer));
        bool permitted = agents.permits(ACCOUNT, agent, begin, side, quantity, price);
        vm.assertTrue(permitted == covered, "permitted");
        vm.assertFalse(agents.permits(ACCOUNT, agent, begin + 1, side, quantity, price), "after its end");
    }

    /* ENDING */

    function test_RevokesAtOnceAndRemembers() public {
        give(mandateOf(BOTH));
        vm.warp(begin + 10);
        vm.prank(wallet);
        expectEvent(address(agents));
        emit IAgents.MandateRevoked(ACCOUNT, agent, wallet);
        agents.revoke(agent);
        vm.assertTrue(permits(begin), "while it held");
        vm.assertTrue(permits(begin + 9), "the second before");
        vm.assertFalse(permits(begin + 10), "from then on");
    }

    function test_RefusesToRevokeWhatDoesNotHold() public {
        expectNothingToRevoke(wallet);
        IAgents.Mandate memory terms = mandateOf(BOTH);
        terms.validUntil = begin + 5;
        give(terms);
        vm.warp(begin + 5);
        expectNothingToRevoke(wallet);
        give(mandateOf(BOTH));
        vm.prank(wallet);
        agents.revoke(agent);
        expectNothingToRevoke(wallet);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IAgents.NotAWallet.selector, stranger));
        agents.revoke(agent);
    }

    function test_TheNextMandateReplacesAtOnce() public {
        give(mandateOf(1));
        vm.warp(begin + 10);
        IAgents.Mandate memory next = mandateOf(2);
        next.validFrom = begin + 20;
        give(next);
        expectSame(agents.mandateAt(ACCOUNT, agent, begin + 9), mandateOf(1));
        expectNone(agents.mandateAt(ACCOUNT, agent, begin + 10));
        expectSame(agents.mandateAt(ACCOUNT, agent, begin + 20), next);
    }

    function test_AMandateEndsWithItsWallet() public {
        give(mandateOf(BOTH));
        vm.warp(begin + 10);
        rotate();
        vm.assertTrue(permits(begin + 9), "of the old wallet, then");
        vm.assertFalse(permits(begin + 10), "of the old wallet, now");
        expectNothingToRevoke(walletOf(30));
        vm.prank(walletOf(30));
        agents.mandate(agent, mandateOf(BOTH));
        vm.assertTrue(permits(begin + 10), "of the new wallet");
    }

    /// @notice Whatever follows, what held at a past second is remembered.
    function testFuzz_ThePastStays(uint256 seed) public {
        uint40[] memory times = new uint40[](12);
        bytes32[] memory said = new bytes32[](12);
        uint40 time = begin;
        for (uint256 i = 0; i < times.length; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (seed % 4 == 0 && permits(time)) {
                vm.prank(wallet);
                agents.revoke(agent);
            } else {
                IAgents.Mandate memory terms = mandateOf(uint8(1 + seed % BOTH));
                terms.validFrom = time + uint40(seed % 5);
                give(terms);
            }
            times[i] = time;
            said[i] = keccak256(abi.encode(agents.mandateAt(ACCOUNT, agent, time)));
            time += 1 + uint40(seed % 7);
            vm.warp(time);
            for (uint256 j = 0; j <= i; ++j) {
                bytes32 now_ = keccak256(abi.encode(agents.mandateAt(ACCOUNT, agent, times[j])));
                vm.assertEq(now_, said[j], "a past second");
            }
        }
    }

    /* HELPERS */

    function mandateOf(uint8 sides) private view returns (IAgents.Mandate memory) {
        return IAgents.Mandate(begin, begin + 86_400, sides, 5_000, 9_000, 25_000);
    }

    function give(IAgents.Mandate memory terms) private {
        vm.prank(wallet);
        agents.mandate(agent, terms);
    }

    function permits(uint40 at) private view returns (bool) {
        return agents.permits(ACCOUNT, agent, at, BID, 1, 0) || agents.permits(ACCOUNT, agent, at, OFFER, 1, 9_000);
    }

    /// @dev Gives account 2 another wallet.
    function rotate() private {
        vm.prank(wallet);
        registry.proposeWallet(ACCOUNT, walletOf(30));
        vm.prank(walletOf(30));
        registry.acceptWallet(ACCOUNT);
    }

    function invalidTime(IAgents.Mandate memory terms) private view returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IAgents.InvalidMandateTime.selector, terms.validFrom, terms.validUntil, block.timestamp
            );
    }

    function expectRefused(address who, IAgents.Mandate memory terms, bytes memory reason) private {
        vm.prank(wallet);
        vm.expectRevert(reason);
        agents.mandate(who, terms);
    }

    function expectNothingToRevoke(address caller) private {
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IAgents.NoMandate.selector, ACCOUNT, agent));
        agents.revoke(agent);
    }

    function expectSame(IAgents.Mandate memory got, IAgents.Mandate memory expected) private pure {
        vm.assertEq(keccak256(abi.encode(got)), keccak256(abi.encode(expected)), "mandate");
    }

    function expectNone(IAgents.Mandate memory got) private pure {
        expectSame(got, IAgents.Mandate(0, 0, 0, 0, 0, 0));
    }
}
