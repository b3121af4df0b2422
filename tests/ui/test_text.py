"""Text from outside is shown as written."""

from sapcore.ui.text import in_quotation_marks, plain


def test_markdown_is_escaped() -> None:
    assert plain("![x](http://a)") == r"\!\[x\]\(http\:\/\/a\)".replace(r"\/", "/")
    assert plain("H holds '2'") == "H holds '2'"


def test_a_quotation_is_one_short_line() -> None:
    assert in_quotation_marks("a\n  b") == "“a b”"
    assert in_quotation_marks("x" * 100) == "“" + "x" * 60 + "…”"
