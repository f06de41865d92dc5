// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IOrderEntry} from "../src/orders/IOrderEntry.sol";
import {IRegistry} from "../src/registry/IRegistry.sol";
import {CommunityTest} from "./base/CommunityTest.sol";
import {vm} from "./base/Vm.sol";

/// @notice Exchanging an account's wallet. Account 2 is a prosumer whose wallet is `walletOf(2)`.
contract RegistryWalletsTest is CommunityTest {
    uint32 private constant ACCOUNT = 2;
    uint256 private constant NEW_SECRET = 77;
    uint64 private constant DEADLINE = uint64(START);

    address private immutable newWallet = vm.addr(NEW_SECRET);
    uint64 private registeredAt;

    function setUp() public override {
        super.setUp();
        registerUpTo(ACCOUNT);
        registeredAt = uint64(block.timestamp);
        vm.warp(registeredAt + 100);
    }

    /* BY SIGNATURE */

    function test_ParticipantRotatesItsOwnWallet() public {
        bytes memory consent = consentOf(NEW_SECRET, walletOf(ACCOUNT), newWallet, DEADLINE);
        vm.prank(walletOf(ACCOUNT));
        expectEvent(address(registry));
        emit IRegistry.WalletRotated(ACCOUNT, walletOf(ACCOUNT), newWallet);
        registry.rotateWallet(ACCOUNT, newWallet, DEADLINE, consent);
        checkRotated(walletOf(ACCOUNT), newWallet, registeredAt + 100);
    }

    function test_RegistrarRotatesALostWallet() public {
        rotate(NEW_SECRET);
        checkRotated(walletOf(ACCOUNT), newWallet, registeredAt + 100);
    }

    function test_OnlyTheAccountsWalletOrTheRegistrarRotates() public {
        bytes memory consent = consentOf(NEW_SECRET, walletOf(ACCOUNT), newWallet, DEADLINE);
        address[3] memory others = [stranger, newWallet, gridWallet];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.prank(others[i]);
            vm.expectRevert(abi.encodeWithSelector(IRegistry.NotTheAccounts.selector, others[i], ACCOUNT));
            registry.rotateWallet(ACCOUNT, newWallet, DEADLINE, consent);
            vm.prank(others[i]);
            vm.expectRevert(abi.encodeWithSelector(IRegistry.NotTheAccounts.selector, others[i], ACCOUNT));
            registry.proposeWallet(ACCOUNT, newWallet);
        }
        vm.prank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.UnknownAccount.selector, 9));
        registry.rotateWallet(9, newWallet, DEADLINE, consent);
    }

    function test_RefusesTheConsentOfAnotherWallet() public {
        bytes memory consent = consentOf(NEW_SECRET + 1, walletOf(ACCOUNT), newWallet, DEADLINE);
        vm.prank(registrar);
        vm.expectRevert(
            abi.encodeWithSelector(IRegistry.InvalidWalletConsent.selector, newWallet, vm.addr(NEW_SECRET + 1))
        );
        registry.rotateWallet(ACCOUNT, newWallet, DEADLINE, consent);
        vm.prank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.InvalidWalletConsent.selector, newWallet, address(0)));
        registry.rotateWallet(ACCOUNT, newWallet, DEADLINE, "malformed");
    }

    /// @notice The consent names account, old wallet and deadline: with any other it is none.
    function test_RefusesAConsentToSomethingElse() public {
        registerUpTo(3);
        bytes memory consent = consentOf(NEW_SECRET, walletOf(ACCOUNT), newWallet, DEADLINE);
        vm.startPrank(registrar);
        vm.expectPartialRevert(IRegistry.InvalidWalletConsent.selector);
        registry.rotateWallet(3, newWallet, DEADLINE, consent);
        vm.expectPartialRevert(IRegistry.InvalidWalletConsent.selector);
        registry.rotateWallet(ACCOUNT, newWallet, DEADLINE + 1, consent);
        vm.expectPartialRevert(IRegistry.InvalidWalletConsent.selector);
        registry.rotateWallet(ACCOUNT, stranger, DEADLINE, consent);
        vm.stopPrank();
        rotate(NEW_SECRET + 1);
        vm.prank(registrar);
        vm.expectPartialRevert(IRegistry.InvalidWalletConsent.selector);
        registry.rotateWallet(ACCOUNT, newWallet, DEADLINE, consent);
    }

    function test_RefusesAnExpiredConsent() public {
        bytes memory consent = consentOf(NEW_SECRET, walletOf(ACCOUNT), newWallet, DEADLINE);
        vm.warp(DEADLINE + 1);
        vm.prank(registrar);
        vm.expectRevert(
            abi.encodeWithSelector(IRegistry.WalletConsentExpired.selector, DEADLINE, uint256(DEADLINE) + 1)
        );
        registry.rotateWallet(ACCOUNT, newWallet, DEADLINE, consent);
        vm.warp(DEADLINE);
        vm.prank(registrar);
        registry.rotateWallet(ACCOUNT, newWallet, DEADLINE, consent);
        vm.assertEq(registry.accountOf(newWallet), ACCOUNT, "in the last second");
    }

    /* BY TRANSACTION */

    function test_ProposedWalletAccepts() public {
        vm.prank(walletOf(ACCOUNT));
        expectEvent(address(registry));
        emit IRegistry.WalletProposed(ACCOUNT, newWallet);
        registry.proposeWallet(ACCOUNT, newWallet);
        vm.assertEq(registry.proposedWallet(ACCOUNT), newWallet, "proposed");
        vm.prank(newWallet);
        registry.acceptWallet(ACCOUNT);
        checkRotated(walletOf(ACCOUNT), newWallet, registeredAt + 100);
        vm.assertEq(registry.proposedWallet(ACCOUNT), address(0), "used up");
    }

    function test_OnlyTheProposedWalletAccepts() public {
        vm.prank(newWallet);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.NotProposed.selector, ACCOUNT, newWallet));
        registry.acceptWallet(ACCOUNT);
        vm.startPrank(registrar);
        registry.proposeWallet(ACCOUNT, newWallet);
        registry.proposeWallet(ACCOUNT, address(0));
        vm.stopPrank();
        vm.prank(newWallet);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.NotProposed.selector, ACCOUNT, newWallet));
        registry.acceptWallet(ACCOUNT);
    }

    /// @notice Whoever holds a stolen wallet cannot propose one that outlives the wallet's own exchange.
    function test_AnExchangeEndsAProposal() public {
        vm.prank(walletOf(ACCOUNT));
        registry.proposeWallet(ACCOUNT, stranger);
        rotate(NEW_SECRET);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.NotProposed.selector, ACCOUNT, stranger));
        registry.acceptWallet(ACCOUNT);
    }

    /* A WALLET STANDS FOR ONE ACCOUNT, EVER */

    function test_AFormerWalletNeverReturns() public {
        rotate(NEW_SECRET);
        bytes memory consent = consentOf(1000 + ACCOUNT, newWallet, walletOf(ACCOUNT), DEADLINE);
        bytes memory refusal =
            abi.encodeWithSelector(IRegistry.WalletAlreadyRegistered.selector, walletOf(ACCOUNT), ACCOUNT);
        vm.startPrank(registrar);
        vm.expectRevert(refusal);
        registry.rotateWallet(ACCOUNT, walletOf(ACCOUNT), DEADLINE, consent);
        vm.expectRevert(refusal);
        registry.registerParticipant(walletOf(ACCOUNT), 0, 1);
    }

    function test_RefusesAWalletOfAnotherAccount() public {
        vm.prank(registrar);
        registry.proposeWallet(ACCOUNT, gridWallet);
        vm.prank(gridWallet);
        vm.expectRevert(abi.encodeWithSelector(IRegistry.WalletAlreadyRegistered.selector, gridWallet, GRID));
        registry.acceptWallet(ACCOUNT);
    }

    /* WHAT FOLLOWS */

    function test_OnlyTheNewWalletTradesAndIsPaid() public {
        rotate(NEW_SECRET);
        postTariff(8_000, 30_000);
        vm.prank(walletOf(ACCOUNT));
        vm.expectRevert(abi.encodeWithSelector(IOrderEntry.NotPermitted.selector, ACCOUNT, walletOf(ACCOUNT)));
        orderEntry.submitOrder(orderOf(ACCOUNT, 0, 500, 20_000, 1));
        vm.prank(newWallet);
        orderEntry.submitOrder(orderOf(ACCOUNT, 0, 500, 20_000, 1));
        uint32[] memory accounts = new uint32[](1);
        accounts[0] = ACCOUNT;
        vm.assertEq(registry.walletsOf(accounts)[0], newWallet, "settled with");
    }

    function test_TokensStayWithTheOldWalletWhichMovesThem() public {
        deposit(walletOf(ACCOUNT), 500);
        rotate(NEW_SECRET);
        vm.assertEq(currency.balanceOf(newWallet), 0, "nothing moved by itself");
        vm.prank(walletOf(ACCOUNT));
        vm.assertTrue(currency.transfer(newWallet, 500), "moved");
        vm.assertEq(currency.balanceOf(newWallet), 500, "moved by its holder");
    }

    function testFuzz_WalletAtFollowsEveryRotation(uint16[8] memory waits, uint32 back) public {
        address[] memory wallets = new address[](9);
        uint64[] memory since = new uint64[](9);
        (wallets[0], since[0]) = (walletOf(ACCOUNT), registeredAt);
        for (uint256 i = 0; i < 8; ++i) {
            vm.warp(block.timestamp + waits[i]);
            rotate(NEW_SECRET + i);
            (wallets[i + 1], since[i + 1]) = (vm.addr(NEW_SECRET + i), uint64(block.timestamp));
        }
        uint64 time = uint64(block.timestamp) - back % 300_000;
        address expected = address(0);
        for (uint256 i = 0; i < 9; ++i) {
            if (since[i] <= time) expected = wallets[i];
        }
        vm.assertEq(registry.walletAt(ACCOUNT, time), expected, "wallet at a second");
    }

    /* HELPERS */

    function rotate(uint256 secret) private {
        (address oldWallet,,,) = registry.participant(ACCOUNT);
        uint64 deadline = uint64(block.timestamp);
        bytes memory consent = consentOf(secret, oldWallet, vm.addr(secret), deadline);
        vm.prank(registrar);
        registry.rotateWallet(ACCOUNT, vm.addr(secret), deadline, consent);
    }

    /// @dev Written from EIP-712, not from the contract.
    function consentOf(uint256 secret, address oldWallet, address wallet, uint64 deadline)
        private
        view
        returns (bytes memory)
    {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Commonwatt Registry"),
                keccak256("1"),
                block.chainid,
                address(registry)
            )
        );
        bytes32 typeHash =
            keccak256("WalletRotation(uint32 account,address oldWallet,address newWallet,uint64 deadline)");
        bytes32 structHash = keccak256(abi.encode(typeHash, ACCOUNT, oldWallet, wallet, deadline));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, keccak256(abi.encodePacked("\x19\x01", domain, structHash)));
        return abi.encodePacked(r, s, v);
    }

    function checkRotated(address oldWallet, address wallet, uint64 rotatedAt) private view {
        (address current,,, bool active) = registry.participant(ACCOUNT);
        vm.assertEq(current, wallet, "wallet");
        vm.assertTrue(active, "still active");
        vm.assertEq(registry.accountOf(wallet), ACCOUNT, "account of the new wallet");
        vm.assertEq(registry.accountOf(oldWallet), 0, "account of the old wallet");
        vm.assertEq(registry.walletAt(ACCOUNT, registeredAt - 1), address(0), "before");
        vm.assertEq(registry.walletAt(ACCOUNT, registeredAt), oldWallet, "first");
        vm.assertEq(registry.walletAt(ACCOUNT, rotatedAt - 1), oldWallet, "until then");
        vm.assertEq(registry.walletAt(ACCOUNT, rotatedAt), wallet, "from then on");
        (uint32 account, uint64 since, uint64 until) = registry.walletRecord(oldWallet);
        vm.assertEq(account, ACCOUNT, "whose wallet it was");
        vm.assertEq(since, registeredAt, "since when");
        vm.assertEq(until, rotatedAt, "until when");
        (account, since, until) = registry.walletRecord(wallet);
        vm.assertEq(account, ACCOUNT, "whose wallet it is");
        vm.assertEq(since, rotatedAt, "from when");
        vm.assertEq(until, 0, "for good");
    }
}
