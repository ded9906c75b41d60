"""The demo's reading of a folder of texts; training itself is in test_tutorial.py."""
import pytest

from mindnlp.demo import docstrings, folder_rows, split


def write(root, **texts):
    for where, text in texts.items():
        part, label, name = where.split("_")
        (root / part / label).mkdir(parents=True, exist_ok=True)
        (root / part / label / f"{name}.txt").write_bytes(text)
    return root


def test_labels_of_the_test_part_are_those_of_the_training_part(tmp_path):
    root = write(tmp_path, train_ant_1=b"a", train_bee_1=b"b", train_bee_2=b"b2", train_cow_1=b"c", test_cow_1=b"c3",
                 test_bee_1=b"b3")
    rows, labels = folder_rows(root, "train")
    assert (rows, labels) == ([("a", 0), ("b", 1), ("b2", 1), ("c", 2)], ["ant", "bee", "cow"])
    assert folder_rows(root, "test", labels)[0] == [("b3", 1), ("c3", 2)]


@pytest.mark.parametrize("texts, message", [({}, "test is no folder"), ({"test_ant_1": b"\xff"}, "1.txt is not UTF-8"),
                                            ({"test_elk_1": b"e"}, "nothing to learn from: elk; known are ant, bee")])
def test_what_is_wrong_is_said(tmp_path, texts, message):
    with pytest.raises(SystemExit, match=message):
        folder_rows(write(tmp_path, **texts), "test", ["ant", "bee"])


def test_no_texts(tmp_path):
    (tmp_path / "train" / "ant").mkdir(parents=True)
    with pytest.raises(SystemExit, match="no texts in .*train/LABEL"):
        folder_rows(tmp_path, "train")


def test_docstrings_are_split_without_overlap():
    rows = docstrings(("json", "logging"))
    train, held = split(rows)
    assert {label for _, label in rows} == {0, 1} and len(train) + len(held) == len(rows)
    assert not set(train) & set(held) and len(held) > 10
