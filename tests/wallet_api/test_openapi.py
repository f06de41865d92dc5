"""The API keeps to what its OpenAPI document says, whatever it is sent."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

# The document cannot say which cursors, messages and durations are good ones; and the session that
# every request is given here hides whatever token the request was made with.
NOT_OURS = [positive_data_acceptance, ignored_auth]

few = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def openapi(world):
    """The application's own document, with a session, records and a stream that ends."""
    caller = world.signed_in(1)
    for salt in range(3):
        caller.post("/v1/orders", json=world.order(1, salt=salt))
    world.market.records = [world.record(quarter) for quarter in range(3)]
    world.settle(1, 4, 100, 150)
    world.meter(1, 10, 4, 1_000)
    world.trade(1, 4, b"\x11" * 32, 100)
    world.services.broadcast.close()
    found = schemathesis.openapi.from_asgi("/openapi.json", world.app())
    found.config.update(headers=dict(caller.headers))
    return found


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_answer_is_declared(openapi, subtests, mode):
    checked = 0
    for operation in (result.ok() for result in openapi.get_all_operations()):
        if operation.method == "delete":
            continue  # would end the session of all others

        @few
        @given(case=operation.as_strategy(generation_mode=mode))
        def check(case):
            case.call_and_validate(excluded_checks=NOT_OURS)

        with subtests.test(operation.label):
            try:
                check()
            except Unsatisfiable:
                assert mode is GenerationMode.NEGATIVE
        checked += 1
    assert checked > 12


def test_errors_are_declared_as_problems(world):
    document = world.caller().get("/openapi.json").json()
    assert "HTTPValidationError" not in str(document)
    operations = [op for path in document["paths"].values() for op in path.values()]
    assert len(operations) > 15
    for operation in operations:
        assert operation["summary"]
        assert operation["description"]
        assert operation["tags"]
        for status, response in operation["responses"].items():
            if status >= "4":
                reference = {"$ref": "#/components/schemas/Problem"}
                assert response["content"] == {"application/problem+json": {"schema": reference}}
        if "security" in operation:
            assert "401" in operation["responses"]
