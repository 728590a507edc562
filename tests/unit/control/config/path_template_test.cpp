#include "control/config/path_template.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace bellrock::config {
namespace {

std::vector<std::string> segments(std::string_view text) {
  const ParsedPath parsed = parse_path_template(text);
  EXPECT_EQ(parsed.problem, "") << text;
  return parsed.path.segments;
}

TEST(PathTemplate, SplitsAtEverySlash) {
  EXPECT_EQ(segments("/search"), (std::vector<std::string>{"search"}));
  EXPECT_EQ(segments("/api/{ver}/payments"), (std::vector<std::string>{"api", "", "payments"}));
}

TEST(PathTemplate, TellsAnEmptySegmentFromAPlaceholder) {
  EXPECT_EQ(segments("/"), (std::vector<std::string>{"/"}));
  EXPECT_EQ(segments("/{id}"), (std::vector<std::string>{""}));
  EXPECT_EQ(segments("/a/"), (std::vector<std::string>{"a", "/"}));
}

TEST(PathTemplate, RefusesWhatIsNoPathAndSaysHowToMendIt) {
  for (const char* text : {"search", "", "//", "/a//b", "/{}", "/{a b}", "/x{id}", "/{id}x", "/{a}{b}", "/a?b", "/a#b",
                           "/a*", "/^a$", "/a|b", "/[a-z]", "/a b", "/caf\xc3\xa9", "/a\\d"}) {
    const ParsedPath parsed = parse_path_template(text);
    EXPECT_NE(parsed.problem, "") << text;
    EXPECT_NE(parsed.fix, "") << text;
  }
}

TEST(PathTemplate, RefusesOneSegmentTooMany) {
  std::string path;
  for (std::size_t i = 0; i < kTemplateSegmentsMax; ++i) path += "/a";
  EXPECT_EQ(parse_path_template(path).problem, "");
  EXPECT_NE(parse_path_template(path + "/a").problem, "");
}

bool matches(const journey::PathTemplate& t, const std::vector<std::string>& path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool placeholder = t.segments[i].empty() && !path[i].empty();
    if (!placeholder && t.segments[i] != (path[i].empty() ? std::string(journey::kEmptySegment) : path[i]))
      return false;
  }
  return true;
}

// Wherever they differ, `winner` has the literal.
bool beats(const journey::PathTemplate& winner, const journey::PathTemplate& loser) {
  for (std::size_t i = 0; i < winner.segments.size(); ++i) {
    if (winner.segments[i] != loser.segments[i] && winner.segments[i].empty()) return false;
  }
  return true;
}

// The definition itself, over all paths of three segments from a small alphabet.
bool overlap_by_search(const journey::PathTemplate& a, const journey::PathTemplate& b) {
  const std::vector<std::string> alphabet{"a", "b", "other"};
  for (const auto& x : alphabet) {
    for (const auto& y : alphabet) {
      for (const std::string& z : {std::string("a"), std::string("b"), std::string("other"), std::string()}) {
        const std::vector<std::string> path{x, y, z};
        if (matches(a, path) && matches(b, path) && !beats(a, b) && !beats(b, a)) return true;
      }
    }
  }
  return false;
}

TEST(PathTemplate, OverlapIsAPathThatBothMatchAndNeitherWins) {
  const std::vector<std::string> inner{"a", "b", "{x}"};
  const std::vector<std::string> last{"a", "b", "{x}", ""};
  std::vector<journey::PathTemplate> all;
  for (const auto& x : inner) {
    for (const auto& y : inner) {
      for (const auto& z : last) all.push_back(parse_path_template("/" + x + "/" + y + "/" + z).path);
    }
  }
  std::size_t overlaps = 0;
  for (const auto& a : all) {
    for (const auto& b : all) {
      EXPECT_EQ(overlap(a, b), overlap_by_search(a, b)) << a.text << " and " << b.text;
      overlaps += overlap(a, b) ? 1u : 0u;
    }
  }
  EXPECT_GT(overlaps, 0u);
}

TEST(PathTemplate, PathsOfDifferentLengthNeverOverlap) {
  EXPECT_FALSE(overlap(parse_path_template("/{a}/b").path, parse_path_template("/a/{b}/c").path));
}

}  // namespace
}  // namespace bellrock::config
