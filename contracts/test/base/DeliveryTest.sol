// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ConsumptionEscrow} from "../../src/delivery/ConsumptionEscrow.sol";
import {DeliveryRecord} from "../../src/delivery/DeliveryRecord.sol";
import {IDeliveryRecord} from "../../src/delivery/IDeliveryRecord.sol";
import {SaleEscrow} from "../../src/delivery/SaleEscrow.sol";
import {StoredEnergyToken} from "../../src/delivery/StoredEnergyToken.sol";
import {IntervalId, IntervalLib} from "../../src/interval/IntervalLib.sol";
import {BID, Books, OFFER, TestOrder} from "./Books.sol";
import {CommunityTest} from "./CommunityTest.sol";
import {vm} from "./Vm.sol";

/// @notice A community with a PV system, two batteries and a dwelling, each read by a gateway of its own, and the steps
/// of the three processes as one-line functions. Statements are encoded here from EIP-712, not by the contracts.
abstract contract DeliveryTest is CommunityTest {
    // Devices and their gateways have the same numbers.
    uint32 internal constant PV = 1;
    uint32 internal constant BATTERY = 2;
    uint32 internal constant OTHER_BATTERY = 3;
    uint32 internal constant DWELLING = 4;

    // Accounts.
    uint32 internal constant ANN = 2;
    uint32 internal constant BOB = 3;
    uint32 internal constant CAT = 4;
    uint32 internal constant LAST_ACCOUNT = 10;

    uint256 internal constant VALIDATOR_SECRET = 0xA11DA70;

    int32 internal constant PRICE = 15_000;

    address internal immutable validator = vm.addr(VALIDATOR_SECRET);
    address internal immutable pauser = vm.addr(17);
    address internal immutable ann = walletOf(ANN);
    address internal immutable bob = walletOf(BOB);
    address internal immutable cat = walletOf(CAT);

    StoredEnergyToken internal claims;
    DeliveryRecord internal deliveries;
    ConsumptionEscrow internal consumption;
    SaleEscrow internal sales;

    function setUp() public virtual override {
        super.setUp();
        claims = new StoredEnergyToken(address(this));
        deliveries = new DeliveryRecord(address(this), registry, market, claims);
        consumption = new ConsumptionEscrow(address(this), registry, claims);
        sales = new SaleEscrow(address(this), registry, market, claims, currency);
        claims.grantRole(claims.ISSUER_ROLE(), address(deliveries));
        claims.grantRole(claims.ISSUER_ROLE(), address(sales));
        claims.grantRole(claims.ESCROW_ROLE(), address(consumption));
        claims.grantRole(claims.ESCROW_ROLE(), address(sales));
        currency.grantRole(currency.ESCROW_ROLE(), address(sales));
        bytes32 validating = deliveries.VALIDATOR_ROLE();
        bytes32 pausing = deliveries.PAUSER_ROLE();
        deliveries.grantRole(validating, validator);
        consumption.grantRole(validating, validator);
        sales.grantRole(validating, validator);
        deliveries.grantRole(pausing, pauser);
        consumption.grantRole(pausing, pauser);
        sales.grantRole(pausing, pauser);

        registerUpTo(LAST_ACCOUNT);
        for (uint32 device = PV; device <= DWELLING; ++device) {
            registerGateway(secretOf(device), ANN);
        }
    }

    /// @dev The key of the gateway that reads a device.
    function secretOf(uint32 device) internal pure returns (uint256) {
        return GATEWAY_SECRET + device;
    }

    /* TIME AND PRICES */

    /// @dev Clears the interval at `PRICE`, as 1 kWh traded, and lets it begin.
    function clearAndBegin() internal {
        clearAt(interval, PRICE);
        vm.warp(START);
    }

    function clearAt(IntervalId which, int32 price) internal {
        vm.warp(which.start() - GATE_LEAD - 1);
        postTariff(which, -40_000, 40_000);
        TestOrder[] memory orders = new TestOrder[](2);
        orders[0] = TestOrder(ANN, BID, 1_000, price);
        orders[1] = TestOrder(BOB, OFFER, 1_000, price);
        commit(which, Books.pack(orders));
        vm.warp(which.start() - GATE_LEAD);
        clear(which, price, 1_000);
    }

    function priceHashOf(IntervalId which) internal view returns (bytes32 priceHash) {
        (,,,,, priceHash) = market.priceRecord(which);
    }

    function following(IntervalId which) internal pure returns (IntervalId) {
        return IntervalLib.pack(which.community(), which.start() + DURATION, DURATION);
    }

    /* SIGNATURES */

    function digestFor(string memory name, address contract_, bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256("1"),
                block.chainid,
                contract_
            )
        );
        return keccak256(abi.encodePacked("\x19\x01", domain, structHash));
    }

    function sign(uint256 secret, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, digest);
        return abi.encodePacked(r, s, v);
    }

    function deliveryDigest(bytes32 structHash) internal view returns (bytes32) {
        return digestFor("Commonwatt Delivery", address(deliveries), structHash);
    }

    function consumptionDigest(bytes32 structHash) internal view returns (bytes32) {
        return digestFor("Commonwatt Consumption", address(consumption), structHash);
    }

    function saleDigest(bytes32 structHash) internal view returns (bytes32) {
        return digestFor("Commonwatt Sale", address(sales), structHash);
    }

    /* S1: DELIVERY */

    function session() internal view returns (IDeliveryRecord.Session memory) {
        return IDeliveryRecord.Session(PV, BATTERY, interval);
    }

    function accountsHashOf(uint32[] memory accounts) internal pure returns (bytes32) {
        bytes memory words;
        for (uint256 i = 0; i < accounts.length; ++i) {
            words = bytes.concat(words, bytes32(uint256(accounts[i])));
        }
        return keccak256(words);
    }

    function deliveredDigest(
        IDeliveryRecord.Session memory which,
        uint32 round,
        uint32 delivered,
        uint32[] memory accounts
    ) internal view returns (bytes32) {
        bytes32 typeHash = keccak256(
            "Delivered(uint32 source,uint32 battery,uint96 interval,uint32 round,uint32 delivered,uint32[] accounts)"
        );
        bytes32 listed = accountsHashOf(accounts);
        return deliveryDigest(keccak256(abi.encode(typeHash, which, round, delivered, listed)));
    }

    function receivedDigest(IDeliveryRecord.Session memory which, uint32 round, uint32 received, uint32 usable)
        internal
        view
        returns (bytes32)
    {
        bytes32 typeHash = keccak256(
            "Received(uint32 source,uint32 battery,uint96 interval,uint32 round,uint32 received,uint32 usable)"
        );
        return deliveryDigest(keccak256(abi.encode(typeHash, which, round, received, usable)));
    }

    function validationDigest(
        IDeliveryRecord.Session memory which,
        uint32 round,
        uint32 delivered,
        uint32 received,
        uint32 usable,
        uint32[] memory accounts
    ) internal view returns (bytes32) {
        bytes32 typeHash = keccak256(
            "Validation(uint32 source,uint32 battery,uint96 interval,uint32 round,uint32 delivered,uint32 received,uint32 usable,uint32[] accounts)"
        );
        bytes32 listed = accountsHashOf(accounts);
        return deliveryDigest(keccak256(abi.encode(typeHash, which, round, delivered, received, usable, listed)));
    }

    function confirmDelivered(
        IDeliveryRecord.Session memory which,
        uint32 round,
        uint32 delivered,
        uint32[] memory accounts
    ) internal {
        bytes32 digest = deliveredDigest(which, round, delivered, accounts);
        deliveries.confirmDelivered(which, delivered, accounts, sign(secretOf(which.source), digest));
    }

    function confirmReceived(IDeliveryRecord.Session memory which, uint32 round, uint32 received, uint32 usable)
        internal
    {
        bytes32 digest = receivedDigest(which, round, received, usable);
        deliveries.confirmReceived(which, received, usable, sign(secretOf(which.battery), digest));
    }

    /// @dev A whole delivery in an interval that is over: everything arrives and is usable.
    function store(address holder, uint32 battery, uint32 amount) internal {
        uint32[] memory accounts = list(registry.accountOf(holder));
        IntervalId earlier = IntervalLib.pack(COMMUNITY, START - 7_200 - 900 * uint40(++stored), DURATION);
        IDeliveryRecord.Session memory which = IDeliveryRecord.Session(PV, battery, earlier);
        uint256 now_ = block.timestamp;
        if (now_ < earlier.end()) vm.warp(earlier.end());
        confirmDelivered(which, 0, amount, accounts);
        confirmReceived(which, 0, amount, amount);
        vm.prank(validator);
        deliveries.record(which, accounts, "");
        if (now_ < earlier.end()) vm.warp(now_);
    }

    uint256 private stored;

    function list(uint32 only) internal pure returns (uint32[] memory accounts) {
        accounts = new uint32[](1);
        accounts[0] = only;
    }

    function list(uint32 first, uint32 second, uint32 third) internal pure returns (uint32[] memory accounts) {
        accounts = new uint32[](3);
        (accounts[0], accounts[1], accounts[2]) = (first, second, third);
    }

    function nextSession() internal view returns (IDeliveryRecord.Session memory) {
        return IDeliveryRecord.Session(PV, BATTERY, following(interval));
    }

    /// @dev What a participant does once, so that the escrows may take what it hands in.
    function approveAll(address participant) internal {
        vm.startPrank(participant);
        claims.setApprovalForAll(address(consumption), true);
        claims.setApprovalForAll(address(sales), true);
        currency.approve(address(sales), type(uint256).max);
        vm.stopPrank();
    }

    /* WALLETS */

    function moveWallet(uint32 account, address wallet) internal {
        vm.prank(registrar);
        registry.proposeWallet(account, wallet);
        vm.prank(wallet);
        registry.acceptWallet(account);
    }

    /* S2: CONSUMPTION */

    function approvalSignature(uint256 request) internal view returns (bytes memory) {
        bytes32 typeHash = keccak256("Approval(uint256 request)");
        return sign(VALIDATOR_SECRET, consumptionDigest(keccak256(abi.encode(typeHash, request))));
    }

    function suppliedDigest(uint256 request, uint32 battery, uint32 supplied) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("Supplied(uint256 request,uint32 battery,uint32 supplied)");
        return consumptionDigest(keccak256(abi.encode(typeHash, request, battery, supplied)));
    }

    function supplyReceivedDigest(uint256 request, uint32 dwelling, uint32 received) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("Received(uint256 request,uint32 dwelling,uint32 received)");
        return consumptionDigest(keccak256(abi.encode(typeHash, request, dwelling, received)));
    }

    function supplyValidationDigest(uint256 request, uint32 supplied, uint32 received) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("Validation(uint256 request,uint32 supplied,uint32 received)");
        return consumptionDigest(keccak256(abi.encode(typeHash, request, supplied, received)));
    }

    function confirmSupplied(uint256 request, uint32 supplied) internal {
        consumption.confirmSupplied(
            request, supplied, sign(secretOf(BATTERY), suppliedDigest(request, BATTERY, supplied))
        );
    }

    function confirmSupplyReceived(uint256 request, uint32 received) internal {
        bytes32 digest = supplyReceivedDigest(request, DWELLING, received);
        consumption.confirmReceived(request, received, sign(secretOf(DWELLING), digest));
    }

    /* S3: SALE */

    function sentDigest(uint32 deal, uint32 battery, uint32 sent) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("Sent(uint32 deal,uint32 battery,uint32 sent)");
        return saleDigest(keccak256(abi.encode(typeHash, deal, battery, sent)));
    }

    function saleReceivedDigest(uint32 deal, uint32 battery, uint32 usable) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("Received(uint32 deal,uint32 battery,uint32 usable)");
        return saleDigest(keccak256(abi.encode(typeHash, deal, battery, usable)));
    }

    function saleValidationDigest(uint32 deal, uint32 sent, uint32 usable) internal view returns (bytes32) {
        bytes32 typeHash = keccak256("Validation(uint32 deal,uint32 sent,uint32 usable)");
        return saleDigest(keccak256(abi.encode(typeHash, deal, sent, usable)));
    }

    function confirmSent(uint32 deal, uint32 sent) internal {
        sales.confirmSent(deal, sent, sign(secretOf(BATTERY), sentDigest(deal, BATTERY, sent)));
    }

    function confirmSaleReceived(uint32 deal, uint32 usable) internal {
        bytes32 digest = saleReceivedDigest(deal, OTHER_BATTERY, usable);
        sales.confirmReceived(deal, usable, sign(secretOf(OTHER_BATTERY), digest));
    }

    function validateSale(uint32 deal) internal {
        vm.prank(validator);
        sales.settle(deal, "");
    }
}
