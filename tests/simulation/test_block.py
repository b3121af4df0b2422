import json
import os
import subprocess
import sys
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import sapcore
from sapcore.channel import uncoded_bit_error_rate
from sapcore.codes import load
from sapcore.decoders import BeliefPropagation, MaximumLikelihood, Uncoded
from sapcore.errors import InputError
from sapcore.simulation import BLOCK_FRAMES, ErrorCounts, block_frames, frame_error_interval, simulate_block


def test_frames_are_codewords_and_random():
    code = load("BCH(31,16)")
    codewords, noise = block_frames(code, 0, 0)
    assert codewords.shape == noise.shape == (BLOCK_FRAMES, code.n)
    assert codewords.dtype == np.uint8
    assert not code.syndrome(codewords).any()
    assert len(np.unique(codewords, axis=0)) > 1000  # of 2^16 words, 1024 draws repeat about 8
    assert codewords.mean() == pytest.approx(0.5, abs=0.02)


def test_noise_is_standard_normal_and_its_blocks_are_independent():
    code = load("BCH(63,45)")
    noise = np.stack([block_frames(code, 0, index)[1] for index in range(8)])
    assert noise.mean() == pytest.approx(0, abs=5 / np.sqrt(noise.size))
    assert noise.var() == pytest.approx(1, abs=8 / np.sqrt(noise.size))
    assert (noise**4).mean() == pytest.approx(3, abs=0.1)
    for a, b in pairwise(noise):
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 5 / np.sqrt(a.size)


def test_the_noise_comes_from_seed_length_and_index_alone():
    standard = load("BCH(31,16)")
    noise = block_frames(standard, 3, 5)[1]
    for other in (standard.redundant(), load("BCH(31,21)"), load("Hamming(31,26)")):
        np.testing.assert_array_equal(block_frames(other, 3, 5)[1], noise)
    for code, seed, index in ((standard, 3, 6), (standard, 4, 5), (standard, 5, 3)):
        assert not np.isclose(block_frames(code, seed, index)[1], noise).any(axis=1).all()


def test_a_redundant_matrix_sees_the_same_codewords():
    code = load("BCH(31,16)")
    np.testing.assert_array_equal(block_frames(code.redundant(), 1, 2)[0], block_frames(code, 1, 2)[0])


def test_every_ebn0_sees_the_same_frames():
    """The bits that are wrong at a high Eb/N0 are among those that are wrong at a lower one."""
    code = load("BCH(31,16)")
    decoder = Uncoded(code)
    errors = [simulate_block(code, decoder, ebn0_db, 0, 0).bit_errors for ebn0_db in np.arange(0, 9, 0.5)]
    assert errors == sorted(errors, reverse=True)


def test_two_matrices_of_a_code_pair_frame_by_frame():
    forms = [load("BCH(31,21)"), load("BCH(31,21)").redundant()]
    first, second = ([simulate_block(form, MaximumLikelihood(form), 2.0, 0, i) for i in range(3)] for form in forms)
    assert first == second


@pytest.mark.parametrize(("seed", "index"), [(-1, 0), (0, -1)])
def test_negative_keys_are_refused(seed, index):
    with pytest.raises(InputError, match="from 0 on"):
        block_frames(load("Hamming(7,4)"), seed, index)


def counts_of_some_blocks():
    code = load("BCH(31,16)")
    decoders = (Uncoded(code), MaximumLikelihood(code), BeliefPropagation(code, 20))
    return [asdict(simulate_block(code, decoder, 3.0, 11, index)) for decoder in decoders for index in (0, 7)]


def test_the_same_key_gives_the_same_counts_in_another_process():
    here = counts_of_some_blocks()
    environment = {**os.environ, "PYTHONPATH": str(Path(sapcore.__file__).parents[1])}
    command = [sys.executable, __file__]
    there = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=240)
    assert json.loads(there.stdout) == here


@pytest.mark.parametrize("ebn0_db", range(9))
def test_uncoded_agrees_with_the_closed_form(ebn0_db):
    """Bits of uncoded transmission are independent, so the exact 99.9 % interval of the bits must hold Q."""
    code = load("BCH(127,64)")
    decoder = Uncoded(code)
    counts = sum((simulate_block(code, decoder, ebn0_db, 1, index) for index in range(25)), ErrorCounts())
    low, high = frame_error_interval(np.int64(counts.bit_errors), np.int64(counts.bits), confidence=0.999)
    assert low <= uncoded_bit_error_rate(ebn0_db) <= high


if __name__ == "__main__":
    print(json.dumps(counts_of_some_blocks()))
