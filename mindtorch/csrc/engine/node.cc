#include "node.h"

#include "boundary.h"

namespace mt {

Callbacks callbacks;
bool anomaly_enabled = false;

namespace {
thread_local bool g_grad_mode = true;
}  // namespace
thread_local SavedHooks saved_hooks;

bool grad_mode() { return g_grad_mode && !inference_mode; }
bool grad_switch() { return g_grad_mode; }

void destroy(BackwardNode *n) {
  static thread_local std::vector<BackwardNode *> *waiting = nullptr;
  if (waiting) {
    waiting->push_back(n);
    return;
  }
  std::vector<BackwardNode *> list{n};
  waiting = &list;
  while (!list.empty()) {
    BackwardNode *last = list.back();
    list.pop_back();
    delete last;
  }
  waiting = nullptr;
}

PyObject *new_hooks() {
  static PyObject *type = nullptr;
  if (!type) {
    Ref module = checked(PyImport_ImportModule("collections"));
    type = checked(PyObject_GetAttrString(module.get(), "OrderedDict")).release();
  }
  return checked(PyObject_CallNoArgs(type)).release();
}
void set_grad_mode(bool on) { g_grad_mode = on; }

Node::~Node() {
  if (!Py_IsInitialized()) {  // leaked on purpose: the interpreter that owned them is gone
    rule.release(), context.release(), function.release(), pre_hooks.release(), post_hooks.release(),
        metadata.release();
    for (auto &s : saved) s.object.release(), s.unpack.release();
    for (auto &h : tensor_hooks) h.second.release();
    return;
  }
  PyGILState_STATE s = PyGILState_Ensure();
  saved.clear();
  tensor_hooks.clear();
  rule = context = function = pre_hooks = post_hooks = metadata = Ref();
  PyGILState_Release(s);
}

void Node::Release() {
  bool any = false;
  for (auto &s : saved) any = any || s.counts;
  if (!any) return;  // shapes and numbers stay: such a node may run again, as in torch
  freed = true;
  PyGILState_STATE state = PyGILState_Ensure();
  saved.clear();
  PyGILState_Release(state);
}

namespace {
// Shape and dtype in one number: a saved tensor that has another one was given other data since.
uint64_t form_of(const Tensor &t) {
  uint64_t h = static_cast<uint64_t>(t.data_type());
  for (int64_t s : t.shape()) h = (h ^ static_cast<uint64_t>(s)) * 0x9e3779b97f4a7c15u + (h >> 29);
  return h;
}

bool stale(const TensorPtr &t, Meta *m) { return m->base && m->view_version != t->version().current_version(); }

Ref geometry(const TensorPtr &view, const TensorPtr &base) {
  int64_t offset = static_cast<int64_t>(view->storage_offset()),
          base_offset = static_cast<int64_t>(base->storage_offset());
  return checked(Py_BuildValue("(NNLNNLii)", tuple_from(view->shape()), tuple_from(strides_of(view)), (long long)offset,
                               tuple_from(base->shape()), tuple_from(strides_of(base)), (long long)base_offset,
                               is_complex(dtype_of(*view)) ? 1 : 0, is_complex(dtype_of(*base)) ? 1 : 0));
}

// An in-place change of the base (or of another view) moved the base's history: start again from there.
void regenerate(const TensorPtr &t, Meta *m) {
  if (m->creation == Creation::NoGrad && !m->UnsafeGetGradNodeImpl())
    raise(PyExc_RuntimeError,
          "A view was created in no_grad mode and its base or another view of its base has been modified inplace with "
          "grad mode enabled. Given that this use case is "
          "ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the "
          "inplace either both inside the no_grad block (if you "
          "don't want the inplace to be tracked) or both outside (if you want the inplace to be tracked).");
  m->view_version = t->version().current_version();
  Edge base = edge_of(m->base);
  if (!base.is_defined()) return;
  Ref context = geometry(t, m->base);
  auto node = new_node(Node::Rule, "AsStridedBackward0");
  node->rule = Ref::borrow(callbacks.as_strided_backward);
  node->context = context;
  node->add_next_edge(base);
  m->creation = Creation::Default;
  attach_output(node, t, 0);
}
}  // namespace

bool requires_grad(const TensorPtr &t) {
  auto *m = meta_of(t);
  if (!m) return false;
  if (m->UnsafeGetGradNodeImpl() || m->requires_grad()) return true;
  return m->base && requires_grad(m->base);  // also of a view made under no_grad, which has no history, as in torch
}

NodePtr accumulator_of(const TensorPtr &t) {
  Meta *m = ensure_meta(t);
  if (auto held = m->accumulator.lock()) return std::static_pointer_cast<Node>(held);
  auto node = new_node(Node::Accumulate, "AccumulateGrad");
  node->variable = t;
  node->outputs.push_back({t->shape(), dtype_of(*t), device_of(t)});
  m->accumulator = node;
  return node;
}

Edge edge_of(const TensorPtr &t) {
  auto *m = meta_of(t);
  if (!m) return Edge();
  if (stale(t, m) && m->creation != Creation::Inference && requires_grad(m->base)) {
    auto *b = meta_of(m->base);
    if (b->UnsafeGetGradNodeImpl() || m->UnsafeGetGradNodeImpl()) regenerate(t, m);
  }
  if (auto node = m->UnsafeGetGradNodeImpl()) return Edge(node, m->output_index());
  if (m->requires_grad()) return Edge(accumulator_of(t), 0);
  return Edge();
}

NodePtr make_node(const std::string &name, PyObject *rule, PyObject *context, const std::vector<TensorPtr> &inputs) {
  auto node = new_node(Node::Rule, name);
  node->rule = Ref::borrow(rule);
  node->context = Ref::borrow(context);
  for (auto &t : inputs) node->add_next_edge(t ? edge_of(t) : Edge());
  if (anomaly_enabled && callbacks.anomaly) {
    Ref shown(show(node));
    checked(PyObject_CallFunction(callbacks.anomaly, "sOO", "record", shown.get(), Py_None));
  }
  return node;
}

void attach_output(const NodePtr &node, const TensorPtr &output, int index) {
  while (static_cast<int>(node->outputs.size()) <= index) node->outputs.push_back({{}, DType::F32, 0});
  node->outputs[static_cast<size_t>(index)] = {output->shape(), dtype_of(*output), device_of(output)};
  Meta *m = ensure_meta(output);
  m->set_grad_node(node);
  m->set_output_index(static_cast<size_t>(index));
  if (m->base) m->view_version = output->version().current_version();
}

void save(const NodePtr &node, const TensorPtr &t, int output) {
  if (is_inference(t))
    raise(PyExc_RuntimeError,
          "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
          "computation tracked by autograd. "
          "To work around this, you can make a clone to get a normal tensor and use it in autograd, or use "
          "`torch.no_grad()` instead of "
          "`torch.inference_mode()`.");
  Saved s;
  s.counts = true;
  s.version = t->version().current_version();
  s.output = output;
  s.tensor = output >= 0 ? alias(t) : t;
  s.form = form_of(*t);
  if (!saved_hooks.empty()) {
    auto [pack, unpack] = saved_hooks.back();
    pack_saved(s, pack.get(), unpack.get());
  }
  node->saved.push_back(std::move(s));
}

void pack_saved(Saved &s, PyObject *pack, PyObject *unpack) {
  TensorPtr t = s.tensor;
  Ref given(wrap(t));
  auto version = t->version().current_version();
  bool mode = grad_mode();
  set_grad_mode(false);
  PyObject *packed = PyObject_CallOneArg(pack, given.get());
  set_grad_mode(mode);
  Ref object = checked(packed);
  if (version != t->version().current_version())
    raise(PyExc_RuntimeError,
          "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook cannot be "
          "modified by in-place operations as this can lead to unexpected side-effects.");
  s.object = object;
  s.unpack = Ref::borrow(unpack);
  if (s.output < 0) s.edge = edge_of(t);
  s.tensor = nullptr;
}

void save_object(const NodePtr &node, PyObject *o, bool counts) {
  Saved s;
  s.counts = counts;
  s.object = Ref::borrow(o);
  node->saved.push_back(std::move(s));
}

static std::string operator_name(BackwardNode *n) {
  const std::string &name = n->name();
  size_t at = name.rfind("Backward");
  return at == std::string::npos || at == 0 ? name : name.substr(0, at);
}

Ref unpack(const NodePtr &node, size_t i) {
  Saved &s = node->saved[i];
  if (!s.tensor && !s.unpack) return s.object ? s.object : Ref::borrow(Py_None);
  TensorPtr t = s.tensor;
  Ref result;
  if (s.unpack) {
    result = checked(PyObject_CallOneArg(s.unpack.get(), s.object.get()));
    if (!is_tensor(result.get()))
      raise(PyExc_TypeError,
            std::string("Output of saved tensor unpack_hook expected to be a Tensor but got result of type ") +
                Py_TYPE(result.get())->tp_name);
    t = unwrap(result.get());
    if (s.output < 0) {
      if (!s.edge.is_defined()) return result;
      TensorPtr again = alias(t);
      Meta *m = ensure_meta(again);
      m->set_grad_node(s.edge.grad_node);
      m->set_output_index(s.edge.input_index);
      return Ref(wrap(again));
    }
  } else if (s.version != t->version().current_version()) {
    std::string shape = shown(t->shape());
    shape.pop_back();
    std::string what;
    if (s.output >= 0)
      what = ", which is output " + std::to_string(s.output) + " of " + operator_name(node.get()) + ",";
    else if (auto *m = meta_of(t); m && m->UnsafeGetGradNodeImpl())
      what = ", which is output " + std::to_string(m->output_index()) + " of " +
             operator_name(m->UnsafeGetGradNodeImpl().get()) + ",";
    Ref object(wrap(t));
    Ref type = checked(PyObject_CallMethod(object.get(), "type", nullptr));
    raise(PyExc_RuntimeError,
          std::string(
              "one of the variables needed for gradient computation has been modified by an inplace operation: [") +
              text_from(type.get()) + " " + shape + "]]" + what + " is at version " +
              std::to_string(t->version().current_version()) + "; expected version " + std::to_string(s.version) +
              " instead. Hint: " +
              (anomaly_enabled ? "the backtrace further above shows the operation that failed to compute its gradient. "
                                 "The variable in question was changed in there or anywhere later. Good luck!"
                               : "enable anomaly detection to find the operation that failed to compute its gradient, "
                                 "with torch.autograd.set_detect_anomaly(True, check_nan=False)."));
  }
  if (!s.unpack && s.form != form_of(*t))
    raise(PyExc_RuntimeError,
          "one of the variables needed for gradient computation has been given other data: it has the shape " +
              shown(t->shape()) + " and the dtype of that data by now, not what " + operator_name(node.get()) +
              " saved");
  if (s.output >= 0) {
    TensorPtr again = alias(t);
    Meta *m = ensure_meta(again);
    m->set_grad_node(node);
    m->set_output_index(static_cast<size_t>(s.output));
    return Ref(wrap(again));
  }
  return Ref(wrap(t));
}

void check_inplace(const TensorPtr &t) {
  auto *m = meta_of(t);
  if (!m) return;
  if (m->inference && !inference_mode)
    raise(PyExc_RuntimeError,
          "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a "
          "normal tensor before doing inplace "
          "update.See https://github.com/pytorch/rfcs/pull/17 for more details.");
  if (!grad_mode()) return;
  if (m->base) {
    if (m->creation != Creation::Default && requires_grad(t)) {
      auto node = m->UnsafeGetGradNodeImpl();
      std::string which = node ? "Output " + std::to_string(m->output_index()) + " of " + operator_name(node.get()) +
                                     " is a view and is being modified inplace. "
                               : "";
      switch (m->creation) {
        case Creation::MultiOutput:
          raise(PyExc_RuntimeError,
                which +
                    "This view is the output of a function that returns multiple views. Such functions do not allow "
                    "the output views to be "
                    "modified inplace. You should replace the inplace operation by an out-of-place one.");
        case Creation::Custom:
          raise(PyExc_RuntimeError,
                which +
                    "This view was created inside a custom Function (or because an input was returned as-is) and the "
                    "autograd logic to handle "
                    "view+inplace would override the custom backward associated with the custom Function, leading to "
                    "incorrect gradients. This "
                    "behavior is forbidden. You can fix this by cloning the output of the custom Function.");
        default: {
          bool inference = m->creation == Creation::Inference;
          std::string made = inference ? "inference mode" : "no_grad mode",
                      used = inference ? "normal mode" : "grad mode enabled", with = inference ? " in " : " with ";
          std::string block = inference ? "inference_mode" : "no_grad";
          raise(PyExc_RuntimeError,
                "A view was created in " + made + " and is being modified inplace" + with + used +
                    ". Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your "
                    "code by moving both the view and the "
                    "inplace either both inside the " +
                    block +
                    " block (if you don't want the inplace to be tracked) or both outside (if you want the "
                    "inplace to be tracked).");
        }
      }
    }
    auto *b = meta_of(m->base);
    if (b && b->requires_grad() && !b->UnsafeGetGradNodeImpl())
      raise(PyExc_RuntimeError, "a view of a leaf Variable that requires grad is being used in an in-place operation.");
  }
  if (m->requires_grad() && !m->UnsafeGetGradNodeImpl())
    raise(PyExc_RuntimeError, "a leaf Variable that requires grad is being used in an in-place operation.");
}

namespace {
// Gradients that a tensor keeps follow it to its new node.
void move_retained(const TensorPtr &t, Meta *m, const BackwardNodePtr &to, size_t index) {
  Node *from = ours(m->UnsafeGetGradNodeImpl().get()), *target = ours(to.get());
  if (!m->retains_grad() || !from || !target || from == target) return;
  from->retained.erase(static_cast<int>(m->output_index()));
  target->retained[static_cast<int>(index)] = t;
}
}  // namespace

// `result` was computed out of place from self and has been copied into it: self continues result's history, and loses
// its own when result has none.
void rebase(const TensorPtr &self, const TensorPtr &result) {
  Edge edge = edge_of(result);
  Node *node = edge.is_defined() ? ours(edge.grad_node.get()) : nullptr;
  bool fresh = node && node->kind == Node::Rule && edge.input_index < node->outputs.size() &&
               node->outputs[edge.input_index].dtype == dtype_of(*self) &&
               node->outputs[edge.input_index].shape == self->shape() && result != self &&
               !(meta_of(result) && meta_of(result)->base);
  if (fresh) {
    // a saved result is self from now on: one buffer, and the version check sees later changes
    for (auto &s : node->saved)
      if (s.tensor && s.output == static_cast<int>(edge.input_index)) {
        s.tensor = alias(self);
        s.version = self->version().current_version();
      }
  } else if (edge.is_defined() || requires_grad(self)) {
    auto copy = new_node(Node::Rule, "CopyBackwards");
    copy->rule = Ref::borrow(callbacks.cast);
    copy->context = Ref::borrow(Py_None);
    copy->add_next_edge(edge);
    copy->outputs.push_back({self->shape(), dtype_of(*self), device_of(self)});
    edge = Edge(copy, 0);
  } else {
    return;
  }
  rebase_to(self, edge);
}

void rebase_to(const TensorPtr &self, const Edge &edge) {
  Meta *m = ensure_meta(self);
  if (!m->base) {
    move_retained(self, m, edge.grad_node, edge.input_index);
    m->set_grad_node(edge.grad_node);
    m->set_output_index(edge.input_index);
    return;
  }
  TensorPtr base = m->base;
  Ref context = geometry(self, base);
  auto node = new_node(Node::Rule, "CopySlices");
  node->rule = Ref::borrow(callbacks.copy_slices_backward);
  node->context = context;
  node->add_next_edge(edge_of(base));
  node->add_next_edge(edge);
  if (Meta *b = ensure_meta(base); b->UnsafeGetGradNodeImpl()) move_retained(base, b, node, 0);
  attach_output(node, base, 0);
  Edge before(m->UnsafeGetGradNodeImpl(), m->output_index());
  regenerate(self, m);
  if (before.is_defined() && m->retains_grad()) {
    Node *from = ours(before.grad_node.get());
    if (from) from->retained.erase(static_cast<int>(before.input_index));
    ours(m->UnsafeGetGradNodeImpl().get())->retained[static_cast<int>(m->output_index())] = self;
  }
}

// self is about to be overwritten: what result's node saved of it must keep the old values.
void protect_saved(const TensorPtr &self, const TensorPtr &result) {
  auto *m = meta_of(result);
  if (!m || !m->UnsafeGetGradNodeImpl()) return;
  Node *node = ours(m->UnsafeGetGradNodeImpl().get());
  if (!node) return;
  for (auto &s : node->saved) {
    if (!s.tensor || s.output >= 0 || s.tensor->device_address() != self->device_address()) continue;
    if (s.tensor.get() != self.get())
      continue;  // another view of the memory: the version check will speak up, as in torch
    Ref object(wrap(alias(s.tensor)));
    Ref copy = checked(PyObject_CallOneArg(callbacks.clone, object.get()));
    TensorPtr fresh = unwrap(copy.get());
    Edge edge = edge_of(s.tensor);
    if (edge.is_defined()) {
      Meta *k = ensure_meta(fresh);
      k->set_grad_node(edge.grad_node);
      k->set_output_index(edge.input_index);
    }
    s.tensor = fresh;
    s.version = fresh->version().current_version();
  }
}

}  // namespace mt
