// What every part of a bellrock-edge process shares: exit codes, its one-line errors, the wish to stop, clocks, and how
// it gives up its rights. Main thread, unless said otherwise.
#pragma once

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "dataplane/app/live_clock.h"
#include "dataplane/base/result.h"
#include "dataplane/base/time.h"
#include "dataplane/board/board.h"

namespace bellrock::app {

inline constexpr int kDone = 0, kBadSnapshot = 3, kUnreachable = 6, kNoRights = 7, kConflict = 8, kUnusable = 10;

// Says why in one line on stderr; returns the code.
int fail(int code, const char* what, const std::string& detail);
std::string describe(const Error& error);
int exit_code(board::BoardFault fault);

// Any thread. request_stop() is in edge.h.
bool stop_is_requested();
void pause_ns(long ns);
// The time of one worker's live port, read once a poll.
Instant read(LiveClock& clock);

// While a capture waits for a drained bank. What is not committed is undone by the next start, so a stop may fall here.
void wait_for_agent();

// Once the port is open nothing needs rights any more; untrusted bytes are read without them. An empty user: only what
// could be gained is given up.
bool drop_privileges(const std::string& user);
// The EAL does not say why a device refused; this is what most of them need.
bool may_open_packet_sockets();

// Runs one thread for each worker and joins them all.
template <typename Body>
void run_workers(std::uint32_t workers, Body&& body) {
  std::vector<std::thread> threads;
  for (std::uint32_t i = 1; i < workers; ++i) threads.emplace_back([&body, i] { body(i); });
  body(0);
  for (auto& thread : threads) thread.join();
}

}  // namespace bellrock::app
