// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Position, PositionLib} from "../src/settlement/PositionLib.sol";

/// @notice The arithmetic of a settlement, for all positions and prices.
contract PositionProof {
    /// @dev What a position says, unpacked.
    struct Energies {
        uint32 account;
        uint32 bought;
        uint32 sold;
        uint32 imported;
        uint32 exported;
        uint32 certificates;
    }

    /// @notice Every field is read from where it was packed, whatever stands beside it.
    function check_FieldsAreReadFromWhereTheyWerePacked(Energies memory first, Energies memory second) public view {
        this.requireFields(abi.encodePacked(bytesOf(first), bytesOf(second)), 0, first);
        this.requireFields(abi.encodePacked(bytesOf(first), bytesOf(second)), 1, second);
    }

    /// @notice The unchecked value is that of checked arithmetic: price times what was traded, and what was metered beyond
    /// that at the tariff's price for its direction. Energies have 34 bits here and prices 32, so nothing overflows.
    function check_PaymentIsTheRuleOfCheckedArithmetic(
        Energies memory energies,
        int32 price,
        int32 feedIn,
        int32 retail
    ) public pure {
        int256 traded = int256(uint256(energies.bought)) - int256(uint256(energies.sold));
        int256 residual = int256(uint256(energies.imported)) - int256(uint256(energies.exported)) - traded;
        int256 expected = price * traded + (residual > 0 ? retail * residual : feedIn * residual);
        assert(pack(energies).payment(price, feedIn, retail) == expected);
    }

    /// @notice A pay-as-bid payment is the trades' and the residual's.
    function check_PaymentWithTradesIsTheRuleOfCheckedArithmetic(
        Energies memory energies,
        int96 trades,
        int32 feedIn,
        int32 retail
    ) public pure {
        int256 traded = int256(uint256(energies.bought)) - int256(uint256(energies.sold));
        int256 residual = int256(uint256(energies.imported)) - int256(uint256(energies.exported)) - traded;
        int256 expected = trades + (residual > 0 ? retail * residual : feedIn * residual);
        assert(pack(energies).paymentWith(trades, feedIn, retail) == expected);
    }

    /// @notice What two parties trade with one another costs them nothing together, at any price: only the grid's tariff
    /// is left of the sum.
    function check_TradesCancelOut(uint32 energy, int32 price) public pure {
        Energies memory buyer;
        (buyer.bought, buyer.imported) = (energy, energy);
        Energies memory seller;
        (seller.sold, seller.exported) = (energy, energy);
        assert(pack(buyer).payment(price, 0, 0) + pack(seller).payment(price, 0, 0) == 0);
    }

    /// @notice No more is delivered than was sold, nor than was exported.
    function check_DeliveredIsTheLesserOfSoldAndExported(Energies memory energies) public pure {
        uint32 delivered = pack(energies).delivered();
        assert(delivered <= energies.sold && delivered <= energies.exported);
        assert(delivered == energies.sold || delivered == energies.exported);
    }

    /// @notice Where certificates are what was delivered, as many tokens are issued as energy was exported.
    function check_EnergyTokensAreTheExport(Energies memory first, Energies memory second) public pure {
        Position one = pack(first);
        Position other = pack(second);
        uint256 delivered = uint256(one.delivered()) + other.delivered();
        if (uint256(first.certificates) + second.certificates != delivered) return;
        uint256 tokens = one.energyTokens(one.delivered()) + other.energyTokens(other.delivered());
        assert(tokens == uint256(first.exported) + second.exported);
    }

    function requireFields(bytes calldata positions, uint256 index, Energies calldata expected) external pure {
        Position position = PositionLib.load(positions, index);
        assert(position.account() == expected.account);
        assert(position.bought() == expected.bought);
        assert(position.sold() == expected.sold);
        assert(position.imported() == expected.imported);
        assert(position.exported() == expected.exported);
        assert(position.certificates() == expected.certificates);
    }

    function pack(Energies memory energies) private pure returns (Position) {
        return Position.wrap(bytes24(bytesOf(energies)));
    }

    /// @dev Packs by concatenating fields, other than the contracts do.
    function bytesOf(Energies memory energies) private pure returns (bytes memory) {
        return abi.encodePacked(
            energies.account,
            energies.bought,
            energies.sold,
            energies.imported,
            energies.exported,
            energies.certificates
        );
    }
}
