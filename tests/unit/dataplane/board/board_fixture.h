// Small boards for tests.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

#include "dataplane/board/board.h"

namespace bellrock::board {

inline Sizes small_sizes(std::uint32_t workers = 2) {
  return {.workers = workers, .cells = 64, .pages = 512, .sessions = 16, .attempts = 16, .snapshot_bytes_max = 4'096};
}

inline BoardSpec small_spec(std::uint32_t workers = 2) {
  BoardSpec spec;
  spec.sizes = small_sizes(workers);
  spec.board_id.fill(0x5a);
  spec.keys.owner = {1, 2};
  spec.session_key = {3, 4};
  spec.snapshot = bytes("a snapshot");
  spec.snapshot_hash.fill(7);
  spec.created_unix_ns = 99;
  return spec;
}

// A directory of this test's own, removed at the end.
class TestDirectory {
 public:
  TestDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "bellrock-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  ~TestDirectory() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace bellrock::board
