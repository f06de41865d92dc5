from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from oracle.batch import SignedBatch
from oracle.errors import BatchRefusedError


def test_batches_handed_in_by_many_threads_at_once_are_kept_once(scene: Any) -> None:
    batches = [scene.batch(gateway, slot) for slot in range(6) for gateway in (1, 2)]
    deliveries = batches * 4
    random.Random(1).shuffle(deliveries)
    with ThreadPoolExecutor(8) as threads:
        kept = list(threads.map(scene.ingest.receive, deliveries))
    assert sum(kept) == len(batches)
    for slot in range(6):
        assert len(scene.records.entries(scene.interval(slot))) == 3


def test_what_comes_while_an_interval_is_attested_is_attested_or_refused(scene: Any) -> None:
    def receive(batch: SignedBatch) -> str:
        try:
            return "kept" if scene.ingest.receive(batch) else "known"
        except BatchRefusedError as error:
            return error.code

    for slot in range(12):
        early, late = scene.batch(1, slot), scene.batch(2, slot)
        scene.ingest.receive(early)
        with ThreadPoolExecutor(2) as threads:
            received = threads.submit(receive, late)
            (receipt,) = threads.submit(scene.ingest.attest, scene.interval(slot)).result()
        (call,) = [call for call, known in scene.outbox.delivered.values() if known == receipt]
        attested = {one.gateway for one in scene.metering.calls[call.data]}
        outcome = "kept" if attested == {1, 2} else "interval-closed"
        assert received.result() == outcome
        assert attested == {one.gateway for one in scene.records.entries(scene.interval(slot))}
