// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title IAgents
/// @notice Mandates: an account lets another key, its agent, order in its name, within limits and for a time.
/// @dev Energy in Wh, prices in mct/kWh, times in seconds, UTC. A mandate is given by the account's wallet and ends with
/// it: once another wallet stands for the account, the new one gives its own mandates. It holds from its first second,
/// but never before the block in which it was given, until its last, its revocation or the account's next mandate to the
/// same agent, whichever comes first. What held at a past second holds for good, so that an order is judged by the
/// mandate of its own time. The limits are those of one order: how many orders an agent signs off chain, no contract can
/// count.
interface IAgents {
    /// @notice What an agent may order in an account's name.
    struct Mandate {
        /// First second in which it holds.
        uint40 validFrom;
        /// First second in which it holds no more.
        uint40 validUntil;
        /// 1 bids, 2 offers, 3 both.
        uint8 sides;
        /// Most Wh of one order, above 0.
        uint32 maxQuantity;
        /// Lowest limit of an offer, mct/kWh.
        int32 lowestOffer;
        /// Highest limit of a bid, mct/kWh.
        int32 highestBid;
    }

    /* EVENTS */

    /// @notice An account's wallet gave an agent a mandate, in place of an earlier one.
    event MandateGiven(uint32 indexed account, address indexed agent, address indexed wallet, Mandate mandate);

    /// @notice An account's wallet ended an agent's mandate, from the block's second on.
    event MandateRevoked(uint32 indexed account, address indexed agent, address indexed wallet);

    /* ERRORS */

    /// @notice The caller is no account's wallet.
    error NotAWallet(address caller);

    /// @notice The zero address signs for nobody, and a wallet needs no mandate for itself.
    error InvalidAgent(address agent);

    /// @notice A mandate must hold for some time that is not over by now, second `time`.
    error InvalidMandateTime(uint40 validFrom, uint40 validUntil, uint256 time);

    /// @notice An agent orders on side 1 (bids), 2 (offers) or 3 (both).
    error InvalidSides(uint8 sides);

    /// @notice An agent that may order no energy needs no mandate.
    error NoQuantity();

    /// @notice The account's wallet gave this agent no mandate that could still hold.
    error NoMandate(uint32 account, address agent);

    /* MANDATES */

    /// @notice Lets an agent order in the name of the caller's account, at once in place of an earlier mandate, also
    /// where the new one begins later. Only an account's wallet.
    /// @param agent Address of the key that signs orders, or sends them.
    function mandate(address agent, Mandate calldata terms) external;

    /// @notice Ends an agent's mandate at once. Only the account's wallet.
    function revoke(address agent) external;

    /* VIEWS */

    /// @notice Whether an agent may place an order in an account's name at a second; for a second ahead, as far as is
    /// known by now.
    /// @param time Second at which the order was signed, sent or received.
    /// @param side 0 bid, 1 offer.
    /// @param quantity Wh.
    /// @param price Limit, mct/kWh.
    function permits(uint32 account, address agent, uint40 time, uint8 side, uint32 quantity, int32 price)
        external
        view
        returns (bool);

    /// @notice The mandate that an account's agent has at a second; all zero where it has none.
    function mandateAt(uint32 account, address agent, uint40 time) external view returns (Mandate memory);
}
