"""Orders that participants took back before they were committed."""

from __future__ import annotations

from identity.typed_data import order_digest, receipt_digest, withdrawal_digest
from settlement.audit.checks.run import signer
from settlement.audit.checks.signers import expected_signer
from settlement.audit.evidence import Evidence
from settlement.audit.lines.orders import WithdrawalLine


def check_withdrawals(evidence: Evidence) -> None:
    """Check who took an order back and when, and that the operator did not commit it after all."""
    if not evidence.published.withdrawals:
        return
    check = evidence.ledger.check("withdrawals", "signed, before the gate, order not committed")
    committed = {evidence.digest(line) for line in evidence.published.orders if not line.is_direct}
    for line in evidence.published.withdrawals:
        digest = order_digest(evidence.market_domain, line.order)
        check.expect(line.place, f"digest of {line.title}", digest, line.digest)
        expected, got = _signers(evidence, line, digest)
        check.expect(line.place, f"signer of {line.title}", expected, got)
        promise = receipt_digest(evidence.market_domain, digest, line.received_at)
        operator = evidence.manifest.operator
        got = signer(promise, line.receipt)
        check.expect(line.place, f"signer of the receipt of {line.title}", operator, got)
        in_time = line.received_at <= line.withdrawn_at < evidence.gate(line.order.interval)
        check.expect(line.place, f"{line.title}: between receipt and gate", True, in_time)
        item = f"{line.title}: order in its book"
        check.expect(line.place, item, False, digest in committed)


def withdrawn_orders(evidence: Evidence) -> frozenset[bytes]:
    """Return the digests of the orders whose owners took them back."""
    found = set()
    for line in evidence.published.withdrawals:
        digest = order_digest(evidence.market_domain, line.order)
        expected, got = _signers(evidence, line, digest)
        if expected == got:
            found.add(digest)
    return frozenset(found)


def _signers(evidence: Evidence, line: WithdrawalLine, digest: bytes) -> tuple[str, str]:
    """Return who should have signed a withdrawal, and who did."""
    got = signer(withdrawal_digest(evidence.market_domain, digest), line.signature)
    member = evidence.registry.members.get(line.order.account)
    if member is None:
        return "a registered account", got
    return expected_signer(evidence, member, line.order, got, line.withdrawn_at), got
