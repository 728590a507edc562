// The files that `bellrock replay` writes. They are compared with what it reads, and with each other, before any of
// them loses its content: a capture is often there once only. One thread.
#pragma once

#include <sys/types.h>

#include <iosfwd>
#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "control/cli/commands/replay.h"
#include "control/cli/sink.h"

namespace bellrock::cli {

class ReplayFiles {
 public:
  // Opens and empties what `command` names. kDone, or another exit code after `err` was told why: kUsage where one
  // file (by device and inode, through links too) is named for two purposes, kUnusable where one cannot be opened.
  int open(const ReplayCommand& command, std::span<const std::string> configuration, std::ostream& err);
  // Writes what is held back. kUnusable where a file did not take everything; `err` is told which and why.
  int finish(std::ostream& err);

  // Nothing where the command does not name one.
  [[nodiscard]] std::ostream* transactions() { return stream(0); }
  [[nodiscard]] std::ostream* beacons() { return stream(1); }
  [[nodiscard]] std::ostream* outcomes() { return stream(2); }
  [[nodiscard]] std::ostream* frames() { return stream(3); }

 private:
  struct File {
    File(std::string file_path, int opened) : path(std::move(file_path)), descriptor(opened), sink(opened) {}
    ~File();
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    std::string path;
    int descriptor;
    Sink sink;
    std::ostream out{&sink};
  };

  [[nodiscard]] std::ostream* stream(std::size_t index) {
    return index < files_.size() && files_[index] ? &files_[index]->out : nullptr;
  }

  std::vector<std::unique_ptr<File>> files_;  // one for each option, or nothing
};

}  // namespace bellrock::cli
