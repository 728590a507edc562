#include "control/config/files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support.h"

namespace bellrock::config {
namespace {

namespace fs = std::filesystem;

class ConfigFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "config-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
  }
  void TearDown() override { fs::remove_all(root_); }

  void write(const std::string& name, const std::string& text) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  std::vector<std::string> read(const std::vector<std::string>& names) {
    std::vector<std::string> paths;
    for (const std::string& name : names) paths.push_back((root_ / name).string());
    std::vector<std::string> texts;
    for (const SourceText& source : read_files(paths, report_)) texts.push_back(source.text);
    return texts;
  }

  fs::path root_;
  Report report_;
};

TEST_F(ConfigFiles, AreReadInTheOrderOfTheirPaths) {
  for (const char* name : {"b.yaml", "a.yml", "c/d.yaml", "c/a.yaml"}) write(name, name);
  EXPECT_EQ(read({""}), (std::vector<std::string>{"a.yml", "b.yaml", "c/a.yaml", "c/d.yaml"}));
}

TEST_F(ConfigFiles, OfOtherKindsAndHiddenOnesAreLeftOut) {
  for (const char* name : {"a.yaml", "README.md", ".b.yaml", ".git/c.yaml"}) write(name, name);
  EXPECT_EQ(read({""}), std::vector<std::string>{"a.yaml"});
  EXPECT_FALSE(report_.has_errors());
}

TEST_F(ConfigFiles, NamedTwiceAreReadOnce) {
  write("a.yaml", "a");
  EXPECT_EQ(read({"", "a.yaml", "./a.yaml"}).size(), 1u);
}

TEST_F(ConfigFiles, ThatAreMissingAreReported) {
  EXPECT_TRUE(read({"nowhere.yaml"}).empty());
  const auto findings = report_.take();
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].code, "BR1001");
  EXPECT_NE(findings[0].message.find("No such file"), std::string::npos);
}

TEST_F(ConfigFiles, AreMissedInAnEmptyDirectory) {
  fs::create_directory(root_ / "empty");
  read({"empty"});
  EXPECT_EQ(report_.take().at(0).code, "BR1007");
}

TEST_F(ConfigFiles, LargerThanAConfigurationAreRefused) {
  EXPECT_TRUE(load_text("# " + std::string(kFileBytesMax - 2, 'x')).diagnostics.at(0).code == "BR1007");
  EXPECT_TRUE(has_code(load_text("# " + std::string(kFileBytesMax, 'x')), "BR1004"));
}

TEST(CheckText, AcceptsEveryUtf8CharacterAndNothingElse) {
  const auto good = [](const std::string& text) {
    Report report;
    return check_text({"f", text}, report);
  };
  for (const char* text : {"a\n\tb\r\n", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xef\xbf\xbf",
                           "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(good(text)) << text;
  }
  for (const char* text : {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                           "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xc3", "a\x01", "\x7f"}) {
    EXPECT_FALSE(good(text)) << text;
  }
  EXPECT_FALSE(good(std::string("a\0b", 3)));
}

}  // namespace
}  // namespace bellrock::config
