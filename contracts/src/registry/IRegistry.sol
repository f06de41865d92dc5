// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IRegistry
/// @notice Who takes part: participants under pseudonymous account numbers, gateways with their keys and the time
/// in which those are valid, and the devices that a gateway reads for an account of a community.
/// @dev Numbers are given in sequence from 1; 0 always means "none". All times are seconds, UTC.
interface IRegistry {
    /* EVENTS */

    /// @notice A participant received an account number.
    event ParticipantRegistered(uint32 indexed account, address indexed wallet, bytes32 credentialHash, uint8 role);

    /// @notice A participant was barred from trading, or admitted again.
    event ParticipantActivitySet(uint32 indexed account, bool active);

    /// @notice A gateway received a number.
    event GatewayRegistered(
        uint32 indexed gateway, address indexed evmKey, bytes32 ed25519Key, uint64 validFrom, uint64 validUntil
    );

    /// @notice A gateway's keys are valid until `validUntil` only, earlier than they were before.
    event GatewayRevoked(uint32 indexed gateway, uint64 validUntil);

    /// @notice A device received a number.
    event DeviceRegistered(
        uint32 indexed device,
        uint32 indexed community,
        uint32 indexed account,
        uint32 gateway,
        bytes32 descriptionHash,
        uint64 validFrom
    );

    /* ERRORS */

    /// @notice Nobody can sign for the zero address.
    error InvalidWallet();

    /// @notice A wallet stands for one account only.
    error WalletAlreadyRegistered(address wallet, uint32 account);

    /// @notice Roles are 1 (prosumer), 2 (aggregator) and 3 (grid operator or supplier).
    error InvalidRole(uint8 role);

    /// @notice No participant has this number.
    error UnknownAccount(uint32 account);

    /// @notice No gateway has this number.
    error UnknownGateway(uint32 gateway);

    /// @notice Communities are numbered from 1.
    error InvalidCommunity(uint32 community);

    /// @notice A gateway needs both its keys.
    error InvalidGatewayKeys(address evmKey, bytes32 ed25519Key);

    /// @notice A gateway's keys must be valid for some time, which must end before second 2^48.
    error InvalidValidity(uint64 validFrom, uint64 validUntil);

    /// @notice A revocation can only shorten the time in which a gateway's keys are valid.
    error InvalidRevocation(uint64 requested, uint64 validUntil);

    /// @notice The gateway is unknown or its keys are not valid at that second.
    error GatewayNotValid(uint32 gateway, uint64 time);

    /// @notice The gateway reads no device of that community.
    error GatewayNotInCommunity(uint32 gateway, uint32 community);

    /* REGISTRATION */

    /// @notice Admits a participant. Only the registrar.
    /// @param wallet Address that holds the participant's tokens and signs its orders.
    /// @param credentialHash keccak256 of the credential on which the admission rests; 0 where there is none.
    /// @param role 1 prosumer, 2 aggregator, 3 grid operator or supplier.
    /// @return account The participant's number.
    function registerParticipant(address wallet, bytes32 credentialHash, uint8 role) external returns (uint32 account);

    /// @notice Bars a participant from trading or admits it again. Only the registrar.
    /// @dev What it traded before is settled all the same.
    function setParticipantActive(uint32 account, bool active) external;

    /// @notice Admits a gateway. Only the registrar.
    /// @param evmKey Address of the secp256k1 key that signs attestations.
    /// @param ed25519Key Public key that signs readings.
    /// @param validFrom First second in which the keys are valid.
    /// @param validUntil First second in which they are valid no more.
    /// @return gateway The gateway's number.
    function registerGateway(address evmKey, bytes32 ed25519Key, uint64 validFrom, uint64 validUntil)
        external
        returns (uint32 gateway);

    /// @notice Ends the validity of a gateway's keys earlier. Only the registrar.
    /// @param validUntil First second in which they are valid no more; may lie in the past.
    function revokeGateway(uint32 gateway, uint64 validUntil) external;

    /// @notice Admits a device. Only the registrar.
    /// @param community Community in which its energy counts.
    /// @param account Participant to whom its energy belongs.
    /// @param gateway Gateway that reads it.
    /// @param descriptionHash keccak256 of the device's description, kept off chain.
    /// @param validFrom First second from which its readings count; for auditors, no contract looks at it.
    /// @return device The device's number.
    function registerDevice(uint32 community, uint32 account, uint32 gateway, bytes32 descriptionHash, uint64 validFrom)
        external
        returns (uint32 device);

    /* VIEWS */

    /// @notice A participant's entry; all zero where there is none.
    function participant(uint32 account)
        external
        view
        returns (address wallet, bytes32 credentialHash, uint8 role, bool active);

    /// @notice The account number of a wallet, 0 where it has none.
    function accountOf(address wallet) external view returns (uint32 account);

    /// @notice The wallets of accounts, in the same sequence; reverts with `UnknownAccount`.
    function walletsOf(uint32[] calldata accounts) external view returns (address[] memory wallets);

    /// @notice A gateway's entry; all zero where there is none.
    function gateway(uint32 gateway_)
        external
        view
        returns (address evmKey, bytes32 ed25519Key, uint64 validFrom, uint64 validUntil);

    /// @notice The key that signs for a gateway at a second; reverts with `GatewayNotValid`.
    function gatewayKeyAt(uint32 gateway_, uint64 time) external view returns (address evmKey);

    /// @notice The key that may attest a community's interval `[start, end)`: the gateway reads a device there, and
    /// its keys are valid the whole time. Reverts with `GatewayNotInCommunity` or `GatewayNotValid`.
    function attestationKey(uint32 gateway_, uint32 community, uint64 start, uint64 end)
        external
        view
        returns (address evmKey);

    /// @notice A device's entry; all zero where there is none.
    function device(uint32 device_)
        external
        view
        returns (uint32 community, uint32 account, uint32 gateway_, uint64 validFrom, bytes32 descriptionHash);

    /// @notice How many devices a gateway reads in a community.
    function devicesBehind(uint32 gateway_, uint32 community) external view returns (uint32 devices);

    /// @notice How many participants were ever registered; also the last account number.
    function participantCount() external view returns (uint32);

    /// @notice How many gateways were ever registered; also the last gateway number.
    function gatewayCount() external view returns (uint32);

    /// @notice How many devices were ever registered; also the last device number.
    function deviceCount() external view returns (uint32);
}
