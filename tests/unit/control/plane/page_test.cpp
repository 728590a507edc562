// The page loads nothing from elsewhere and never turns a name into markup.
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>

#include "control/dashboard/assets.h"
#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

std::vector<std::string> file_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(BELLROCK_SOURCE "/control/dashboard/page")) {
    names.push_back(entry.path().filename());
  }
  return names;
}

std::string content(const std::string& name) {
  const auto* const asset = dashboard::find_asset(name == "index.html" ? "/" : "/" + name);
  EXPECT_NE(asset, nullptr) << name;
  return asset ? std::string(asset->content) : "";
}

TEST(Page, EveryFileIsEmbeddedAndServedUnderAPolicy) {
  Centre centre;
  ASSERT_GE(file_names().size(), 9u);
  for (const auto& name : file_names()) {
    net::Response got;
    centre.api.handle({.method = "GET",
                       .target = {},
                       .path = name == "index.html" ? "/" : "/" + name,
                       .query = {},
                       .content_type = {},
                       .body = {}},
                      [&](net::Response response) { got = std::move(response); });
    EXPECT_EQ(got.status, 200u) << name;
    EXPECT_EQ(got.body, content(name));
    ASSERT_FALSE(got.headers.empty());
    EXPECT_EQ(got.headers[0].first, "Content-Security-Policy");
    EXPECT_TRUE(got.headers[0].second.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
    EXPECT_EQ(got.headers[0].second.find("unsafe"), std::string::npos);
  }
}

TEST(Page, LoadsNothingFromElsewhere) {
  for (const auto& name : file_names()) {
    std::string text = content(name);
    text = std::regex_replace(text, std::regex("http://www\\.w3\\.org/2000/svg"), "");  // a name, not an address
    EXPECT_FALSE(std::regex_search(text, std::regex("https?://|@import|[\"'(]//"))) << name;
  }
}

TEST(Page, WritesTextAsTextNodesOnly) {
  const std::regex markup(
      "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|DOMParser|eval\\(|new "
      "Function|setAttribute\\(\"(on|style)|srcdoc");
  for (const auto& name : file_names()) EXPECT_FALSE(std::regex_search(content(name), markup)) << name;
  const std::string html = content("index.html");
  EXPECT_FALSE(std::regex_search(html, std::regex("<script(?![^>]*src=)|<style|\\son[a-z]+=|\\sstyle=")))
      << "inline code";
}

TEST(Page, ModulesImportOnlyWhatIsThere) {
  const std::regex import("from \"\\./([a-z]+\\.js)\"");
  for (const auto& name : file_names()) {
    const std::string text = content(name);
    for (std::sregex_iterator at(text.begin(), text.end(), import), end; at != end; ++at)
      EXPECT_FALSE(content((*at)[1]).empty());
  }
}

}  // namespace
}  // namespace bellrock::plane
