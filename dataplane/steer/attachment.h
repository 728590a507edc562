// The XDP program of an interface: whose it is, and how ours is taken away. One thread. Errors: errno or a program's
// id.
#pragma once

#include <span>
#include <string>

#include "dataplane/base/result.h"
#include "dataplane/steer/object.h"

namespace bellrock::steer {

struct Attached {
  std::uint32_t id = 0;  // 0: no program
  bool native = false;   // in the driver, not in the kernel's general path
  std::string name;
  Tag tag{};
  File program;
};

// The program of an interface, which is named by its index.
Result<Attached> attached_to(std::uint32_t interface);

// Ours has our name and one of the tags: what this build loads, or what the run before wrote down.
bool is_ours(const Attached& attached, std::span<const Tag> tags);

// Takes exactly this program away. If another has come in the meantime, that one stays and the call fails.
Status<> detach(std::uint32_t interface, const Attached& attached);

}  // namespace bellrock::steer
