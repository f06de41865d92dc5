// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A price and a volume that somebody posted for an interval, and the tariff that bounds the price: prices in
/// mct/kWh, `feedIn <= price <= retail`; volume in Wh.
struct Claim {
    int32 price;
    uint64 volume;
    int32 feedIn;
    int32 retail;
}
