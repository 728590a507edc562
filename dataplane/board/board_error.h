// What can be wrong with a board, and how that is said. Plain values, any thread; start-up and take-over only.
#pragma once

#include <cstdint>
#include <string>

namespace bellrock::board {

// What went wrong, for exit codes: a caller that waits does so on kMissing and kInUse.
enum class BoardFault : std::uint8_t {
  kMissing,   // no such file
  kExists,    // create: there is one already
  kInUse,     // another process holds this lock
  kWorkers,   // the board was made for `detail` workers, not for as many as are to run
  kNoRights,  // permission
  kForeign,   // not a board, of another version, or damaged
  kNoRoom,    // the file system is full
  kTorn,      // the file was cut or overwritten while it was attached
  kSystem,    // another system call failed: detail is errno
};
struct BoardError {
  BoardFault fault = BoardFault::kSystem;
  const char* what = "";
  std::int64_t detail = 0;  // errno where `is_errno`, else a number that belongs to `what`
  bool is_errno = false;
};

// `what`, and the system's reason where there is one: "cannot open the board: Permission denied".
std::string to_text(const BoardError& error);

}  // namespace bellrock::board
