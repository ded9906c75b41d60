"""SummaryWriter: scalars, histograms, text, images, hparams into event files."""
import os
import socket
import time

import numpy

try:
    from tensorboard.compat.proto import event_pb2, summary_pb2
    from tensorboard.plugins.hparams import api_pb2, metadata, plugin_data_pb2
    from tensorboard.plugins.text import metadata as text_metadata
    from tensorboard.summary.writer.event_file_writer import EventFileWriter
except ImportError as error:
    raise ImportError("torch.utils.tensorboard needs the package tensorboard: pip install tensorboard") from error


def _array(value):
    return value.detach().cpu().float().numpy() if hasattr(value, "detach") else numpy.asarray(value)


class FileWriter:
    """Writes event protocol buffers into one file of a folder."""

    def __init__(self, log_dir, max_queue=10, flush_secs=120, filename_suffix=""):
        self.event_writer = EventFileWriter(str(log_dir), max_queue, flush_secs, filename_suffix)

    def get_logdir(self):
        """The folder."""
        return self.event_writer.get_logdir()

    def add_event(self, event, step=None, walltime=None):
        """Write an event."""
        event.wall_time = time.time() if walltime is None else walltime
        if step is not None:
            event.step = int(step)
        self.event_writer.add_event(event)

    def add_summary(self, summary, global_step=None, walltime=None):
        """Write a summary."""
        self.add_event(event_pb2.Event(summary=summary), global_step, walltime)

    def flush(self):
        """Write what is queued."""
        self.event_writer.flush()

    def close(self):
        """Write what is queued and close the file."""
        self.event_writer.close()


class SummaryWriter:
    """Log of a training run, as TensorBoard reads it; a context manager."""

    def __init__(self, log_dir=None, comment="", purge_step=None, max_queue=10, flush_secs=120, filename_suffix=""):
        self.log_dir = (str(log_dir) if log_dir
                        else os.path.join("runs",
                                          time.strftime("%b%d_%H-%M-%S") + "_" + socket.gethostname() + comment))
        self._options = (max_queue, flush_secs, filename_suffix)
        self.file_writer, self.all_writers = None, {}
        self._get_file_writer()
        if purge_step is not None:
            self.file_writer.add_event(
                event_pb2.Event(session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START)), purge_step)

    def _get_file_writer(self):
        if self.file_writer is None:
            self.file_writer = FileWriter(self.log_dir, *self._options)
            self.all_writers[self.log_dir] = self.file_writer
        return self.file_writer

    def get_logdir(self):
        """The folder."""
        return self.log_dir

    def _add(self, value, global_step, walltime, writer=None):
        (writer or self._get_file_writer()).add_summary(summary_pb2.Summary(value=[value]), global_step, walltime)

    def add_scalar(self, tag, scalar_value, global_step=None, walltime=None, new_style=False, double_precision=False):
        """One number."""
        self._add(summary_pb2.Summary.Value(tag=tag, simple_value=float(_array(scalar_value))), global_step, walltime)

    def add_scalars(self, main_tag, tag_scalar_dict, global_step=None, walltime=None):
        """Several numbers under one tag, each in a folder of its own."""
        for tag, value in tag_scalar_dict.items():
            folder = os.path.join(self.log_dir, main_tag.replace("/", "_") + "_" + tag)
            writer = self.all_writers.get(folder) or self.all_writers.setdefault(
                folder, FileWriter(folder, *self._options))
            self._add(summary_pb2.Summary.Value(tag=main_tag, simple_value=float(_array(value))), global_step, walltime,
                      writer)

    def add_histogram(self, tag, values, global_step=None, bins="tensorflow", walltime=None, max_bins=None):
        """Distribution of values; ValueError when there are none."""
        flat = _array(values).reshape(-1).astype(numpy.float64)
        if flat.size == 0:
            raise ValueError("The input has no element.")
        if bins == "tensorflow":
            positive = 1e-12 * 1.1 ** numpy.arange(775)
            bins = numpy.concatenate([-positive[::-1], [0.0], positive])
            low, high = numpy.searchsorted(bins, flat.min(),
                                           "right") - 1, numpy.searchsorted(bins, flat.max(), "left") + 1
            bins = bins[max(low, 0):high + 1]
        counts, limits = numpy.histogram(flat, bins=bins)
        histo = summary_pb2.HistogramProto(min=flat.min(), max=flat.max(), num=flat.size, sum=flat.sum(),
                                           sum_squares=float(flat.dot(flat)), bucket_limit=limits[1:].tolist(),
                                           bucket=counts.astype(float).tolist())
        self._add(summary_pb2.Summary.Value(tag=tag, histo=histo), global_step, walltime)

    def add_text(self, tag, text_string, global_step=None, walltime=None):
        """A Markdown text."""
        from tensorboard.util import tensor_util

        meta = text_metadata.create_summary_metadata(display_name="", description="")
        proto = tensor_util.make_tensor_proto(numpy.array([text_string.encode()], dtype=object))
        self._add(summary_pb2.Summary.Value(tag=tag + "/text_summary", metadata=meta, tensor=proto), global_step,
                  walltime)

    def add_image(self, tag, img_tensor, global_step=None, walltime=None, dataformats="CHW"):
        """One image: floats in [0, 1] or uint8."""
        import io

        from PIL import Image

        array = _array(img_tensor)
        array = array.transpose([dataformats.upper().index(c)
                                 for c in "HWC"]) if dataformats.upper() != "HW" else numpy.stack([array] * 3, -1)
        source = img_tensor.dtype if not hasattr(img_tensor, "detach") else None
        whole = str(getattr(img_tensor, "dtype", source)).endswith("uint8")
        array = array.astype(numpy.uint8) if whole else (array * 255).clip(0, 255).astype(numpy.uint8)
        array = numpy.repeat(array, 3, -1) if array.shape[-1] == 1 else array
        data = io.BytesIO()
        Image.fromarray(array).save(data, format="PNG")
        image = summary_pb2.Summary.Image(height=array.shape[0], width=array.shape[1], colorspace=array.shape[2],
                                          encoded_image_string=data.getvalue())
        self._add(summary_pb2.Summary.Value(tag=tag, image=image), global_step, walltime)

    def add_figure(self, tag, figure, global_step=None, close=True, walltime=None):
        """A Matplotlib figure as an image."""
        figure.canvas.draw()
        self.add_image(tag, numpy.asarray(figure.canvas.buffer_rgba())[..., :3], global_step, walltime, "HWC")
        if close:
            import matplotlib.pyplot

            matplotlib.pyplot.close(figure)

    def add_hparams(self, hparam_dict, metric_dict, hparam_domain_discrete=None, run_name=None, global_step=None):
        """Hyperparameters and the metrics they led to, in a folder of their own; TypeError for what are no dicts."""
        if not isinstance(hparam_dict, dict) or not isinstance(metric_dict, dict):
            raise TypeError("hparam_dict and metric_dict should be dictionary.")
        start = plugin_data_pb2.SessionStartInfo(start_time_secs=time.time())
        infos = []
        for name, value in hparam_dict.items():
            info = api_pb2.HParamInfo(name=name)
            if isinstance(value, bool):
                start.hparams[name].bool_value, info.type = value, api_pb2.DATA_TYPE_BOOL
            elif isinstance(value, (int, float)):
                start.hparams[name].number_value, info.type = value, api_pb2.DATA_TYPE_FLOAT64
            else:
                start.hparams[name].string_value, info.type = str(value), api_pb2.DATA_TYPE_STRING
            infos.append(info)
        experiment = api_pb2.Experiment(hparam_infos=infos,
                                        metric_infos=[api_pb2.MetricInfo(name=api_pb2.MetricName(tag=k))
                                                      for k in metric_dict])
        end = plugin_data_pb2.SessionEndInfo(status=api_pb2.STATUS_SUCCESS, end_time_secs=time.time())
        writer = FileWriter(os.path.join(self.log_dir, run_name or str(time.time())), *self._options)
        for tag, content in (
            ("_hparams_/experiment", {"experiment": experiment}),
            ("_hparams_/session_start_info", {"session_start_info": start}),
            ("_hparams_/session_end_info", {"session_end_info": end}),
        ):
            meta = metadata.create_summary_metadata(plugin_data_pb2.HParamsPluginData(**content))
            self._add(summary_pb2.Summary.Value(tag=tag, metadata=meta), None, None, writer)
        for name, value in metric_dict.items():
            self._add(summary_pb2.Summary.Value(tag=name, simple_value=float(_array(value))), global_step, None, writer)
        writer.close()

    def add_graph(self, model, input_to_model=None, verbose=False, use_strict_trace=True):
        """Not supported: there is no tracing."""
        raise NotImplementedError("SummaryWriter.add_graph needs tracing, which is not supported")

    def flush(self):
        """Write what is queued."""
        for writer in self.all_writers.values():
            writer.flush()

    def close(self):
        """Write what is queued and close the files."""
        for writer in self.all_writers.values():
            writer.flush()
            writer.close()
        self.file_writer, self.all_writers = None, {}

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()
