"""Figures: pure functions from data to a plotly Figure, each with its alternative text and its table.

No module here knows streamlit or torch; the theme is an argument.
"""

from sapcore.figures.attention_matrix import MOST_DRAWN_NODES, attention_matrix_figure, attention_matrix_table
from sapcore.figures.before_after import before_after_figure, before_after_table
from sapcore.figures.check_sets import check_set_figure, check_set_table
from sapcore.figures.cost import cost_figure, cost_table
from sapcore.figures.degrees import degree_figure, degree_table
from sapcore.figures.error_rate import METRICS, error_rate_figure
from sapcore.figures.frame import frame_figure, frame_table
from sapcore.figures.head_map import head_map_figure, head_map_table
from sapcore.figures.held_out import held_out_figure, held_out_table
from sapcore.figures.kept_share import kept_share_figure, kept_share_table
from sapcore.figures.loss import loss_figure, loss_table
from sapcore.figures.mask_difference import (
    mask_difference_counts,
    mask_difference_figure,
    mask_difference_table,
)
from sapcore.figures.matrix import matrix_figure, matrix_table, order_by
from sapcore.figures.pairs import pair_figure, pair_table
from sapcore.figures.pareto import COSTS, pareto_figure, pareto_front
from sapcore.figures.reliability import reliability_figure, reliability_table
from sapcore.figures.residuals import residual_figure, residual_table
from sapcore.figures.signature_map import signature_map_figure, signature_map_table
from sapcore.figures.soft_permutation import hardness, soft_permutation_figure, soft_permutation_table
from sapcore.figures.spectrum import spectrum_figure, spectrum_table
from sapcore.figures.tanner import node_names, tanner_figure, tanner_table
from sapcore.figures.tanner_attention import tanner_attention_figure, tanner_attention_table
from sapcore.figures.theme import DARK, LIGHT, FigureTheme, alt_text, for_a_file, standalone_page, theme_named
from sapcore.figures.weight_window import weight_window_figure, weight_window_table

__all__ = [
    "COSTS",
    "DARK",
    "LIGHT",
    "METRICS",
    "MOST_DRAWN_NODES",
    "FigureTheme",
    "alt_text",
    "attention_matrix_figure",
    "attention_matrix_table",
    "before_after_figure",
    "before_after_table",
    "check_set_figure",
    "check_set_table",
    "cost_figure",
    "cost_table",
    "degree_figure",
    "degree_table",
    "error_rate_figure",
    "for_a_file",
    "frame_figure",
    "frame_table",
    "hardness",
    "head_map_figure",
    "head_map_table",
    "held_out_figure",
    "held_out_table",
    "kept_share_figure",
    "kept_share_table",
    "loss_figure",
    "loss_table",
    "mask_difference_counts",
    "mask_difference_figure",
    "mask_difference_table",
    "matrix_figure",
    "matrix_table",
    "node_names",
    "order_by",
    "pair_figure",
    "pair_table",
    "pareto_figure",
    "pareto_front",
    "reliability_figure",
    "reliability_table",
    "residual_figure",
    "residual_table",
    "signature_map_figure",
    "signature_map_table",
    "soft_permutation_figure",
    "soft_permutation_table",
    "spectrum_figure",
    "spectrum_table",
    "standalone_page",
    "tanner_attention_figure",
    "tanner_attention_table",
    "tanner_figure",
    "tanner_table",
    "theme_named",
    "weight_window_figure",
    "weight_window_table",
]
