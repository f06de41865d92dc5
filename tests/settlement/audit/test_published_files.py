"""Audits of a run whose files were changed: every change is found and named."""

from __future__ import annotations

import random

import pytest

from identity.data_integrity import add_proof
from identity.keys import Ed25519Key, EvmKey
from identity.typed_data import market_domain, order_digest, receipt_digest
from settlement.audit import NotARunError, audit_run, audit_stored_run

pytestmark = pytest.mark.chain

FIRST = 1_743_458_400
FILES = (
    "manifest.json",
    "chain-state.json.gz",
    "participants",
    "orders",
    "prices",
    "fills",
    "readings",
    "attestations",
    "settlements",
    "balances",
)
LINES = tuple(name for name in FILES if "." not in name)


def test_a_right_run_passes_every_check(spoilt) -> None:
    verdict = spoilt.audit()
    assert verdict.findings == []
    assert verdict.passed
    idle = [check.name for check in verdict.checks if check.count == 0]
    assert idle == []


def test_a_right_run_passes_from_its_state_file(spoilt) -> None:
    assert audit_stored_run(spoilt.folder).passed


def test_progress_is_reported_to_the_end(spoilt) -> None:
    steps: list[tuple[str, int, int]] = []
    audit_run(spoilt.folder, spoilt.chain, progress=lambda *step: steps.append(step))
    assert [done for _, done, _ in steps] == list(range(len(steps)))
    assert steps[-1][1] == steps[-1][2]


@pytest.mark.parametrize("name", FILES)
def test_any_flipped_byte_is_found_in_its_file(spoilt, name: str) -> None:
    path = spoilt.path(name)
    right = path.read_bytes()
    chance = random.Random(name)
    for _ in range(8):
        wrong = bytearray(right)
        at = chance.randrange(len(wrong))
        wrong[at] ^= chance.choice([1 << chance.randrange(8), chance.randrange(1, 256)])
        path.write_bytes(bytes(wrong))
        findings = spoilt.audit().findings
        context = right[max(at - 30, 0) : at + 10]
        assert path.name in [finding.file for finding in findings], (at, context, findings)


@pytest.mark.parametrize("name", LINES)
def test_any_changed_digit_is_found_on_its_line(spoilt, name: str) -> None:
    path = spoilt.path(name)
    right = path.read_bytes()
    chance = random.Random(name)
    digits = [at for at, byte in enumerate(right) if byte in b"0123456789"]
    for at in chance.sample(digits, 6):
        wrong = bytearray(right)
        wrong[at] = chance.choice(b"0123456789".replace(right[at : at + 1], b""))
        path.write_bytes(bytes(wrong))
        places = [(finding.file, finding.line) for finding in spoilt.audit().findings]
        line = right[:at].count(b"\n") + 1
        assert (path.name, line) in places, (at, right[max(at - 30, 0) : at + 10])


@pytest.mark.parametrize("name", LINES)
def test_a_missing_file_is_found(spoilt, name: str) -> None:
    spoilt.path(name).unlink()
    finding = spoilt.find("files", "file")
    assert (finding.file, finding.expected) == (f"{name}.jsonl", "a readable file")


@pytest.mark.parametrize("name", LINES)
def test_a_missing_line_is_found(spoilt, name: str) -> None:
    lines = spoilt.path(name).read_bytes().splitlines(keepends=True)
    spoilt.path(name).write_bytes(b"".join(lines[:-1]))
    assert not spoilt.audit().passed


@pytest.mark.parametrize("name", LINES)
def test_a_line_that_stands_twice_is_found(spoilt, name: str) -> None:
    lines = spoilt.path(name).read_bytes().splitlines(keepends=True)
    spoilt.path(name).write_bytes(b"".join([lines[0], *lines]))
    finding = spoilt.find("files", "sequence")
    assert (finding.file, finding.line) == (f"{name}.jsonl", 2)


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\n{}\n[[[[\n\nnull\n", b'{"interval_start":99}\n' * 2],
)
def test_a_file_of_something_else_is_found_and_stops_nothing(
    spoilt, name: str, content: bytes
) -> None:
    spoilt.path(name).write_bytes(content)
    verdict = spoilt.audit()
    assert not verdict.passed
    assert len(verdict.checks) == 28
    assert "the check itself" not in [finding.item for finding in verdict.findings]


def test_a_file_that_nothing_verifies_is_found(spoilt) -> None:
    (spoilt.folder / "published" / "notes.txt").write_text("all is well")
    assert spoilt.find("files", "file").file == "notes.txt"


def test_a_folder_without_a_manifest_is_no_run(spoilt) -> None:
    (spoilt.folder / "manifest.json").unlink()
    with pytest.raises(NotARunError, match=r"a folder with manifest\.json"):
        spoilt.audit()


def test_a_folder_without_a_state_cannot_start_a_chain(spoilt) -> None:
    (spoilt.folder / "chain-state.json.gz").unlink()
    assert spoilt.audit().passed
    with pytest.raises(NotARunError, match=r"a folder with chain-state\.json\.gz"):
        audit_stored_run(spoilt.folder)


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b" + b"\0" * 40, b"{}", b'{"a":1}'])
def test_a_state_that_starts_no_chain_is_a_finding(spoilt, content: bytes) -> None:
    (spoilt.folder / "chain-state.json.gz").write_bytes(content)
    verdict = audit_stored_run(spoilt.folder)
    files = {finding.file for finding in verdict.findings}
    assert "chain-state.json.gz" in files


MANIFEST_LIES = [
    ("community", "gate_lead_s", 301, "community", "community.gate_lead_s"),
    ("community", "grid_account", 3, "community", "community.grid_account"),
    ("community", "number", 2, "community", "community.number: times created on chain"),
    ("chain", "block", 0, "contracts", "chain.block"),
    ("chain", "block", 2, "contracts", "chain.registry"),
    ("chain", "chain_id", 1, "contracts", "chain.chain_id"),
    ("chain", "currency", "0x" + "11" * 20, "contracts", "chain.currency"),
    (None, "first_start", FIRST - 900, "manifest", "first_start: in the day"),
    (None, "intervals", 97, "manifest", "intervals: in the day"),
    (None, "day", "2025-03-31", "manifest", "first_start: in the day"),
    (None, "time_zone", "America/New_York", "manifest", "first_start: in the day"),
    (None, "time_zone", "Europe/Nowhere", "manifest", "time_zone"),
    (None, "mechanism", "first-price", "manifest", "mechanism"),
    (None, "format", "commonwatt-run/2", "manifest", "format"),
    (None, "operator", "0x" + "22" * 20, "manifest", "signature"),
    (None, "extra", 1, "manifest", "extra"),
]


@pytest.mark.parametrize(("part", "field", "value", "check", "item"), MANIFEST_LIES)
def test_a_manifest_that_the_operator_signed_and_that_is_wrong(
    spoilt, part: str | None, field: str, value: object, check: str, item: str
) -> None:
    manifest = spoilt.play.manifest
    right = {**manifest, "community": {**manifest["community"]}, "chain": {**manifest["chain"]}}
    (right[part] if part else right)[field] = value
    spoilt.play.manifest = right
    try:
        spoilt.play.sign_manifest()
        spoilt.change("manifest.json", 1, lambda old: (old.clear(), old.update(right)))
    finally:
        spoilt.play.manifest = manifest
    finding = spoilt.find(check, item)
    assert finding.file == "manifest.json"


@pytest.mark.parametrize("content", [b"", b"\n", b"{}", b"[]\n", b"{}\n\n"])
def test_a_manifest_that_is_not_one_line_is_named(spoilt, content: bytes) -> None:
    spoilt.path("manifest.json").write_bytes(content)
    verdict = spoilt.audit()
    (finding,) = verdict.findings
    assert (finding.check, finding.file, finding.line) == ("manifest", "manifest.json", 1)
    assert verdict.manifest is None


def test_the_name_of_the_community_is_under_the_operators_signature(spoilt) -> None:
    spoilt.change("manifest.json", 1, lambda old: old["community"].update(name="tidy"))
    verdict = spoilt.audit()
    (finding,) = verdict.findings
    assert (finding.check, finding.item) == ("manifest", "signature")


LINE_LIES = [
    ("participants", 1, {"role": 2}, "participants", "role of account 1"),
    ("participants", 2, {"credential": None}, "credentials", "credential hash of account 2"),
    ("orders", 3, {"quantity_wh": 402}, "order digests", "digest of order 0/2 of account 3"),
    ("orders", 3, {"price": -1}, "order signatures", "signer of order 0/2 of account 3"),
    ("orders", 4, {"receipt": "0x" + "11" * 65}, "receipts", "receipt of order 1/0 of account 3"),
    ("orders", 5, {"salt": "0x" + "0" * 32}, "direct orders", "salt of order 2/0 of account 1"),
    ("orders", 6, {"account": 2}, "commitments", "commitment of batch 0"),
    ("orders", 8, {"account": 4}, "active accounts", "order 0/0 of account 4"),
    ("orders", 8, {"account": 9}, "order signatures", "order 0/0 of account 9"),
    ("prices", 1, {"feed_in": 7_999}, "tariffs", "feed-in price"),
    ("prices", 1, {"low": 1}, "prices", "low"),
    ("prices", 2, {"price": 10_000}, "prices", "price"),
    ("prices", 4, {"volume_wh": 451}, "prices", "volume"),
    ("prices", 4, {"status": "no-trade"}, "prices", "status"),
    ("prices", 3, {"price_hash": "0x" + "0" * 64}, "price hashes", "price hash"),
    ("fills", 1, {"payment": 1}, "allocations", "payment of order"),
    ("fills", 2, {"quantity_wh": 1}, "allocations", "quantity of order"),
    ("fills", 3, {"account": 9}, "allocations", "account of order"),
    ("readings", 1, {"salt": "0x" + "0" * 32}, "reading proofs", "proof of reading 0 of gateway 1"),
    ("readings", 2, {"proof": []}, "reading proofs", "proof of reading 1 of gateway 1"),
    ("attestations", 1, {"sequence": 9}, "attestations", "attestation of gateway 1 as recorded"),
    ("attestations", 2, {"count": 2}, "attestations", "count of attestation of gateway 2"),
    ("attestations", 3, {"imported_wh": 0}, "attestations", "imported Wh of attestation"),
    ("settlements", 1, {"grid_payment": 0}, "payments", "grid payment"),
    ("settlements", 2, {"positions": []}, "settlements", "accounts"),
    ("settlements", 3, {"positions_hash": "0x" + "0" * 64}, "settlements", "positions hash"),
    ("settlements", 4, {"price_hash": "0x" + "0" * 64}, "settlements", "price hash"),
    ("balances", 1, {"deposited": 0}, "balances", "deposits of account 1"),
    ("balances", 2, {"currency": 0}, "balances", "currency of account 2"),
    ("balances", 3, {"energy": 1}, "balances", "energy of account 3"),
    ("balances", 4, {"wallet": "0x" + "33" * 20}, "balances", "wallet of account 4"),
]


@pytest.mark.parametrize(("name", "line", "change", "check", "item"), LINE_LIES)
def test_a_wrong_value_is_named_with_file_line_interval_and_item(
    spoilt, name: str, line: int, change: dict[str, object], check: str, item: str
) -> None:
    spoilt.change(name, line, lambda value: value.update(change))
    found = [
        finding
        for finding in spoilt.audit().findings
        if finding.check == check
        and item in finding.item
        and (finding.file, finding.line) == (f"{name}.jsonl", line)
    ]
    assert found, spoilt.audit().findings
    if name not in ("participants", "balances"):
        assert all((finding.interval or 0) >= FIRST for finding in found)


POSITION_LIES = [
    ("bought_wh", 1, "settlements", "bought Wh of account 2"),
    ("imported_wh", 1, "settlements", "imported Wh of account 2"),
    ("certificates_wh", 0, "settlements", "certificates Wh of account 2"),
    ("residual_wh", 1, "settlements", "residual Wh of account 2"),
    ("payment", 1, "payments", "payment of account 2"),
]


@pytest.mark.parametrize(("field", "value", "check", "item"), POSITION_LIES)
def test_a_wrong_number_in_a_position_is_named(
    spoilt, field: str, value: int, check: str, item: str
) -> None:
    if field == "bought_wh":
        spoilt.change("settlements", 1, lambda line: line["positions"][1].update(certificates_wh=0))
    spoilt.change("settlements", 1, lambda line: line["positions"][1].update({field: value}))
    finding = spoilt.find(check, item)
    assert (finding.line, finding.interval, finding.got) == (1, FIRST, str(value))


def test_an_order_that_the_operator_invented_is_named(spoilt) -> None:
    _, _, digest = _first_order(spoilt)
    forged = spoilt.play.keys["operator"].sign(digest)
    spoilt.change("orders", 1, lambda line: line.update(signature="0x" + forged.hex()))
    verdict = spoilt.audit()
    (finding,) = verdict.findings
    assert (finding.check, finding.line) == ("order signatures", 1)
    assert finding.got == spoilt.play.keys["operator"].address


def test_an_order_received_after_the_gate_is_named(spoilt) -> None:
    domain, order, digest = _first_order(spoilt)
    late = order.interval.start - 300
    receipt = spoilt.play.keys["operator"].sign(receipt_digest(domain, digest, late))
    spoilt.change(
        "orders", 1, lambda line: line.update(received_at=late, receipt="0x" + receipt.hex())
    )
    (finding,) = spoilt.audit().findings
    assert (finding.check, finding.line, finding.got) == ("receipts", 1, str(late))


def test_a_reading_signed_by_another_key_is_named(spoilt) -> None:
    def sign_again(line):
        document = {key: value for key, value in line["document"].items() if key != "proof"}
        thief = Ed25519Key.from_seed(b"\x99" * 32)
        line["document"] = add_proof(document, thief, FIRST + 900)

    spoilt.change("readings", 1, sign_again)
    finding = spoilt.find("readings", "signer of reading 0 of gateway 1, device 1")
    assert (finding.line, finding.interval) == (1, FIRST)
    spoilt.find("reading proofs", "proof of reading 0 of gateway 1")


def test_a_reading_changed_inside_its_document_is_named(spoilt) -> None:
    spoilt.change("readings", 3, lambda line: line["document"].update(exportedWh=391))
    finding = spoilt.find("readings", "reading 0 of gateway 2: proof.proofValue")
    assert (finding.line, finding.interval) == (3, FIRST)


def test_an_attestation_signed_by_another_key_is_named(spoilt) -> None:
    signature = EvmKey.from_secret(b"\x01" * 32).sign(bytes(32))
    spoilt.change("attestations", 1, lambda line: line.update(signature="0x" + signature.hex()))
    (finding,) = spoilt.audit().findings
    assert (finding.check, finding.line) == ("attestations", 1)
    assert finding.item == "signer of attestation of gateway 1"


def test_a_fill_of_an_order_that_did_not_trade_is_named(spoilt) -> None:
    lines = spoilt.play.lines
    idle = next(
        line["digest"]
        for line in lines["orders"]
        if line["digest"] not in {fill["digest"] for fill in lines["fills"]}
        and line["interval_start"] == FIRST
    )
    path = spoilt.path("fills")
    rest = path.read_bytes()
    path.write_bytes(
        b'{"account":3,"digest":"%s","interval_start":%d,"payment":0,"quantity_wh":1}\n'
        % (idle.encode(), FIRST)
        + rest
    )
    found = [finding for finding in spoilt.audit().findings if finding.check == "allocations"]
    assert [finding.expected for finding in found] == ["none"]


def test_a_line_with_a_field_too_many_is_named(spoilt) -> None:
    spoilt.change("prices", 2, lambda line: line.update(comment="fine"))
    finding = spoilt.find("files", "comment")
    assert (finding.line, finding.interval) == (2, FIRST + 900)


def test_an_order_with_half_a_receipt_is_named(spoilt) -> None:
    spoilt.change("orders", 1, lambda line: line.update(receipt=None))
    assert spoilt.find("files", "receipt").line == 1


def _first_order(spoilt):
    (line, *_) = spoilt.play.lines["orders"]
    order = spoilt.play.order(0, 0, 0, 1, "bid", 300, 25_000)
    domain = market_domain(spoilt.chain.chain_id, spoilt.play.deployment.market)
    digest = order_digest(domain, order)
    assert line["digest"] == "0x" + digest.hex()
    return domain, order, digest


def test_an_interval_settled_twice_in_the_files_is_named(spoilt) -> None:
    path = spoilt.path("settlements")
    lines = path.read_bytes().splitlines(keepends=True)
    another = lines[1].replace(b'"grid_payment":', b'"grid_payment":1')
    path.write_bytes(b"".join([*lines[:2], another, *lines[2:]]))
    finding = spoilt.find("files", "sequence")
    assert (finding.file, finding.line, finding.interval) == ("settlements.jsonl", 3, FIRST + 900)


def test_an_interval_left_out_of_the_files_and_the_manifest_is_named(spoilt) -> None:
    for name in LINES:
        path = spoilt.path(name)
        lines = path.read_bytes().splitlines(keepends=True)
        last = b'"interval_start":%d' % (FIRST + 2_700)
        path.write_bytes(b"".join(line for line in lines if last not in line))
    manifest = spoilt.play.manifest
    try:
        spoilt.play.manifest = {**manifest, "intervals": 3}
        spoilt.play.sign_manifest()
        spoilt.change("manifest.json", 1, lambda old: old.update(spoilt.play.manifest))
    finally:
        spoilt.play.manifest = manifest
    strays = [one for one in spoilt.audit().findings if one.check == "completeness"]
    assert {one.item for one in strays} >= {"IntervalCleared on chain", "IntervalSettled on chain"}
