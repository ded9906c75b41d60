"""Summaries of single things, in the protocol buffers of the package tensorboard."""
import io
import json
import time
import warnings
import wave

import numpy

try:
    from tensorboard.compat.proto import summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2
    from tensorboard.plugins.custom_scalar import layout_pb2, metadata as custom_metadata
    from tensorboard.plugins.hparams import api_pb2, metadata as hparams_metadata, plugin_data_pb2
    from tensorboard.plugins.mesh import metadata as mesh_metadata, plugin_data_pb2 as mesh_pb2
    from tensorboard.plugins.pr_curve import plugin_data_pb2 as curve_pb2
except ImportError as error:
    raise ImportError("torch.utils.tensorboard needs the package tensorboard: pip install tensorboard") from error

Summary = summary_pb2.Summary
_MOST_THRESHOLDS = 127
_LEAST = 1e-7  # stands for an empty denominator
_TENSORS = {"float32": (types_pb2.DT_FLOAT, "float_val"), "float64": (types_pb2.DT_DOUBLE, "double_val"),
            "int32": (types_pb2.DT_INT32, "int_val"), "int64": (types_pb2.DT_INT64, "int64_val"),
            "uint8": (types_pb2.DT_UINT8, "int_val"), "int8": (types_pb2.DT_INT8, "int_val"),
            "int16": (types_pb2.DT_INT16, "int_val"), "bool": (types_pb2.DT_BOOL, "bool_val"),
            "float16": (types_pb2.DT_HALF, "half_val"), "complex64": (types_pb2.DT_COMPLEX64, "scomplex_val"),
            "complex128": (types_pb2.DT_COMPLEX128, "dcomplex_val")}


def make_np(x):
    """x (a tensor, an array or a number) as an array."""
    if hasattr(x, "detach"):
        x = x.detach().cpu()
        return (x.float() if str(x.dtype) == "torch.bfloat16" else x).numpy()
    return numpy.asarray(x)


def _one(tag, plugin=None, content=b"", **what):
    value = Summary.Value(tag=tag, **what)
    if plugin is not None:
        value.metadata.plugin_data.plugin_name = plugin
        value.metadata.plugin_data.content = content
    return Summary(value=[value])


def _tensor(array, shape=True):
    kind, field = _TENSORS.get(array.dtype.name, (None, None))
    if kind is None:
        raise ValueError(f"add_tensor() does not take {array.dtype}")
    proto = tensor_pb2.TensorProto(dtype=kind)
    if shape:
        proto.tensor_shape.CopyFrom(_shape(array.shape))
    flat = array.reshape(-1)
    if array.dtype.kind == "c":
        flat = numpy.stack([flat.real, flat.imag], -1).reshape(-1)
    getattr(proto, field).extend((flat.view(numpy.uint16) if array.dtype == numpy.float16 else flat).tolist())
    return proto


def _shape(sizes):
    shape = tensor_shape_pb2.TensorShapeProto()
    for n in sizes:
        shape.dim.add().size = n
    return shape


def scalar(name, tensor, collections=None, new_style=False, double_precision=False):
    """One number, as a float or (new_style) as a tensor, of double precision on wish. AssertionError for more than
    one."""
    if collections is not None:
        raise NotImplementedError("scalar(collections=...) is not supported")
    array = make_np(tensor).squeeze() if not isinstance(tensor, str) else numpy.asarray(float(tensor))
    if array.ndim:
        raise AssertionError(f"Tensor should contain one element (0 dimensions). Was given size: {array.size} and "
                             f"{array.ndim} dimensions.")
    if new_style:
        array = array.astype(numpy.float64 if double_precision else numpy.float32)
        return _one(name, "scalars", tensor=_tensor(array, shape=False))
    return _one(name, simple_value=float(array))


def tensor_proto(tag, tensor):
    """A whole tensor. ValueError for dtypes that have no place in the protocol."""
    return _one(tag, "tensor", tensor=_tensor(make_np(tensor)))


# ---- distributions ----
def make_histogram(values, bins, max_bins=None):
    """The buckets of values; bins are edges, a number or a rule of numpy's. ValueError when there are no values."""
    if values.size == 0:
        raise ValueError("The input has no element.")
    values = values.reshape(-1)
    counts, edges = numpy.histogram(values, bins=bins)
    if max_bins is not None and len(counts) > max_bins:  # neighbours together
        several = len(counts) // max_bins
        counts = numpy.add.reduceat(counts, numpy.arange(0, len(counts), several))
        edges = numpy.append(edges[:-1][::several], edges[-1])
    filled = numpy.flatnonzero(counts)
    if not len(filled):
        raise ValueError("The histogram is empty, please file a bug report.")
    first, last = filled[0], filled[-1]
    values = values.astype(numpy.float64)
    return summary_pb2.HistogramProto(  # an empty bucket in front says where the first one begins
        min=values.min(), max=values.max(), num=values.size, sum=values.sum(), sum_squares=float(values.dot(values)),
        bucket_limit=edges[first:last + 2].tolist(), bucket=[0.0, *counts[first:last + 1].astype(float).tolist()])


def histogram(name, values, bins, max_bins=None):
    """Distribution of values."""
    return _one(name, histo=make_histogram(make_np(values).astype(float), bins, max_bins))


def histogram_raw(name, min, max, num, sum, sum_squares, bucket_limits, bucket_counts):
    """A distribution whose figures are known."""
    return _one(name, histo=summary_pb2.HistogramProto(
        min=min, max=max, num=num, sum=sum, sum_squares=sum_squares, bucket_limit=bucket_limits, bucket=bucket_counts))


# ---- pictures and sounds ----
def convert_to_HWC(tensor, input_format):
    """A picture, or several side by side (eight in a row), as height, width, three channels. AssertionError for a
    format that does not name the dimensions."""
    order = input_format.upper()
    if len(set(order)) != len(order):
        raise AssertionError(f"You can not use the same dimension shordhand twice. input_format: {input_format}")
    if len(order) != tensor.ndim:
        raise AssertionError(f"size of input tensor and input format are different. tensor shape: {tensor.shape}, "
                             f"input_format: {input_format}")
    if len(order) == 4:
        pictures = tensor.transpose([order.index(c) for c in "NHWC"])
        n, h, w, c = pictures.shape
        across = min(n, 8)
        grid = numpy.zeros((-(-n // across) * across, h, w, c), pictures.dtype)
        grid[:n] = pictures
        tensor = grid.reshape(-1, across, h, w, c).swapaxes(1, 2).reshape(-1, across * w, c)
    elif len(order) == 3:
        tensor = tensor.transpose([order.index(c) for c in "HWC"])
    else:
        tensor = tensor.transpose([order.index(c) for c in "HW"])[..., None]
    return numpy.repeat(tensor, 3, -1) if tensor.shape[-1] == 1 else tensor


def make_image(array, rescale=1, rois=None, labels=None):
    """A picture of bytes (height, width, channels) as PNG, with boxes drawn."""
    from PIL import Image

    picture = Image.fromarray(array)
    height, width = picture.height, picture.width  # before it is scaled, as in the reference's files
    if rois is not None:
        _draw_boxes(picture, rois, labels)
    if rescale != 1:
        picture = picture.resize((int(picture.width * rescale), int(picture.height * rescale)), Image.LANCZOS)
    data = io.BytesIO()
    picture.save(data, format="PNG")
    return Summary.Image(height=height, width=width, colorspace=len(picture.getbands()),
                         encoded_image_string=data.getvalue())


def _draw_boxes(picture, boxes, labels):
    from PIL import ImageDraw

    draw = ImageDraw.Draw(picture)
    for i, (left, top, right, bottom) in enumerate(boxes):
        corners = [(left, top), (left, bottom), (right, bottom), (right, top), (left, top)]
        draw.line(corners, width=2, fill="Red")
        if labels:
            _, _, width, height = draw.textbbox((0, 0), labels[i])
            room = numpy.ceil(0.05 * height)
            draw.rectangle([(left, bottom - height - 2 * room), (left + width, bottom)], fill="Red")
            draw.text((left + room, bottom - height - room), labels[i], fill="Black")


def _bytes(tensor, dataformats):
    array = make_np(tensor)
    array = convert_to_HWC(array, dataformats)
    return array if array.dtype == numpy.uint8 else (array.astype(numpy.float32) * 255).clip(0, 255).astype(numpy.uint8)


def image(tag, tensor, rescale=1, dataformats="NCHW"):
    """A picture: floats in [0, 1] or bytes."""
    return _one(tag, image=make_image(_bytes(tensor, dataformats), rescale))


def image_boxes(tag, tensor_image, tensor_boxes, rescale=1, dataformats="CHW", labels=None):
    """A picture with boxes (left, top, right, bottom)."""
    return _one(tag, image=make_image(_bytes(tensor_image, dataformats), rescale, make_np(tensor_boxes), labels))


def video(tag, tensor, fps=4):
    """An animation of [batch, time, channels, height, width], the batch side by side."""
    from PIL import Image

    array = make_np(tensor)
    if array.ndim != 5:
        raise ValueError(f"a video has five dimensions (N, T, C, H, W), got {array.ndim}")
    array = array if array.dtype == numpy.uint8 else (array * 255).clip(0, 255).astype(numpy.uint8)
    n = array.shape[0]
    across = 2 ** ((n - 1).bit_length() + 1 >> 1) if n > 1 else 1
    frames = []
    for t in range(array.shape[1]):
        pictures = numpy.zeros((-(-n // across) * across, *array.shape[2:]), numpy.uint8)
        pictures[:n] = array[:, t]
        grid = pictures.reshape(-1, across, *array.shape[2:]).transpose(0, 3, 1, 4, 2)
        frame = grid.reshape(grid.shape[0] * grid.shape[1], -1, array.shape[2])
        frames.append(Image.fromarray(numpy.repeat(frame, 3, -1) if frame.shape[-1] == 1 else frame))
    data = io.BytesIO()
    frames[0].save(data, format="GIF", save_all=True, append_images=frames[1:], duration=1000 / fps, loop=0)
    return _one(tag, image=Summary.Image(height=frames[0].height, width=frames[0].width, colorspace=array.shape[2],
                                         encoded_image_string=data.getvalue()))


def audio(tag, tensor, sample_rate=44100):
    """A sound of one channel: numbers in [-1, 1]."""
    array = make_np(tensor).squeeze()
    if array.ndim != 1:
        raise AssertionError("input tensor should be 1 dimensional.")
    if abs(array).max(initial=0) > 1:
        warnings.warn("audio amplitude out of range, auto clipped.", stacklevel=3)
        array = array.clip(-1, 1)
    samples, data = (array * numpy.iinfo(numpy.int16).max).astype("<i2"), io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(samples.tobytes())
    return _one(tag, audio=Summary.Audio(sample_rate=sample_rate, num_channels=1, length_frames=samples.size,
                                         encoded_audio_string=data.getvalue(), content_type="audio/wav"))


def text(tag, text):
    """A Markdown text."""
    proto = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=[text.encode()], tensor_shape=_shape([1]))
    return _one(tag + "/text_summary", "text", tensor=proto)


# ---- curves, charts, meshes ----
def compute_curve(labels, predictions, num_thresholds=None, weights=None):
    """Rows of true and false positives, true and false negatives, precision and recall for thresholds from 0 to 1."""
    weights = 1.0 if weights is None else weights
    places = numpy.int32(numpy.floor(predictions * (num_thresholds - 1)))
    hits = labels.astype(float) * weights

    def above(amount):  # how much lies at a threshold or above it
        amount = numpy.broadcast_to(amount, places.shape)
        return numpy.cumsum(numpy.bincount(places.reshape(-1), amount.reshape(-1), num_thresholds)[::-1])[::-1]

    true, false = above(hits), above(weights - hits)
    missed, rejected = true[0] - true, false[0] - false
    return numpy.stack((true, false, rejected, missed, true / numpy.maximum(_LEAST, true + false),
                        true / numpy.maximum(_LEAST, true + missed)))


def _curve(tag, rows, num_thresholds):
    content = curve_pb2.PrCurvePluginData(version=0, num_thresholds=num_thresholds).SerializeToString()
    return _one(tag, "pr_curves", content, tensor=_tensor(rows.astype(numpy.float32)))


def pr_curve(tag, labels, predictions, num_thresholds=127, weights=None):
    """Precision against recall of predictions in [0, 1]."""
    num_thresholds = min(num_thresholds, _MOST_THRESHOLDS)
    return _curve(tag, compute_curve(labels, predictions, num_thresholds, weights), num_thresholds)


def pr_curve_raw(tag, tp, fp, tn, fn, precision, recall, num_thresholds=127, weights=None):
    """Precision against recall, from counts that are known."""
    if weights is not None:
        raise NotImplementedError("pr_curve_raw(weights=...): the counts are weighted already")
    return _curve(tag, numpy.stack((tp, fp, tn, fn, precision, recall)), min(num_thresholds, _MOST_THRESHOLDS))


def custom_scalars(layout):
    """{category: {title: ["Multiline", tags]}} or ["Margin", [value, lower, upper]]."""
    found = layout_pb2.Layout()
    for name, charts in layout.items():
        category = found.category.add(title=name)
        for title, (kind, tags) in charts.items():
            chart = category.chart.add(title=title)
            if kind == "Margin":
                if len(tags) != 3:
                    raise AssertionError("a margin chart has three tags: the value, the lower and the upper bound")
                chart.margin.series.add(value=tags[0], lower=tags[1], upper=tags[2])
            else:
                chart.multiline.tag.extend(tags)
    proto = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=[found.SerializeToString()],
                                   tensor_shape=tensor_shape_pb2.TensorShapeProto())
    return _one(custom_metadata.CONFIG_SUMMARY_TAG, custom_metadata.PLUGIN_NAME, tensor=proto)


def mesh(tag, vertices, colors, faces, config_dict, display_name=None, description=None):
    """Triangles or a cloud of points: [batch, points, 3], colours likewise, [batch, triangles, 3] numbers of points."""
    kinds = mesh_pb2.MeshPluginData
    parts = [(make_np(x), kind) for x, kind in ((vertices, kinds.VERTEX), (faces, kinds.FACE), (colors, kinds.COLOR))
             if x is not None]
    components = mesh_metadata.get_components_bitmask([kind for _, kind in parts])
    config = json.dumps(config_dict or {}, sort_keys=True)
    values = []
    for array, kind in parts:
        meta = mesh_metadata.create_summary_metadata(tag, display_name, kind, components, array.shape, description,
                                                     json_config=config)
        meta.ClearField("data_class")
        values.append(Summary.Value(tag=mesh_metadata.get_instance_name(tag, kind), metadata=meta,
                                    tensor=_tensor(array.astype(numpy.float32))))
    return Summary(value=values)


def hparams(hparam_dict=None, metric_dict=None, hparam_domain_discrete=None):
    """(experiment, start, end) of a run with these hyperparameters. TypeError for what are no dicts, ValueError for
    values that are no numbers, bools or strings."""
    if not isinstance(hparam_dict, dict):
        raise TypeError("parameter: hparam_dict should be a dictionary, nothing logged.")
    if not isinstance(metric_dict, dict):
        raise TypeError("parameter: metric_dict should be a dictionary, nothing logged.")
    domains = hparam_domain_discrete or {}
    if not isinstance(domains, dict):
        raise TypeError("parameter: hparam_domain_discrete should be a dictionary, nothing logged.")
    kinds = (((int, float), "number_value", api_pb2.DATA_TYPE_FLOAT64),  # a bool too, as in the reference's files
             (str, "string_value", api_pb2.DATA_TYPE_STRING))
    start, infos = plugin_data_pb2.SessionStartInfo(start_time_secs=time.time()), []
    for name, value in hparam_dict.items():
        if value is None:
            continue
        value = value.item() if hasattr(value, "item") else value
        kind = next((k for k in kinds if isinstance(value, k[0])), None)
        if kind is None:
            raise ValueError("value should be one of int, float, str, bool, or torch.Tensor")
        setattr(start.hparams[name], kind[1], value)
        info = api_pb2.HParamInfo(name=name, type=kind[2])
        if name in domains:
            if not isinstance(domains[name], list) or not all(isinstance(v, kind[0]) for v in domains[name]):
                raise TypeError(f"parameter: hparam_domain_discrete[{name}] should be a list of same type as "
                                f"hparam_dict[{name}].")
            info.domain_discrete.extend([v if isinstance(v, str) else float(v) for v in domains[name]])
        infos.append(info)
    extra = domains.keys() - hparam_dict.keys()
    if extra:
        raise TypeError(f"parameter: hparam_domain_discrete has no such hyperparameters: {sorted(extra)}")
    metrics = [api_pb2.MetricInfo(name=api_pb2.MetricName(tag=name)) for name in metric_dict]
    end = plugin_data_pb2.SessionEndInfo(status=api_pb2.STATUS_SUCCESS)
    data = plugin_data_pb2.HParamsPluginData
    return tuple(
        _one(tag, hparams_metadata.PLUGIN_NAME, content.SerializeToString())
        for tag, content in (
            (hparams_metadata.EXPERIMENT_TAG, data(experiment=api_pb2.Experiment(hparam_infos=infos,
                                                                                 metric_infos=metrics))),
            (hparams_metadata.SESSION_START_INFO_TAG, data(session_start_info=start)),
            (hparams_metadata.SESSION_END_INFO_TAG, data(session_end_info=end))))
