// The one C++ object of the graph engine that static initialisers of MindSpore's libraries use: a table of texts for
// codes. Compiled with the old strings of the C++ library, as those libraries are.
#include <cstdint>
#include <map>
#include <string>

namespace ge {
class StatusFactory {
 public:
  __attribute__((visibility("default"))) static StatusFactory *Instance();

 private:
  std::map<uint32_t, std::string> texts_;
};
StatusFactory *StatusFactory::Instance() {
  static StatusFactory factory;
  return &factory;
}
}  // namespace ge
