#include "dataplane/journey/template_matcher.h"

#include <gtest/gtest.h>

#include <random>

#include "dataplane/base/limits.h"

namespace bellrock::journey {
namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments{""};
  for (const char c : path.substr(1)) {
    if (c == '/') {
      segments.emplace_back();
    } else {
      segments.back() += c;
    }
  }
  return segments;
}

std::vector<PathTemplate> templates(const std::vector<std::string>& texts) {
  std::vector<PathTemplate> all(1);
  for (const std::string& text : texts) {
    PathTemplate t{text, split(text)};
    for (std::string& segment : t.segments) {
      if (segment.empty()) {
        segment = kEmptySegment;
      } else if (segment[0] == '{') {
        segment.clear();
      }
    }
    all.push_back(std::move(t));
  }
  return all;
}

std::string matched(const std::vector<PathTemplate>& all, std::string_view path) {
  return all[TemplateMatcher(all).match(path).index()].text;
}

TEST(TemplateMatcher, ALiteralBeatsAPlaceholder) {
  const auto all = templates({"/product/{id}", "/product/new", "/{x}/list", "/{x}/{y}"});
  EXPECT_EQ(matched(all, "/product/17"), "/product/{id}");
  EXPECT_EQ(matched(all, "/product/new"), "/product/new");
  EXPECT_EQ(matched(all, "/product/list"), "/product/{id}");
  EXPECT_EQ(matched(all, "/basket/list"), "/{x}/list");
  EXPECT_EQ(matched(all, "/basket/new"), "/{x}/{y}");
}

TEST(TemplateMatcher, IsExactOnCaseAndSlashesAndEmptySegments) {
  const auto all = templates({"/", "/a", "/a/", "/b/{id}", "/c//d"});
  EXPECT_EQ(matched(all, "/"), "/");
  EXPECT_EQ(matched(all, "/a"), "/a");
  EXPECT_EQ(matched(all, "/a/"), "/a/");
  EXPECT_EQ(matched(all, "/A"), "");
  EXPECT_EQ(matched(all, "/b/"), "");
  EXPECT_EQ(matched(all, "/b/%2F"), "/b/{id}");
  EXPECT_EQ(matched(all, "/b/1/"), "");
  EXPECT_EQ(matched(all, "/c//d"), "/c//d");
  EXPECT_EQ(matched(all, "//"), "");
  EXPECT_EQ(matched(all, ""), "");
  EXPECT_EQ(matched(all, "*"), "");
}

TEST(TemplateMatcher, GoesBackWhereTheLiteralLeadsNowhere) {
  const auto all = templates({"/a/b/c", "/{x}/b/d"});
  EXPECT_EQ(matched(all, "/a/b/d"), "/{x}/b/d");
}

TEST(TemplateMatcher, PathsDeeperThanAnyTemplateMatchNone) {
  std::string deep;
  for (std::size_t i = 0; i < kTemplateSegmentsMax; ++i) deep += "/{x}";
  const auto all = templates({deep});
  std::string path;
  for (std::size_t i = 0; i < kTemplateSegmentsMax; ++i) path += "/a";
  EXPECT_EQ(matched(all, path), deep);
  EXPECT_EQ(matched(all, path + "/a"), "");
  EXPECT_EQ(matched(all, std::string(100'000, '/')), "");
}

// Of all templates that fit, the one with a literal at the first place where they differ.
std::string slow_match(const std::vector<PathTemplate>& all, const std::string& path) {
  const auto segments = split(path);
  const PathTemplate* best = nullptr;
  for (std::size_t i = 1; i < all.size(); ++i) {
    const auto& own = all[i].segments;
    bool fits = own.size() == segments.size();
    for (std::size_t k = 0; fits && k < own.size(); ++k) {
      fits = own[k].empty() ? !segments[k].empty() : (own[k] == kEmptySegment ? "" : own[k]) == segments[k];
    }
    if (!fits) continue;
    const auto literal_first = [](const std::string& a, const std::string& b) { return !a.empty() && b.empty(); };
    if (best == nullptr || std::lexicographical_compare(own.begin(), own.end(), best->segments.begin(),
                                                        best->segments.end(), literal_first)) {
      best = &all[i];
    }
  }
  return best == nullptr ? "" : best->text;
}

TEST(TemplateMatcher, AgreesWithTheRuleOnRandomTemplatesAndPaths) {
  std::mt19937_64 random(11);
  const auto path = [&](bool with_placeholders) {
    std::string text;
    const std::size_t depth = 1 + random() % 4;
    for (std::size_t i = 0; i < depth; ++i) {
      const char* kSegments[] = {"a", "b", "ab", "", "{x}"};
      text += std::string("/") + kSegments[random() % (with_placeholders ? 5 : 4)];
    }
    return text;
  };
  for (int round = 0; round < 2'000; ++round) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < 1 + random() % 12; ++i) texts.push_back(path(true));
    const auto all = templates(texts);
    const TemplateMatcher matcher(all);
    for (int i = 0; i < 30; ++i) {
      const std::string text = path(false);
      ASSERT_EQ(all[matcher.match(text).index()].text, slow_match(all, text)) << text;
    }
  }
}

}  // namespace
}  // namespace bellrock::journey
