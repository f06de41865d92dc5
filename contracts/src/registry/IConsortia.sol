// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IConsortia
/// @notice Participants who own devices together, and the shares in which they do.
/// @dev Numbers are given in sequence from 1 and never again; 0 always means "none". A consortium is a record of an
/// agreement made off chain, of which it holds the hash: the registrar, who also says whose a device is, enters it and
/// its changes, and a member can leave on its own. No contract pays by it: to whom a device's energy belongs stays its
/// account in the registry, and shares say how that account's members divide among themselves.
///
/// A pause stops every change by the registrar. A member can still leave on its own.
interface IConsortia {
    /// @notice A part in a consortium.
    /// @param account Number of the participant in the registry.
    /// @param weight Its part of the sum of all weights, at least 1.
    struct Member {
        uint32 account;
        uint32 weight;
    }

    /* EVENTS */

    /// @notice A consortium received a number. Its members and devices follow as events of their own.
    event ConsortiumCreated(uint32 indexed consortium, bytes32 agreementHash);

    /// @notice A change rests on another agreement from now on.
    event AgreementReplaced(uint32 indexed consortium, bytes32 agreementHash);

    /// @notice A participant joined, or its weight changed.
    event MemberSet(uint32 indexed consortium, uint32 indexed account, uint32 weight);

    /// @notice A participant left or was removed.
    event MemberRemoved(uint32 indexed consortium, uint32 indexed account);

    /// @notice A device belongs to a consortium.
    event ConsortiumDeviceAdded(uint32 indexed consortium, uint32 indexed device);

    /// @notice A device belongs to a consortium no more.
    event ConsortiumDeviceRemoved(uint32 indexed consortium, uint32 indexed device);

    /* ERRORS */

    /// @notice No consortium has this number.
    error UnknownConsortium(uint32 consortium);

    /// @notice The registry has no participant of this number.
    error UnknownMember(uint32 account);

    /// @notice The registry has no device of this number in service.
    error UnknownConsortiumDevice(uint32 device);

    /// @notice A weight is at least 1.
    error InvalidWeight(uint32 account);

    /// @notice The participant is a member already.
    error AlreadyMember(uint32 consortium, uint32 account);

    /// @notice The participant is no member.
    error NotAMember(uint32 consortium, uint32 account);

    /// @notice A consortium keeps at least one member, so that shares are always somebody's.
    error LastMember(uint32 consortium, uint32 account);

    /// @notice A device belongs to one consortium only.
    error DeviceTaken(uint32 device, uint32 consortium);

    /// @notice The device does not belong to the consortium.
    error DeviceNotOfConsortium(uint32 consortium, uint32 device);

    /// @notice A consortium has at most `most` members.
    error TooManyMembers(uint32 consortium, uint256 most);

    /// @notice A consortium has at most `most` devices.
    error TooManyDevices(uint32 consortium, uint256 most);

    /* CHANGES */

    /// @notice Creates a consortium. Only the registrar.
    /// @param agreementHash keccak256 of the agreement on which it rests.
    /// @param members At least one, each once.
    /// @param devices Numbers in the registry, each once and of no other consortium; there may be none.
    /// @return consortium The consortium's number.
    function createConsortium(bytes32 agreementHash, Member[] calldata members, uint32[] calldata devices)
        external
        returns (uint32 consortium);

    /// @notice Names the agreement on which changes rest from now on. Only the registrar.
    function replaceAgreement(uint32 consortium, bytes32 agreementHash) external;

    /// @notice Adds a member. Only the registrar.
    /// @param weight At least 1.
    function addMember(uint32 consortium, uint32 account, uint32 weight) external;

    /// @notice Changes a member's weight. Only the registrar.
    /// @param weight At least 1.
    function setWeight(uint32 consortium, uint32 account, uint32 weight) external;

    /// @notice Removes a member that is not the last. Only the registrar or the member's wallet.
    function removeMember(uint32 consortium, uint32 account) external;

    /// @notice Adds a device. Only the registrar.
    function addDevice(uint32 consortium, uint32 device) external;

    /// @notice Removes a device, in service or not. Only the registrar.
    function removeDevice(uint32 consortium, uint32 device) external;

    /* VIEWS */

    /// @notice How many consortia were ever created; also the last number.
    function consortiumCount() external view returns (uint32);

    /// @notice The agreement and the sum of all members' weights; all zero where there is no such consortium.
    function consortium(uint32 consortium_) external view returns (bytes32 agreementHash, uint64 totalWeight);

    /// @notice All members, in no particular sequence.
    function membersOf(uint32 consortium_) external view returns (Member[] memory members);

    /// @notice All devices, in no particular sequence.
    function devicesOf(uint32 consortium_) external view returns (uint32[] memory devices);

    /// @notice A participant's weight, 0 where it is no member.
    function weightOf(uint32 consortium_, uint32 account) external view returns (uint32 weight);

    /// @notice The consortium of a device, 0 where it has none.
    function consortiumOf(uint32 device) external view returns (uint32 consortium_);

    /// @notice Shares an amount out by the members' weights: largest remainder, of equal ones the lower account first.
    /// @param amount What is shared, in any unit.
    /// @return members Accounts and weights, as `membersOf`.
    /// @return amounts One a member, in the same sequence, adding up to `amount`.
    function sharesOf(uint32 consortium_, uint128 amount)
        external
        view
        returns (Member[] memory members, uint256[] memory amounts);
}
