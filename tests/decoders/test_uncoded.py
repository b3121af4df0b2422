import numpy as np

from sapcore.codes import load
from sapcore.decoders import Uncoded


def test_every_value_is_decided_alone():
    code = load("Hamming(7,4)")
    received = np.array([[0.2, -0.1, 3.0, -2.0, 1.0, -1.0, 0.0]], dtype=np.float32)
    bits = Uncoded(code).decode(received, 0.5)
    assert bits.dtype == np.uint8
    np.testing.assert_array_equal(bits, [[0, 1, 0, 1, 0, 1, 0]])
