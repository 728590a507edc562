#include "dataplane/board/board_error.h"

#include <cstring>

namespace bellrock::board {

std::string to_text(const BoardError& error) {
  if (!error.is_errno) return error.what;
  return std::string(error.what) + ": " + std::strerror(static_cast<int>(error.detail));
}

}  // namespace bellrock::board
