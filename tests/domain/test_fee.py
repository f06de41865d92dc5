from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.fee import NO_FEE, AnnouncedFee, Fee, FeeSchedule
from domain.units import Account, MillicentPerKilowattHour

ANNOUNCEMENTS = st.lists(
    st.builds(
        AnnouncedFee,
        st.integers(1, 2),
        st.integers(0, 9),
        st.builds(Fee, st.just(Account(7)), st.integers(1, 9).map(MillicentPerKilowattHour)),
    ),
    max_size=8,
)


@given(ANNOUNCEMENTS, st.integers(1, 2), st.integers(0, 10), st.integers(0, 8))
def test_an_announcement_replaces_what_would_begin_with_it_or_later(
    announced: list[AnnouncedFee], community: int, second: int, cut: int
) -> None:
    """Against what each second pays, written over by each announcement from its second on."""
    paid = [NO_FEE] * 11
    begins: set[int] = set()
    for one in announced:
        if one.community == community:
            paid[one.valid_from :] = [one.fee] * (11 - one.valid_from)
            begins = {start for start in begins if start < one.valid_from} | {one.valid_from}
    schedule = FeeSchedule().with_announcements(announced[:cut])
    schedule = schedule.with_announcements(announced[cut:])
    assert schedule.at(community, second) == paid[second]
    coming = schedule.after(community, second)
    later = min((start for start in begins if start > second), default=None)
    assert (None if coming is None else coming.valid_from) == later
    assert coming is None or coming.fee == paid[coming.valid_from]
    assert schedule.at(3, second) == NO_FEE
