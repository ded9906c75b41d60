"""Hypothesis strategies for hostile arguments, for tests of single functions: what they draw is shown as the text that
makes it."""
from hypothesis import strategies as st

from . import execute, hostile


class Made:
    """A value and the text that made it; the text is what a failing example shows."""

    def __init__(self, text):
        self.text = text
        self.value = eval(text, dict(execute.ROOM))

    def __repr__(self):
        return self.text


# what claims an array at an address where nothing is must be called in a process of its own
OBJECTS = [text for text in hostile.OBJECTS if not text.startswith("Array")]


def made(texts):
    """A fresh value for one of these texts each time."""
    return st.sampled_from(texts).map(Made)


numbers = st.one_of(st.integers(-4, 8).map(str),
                    st.sampled_from(hostile.INTEGERS + hostile.NUMPY[:22] + hostile.SCALAR_TENSORS + OBJECTS)).map(Made)
tensors = made(hostile.TENSORS)
anything = made([text for text in hostile.FOREIGN if not text.startswith("Array")])


@st.composite
def spoiled(draw, texts=("t('float32', 2, 3)", "t('int64', 4)", "t('float64', 3, 3, g=1)")):
    """A tensor of these, spoiled in one of the ways that there are; what cannot be spoiled so is left as it is."""
    text = draw(st.sampled_from(list(texts)))
    try:
        return Made(draw(st.sampled_from(hostile.WAYS)).format(text))
    except Exception:
        return Made(text)


def sequences(items=numbers, most=5):
    """Lists and tuples of hostile numbers; the values, with their texts in the example."""
    return st.lists(items, max_size=most)
