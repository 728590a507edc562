// Lint of `frustration`: thresholds that cannot be met, are cut short, or count what another counts.
#include <gtest/gtest.h>

#include <algorithm>

#include "control/cli/lint/rules.h"

namespace bellrock::cli {
namespace {

const std::string kJourneys = R"(apiVersion: bellrock/v1
kind: Identity
metadata: {name: web}
spec: {keys: [{cookie: sid}, {beacon: sid}]}
---
apiVersion: bellrock/v1
kind: Journey
metadata: {name: search}
spec:
  identity: web
  attempt: {idle: 1m}
  steps:
    - {name: query, kind: start, match: {http: {at: request, path: /search}}}
    - {name: found, kind: success, match: {http: {at: response, path: /search}}}
)";

std::vector<config::Diagnostic> found(const std::string& frustration, const std::string& journeys = kJourneys) {
  const config::SourceText source{
      "shop.yaml", journeys +
                       "---\napiVersion: bellrock/v1\nkind: Site\nmetadata: {name: shop}\nspec:\n  frustration: " +
                       frustration + '\n'};
  const config::Loaded loaded = config::load_texts({&source, 1});
  EXPECT_TRUE(loaded.ok()) << frustration << (loaded.ok() ? "" : to_line(loaded.diagnostics[0]));
  return loaded.ok() ? lint(loaded, {}) : loaded.diagnostics;
}
std::string codes(const std::string& frustration, const std::string& journeys = kJourneys) {
  std::string text;
  for (const auto& one : found(frustration, journeys)) text += (text.empty() ? "" : " ") + std::string(one.code);
  return text;
}

TEST(LintOfFrustration, LeavesTheDefaultsAloneWhereTwoPagesAreToldApart) {
  EXPECT_EQ(codes("{pages: [/cart]}"), "");
  EXPECT_EQ(codes("{from: requests, pages: [/cart, /list]}"), "");
}

TEST(LintOfFrustration, FindsReturnsBetweenPagesWhereThereIsOnlyOne) {
  EXPECT_EQ(codes("{}"), "BR2008");
  EXPECT_EQ(codes("{from: requests, pages: [/cart]}"), "BR2008");
  EXPECT_EQ(codes("{back: off, loop: off}"), "") << "thrash and retry need no other page";
  EXPECT_EQ(codes("{back: off}"), "BR2008");
  EXPECT_EQ(codes("{from: requests, pages: [{path: /cart, back: off, loop: off}]}"), "");
  const auto one = found("{thrash: off, back: 3s, loop: off}");
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(to_line(one[0]),
            "shop.yaml:20:36: warning BR2008 [spec.frustration.back]: `back` never counts: no page is listed, so that "
            "all are one and nobody ever leaves it; fix: list the pages to tell apart under `pages`, or write `off`");
}

TEST(LintOfFrustration, FindsMorePageViewsThanTenthsOfASecond) {
  EXPECT_EQ(codes("{thrash: {views: 8, within: 600ms}, pages: [/cart]}"), "BR2009");
  EXPECT_EQ(codes("{thrash: {views: 8, within: 700ms}, pages: [/cart]}"), "") << "one at once, and seven behind it";
  EXPECT_EQ(codes("{loop: {returns: 2, within: 300ms}, pages: [/cart]}"), "BR2009");
  EXPECT_EQ(codes("{loop: {returns: 2, within: 400ms}, pages: [/cart]}"), "");
}

TEST(LintOfFrustration, FindsARetryThatOutlastsAnAttempt) {
  EXPECT_EQ(codes("{retry: 1m, pages: [/cart]}"), "");
  EXPECT_EQ(codes("{retry: off, pages: [/cart]}"), "");
  const auto one = found("{pages: [/cart, {path: /list, retry: 61s}]}");
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].key, "spec.frustration.pages[1].retry");
  EXPECT_EQ(one[0].message,
            "`retry` of 61 s counts for 60 s only after an attempt at `search` has ended: it is not remembered for "
            "longer");
}

TEST(LintOfFrustration, NotesALoopThatIsAQuickBackWhicheverPageLiesBetween) {
  EXPECT_EQ(codes("{back: 5s, loop: {returns: 1, within: 5s}, pages: [/cart]}"), "BR2011");
  EXPECT_EQ(codes("{back: 5s, loop: {returns: 1, within: 6s}, pages: [/cart]}"), "");
  EXPECT_EQ(codes("{back: 5s, loop: {returns: 2, within: 5s}, pages: [/cart]}"), "");
  EXPECT_EQ(codes("{back: off, loop: {returns: 1, within: 5s}, pages: [/cart]}"), "");
  EXPECT_EQ(codes("{back: 5s, loop: {returns: 1, within: 5s}, pages: [/cart, {path: /list, back: 1s, loop: off}]}"), "")
      << "by way of /list it is no back";
  EXPECT_TRUE(found("{back: 5s, loop: {returns: 1, within: 5s}, pages: [/cart]}")[0].note);
}

TEST(LintOfFrustration, SaysOnceWhatIsTrueOfEveryPage) {
  EXPECT_EQ(codes("{thrash: {views: 8, within: 500ms}, pages: [/cart, /list, /more]}"), "BR2009");
  EXPECT_EQ(codes("{pages: [/cart, /list, {path: /more, thrash: {views: 8, within: 500ms}}]}"), "BR2009");
}

}  // namespace
}  // namespace bellrock::cli
