"""What is exported: one decoder of one code, named, built and ready to be written."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sapcore.codes import LinearCode
from sapcore.decoders.fecct_config import check_nodes
from sapcore.errors import InputError
from sapcore.variants import DecoderSpec, build_network

if TYPE_CHECKING:
    from sapcore.decoders.fecct import Fecct


@dataclass(frozen=True, eq=False)
class Exported:
    """A decoder to export.

    Attributes:
        code: with the matrix that is decoded under.
        spec: the name of the decoder.
        network: its weights, pruned to their real widths, the adapter merged.
    """

    code: LinearCode
    spec: DecoderSpec
    network: "Fecct"

    @classmethod
    def of(cls, code: LinearCode, spec: DecoderSpec) -> "Exported":
        """Build what `spec` names for `code`.

        Raises:
            InputError: it has no network, is not float32, takes several passes, or cannot be had for this code.
        """
        plain = replace(spec, precision=None, passes=None, fresh=False)
        if spec != plain:
            raise InputError(f"A decoder is exported in float32 and for one pass; name it {plain}.")
        check_nodes(code)
        return cls(code, spec, build_network(spec, code))
