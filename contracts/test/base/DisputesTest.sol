// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDisputes} from "../../src/disputes/IDisputes.sol";
import {IntervalId} from "../../src/interval/IntervalLib.sol";
import {BID, Books, OFFER, TestOrder} from "./Books.sol";
import {CommunityTest} from "./CommunityTest.sol";
import {vm} from "./Vm.sol";

/// @notice A book of signed orders in two batches of the operator's and one that a wallet submitted:
///
///     batch 0   account 2 bids 700 Wh at 20,000; account 3 offers 700 Wh at 10,000; account 4 bids 100 Wh at 9,000
///     batch 1   account 5 offers 100 Wh at 29,000
///     batch 2   account 4 bids 50 Wh at 8,500, itself
///
/// It clears at 15,000 with 700 Wh.
abstract contract DisputesTest is CommunityTest {
    uint256 internal constant OPERATOR_SECRET = 12;
    uint256 internal constant AGENT_SECRET = 0xA6E47;
    uint40 internal constant SIGNED_AT = uint40(GATE - 7_200);
    int32 internal constant PRICE = 15_000;
    int32 internal constant FEED_IN = 8_000;
    int32 internal constant RETAIL = 30_000;
    uint32 internal constant DIRECT_BATCH = 2;

    address internal immutable arbiter = vm.addr(17);
    address internal immutable auditor = vm.addr(18);

    /// @dev The book of each interval as it was committed, batch by batch.
    mapping(IntervalId => bytes[]) internal digestListsOf;

    function setUp() public virtual override {
        super.setUp();
        registerUpTo(6);
        disputes.grantRole(disputes.ARBITER_ROLE(), arbiter);
        disputes.grantRole(disputes.AUDITOR_ROLE(), auditor);
        postTariff(FEED_IN, RETAIL);
    }

    /* BOOKS */

    function terms(uint32 account, uint8 side, uint32 quantity, int32 price)
        internal
        pure
        returns (IDisputes.OrderTerms memory)
    {
        return IDisputes.OrderTerms(account, side, quantity, price, 1_000 + account);
    }

    function standardOrder(uint32 account) internal pure returns (IDisputes.OrderTerms memory) {
        if (account == 2) return terms(2, BID, 700, 20_000);
        if (account == 3) return terms(3, OFFER, 700, 10_000);
        if (account == 4) return terms(4, BID, 100, 9_000);
        return terms(5, OFFER, 100, 29_000);
    }

    function directOrder() internal pure returns (IDisputes.OrderTerms memory order) {
        order = terms(4, BID, 50, 8_500);
        order.salt = 77;
    }

    function commitStandardBook() internal {
        IDisputes.OrderTerms[] memory first = new IDisputes.OrderTerms[](3);
        (first[0], first[1], first[2]) = (standardOrder(2), standardOrder(3), standardOrder(4));
        commitSigned(first);
        commitSigned(standardOrder(5));
        submit(directOrder());
    }

    function clearStandardBook() internal {
        vm.warp(GATE);
        clear(PRICE, 700);
    }

    function commitSigned(IDisputes.OrderTerms memory order) internal {
        IDisputes.OrderTerms[] memory orders = new IDisputes.OrderTerms[](1);
        orders[0] = order;
        commitSigned(orders);
    }

    function commitSigned(IDisputes.OrderTerms[] memory orders) internal {
        (bytes memory packed, bytes memory digests) = remember(orders);
        bytes32 batch = keccak256(bytes.concat(keccak256(packed), keccak256(digests)));
        vm.prank(operator);
        market.commitOrders(interval, batch, uint32(orders.length));
    }

    /// @dev As its account's wallet.
    function submit(IDisputes.OrderTerms memory order) internal {
        IDisputes.OrderTerms[] memory orders = new IDisputes.OrderTerms[](1);
        orders[0] = order;
        remember(orders);
        submit(order.account, order.side, order.quantity, order.price, order.salt);
    }

    function remember(IDisputes.OrderTerms[] memory orders)
        private
        returns (bytes memory packed, bytes memory digests)
    {
        TestOrder[] memory plain = new TestOrder[](orders.length);
        bytes32[] memory list = new bytes32[](orders.length);
        for (uint256 i = 0; i < orders.length; ++i) {
            plain[i] = TestOrder(orders[i].account, orders[i].side, orders[i].quantity, orders[i].price);
            list[i] = digestOf(orders[i]);
        }
        digests = abi.encodePacked(list);
        packed = Books.pack(plain);
        batchesOf[interval].push(packed);
        digestsOf[interval].push(keccak256(digests));
        digestListsOf[interval].push(digests);
    }

    /// @dev What proves a batch, built from the books kept here.
    function opening(uint32 batch) internal view returns (IDisputes.BatchOpening memory) {
        bytes32 before = 0;
        bytes memory later;
        for (uint32 i = 0; i < batchesOf[interval].length; ++i) {
            bytes32 commitment =
                keccak256(bytes.concat(keccak256(batchesOf[interval][i]), keccak256(digestListsOf[interval][i])));
            uint32 count = uint32(batchesOf[interval][i].length / 12);
            if (i < batch) before = keccak256(abi.encodePacked(before, commitment, count));
            if (i > batch) later = bytes.concat(later, commitment, bytes4(count));
        }
        bytes32 packedHash = keccak256(batchesOf[interval][batch]);
        return IDisputes.BatchOpening(before, packedHash, digestListsOf[interval][batch], later);
    }

    /* SIGNATURES */

    function secretOf(uint32 account) internal pure returns (uint256) {
        return 1000 + account;
    }

    function digestOf(IDisputes.OrderTerms memory order) internal view returns (bytes32) {
        return market.orderDigest(interval, order.account, order.side, order.quantity, order.price, order.salt);
    }

    function sign(uint256 secret, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, digest);
        return abi.encodePacked(r, s, v);
    }

    function proofOf(IDisputes.OrderTerms memory order) internal view returns (IDisputes.OrderProof memory) {
        return proofBy(secretOf(order.account), order, SIGNED_AT);
    }

    function proofBy(uint256 secret, IDisputes.OrderTerms memory order, uint40 signedAt)
        internal
        view
        returns (IDisputes.OrderProof memory)
    {
        return IDisputes.OrderProof(order.salt, signedAt, sign(secret, digestOf(order)));
    }

    function receipt(uint256 secret, IDisputes.OrderTerms memory order, uint64 receivedAt)
        internal
        view
        returns (bytes memory)
    {
        bytes32 typeHash = keccak256("Receipt(bytes32 order,uint64 receivedAt)");
        return signInDomain(secret, keccak256(abi.encode(typeHash, digestOf(order), receivedAt)));
    }

    function withdrawal(uint256 secret, IDisputes.OrderTerms memory order) internal view returns (bytes memory) {
        bytes32 typeHash = keccak256("Withdrawal(bytes32 order)");
        return signInDomain(secret, keccak256(abi.encode(typeHash, digestOf(order))));
    }

    /// @dev Written from EIP-712, not from the contract.
    function signInDomain(uint256 secret, bytes32 content) private view returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Commonwatt Market"),
                keccak256("1"),
                block.chainid,
                address(market)
            )
        );
        return sign(secret, keccak256(abi.encodePacked("\x19\x01", domain, content)));
    }

    /* CHALLENGES */

    function challengeUnsigned(uint32 batch, uint32 index) internal returns (uint256) {
        vm.prank(walletOf(6));
        return disputes.challengeUnsigned(interval, batch, index);
    }

    function challengeMissing(IDisputes.OrderTerms memory order) internal returns (uint256) {
        bytes memory signed = receipt(OPERATOR_SECRET, order, SIGNED_AT);
        vm.prank(walletOf(6));
        return disputes.challengeMissing(interval, order, SIGNED_AT, signed);
    }

    function answerUnsigned(uint256 challenge, uint32 batch, IDisputes.OrderProof memory proof) internal {
        disputes.answerUnsigned(challenge, opening(batch), batchesOf[interval][batch], proof);
    }

    /// @dev A challenge that nobody answers, so that the interval is disputed.
    function dispute() internal returns (uint256 challenge) {
        challenge = challengeUnsigned(0, 0);
        vm.warp(block.timestamp + disputes.ANSWER_SECONDS());
        disputes.uphold(challenge);
    }

    /* EXPECTATIONS */

    function expectStatus(uint256 challenge, IDisputes.ChallengeStatus expected) internal view {
        (,, IDisputes.ChallengeStatus status,,,,) = disputes.challengeOf(challenge);
        vm.assertEq(uint256(status), uint256(expected), "challenge");
    }

    function expectDispute(IDisputes.DisputeStatus expected, uint32 open) internal view {
        (IDisputes.DisputeStatus status,, uint32 openChallenges) = disputes.disputeOf(interval);
        vm.assertEq(uint256(status), uint256(expected), "dispute");
        vm.assertEq(openChallenges, open, "open challenges");
    }
}
