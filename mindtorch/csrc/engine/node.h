// The graph: our nodes are MindSpore BackwardNodes, hung on MindSpore tensors; the walk over them is ours (graph.cc);
// nodes.cc shows them to Python.
#pragma once
#include <map>
#include <optional>

#include "tensor.h"

namespace mt {

struct Saved {
  TensorPtr tensor;       // null: `object` holds what was saved (a scalar, None, or what a pack hook returned)
  Ref object;
  Ref unpack;             // set when a saved_tensors_hook packed it
  Edge edge;              // of a packed tensor: what its history was
  uint32_t version = 0;
  uint64_t form = 0;      // shape and dtype when it was saved
  bool counts = false;    // a tensor, or a number that stands for one: freed by the first backward
  int output = -1;  // this node's own output: stored without its record, else node and tensor would own each other
};

struct OutputInfo {
  Shape shape;
  DType dtype;
  int device;  // kNoTensor: this output is not a tensor
};
constexpr int kNoTensor = -2;

struct Node : BackwardNode {
  enum Kind : uint8_t { Rule, Accumulate } kind;
  Ref rule;     // rule(node, *grads) -> gradients, one an edge
  Ref context;  // whatever the rule wants besides tensors
  std::vector<Saved> saved;
  std::vector<OutputInfo> outputs;
  bool freed = false;
  bool materialize = false;  // zeros instead of None for outputs without gradient
  TensorPtr variable;        // Accumulate
  Ref function;              // a custom Function's ctx: what grad_fn shows
  std::map<int, Ref> tensor_hooks;  // output -> dict of hooks
  std::map<int, std::weak_ptr<Tensor>> retained;
  Ref pre_hooks, post_hooks, metadata;
  PyObject *shown = nullptr;  // borrowed: the living Python object for this node

  Node(Kind k, const std::string &name, size_t output_size) : BackwardNode(name, output_size), kind(k) {}
  ~Node() override;
  void Release() override;
};
using NodePtr = std::shared_ptr<Node>;

// Nodes whose destruction frees other nodes go through one loop: a long graph would overflow the stack otherwise.
void destroy(BackwardNode *n);
inline NodePtr new_node(Node::Kind kind, const std::string &name) { return NodePtr(new Node(kind, name, 1), destroy); }

inline Node *ours(BackwardNode *n) { return dynamic_cast<Node *>(n); }

// Pack and unpack functions of this thread. A thread or a process may end inside such a context, without Python's lock
// or without Python: what is left then is not freed.
struct SavedHooks : std::vector<std::pair<Ref, Ref>> {
  ~SavedHooks() {
    for (auto &[pack, unpack] : *this) pack.release(), unpack.release();
  }
};
extern thread_local SavedHooks saved_hooks;
// what pack(tensor) returns is kept in a saved tensor's place, and unpack of that is what backward gets
void pack_saved(Saved &s, PyObject *pack, PyObject *unpack);

bool grad_mode();  // whether operators are recorded: inference mode overrules the switch
bool grad_switch();
void set_grad_mode(bool on);

bool requires_grad(const TensorPtr &t);
Edge edge_of(const TensorPtr &t);
NodePtr accumulator_of(const TensorPtr &t);

NodePtr make_node(const std::string &name, PyObject *rule, PyObject *context, const std::vector<TensorPtr> &inputs);
void attach_output(const NodePtr &node, const TensorPtr &output, int index);
void save(const NodePtr &node, const TensorPtr &t, int output);
void save_object(const NodePtr &node, PyObject *o, bool counts = false);
Ref unpack(const NodePtr &node, size_t i);

void check_inplace(const TensorPtr &t);
void rebase(const TensorPtr &self, const TensorPtr &result);
void rebase_to(const TensorPtr &self, const Edge &edge);
void protect_saved(const TensorPtr &self, const TensorPtr &result);

// Python functions that the engine calls, set by _core/engine.py.
struct Callbacks {
  PyObject *add = nullptr, *sum_to = nullptr, *cast = nullptr, *zeros = nullptr, *clone = nullptr,
           *accumulate = nullptr, *as_strided_backward = nullptr, *copy_slices_backward = nullptr, *node_type = nullptr,
           *anomaly = nullptr;
};
extern Callbacks callbacks;
extern bool anomaly_enabled;
PyObject *new_hooks();  // an ordered dict, which handles can refer to weakly

PyObject *plain_sum(PyObject *a, PyObject *b, bool owned);
PyObject *show(const BackwardNodePtr &node);  // new reference
BackwardNodePtr node_from(PyObject *o);
bool wanted(const Edge &edge);  // whether the backward that runs has a use for a gradient along this edge
// What the collector of cycles may see of a node that nobody else holds, and drop.
int visit_node(const BackwardNodePtr &node, visitproc visit, void *arg);
void clear_node(const BackwardNodePtr &node);
void watch_cycles();  // the collector of cycles sees what tensors hold: cycles.cc
bool init_nodes(PyObject *module);
}  // namespace mt
