"""The independent auditor: recomputes a published run from its files and the chain alone.

It shares nothing with the node that ran the market but the vocabulary (``domain``), the signatures
(``identity``) and the way to read a chain (``chain``).
"""

from __future__ import annotations

from settlement.audit.auditor import (
    NotARunError,
    Progress,
    Verdict,
    audit_run,
    audit_stored_run,
)
from settlement.audit.findings import Check, Finding
from settlement.audit.manifest import manifest_digest

__all__ = [
    "Check",
    "Finding",
    "NotARunError",
    "Progress",
    "Verdict",
    "audit_run",
    "audit_stored_run",
    "manifest_digest",
]
