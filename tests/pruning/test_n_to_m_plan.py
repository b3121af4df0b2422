import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sapcore.decoders.fecct_config import FecctConfig
from sapcore.errors import InputError
from sapcore.pruning.n_to_m import NToM
from sapcore.pruning.n_to_m_plan import PERMUTATIONS, UPDATES, NToMPlan, grammar
from sapcore.pruning.weight_scores import WEIGHT_SCORES


@given(
    st.builds(
        lambda of, kept, score, permutation, update: NToMPlan(NToM(min(kept, of), of), score, permutation, update),
        st.integers(1, 64),
        st.integers(1, 64),
        st.sampled_from(list(WEIGHT_SCORES)),
        st.sampled_from(list(PERMUTATIONS)),
        st.sampled_from(list(UPDATES)),
    )
)
def test_text_and_plan_are_one(plan):
    assert NToMPlan.parse(str(plan)) == plan


@pytest.mark.parametrize(
    "text", ["2:4+wanda", "2:4+none", "2:4+lsa+ria", "2:4+lsa+lsa", "2:4+lsa+greedy", "2:4+", "2:4+x", "02:4"]
)
def test_other_texts_are_refused_in_one_sentence(text):
    sentence = re.escape(f"There is no sparsity {text!r}; {grammar()}.")
    with pytest.raises(InputError, match=f"^{sentence}$"):
        NToMPlan.parse(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("5:4", "N:M sparsity keeps N of M consecutive inputs; 5:4 would keep more than there are."),
        ("0:4", "N:M sparsity keeps N of M consecutive inputs, N at least 1; 0:4 keeps nothing."),
        ("2-4", "N:M sparsity is written as two whole numbers such as 2:4, not '2-4'."),
    ],
)
def test_impossible_sparsities_say_why(text, sentence):
    with pytest.raises(InputError) as error:
        NToMPlan.parse(text)
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("ways", "sentence"),
    [
        ({"score": "x"}, "There is no weight score 'x'; there are magnitude, wanda, ria."),
        ({"permutation": "x"}, "There is no permutation 'x'; there are none, greedy, lsa, learnable."),
        ({"update": "x"}, "There is no weight update 'x'; there are none, refit, admm."),
    ],
)
def test_unknown_ways_say_which_there_are(ways, sentence):
    with pytest.raises(InputError) as error:
        NToMPlan(NToM(2, 4), **ways)
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2:3", "2:3 does not fit q, k, v and up: 3 does not divide its 16 inputs."),
        ("2:16", "2:16 does not fit o: 16 does not divide its 8 inputs."),
        ("4:8", "4:8 does not fit down: 8 does not divide its 20 inputs."),
    ],
)
def test_m_divides_the_inputs_of_every_layer(text, sentence):
    config = FecctConfig(2, 16, 2, kept_heads=(2, 1), kept_channels=(64, 20))
    NToMPlan.parse("2:4").check(config)
    with pytest.raises(InputError) as error:
        NToMPlan.parse(text).check(config)
    assert str(error.value) == sentence
