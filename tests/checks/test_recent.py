"""What is kept of what was read last."""

from __future__ import annotations

from checks.recent import Recent


def kept(recent: Recent[str], keys: str) -> str:
    return "".join(key for key in keys if recent.get(key))


def test_at_most_so_many() -> None:
    recent = Recent[str](2)
    for key in "abc":
        recent.keep(key, key, 1)
    assert kept(recent, "abc") == "bc"


def test_what_was_used_stays() -> None:
    recent = Recent[str](2)
    recent.keep("a", "a", 1)
    recent.keep("b", "b", 1)
    assert recent.get("a") == "a"
    recent.keep("c", "c", 1)
    assert kept(recent, "abc") == "ac"


def test_large_ones_leave_no_room_for_others_and_the_newest_is_kept_whatever_it_weighs() -> None:
    recent = Recent[str](9, room=10)
    for key, weight in (("a", 4), ("b", 4), ("c", 4), ("d", 99), ("e", 1)):
        recent.keep(key, key, weight)
        assert recent.get(key) == key
    assert kept(recent, "abcde") == "e"


def test_room_comes_back() -> None:
    recent = Recent[str](9, room=10)
    recent.keep("a", "a", 99)
    for key in "bcd":
        recent.keep(key, key, 3)
    assert kept(recent, "abcd") == "bcd"
