// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title ICurrencyToken
/// @notice Deposited euros, an ERC-20 token with 8 decimals: 1 unit is 10^-8 EUR, which is exactly 1 Wh at 1 mct/kWh.
/// @dev Every unit stands for money that a document proves, so that at any time
///
///     totalSupply = backing = minted - paid out - burned - reversed
///
/// Entries are never changed or deleted; a wrong one is balanced by a new one. A document is named by its hash, of any
/// kind that the minter and the payer keep to, and serves one entry only, whatever that is.
///
/// A pay-out goes Requested -> Paid, Rejected or Expired. Its tokens are held by this contract meanwhile, which takes in
/// no others: not by mint or transfer, nor can a settlement reach what it holds.
///
/// A pause stops minting and the passing on of tokens. It stops neither settlements, since what was traded is owed, nor
/// pay-outs in any of their steps, nor what an escrow contract gives back.
interface ICurrencyToken is IERC20 {
    enum PayoutStatus {
        None,
        Requested,
        Paid,
        Rejected,
        Expired
    }

    /* EVENTS */

    /// @notice A deposit was credited.
    /// @param backing Hash of the document of the payment that backs it, such as a bank statement's line.
    event Minted(address indexed to, uint256 amount, bytes32 indexed backing);

    /// @notice A deposit was credited wrongly, and `amount` of it was taken back.
    /// @param backing Document of the deposit.
    /// @param correction Hash of the document that says why.
    event MintReversed(address indexed holder, uint256 amount, bytes32 indexed backing, bytes32 indexed correction);

    /// @notice A holder gave up tokens without being paid out; their backing is nobody's claim any more.
    event Burned(address indexed holder, uint256 amount);

    /// @notice A holder asks for euros.
    /// @param destination Hash of where to pay them to, as holder and payer agreed; no personal data.
    /// @param expiresAt Second, UTC, from which on it cannot be confirmed, and anybody can return the tokens.
    event PayoutRequested(
        uint256 indexed payout, address indexed holder, uint256 amount, bytes32 destination, uint40 expiresAt
    );

    /// @notice The euros were paid, and the tokens ended.
    /// @param bankTransfer Hash of the bank transfer's document.
    event PayoutPaid(uint256 indexed payout, address indexed holder, uint256 amount, bytes32 indexed bankTransfer);

    /// @notice The payer does not pay; the tokens are back with the holder.
    /// @param reason Hash of the document that says why.
    event PayoutRejected(uint256 indexed payout, address indexed holder, uint256 amount, bytes32 reason);

    /// @notice Nobody confirmed the pay-out in time; the tokens are back with the holder.
    event PayoutExpired(uint256 indexed payout, address indexed holder, uint256 amount);

    /* ERRORS */

    /// @notice `wallet` owes `needed` units and holds `balance`.
    error InsufficientDeposit(address wallet, uint256 needed, uint256 balance);

    /// @notice Every wallet needs its payment.
    error PaymentCountMismatch(uint256 wallets, uint256 payments);

    /// @notice An entry needs a document.
    error DocumentMissing();

    /// @notice The document serves another entry already.
    error DocumentUsed(bytes32 document);

    /// @notice No deposit was credited on this document.
    error UnknownDeposit(bytes32 document);

    /// @notice So long after the mint, its receiver may rely on it.
    error ReversalTooLate(bytes32 document, uint256 until);

    /// @notice Of the deposit only `rest` is left to reverse.
    error ReversalExceedsRest(bytes32 document, uint256 amount, uint256 rest);

    /// @notice Nothing is no amount.
    error AmountIsZero();

    /// @notice The pay-out is not open; `status` is None where there is no such pay-out.
    error PayoutNotOpen(uint256 payout, PayoutStatus status);

    /// @notice The pay-out's time is over, so that it can only expire.
    error PayoutOverdue(uint256 payout, uint256 expiresAt);

    /// @notice The payer still has time.
    error PayoutNotOverdue(uint256 payout, uint256 expiresAt);

    /* DEPOSITS */

    /// @notice Credits a deposit of `amount` units (10^-8 EUR). Only a minter, not while paused.
    /// @param document Hash of the deposit's document, not used before and not 0.
    function mint(address to, uint256 amount, bytes32 document) external;

    /// @notice Takes back what was credited wrongly, as a new entry: from the wallet that received it, at most the rest
    /// of that mint and what the wallet holds, within `REVERSAL_SECONDS`. Only a minter.
    /// @param document Document of the deposit.
    /// @param amount 10^-8 EUR.
    /// @param correction Hash of the document that says why, not used before and not 0.
    function reverseMint(bytes32 document, uint256 amount, bytes32 correction) external;

    /// @notice Gives up `amount` units of the caller's own without being paid out.
    function burn(uint256 amount) external;

    /* PAY-OUTS */

    /// @notice Asks for `amount` units in euros. The tokens are set aside at once; the request cannot be withdrawn, since
    /// the bank transfer may be on its way, but returns the tokens if nobody confirms it for `PAYOUT_SECONDS`.
    /// @param destination Hash of where to pay the euros to.
    /// @return payout Number of the pay-out, from 1.
    function requestPayout(uint256 amount, bytes32 destination) external returns (uint256 payout);

    /// @notice Ends the tokens of a pay-out whose euros were paid. Only a payer, before the pay-out expires.
    /// @param bankTransfer Hash of the bank transfer's document, not used before and not 0.
    function confirmPayout(uint256 payout, bytes32 bankTransfer) external;

    /// @notice Gives the tokens of a pay-out back to the holder. Only a payer.
    /// @param reason Hash of the document that says why.
    function rejectPayout(uint256 payout, bytes32 reason) external;

    /// @notice Gives the tokens of a pay-out that expired back to the holder. Anybody.
    function expirePayout(uint256 payout) external;

    /* SETTLEMENT */

    /// @notice Settles payments among wallets through the grid's wallet, to the unit. Only the settlement contract.
    /// @dev All debits come before all credits, so that the grid's wallet needs no more than its own net payment.
    /// @param wallets Distinct wallets of participants.
    /// @param payments 10^-8 EUR, one a wallet: positive is paid by the wallet, negative is paid to it.
    /// @param grid Wallet that receives the sum of the payments, or pays it where it is negative.
    function settle(address[] calldata wallets, int256[] calldata payments, address grid) external;

    /* VIEWS */

    /// @notice 10^-8 EUR that must lie in the bank for the tokens: minted - paid out - burned - reversed.
    function backing() external view returns (uint256);

    /// @notice All entries of each kind added up, 10^-8 EUR.
    function ledger() external view returns (uint128 minted, uint128 paidOut, uint128 burned, uint128 reversed);

    /// @notice What was credited on a document; all zero where nothing was.
    /// @return to Wallet that received it.
    /// @return mintedAt Second, UTC.
    /// @return amount 10^-8 EUR.
    /// @return reversed 10^-8 EUR of it that were taken back.
    function depositOf(bytes32 document)
        external
        view
        returns (address to, uint40 mintedAt, uint128 amount, uint128 reversed);

    /// @notice Whether a document serves an entry already.
    function isDocumentUsed(bytes32 document) external view returns (bool);

    /// @notice A pay-out; all zero where there is none of that number.
    function payoutOf(uint256 payout)
        external
        view
        returns (address holder, uint40 expiresAt, PayoutStatus status, uint256 amount);

    /// @notice How many pay-outs were ever requested; they are numbered from 1.
    function payoutCount() external view returns (uint256);
}
