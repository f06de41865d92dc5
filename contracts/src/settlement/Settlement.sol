// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {EmergencyPause} from "../governance/EmergencyPause.sol";
import {IDisputes} from "../disputes/IDisputes.sol";
import {IntervalId} from "../interval/IntervalLib.sol";
import {IMarket} from "../market/IMarket.sol";
import {IMetering} from "../metering/IMetering.sol";
import {IRegistry} from "../registry/IRegistry.sol";
import {ICurrencyToken} from "../tokens/ICurrencyToken.sol";
import {IEnergyToken} from "../tokens/IEnergyToken.sol";
import {AllocatedTradesLib} from "./AllocatedTradesLib.sol";
import {CertificateDebtLib} from "./CertificateDebtLib.sol";
import {Fee, FeeScheduleLib} from "./FeeScheduleLib.sol";
import {ISettlement} from "./ISettlement.sol";
import {Net, NettingLib} from "./NettingLib.sol";
import {PositionLib} from "./PositionLib.sol";
import {Sums, Terms, ValuationLib} from "./ValuationLib.sol";

/// @title Settlement
/// @notice See `ISettlement`.
contract Settlement is ISettlement, EmergencyPause {
    using CertificateDebtLib for CertificateDebtLib.Debts;
    using FeeScheduleLib for Fee[];
    using NettingLib for Net;

    /// @notice May settle intervals, and correct settlements.
    bytes32 public constant OPERATOR_ROLE = keccak256("OPERATOR_ROLE");

    /// @notice Largest fee, mct/kWh.
    uint16 public constant MAX_FEE = 10_000;

    /// @notice Seconds that lie at least between a fee's announcement and the gate of the first interval it holds for.
    uint40 public constant FEE_NOTICE_SECONDS = 1 days;

    /// @notice Seconds from an interval's end within which its settlement can be corrected.
    uint40 public constant CORRECTION_SECONDS = 90 days;

    /// @dev Two slots; the price hash is the market's. A settled interval has a positions hash, if only that of none.
    struct Record {
        bytes32 positionsHash;
        uint32 participants;
        uint16 corrections;
        uint96 fee;
        int112 gridPayment;
    }

    IRegistry private immutable _registry;
    IMarket private immutable _market;
    IMetering private immutable _metering;
    ICurrencyToken private immutable _currency;
    IEnergyToken private immutable _energy;
    IDisputes private immutable _disputes;

    mapping(IntervalId interval => Record) private _records;

    mapping(uint32 community => Fee[]) private _fees;

    CertificateDebtLib.Debts private _debts;

    /// @param admin Receives the admin role, which grants every other.
    constructor(
        address admin,
        IRegistry registry,
        IMarket market,
        IMetering metering,
        ICurrencyToken currency,
        IEnergyToken energy,
        IDisputes disputes
    ) EmergencyPause(admin) {
        _registry = registry;
        _market = market;
        _metering = metering;
        _currency = currency;
        _energy = energy;
        _disputes = disputes;
    }

    /* SETTLING */

    /// @inheritdoc ISettlement
    function settle(IntervalId interval, bytes32 priceHash, bytes calldata positions, int256 gridPayment)
        external
        onlyRole(OPERATOR_ROLE)
        whenNotPaused
    {
        Terms memory terms = _requireSettleable(interval, priceHash, positions.length);
        int256[] memory trades = _tradesAtPrice(interval, terms);
        Net memory net;
        _move(_settle(net, interval, terms, positions, trades, gridPayment), terms.gridAccount);
    }

    /// @inheritdoc ISettlement
    function settleAllocated(
        IntervalId interval,
        bytes32 priceHash,
        bytes calldata positions,
        bytes calldata allocation,
        int256 gridPayment
    ) external onlyRole(OPERATOR_ROLE) whenNotPaused {
        Terms memory terms = _requireSettleable(interval, priceHash, positions.length);
        int256[] memory trades = _tradesOf(interval, allocation, positions);
        Net memory net;
        _move(_settle(net, interval, terms, positions, trades, gridPayment), terms.gridAccount);
    }

    /// @inheritdoc ISettlement
    function settleSeveral(Statement[] calldata statements) external onlyRole(OPERATOR_ROLE) whenNotPaused {
        if (statements.length == 0) revert StatementsMissing();
        uint32 community = statements[0].interval.community();
        uint32 gridAccount = 0;
        Net memory net;
        for (uint256 i = 0; i < statements.length; ++i) {
            Statement calldata statement = statements[i];
            IntervalId interval = statement.interval;
            if (interval.community() != community) revert CommunitiesDiffer(community, interval.community());
            Terms memory terms = _requireSettleable(interval, statement.priceHash, statement.positions.length);
            int256[] memory trades = _trades(statement, statement.positions, terms);
            net = _settle(net, interval, terms, statement.positions, trades, statement.gridPayment);
            gridAccount = terms.gridAccount;
        }
        _move(net, gridAccount);
    }

    /* CORRECTING */

    /// @inheritdoc ISettlement
    function correct(Statement calldata statement, bytes calldata formerPositions)
        external
        onlyRole(OPERATOR_ROLE)
        whenNotPaused
    {
        IntervalId interval = statement.interval;
        bytes calldata positions = statement.positions;
        Terms memory terms = _requireCorrectable(interval, statement.priceHash, positions, formerPositions);
        Net memory net;
        Sums memory sums;
        (net, sums) = _add(net, formerPositions, _trades(statement, formerPositions, terms), terms, -1);
        (net, sums) = _add(net, positions, _trades(statement, positions, terms), terms, 1);
        _requireBalanced(sums, terms.volume, statement.gridPayment);
        (uint64 imported, uint64 exported,,,) = _metering.totals(interval);
        _requireMetered(sums, imported, exported);
        _recordCorrection(interval, positions, statement.gridPayment, sums.fee);
        _moveDifferences(net, terms.gridAccount);
    }

    /* FEES */

    /// @inheritdoc ISettlement
    function setFee(uint32 community, uint32 account, uint16 rate, uint40 validFrom)
        external
        onlyRole(DEFAULT_ADMIN_ROLE)
    {
        (uint24 duration, uint32 gateLead,) = _market.community(community);
        if (duration == 0) revert IMarket.UnknownCommunity(community);
        if (rate > MAX_FEE) revert FeeTooHigh(rate, MAX_FEE);
        uint256 earliest = block.timestamp + FEE_NOTICE_SECONDS + gateLead;
        if (validFrom < earliest) revert FeeTooSoon(validFrom, earliest);
        // Without its account no interval with this fee could be settled.
        if (rate != 0) _walletOf(account);
        _fees[community].announce(Fee(validFrom, account, rate));
        emit FeeSet(community, account, rate, validFrom);
    }

    /* VIEWS */

    /// @inheritdoc ISettlement
    function record(IntervalId interval)
        external
        view
        returns (
            bytes32 priceHash,
            bytes32 positionsHash,
            uint32 participants,
            int256 gridPayment,
            uint256 fee,
            uint16 corrections
        )
    {
        Record storage entry = _records[interval];
        if (entry.positionsHash != 0) (,,,,, priceHash) = _market.priceRecord(interval);
        return (priceHash, entry.positionsHash, entry.participants, entry.gridPayment, entry.fee, entry.corrections);
    }

    /// @inheritdoc ISettlement
    function feeAt(uint32 community, uint40 start) external view returns (uint32 account, uint16 rate) {
        Fee memory fee = _fees[community].at(start);
        return (fee.account, fee.rate);
    }

    /// @inheritdoc ISettlement
    function certificateDebt(uint32 account) external view returns (uint256) {
        return _debts.owed[account];
    }

    /// @inheritdoc ISettlement
    function certificateDebts() external view returns (uint256) {
        return _debts.total;
    }

    /* WHAT A STATEMENT RESTS ON */

    /// @dev What an interval is valued by; reverts where it cannot be settled on that price, or is already.
    function _requireSettleable(IntervalId interval, bytes32 priceHash, uint256 length)
        private
        view
        returns (Terms memory)
    {
        if (_records[interval].positionsHash != 0) revert AlreadySettled(interval);
        return _termsOf(interval, priceHash, length);
    }

    /// @dev What a settled interval is valued by; reverts where there is nothing to correct, or no more time for it.
    function _requireCorrectable(
        IntervalId interval,
        bytes32 priceHash,
        bytes calldata positions,
        bytes calldata formerPositions
    ) private view returns (Terms memory) {
        bytes32 expected = _records[interval].positionsHash;
        if (expected == 0) revert NotSettled(interval);
        uint256 until = interval.end() + CORRECTION_SECONDS;
        if (block.timestamp >= until) revert CorrectionTooLate(interval, until);
        bytes32 former = keccak256(formerPositions);
        if (former != expected) revert FormerPositionsMismatch(expected, former);
        if (keccak256(positions) == former) revert PositionsUnchanged(interval);
        return _termsOf(interval, priceHash, positions.length);
    }

    /// @dev What an interval is valued by, settled or not; reverts where it is disputed or may still be. Where its trades
    /// are annulled, the volume is 0, so that no position can have any.
    function _termsOf(IntervalId interval, bytes32 priceHash, uint256 length)
        private
        view
        returns (Terms memory terms)
    {
        if (length % PositionLib.PACKED_BYTES != 0) revert InvalidPositions(length);
        IMarket.ClearingStatus status;
        (status, terms.price, terms.feedIn, terms.retail, terms.volume, terms.priceHash) = _market.priceRecord(interval);
        if (status == IMarket.ClearingStatus.Open) revert NotCleared(interval);
        if (terms.priceHash != priceHash) revert PriceHashMismatch(terms.priceHash, priceHash);
        if (_disputes.requireSettleable(interval)) terms.volume = 0;
        (,, terms.gridAccount) = _market.community(interval.community());
        Fee memory fee = _fees[interval.community()].at(interval.start());
        (terms.feeAccount, terms.feeRate) = (fee.account, fee.rate);
    }

    /// @dev What each position pays for its trades; empty where they are all at the price.
    function _trades(Statement calldata statement, bytes calldata positions, Terms memory terms)
        private
        view
        returns (int256[] memory)
    {
        if (statement.allocation.length == 0) return _tradesAtPrice(statement.interval, terms);
        return _tradesOf(statement.interval, statement.allocation, positions);
    }

    /// @dev What was allocated does not matter where it is annulled.
    function _tradesAtPrice(IntervalId interval, Terms memory terms) private view returns (int256[] memory none) {
        if (terms.volume != 0 && _market.allocationHash(interval) != 0) revert AllocationMissing(interval);
    }

    function _tradesOf(IntervalId interval, bytes calldata allocation, bytes calldata positions)
        private
        view
        returns (int256[] memory)
    {
        bytes32 expected = _market.allocationHash(interval);
        bytes32 got = keccak256(allocation);
        if (got != expected) revert AllocationHashMismatch(expected, got);
        return AllocatedTradesLib.payments(allocation, positions);
    }

    /* WHAT IT COMES TO */

    /// @dev Checks and records an interval, and adds what it comes to to `net`.
    function _settle(
        Net memory net,
        IntervalId interval,
        Terms memory terms,
        bytes calldata positions,
        int256[] memory trades,
        int256 gridPayment
    ) private returns (Net memory) {
        Sums memory sums;
        (net, sums) = _add(net, positions, trades, terms, 1);
        _requireBalanced(sums, terms.volume, gridPayment);
        // Recorded before other contracts change, and undone with everything else where the meters disagree.
        _record(interval, terms.priceHash, positions, gridPayment, sums.fee);
        (uint64 imported, uint64 exported,) = _metering.closeInterval(interval);
        _requireMetered(sums, imported, exported);
        return net;
    }

    /// @dev Adds what positions come to, the fee's account included; `trades` as of `_trades`, `sign` 1 or -1.
    function _add(Net memory net, bytes calldata positions, int256[] memory trades, Terms memory terms, int256 sign)
        private
        pure
        returns (Net memory wider, Sums memory sums)
    {
        // What the grid's account receives, it receives as the rest.
        bool isApart = terms.feeRate != 0 && terms.feeAccount != terms.gridAccount;
        wider = ValuationLib.makeRoom(net, positions, terms.gridAccount, isApart ? terms.feeAccount : 0);
        sums = ValuationLib.add(wider, positions, trades, terms, sign);
        if (isApart) wider.payments[wider.find(terms.feeAccount, 0)] -= sign * int256(sums.fee);
    }

    function _requireBalanced(Sums memory sums, uint64 volume, int256 gridPayment) private pure {
        if (sums.bought != volume || sums.sold != volume) {
            revert TradedEnergyUnbalanced(volume, sums.bought, sums.sold);
        }
        if (sums.certificates != sums.delivered) {
            revert CertificatesUnbalanced(uint64(sums.delivered), sums.certificates);
        }
        int256 expected = sums.payments - int256(sums.fee);
        if (expected != gridPayment) revert MoneyUnbalanced(expected, gridPayment);
    }

    function _requireMetered(Sums memory sums, uint64 imported, uint64 exported) private pure {
        if (sums.imported != imported || sums.exported != exported) {
            revert MeteredTotalsMismatch(imported, sums.imported, exported, sums.exported);
        }
    }

    /* RECORDS */

    function _record(IntervalId interval, bytes32 priceHash, bytes calldata positions, int256 gridPayment, uint256 fee)
        private
    {
        bytes32 positionsHash = keccak256(positions);
        uint32 participants = _store(interval, positionsHash, positions.length, 0, gridPayment, fee);
        emit IntervalSettled(interval, priceHash, positionsHash, participants, gridPayment, fee);
    }

    function _recordCorrection(IntervalId interval, bytes calldata positions, int256 gridPayment, uint256 fee) private {
        bytes32 former = _records[interval].positionsHash;
        uint16 correction = _records[interval].corrections + 1;
        bytes32 positionsHash = keccak256(positions);
        uint32 participants = _store(interval, positionsHash, positions.length, correction, gridPayment, fee);
        emit SettlementCorrected(interval, correction, former, positionsHash, participants, gridPayment, fee);
    }

    function _store(
        IntervalId interval,
        bytes32 positionsHash,
        uint256 length,
        uint16 corrections,
        int256 gridPayment,
        uint256 fee
    ) private returns (uint32 participants) {
        participants = uint32(length / PositionLib.PACKED_BYTES);
        // A fee is below 2^80: less than 2^64 Wh bought at less than 2^16 mct/kWh.
        _records[interval] =
            Record(positionsHash, participants, corrections, uint96(fee), SafeCast.toInt112(gridPayment));
    }

    /* TOKENS */

    /// @dev Moves what settlements come to; nothing is taken back.
    function _move(Net memory net, uint32 gridAccount) private {
        address[] memory wallets = _pay(net, gridAccount);
        if (net.movesEnergy()) _issue(net.accounts, wallets, net.issued());
    }

    /// @dev Moves what a correction changes.
    function _moveDifferences(Net memory net, uint32 gridAccount) private {
        address[] memory wallets = _pay(net, gridAccount);
        if (!net.movesEnergy()) return;
        (uint256[] memory issued, uint256[] memory taken) = net.split();
        _issue(net.accounts, wallets, issued);
        // What is missing is known only when the holders' certificates are gone; the token calls nobody.
        _debts.owe(net.accounts, _energy.revoke(wallets, taken));
    }

    /// @dev Moves the money; the grid's account receives what all others pay together.
    function _pay(Net memory net, uint32 gridAccount) private returns (address[] memory wallets) {
        wallets = _registry.walletsOf(net.accounts);
        _currency.settle(wallets, net.payments, _walletOf(gridAccount));
    }

    function _issue(uint32[] memory accounts, address[] memory wallets, uint256[] memory amounts) private {
        _debts.withhold(accounts, amounts);
        _energy.issue(wallets, amounts);
    }

    /// @dev Reverts where the account is unknown.
    function _walletOf(uint32 account) private view returns (address) {
        uint32[] memory accounts = new uint32[](1);
        accounts[0] = account;
        return _registry.walletsOf(accounts)[0];
    }
}
