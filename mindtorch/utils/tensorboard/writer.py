"""SummaryWriter: scalars, distributions, pictures, sounds, charts, graphs and hyperparameters into event files."""
import os
import socket
import time
import warnings

import numpy

from . import embedding, summary

from tensorboard.compat.proto import event_pb2  # noqa: E402  (summary.py says when it is missing)
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig  # noqa: E402
from tensorboard.summary.writer.event_file_writer import EventFileWriter  # noqa: E402


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

    def add_graph(self, graph_profile, walltime=None):
        """Write a graph (GraphDef), or the first of a pair."""
        graph = graph_profile[0] if isinstance(graph_profile, tuple) else graph_profile
        self.add_event(event_pb2.Event(graph_def=graph.SerializeToString()), None, walltime)

    def add_onnx_graph(self, graph, walltime=None):
        """Write a graph (GraphDef)."""
        self.add_graph(graph, walltime)

    def reopen(self):
        """Write into a new file of the folder from here on."""
        self.event_writer.reopen()

    def flush(self):
        """Write what is queued."""
        self.event_writer.flush()

    def close(self):
        """Write what is queued and close the file."""
        self.event_writer.close()


def _default_bins():
    """Edges that grow by a tenth from 1e-12 on, to both sides of zero, as TensorFlow has them."""
    positive, edge = [], 1e-12
    while edge < 1e20:
        positive.append(edge)
        edge *= 1.1
    return [-v for v in reversed(positive)] + [0.0] + positive


class SummaryWriter:
    """Log of a training run, as TensorBoard reads it; a context manager."""

    def __init__(self, log_dir=None, comment="", purge_step=None, max_queue=10, flush_secs=120, filename_suffix=""):
        self.log_dir = (str(log_dir) if log_dir
                        else os.path.join("runs",
                                          time.strftime("%b%d_%H-%M-%S") + "_" + socket.gethostname() + comment))
        self._options = (max_queue, flush_secs, filename_suffix)
        self._projected = ProjectorConfig()
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

    def _add(self, made, global_step=None, walltime=None):
        self._get_file_writer().add_summary(made, global_step, walltime)

    # ---- numbers ----
    def add_scalar(self, tag, scalar_value, global_step=None, walltime=None, new_style=False, double_precision=False):
        """One number. AssertionError for more than one."""
        self._add(summary.scalar(tag, scalar_value, new_style=new_style, double_precision=double_precision),
                  global_step, walltime)

    def add_scalars(self, main_tag, tag_scalar_dict, global_step=None, walltime=None):
        """Several numbers under one tag, each in a folder of its own."""
        for tag, value in tag_scalar_dict.items():
            folder = os.path.join(self.log_dir, main_tag.replace("/", "_") + "_" + tag)
            writer = self.all_writers.get(folder) or self.all_writers.setdefault(
                folder, FileWriter(folder, *self._options))
            writer.add_summary(summary.scalar(main_tag, value), global_step, walltime)

    def add_tensor(self, tag, tensor, global_step=None, walltime=None):
        """A whole tensor."""
        self._add(summary.tensor_proto(tag, tensor), global_step, walltime)

    def add_histogram(self, tag, values, global_step=None, bins="tensorflow", walltime=None, max_bins=None):
        """Distribution of values; ValueError when there are none."""
        if isinstance(bins, str) and bins == "tensorflow":
            bins = _default_bins()
        self._add(summary.histogram(tag, values, bins, max_bins=max_bins), global_step, walltime)

    def add_histogram_raw(self, tag, min, max, num, sum, sum_squares, bucket_limits, bucket_counts, global_step=None,
                          walltime=None):
        """A distribution whose figures are known. ValueError for other numbers of limits and counts."""
        if len(bucket_limits) != len(bucket_counts):
            raise ValueError("len(bucket_limits) != len(bucket_counts), see the document.")
        self._add(summary.histogram_raw(tag, min, max, num, sum, sum_squares, bucket_limits, bucket_counts),
                  global_step, walltime)

    # ---- pictures, sounds, texts ----
    def add_image(self, tag, img_tensor, global_step=None, walltime=None, dataformats="CHW"):
        """One picture: floats in [0, 1] or uint8. AssertionError for dimensions that dataformats does not name."""
        self._add(summary.image(tag, img_tensor, dataformats=dataformats), global_step, walltime)

    def add_images(self, tag, img_tensor, global_step=None, walltime=None, dataformats="NCHW"):
        """Several pictures, eight in a row."""
        if isinstance(img_tensor, list):
            img_tensor = numpy.stack([summary.make_np(t) for t in img_tensor])
        self._add(summary.image(tag, img_tensor, dataformats=dataformats), global_step, walltime)

    def add_image_with_boxes(self, tag, img_tensor, box_tensor, global_step=None, walltime=None, rescale=1,
                             dataformats="CHW", labels=None):
        """A picture with boxes (left, top, right, bottom), each with a label if there are as many."""
        if labels is not None:
            labels = [labels] if isinstance(labels, str) else labels
            if len(labels) != len(summary.make_np(box_tensor)):
                warnings.warn("add_image_with_boxes: labels are left out, as there are not as many as boxes",
                              stacklevel=2)
                labels = None
        self._add(summary.image_boxes(tag, img_tensor, box_tensor, rescale, dataformats, labels), global_step, walltime)

    def add_figure(self, tag, figure, global_step=None, close=True, walltime=None):
        """A Matplotlib figure as a picture, or a list of figures of one size as several."""
        several = isinstance(figure, list)
        pictures = []
        for f in figure if several else [figure]:
            f.canvas.draw()
            pictures.append(numpy.array(f.canvas.buffer_rgba())[..., :3])
            if close:
                import matplotlib.pyplot

                matplotlib.pyplot.close(f)
        if several:
            self.add_images(tag, numpy.stack(pictures), global_step, walltime, "NHWC")
        else:
            self.add_image(tag, pictures[0], global_step, walltime, "HWC")

    def add_video(self, tag, vid_tensor, global_step=None, fps=4, walltime=None):
        """An animation of [batch, time, channels, height, width]: floats in [0, 1] or uint8."""
        self._add(summary.video(tag, vid_tensor, fps), global_step, walltime)

    def add_audio(self, tag, snd_tensor, global_step=None, sample_rate=44100, walltime=None):
        """A sound of one channel: numbers in [-1, 1]."""
        self._add(summary.audio(tag, snd_tensor, sample_rate=sample_rate), global_step, walltime)

    def add_text(self, tag, text_string, global_step=None, walltime=None):
        """A Markdown text."""
        self._add(summary.text(tag, text_string), global_step, walltime)

    # ---- graphs, embeddings ----
    def add_graph(self, model, input_to_model=None, verbose=False, use_strict_trace=True):
        """The graph of one call of the model, as it is traced."""
        from . import graphs

        self._get_file_writer().add_graph(graphs.traced(model, input_to_model, verbose, use_strict_trace))

    def add_onnx_graph(self, prototxt):
        """The graph of an ONNX file."""
        from . import graphs

        self._get_file_writer().add_onnx_graph(graphs.from_onnx(prototxt))

    def add_embedding(self, mat, metadata=None, label_img=None, global_step=None, tag="default", metadata_header=None):
        """Points (N, D) for the projector, with labels (N) or rows of them, and pictures (N, C, H, W). AssertionError
        for other numbers of labels or pictures than points."""
        points = summary.make_np(mat)
        if points.ndim != 2:
            raise AssertionError("mat should be 2D, where mat.size(0) is the number of data points")
        for name, given in (("labels", metadata), ("images", label_img)):
            if given is not None and len(given) != len(points):
                raise AssertionError(f"#{name} should equal with #data points")
        step = 0 if global_step is None else global_step
        place = f"{str(step).zfill(5)}/{tag.replace('%', '%25').replace('/', '%2f').replace(chr(92), '%5c')}"
        folder = os.path.join(self._get_file_writer().get_logdir(), *place.split("/"))
        os.makedirs(folder, exist_ok=True)
        config = self._projected.embeddings.add(tensor_name=f"{tag}:{str(step).zfill(5)}",
                                                tensor_path=f"{place}/tensors.tsv")
        if metadata is not None:
            embedding.write_metadata(folder, metadata, metadata_header)
            config.metadata_path = f"{place}/metadata.tsv"
        if label_img is not None:
            embedding.write_sprite(folder, label_img)
            config.sprite.image_path = f"{place}/sprite.png"
            config.sprite.single_image_dim.extend(summary.make_np(label_img).shape[:1:-1])
        embedding.write_tensors(folder, points)
        from google.protobuf import text_format

        with open(os.path.join(self._get_file_writer().get_logdir(), "projector_config.pbtxt"), "w") as file:
            file.write(text_format.MessageToString(self._projected))

    # ---- curves, charts, meshes ----
    def add_pr_curve(self, tag, labels, predictions, global_step=None, num_thresholds=127, weights=None, walltime=None):
        """Precision against recall: labels 0 and 1, predictions in [0, 1]."""
        self._add(summary.pr_curve(tag, summary.make_np(labels), summary.make_np(predictions), num_thresholds,
                                   None if weights is None else summary.make_np(weights)), global_step, walltime)

    def add_pr_curve_raw(self, tag, true_positive_counts, false_positive_counts, true_negative_counts,
                         false_negative_counts, precision, recall, global_step=None, num_thresholds=127, weights=None,
                         walltime=None):
        """Precision against recall from counts that are known."""
        rows = (summary.make_np(x) for x in (true_positive_counts, false_positive_counts, true_negative_counts,
                                             false_negative_counts, precision, recall))
        self._add(summary.pr_curve_raw(tag, *rows, num_thresholds, weights), global_step, walltime)

    def add_custom_scalars_multilinechart(self, tags, category="default", title="untitled"):
        """One chart of several scalars."""
        self._add(summary.custom_scalars({category: {title: ["Multiline", tags]}}))

    def add_custom_scalars_marginchart(self, tags, category="default", title="untitled"):
        """One chart of a scalar between two others. AssertionError unless there are three tags."""
        self._add(summary.custom_scalars({category: {title: ["Margin", tags]}}))

    def add_custom_scalars(self, layout):
        """Charts by category and title: {category: {title: ["Multiline" or "Margin", tags]}}."""
        self._add(summary.custom_scalars(layout))

    def add_mesh(self, tag, vertices, colors=None, faces=None, config_dict=None, global_step=None, walltime=None):
        """Triangles or a cloud of points, [batch, points, 3]; ValueError for other shapes."""
        for name, x in (("vertices", vertices), ("colors", colors), ("faces", faces)):
            if x is not None and (summary.make_np(x).ndim != 3 or summary.make_np(x).shape[-1] != 3):
                raise ValueError(f"{name} of a mesh have the shape [batch, number, 3], got "
                                 f"{list(summary.make_np(x).shape)}")
        self._add(summary.mesh(tag, vertices, colors, faces, config_dict), global_step, walltime)

    def add_hparams(self, hparam_dict, metric_dict, hparam_domain_discrete=None, run_name=None, global_step=None):
        """Hyperparameters and the metrics they led to, in a folder of their own; TypeError for what are no dicts."""
        if type(hparam_dict) is not dict or type(metric_dict) is not dict:
            raise TypeError("hparam_dict and metric_dict should be dictionary.")
        parts = summary.hparams(hparam_dict, metric_dict, hparam_domain_discrete)
        writer = FileWriter(os.path.join(self.log_dir, run_name or str(time.time())), *self._options)
        for part in parts:
            writer.add_summary(part, global_step)
        for name, value in metric_dict.items():
            if value is not None:
                writer.add_summary(summary.scalar(name, value), global_step)
        writer.close()

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
