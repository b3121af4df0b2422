from sapcore.runs import log_path, log_tail
from sapcore.runs.launcher import LOG_BYTES, LOG_LINES


def test_no_log(store):
    assert log_tail(store) == ""
    log_path(store).write_text("\n\n")
    assert log_tail(store) == ""


def test_the_end_of_a_log(store):
    log_path(store).write_text("".join(f"line {number}\n" for number in range(100_000)) + "\n")
    lines = log_tail(store).splitlines()
    assert len(lines) == LOG_LINES
    assert lines[-1] == "line 99999"


def test_what_is_no_text_is_shown_all_the_same(store):
    log_path(store).write_bytes(b"\xff\xfe one \x80 two\n")
    assert " one \N{REPLACEMENT CHARACTER} two" in log_tail(store)
    log_path(store).write_bytes(b"x" * 10 * LOG_BYTES)
    assert log_tail(store) == "x" * LOG_BYTES
