from sapcore.codes import load
from sapcore.decoders import MaximumLikelihood
from sapcore.simulation import BLOCK_FRAMES, ErrorCounts, PointKey, StoppingRule, Store, simulate_block, simulate_point


class CountingDecoder(MaximumLikelihood):
    calls = 0

    def decode(self, received, sigma):
        self.calls += 1
        return super().decode(received, sigma)


def test_the_counts_are_the_shortest_prefix_that_satisfies_the_rule():
    code = load("Hamming(7,4)")
    decoder = MaximumLikelihood(code)
    rule = StoppingRule(frame_errors=200, max_frames=10**6)
    found = simulate_point(code, decoder, 3.0, rule, seed=4)
    expected, index = ErrorCounts(), 0
    while expected.frame_errors < 200:
        expected += simulate_block(code, decoder, 3.0, 4, index)
        index += 1
    assert found == expected
    assert found.frames == index * BLOCK_FRAMES


def test_max_frames_stops_at_a_whole_block():
    code = load("Hamming(7,4)")
    found = simulate_point(code, MaximumLikelihood(code), 9.0, StoppingRule(max_frames=BLOCK_FRAMES + 1), seed=0)
    assert found.frames == 2 * BLOCK_FRAMES


def test_a_store_is_filled_and_then_used(tmp_path):
    code = load("BCH(15,7)")
    decoder = CountingDecoder(code)
    rule = StoppingRule(frame_errors=150)
    alone = simulate_point(code, MaximumLikelihood(code), 2.0, rule)
    with Store(tmp_path / "results.sqlite") as store:
        key = PointKey(code.digest, decoder.digest, 2.0, 0)
        store.add(key, 1, simulate_block(code, decoder, 2.0, 0, 1), 0.1)
        before = decoder.calls
        assert simulate_point(code, decoder, 2.0, rule, store=store) == alone
        blocks = alone.frames // BLOCK_FRAMES
        assert decoder.calls - before == blocks - 1
        assert store.point(key, rule) == (alone, True)
        assert store.code(code.digest) == code
        assert simulate_point(code, decoder, 2.0, rule, store=store) == alone
        assert decoder.calls - before == blocks - 1
