// What `bellrock replay` writes, and that it never writes over what it reads.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "control/cli/commands/replay.h"
#include "control/cli/exit_code.h"
#include "control/cli/output.h"

namespace bellrock::cli {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class ReplayFilesTest : public testing::Test {
 protected:
  ReplayFilesTest() {
    directory_ = fs::temp_directory_path() / ("replay_files_" + std::to_string(::getpid()));
    fs::create_directory(directory_);
    fs::copy_file(BELLROCK_TEST_DATA "/shop.pcap", at("day.pcap"), fs::copy_options::overwrite_existing);
    command_.config = {BELLROCK_SOURCE "/config/shop"};
    command_.pcap = at("day.pcap");
  }
  ~ReplayFilesTest() override { fs::remove_all(directory_); }

  [[nodiscard]] std::string at(const std::string& name) const { return directory_ / name; }
  int run() {
    std::ostringstream out, err;
    const int code = run_replay(command_, out, err);
    out_ = out.str();
    err_ = err.str();
    return code;
  }
  void expect_refused(const std::string& option) {
    EXPECT_EQ(run(), kUsage);
    EXPECT_NE(err_.find(" is the file of " + option), std::string::npos) << err_;
    EXPECT_EQ(content(at("day.pcap")), content(BELLROCK_TEST_DATA "/shop.pcap"));
  }

  fs::path directory_;
  ReplayCommand command_;
  std::string out_, err_;
};

TEST_F(ReplayFilesTest, ACaptureThatIsCutSaysAtWhichByteInTheDocumentToo) {
  fs::resize_file(at("day.pcap"), fs::file_size(at("day.pcap")) - 5);
  command_.output = "json";
  EXPECT_EQ(run(), kUnusable);
  const Json cut = Json::parse(out_).at("cut");
  const auto offset = cut.at("offset").get<std::uint64_t>();
  EXPECT_GT(offset, 900'000u);
  EXPECT_EQ(cut.at("reason"), "the capture ends inside the record at byte " + std::to_string(offset));
  EXPECT_NE(err_.find(cut.at("reason").get<std::string>()), std::string::npos) << err_;
}

TEST_F(ReplayFilesTest, TheCaptureIsNeverWrittenOver) {
  for (const auto option :
       {&ReplayCommand::transactions, &ReplayCommand::beacons, &ReplayCommand::outcomes, &ReplayCommand::frames}) {
    command_.*option = at("day.pcap");
    expect_refused("--pcap");
    command_.*option = directory_ / "." / "day.pcap";
    expect_refused("--pcap");
    (command_.*option).clear();
  }
}

TEST_F(ReplayFilesTest, TheCaptureIsKnownBehindLinks) {
  fs::create_symlink(at("day.pcap"), at("soft"));
  fs::create_hard_link(at("day.pcap"), at("hard"));
  for (const char* link : {"soft", "hard"}) {
    command_.frames = at(link);
    expect_refused("--pcap");
  }
}

TEST_F(ReplayFilesTest, TheConfigurationIsNeverWrittenOver) {
  fs::copy(BELLROCK_SOURCE "/config/shop", at("shop"));
  command_.config = {at("shop")};
  command_.outcomes = at("shop") + "/site.yaml";
  expect_refused("--config");
  EXPECT_EQ(content(at("shop/site.yaml")), content(BELLROCK_SOURCE "/config/shop/site.yaml"));
}

TEST_F(ReplayFilesTest, TwoOutputsAreNeverOneFile) {
  command_.transactions = at("new");
  command_.beacons = directory_ / "." / "new";
  expect_refused("--transactions");
  EXPECT_FALSE(fs::exists(at("new")));
  fs::create_symlink(at("new"), at("to-nothing-yet"));
  command_.beacons = at("to-nothing-yet");
  expect_refused("--transactions");
}

TEST_F(ReplayFilesTest, AnOutputsOldContentIsKeptWhenAnotherIsRefused) {
  std::ofstream(at("old")) << "yesterday";
  command_.transactions = at("old");
  command_.beacons = at("missing/directory");
  EXPECT_EQ(run(), kUnusable);
  EXPECT_EQ(err_, "bellrock: cannot write " + at("missing/directory") + ": No such file or directory\n");
  EXPECT_EQ(content(at("old")), "yesterday");
  command_.beacons.clear();
  EXPECT_EQ(run(), kDone) << err_;
  EXPECT_EQ(content(at("old")).substr(0, 10), "{\"stream\":");
}

TEST_F(ReplayFilesTest, ADeviceMayTakeSeveralOutputs) {
  command_.transactions = command_.beacons = command_.frames = "/dev/null";
  EXPECT_EQ(run(), kDone) << err_;
}

TEST_F(ReplayFilesTest, AFileThatTakesNotAllIsAFailureWithItsReason) {
  for (const auto option :
       {&ReplayCommand::transactions, &ReplayCommand::beacons, &ReplayCommand::outcomes, &ReplayCommand::frames}) {
    command_.*option = "/dev/full";
    EXPECT_EQ(run(), kUnusable);
    EXPECT_EQ(err_, "bellrock: cannot write /dev/full: No space left on device\n");
    (command_.*option).clear();
  }
}

}  // namespace
}  // namespace bellrock::cli
