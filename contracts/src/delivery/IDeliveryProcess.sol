// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IDeliveryProcess
/// @notice What the three processes of stored energy have in common: whose word counts, and the pause.
/// @dev Energy in Wh, prices in millicent per kWh (mct/kWh), money in 10^-8 EUR, times in seconds, UTC.
///
/// For a device speaks the EVM key of the gateway that reads it (EIP-712), since the meter knows what flowed and its
/// owner has an interest in it. For the validator speaks any account with the validator's role, by its signature or by
/// sending the transaction itself: an empty signature stands for the sender. Anybody may relay a signed statement, and
/// several calls can go into one transaction (`multicall`).
///
/// A pause stops what is new; a pauser begins it, and only the admin ends it. Whatever has begun can be brought to either
/// end meanwhile, and nobody's exit asks for it.
interface IDeliveryProcess {
    /* ERRORS */

    /// @notice The caller is no active participant.
    error NotAParticipant(address caller);

    /// @notice No device has this number.
    error UnknownDevice(uint32 device);

    /// @notice The device does not count at second `time`: not yet, or no more.
    error DeviceNotValid(uint32 device, uint64 time);

    /// @notice The devices count in another community than the one concerned.
    error WrongCommunity(uint32 device, uint32 expected, uint32 got);

    /// @notice A battery neither charges nor supplies itself.
    error SameDevice(uint32 device);

    /// @notice The signature is not that of the device's gateway (or is malformed; then `recovered` is 0).
    error InvalidDeviceSignature(uint32 device, address expected, address recovered);

    /// @notice Who signed, or sent without signature, is no validator (`account` is 0 for a malformed signature).
    error NotAValidator(address account);

    /// @notice A statement is made once: this device has made its own.
    error AlreadyConfirmed(uint32 device);

    /// @notice Both devices have to confirm before that.
    error NotConfirmed();
}
