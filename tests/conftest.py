"""What every test may rely on."""
import os
import signal

import pytest

# a shell that starts jobs in the background lets them, and all their children, ignore interrupts
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What the sanitized build (tests/sanitized.py) cannot run, and why.
_SANITIZED = {
    "test_softcann.py": "the software CANN is built from sources that the sanitized package leaves out",
    "test_ascend": "runs over the software CANN",
    "test_over_the_software_cann": "runs over the software CANN",
}


def pytest_collection_modifyitems(items):
    if os.environ.get("MINDTORCH_SANITIZED"):
        for item in items:
            for name, reason in _SANITIZED.items():
                if name in item.nodeid:
                    item.add_marker(pytest.mark.skip(reason=f"sanitized build: {reason}"))


@pytest.fixture(autouse=True)
def _seeded():
    """Every test draws the same numbers in every run."""
    import mindtorch

    mindtorch.manual_seed(0)
