// What browsers report by themselves (W3C Reporting API, Network Error Logging), as Chromium sent it.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/dataplane/beacon/carry.h"

namespace bellrock::beacon {
namespace {

constexpr const char* kType = "application/reports+json";

struct Read {
  BeaconReject verdict = BeaconReject::kCount;
  BeaconType type = BeaconType::kStep;
  std::string name, page;
  std::vector<std::string> attrs;  // name=value, numbers with all their digits
};

class ReportsTest : public testing::Test {
 protected:
  std::vector<Read> read(std::string_view body, std::string_view content_type = kType) {
    const GuardedText text(body);
    HeaderValues headers{};
    headers[static_cast<std::size_t>(Header::kContentType)] = content_type;
    std::vector<Read> all;
    read_each(reader_, request_of(text.text(), {}, headers), [&all](BeaconReject verdict, const Beacon& b) {
      Read one{verdict, b.type, std::string(b.name), std::string(b.page), {}};
      for (std::size_t i = 0; i < b.attr_count; ++i) {
        const Attr& attr = b.attrs[i];
        std::ostringstream value;
        attr.type == Attr::Type::kString ? value << attr.text : value << attr.number;
        one.attrs.push_back(std::string(attr.name) + '=' + value.str());
      }
      all.push_back(std::move(one));
    });
    return all;
  }

  Reader reader_{64 * 1024};
};

std::string file(const std::string& name) {
  std::ifstream in(std::string(BELLROCK_TEST_DATA "/reports/") + name);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST_F(ReportsTest, OfARefusedConnectionSayWhichPageAndWhy) {
  const auto reports = read(file("refused.json"));
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].verdict, BeaconReject::kCount);
  EXPECT_EQ(reports[0].type, BeaconType::kReport);
  EXPECT_EQ(reports[0].name, "network-error");
  EXPECT_TRUE(reports[0].page.starts_with('/')) << reports[0].page;
  const auto has = [&](const char* attr) {
    return std::find(reports[0].attrs.begin(), reports[0].attrs.end(), attr) != reports[0].attrs.end();
  };
  EXPECT_TRUE(has("type=tcp.refused"));
  EXPECT_TRUE(has("sampling_fraction=1"));
}

TEST_F(ReportsTest, OfOtherTypesAreReadAsWell) {
  const auto reports = read(file("mixed.json"));
  ASSERT_GT(reports.size(), 1u);
  for (const Read& report : reports) {
    EXPECT_EQ(report.verdict, BeaconReject::kCount) << report.name;
    EXPECT_FALSE(report.name.empty());
  }
}

TEST_F(ReportsTest, NeedATypeAndAUrlAndNothingElse) {
  const auto verdict_of = [this](const char* report) { return read('[' + std::string(report) + ']').at(0).verdict; };
  EXPECT_EQ(verdict_of(R"({"type":"crash","url":"https://a.example/x?y#z"})"), BeaconReject::kCount);
  EXPECT_EQ(verdict_of(R"({"type":"crash","url":"https://a.example/","body":null})"), BeaconReject::kCount);
  EXPECT_EQ(verdict_of(R"({"type":"crash"})"), BeaconReject::kMissingField);
  EXPECT_EQ(verdict_of(R"({"url":"https://a.example/"})"), BeaconReject::kMissingField);
  EXPECT_EQ(verdict_of(R"({"type":7,"url":"https://a.example/"})"), BeaconReject::kWrongType);
  EXPECT_EQ(verdict_of(R"("crash")"), BeaconReject::kWrongType);
  EXPECT_EQ(verdict_of(R"({"type":"crash","url":"/","body":{"a":}})"), BeaconReject::kNotJson);
}

TEST_F(ReportsTest, OfABodyGiveTheTextsNumbersAndBooleansOnly) {
  const auto reports = read(
      R"([{"age":1,"body":{"a":"x","deep":{"b":[1,{"c":2}]},"none":null,"n":5,"yes":true,"a":"y"},"type":"t","url":"/p"}])");
  EXPECT_EQ(reports.at(0).attrs, (std::vector<std::string>{"a=x", "n=5", "yes=1"}));
}

TEST_F(ReportsTest, AreThoseOfTheirContentTypeOnly) {
  const std::string body = R"([{"type":"crash","url":"/"}])";
  EXPECT_EQ(read(body, "application/json").at(0).verdict, BeaconReject::kWrongType) << "crash is no native type";
  EXPECT_EQ(read(body, "Application/Reports+JSON; charset=utf-8").at(0).verdict, BeaconReject::kCount);
  EXPECT_EQ(read(R"({"v":1,"sid":"s","page":"/","type":"report","name":"x"})", "application/json").at(0).verdict,
            BeaconReject::kWrongType)
      << "no native beacon can pass for a report";
}

TEST_F(ReportsTest, ThatAreBrokenLeaveTheOthersReadable) {
  const auto reports = read(R"([{"type":"a","url":"/1"},{"type":nope,"url":"/2"},{"type":"c","url":"/3"}])");
  ASSERT_EQ(reports.size(), 3u);
  EXPECT_EQ(reports[0].verdict, BeaconReject::kCount);
  EXPECT_EQ(reports[1].verdict, BeaconReject::kNotJson);
  EXPECT_EQ(reports[2].name, "c");
}

}  // namespace
}  // namespace bellrock::beacon
