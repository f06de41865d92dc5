// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IMarket} from "./IMarket.sol";

/// @notice How a community's market is cleared, for good. `None` is a community without a market.
enum Mechanism {
    None,
    UniformPrice,
    MidMarketRate,
    SupplyDemandRatio,
    BillSharing,
    PayAsBid
}

using MechanismLib for Mechanism global;

/// @title MechanismLib
/// @notice The mechanisms that the market proves. On the outside each is named by the hash of its name.
library MechanismLib {
    bytes32 internal constant UNIFORM_PRICE = keccak256("uniform-price");
    bytes32 internal constant MID_MARKET_RATE = keccak256("mid-market-rate");
    bytes32 internal constant SUPPLY_DEMAND_RATIO = keccak256("supply-demand-ratio");
    bytes32 internal constant BILL_SHARING = keccak256("bill-sharing");
    bytes32 internal constant PAY_AS_BID = keccak256("pay-as-bid");

    /// @notice The mechanism of that id; reverts where there is none.
    function fromId(bytes32 id_) internal pure returns (Mechanism) {
        for (uint8 i = uint8(Mechanism.UniformPrice); i <= uint8(type(Mechanism).max); ++i) {
            if (id(Mechanism(i)) == id_) return Mechanism(i);
        }
        revert IMarket.UnknownMechanism(id_);
    }

    /// @notice keccak256 of the mechanism's name; 0 for none.
    function id(Mechanism mechanism) internal pure returns (bytes32) {
        if (mechanism == Mechanism.UniformPrice) return UNIFORM_PRICE;
        if (mechanism == Mechanism.MidMarketRate) return MID_MARKET_RATE;
        if (mechanism == Mechanism.SupplyDemandRatio) return SUPPLY_DEMAND_RATIO;
        if (mechanism == Mechanism.BillSharing) return BILL_SHARING;
        if (mechanism == Mechanism.PayAsBid) return PAY_AS_BID;
        return 0;
    }

    /// @notice Whether the rule puts its prices at a chosen point between two limits.
    function takesPoint(Mechanism mechanism) internal pure returns (bool) {
        return mechanism == Mechanism.UniformPrice || mechanism == Mechanism.PayAsBid;
    }
}
