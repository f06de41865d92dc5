// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IMarket} from "../market/IMarket.sol";
import {IRegistry} from "../registry/IRegistry.sol";
import {DeliveryProcess} from "./DeliveryProcess.sol";
import {DeliveryStatementLib} from "./DeliveryStatementLib.sol";
import {IDeliveryRecord} from "./IDeliveryRecord.sol";
import {IStoredEnergyToken} from "./IStoredEnergyToken.sol";
import {ShareLib} from "./ShareLib.sol";

/// @title DeliveryRecord
/// @notice See `IDeliveryRecord`.
contract DeliveryRecord is IDeliveryRecord, DeliveryProcess {
    /// @notice Accounts that a source can name.
    uint256 public constant ACCOUNT_LIMIT = 100;

    IMarket private immutable _market;
    IStoredEnergyToken private immutable _claims;

    mapping(bytes32 delivery => Delivery) private _deliveries;

    /// @param admin Receives the admin role, which grants every other.
    /// @param registry Where devices and gateways are registered.
    /// @param market Which knows the communities' intervals.
    /// @param claims Issues claims; this contract needs its issuer's role.
    constructor(address admin, IRegistry registry, IMarket market, IStoredEnergyToken claims)
        DeliveryProcess(admin, registry)
        EIP712("Commonwatt Delivery", "1")
    {
        _market = market;
        _claims = claims;
    }

    /// @inheritdoc IDeliveryRecord
    function confirmDelivered(
        Session calldata session,
        uint32 delivered,
        uint32[] calldata accounts,
        bytes calldata signature
    ) external {
        bytes32 id = deliveryId(session);
        Delivery storage entry = _open(id, session);
        if (entry.sourceConfirmed) revert AlreadyConfirmed(session.source);
        _requireAccounts(accounts);
        bytes32 accountsHash = DeliveryStatementLib.accountsHash(accounts);
        bytes32 statement = DeliveryStatementLib.delivered(session, entry.round, delivered, accountsHash);
        _requireSpoken(session.source, session, statement, signature);

        entry.delivered = delivered;
        entry.sourceConfirmed = true;
        entry.accountsHash = accountsHash;
        emit DeliveryConfirmed(id, session.source, session.battery, session.interval, entry.round, delivered, accounts);
    }

    /// @inheritdoc IDeliveryRecord
    function confirmReceived(Session calldata session, uint32 received, uint32 usable, bytes calldata signature)
        external
    {
        bytes32 id = deliveryId(session);
        Delivery storage entry = _open(id, session);
        if (entry.batteryConfirmed) revert AlreadyConfirmed(session.battery);
        bytes32 statement = DeliveryStatementLib.received(session, entry.round, received, usable);
        _requireSpoken(session.battery, session, statement, signature);

        entry.received = received;
        entry.usable = usable;
        entry.batteryConfirmed = true;
        emit ReceptionConfirmed(id, session.source, session.battery, session.interval, entry.round, received, usable);
    }

    /// @inheritdoc IDeliveryRecord
    function record(Session calldata session, uint32[] calldata accounts, bytes calldata signature)
        external
        whenNotPaused
    {
        bytes32 id = deliveryId(session);
        Delivery memory said = _deliveries[id];
        _requireMatch(id, said, accounts);
        bytes32 process = _hashTypedDataV4(DeliveryStatementLib.validation(session, said));
        address validator = _requireValidator(process, signature);

        _deliveries[id].recorded = true;
        _emitRecorded(id, session, said, accounts, validator, process);
        _mint(session.battery, said.usable, accounts, process);
    }

    /// @inheritdoc IDeliveryRecord
    function reject(Session calldata session) external onlyRole(VALIDATOR_ROLE) {
        bytes32 id = deliveryId(session);
        Delivery storage entry = _deliveries[id];
        if (entry.recorded) revert AlreadyRecorded(id);
        if (!entry.sourceConfirmed && !entry.batteryConfirmed) revert NothingConfirmed(id);
        uint32 round = entry.round;
        delete _deliveries[id];
        entry.round = round + 1;
        emit DeliveryRejected(id, round, msg.sender);
    }

    /* VIEWS */

    /// @inheritdoc IDeliveryRecord
    function deliveryId(Session calldata session) public pure returns (bytes32) {
        return keccak256(abi.encode(session.source, session.battery, session.interval));
    }

    /// @inheritdoc IDeliveryRecord
    function delivery(bytes32 delivery_) external view returns (Delivery memory) {
        return _deliveries[delivery_];
    }

    /* INTERNAL */

    /// @dev The entry of a session about which statements can be made now.
    function _open(bytes32 id, Session calldata session) private view returns (Delivery storage entry) {
        entry = _deliveries[id];
        if (entry.recorded) revert AlreadyRecorded(id);
        if (session.source == session.battery) revert SameDevice(session.source);
        uint32 community = session.interval.community();
        (uint24 duration,,) = _market.community(community);
        if (duration == 0 || session.interval.duration() != duration || !session.interval.isAligned()) {
            revert InvalidInterval(session.interval);
        }
        uint256 end = session.interval.end();
        if (block.timestamp < end) revert IntervalNotOver(end, block.timestamp);
        _requireCommunity(session.source, community);
        _requireCommunity(session.battery, community);
    }

    /// @dev Whether a device's gateway signed, with a key valid from the first second of the interval to the last.
    function _requireSpoken(uint32 device, Session calldata session, bytes32 statement, bytes calldata signature)
        private
        view
    {
        uint40 start = session.interval.start();
        _requireGateway(device, start, session.interval.end(), _hashTypedDataV4(statement), signature);
    }

    function _requireAccounts(uint32[] calldata accounts) private view {
        if (accounts.length == 0 || accounts.length > ACCOUNT_LIMIT) {
            revert InvalidAccountCount(accounts.length, ACCOUNT_LIMIT);
        }
        for (uint256 i = 1; i < accounts.length; ++i) {
            if (accounts[i] <= accounts[i - 1]) revert AccountsNotAscending(i);
        }
        // Unknown accounts are refused here, before anything rests on them.
        _walletsOf(accounts);
    }

    function _requireMatch(bytes32 id, Delivery memory said, uint32[] calldata accounts) private pure {
        if (said.recorded) revert AlreadyRecorded(id);
        if (!said.sourceConfirmed || !said.batteryConfirmed) revert NotConfirmed();
        bytes32 accountsHash = DeliveryStatementLib.accountsHash(accounts);
        if (accountsHash != said.accountsHash) revert AccountsMismatch(said.accountsHash, accountsHash);
        if (said.usable > said.received || said.received > said.delivered) {
            revert DeliveryMismatch(said.delivered, said.received, said.usable);
        }
    }

    function _emitRecorded(
        bytes32 id,
        Session calldata session,
        Delivery memory said,
        uint32[] calldata accounts,
        address validator,
        bytes32 process
    ) private {
        emit DeliveryRecorded(
            id,
            session.source,
            session.battery,
            session.interval,
            said.delivered,
            said.received,
            said.usable,
            accounts,
            validator,
            process
        );
    }

    function _mint(uint32 battery, uint256 usable, uint32[] calldata accounts, bytes32 process) private {
        address[] memory wallets = _walletsOf(accounts);
        for (uint256 i = 0; i < wallets.length; ++i) {
            uint256 share = ShareLib.share(usable, wallets.length, i);
            if (share != 0) _claims.mint(wallets[i], battery, share, process);
        }
    }
}
