import networkx
import numpy as np
import pytest
import torch

from sapcore.channel import noise_sigma, transmit
from sapcore.codes import find
from sapcore.decoders.backbones import DEFAULT_BACKBONE, load_backbone
from sapcore.decoders.fecct import UNREACHABLE, CodeView, Fecct, FecctConfig
from sapcore.decoders.fecct_decoder import FecctDecoder
from sapcore.decoders.inference import _linear
from sapcore.spectra import TannerGraph
from sapcore.variants import build_decoder

CODE = find("BCH(15,7)")


@pytest.fixture
def network():
    torch.manual_seed(0)
    return Fecct(FecctConfig(layers=2, width=16, heads=4)).eval()


def received(code, frames, seed=0, ebn0=3.0):
    rng = np.random.default_rng(seed)
    codewords = code.encode(rng.integers(0, 2, (frames, code.k), dtype=np.uint8))
    return transmit(codewords, rng.standard_normal((frames, code.n)), noise_sigma(ebn0, code.rate))


def test_view_holds_tanner_distances_and_mean_over_checks():
    view = CodeView.of(CODE)
    graph = TannerGraph(CODE).to_networkx()
    lengths = dict(networkx.all_pairs_shortest_path_length(graph))
    for i in range(CODE.n + CODE.rows):
        for j in range(CODE.n + CODE.rows):
            assert view.distances[i, j] == lengths[i].get(j, UNREACHABLE)
    assert torch.allclose(view.fold.sum(1), torch.ones(CODE.n))
    assert torch.equal(view.fold > 0, torch.from_numpy(CODE.parity_check.T > 0))


def test_forward_equals_plain_numpy(network):
    """The network written out with loops and numpy in float64, layer by layer."""
    code = find("Hamming(7,4)")
    network = network.double()
    view = CodeView.of(code)
    view = CodeView(view.parity_check, view.distances, view.fold.double())
    y = received(code, 1)[0].astype(float)
    syndrome = code.syndrome((y < 0).astype(np.uint8))
    with torch.inference_mode():
        got = network(torch.tensor(np.abs(y))[None], torch.tensor(syndrome[None].astype(np.int64)), view)[0].numpy()
    w = {key: value.numpy() for key, value in network.state_dict().items()}

    def linear(x, name):
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def norm(x, name):
        centred = x - x.mean(-1, keepdims=True)
        return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * w[f"{name}.weight"] + w[f"{name}.bias"]

    def gelu(x):
        return x * 0.5 * (1 + torch.erf(torch.tensor(x) / np.sqrt(2)).numpy())

    x = np.concatenate([np.outer(np.abs(y), w["magnitude"]), w["syndrome.weight"][syndrome]])
    for layer in range(2):
        b = f"blocks.{layer}"
        z = norm(x, f"{b}.norm_attention")
        q, k, v = (linear(z, f"{b}.attention.{part}") for part in "qkv")
        heads = []
        for h in range(4):
            part = slice(4 * h, 4 * h + 4)
            scores = np.zeros((len(x), len(x)))
            for i in range(len(x)):
                for j in range(len(x)):
                    psi = w[f"{b}.attention.psi"][h, view.distances[i, j]]
                    scores[i, j] = q[i, part] @ k[j, part] / np.sqrt(4) * psi
            weights = np.exp(scores - scores.max(-1, keepdims=True))
            heads.append(weights / weights.sum(-1, keepdims=True) @ v[:, part])
        x = x + linear(np.concatenate(heads, -1), f"{b}.attention.o")
        x = x + linear(gelu(linear(norm(x, f"{b}.norm_ffn"), f"{b}.up")), f"{b}.down")
    x = norm(x, "norm")
    n = code.n
    checks = np.stack([x[n:][code.parity_check[:, i] > 0].mean(0) for i in range(n)])
    want = linear(gelu(linear(x[:n], "bit") + linear(checks, "check")), "out")[:, 0]
    assert np.allclose(got, want, atol=1e-10)


def test_no_weight_depends_on_the_code(network):
    for name in ("Hamming(7,4)", "LDPC(49,24)", "BCH(31,16)-r"):
        code = find(name)
        assert FecctDecoder(code, network, "x").logits(received(code, 3)).shape == (3, code.n)


def test_reordering_bits_and_checks_reorders_the_output(network):
    rng = np.random.default_rng(1)
    columns, rows = rng.permutation(CODE.n), rng.permutation(CODE.rows)
    moved = type(CODE)("moved", "test", CODE.parity_check[rows][:, columns])
    y = received(CODE, 8)
    straight = FecctDecoder(CODE, network, "x").logits(y)
    assert np.allclose(FecctDecoder(moved, network, "x").logits(y[:, columns]), straight[:, columns], atol=1e-5)


def test_the_codeword_sent_does_not_matter(network):
    y = received(CODE, 8)
    word = CODE.encode(np.ones(CODE.k, dtype=np.uint8))
    flipped = (y * (1.0 - 2.0 * word)).astype(np.float32)
    decoder = FecctDecoder(CODE, network, "x")
    assert np.array_equal(decoder.decode(flipped, 1.0), decoder.decode(y, 1.0) ^ word)


def test_zero_syndrome_frames_are_returned_as_received(network):
    decoder = FecctDecoder(CODE, network, "x")
    y = received(CODE, 200, ebn0=5.0)
    bits = (y < 0).astype(np.uint8)
    clean = ~CODE.syndrome(bits).any(1)
    assert clean.any() and not clean.all()
    assert np.array_equal(decoder.decode(y, 1.0)[clean], bits[clean])
    with torch.no_grad():
        network.out.bias.fill_(1e6)  # now the network flips every bit it sees
    assert np.array_equal(decoder.decode(y, 1.0)[~clean], 1 - bits[~clean])


def test_batches_do_not_mix_frames(network):
    decoder = FecctDecoder(CODE, network, "x")
    y = received(CODE, 150)
    assert np.allclose(decoder.logits(y)[100:103], decoder.logits(y[100:103]), atol=1e-5)


@pytest.mark.parametrize("name", ["Hamming(7,4)", "BCH(31,16)-r", "BCH(63,45)", "LDPC(121,60)"])
def test_decoding_takes_the_sums_of_the_network(name):
    """The path of decoding against the plain forward pass, with trained weights, whose attention is sharp."""
    code, network = find(name), load_backbone(DEFAULT_BACKBONE)
    y, view = received(code, 20), CodeView.of(code)
    syndromes = view.syndrome(torch.from_numpy(y < 0))
    with torch.inference_mode():
        plain = network(torch.from_numpy(np.abs(y)), syndromes, view).numpy()
    assert np.abs(FecctDecoder(code, network, "x").logits(y) - plain).max() < 1e-4
    rounded = FecctDecoder(code, network, "x", "bf16").logits(y)
    assert np.abs(rounded - plain).max() > 0
    assert ((rounded > 0) != (plain > 0)).mean() < 0.01


@pytest.mark.parametrize("spec", ["fecct/bf16", "fecct/sap@0.5/bf16"])
def test_bfloat16_is_the_same_where_the_processor_multiplies_it_and_where_not(spec, monkeypatch):
    """But for the order of the sums, which tips a rounding here and there: far less than the rounding itself does."""
    code = find("BCH(31,16)-r")
    y, logits = received(code, 40), []
    for multiplies in (True, False):
        monkeypatch.setattr("sapcore.decoders.inference.multiplies_bfloat16", lambda multiplies=multiplies: multiplies)
        logits.append(build_decoder(spec, code).logits(y))
    exact = build_decoder(spec.removesuffix("/bf16"), code).logits(y)
    here, there = (np.abs(one - exact).mean() for one in logits)
    assert 0.8 < here / there < 1.25
    assert np.abs(logits[0] - logits[1]).mean() < here
    assert ((logits[0] > 0) != (logits[1] > 0)).mean() < 0.002


@pytest.mark.parametrize("shape", [(48, 16), (16, 48)])
def test_a_layer_is_rounded_to_the_nearest_bfloat16(shape, monkeypatch):
    """Of whole numbers, whose sums are exact in any order but need more digits than bfloat16 has."""
    torch.manual_seed(0)
    weight, bias, x = (torch.randint(-99, 99, size).float() for size in (shape, shape[:1], (5, shape[1])))
    monkeypatch.setattr("sapcore.decoders.inference.multiplies_bfloat16", lambda: False)
    made = _linear(weight, bias, torch.bfloat16)(x.bfloat16())
    assert made.dtype == torch.bfloat16
    exact = x @ weight.T + bias
    assert torch.equal(made, exact.bfloat16()) and not torch.equal(made.float(), exact)


def test_heads_say_in_turn_what_they_say_together(network):
    """The heads of several frames take turns, those of one frame go together; traced or not."""
    decoder, y = FecctDecoder(CODE, network, "x"), received(CODE, 3)
    steps = list(decoder.steps(y))
    assert steps[0].attention.shape == (3, 4, CODE.n + CODE.rows, CODE.n + CODE.rows)
    assert np.array_equal(steps[-1].logits, decoder.logits(y))
    for frame in range(3):
        for step, alone in zip(steps, decoder.steps(y[frame : frame + 1]), strict=True):
            assert torch.allclose(step.attention[frame], alone.attention[0], atol=1e-6)
            assert torch.allclose(step.logits[frame], alone.logits[0], atol=1e-5)
        assert np.array_equal(alone.logits, decoder.logits(y[frame : frame + 1]))
    assert not torch.allclose(steps[0].attention[0, 0], steps[0].attention[0, 1], atol=1e-3)
