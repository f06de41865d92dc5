// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claim} from "../src/market/Claim.sol";
import {Mechanism} from "../src/market/MechanismLib.sol";
import {PoolPriceLib} from "../src/market/PoolPriceLib.sol";
import {PoolScan} from "../src/market/PoolScanLib.sol";

/// @notice What an accepted result of a pool means, for all tariffs and books. A refused result reverts, and is not asked
/// about.
contract PoolPriceProof {
    /// @notice The mid-market rate is the floor of the mean of the tariff's prices, and lies between them.
    function check_MidMarketRateIsTheFloorOfTheMean(Claim memory claim, uint64 bids, uint64 offers) public pure {
        if (claim.feedIn > claim.retail) return;
        PoolPriceLib.verify(scanOf(bids, offers), claim, Mechanism.MidMarketRate);
        int256 rest = int256(claim.feedIn) + claim.retail - 2 * int256(claim.price);
        assert(rest == 0 || rest == 1);
        assert(claim.feedIn <= claim.price && claim.price <= claim.retail);
    }

    /// @notice The price of bill sharing lies in the tariff, and none of the tariff's is nearer to 0.
    function check_BillSharingIsNearestToZero(Claim memory claim, uint64 bids, uint64 offers, int32 other) public pure {
        if (other < claim.feedIn || other > claim.retail) return;
        PoolPriceLib.verify(scanOf(bids, offers), claim, Mechanism.BillSharing);
        assert(claim.feedIn <= claim.price && claim.price <= claim.retail);
        int256 distance = claim.price;
        assert(claim.price == 0 || (claim.price > 0 ? other >= distance : other <= distance));
    }

    /// @notice The volume is the shorter side of who accepts the price.
    function check_TheVolumeIsTheShorterSide(Claim memory claim, uint64 bids, uint64 offers) public pure {
        if (uint256(bids) + offers >= 2 ** 64) return;
        PoolPriceLib.verify(scanOf(bids, offers), claim, Mechanism.MidMarketRate);
        assert(claim.volume == (bids < offers ? bids : offers));
    }

    /// @dev A pass that has seen this, all in one lane.
    function scanOf(uint64 bids, uint64 offers) private pure returns (PoolScan memory scan) {
        scan.accepting = (uint256(bids) + offers) << 96;
        scan.acceptingOffers = uint256(offers) << 96;
    }
}
