// Collects findings while files are read. One per load, one thread.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "control/config/codes.h"
#include "control/config/diagnostic.h"
#include "control/config/yaml_tree.h"

namespace bellrock::config {

// Where in the files something was written.
struct Place {
  std::string file;
  yaml::Mark mark;
  std::string key;
};

class Report {
 public:
  // A file made to hurt could otherwise hold a finding a byte.
  static constexpr std::size_t kFindingsMax = 1'000;

  // An empty `fix` means the usual one of the code's table.
  void error(Code code, const Place& place, std::string message, std::string fix = {});
  void warning(Code code, const Place& place, std::string message, std::string fix = {});

  [[nodiscard]] bool has_errors() const { return has_errors_; }
  [[nodiscard]] bool full() const { return findings_.size() >= kFindingsMax; }
  // By file, line and column; the report is empty afterwards.
  std::vector<Diagnostic> take();
  // What was taken, for more to come.
  void put_back(Diagnostic finding) { findings_.push_back(std::move(finding)); }

 private:
  void add(Code code, const Place& place, std::string message, std::string fix, bool warning);

  std::vector<Diagnostic> findings_;
  bool has_errors_ = false;
};

}  // namespace bellrock::config
