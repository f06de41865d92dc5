// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IConsumptionEscrow
/// @notice Taking one's own energy out of a battery: the claims wait here while the battery supplies the dwelling, and
/// end when both sides' statements and the meters agree.
/// @dev Exits. `Requested`: the consumer cancels at any time. `Approved`: settled, or rejected by a validator, or
/// expired by anybody once `REPORT_PERIOD` has passed since the requested time; nobody but the clock is needed for that.
///
/// Losses between battery and dwelling are the consumer's: the claims end that left the battery (`supplied`), of which
/// the dwelling confirms `received`. What was requested and not supplied goes back.
interface IConsumptionEscrow {
    /// @notice How far a request has come.
    enum RequestStatus {
        None,
        Requested,
        Approved,
        Settled,
        Cancelled,
        Rejected,
        Expired
    }

    /// @notice A request to supply energy.
    /// @param account Consumer, whose wallet gets back what is not supplied.
    /// @param battery Number of the battery.
    /// @param dwelling Number of the device that measures what arrives.
    /// @param amount Wh requested, in escrow until the request is settled, cancelled, rejected or expired.
    /// @param until Second before which the battery shall supply.
    /// @param status How far it has come.
    /// @param supplyConfirmed Whether the battery has said what it supplied.
    /// @param receptionConfirmed Whether the dwelling has said what it received.
    /// @param supplied Wh that left the battery.
    /// @param received Wh that arrived.
    struct Request {
        uint32 account;
        uint32 battery;
        uint32 dwelling;
        uint32 amount;
        uint40 until;
        RequestStatus status;
        bool supplyConfirmed;
        bool receptionConfirmed;
        uint32 supplied;
        uint32 received;
    }

    /* EVENTS */

    /// @notice Claims went into escrow.
    /// @param process Hash of the request, the first of the hashes that the burn refers to:
    /// `keccak256(abi.encode(chain id, this contract, request, account, battery, dwelling, amount, until))`.
    event ConsumptionRequested(
        uint256 indexed request,
        uint32 indexed account,
        uint32 indexed battery,
        uint32 dwelling,
        uint32 amount,
        uint40 until,
        bytes32 process
    );

    /// @notice A validator approved: the battery shall supply.
    /// @param process The digest of the approval.
    event ConsumptionApproved(uint256 indexed request, uint32 indexed battery, address validator, bytes32 process);

    /// @notice The battery stated what it supplied.
    /// @param process The digest of the statement.
    event SupplyConfirmed(uint256 indexed request, uint32 indexed battery, uint32 supplied, bytes32 process);

    /// @notice The dwelling stated what it received.
    /// @param process The digest of the statement.
    event SupplyReceived(uint256 indexed request, uint32 indexed dwelling, uint32 received, bytes32 process);

    /// @notice The statements agree with the meters: `burned` Wh of claims ended, `refunded` Wh went back.
    /// @param process The digest of the validation, the last of the hashes that the burn refers to.
    event ConsumptionSettled(
        uint256 indexed request, uint32 burned, uint32 refunded, address validator, bytes32 process
    );

    /// @notice A request ended without burning anything; all its claims went back.
    event ConsumptionEnded(uint256 indexed request, RequestStatus reason, uint32 refunded);

    /* ERRORS */

    /// @notice Something is requested.
    error NothingRequested();

    /// @notice The requested time ends later than now and at most 30 days ahead.
    error InvalidRequestTime(uint40 until, uint256 time);

    /// @notice The request has gone another way, or does not exist.
    error WrongRequestStatus(uint256 request, RequestStatus status);

    /// @notice Only the consumer cancels.
    error NotTheConsumer(address caller, uint32 account);

    /// @notice More was received than supplied, or more supplied than requested.
    error SupplyMismatch(uint32 amount, uint32 supplied, uint32 received);

    /// @notice A request expires at second `time` at the earliest; now is `now_`.
    error RequestNotExpired(uint256 time, uint256 now_);

    /* FUNCTIONS */

    /// @notice Puts claims into escrow for energy from a battery. An active participant, not during a pause.
    /// @dev Needs the caller's approval of this contract at the token (`setApprovalForAll`).
    /// @param dwelling Number of the device that measures what arrives, in the battery's community; another device.
    /// @param amount Wh.
    /// @param until Second before which it shall be supplied.
    /// @return id Number of the request, from 1.
    function request(uint32 battery, uint32 dwelling, uint32 amount, uint40 until) external returns (uint256 id);

    /// @notice Takes a request back that is not approved. Only the consumer.
    function cancel(uint256 id) external;

    /// @notice Lets the battery supply. By a validator or with its signature of `Approval(uint256 request)`, before the
    /// requested time ends, not during a pause.
    function approve(uint256 id, bytes calldata signature) external;

    /// @notice States what the battery supplied. Anybody may relay it, once.
    /// @dev The battery's gateway signs `Supplied(uint256 request,uint32 battery,uint32 supplied)`.
    function confirmSupplied(uint256 id, uint32 supplied, bytes calldata signature) external;

    /// @notice States what the dwelling received. Anybody may relay it, once.
    /// @dev The dwelling's gateway signs `Received(uint256 request,uint32 dwelling,uint32 received)`.
    function confirmReceived(uint256 id, uint32 received, bytes calldata signature) external;

    /// @notice Ends the claims on what was supplied and returns the others. By a validator or with its signature of
    /// `Validation(uint256 request,uint32 supplied,uint32 received)`; as long as the request has not expired.
    function settle(uint256 id, bytes calldata signature) external;

    /// @notice Returns all claims of a request, since statements and meters disagree, or nothing shall be supplied. Only a
    /// validator.
    function reject(uint256 id) external;

    /// @notice Returns all claims of a request that was not settled in time. Anybody.
    function expire(uint256 id) external;

    /* VIEWS */

    /// @notice A request; all zero where there is none.
    function requests(uint256 id) external view returns (Request memory);

    /// @notice How many requests were ever made; also the last one's number.
    function requestCount() external view returns (uint256);
}
