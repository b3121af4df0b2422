import pytest

from sapcore.codes import LinearCode, find
from sapcore.errors import InputError
from sapcore.runs import request
from sapcore.runs.own_codes import OwnCode, add_own_code, own_code, own_codes, remove_own_code
from sapcore.simulation import BlockResult, ErrorCounts, PointKey, StoppingRule, Store

MINE = LinearCode("mine", "matrix file", find("Hamming(7,4)").parity_check)
OTHER = LinearCode("another", "matrix file", find("Golay(24,12)").parity_check)
RULE = StoppingRule(frame_errors=1, max_frames=1024)


def test_the_list_is_empty_then_sorted_and_seen_by_others(store):
    assert own_codes(store) == []
    for code in (MINE, OTHER, MINE):
        add_own_code(store, code)
    listed = [OwnCode("another", OTHER.digest, 12, 24), OwnCode("mine", MINE.digest, 3, 7)]
    assert own_codes(store) == listed
    with Store(store.path) as again:
        assert own_codes(again) == listed
        assert again.code(MINE.digest, "mine") == MINE


def test_a_code_of_a_run_is_not_listed_by_that(store):
    add_own_code(store, MINE)
    request(store, [OTHER], ["uncoded"], [3.0], RULE)
    assert [own.name for own in own_codes(store)] == ["mine"]


def test_a_removed_matrix_is_gone(store):
    add_own_code(store, MINE)
    add_own_code(store, OTHER)
    assert remove_own_code(store, "mine", MINE.digest)
    assert [own.name for own in own_codes(store)] == ["another"]
    with pytest.raises(InputError, match=r"^There is no own matrix 'mine' here \(any more\); choose another\.$"):
        own_code(store, "mine", MINE.digest)
    with pytest.raises(InputError, match="There is no own matrix 'mine'"):
        remove_own_code(store, "mine", MINE.digest)
    add_own_code(store, MINE)
    assert len(own_codes(store)) == 2


def run_it(store):
    request(store, [MINE], ["uncoded"], [3.0], RULE)


def measure_it(store):
    key = PointKey(MINE.digest, "0" * 16, 3.0, 0)
    store.add_many(key, [BlockResult(0, ErrorCounts(1024, 1, 7168, 1, 1), 0.1)])


def redundant_form(store):
    store.put_code(MINE.redundant(5))


@pytest.mark.parametrize("use", [run_it, measure_it, redundant_form])
def test_a_matrix_that_something_needs_leaves_the_list_alone(store, use):
    add_own_code(store, MINE)
    use(store)
    assert not remove_own_code(store, "mine", MINE.digest)
    assert own_codes(store) == []
    assert own_code(store, "mine", MINE.digest) == MINE
