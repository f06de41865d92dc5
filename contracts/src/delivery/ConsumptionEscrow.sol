// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IRegistry} from "../registry/IRegistry.sol";
import {ConsumptionStatementLib} from "./ConsumptionStatementLib.sol";
import {DeliveryProcess} from "./DeliveryProcess.sol";
import {IConsumptionEscrow} from "./IConsumptionEscrow.sol";
import {IStoredEnergyToken} from "./IStoredEnergyToken.sol";

/// @title ConsumptionEscrow
/// @notice See `IConsumptionEscrow`.
contract ConsumptionEscrow is IConsumptionEscrow, DeliveryProcess {
    /// @notice Seconds after the requested time within which a request is settled; then anybody can expire it.
    uint256 public constant REPORT_PERIOD = 1 days;

    /// @notice Seconds ahead that energy can be requested for, so that no typing error locks claims for years.
    uint256 public constant LONGEST_AHEAD = 30 days;

    IStoredEnergyToken private immutable _claims;

    /// @inheritdoc IConsumptionEscrow
    uint256 public requestCount;

    mapping(uint256 id => Request) private _requests;

    /// @param admin Receives the admin role, which grants every other.
    /// @param registry Where participants, devices and gateways are registered.
    /// @param claims Holds the claims; this contract needs its escrow's role.
    constructor(address admin, IRegistry registry, IStoredEnergyToken claims)
        DeliveryProcess(admin, registry)
        EIP712("Commonwatt Consumption", "1")
    {
        _claims = claims;
    }

    /// @inheritdoc IConsumptionEscrow
    function request(uint32 battery, uint32 dwelling, uint32 amount, uint40 until)
        external
        whenNotPaused
        returns (uint256 id)
    {
        if (amount == 0) revert NothingRequested();
        if (battery == dwelling) revert SameDevice(battery);
        if (until <= block.timestamp || until > block.timestamp + LONGEST_AHEAD) {
            revert InvalidRequestTime(until, block.timestamp);
        }
        uint32 account = _participantOf(msg.sender);
        _requireCommunity(dwelling, _communityOf(battery));

        id = ++requestCount;
        Request storage entry = _requests[id];
        entry.account = account;
        entry.battery = battery;
        entry.dwelling = dwelling;
        entry.amount = amount;
        entry.until = until;
        entry.status = RequestStatus.Requested;
        emit ConsumptionRequested(id, account, battery, dwelling, amount, until, _requestHash(id, entry));
        _claims.escrowTransfer(msg.sender, address(this), battery, amount);
    }

    /// @inheritdoc IConsumptionEscrow
    function cancel(uint256 id) external {
        Request storage entry = _in(id, RequestStatus.Requested);
        if (_accountOf(msg.sender) != entry.account) revert NotTheConsumer(msg.sender, entry.account);
        _end(id, entry, RequestStatus.Cancelled);
    }

    /// @inheritdoc IConsumptionEscrow
    function approve(uint256 id, bytes calldata signature) external whenNotPaused {
        Request storage entry = _in(id, RequestStatus.Requested);
        if (block.timestamp >= entry.until) revert InvalidRequestTime(entry.until, block.timestamp);
        bytes32 digest = _hashTypedDataV4(ConsumptionStatementLib.approval(id));
        address validator = _requireValidator(digest, signature);
        entry.status = RequestStatus.Approved;
        emit ConsumptionApproved(id, entry.battery, validator, digest);
    }

    /// @inheritdoc IConsumptionEscrow
    function confirmSupplied(uint256 id, uint32 supplied, bytes calldata signature) external {
        Request storage entry = _in(id, RequestStatus.Approved);
        uint32 battery = entry.battery;
        if (entry.supplyConfirmed) revert AlreadyConfirmed(battery);
        bytes32 digest = _hashTypedDataV4(ConsumptionStatementLib.supplied(id, battery, supplied));
        _requireGatewayNow(battery, digest, signature);
        entry.supplied = supplied;
        entry.supplyConfirmed = true;
        emit SupplyConfirmed(id, battery, supplied, digest);
    }

    /// @inheritdoc IConsumptionEscrow
    function confirmReceived(uint256 id, uint32 received, bytes calldata signature) external {
        Request storage entry = _in(id, RequestStatus.Approved);
        uint32 dwelling = entry.dwelling;
        if (entry.receptionConfirmed) revert AlreadyConfirmed(dwelling);
        bytes32 digest = _hashTypedDataV4(ConsumptionStatementLib.received(id, dwelling, received));
        _requireGatewayNow(dwelling, digest, signature);
        entry.received = received;
        entry.receptionConfirmed = true;
        emit SupplyReceived(id, dwelling, received, digest);
    }

    /// @inheritdoc IConsumptionEscrow
    function settle(uint256 id, bytes calldata signature) external {
        Request storage entry = _in(id, RequestStatus.Approved);
        if (!entry.supplyConfirmed || !entry.receptionConfirmed) revert NotConfirmed();
        (uint32 amount, uint32 supplied, uint32 received) = (entry.amount, entry.supplied, entry.received);
        if (received > supplied || supplied > amount) revert SupplyMismatch(amount, supplied, received);
        bytes32 digest = _hashTypedDataV4(ConsumptionStatementLib.validation(id, supplied, received));
        address validator = _requireValidator(digest, signature);

        entry.status = RequestStatus.Settled;
        emit ConsumptionSettled(id, supplied, amount - supplied, validator, digest);
        _claims.burn(entry.battery, supplied, _processOf(id, entry, digest));
        _return(entry, amount - supplied);
    }

    /// @inheritdoc IConsumptionEscrow
    function reject(uint256 id) external onlyRole(VALIDATOR_ROLE) {
        _end(id, _pending(id), RequestStatus.Rejected);
    }

    /// @inheritdoc IConsumptionEscrow
    function expire(uint256 id) external {
        Request storage entry = _pending(id);
        uint256 time = entry.until + REPORT_PERIOD;
        if (block.timestamp < time) revert RequestNotExpired(time, block.timestamp);
        _end(id, entry, RequestStatus.Expired);
    }

    /* VIEWS */

    /// @inheritdoc IConsumptionEscrow
    function requests(uint256 id) external view returns (Request memory) {
        return _requests[id];
    }

    /* INTERNAL */

    function _in(uint256 id, RequestStatus status) private view returns (Request storage entry) {
        entry = _requests[id];
        if (entry.status != status) revert WrongRequestStatus(id, entry.status);
    }

    /// @dev A request whose claims are in escrow.
    function _pending(uint256 id) private view returns (Request storage entry) {
        entry = _requests[id];
        if (entry.status != RequestStatus.Requested && entry.status != RequestStatus.Approved) {
            revert WrongRequestStatus(id, entry.status);
        }
    }

    /// @dev Ends a request and returns all its claims.
    function _end(uint256 id, Request storage entry, RequestStatus reason) private {
        entry.status = reason;
        emit ConsumptionEnded(id, reason, entry.amount);
        _return(entry, entry.amount);
    }

    function _return(Request storage entry, uint32 amount) private {
        if (amount == 0) return;
        _claims.escrowTransfer(address(this), _walletOf(entry.account), entry.battery, amount);
    }

    /// @dev The hashes of all steps, as their events carried them.
    function _processOf(uint256 id, Request storage entry, bytes32 validation)
        private
        view
        returns (bytes32[] memory process)
    {
        process = new bytes32[](5);
        process[0] = _requestHash(id, entry);
        process[1] = _hashTypedDataV4(ConsumptionStatementLib.approval(id));
        process[2] = _hashTypedDataV4(ConsumptionStatementLib.supplied(id, entry.battery, entry.supplied));
        process[3] = _hashTypedDataV4(ConsumptionStatementLib.received(id, entry.dwelling, entry.received));
        process[4] = validation;
    }

    function _requestHash(uint256 id, Request storage entry) private view returns (bytes32) {
        return keccak256(
            abi.encode(
                block.chainid,
                address(this),
                id,
                entry.account,
                entry.battery,
                entry.dwelling,
                entry.amount,
                entry.until
            )
        );
    }
}
