// The dashboard loads nothing from elsewhere and never turns a name into markup.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "control/dashboard/assets.h"
#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

constexpr std::array kFiles{"/", "/app.js", "/theme.js", "/page.css", "/icon.svg"};

std::string content(const std::string& path) {
  const auto* const asset = dashboard::find_asset(path);
  EXPECT_NE(asset, nullptr) << path;
  return asset ? std::string(asset->content) : "";
}

// Path → text of everything that the dashboard is made from.
std::map<std::string, std::string> sources() {
  std::map<std::string, std::string> all;
  for (const char* const folder : {"src", "page"}) {
    const std::filesystem::path root = std::filesystem::path(BELLROCK_SOURCE) / "control/dashboard" / folder;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (!entry.is_regular_file()) continue;
      std::ostringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      all[entry.path()] = text.str();
    }
  }
  return all;
}

net::Response get(Centre& centre, const std::string& path, const std::string& if_none_match = "") {
  net::Response got;
  net::Request request;
  request.method = "GET";
  request.path = path;
  request.if_none_match = if_none_match;
  centre.api.handle(std::move(request), [&](net::Response response) { got = std::move(response); });
  return got;
}

std::string header(const net::Response& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

TEST(Page, EveryFileIsServedFromMemoryAndAskedForAgainByItsTag) {
  Centre centre;
  for (const std::string path : kFiles) {
    const net::Response got = get(centre, path);
    EXPECT_EQ(got.status, 200u) << path;
    EXPECT_EQ(got.body, content(path));
    EXPECT_EQ(header(got, "Cache-Control"), "no-cache");
    const std::string tag = header(got, "ETag");
    EXPECT_EQ(tag.size(), 18u) << tag;
    for (const std::string& held : {tag, "\"a\", W/" + tag, std::string("*")}) {
      const net::Response again = get(centre, path, held);
      EXPECT_EQ(again.status, 304u) << path << " " << held;
      EXPECT_TRUE(again.body.empty());
      EXPECT_EQ(header(again, "ETag"), tag);
    }
    EXPECT_EQ(get(centre, path, "\"a\", b").status, 200u);
  }
}

TEST(Page, ThePolicyLetsInNothingButTheseFiles) {
  Centre centre;
  const std::string policy = header(get(centre, "/"), "Content-Security-Policy");
  EXPECT_TRUE(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';")) << policy;
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_NE(policy.find("require-trusted-types-for 'script'; trusted-types 'none'"), std::string::npos);
  EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
}

TEST(Page, LoadsNothingFromElsewhere) {
  for (const std::string path : kFiles) {
    // Names of XML's vocabularies are no addresses.
    const std::string text = std::regex_replace(content(path), std::regex("http://www\\.w3\\.org/[A-Za-z0-9/]+"), "");
    EXPECT_FALSE(std::regex_search(text, std::regex("https?://|@import|[\"'(]//"))) << path;
  }
}

TEST(Page, WritesTextAsTextNodesOnly) {
  const std::regex markup(
      "dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\\.write|DOMParser|eval\\(|new "
      "Function|setAttribute\\(|srcdoc|createContextualFragment|setHTML");
  const auto all = sources();
  EXPECT_GE(all.size(), 20u);
  for (const auto& [path, text] : all) EXPECT_FALSE(std::regex_search(text, markup)) << path;
}

TEST(Page, HasNoInlineCode) {
  const std::string html = content("/");
  EXPECT_FALSE(std::regex_search(html, std::regex("<script(?![^>]*src=)|<style|\\son[a-z]+=|\\sstyle=")));
  EXPECT_NE(html.find("src=\"/app.js\""), std::string::npos);
}

}  // namespace
}  // namespace bellrock::plane
