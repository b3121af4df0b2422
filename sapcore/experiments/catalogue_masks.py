"""The files that masks of a backbone are chosen from: the importances of the catalogue, and the mask library."""

from collections.abc import Callable, Iterable
from pathlib import Path

from sapcore.codes import LinearCode, catalogue, load
from sapcore.decoders.backbones import backbone_card, backbone_digest, load_backbone
from sapcore.errors import InputError
from sapcore.experiments.signatures import signature_table
from sapcore.folders import data_folder
from sapcore.pruning.importance import Importance, load_importances, save_importances
from sapcore.pruning.library import MaskLibrary, build_library, choose_donors, save_library
from sapcore.pruning.masks import MaskSource, importances_path, library_path
from sapcore.pruning.scores import score_code

DONORS = 6


def are_present(backbone: str) -> bool:
    """Whether both files are those of the present weights of a backbone, for every matrix of the catalogue."""
    source, matrices = MaskSource(backbone, backbone_digest(backbone)), signature_table()
    try:
        scored = {one.code: one.code_digest for one in source.importances.values()}
        return bool(source.library.donors) and dict(zip(matrices["name"], matrices["digest"], strict=True)) == scored
    except InputError:  # missing, damaged, or of other weights
        return False


def make_masks(
    backbone: str,
    command: str,
    watch: Callable[[Iterable[LinearCode]], Iterable[LinearCode]] = lambda codes: codes,
) -> MaskLibrary:
    """Score the catalogue, choose the donors among the codes the backbone was trained on, and write both files.

    They go to the assets for a backbone that ships, to the data folder for the user's own. Scores are kept in the data
    folder until all are there, so an interrupted call goes on where it stopped.

    Args:
        backbone: its name.
        command: what makes the files again; each of them names it.
        watch: is given the matrices that are yet to be scored, and gives them back one by one.

    Raises:
        InputError: there is no such backbone, it is damaged, or its card names no codes or unknown ones.
    """
    network, digest = load_backbone(backbone), backbone_digest(backbone)
    trained = [load(name) for name in backbone_card(backbone).get("codes", [])]
    if not trained:
        raise InputError(f"The card of backbone {backbone!r} names no codes it was trained on, to choose donors from.")
    codes = catalogue()
    unfinished = data_folder() / "experiments" / f"importances-{digest}.safetensors"
    scores = _kept(unfinished, digest, codes)
    for code in watch([code for code in codes if code.name not in scores]):
        scores[code.name] = score_code(network, digest, code)
        save_importances(unfinished, list(scores.values()), command)
    forms = [form for code in trained for form in (code, code.redundant())]
    candidates = [form for form in forms if form.name in scores]
    donors = choose_donors(codes, candidates, DONORS)
    library = build_library([scores[donor.name] for donor in donors], candidates)
    save_importances(importances_path(backbone), [scores[code.name] for code in codes], command)
    save_library(library_path(backbone), library, command)
    unfinished.unlink(missing_ok=True)
    return library


def _kept(path: Path, digest: str, codes: Iterable[LinearCode]) -> dict[str, Importance]:
    """The scores that an interrupted call has left, by name of code."""
    if not path.is_file():
        return {}
    try:
        found = load_importances(path)
    except InputError:  # damaged: score anew
        return {}
    digests = {code.name: code.digest for code in codes}
    return {
        name: one
        for name, one in found.items()
        if one.backbone == digest and one.score == "taylor" and digests.get(name) == one.code_digest
    }
