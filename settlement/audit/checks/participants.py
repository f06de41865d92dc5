"""Who takes part: the registry's events, its storage, and the credentials."""

from __future__ import annotations

from domain.errors import CommonwattError
from identity.credentials import credential_hash, verify_membership
from identity.did import did_pkh
from settlement.audit.evidence import Evidence, ask
from settlement.audit.findings import Check, on_chain
from settlement.audit.records import ParticipantLine
from settlement.audit.registry import Member


def check_registry(evidence: Evidence) -> None:
    """Compare what the registry stores with what its events say."""
    check = evidence.ledger.check("registry", "stored entries == registry's events")
    _check_members(evidence, check)
    _check_gateways(evidence, check)
    _check_devices(evidence, check)


def check_participants(evidence: Evidence) -> None:
    """Compare the published participants with the registry, and check their credentials."""
    check = evidence.ledger.check("participants", "published == registered")
    credentials = evidence.ledger.check("credentials", "issuer's signature, subject, hash, time")
    published = set()
    for line in evidence.published.participants:
        published.add(line.account)
        member = evidence.registry.members.get(line.account)
        title = f"account {line.account}"
        if member is None:
            check.fail(line.place, title, "a registered account", "none such")
            continue
        check.expect(line.place, f"wallet of {title}", member.wallet, line.wallet)
        check.expect(line.place, f"role of {title}", member.role, line.role)
        _check_credential(evidence, credentials, line, member)
    for account in sorted(evidence.registry.members.keys() - published):
        check.fail(on_chain(), f"account {account}", "a line in participants.jsonl", None)


def _check_members(evidence: Evidence, check: Check) -> None:
    registry = evidence.contracts.registry
    members = evidence.registry.members
    count = ask(check, on_chain(), "number of participants", registry.participant_count)
    check.expect(on_chain(), "stored number of participants", len(members), count)
    for account, member in members.items():
        title = f"account {account}"
        stored = ask(check, on_chain(), title, registry.participant, account)
        if stored is None:
            check.fail(on_chain(), f"stored {title}", "an entry", None)
            continue
        place = on_chain()
        check.expect(place, f"stored wallet of {title}", member.wallet, stored.wallet)
        check.expect(
            place,
            f"stored credential hash of {title}",
            member.credential_hash,
            stored.credential_hash,
        )
        check.expect(place, f"stored role of {title}", member.role, int(stored.role))
        active = evidence.registry.is_active(account)
        check.expect(place, f"stored activity of {title}", active, stored.active)


def _check_gateways(evidence: Evidence, check: Check) -> None:
    registry = evidence.contracts.registry
    gateways = evidence.registry.gateways
    count = ask(check, on_chain(), "number of gateways", registry.gateway_count)
    check.expect(on_chain(), "stored number of gateways", len(gateways), count)
    for number, keys in gateways.items():
        title = f"gateway {number}"
        stored = ask(check, on_chain(), title, registry.gateway, number)
        if stored is None:
            check.fail(on_chain(), f"stored {title}", "an entry", None)
            continue
        place = on_chain()
        check.expect(place, f"stored EVM key of {title}", keys.evm_key, stored.evm_key)
        check.expect(place, f"stored Ed25519 key of {title}", keys.ed25519_key, stored.ed25519_key)
        check.expect(
            place,
            f"stored validity of {title}",
            (keys.valid_from, keys.valid_until),
            (stored.valid_from, stored.valid_until),
        )


def _check_devices(evidence: Evidence, check: Check) -> None:
    registry = evidence.contracts.registry
    devices = evidence.registry.devices
    count = ask(check, on_chain(), "number of devices", registry.device_count)
    check.expect(on_chain(), "stored number of devices", len(devices), count)
    for number, device in devices.items():
        title = f"device {number}"
        stored = ask(check, on_chain(), title, registry.device, number)
        if stored is None:
            check.fail(on_chain(), f"stored {title}", "an entry", None)
            continue
        kept = (stored.community, stored.account, stored.gateway, stored.valid_from)
        expected = (device.community, device.account, device.gateway, device.valid_from)
        check.expect(
            on_chain(), f"stored {title} (community, account, gateway, since)", expected, kept
        )
        item = f"stored description hash of {title}"
        check.expect(on_chain(), item, device.description_hash, stored.description_hash)


def _check_credential(
    evidence: Evidence, check: Check, line: ParticipantLine, member: Member
) -> None:
    title = f"account {line.account}"
    if line.credential is None:
        check.expect(line.place, f"credential hash of {title}", bytes(32), member.credential_hash)
        return
    check.expect(
        line.place,
        f"credential hash of {title}",
        member.credential_hash,
        credential_hash(line.credential),
    )
    manifest = evidence.manifest
    first, *_, last = evidence.calendar.values()
    try:
        membership = verify_membership(line.credential, manifest.issuer, first.start)
        verify_membership(line.credential, manifest.issuer, last.end - 1)
    except CommonwattError as error:
        check.fail(line.place, f"credential of {title}", "a valid membership", error)
        return
    subject = did_pkh(manifest.chain.chain_id, member.wallet)
    check.expect(line.place, f"subject of {title}'s credential", subject, membership.subject)
    check.expect(
        line.place,
        f"community of {title}'s credential",
        manifest.community,
        membership.community,
    )
