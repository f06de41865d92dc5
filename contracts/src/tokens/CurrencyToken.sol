// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {EmergencyPause} from "../governance/EmergencyPause.sol";
import {ICurrencyToken} from "./ICurrencyToken.sol";

/// @title CurrencyToken
/// @notice See `ICurrencyToken`.
contract CurrencyToken is ICurrencyToken, ERC20, EmergencyPause, ERC20Permit {
    /// @notice May credit deposits, and take back wrong credits.
    bytes32 public constant MINTER_ROLE = keccak256("MINTER_ROLE");

    /// @notice May move money among wallets; held by the settlement contract.
    bytes32 public constant SETTLEMENT_ROLE = keccak256("SETTLEMENT_ROLE");

    /// @notice May confirm and reject pay-outs.
    bytes32 public constant PAYER_ROLE = keccak256("PAYER_ROLE");

    /// @notice May pass tokens on in a pause; held by contracts that give back what they hold for others.
    bytes32 public constant ESCROW_ROLE = keccak256("ESCROW_ROLE");

    /// @notice Seconds from the request within which a pay-out can be confirmed.
    uint40 public constant PAYOUT_SECONDS = 14 days;

    /// @notice Seconds from a mint within which it can be reversed without its receiver.
    uint40 public constant REVERSAL_SECONDS = 30 days;

    /// @dev Two slots.
    struct Deposit {
        address to;
        uint40 mintedAt;
        uint128 amount;
        uint128 reversed;
    }

    /// @dev Two slots.
    struct Payout {
        address holder;
        uint40 expiresAt;
        PayoutStatus status;
        uint256 amount;
    }

    /// @dev Two slots; sums of 10^-8 EUR, which never decrease.
    struct Ledger {
        uint128 minted;
        uint128 paidOut;
        uint128 burned;
        uint128 reversed;
    }

    /// @inheritdoc ICurrencyToken
    Ledger public ledger;

    /// @inheritdoc ICurrencyToken
    uint256 public payoutCount;

    /// @inheritdoc ICurrencyToken
    mapping(bytes32 document => Deposit) public depositOf;

    /// @inheritdoc ICurrencyToken
    mapping(uint256 payout => Payout) public payoutOf;

    /// @dev Documents of all entries but deposits, which have entries of their own.
    mapping(bytes32 document => bool) private _used;

    /// @param admin Receives the admin role, which grants every other.
    constructor(address admin) ERC20("Commonwatt Euro", "cwEUR") EmergencyPause(admin) ERC20Permit("Commonwatt Euro") {}

    /* DEPOSITS */

    /// @inheritdoc ICurrencyToken
    function mint(address to, uint256 amount, bytes32 document) external onlyRole(MINTER_ROLE) whenNotPaused {
        _requireReceiver(to);
        _requireAmount(amount);
        _requireUnused(document);
        uint128 credited = SafeCast.toUint128(amount);
        ledger.minted += credited;
        depositOf[document] = Deposit(to, uint40(block.timestamp), credited, 0);
        _mint(to, amount);
        emit Minted(to, amount, document);
    }

    /// @inheritdoc ICurrencyToken
    function reverseMint(bytes32 document, uint256 amount, bytes32 correction) external onlyRole(MINTER_ROLE) {
        Deposit storage deposit = depositOf[document];
        if (deposit.to == address(0)) revert UnknownDeposit(document);
        uint256 until = deposit.mintedAt + REVERSAL_SECONDS;
        if (block.timestamp >= until) revert ReversalTooLate(document, until);
        uint256 rest = deposit.amount - deposit.reversed;
        if (amount > rest) revert ReversalExceedsRest(document, amount, rest);
        _requireAmount(amount);
        _use(correction);
        // At most the rest, which has 128 bits.
        deposit.reversed += uint128(amount);
        ledger.reversed += uint128(amount);
        _burn(deposit.to, amount);
        emit MintReversed(deposit.to, amount, document, correction);
    }

    /// @inheritdoc ICurrencyToken
    function burn(uint256 amount) external {
        _requireAmount(amount);
        _burn(msg.sender, amount);
        // Burned, so minted before, which has 128 bits.
        ledger.burned += uint128(amount);
        emit Burned(msg.sender, amount);
    }

    /* PAY-OUTS */

    /// @inheritdoc ICurrencyToken
    function requestPayout(uint256 amount, bytes32 destination) external returns (uint256 payout) {
        _requireAmount(amount);
        payout = ++payoutCount;
        uint40 expiresAt = uint40(block.timestamp) + PAYOUT_SECONDS;
        payoutOf[payout] = Payout(msg.sender, expiresAt, PayoutStatus.Requested, amount);
        _transfer(msg.sender, address(this), amount);
        emit PayoutRequested(payout, msg.sender, amount, destination, expiresAt);
    }

    /// @inheritdoc ICurrencyToken
    function confirmPayout(uint256 payout, bytes32 bankTransfer) external onlyRole(PAYER_ROLE) {
        (address holder, uint256 amount, uint256 expiresAt) = _close(payout, PayoutStatus.Paid);
        if (block.timestamp >= expiresAt) revert PayoutOverdue(payout, expiresAt);
        _use(bankTransfer);
        // Held, so minted before, which has 128 bits.
        ledger.paidOut += uint128(amount);
        _burn(address(this), amount);
        emit PayoutPaid(payout, holder, amount, bankTransfer);
    }

    /// @inheritdoc ICurrencyToken
    function rejectPayout(uint256 payout, bytes32 reason) external onlyRole(PAYER_ROLE) {
        (address holder, uint256 amount,) = _close(payout, PayoutStatus.Rejected);
        _transfer(address(this), holder, amount);
        emit PayoutRejected(payout, holder, amount, reason);
    }

    /// @inheritdoc ICurrencyToken
    function expirePayout(uint256 payout) external {
        (address holder, uint256 amount, uint256 expiresAt) = _close(payout, PayoutStatus.Expired);
        if (block.timestamp < expiresAt) revert PayoutNotOverdue(payout, expiresAt);
        _transfer(address(this), holder, amount);
        emit PayoutExpired(payout, holder, amount);
    }

    /* SETTLEMENT */

    /// @inheritdoc ICurrencyToken
    function settle(address[] calldata wallets, int256[] calldata payments, address grid)
        external
        onlyRole(SETTLEMENT_ROLE)
    {
        if (wallets.length != payments.length) revert PaymentCountMismatch(wallets.length, payments.length);
        for (uint256 i = 0; i < wallets.length; ++i) {
            if (payments[i] > 0) _pay(wallets[i], grid, uint256(payments[i]));
        }
        for (uint256 i = 0; i < wallets.length; ++i) {
            if (payments[i] < 0) _pay(grid, wallets[i], uint256(-payments[i]));
        }
    }

    /* PASSING ON */

    /// @notice Passes tokens of the caller's own on; in a pause only what an escrow contract gives back.
    function transfer(address to, uint256 value) public override(ERC20, IERC20) returns (bool) {
        if (paused() && !hasRole(ESCROW_ROLE, msg.sender)) revert EnforcedPause();
        _requireReceiver(to);
        return super.transfer(to, value);
    }

    /// @notice Passes tokens on that their holder allowed the caller to take; not while paused.
    function transferFrom(address from, address to, uint256 value)
        public
        override(ERC20, IERC20)
        whenNotPaused
        returns (bool)
    {
        _requireReceiver(to);
        return super.transferFrom(from, to, value);
    }

    /* VIEWS */

    /// @inheritdoc ICurrencyToken
    function backing() external view returns (uint256) {
        return uint256(ledger.minted) - ledger.paidOut - ledger.burned - ledger.reversed;
    }

    /// @inheritdoc ICurrencyToken
    function isDocumentUsed(bytes32 document) public view returns (bool) {
        return depositOf[document].to != address(0) || _used[document];
    }

    /// @notice 8: one unit is 10^-8 EUR.
    function decimals() public pure override returns (uint8) {
        return 8;
    }

    /// @notice ERC-165: ERC-20 with its names, ERC-2612, AccessControl.
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC20).interfaceId || interfaceId == type(IERC20Metadata).interfaceId
            || interfaceId == type(IERC20Permit).interfaceId || super.supportsInterface(interfaceId);
    }

    /* INTERNAL */

    /// @dev A transfer that names who lacks what. What this contract holds for pay-outs is out of its reach.
    function _pay(address from, address to, uint256 amount) private {
        if (from == address(this)) revert ERC20InvalidSender(from);
        uint256 balance = balanceOf(from);
        if (balance < amount) revert InsufficientDeposit(from, amount, balance);
        _transfer(from, to, amount);
    }

    /// @dev Ends an open pay-out.
    function _close(uint256 payout, PayoutStatus status)
        private
        returns (address holder, uint256 amount, uint256 expiresAt)
    {
        Payout storage entry = payoutOf[payout];
        if (entry.status != PayoutStatus.Requested) revert PayoutNotOpen(payout, entry.status);
        entry.status = status;
        return (entry.holder, entry.amount, entry.expiresAt);
    }

    function _use(bytes32 document) private {
        _requireUnused(document);
        _used[document] = true;
    }

    function _requireUnused(bytes32 document) private view {
        if (document == 0) revert DocumentMissing();
        if (isDocumentUsed(document)) revert DocumentUsed(document);
    }

    /// @dev Tokens sent to this contract by anything but a request for pay-out could never leave it.
    function _requireReceiver(address to) private view {
        if (to == address(this)) revert ERC20InvalidReceiver(to);
    }

    function _requireAmount(uint256 amount) private pure {
        if (amount == 0) revert AmountIsZero();
    }
}
