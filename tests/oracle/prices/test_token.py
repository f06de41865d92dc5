"""The security token is found, and never shown."""

from __future__ import annotations

import copy

import pytest

from domain.errors import InvalidValueError
from oracle.prices.token import TOKEN_VARIABLE, SecurityToken, find_token

SECRET = "0f3c2b6e-5f0a-4c1d-9a87-6c1f4be0d2a1"


def test_no_text_shows_it():
    token = SecurityToken(SECRET)
    for shown in (repr(token), str(token), f"{token}", f"{token!r}", repr([token]), format(token)):
        assert SECRET not in shown
    assert copy.copy(token).reveal() == token.reveal() == SECRET


def test_it_is_covered_up_in_what_a_server_says():
    said = f"unknown token {SECRET} and again {SECRET}".encode()
    assert SecurityToken(SECRET).removed_from(said) == b"unknown token *** and again ***"


def test_it_comes_from_a_file_or_else_from_the_environment(tmp_path):
    file = tmp_path / "token"
    file.write_text(SECRET + "\n")
    environment = {TOKEN_VARIABLE: "f" * 36}
    assert find_token(environment, file).reveal() == SECRET
    assert find_token(environment, None).reveal() == "f" * 36
    assert find_token({TOKEN_VARIABLE: f" {SECRET} "}, None).reveal() == SECRET


@pytest.mark.parametrize("environment", [{}, {TOKEN_VARIABLE: ""}, {TOKEN_VARIABLE: " "}])
def test_a_missing_token_is_asked_for_by_the_name_of_its_variable(environment):
    with pytest.raises(InvalidValueError) as caught:
        find_token(environment, None)
    assert caught.value.field == TOKEN_VARIABLE


@pytest.mark.parametrize(
    "secret", ["short", "has spaces in its midst", "line\nbreaks" * 3, "ü" * 20]
)
def test_what_is_no_token_is_refused_without_being_shown(secret, tmp_path):
    file = tmp_path / "token"
    file.write_text(secret)
    for find in (lambda: SecurityToken(secret), lambda: find_token({}, file)):
        with pytest.raises(InvalidValueError) as caught:
            find()
        assert secret not in str(caught.value)


def test_a_file_that_is_not_there_or_too_long(tmp_path):
    with pytest.raises(InvalidValueError, match="a file that can be read"):
        find_token({}, tmp_path / "missing")
    (tmp_path / "long").write_text("a" * 10_000)
    with pytest.raises(InvalidValueError, match="security token"):
        find_token({}, tmp_path / "long")
