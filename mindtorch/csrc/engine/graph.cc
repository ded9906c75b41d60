// Running backward.
//
// Nodes run in the order torch runs them (latest first, gradients of leaves as soon as they are complete), with hooks,
// captures and accumulation where torch has them. Nodes that MindSpore's own operators left in the graph run as well.

#include <queue>
#include <unordered_map>
#include <unordered_set>

#include "backend.h"
#include "boundary.h"
#include "module.h"
#include "node.h"

namespace mt {

namespace {

struct Task {
  bool keep, create;
  uint64_t id = 0;
  std::vector<Ref> final_callbacks;
};
thread_local Task *current = nullptr;
thread_local Node *running = nullptr;  // the node whose rule runs

struct Capture {
  size_t input, position;
};

using Grads = std::vector<Ref>;

std::string hook_label(PyObject *hook) {
  Ref name(PyObject_GetAttrString(hook, "__name__"));
  if (!name) PyErr_Clear();
  return std::string("hook '") +
         (name && PyUnicode_Check(name.get()) ? PyUnicode_AsUTF8(name.get()) : "<unknown>") + "' has ";
}
void need_variable(const Ref &result) {
  if (!is_tensor(result.get()))
    raise(PyExc_TypeError,
          std::string("expected Variable, but hook returned '") + Py_TYPE(result.get())->tp_name + "'");
}
// what a hook of a node returns stands for all gradients
void need_count(PyObject *hook, const Ref &result, size_t count) {
  bool several = PyTuple_Check(result.get()) || PyList_Check(result.get());
  if (!several) need_variable(result);
  size_t got = several ? static_cast<size_t>(PySequence_Size(result.get())) : 1;
  if (got != count)
    raise(PyExc_RuntimeError, hook_label(hook) + "returned an incorrect number of values (got " + std::to_string(got) +
                                  ", but expected " + std::to_string(count) + ")");
}

void check_hook_result(PyObject *hook, const Ref &given, const Ref &result) {
  need_variable(result);
  TensorPtr was = peek(given.get()), now = peek(result.get());
  bool same_type = dtype_of(*was) == dtype_of(*now);
  if (same_type && was->shape() == now->shape()) return;
  std::string label = hook_label(hook) + "changed the ";
  if (same_type) raise(PyExc_RuntimeError, label + "size of value");
  Ref before = checked(PyObject_CallMethod(given.get(), "type", nullptr)),
      after = checked(PyObject_CallMethod(result.get(), "type", nullptr));
  raise(PyExc_RuntimeError,
        label + "type of value (was " + text_from(before.get()) + " got " + text_from(after.get()) + ")");
}

Ref apply_hooks(PyObject *dict, Ref grad) {
  Ref values = checked(PyDict_Values(dict));  // a copy: hooks may remove themselves
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(values.get()); ++i) {
    Ref r = checked(PyObject_CallOneArg(PyList_GET_ITEM(values.get(), i), grad.get()));
    if (r.get() == Py_None) continue;
    if (r.get() != grad.get()) check_hook_result(PyList_GET_ITEM(values.get(), i), grad, r);
    grad = r;
  }
  return grad;
}

Ref to_tuple(const Grads &grads) {
  Ref t = checked(PyTuple_New(static_cast<Py_ssize_t>(grads.size())));
  for (size_t i = 0; i < grads.size(); ++i)
    PyTuple_SET_ITEM(t.get(), static_cast<Py_ssize_t>(i), Py_NewRef(grads[i] ? grads[i].get() : Py_None));
  return t;
}

Grads from_result(PyObject *result, size_t count, const std::string &name) {
  Grads grads(count);
  auto put = [&](size_t i, PyObject *o) {
    if (o == Py_None) return;
    if (!is_tensor(o))
      raise(PyExc_TypeError, name + ": expected a Tensor or None as gradient, got " + Py_TYPE(o)->tp_name);
    grads[i] = Ref::borrow(o);
  };
  if (PyTuple_Check(result) || PyList_Check(result)) {
    Ref fast = checked(PySequence_Fast(result, ""));
    Py_ssize_t n = PySequence_Fast_GET_SIZE(fast.get());
    for (Py_ssize_t i = 0; i < n; ++i) {
      PyObject *o = PySequence_Fast_GET_ITEM(fast.get(), i);
      if (static_cast<size_t>(i) < count) put(static_cast<size_t>(i), o);
      else if (o != Py_None) raise(PyExc_RuntimeError, name + " returned more gradients than it has inputs");
    }
  } else if (count) {
    put(0, result);
  }
  return grads;
}

void accumulate(Node *node, Ref grad, bool create) {
  Meta *m = ensure_meta(node->variable);
  if (peek(grad.get())->shape() != node->variable->shape())  // .data was set between forward and backward
    raise(PyExc_RuntimeError, "the gradient's shape is " + shown(peek(grad.get())->shape()) +
                                  ", of a tensor that has the shape " + shown(node->variable->shape()) + " by now");
  if (!m->grad_object && !create) {
    TensorPtr g = unwrap(grad.get());
    auto *gm = meta_of(g);
    bool sole = Py_REFCNT(grad.get()) == 1 && g.use_count() == 2 && g->device_address() &&
                g->device_address().use_count() == 1 && contiguous(g) && contiguous(node->variable) &&
                (!gm || (!gm->base && !gm->UnsafeGetGradNodeImpl() && !gm->requires_grad()));
    if (sole) {
      m->grad_object = grad.release();
      return;
    }
  }
  if (m->grad_object && !create) {
    Ref sum(plain_sum(m->grad_object, grad.get(), true));
    if (sum) return;
  }
  Ref variable(wrap(node->variable));
  Ref old = Ref::borrow(m->grad_object ? m->grad_object : Py_None);
  Ref fresh = checked(PyObject_CallFunction(callbacks.accumulate, "OOOO", variable.get(), old.get(), grad.get(),
                                            create ? Py_True : Py_False));
  PyObject *before = m->grad_object;
  m->grad_object = fresh.get() == Py_None ? nullptr : fresh.release();
  Py_XDECREF(before);
}

// What an edge's gradient must look like: the shape and dtype of the tensor that it belongs to.
Ref validate(Ref grad, const Edge &edge, const std::string &name) {
  Node *target = ours(edge.grad_node.get());
  if (!target || edge.input_index >= target->outputs.size()) return grad;
  const OutputInfo &info = target->outputs[edge.input_index];
  if (info.device == kNoTensor) return grad;
  TensorPtr g = peek(grad.get());
  if (g->shape() != info.shape) {
    Ref shape(tuple_from(info.shape));
    PyObject *r = PyObject_CallFunction(callbacks.sum_to, "OOs", grad.get(), shape.get(), name.c_str());
    grad = checked(r);
    g = peek(grad.get());
  }
  if (dtype_of(*g) != info.dtype)
    grad = checked(PyObject_CallFunction(callbacks.cast, "Oi", grad.get(), static_cast<int>(info.dtype)));
  return grad;
}

struct Later {  // latest node first; leaves' accumulators before everything
  static uint64_t rank(BackwardNode *n) {
    Node *o = ours(n);
    return o && o->kind == Node::Accumulate ? ~uint64_t{0} : n->seq_id();
  }
  bool operator()(const BackwardNodePtr &a, const BackwardNodePtr &b) const { return rank(a.get()) < rank(b.get()); }
};

class Run;
thread_local Run *current_run = nullptr;

class Run {
 public:
  explicit Run(Task *task) : task_(task) {}

  // Whether a gradient along this edge is of use: rules skip the others.
  bool useful(const Edge &edge) const {
    return edge.is_defined() &&
           (!restricted_ || needed_.count(edge.grad_node.get()) || captures_.count(edge.grad_node.get()));
  }
  bool restricted() const { return restricted_; }
  bool reaches(BackwardNode *n) const {
    if (!restricted_) return seen_.count(n) != 0;
    return needed_.count(n) || captures_.count(n);
  }
  void only(const Edge &edge) {  // backward(inputs=): this node runs, others that lead nowhere do not
    restricted_ = true;
    only_.push_back(edge.grad_node.get());
  }

  void capture(const Edge &edge, size_t position) {
    restricted_ = true;
    captures_[edge.grad_node.get()].push_back({edge.input_index, position});
  }

  void seed(const Edge &edge, Ref grad) {
    roots_.push_back(edge.grad_node);
    deliver(edge, std::move(grad));
  }

  std::vector<Ref> go(size_t capture_count) {
    captured_.resize(capture_count);
    count_dependencies();
    if (restricted_) find_needed();
    std::unordered_set<BackwardNode *> queued;
    for (auto &r : roots_)
      if (dependencies_[r.get()] == 0 && queued.insert(r.get()).second) ready_.push(r);
    while (!ready_.empty()) {
      BackwardNodePtr node = ready_.top();
      ready_.pop();
      if (PyErr_CheckSignals()) throw PythonError();
      step(node);
    }
    return std::move(captured_);
  }

 private:
  void count_dependencies() {
    std::vector<BackwardNode *> stack;
    auto &seen = seen_;
    for (auto &r : roots_)
      if (seen.insert(r.get()).second) stack.push_back(r.get());
    while (!stack.empty()) {
      BackwardNode *n = stack.back();
      stack.pop_back();
      order_.push_back(n);
      for (auto &e : n->next_edges()) {
        if (!e.is_defined()) continue;
        ++dependencies_[e.grad_node.get()];
        if (seen.insert(e.grad_node.get()).second) stack.push_back(e.grad_node.get());
      }
    }
  }

  // Only nodes on the way to a captured one run. Iterates to a fixed point from the captured nodes upwards.
  void find_needed() {
    std::unordered_map<BackwardNode *, std::vector<BackwardNode *>> parents;
    for (auto *n : order_)
      for (auto &e : n->next_edges())
        if (e.is_defined()) parents[e.grad_node.get()].push_back(n);
    std::vector<BackwardNode *> stack;
    for (auto &c : captures_) stack.push_back(c.first);
    for (auto *n : only_)
      if (needed_.insert(n).second) stack.push_back(n);
    while (!stack.empty()) {
      BackwardNode *n = stack.back();
      stack.pop_back();
      for (auto *p : parents[n])
        if (needed_.insert(p).second) stack.push_back(p);
    }
  }

  void deliver(const Edge &edge, Ref grad) {
    Grads &slots = buffers_[edge.grad_node.get()];
    if (slots.size() <= edge.input_index) slots.resize(edge.input_index + 1);
    Ref &slot = slots[edge.input_index];
    if (!slot) {
      slot = std::move(grad);
      return;
    }
    // `owned`: the sum was made here and nobody else sees it, so the next term may be added in place
    PyObject *key = slot.get();
    bool owned = !task_->create && owned_.count(key) && Py_REFCNT(key) == 1;
    Ref sum(task_->create ? nullptr : plain_sum(key, grad.get(), owned));
    if (!sum)
      sum = checked(PyObject_CallFunction(callbacks.add, "OOO", slot.get(), grad.get(), owned ? Py_True : Py_False));
    owned_.erase(key);
    owned_.insert(sum.get());
    slot = std::move(sum);
  }

  void step(const BackwardNodePtr &node) {
    Node *own = ours(node.get());
    Grads grads = std::move(buffers_[node.get()]);
    buffers_.erase(node.get());
    size_t count = own ? std::max<size_t>(1, own->outputs.size()) : node->output_size();
    grads.resize(std::max(count, grads.size()));
    for (auto &g : grads)
      if (g) owned_.erase(g.get());
    if (own) {
      if (own->kind == Node::Accumulate) {
        Meta *m = ensure_meta(own->variable);
        if (m->hooks && grads[0]) {
          Ref held = Ref::borrow(m->hooks);
          grads[0] = validate(apply_hooks(held.get(), grads[0]), Edge(node, 0), "hook");
        }
      } else {
        if (!own->tensor_hooks.empty()) {
          auto hooked = own->tensor_hooks;  // a hook may add hooks
          for (auto &[index, hooks] : hooked)
            if (static_cast<size_t>(index) < grads.size() && grads[static_cast<size_t>(index)])
              grads[static_cast<size_t>(index)] = apply_hooks(hooks.get(), grads[static_cast<size_t>(index)]);
        }
        for (auto &[index, weak] : own->retained)
          if (auto t = weak.lock(); t && static_cast<size_t>(index) < grads.size() && grads[static_cast<size_t>(index)])
            retain(t, grads[static_cast<size_t>(index)]);
      }
    }
    if (auto found = captures_.find(node.get()); found != captures_.end())
      for (auto &c : found->second)
        if (c.input < grads.size()) captured_[c.position] = grads[c.input];
    bool wanted = !restricted_ || needed_.count(node.get());
    if (own && own->kind == Node::Accumulate) {
      if (wanted && grads[0]) finish_leaf(own, std::move(grads[0]));
      return;
    }
    Grads results(node->next_edges().size());
    bool any = false;
    for (auto &g : grads) any = any || g;
    if (wanted && any) results = own ? call(std::static_pointer_cast<Node>(node), grads) : call_native(node, grads);
    const auto edges = node->next_edges();
    for (size_t i = 0; i < edges.size(); ++i) {
      if (!edges[i].is_defined()) continue;
      if (i < results.size() && results[i]) deliver(edges[i], validate(std::move(results[i]), edges[i], node->name()));
      if (--dependencies_[edges[i].grad_node.get()] == 0) ready_.push(edges[i].grad_node);
    }
  }

  void finish_leaf(Node *own, Ref grad) {
    Ref before = own->pre_hooks, after = own->post_hooks;
    if (before) {
      Ref values = checked(PyDict_Values(before.get()));
      for (Py_ssize_t i = 0; i < PyList_GET_SIZE(values.get()); ++i) {
        Ref given = checked(PyTuple_Pack(1, grad.get()));
        Ref r = checked(PyObject_CallOneArg(PyList_GET_ITEM(values.get(), i), given.get()));
        if (r.get() != Py_None) grad = from_result(r.get(), 1, "prehook")[0];
      }
    }
    Ref outputs = after ? checked(PyTuple_Pack(1, grad.get())) : Ref();
    accumulate(own, std::move(grad), task_->create);
    if (after) {
      Ref values = checked(PyDict_Values(after.get()));
      Ref none = checked(PyTuple_New(0));
      for (Py_ssize_t i = 0; i < PyList_GET_SIZE(values.get()); ++i)
        checked(PyObject_CallFunctionObjArgs(PyList_GET_ITEM(values.get(), i), none.get(), outputs.get(), nullptr));
    }
    Meta *m = ensure_meta(own->variable);
    if (m->after_hooks) {
      Ref values = checked(PyDict_Values(m->after_hooks));
      Ref variable(wrap(own->variable));
      for (Py_ssize_t i = 0; i < PyList_GET_SIZE(values.get()); ++i) {
        Ref r = checked(PyObject_CallOneArg(PyList_GET_ITEM(values.get(), i), variable.get()));
        if (r.get() == Py_None) continue;
        need_variable(r);
        raise(PyExc_RuntimeError, "Tensor post accumulate grad hooks should return None.");
      }
    }
  }

  void retain(const TensorPtr &t, const Ref &grad) {
    Meta *m = ensure_meta(t);
    Ref variable(wrap(t));
    Ref old = Ref::borrow(m->grad_object ? m->grad_object : Py_None);
    Ref fresh = checked(PyObject_CallFunction(callbacks.accumulate, "OOOO", variable.get(), old.get(), grad.get(),
                                              task_->create ? Py_True : Py_False));
    PyObject *before = m->grad_object;
    m->grad_object = fresh.release();
    Py_XDECREF(before);
  }

  Grads call(const NodePtr &node, Grads &grads) {
    if (node->pre_hooks) {
      Ref values = checked(PyDict_Values(node->pre_hooks.get()));
      for (Py_ssize_t i = 0; i < PyList_GET_SIZE(values.get()); ++i) {
        Ref r = checked(PyObject_CallOneArg(PyList_GET_ITEM(values.get(), i), to_tuple(grads).get()));
        if (r.get() == Py_None) continue;
        need_count(PyList_GET_ITEM(values.get(), i), r, grads.size());
        grads = from_result(r.get(), grads.size(), node->name());
      }
    }
    if (node->materialize)
      for (size_t i = 0; i < std::min(grads.size(), node->outputs.size()); ++i)
        if (!grads[i] && node->outputs[i].device != kNoTensor) {
          const OutputInfo &info = node->outputs[i];
          Ref shape(tuple_from(info.shape));
          grads[i] = checked(
              PyObject_CallFunction(callbacks.zeros, "Oii", shape.get(), static_cast<int>(info.dtype), info.device));
        }
    Ref shown(show(node));
    std::vector<PyObject *> arguments{shown.get()};
    for (auto &g : grads) arguments.push_back(g ? g.get() : Py_None);
    Node *outer_node = running;
    running = node.get();
    PyObject *raw = PyObject_Vectorcall(node->rule.get(), arguments.data(), arguments.size(), nullptr);
    running = outer_node;
    if (!raw && callbacks.anomaly && anomaly_enabled) {
      PyObject *type, *value, *trace;
      PyErr_Fetch(&type, &value, &trace);
      Ref ignored(PyObject_CallFunction(callbacks.anomaly, "sOO", "failed", shown.get(), Py_None));
      if (!ignored) PyErr_Clear();
      PyErr_Restore(type, value, trace);
    }
    Ref result = checked(raw);
    if (anomaly_enabled && callbacks.anomaly)
      checked(PyObject_CallFunction(callbacks.anomaly, "sOO", "check", shown.get(), result.get()));
    Grads results = from_result(result.get(), node->next_edges().size(), node->name());
    result = Ref();
    if (node->post_hooks) {
      Ref values = checked(PyDict_Values(node->post_hooks.get()));
      for (Py_ssize_t i = 0; i < PyList_GET_SIZE(values.get()); ++i) {
        Ref r = checked(PyObject_CallFunctionObjArgs(PyList_GET_ITEM(values.get(), i), to_tuple(results).get(),
                                                     to_tuple(grads).get(), nullptr));
        if (r.get() == Py_None) continue;
        need_count(PyList_GET_ITEM(values.get(), i), r, results.size());
        results = from_result(r.get(), results.size(), node->name());
      }
    }
    if (!task_->keep) node->Release();
    return results;
  }

  // A node of MindSpore's own: values instead of Python objects.
  Grads call_native(const BackwardNodePtr &node, const Grads &grads) {
    mindspore::ValuePtrList values;
    for (auto &g : grads)
      values.push_back(g ? std::static_pointer_cast<mindspore::Value>(unwrap(g.get()))
                         : std::static_pointer_cast<mindspore::Value>(mindspore::kNone));
    auto out = node->PostProcess(node->CallBackward(values));
    Grads results(node->next_edges().size());
    for (size_t i = 0; i < std::min(out.size(), results.size()); ++i)
      if (auto t = std::dynamic_pointer_cast<Tensor>(out[i])) results[i] = Ref(wrap(t));
    if (!task_->keep) node->Release();
    return results;
  }

  Task *task_;
  bool restricted_ = false;
  std::vector<BackwardNode *> only_;
  std::vector<BackwardNodePtr> roots_;
  std::vector<BackwardNode *> order_;
  std::unordered_map<BackwardNode *, int> dependencies_;
  std::unordered_map<BackwardNode *, Grads> buffers_;
  std::unordered_map<BackwardNode *, std::vector<Capture>> captures_;
  std::unordered_set<BackwardNode *> needed_, seen_;
  std::unordered_set<PyObject *> owned_;
  std::priority_queue<BackwardNodePtr, std::vector<BackwardNodePtr>, Later> ready_;
  std::vector<Ref> captured_;
};

// A tensor, or (node, output) of a GradientEdge.
Edge edge_from(PyObject *o) {
  if (is_tensor(o)) return edge_of(unwrap(o));
  if (PyTuple_Check(o) && PyTuple_GET_SIZE(o) == 2) {
    BackwardNodePtr node = node_from(PyTuple_GET_ITEM(o, 0));
    Node *own = ours(node.get());
    size_t outputs = std::max<size_t>(1, own ? own->outputs.size() : node->output_size());
    return Edge(node, static_cast<size_t>(whole_from(PyTuple_GET_ITEM(o, 1), 0, static_cast<int64_t>(outputs) - 1,
                                                     "the number of a node's output")));
  }
  raise(PyExc_TypeError, std::string("expected a Tensor or a GradientEdge, got ") + Py_TYPE(o)->tp_name);
}

// run_backward(roots, grads, keep_graph, create_graph, inputs or None, accumulate) -> tuple of captured gradients
PyObject *run_backward(PyObject *, PyObject *const *a, Py_ssize_t) {
  return guarded([&]() -> PyObject * {
    if (PyTuple_GET_SIZE(a[0]) != PyTuple_GET_SIZE(a[1]))
      raise(PyExc_RuntimeError, "as many gradients as roots are needed");
    bool accumulating = PyObject_IsTrue(a[5]) == 1;
    static uint64_t tasks = 0;
    Task task{PyObject_IsTrue(a[2]) == 1, PyObject_IsTrue(a[3]) == 1, tasks++, {}};
    Run run(&task);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(a[0]); ++i) {
      Edge e = edge_from(PyTuple_GET_ITEM(a[0], i));
      if (!e.is_defined())
        raise(PyExc_RuntimeError,
              "element " + std::to_string(i) + " of tensors does not require grad and does not have a grad_fn");
      PyObject *g = PyTuple_GET_ITEM(a[1], i);
      if (g != Py_None && !is_tensor(g))
        raise(PyExc_TypeError, std::string("expected a Tensor or None as gradient, got ") + Py_TYPE(g)->tp_name);
      if (g != Py_None) run.seed(e, Ref::borrow(g));
    }
    size_t captures = 0;
    std::vector<Edge> held;  // a leaf's accumulator may live for this call alone
    if (a[4] != Py_None) {
      captures = static_cast<size_t>(PyTuple_GET_SIZE(a[4]));
      for (size_t i = 0; i < captures; ++i) {
        Edge e = edge_from(PyTuple_GET_ITEM(a[4], static_cast<Py_ssize_t>(i)));
        if (!e.is_defined()) raise(PyExc_RuntimeError, "One of the differentiated Tensors does not require grad");
        if (accumulating) run.only(e);
        else run.capture(e, i);
        held.push_back(e);
      }
    }
    struct Scope {
      bool mode = grad_switch();
      Task *outer = current;
      Run *outer_run = current_run;
      Scope(Task *t, Run *r) {
        set_grad_mode(t->create);
        current = t;
        current_run = r;
      }
      ~Scope() {
        set_grad_mode(mode);
        current = outer;
        current_run = outer_run;
      }
    };
    std::vector<Ref> captured;
    {
      Scope scope(&task, &run);
      if (accelerator)
        accelerator->queues().join(Queues::Side::Before);  // what forward saved may have been made by other streams,
      captured = run.go(captures);
      if (accelerator) accelerator->queues().join(Queues::Side::After);  // and goes back to them
      for (size_t i = 0; i < task.final_callbacks.size(); ++i)
        checked(PyObject_CallNoArgs(Ref(task.final_callbacks[i]).get()));
    }
    return to_tuple(captured).release();
  });
}

PyObject *queue_callback(PyObject *, PyObject *f) {
  return guarded([&]() -> PyObject * {
    if (!current) raise(PyExc_RuntimeError, "Final callbacks can only be installed during backward pass.");
    current->final_callbacks.push_back(Ref::borrow(f));
    Py_RETURN_NONE;
  });
}
// current_task() -> number of the backward that runs in this thread, -1 outside
PyObject *current_task(PyObject *, PyObject *) {
  return PyLong_FromLongLong(current ? static_cast<long long>(current->id) : -1);
}
// will_execute(node, output): whether the backward that runs computes a gradient there
PyObject *will_execute(PyObject *, PyObject *const *a, Py_ssize_t) {
  return guarded([&]() -> PyObject * {
    if (!current_run)
      raise(PyExc_RuntimeError, "_get_should_execute_nodes should only be called during the backward pass");
    return PyBool_FromLong(current_run->reaches(node_from(a[0]).get()));
  });
}
// accumulates_everywhere(): a plain backward() runs, which a reentrant one may stand in
PyObject *accumulates_everywhere(PyObject *, PyObject *) {
  return PyBool_FromLong(!current_run || !current_run->restricted());
}
PyObject *running_node(PyObject *, PyObject *) {
  return guarded([&]() -> PyObject * {
    if (!running) Py_RETURN_NONE;
    return show(running->shared_from_this());
  });
}
PyObject *in_backward(PyObject *, PyObject *) { return PyBool_FromLong(current != nullptr); }
PyObject *current_flags(PyObject *, PyObject *) {
  if (!current) Py_RETURN_NONE;
  return Py_BuildValue("(OO)", current->keep ? Py_True : Py_False, current->create ? Py_True : Py_False);
}

}  // namespace

bool wanted(const Edge &edge) { return current_run ? current_run->useful(edge) : edge.is_defined(); }

namespace {
PyObject *push_saved_hooks(PyObject *, PyObject *const *a, Py_ssize_t) {
  saved_hooks.emplace_back(Ref::borrow(a[0]), Ref::borrow(a[1]));
  Py_RETURN_NONE;
}
PyObject *pop_saved_hooks(PyObject *, PyObject *) {
  if (!saved_hooks.empty()) saved_hooks.pop_back();
  Py_RETURN_NONE;
}
PyObject *saved_hooks_depth(PyObject *, PyObject *) { return PyLong_FromSize_t(saved_hooks.size()); }
PyObject *set_anomaly(PyObject *, PyObject *on) {
  int value = PyObject_IsTrue(on);
  if (value < 0) return nullptr;
  anomaly_enabled = value == 1;
  Py_RETURN_NONE;
}
PyObject *set_callbacks(PyObject *, PyObject *arguments, PyObject *keywords) {
  if (PyTuple_GET_SIZE(arguments) || !keywords)
    return PyErr_Format(PyExc_TypeError, "set_callbacks takes functions by name");
  struct {
    const char *name;
    PyObject **slot;
  } slots[] = {{"add", &callbacks.add},
               {"sum_to", &callbacks.sum_to},
               {"cast", &callbacks.cast},
               {"zeros", &callbacks.zeros},
               {"clone", &callbacks.clone},
               {"accumulate", &callbacks.accumulate},
               {"as_strided_backward", &callbacks.as_strided_backward},
               {"copy_slices_backward", &callbacks.copy_slices_backward},
               {"node_type", &callbacks.node_type},
               {"anomaly", &callbacks.anomaly}};
  for (auto &s : slots)
    if (PyObject *f = PyDict_GetItemString(keywords, s.name)) {
      if (!PyCallable_Check(f)) return refuse_kind(0, arg::Function::name, f), nullptr;
      Py_XSETREF(*s.slot, Py_NewRef(f));
    }
  Py_RETURN_NONE;
}
PyMethodDef functions[] = {
    method<run_backward, arg::Tuple, arg::Tuple, arg::Any, arg::Any, arg::TupleOrNone, arg::Any>("run_backward"),
    {"queue_callback", queue_callback, METH_O, nullptr},
    {"in_backward", in_backward, METH_NOARGS, nullptr},
    {"current_task", current_task, METH_NOARGS, nullptr},
    method<will_execute, arg::Any, arg::Any>("will_execute"),
    {"running_node", running_node, METH_NOARGS, nullptr},
    {"accumulates_everywhere", accumulates_everywhere, METH_NOARGS, nullptr},
    {"current_flags", current_flags, METH_NOARGS, nullptr},
    method<push_saved_hooks, arg::Function, arg::Function>("push_saved_hooks"),
    {"pop_saved_hooks", pop_saved_hooks, METH_NOARGS, nullptr},
    {"saved_hooks_depth", saved_hooks_depth, METH_NOARGS, nullptr},
    {"set_anomaly", set_anomaly, METH_O, nullptr},
    {"set_callbacks", (PyCFunction)(void (*)())set_callbacks, METH_VARARGS | METH_KEYWORDS, nullptr},
    {}};
}  // namespace

bool init_graph(PyObject *module) {
  return init_nodes(module) && PyModule_AddFunctions(module, functions) == 0;
}

}  // namespace mt
