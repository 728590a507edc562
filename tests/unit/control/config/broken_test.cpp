// Every file of tests/data/broken-config says in its first line what must be found in it, and nothing else may be.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "control/config/codes.h"
#include "support.h"

namespace bellrock::config {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> broken_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(BELLROCK_TEST_DATA "/broken-config")) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// "BR1005 6:17, BR1103 7:3"
std::string expectation(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  const std::string prefix = "# expect: ";
  EXPECT_TRUE(line.starts_with(prefix)) << file;
  return line.substr(std::min(line.size(), prefix.size()));
}

std::string found(const Loaded& loaded) {
  std::string text;
  for (const Diagnostic& d : loaded.diagnostics) {
    text += (text.empty() ? "" : ", ") + d.code + ' ' + std::to_string(d.line) + ':' + std::to_string(d.column);
  }
  return text;
}

Loaded load_file(const fs::path& file) {
  const std::vector<std::string> paths{file.string()};
  return load(paths);
}

TEST(BrokenConfiguration, IsFoundAtItsPlaceAndNowhereElse) {
  for (const fs::path& file : broken_files()) EXPECT_EQ(found(load_file(file)), expectation(file)) << file;
}

TEST(BrokenConfiguration, AlwaysComesWithAFix) {
  for (const fs::path& file : broken_files()) {
    const Loaded loaded = load_file(file);
    EXPECT_FALSE(loaded.diagnostics.empty()) << file;
    for (const Diagnostic& d : loaded.diagnostics) {
      EXPECT_FALSE(d.fix.empty()) << file;
      EXPECT_FALSE(d.message.empty()) << file;
      EXPECT_EQ(d.file, file.string());
    }
  }
}

TEST(BrokenConfiguration, IsAnErrorUnlessItIsNamedAWarning) {
  for (const fs::path& file : broken_files()) {
    EXPECT_EQ(load_file(file).ok(), file.filename().string().starts_with("warn-")) << file;
  }
}

TEST(BrokenConfiguration, ShowsMostCodesThatExist) {
  std::set<std::string> seen;
  for (const fs::path& file : broken_files()) {
    for (const Diagnostic& d : load_file(file).diagnostics) seen.insert(d.code);
  }
  EXPECT_GE(broken_files().size(), 60u);
  EXPECT_GE(seen.size(), kCodes.size() - 6)
      << "unreadable, too large, unknown host, class, files of TLS and targets of OpenSLO have tests of their own";
}

TEST(BrokenConfiguration, ReportsTheMistakesOfAllFilesAtOnce) {
  std::vector<std::string> paths;
  std::size_t alone = 0;
  for (const char* name : {"syntax.yaml", "bad-host.yaml", "out-of-range.yaml"}) {
    paths.push_back(std::string(BELLROCK_TEST_DATA "/broken-config/") + name);
    alone += load_file(paths.back()).diagnostics.size();
  }
  EXPECT_EQ(load(paths).diagnostics.size(), alone);
}

}  // namespace
}  // namespace bellrock::config
