"""The table of kernels on Ascend is what the rows say, and how many need no help of the host."""
from . import ascend_operators


def test_page_is_up_to_date():
    assert ascend_operators.PAGE.read_text() == ascend_operators.page(), "python -m tests.ascend_operators"


def test_coverage():
    found = [e for e in ascend_operators.entries() if e[1] != "no operands"]
    own = [e for e in found if e[1] != "host"]
    assert len(own) >= 0.85 * len(found), sorted(e[0] for e in found if e[1] == "host")
    untested = sorted(e[0] for e in own if not e[4])
    assert len(untested) <= 0.05 * len(own), untested


def test_names_are_kernels():
    names = {e[0] for e in ascend_operators.entries()}
    assert set(ascend_operators.OTHER_FORMS) | set(ascend_operators.NO_OPERANDS) <= names
