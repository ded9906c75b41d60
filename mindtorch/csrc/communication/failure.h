// Why a transfer between processes did not come about.
#pragma once
#include <stdexcept>
#include <string>

namespace mt::communication {

enum class Why { Invalid = 1, Timeout = 2, Lost = 3, Mismatch = 4, System = 5 };

struct Failure : std::runtime_error {
  Failure(Why reason, const std::string &text) : std::runtime_error(text), why(reason) {}
  Why why;
};

}  // namespace mt::communication
