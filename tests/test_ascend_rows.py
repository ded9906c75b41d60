"""Rows of Ascend operators against the operators' C signatures, which are written from their public pages: an argument
too many or of another kind would be read from the wrong register, in silence."""
import re

import pytest

import mindtorch._C as _C
from mindtorch.softcann import generate

OPERATORS = {o.name: o.arguments for o in generate.operators()}
WHOLE = {"int64", "int32", "int8", "uint8", "uint64", "bool"}
KINDS = {"T": {"tensor"}, "t": {"tensor"}, "L": {"tensors"}, "N": {"scalar"}, "S": {"scalar"}, "s": {"scalar"},
         "I": {"ints"}, "M": {"ints"}, "n": {"ints"}, "P": {"bools"},
         "i": WHOLE, "j": WHOLE, "y": WHOLE, "k": WHOLE, "d": {"double"}, "f": {"float"}, "'": {"text"},
         "-": {"tensor", "tensors", "scalar", "ints", "floats", "bools", "text"}}


def kinds_of(word):
    if word[0] == "=":
        return {"double"} if "." in word else WHOLE
    return KINDS[word[0]]


def faults(row):
    """What is wrong with a row, in words."""
    found = []
    for form in row.split("|"):
        words = [w for w in form.split() if w[0] not in "@!#?*"]
        name, items = words[0], words[1:]
        if name not in OPERATORS:
            found.append(f"{name} has no page")
            continue
        arguments = OPERATORS[name]
        if len(items) != len(arguments):
            found.append(f"{name} has {len(arguments)} arguments, the row {len(items)}")
            continue
        for word, argument in zip(items, arguments):
            where = f"{name}, {argument.name}: {word}"
            if argument.type not in kinds_of(word):
                found.append(f"{where} is no {argument.type}")
            if word == "-" and "needed" in argument.flags:
                found.append(f"{where} must be given")
            if argument.direction == "in" and re.match(r"[TtL]0\b", word):
                found.append(f"{where} is the result")
    return found


@pytest.mark.parametrize("kernel, row", _C.kernel_rows())
def test_row(kernel, row):
    assert not (wrong := faults(row)), (kernel, row, wrong)


@pytest.mark.parametrize("row, words", [
    ("aclnnAdd T1 T2 S1", "has 4 arguments, the row 3"), ("aclnnAdd T1 T2 i1 T0", "alpha: i1 is no scalar"),
    ("aclnnAdd T0 T2 S1 T1", "self: T0 is the result"),
    ("aclnnAdds T1 T2 S1 T0", "other: T2 is no scalar"), ("aclnnInplaceNormal T0 d0 f1 i2 =0", "mean: d0 is no float"),
    ("aclnnAdd T1 - S1 T0", "other: - must be given"),
    ("aclnnNothing T0", "has no page"), ("aclnnRelu T1 T0 | aclnnRelu T1", "has 2 arguments, the row 1"),
])
def test_wrong_rows_are_found(row, words):
    assert words in "; ".join(faults(row))


def test_a_kernel_has_one_composition():
    from mindtorch._ops.table import registry

    taken = next(iter(registry._composed))
    with pytest.raises(ValueError, match="two compositions"):
        registry.composition(taken)(lambda tensors, scalars: None)
