// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Disputes} from "../../src/disputes/Disputes.sol";
import {IntervalId, IntervalLib} from "../../src/interval/IntervalLib.sol";
import {Market} from "../../src/market/Market.sol";
import {IMetering} from "../../src/metering/IMetering.sol";
import {Metering} from "../../src/metering/Metering.sol";
import {IOrderEntry} from "../../src/orders/IOrderEntry.sol";
import {OrderEntry} from "../../src/orders/OrderEntry.sol";
import {Agents} from "../../src/registry/Agents.sol";
import {Registry} from "../../src/registry/Registry.sol";
import {Settlement} from "../../src/settlement/Settlement.sol";
import {CurrencyToken} from "../../src/tokens/CurrencyToken.sol";
import {EnergyToken} from "../../src/tokens/EnergyToken.sol";
import {Books, TestOrder} from "./Books.sol";
import {vm} from "./Vm.sol";

/// @notice A community on a fresh chain, and the steps of an interval's life as one-line functions.
abstract contract CommunityTest {
    // 2025-04-01T12:00:00Z
    uint40 internal constant START = 1_743_508_800;
    uint24 internal constant DURATION = 900;
    uint32 internal constant GATE_LEAD = 3600;
    uint256 internal constant GATE = START - GATE_LEAD;
    uint256 internal constant END = START + DURATION;
    uint32 internal constant COMMUNITY = 1;
    uint32 internal constant GRID = 1;
    uint256 internal constant GATEWAY_SECRET = 0xA11CE;

    bytes32 internal constant UNIFORM_PRICE = keccak256("uniform-price");
    bytes32 internal constant MID_MARKET_RATE = keccak256("mid-market-rate");
    bytes32 internal constant SUPPLY_DEMAND_RATIO = keccak256("supply-demand-ratio");
    bytes32 internal constant BILL_SHARING = keccak256("bill-sharing");
    bytes32 internal constant PAY_AS_BID = keccak256("pay-as-bid");

    bytes32 internal constant ADMIN_ROLE = 0;
    bytes4 internal constant UNAUTHORIZED = bytes4(keccak256("AccessControlUnauthorizedAccount(address,bytes32)"));

    address internal immutable registrar = vm.addr(11);
    address internal immutable operator = vm.addr(12);
    address internal immutable tariffOracle = vm.addr(13);
    address internal immutable minter = vm.addr(14);
    address internal immutable stranger = vm.addr(15);
    address internal immutable gridWallet = vm.addr(16);

    Registry internal registry;
    Agents internal agents;
    Market internal market;
    OrderEntry internal orderEntry;
    Metering internal metering;
    CurrencyToken internal currency;
    EnergyToken internal energy;
    Settlement internal settlement;
    Disputes internal disputes;

    IntervalId internal interval = IntervalLib.pack(COMMUNITY, START, DURATION);

    /// @dev What the book of each interval was committed as.
    mapping(IntervalId => bytes[]) internal batchesOf;
    mapping(IntervalId => bytes32[]) internal digestsOf;

    /// @dev How many there were; each has a document of its own.
    uint256 private deposits;

    function setUp() public virtual {
        vm.warp(GATE - 86_400);
        registry = new Registry(address(this));
        agents = new Agents(registry);
        market = new Market(address(this), registry);
        orderEntry = new OrderEntry(registry, market, agents);
        metering = new Metering(address(this), registry);
        currency = new CurrencyToken(address(this));
        energy = new EnergyToken(address(this));
        disputes = new Disputes(address(this), registry, market, agents, orderEntry);
        settlement = new Settlement(address(this), registry, market, metering, currency, energy, disputes);
        registry.grantRole(registry.REGISTRAR_ROLE(), registrar);
        market.grantRole(market.OPERATOR_ROLE(), operator);
        market.grantRole(market.TARIFF_ROLE(), tariffOracle);
        market.grantRole(market.ENTRY_ROLE(), address(orderEntry));
        settlement.grantRole(settlement.OPERATOR_ROLE(), operator);
        currency.grantRole(currency.MINTER_ROLE(), minter);
        currency.grantRole(currency.SETTLEMENT_ROLE(), address(settlement));
        energy.grantRole(energy.SETTLEMENT_ROLE(), address(settlement));
        metering.grantRole(metering.SETTLEMENT_ROLE(), address(settlement));

        vm.prank(registrar);
        registry.registerParticipant(gridWallet, 0, 3);
        market.createCommunity(COMMUNITY, DURATION, GATE_LEAD, GRID, UNIFORM_PRICE, 500);
    }

    /// @dev Another community's interval at the same time, under another mechanism.
    function otherCommunity(uint32 number, bytes32 mechanism, uint16 k) internal returns (IntervalId) {
        market.createCommunity(number, DURATION, GATE_LEAD, GRID, mechanism, k);
        return IntervalLib.pack(number, START, DURATION);
    }

    /* REGISTRATION */

    /// @dev The wallet of an account; the grid's is account 1.
    function walletOf(uint32 account) internal pure returns (address) {
        return vm.addr(1000 + account);
    }

    /// @dev Registers prosumers up to account `last`.
    function registerUpTo(uint32 last) internal {
        vm.startPrank(registrar);
        for (uint32 account = registry.participantCount() + 1; account <= last; ++account) {
            registry.registerParticipant(walletOf(account), keccak256(abi.encode("credential", account)), 1);
        }
        vm.stopPrank();
    }

    /// @dev Registers a gateway that is valid for a year, with one device of account `owner`.
    function registerGateway(uint256 secret, uint32 owner) internal returns (uint32 gateway) {
        vm.startPrank(registrar);
        gateway = registry.registerGateway(vm.addr(secret), keccak256(abi.encode(secret)), START - 1e7, START + 2e7);
        registry.registerDevice(COMMUNITY, owner, gateway, keccak256("meter"), 0);
        vm.stopPrank();
    }

    /* MARKET */

    function postTariff(int32 feedIn, int32 retail) internal {
        postTariff(interval, feedIn, retail);
    }

    function postTariff(IntervalId which, int32 feedIn, int32 retail) internal {
        vm.prank(tariffOracle);
        market.postTariffs(which.community(), which.start(), abi.encodePacked(feedIn, retail));
    }

    /// @dev Commits a batch and remembers it for clearing.
    function commit(TestOrder[] memory orders) internal {
        commit(interval, Books.pack(orders));
    }

    function commit(IntervalId which, bytes memory packed) internal {
        bytes32 digestsHash = keccak256(abi.encode("digests", which, batchesOf[which].length));
        batchesOf[which].push(packed);
        digestsOf[which].push(digestsHash);
        bytes32 batchCommitment = keccak256(bytes.concat(keccak256(packed), digestsHash));
        vm.prank(operator);
        market.commitOrders(which, batchCommitment, uint32(packed.length / 12));
    }

    /// @dev An account's own order in `interval`.
    function orderOf(uint32 account, uint8 side, uint32 quantity, int32 price, uint128 salt)
        internal
        view
        returns (IOrderEntry.Order memory)
    {
        return IOrderEntry.Order(interval, account, side, quantity, price, salt);
    }

    /// @dev Puts an account's own order into the book of `interval`.
    function submit(uint32 account, uint8 side, uint32 quantity, int32 price, uint128 salt) internal {
        vm.prank(walletOf(account));
        orderEntry.submitOrder(orderOf(account, side, quantity, price, salt));
    }

    function clear(int32 price, uint64 volume) internal {
        clear(interval, price, volume);
    }

    function clear(IntervalId which, int32 price, uint64 volume) internal {
        market.clear(which, batchesOf[which], digestsOf[which], price, volume);
    }

    /* METERING */

    function attestation(IntervalId which, uint32 gateway, uint64 sequence, uint64 imported, uint64 exported)
        internal
        pure
        returns (IMetering.Attestation memory)
    {
        return IMetering.Attestation(
            which, gateway, sequence, keccak256(abi.encode("root", which)), 20, imported, exported
        );
    }

    /// @dev Written from EIP-712, not from the contract.
    function digestOf(IMetering.Attestation memory statement) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Commonwatt Metering"),
                keccak256("1"),
                block.chainid,
                address(metering)
            )
        );
        bytes32 typeHash = keccak256(
            "Attestation(uint96 interval,uint32 gateway,uint64 sequence,bytes32 root,uint32 count,uint64 imported,uint64 exported)"
        );
        return keccak256(abi.encodePacked("\x19\x01", domain, keccak256(abi.encode(typeHash, statement))));
    }

    function signature(uint256 secret, IMetering.Attestation memory statement) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, digestOf(statement));
        return abi.encodePacked(r, s, v);
    }

    /// @dev Relays one statement.
    function attest(uint256 secret, IMetering.Attestation memory statement) internal {
        (IMetering.Attestation[] memory statements, bytes memory signatures) = relay(secret, statement);
        metering.attest(statements, signatures);
    }

    /// @dev What a relay of one statement sends.
    function relay(uint256 secret, IMetering.Attestation memory statement)
        internal
        view
        returns (IMetering.Attestation[] memory statements, bytes memory signatures)
    {
        statements = new IMetering.Attestation[](1);
        statements[0] = statement;
        signatures = signature(secret, statement);
    }

    /* MONEY */

    function deposit(address wallet, uint256 amount) internal {
        vm.prank(minter);
        currency.mint(wallet, amount, keccak256(abi.encode("deposit", ++deposits)));
    }

    /* EXPECTATIONS */

    function expectUnauthorized(address caller, bytes32 role) internal {
        vm.expectRevert(abi.encodeWithSelector(UNAUTHORIZED, caller, role));
    }

    /// @dev The next call emits exactly the event emitted after this.
    function expectEvent(address emitter) internal {
        vm.expectEmit(true, true, true, true, emitter);
    }
}
