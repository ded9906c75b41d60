"""Views replaced (select_scatter and its like), and views as copies."""
import mindtorch._C as _C
from mindtorch._core import dtypes, layouts, overrides

from .indexing import zeros
from .mutation import check_overlap, copied, shares_elements
from ..table.registry import FUNCTIONS, into, op, public, register, run
from .views import as_strided, diagonal, narrow, reshape, select, sliced, wrap_dim


# ---- a view replaced ----
def _cloned(t):
    """A copy with t's very strides, gaps included, unless elements share memory."""
    if shares_elements(t) or not t._numel:
        return copied(t, True)
    made = _C.empty_strided(t.shape, t._strides, t._dtype_code, t._device_code)
    run("copy", (made, t))
    return made


def _scatter(name, view, signature, of_input=None, of_src=None):
    call = ", ".join(p.partition("=")[0].partition(":")[0] for p in signature.split(", "))
    scope = {"view": view, "cloned": _cloned, "run": run, "public": public, "check": _check_part, "zeros": zeros}
    exec(
        f"def forward(input, src, {signature}):\n    made = cloned(input)\n    part = view(made, {call})\n    "
        f"check({name!r}, part, src)\n    run('copy', (part, src))\n    return made\n"
        f"def of_input(g, template, {call}): return public.{name}(g, g.new_zeros(template), {call})\ndef of_src(g, "
        f"{call}): return view(g, {call})\n"
        f"def of_input_(g, src, {call}): return of_input(g, src.shape, {call})",
        scope,
    )
    forward = scope["forward"]
    forward.__doc__ = f"A copy of input in which {name.removesuffix('_scatter')}(...) is replaced by src."
    forward.__module__ = __name__
    return op(name, out=name == "slice_scatter",
              grad={"input": of_input or scope["of_input_"], "src": of_src or scope["of_src"]})(forward)


def _check_part(name, part, src):
    if shares_elements(part):
        check_overlap(part, ())
    if part.shape != src.shape:
        raise RuntimeError(f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, "
                           f"slice size = {list(part.shape)}")


_scatter("select_scatter", select, "dim, index: int")
_scatter("slice_scatter", sliced, "dim=0, start: int=None, end: int=None, step: int=1")
_scatter("diagonal_scatter", diagonal, "offset=0, dim1=0, dim2=1")


def _as_strided_scatter_input(g, size, stride, storage_offset):
    # what PyTorch computes: the overwritten places, not the kept ones
    g = g.contiguous()
    return as_strided_scatter(g.new_zeros(g.shape), as_strided(g, size, stride, storage_offset), size, stride,
                              storage_offset)


as_strided_scatter = _scatter(
    "as_strided_scatter",
    as_strided,
    "size, stride, storage_offset=None",
    _as_strided_scatter_input,
    lambda g, size, stride, storage_offset: as_strided(g.contiguous(), size, stride, storage_offset),
)


# ---- copies of views ----
def _copy_of(name, view=None):
    def copy(input, *args, **kwargs):
        if name == "view" and not any(isinstance(a, dtypes.dtype) for a in (*args, *kwargs.values())):
            return reshape(input, *args, **kwargs).clone(memory_format=layouts.contiguous_format)
        made = (view or FUNCTIONS.get(name) or getattr(type(input), name))(input, *args, **kwargs)
        if isinstance(made, tuple):
            return tuple(m.clone(memory_format=layouts.contiguous_format) for m in made)
        return made.clone(memory_format=layouts.contiguous_format)

    def function(input, *args, out=None, **kwargs):
        if overrides.modes or type(input) not in overrides.plain:
            r = overrides.dispatch(function, (input,), (input, *args), kwargs)
            if r is not NotImplemented:
                return r
        return copy(input, *args,
                    **kwargs) if out is None else into(function, out, lambda: copy(input, *args, **kwargs))

    function.__name__ = function.__qualname__ = name + "_copy"
    function.__module__, function.__doc__ = "torch", f"{name} as a copy."
    register(name + "_copy", function, method=False, family="shape")


for _name in ("as_strided", "diagonal", "detach", "expand", "permute", "select", "split", "split_with_sizes", "squeeze",
              "t", "transpose", "unbind", "unfold", "unsqueeze", "view",
              "view_as_real", "view_as_complex"):
    _copy_of(_name)
_copy_of("alias", lambda t: t)
_copy_of("slice", op("slice_aten", namespace="aten", method=False, out=False, tensors=["t"])(sliced))


@op()
def narrow_copy(input, dim, start: int, length):
    """narrow as a copy; RuntimeError for a dimension out of range."""
    if dim >= input.ndim:
        raise RuntimeError(f"narrow_copy(): dimension {dim} is out of range for a tensor of {input.ndim} dimensions")
    return narrow(input, dim, start, length).clone(memory_format=layouts.contiguous_format)


@op(out=False, tensors=["input", "src"])
def slice_inverse(input, src, dim=0, start: int = None, end: int = None, step: int = 1):
    """The tensor of src's geometry in whose memory `input` is the slice; RuntimeError when the memory is too small."""
    offset = input._offset - (start or 0) * src._strides[wrap_dim(dim, src.ndim)]
    return input.as_strided(src.shape, src._strides, offset)
