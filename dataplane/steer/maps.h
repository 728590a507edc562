// The program's maps that user space shares: rules, counts, and what was attached. Opened by the path of their pins, by
// the process that steers and by any other that wants to read counts (root). One thread at a time; every call is a few
// system calls for each address or verdict, so never for packets; workers read counts once in thousands of polls.
// Errors: what failed and errno.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/base/result.h"
#include "dataplane/steer/file.h"
#include "dataplane/steer/rules.h"

namespace bellrock::steer {

inline constexpr const char* kBpffs = "/sys/fs/bpf";

class Maps {
 public:
  // ENOENT: nothing steers here. A map of another size (another version's) is refused.
  // suffix: of the pins' names.
  static Result<Maps> open(const std::string& bpffs = kBpffs, const std::string& suffix = "");

  // After it exactly these rules hold. Each address changes at once; those that are no longer there go first.
  // Refused without a change: too many addresses or ports, port 0, an address twice.
  Status<> apply(Rules rules);
  [[nodiscard]] Result<Counts> counts();
  // Before the program is attached: where it begins to count.
  Status<> set_counts(const Counts& counts);
  [[nodiscard]] Result<steer_about> about() const;
  Status<> set_about(const steer_about& about);

 private:
  Maps() = default;
  Status<> remove_others(Rules rules);

  File rules_, counts_, about_;
  std::vector<std::uint64_t> of_cpus_;  // one count, as the kernel hands it out
};

}  // namespace bellrock::steer
