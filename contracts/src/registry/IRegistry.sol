// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IRegistry
/// @notice Who takes part: participants under pseudonymous account numbers, gateways with their keys and the time
/// in which those are valid, and the devices that a gateway reads for an account of a community.
/// @dev Numbers are given in sequence from 1 and never again; 0 always means "none". All times are seconds, UTC.
/// Whatever is exchanged keeps its history, so that a signature is judged by the key of its own time. What held at a
/// past second holds for good, but for the revocation of a gateway's keys, which may reach back. Changes that are
/// planned for a second take effect at a full hour, where intervals of every duration begin: none is cut in two. A
/// plan whose time has not come is replaced by the next one.
///
/// A pause stops what the registrar adds, exchanges, moves, relates or admits, and wallets' acceptance of accounts, which
/// the registrar may have proposed. What ends goes on: barring, revocations, decommissioning, the end of relations; and
/// an account's own wallet exchanges itself by `rotateWallet`, or proposes.
interface IRegistry {
    /* EVENTS */

    /// @notice A participant received an account number.
    event ParticipantRegistered(uint32 indexed account, address indexed wallet, bytes32 credentialHash, uint8 role);

    /// @notice A participant was barred from trading, or admitted again.
    event ParticipantActivitySet(uint32 indexed account, bool active);

    /// @notice Another credential stands behind an account, from the block's second on.
    event CredentialReplaced(uint32 indexed account, bytes32 credentialHash);

    /// @notice A credential stands behind its account no more, from second `time` on, the block's.
    event CredentialRevoked(uint32 indexed account, bytes32 credentialHash, uint64 time);

    /// @notice A wallet may take an account over by accepting; the zero address withdraws that.
    event WalletProposed(uint32 indexed account, address indexed wallet);

    /// @notice An account's wallet was exchanged, from the block's second on.
    event WalletRotated(uint32 indexed account, address indexed oldWallet, address indexed newWallet);

    /// @notice A gateway received a number.
    event GatewayRegistered(
        uint32 indexed gateway, address indexed evmKey, bytes32 ed25519Key, uint64 validFrom, uint64 validUntil
    );

    /// @notice No key of a gateway registered so far is valid from second `validUntil` on.
    event GatewayRevoked(uint32 indexed gateway, uint64 validUntil);

    /// @notice A gateway signs with other keys from second `validFrom` on, and with the earlier ones until then.
    event GatewayKeysRotated(
        uint32 indexed gateway, address indexed evmKey, bytes32 ed25519Key, uint64 validFrom, uint64 validUntil
    );

    /// @notice A device received a number.
    event DeviceRegistered(
        uint32 indexed device,
        uint32 indexed community,
        uint32 indexed account,
        uint32 gateway,
        bytes32 descriptionHash,
        uint64 validFrom
    );

    /// @notice Another gateway reads a device from second `since` on.
    event DeviceMoved(uint32 indexed device, uint32 indexed gateway, uint64 since);

    /// @notice A device signs with this key of its own from second `since` on; 0 for none.
    event DeviceKeySet(uint32 indexed device, bytes32 ed25519Key, uint64 since);

    /// @notice A device counts no more from second `since` on.
    event DeviceDecommissioned(uint32 indexed device, uint64 since);

    /// @notice A participant stands in a further relation to a device.
    event DeviceRelated(uint32 indexed device, uint32 indexed account, uint8 indexed relation);

    /// @notice A participant stands in a relation to a device no more.
    event DeviceUnrelated(uint32 indexed device, uint32 indexed account, uint8 indexed relation);

    /* ERRORS */

    /// @notice Nobody can sign for the zero address.
    error InvalidWallet();

    /// @notice A wallet stands for one account only, also after another took its place.
    error WalletAlreadyRegistered(address wallet, uint32 account);

    /// @notice Roles are 1 (prosumer), 2 (aggregator), 3 (grid operator or supplier), 4 (operator), 5 (auditor) and
    /// 6 (validator).
    error InvalidRole(uint8 role);

    /// @notice The participant itself or the registrar exchanges a wallet.
    error NotTheAccounts(address caller, uint32 account);

    /// @notice The signature is not the new wallet's (or is malformed; then `recovered` is 0).
    error InvalidWalletConsent(address expected, address recovered);

    /// @notice The new wallet's consent ended after second `deadline`.
    error WalletConsentExpired(uint64 deadline, uint256 time);

    /// @notice Nobody proposed this wallet for the account.
    error NotProposed(uint32 account, address wallet);

    /// @notice A credential's hash is not 0.
    error InvalidCredential();

    /// @notice No credential stands behind the account.
    error NoCredential(uint32 account);

    /// @notice No participant has this number.
    error UnknownAccount(uint32 account);

    /// @notice No gateway has this number.
    error UnknownGateway(uint32 gateway);

    /// @notice No device has this number.
    error UnknownDevice(uint32 device);

    /// @notice Communities are numbered from 1.
    error InvalidCommunity(uint32 community);

    /// @notice A gateway needs both its keys.
    error InvalidGatewayKeys(address evmKey, bytes32 ed25519Key);

    /// @notice A gateway's keys must be valid for some time, which must end before second 2^48.
    error InvalidValidity(uint64 validFrom, uint64 validUntil);

    /// @notice A revocation can only shorten the time in which a gateway's keys are valid.
    error InvalidRevocation(uint64 requested, uint64 validUntil);

    /// @notice A change takes effect at a full hour, now or later, before second 2^48.
    error InvalidChangeTime(uint64 since);

    /// @notice The device counts no more from second `since` on.
    error DeviceOutOfService(uint32 device, uint64 since);

    /// @notice Relations are 1 (co-owner), 2 (user) and 3 (aggregator).
    error InvalidRelation(uint8 relation);

    /// @notice The participant stands in that relation to the device already.
    error AlreadyRelated(uint32 device, uint32 account, uint8 relation);

    /// @notice The participant does not stand in that relation to the device.
    error NotRelated(uint32 device, uint32 account, uint8 relation);

    /// @notice A device has at most `most` relations beside its owner.
    error TooManyRelations(uint32 device, uint16 most);

    /// @notice The gateway is unknown or its keys are not valid at that second.
    error GatewayNotValid(uint32 gateway, uint64 time);

    /// @notice The gateway reads no device of that community, nor did it at that time.
    error GatewayNotInCommunity(uint32 gateway, uint32 community);

    /* REGISTRATION */

    /// @notice Admits a participant. Only the registrar.
    /// @param wallet Address that holds the participant's tokens and signs its orders.
    /// @param credentialHash keccak256 of the credential on which the admission rests; 0 where there is none.
    /// @param role 1 prosumer, 2 aggregator, 3 grid operator or supplier, 4 operator, 5 auditor, 6 validator.
    /// @return account The participant's number.
    function registerParticipant(address wallet, bytes32 credentialHash, uint8 role) external returns (uint32 account);

    /// @notice Bars a participant from trading or admits it again. Only the registrar.
    /// @dev What it traded before is settled all the same.
    function setParticipantActive(uint32 account, bool active) external;

    /// @notice Puts another credential behind an account at once, also after a revocation. Only the registrar.
    /// @dev A barred account stays barred.
    function replaceCredential(uint32 account, bytes32 credentialHash) external;

    /// @notice Revokes an account's credential at once and bars the account. Only the registrar.
    function revokeCredential(uint32 account) external;

    /// @notice Exchanges an account's wallet at once. Only the account's wallet or the registrar.
    /// @dev Tokens stay where they are: the old wallet moves its own. Settlements pay, and take from, the wallet at
    /// their time. A wallet that was exchanged never stands for an account again.
    /// @param newWallet Address that consents; never registered before.
    /// @param deadline Last second in which the consent may be used.
    /// @param signature The new wallet's, 65 bytes, of the EIP-712 struct
    /// `WalletRotation(uint32 account,address oldWallet,address newWallet,uint64 deadline)`.
    function rotateWallet(uint32 account, address newWallet, uint64 deadline, bytes calldata signature) external;

    /// @notice Offers an account to a wallet, which takes it by `acceptWallet`. Only the account's wallet or the
    /// registrar; a later proposal replaces an earlier one, and the zero address withdraws it.
    function proposeWallet(uint32 account, address newWallet) external;

    /// @notice Exchanges an account's wallet at once for the caller, to whom it was proposed.
    /// @dev For wallets that cannot sign, such as contracts. As `rotateWallet` otherwise.
    function acceptWallet(uint32 account) external;

    /* REGISTRATION OF GATEWAYS AND DEVICES */

    /// @notice Admits a gateway. Only the registrar.
    /// @param evmKey Address of the secp256k1 key that signs attestations.
    /// @param ed25519Key Public key that signs readings.
    /// @param validFrom First second in which the keys are valid.
    /// @param validUntil First second in which they are valid no more.
    /// @return gateway The gateway's number.
    function registerGateway(address evmKey, bytes32 ed25519Key, uint64 validFrom, uint64 validUntil)
        external
        returns (uint32 gateway);

    /// @notice Gives a gateway other keys from a second on; the earlier ones are valid until then. Only the registrar.
    /// @param evmKey Address of the secp256k1 key that signs attestations.
    /// @param ed25519Key Public key that signs readings.
    /// @param validFrom First second in which the keys are valid: a full hour, now or later.
    /// @param validUntil First second in which they are valid no more.
    function rotateGatewayKeys(uint32 gateway, address evmKey, bytes32 ed25519Key, uint64 validFrom, uint64 validUntil)
        external;

    /// @notice Ends the validity of a gateway's keys earlier, of former and planned ones too. Only the registrar.
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

    /// @notice Puts a device behind another gateway. Only the registrar.
    /// @param since First second in which that gateway reads it: a full hour, now or later.
    function moveDevice(uint32 device, uint32 gateway, uint64 since) external;

    /// @notice Gives a device a key of its own, exchanges it or, by 0, takes it away. Only the registrar.
    /// @param ed25519Key Public key with which the device itself signs.
    /// @param since First second in which it does: a full hour, now or later.
    function setDeviceKey(uint32 device, bytes32 ed25519Key, uint64 since) external;

    /// @notice Takes a device out of service, for good. Only the registrar.
    /// @param since First second in which it counts no more: a full hour, now or later.
    function decommissionDevice(uint32 device, uint64 since) external;

    /// @notice Relates a participant to a device beside its owner, whose energy it stays. Only the registrar.
    /// @param relation 1 co-owner, 2 user, 3 aggregator. A participant may stand in several relations to a device.
    function relateDevice(uint32 device, uint32 account, uint8 relation) external;

    /// @notice Ends a participant's relation to a device. Only the registrar.
    function unrelateDevice(uint32 device, uint32 account, uint8 relation) external;

    /* VIEWS */

    /// @notice A participant's entry; all zero where there is none.
    function participant(uint32 account)
        external
        view
        returns (address wallet, bytes32 credentialHash, uint8 role, bool active);

    /// @notice The credential that stood behind an account at a second, 0 where none did: before the registration, after
    /// a revocation, or in general.
    function credentialAt(uint32 account, uint64 time) external view returns (bytes32 credentialHash);

    /// @notice The wallet that stood for an account at a second, 0 before the registration.
    function walletAt(uint32 account, uint64 time) external view returns (address wallet);

    /// @notice For which account a wallet stands or stood, and from which second until before which: `until` is 0 where
    /// it still does. All zero where it never did.
    function walletRecord(address wallet) external view returns (uint32 account, uint64 since, uint64 until);

    /// @notice The wallet to which an account is offered, 0 where it is to none.
    function proposedWallet(uint32 account) external view returns (address wallet);

    /// @notice The account number that a wallet stands for now, 0 where it has none.
    function accountOf(address wallet) external view returns (uint32 account);

    /// @notice The wallets of accounts, in the same sequence; reverts with `UnknownAccount`.
    function walletsOf(uint32[] calldata accounts) external view returns (address[] memory wallets);

    /// @notice A gateway's keys as registered last, whose time may lie ahead; all zero where there is none.
    function gateway(uint32 gateway_)
        external
        view
        returns (address evmKey, bytes32 ed25519Key, uint64 validFrom, uint64 validUntil);

    /// @notice The keys that are valid for a gateway at a second, and their period; all zero where none are.
    function gatewayKeysAt(uint32 gateway_, uint64 time)
        external
        view
        returns (address evmKey, bytes32 ed25519Key, uint64 validFrom, uint64 validUntil);

    /// @notice The key that signs for a gateway at a second; reverts with `GatewayNotValid`.
    function gatewayKeyAt(uint32 gateway_, uint64 time) external view returns (address evmKey);

    /// @notice The key that may attest a community's interval `[start, end)`: the gateway reads a device there, or did
    /// when the interval began, and its keys are valid the whole time. Reverts with `GatewayNotInCommunity` or `GatewayNotValid`.
    function attestationKey(uint32 gateway_, uint32 community, uint64 start, uint64 end)
        external
        view
        returns (address evmKey);

    /// @notice A device's entry, with the gateway that it was put behind last; all zero where there is none.
    /// `decommissionedFrom` is 0 where it is in service for good.
    function device(uint32 device_)
        external
        view
        returns (
            uint32 community,
            uint32 account,
            uint32 gateway_,
            uint64 validFrom,
            bytes32 descriptionHash,
            uint64 decommissionedFrom
        );

    /// @notice The gateway that reads a device at a second, 0 where the device does not count then.
    function gatewayOf(uint32 device_, uint64 time) external view returns (uint32 gateway_);

    /// @notice The key with which a device itself signs at a second, 0 where it has none.
    function deviceKeyAt(uint32 device_, uint64 time) external view returns (bytes32 ed25519Key);

    /// @notice Whether a participant stands in a relation to a device.
    function isRelated(uint32 device_, uint32 account, uint8 relation) external view returns (bool);

    /// @notice In how many relations participants stand to a device.
    function relationCount(uint32 device_) external view returns (uint16);

    /// @notice How many devices a gateway reads in a community, moves and decommissionings ahead included.
    function devicesBehind(uint32 gateway_, uint32 community) external view returns (uint32 devices);

    /// @notice How many participants were ever registered; also the last account number.
    function participantCount() external view returns (uint32);

    /// @notice How many gateways were ever registered; also the last gateway number.
    function gatewayCount() external view returns (uint32);

    /// @notice How many devices were ever registered; also the last device number.
    function deviceCount() external view returns (uint32);
}
