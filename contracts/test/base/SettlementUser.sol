// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "../../src/settlement/ISettlement.sol";
import {Random} from "./Random.sol";
import {Trader} from "./Trader.sol";
import {vm} from "./Vm.sol";

/// @notice A trader who also settles several intervals at once, corrects settlements, and lives under changing fees.
contract SettlementUser is Trader {
    uint256 private constant MOST_AT_ONCE = 4;

    /// @dev Every settled outcome as it holds, encoded: arrays of structures do not copy to storage.
    bytes[] private outcomes;

    function setUp() public override {
        super.setUp();
        registerUpTo(LAST + 1);
    }

    /* ACTIONS */

    /// @notice One interval as of `Trader`, remembered for corrections.
    function settleOne(uint256 seed) external {
        Outcome memory outcome = prepare(Random(seed));
        fund(outcome);
        settleAs(outcome, outcome.gridPayment);
        remember(outcome);
    }

    /// @notice One to four intervals of one community at once; deposits cover the sums, and no more.
    function settleSeveral(uint256 seed) external {
        Random memory random = Random(seed);
        bool inPairs = random.oneIn(2);
        Outcome[] memory together = new Outcome[](1 + random.upTo(MOST_AT_ONCE - 1));
        ISettlement.Statement[] memory statements = new ISettlement.Statement[](together.length);
        int256[] memory net = new int256[](LAST + 2);
        for (uint256 i = 0; i < together.length; ++i) {
            together[i] = prepareIn(inPairs, random);
            statements[i] = statementOf(together[i]);
            addTo(net, together[i], 1);
        }
        fundNet(net);
        vm.prank(operator);
        settlement.settleSeveral(statements);
        for (uint256 i = 0; i < together.length; ++i) {
            remember(together[i]);
        }
    }

    /// @notice Other meters for a settled interval; deposits cover the differences, and no more.
    function correct(uint256 seed) external {
        Random memory random = Random(seed);
        uint256 which = random.upTo(outcomes.length - 1);
        Outcome memory former = abi.decode(outcomes[which], (Outcome));
        Outcome memory outcome = abi.decode(outcomes[which], (Outcome));
        drawMeters(outcome.rows, random);
        outcome.gridPayment = value(outcome);
        bytes memory formerPositions = packPositions(former.rows);
        if (keccak256(packPositions(outcome.rows)) == keccak256(formerPositions)) return;
        int256[] memory net = new int256[](LAST + 2);
        addTo(net, former, -1);
        addTo(net, outcome, 1);
        fundNet(net);
        attestAnew(outcome);
        vm.prank(operator);
        settlement.correct(statementOf(outcome), formerPositions);
        exportedAndSettled = exportedAndSettled + exportedIn(outcome) - exportedIn(former);
        outcomes[which] = abi.encode(outcome);
    }

    /// @notice A new fee for one of the communities; a day passes until it holds.
    function announceFee(uint256 seed) external {
        Random memory random = Random(seed);
        uint40 validFrom = uint40(block.timestamp) + settlement.FEE_NOTICE_SECONDS() + GATE_LEAD;
        uint32 receiver = GRID + uint32(random.upTo(LAST));
        settlement.setFee(
            random.oneIn(2) ? COMMUNITY : PAIRING, receiver, uint16(random.upTo(settlement.MAX_FEE())), validFrom
        );
        intervals = uint64((validFrom - START) / DURATION + 1);
    }

    /* SUMS */

    function certificateDebts() external view returns (uint256) {
        return settlement.certificateDebts();
    }

    function certificateDebtOfAll() external view returns (uint256 sum) {
        for (uint32 account = FIRST; account <= LAST; ++account) {
            sum += settlement.certificateDebt(account);
        }
    }

    /// @notice Intervals whose record is not that of the outcome that holds.
    function wrongRecords() external view returns (uint256 wrong) {
        for (uint256 i = 0; i < outcomes.length; ++i) {
            Outcome memory outcome = abi.decode(outcomes[i], (Outcome));
            (, bytes32 positionsHash,, int256 gridPayment, uint256 fee,) = settlement.record(outcome.interval);
            bool isRight = positionsHash == keccak256(packPositions(outcome.rows)) && gridPayment == outcome.gridPayment
                && fee == feeIn(outcome);
            if (!isRight) ++wrong;
        }
    }

    /* HELPERS */

    function remember(Outcome memory outcome) private {
        exportedAndSettled += exportedIn(outcome);
        outcomes.push(abi.encode(outcome));
    }

    function statementOf(Outcome memory outcome) private pure returns (ISettlement.Statement memory) {
        return ISettlement.Statement(
            outcome.interval, outcome.priceHash, packPositions(outcome.rows), outcome.allocation, outcome.gridPayment
        );
    }

    /// @dev Adds what an outcome comes to, by account; the fee's account and the grid's included.
    function addTo(int256[] memory net, Outcome memory outcome, int256 sign) private view {
        for (uint32 i = 0; i < outcome.rows.length; ++i) {
            net[FIRST + i] += sign * outcome.rows[i].payment;
        }
        (uint32 receiver,) = settlement.feeAt(outcome.interval.community(), outcome.interval.start());
        net[receiver] -= sign * int256(feeIn(outcome));
        net[GRID] -= sign * outcome.gridPayment;
    }

    function fundNet(int256[] memory net) private {
        fundWallet(gridWallet, net[GRID]);
        for (uint32 account = FIRST; account <= LAST + 1; ++account) {
            fundWallet(walletOf(account), net[account]);
        }
    }

    /// @dev What the gateways attest from now on. How they correct their statements is Metering's own matter.
    function attestAnew(Outcome memory outcome) private {
        uint64 imported = 0;
        for (uint256 i = 0; i < outcome.rows.length; ++i) {
            imported += outcome.rows[i].imported;
        }
        vm.mockCall(
            address(metering),
            abi.encodeCall(metering.totals, (outcome.interval)),
            abi.encode(imported, uint64(exportedIn(outcome)), uint32(20), uint16(1), true)
        );
    }

    function feeIn(Outcome memory outcome) private pure returns (uint256 fee) {
        for (uint256 i = 0; i < outcome.rows.length; ++i) {
            fee += uint256(outcome.rows[i].bought) * outcome.feeRate;
        }
    }

    function exportedIn(Outcome memory outcome) private pure returns (uint256 exported) {
        for (uint256 i = 0; i < outcome.rows.length; ++i) {
            exported += outcome.rows[i].exported;
        }
    }
}
