#include "control/cli/output.h"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <random>
#include <sstream>

namespace bellrock::cli {
namespace {

std::string written(const Table& table, bool colours = false) {
  std::ostringstream out;
  table.write(out, colours);
  return out.str();
}

TEST(Table, AlignsColumnsOfTextBeyondAscii) {
  Table table({{"NAME"}, {"N", Align::kRight}, {"STATE"}});
  table.add({"größe", "1,234", "met"});
  table.add({"a", "5", "missed"});
  EXPECT_EQ(written(table),
            "NAME       N  STATE\n"
            "größe  1,234  met\n"
            "a          5  missed\n");
}

TEST(Table, ColoursChangeNoColumn) {
  Table table({{"A"}, {"B"}});
  table.add({{"x", Colour::kRed}, "y"});
  EXPECT_EQ(written(table, false).find('\x1b'), std::string::npos);
  std::string with = written(table, true);
  EXPECT_NE(with.find("\x1b[31mx\x1b[0m"), std::string::npos);
  for (std::size_t at; (at = with.find('\x1b')) != std::string::npos;) with.erase(at, with.find('m', at) - at + 1);
  EXPECT_EQ(with, written(table, false));
}

TEST(Table, LetsNoNameSteerTheTerminal) {
  Table table({{"A"}});
  table.add({"\x1b[31mred\n\xc2\x9bx"});
  EXPECT_EQ(written(table), "A\n?[31mred??x\n");
  EXPECT_EQ(printable("a\xe2\x80\xae"
                      "b\xe2\x81\xa6"
                      "c\xd8\x9c"),
            "a?b?c?")
      << "nor turn what follows";
  EXPECT_EQ(printable("größe – ≥ 5"), "größe – ≥ 5");
}

TEST(Table, ShowsNothingWithoutRows) { EXPECT_EQ(written(Table({{"A"}})), ""); }

TEST(Output, NumbersAreGrouped) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'000), "1,000");
  EXPECT_EQ(grouped(12'345'678), "12,345,678");
}

TEST(Output, JsonLinesAreOneForEachItem) {
  std::ostringstream out;
  write_document(out, Format::kJsonl, Json{{"slos", {{{"a", 1}}, {{"a", 2}}}}}, "slos");
  EXPECT_EQ(out.str(), "{\"a\":1}\n{\"a\":2}\n");
}

Json any_value(std::mt19937_64& random, int depth) {
  static const char* const kWords[] = {"",      "yes",   "null", "1.5", "a: b", "- x", "#c", "line\nbreak",
                                       "\"q\"", "größe", "~",    "\t",  "{a}",  "é\\"};
  switch (random() % (depth > 3 ? 5 : 7)) {
    case 0:
      return nullptr;
    case 1:
      return random() % 2 == 0;
    case 2:
      return static_cast<std::int64_t>(random() % 2'000) - 1'000;
    case 3:
      return static_cast<double>(random() % 1'000) / 8;
    case 4:
      return kWords[random() % std::size(kWords)];
    case 5: {
      Json array = Json::array();
      for (auto i = random() % 4; i > 0; --i) array.push_back(any_value(random, depth + 1));
      return array;
    }
    default: {
      Json object = Json::object();
      for (auto i = random() % 4; i > 0; --i)
        object[kWords[random() % std::size(kWords)]] = any_value(random, depth + 1);
      return object;
    }
  }
}

// Another library reads the YAML; what it makes of it must be the document.
void expect_same(const YAML::Node& got, const Json& want) {
  if (want.is_null()) {
    EXPECT_TRUE(got.IsNull());
  } else if (want.is_array()) {
    ASSERT_TRUE(got.IsSequence());
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < want.size(); ++i) expect_same(got[i], want[i]);
  } else if (want.is_object()) {
    ASSERT_TRUE(got.IsMap());
    ASSERT_EQ(got.size(), want.size());
    for (const auto& [key, value] : want.items()) expect_same(got[key], value);
  } else if (want.is_string()) {
    EXPECT_EQ(got.Tag(), "!");  // quoted: no word, number or date
    EXPECT_EQ(got.as<std::string>(), want.get<std::string>());
  } else if (want.is_boolean()) {
    EXPECT_EQ(got.as<bool>(), want.get<bool>());
  } else {
    EXPECT_EQ(got.as<double>(), want.get<double>());
  }
}

TEST(Output, YamlIsReadBackAsTheDocument) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 2'000; ++round) {
    const Json document = any_value(random, 0);
    const std::string text = to_yaml(document);
    try {
      expect_same(YAML::Load(text), document);
    } catch (const YAML::Exception& error) {
      ADD_FAILURE() << error.what() << "\n" << text;
    }
    if (testing::Test::HasFailure()) FAIL() << text;
  }
}

}  // namespace
}  // namespace bellrock::cli
