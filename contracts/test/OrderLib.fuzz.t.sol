// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {OrderLib} from "../src/market/OrderLib.sol";
import {vm} from "./base/Vm.sol";

contract OrderLibFuzzTest {
    function testFuzz_ReadsBackWhatWasPacked(uint32 account, bool offer, uint32 quantity, int32 price) public pure {
        account &= type(uint32).max >> 1;
        uint8 side = offer ? OrderLib.OFFER : OrderLib.BID;
        uint256 packed = uint96(OrderLib.pack(account, side, quantity, price));
        vm.assertEq(OrderLib.accountOf(packed), account, "account");
        vm.assertEq(OrderLib.sideOf(packed), side, "side");
        vm.assertEq(OrderLib.quantityOf(packed), quantity, "quantity");
        vm.assertEq(int256(OrderLib.priceOf(packed)), int256(price), "price");
    }
}
