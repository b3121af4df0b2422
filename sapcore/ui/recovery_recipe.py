"""How an adapter is made: the command line and the Python lines that make it again."""

from __future__ import annotations

import shlex

from sapcore.codes import LinearCode, source_of
from sapcore.recovery.background import RecoveryRequest
from sapcore.report.recipe import load_of


def recover_command(code: LinearCode, asked: RecoveryRequest) -> str:
    """The command that trains the adapter that is asked for."""
    return (
        f"python -m sapcore recover {shlex.quote(source_of(code))} --ratio {asked.ratio:g} --how {asked.how} "
        f"--rank {asked.rank} --steps {asked.steps} --seed {asked.seed} --json"
    )


def recover_lines(code: LinearCode, asked: RecoveryRequest) -> str:
    """The same from Python, with the loss of every step."""
    return f"""from sapcore.codes import load
from sapcore.pruning.masks import mask_source
from sapcore.recovery.pruned_backbone import PrunedBackbone
from sapcore.recovery.recipe import RecoveryRecipe
from sapcore.recovery.recover import make_adapter
from sapcore.threads import use_one_thread

use_one_thread()
code, recipe = {load_of(code)}, RecoveryRecipe.of({asked.rank}, {asked.steps})
pruned = PrunedBackbone.structured(mask_source({asked.backbone!r}), {asked.how!r}, code, {asked.ratio!r})
card = make_adapter(pruned, code, recipe, {asked.seed}, watch=print)
print(card["loss_first"], card["loss_last"], card["digest"])
"""
