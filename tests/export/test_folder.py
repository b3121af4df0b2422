import os

import pytest

from sapcore.errors import InputError
from sapcore.export.folder import check_free, write_folder

FILES = {"a.txt": b"a", "b.txt": b"b"}


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("empty", [False, True])
def test_a_new_or_empty_folder_is_written(tmp_path, empty):
    folder = tmp_path / "deep" / "folder"
    if empty:
        folder.mkdir(parents=True)
    write_folder(folder, FILES)
    assert contents(folder) == FILES
    assert os.listdir(folder.parent) == ["folder"]
    (tmp_path / "plain").mkdir()
    assert folder.stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_what_is_there_stays(tmp_path):
    write_folder(tmp_path / "folder", FILES)
    with pytest.raises(InputError, match=r"folder is not empty; name a new one\.$"):
        write_folder(tmp_path / "folder", {"c.txt": b"c"})
    with pytest.raises(InputError, match=r"a\.txt is a file; name a folder\.$"):
        check_free(tmp_path / "folder" / "a.txt")
    with pytest.raises(InputError, match=r"cannot be written: File exists\.$"):
        write_folder(tmp_path / "folder" / "a.txt" / "below", FILES)
    assert contents(tmp_path / "folder") == FILES


def test_a_folder_that_fills_meanwhile_stays(tmp_path, monkeypatch):
    write_folder(tmp_path / "folder", FILES)
    monkeypatch.setattr("sapcore.export.folder.check_free", lambda folder: None)
    with pytest.raises(InputError, match=r"cannot be written: Directory not empty\.$"):
        write_folder(tmp_path / "folder", {"c.txt": b"c"})
    assert contents(tmp_path / "folder") == FILES
    assert os.listdir(tmp_path) == ["folder"]


def test_nothing_is_left_of_a_failure(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        write_folder(tmp_path / "folder", {**FILES, "no/such/place": b""})
    assert os.listdir(tmp_path) == []
