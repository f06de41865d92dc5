// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IDirectory
/// @notice Under which address a market's contracts are found, now and at any time before. Contracts are never changed
/// in place: a new version is deployed beside the old one, which keeps what it holds, and entered here.
/// @dev Names are ASCII text, left-aligned and filled up with zero bytes, such as `"Market"`.
interface IDirectory {
    /// @param deployed Address; 0 where the name was withdrawn.
    /// @param since Second, UTC, from which on it is the current one.
    struct Version {
        address deployed;
        uint48 since;
    }

    /* EVENTS */

    /// @notice A name stands for another contract from this block's second on; for none where `deployed` is 0.
    /// @param version Number of the version, from 1.
    event ContractSet(bytes32 indexed name, address indexed deployed, uint256 version);

    /* ERRORS */

    /// @notice A contract needs a name.
    error NameMissing();

    /// @notice There is no code at this address.
    error NotAContract(address deployed);

    /// @notice The name stands for this address already; 0 where it stands for none.
    error AlreadyCurrent(bytes32 name, address deployed);

    /// @notice The directory takes no more than `most` names.
    error TooManyNames(uint256 most);

    /// @notice A name takes no more than `most` versions.
    error TooManyVersions(bytes32 name, uint256 most);

    /* FUNCTIONS */

    /// @notice Enters the contract that a name stands for from now on. Only the admin.
    /// @param deployed Address of a contract, not the current one; 0 withdraws the name.
    function set(bytes32 name, address deployed) external;

    /// @notice The contract that a name stands for, 0 where it stands for none.
    function addressOf(bytes32 name) external view returns (address deployed);

    /// @notice The contract that a name stood for at a second, UTC; 0 where it stood for none.
    function addressAt(bytes32 name, uint64 time) external view returns (address deployed);

    /// @notice All that a name ever stood for, in sequence.
    function versions(bytes32 name) external view returns (Version[] memory);

    /// @notice All names ever entered, in sequence.
    function names() external view returns (bytes32[] memory);
}
