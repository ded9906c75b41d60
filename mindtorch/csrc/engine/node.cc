#include "node.h"

namespace mt {

Callbacks callbacks;
bool anomaly_enabled = false;

namespace {
thread_local bool g_grad_mode = true;
struct Hooks {
  Ref pack, unpack;
};
}  // namespace
thread_local std::vector<std::pair<Ref, Ref>> saved_hooks;

bool grad_mode() { return g_grad_mode; }
void set_grad_mode(bool on) { g_grad_mode = on; }

Node::~Node() {
  if (!Py_IsInitialized()) {  // leaked on purpose: the interpreter that owned them is gone
    rule.release(), context.release(), function.release(), pre_hooks.release(), post_hooks.release(), metadata.release();
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
  if (!saved.empty()) freed = true;
  saved.clear();
}

namespace {
bool stale(const TensorPtr &t, Meta *m) { return m->base && m->view_version != t->version().current_version(); }

Ref geometry(const TensorPtr &view, const TensorPtr &base) {
  int64_t offset = static_cast<int64_t>(view->storage_offset()), base_offset = static_cast<int64_t>(base->storage_offset());
  return checked(Py_BuildValue("(NNLNNL)", tuple_from(view->shape()), tuple_from(strides_of(view)), (long long)offset, tuple_from(base->shape()),
                               tuple_from(strides_of(base)), (long long)base_offset));
}

// An in-place change of the base (or of another view) moved the base's history: start again from there.
void regenerate(const TensorPtr &t, Meta *m) {
  m->view_version = t->version().current_version();
  Edge base = edge_of(m->base);
  if (!base.is_defined()) return;
  Ref context = geometry(t, m->base);
  auto node = BackwardNode::Create<Node>(Node::Rule, "AsStridedBackward0", size_t{1});
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
  return stale(t, m) && requires_grad(m->base);
}

NodePtr accumulator_of(const TensorPtr &t) {
  Meta *m = ensure_meta(t);
  if (auto held = m->accumulator.lock()) return std::static_pointer_cast<Node>(held);
  auto node = BackwardNode::Create<Node>(Node::Accumulate, "AccumulateGrad", size_t{1});
  node->variable = t;
  node->outputs.push_back({t->shape(), dtype_of(*t), device_of(t)});
  m->accumulator = node;
  return node;
}

Edge edge_of(const TensorPtr &t) {
  auto *m = meta_of(t);
  if (!m) return Edge();
  if (stale(t, m) && requires_grad(m->base)) regenerate(t, m);
  if (auto node = m->UnsafeGetGradNodeImpl()) return Edge(node, m->output_index());
  if (m->requires_grad()) return Edge(accumulator_of(t), 0);
  return Edge();
}

NodePtr make_node(const std::string &name, PyObject *rule, PyObject *context, const std::vector<TensorPtr> &inputs) {
  auto node = BackwardNode::Create<Node>(Node::Rule, name, size_t{1});
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
  Saved s;
  s.version = t->version().current_version();
  s.output = output;
  s.tensor = output >= 0 ? alias(t) : t;
  if (!saved_hooks.empty()) {
    auto [pack, unpack] = saved_hooks.back();
    Ref given(wrap(s.tensor));
    bool mode = grad_mode();
    set_grad_mode(false);
    PyObject *packed = PyObject_CallOneArg(pack.get(), given.get());
    set_grad_mode(mode);
    s.object = checked(packed);
    s.unpack = unpack;
    s.tensor = nullptr;
  }
  node->saved.push_back(std::move(s));
}

void save_object(const NodePtr &node, PyObject *o) {
  Saved s;
  s.object = Ref::borrow(o);
  node->saved.push_back(std::move(s));
}

Ref unpack(const NodePtr &node, size_t i) {
  Saved &s = node->saved[i];
  if (!s.tensor && !s.unpack) return s.object ? s.object : Ref::borrow(Py_None);
  TensorPtr t = s.tensor;
  Ref result;
  if (s.unpack) {
    result = checked(PyObject_CallOneArg(s.unpack.get(), s.object.get()));
    t = unwrap(result.get());
    if (s.output < 0) return result;
  } else if (s.version != t->version().current_version()) {
    std::string shape = "[";
    for (size_t d = 0; d < t->shape().size(); ++d) shape += (d ? ", " : "") + std::to_string(t->shape()[d]);
    std::string what;
    if (s.output >= 0) what = ", which is output " + std::to_string(s.output) + " of " + node->name() + ",";
    else if (auto *m = meta_of(t); m && m->UnsafeGetGradNodeImpl())
      what = ", which is output " + std::to_string(m->output_index()) + " of " + m->UnsafeGetGradNodeImpl()->name() + ",";
    Ref object(wrap(t));
    Ref type = checked(PyObject_CallMethod(object.get(), "type", nullptr));
    raise(PyExc_RuntimeError, std::string("one of the variables needed for gradient computation has been modified by an inplace operation: [") +
                                PyUnicode_AsUTF8(type.get()) + " " + shape + "]]" + what + " is at version " + std::to_string(t->version().current_version()) +
                                "; expected version " + std::to_string(s.version) +
                                " instead. Hint: the backtrace further above shows the operation that failed to compute its gradient, or enable anomaly "
                                "detection with torch.autograd.set_detect_anomaly(True).");
  }
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
  if (!grad_mode()) return;
  auto *m = meta_of(t);
  if (!m) return;
  if (m->base) {
    if (m->creation != Creation::Default && requires_grad(t)) {
      if (m->creation == Creation::MultiOutput)
        raise(PyExc_RuntimeError,
              "Output 0 of UnbindBackward0 is a view and is being modified inplace. This view is the output of a function that returns multiple views. Such "
              "functions do not allow the output views to be modified inplace. You should replace the inplace operation by an out-of-place one.");
      raise(PyExc_RuntimeError,
            "A view was created in no_grad mode and is being modified inplace with grad mode enabled. Given that this use case is ambiguous and error-prone, "
            "it is forbidden. You can clarify your code by moving both the view and the inplace either both inside the no_grad block (if you don't want "
            "the inplace to be tracked) or both outside (if you want the inplace to be tracked).");
    }
    auto *b = meta_of(m->base);
    if (b && b->requires_grad() && !b->UnsafeGetGradNodeImpl())
      raise(PyExc_RuntimeError, "a view of a leaf Variable that requires grad is being used in an in-place operation.");
  }
  if (m->requires_grad() && !m->UnsafeGetGradNodeImpl())
    raise(PyExc_RuntimeError, "a leaf Variable that requires grad is being used in an in-place operation.");
}

// `result` was computed out of place from self and has been copied into it: self continues result's history.
void rebase(const TensorPtr &self, const TensorPtr &result) {
  Edge edge = edge_of(result);
  if (!edge.is_defined()) return;
  Meta *m = ensure_meta(self);
  if (!m->base) {
    if (auto *n = ours(edge.grad_node.get()); n && n->outputs[edge.input_index].dtype != dtype_of(*self)) {
      auto cast = make_node("ToCopyBackward0", callbacks.cast, Py_None, {result});
      attach_output(cast, self, 0);
      return;
    }
    m->set_grad_node(edge.grad_node);
    m->set_output_index(edge.input_index);
    return;
  }
  TensorPtr base = m->base;
  Ref context = geometry(self, base);
  auto node = BackwardNode::Create<Node>(Node::Rule, "CopySlices", size_t{1});
  node->rule = Ref::borrow(callbacks.copy_slices_backward);
  node->context = context;
  node->add_next_edge(edge_of(base));
  node->add_next_edge(edge);
  attach_output(node, base, 0);
  m->view_version = self->version().current_version() - 1;
  regenerate(self, m);
}

// self is about to be overwritten: what result's node saved of it must keep the old values.
void protect_saved(const TensorPtr &self, const TensorPtr &result) {
  auto *m = meta_of(result);
  if (!m || !m->UnsafeGetGradNodeImpl()) return;
  Node *node = ours(m->UnsafeGetGradNodeImpl().get());
  if (!node) return;
  for (auto &s : node->saved) {
    if (!s.tensor || s.output >= 0 || s.tensor->device_address() != self->device_address()) continue;
    if (s.tensor.get() != self.get()) continue;  // another view of the memory: the version check will speak up, as in torch
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
