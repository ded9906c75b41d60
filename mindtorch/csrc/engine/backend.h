// The wall between the engine and what computes. The CPU's kernels are called directly (run_host); a device with memory
// of its own, which the host cannot read, stands behind Accelerator. Light emulation has no such device: its tensors
// lie in host memory and bear another label.
#pragma once
#include "runtime/hardware_abstract/event/device_event.h"
#include "tensor.h"

namespace mt {

struct MemoryFigures {
  int64_t allocated, peak, reserved, peak_reserved, free, total;
};

// Streams and events of a device, and memory of the host that it reads and writes while the host goes on. A stream is a
// number, 0 the one that threads begin with.
class Queues {
 public:
  using Event = mindspore::DeviceEventPtr;
  virtual ~Queues() = default;
  virtual uint32_t make(int priority) = 0;
  virtual uint32_t current() = 0;  // of this thread
  virtual void select(uint32_t stream) = 0;
  virtual void *handle(uint32_t stream) = 0;
  virtual bool done(uint32_t stream) = 0;
  virtual void wait(uint32_t stream) = 0;
  // What the current stream gets from now on comes after what all others have (`before`), or theirs after its own. Free
  // while there is one stream.
  enum class Side : uint8_t { Before, After };
  virtual void join(Side side) = 0;

  virtual Event make_event(bool timed) = 0;
  virtual void record(const Event &event, uint32_t stream) = 0;
  virtual void follow(uint32_t stream,
                      const Event &event) = 0;  // what the stream gets from now on comes after the event
  virtual bool done(const Event &event) = 0;
  virtual void wait(const Event &event) = 0;
  virtual double milliseconds(const Event &from, const Event &to) = 0;

  virtual mindspore::DevicePointerPtr pinned(int64_t bytes) = 0;
  virtual bool is_pinned(const void *p) = 0;
  virtual void drop_pinned() = 0;  // what is kept for later
  // A copy in the order of the current stream; `host` is pinned and stays until it has happened.
  virtual void copy_later(void *to, const void *from, int64_t bytes, bool to_device, const void *host) = 0;
  // Memory of the device that another stream uses than the one it was made for: it is not given back before that has
  // come so far.
  virtual void lend(const mindspore::DevicePointerPtr &memory, uint32_t stream) = 0;
};

// What runs kernels and holds memory outside the host. Errors are Python's, raised; the lock of the interpreter is held
// by callers.
class Accelerator {
 public:
  enum class Way : uint8_t { ToDevice, ToHost, Within };
  // A kernel that was not run, and why: no row of its table fits (nothing is said), or the device refused it in these
  // words.
  struct Refusal {
    std::string words;
    std::string what;  // operator, dtypes, layouts: what is remembered; empty where only no row fits
    bool lasting;  // it is the chip or the installation that lacks it, not this call that is outside what is documented
  };

  virtual ~Accelerator() = default;
  virtual mindspore::device::DeviceAddressPtr allocate(int64_t bytes) = 0;
  virtual mindspore::DevicePointerPtr allocate_pointer(int64_t bytes) = 0;
  // Copies to and from the host have happened when this returns; those within the device are in the order of the
  // current stream.
  virtual void copy(void *to, const void *from, int64_t bytes, Way way) = 0;
  // Views as a CPU kernel gets them; `device` tells which lie on the device. False when the kernel must be done
  // otherwise. With `found`, for a kernel whose result's size depends on values, it waits and puts there the shape that
  // the first result has then.
  virtual bool run(int kernel, const View *views, int nt, const Scalar *scalars, int ns, Refusal *refusal,
                   Shape *found = nullptr) = 0;
  // Results of MindSpore's own operators have no address before its queues ran.
  virtual void settle() = 0;
  virtual void synchronize() = 0;
  virtual MemoryFigures memory() = 0;
  virtual void reset_peak() = 0;
  virtual void empty_cache() = 0;
  virtual Queues &queues() = 0;
  virtual int64_t launches() const = 0;
  virtual std::string name() const = 0;
};

// Null until a tensor is made on such a device: tests of it cost the CPU one load.
extern Accelerator *accelerator;
extern bool accelerator_present;   // devices are real ones; the first use starts them
extern int accelerator_number;     // which of the machine's this process has
Accelerator &started_accelerator();
bool accelerator_usable();  // it was not given up, and this process is the one that started it

inline bool on_accelerator(const TensorPtr &t) {
  auto address = t->device_address();
  return address && address->GetDeviceType() == mindspore::device::DeviceType::kAscend;
}

// The CPU kernel of that number, over host memory.
void run_host(int id, const View *views, int nt, const Scalar *scalars, int ns);
// Kernels with operands on the accelerator: its own, copies between the two memories, else the host path: copied,
// computed, copied back, said and counted. `whole`: the tensors whose storages the kernel may reach beyond its views
// (rows of a table from the first one on); null when it keeps inside them. `words`: with which the device refused
// another way to do it. A kernel that only devices know raises `refused_type` where it is refused.
void run_remote(int id, const View *views, int nt, const Scalar *scalars, int ns,
                const std::vector<TensorPtr> *whole = nullptr, const std::string &words = {});
extern PyObject *refused_type;
// A kernel whose result's size depends on values: the shape that its first result has. All that is not the host is
// tried; `refused_type` where nothing does it, and the host path is the caller's.
Shape run_remote_and_wait(int id, const View *views, int nt, const Scalar *scalars, int ns);
void note_done(int id);  // that the accelerator did a kernel itself
// The elements of a view in dense host memory of its own order; `store` holds them.
View fetched(const View &v, std::vector<char> *store);
// A kernel by other means than its row, over tensors that show the views: MindSpore's own operator, or a composition
// for where the row is refused. With `found` its answer is the shape that the first result has.
enum class Means : uint8_t { Own, Composed };
bool done_by(Means means, int id, const View *views, int nt, const Scalar *scalars, int ns, Shape *found = nullptr);
// Says once what is done instead of a call that the device refused, and counts it.
void note_refusal(const Accelerator::Refusal &refusal, const char *other);
const char *kernel_name(int id);
const char *dtype_name(DType d);
int kernel_of(const std::string &name);  // -1: unknown
int device_kernel(const std::string &name);  // a number for a name that only devices know
bool init_queues(PyObject *module);  // queues.cc

}  // namespace mt
