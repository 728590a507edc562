#include "dataplane/board/mapping_guard.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <string_view>

namespace bellrock::board {

namespace {

struct Mapping {
  std::atomic<std::uintptr_t> base{0};  // 0: free
  std::atomic<std::size_t> bytes{0};
  std::atomic<bool> torn{false};
};
std::array<Mapping, kMappingsMax> mappings;
std::atomic<int> death_code{0};
static_assert(std::atomic<std::uintptr_t>::is_always_lock_free);

Mapping* mapping_at(std::uintptr_t address) {
  for (Mapping& mapping : mappings) {
    const std::uintptr_t base = mapping.base.load();
    if (base != 0 && address >= base && address - base < mapping.bytes.load()) return &mapping;
  }
  return nullptr;
}

[[noreturn]] void die(bool of_a_board) {
  const std::string_view why =
      of_a_board ? "bellrock-edge: the board's file was cut by another process: what was counted since the last "
                   "harvest is gone; start the edge again, bellrock-agent makes a new board\n"
                 : "bellrock-edge: a file was cut while it was read: give it a capture that nobody shortens\n";
  (void)!::write(STDERR_FILENO, why.data(), why.size());
  ::_exit(death_code.load());
}

// From here on this process reads and writes zeros of its own, and nobody else sees them.
bool replace(Mapping& mapping) {
  void* const base = reinterpret_cast<void*>(mapping.base.load());
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
  if (::mmap(base, mapping.bytes.load(), PROT_READ | PROT_WRITE, kFlags, -1, 0) == MAP_FAILED) return false;
  mapping.torn.store(true);
  return true;
}

void on_bus_error(int signal, siginfo_t* info, void*) {
  const int before = errno;
  Mapping* const mapping = mapping_at(reinterpret_cast<std::uintptr_t>(info->si_addr));
  if (death_code.load() != 0) die(mapping != nullptr);
  if (mapping == nullptr || !replace(*mapping)) ::signal(signal, SIG_DFL);  // and again, with nobody to catch it
  errno = before;
}

void install() {
  struct sigaction action = {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace

void survive_torn_boards() {
  death_code.store(0);
  install();
}

void die_of_torn_boards(int exit_code) {
  death_code.store(exit_code);
  install();
}

int guard_mapping(void* base, std::size_t bytes) {
  for (std::size_t i = 0; i < mappings.size(); ++i) {
    std::uintptr_t free = 0;
    // The length comes last: until then no address is inside.
    if (!mappings[i].base.compare_exchange_strong(free, reinterpret_cast<std::uintptr_t>(base))) continue;
    mappings[i].torn.store(false);
    mappings[i].bytes.store(bytes);
    return static_cast<int>(i);
  }
  return -1;
}

void unguard_mapping(int number) {
  if (number < 0) return;
  Mapping& mapping = mappings[static_cast<std::size_t>(number)];
  mapping.bytes.store(0);
  mapping.base.store(0);
}

bool mapping_torn(int number) { return number >= 0 && mappings[static_cast<std::size_t>(number)].torn.load(); }

}  // namespace bellrock::board
