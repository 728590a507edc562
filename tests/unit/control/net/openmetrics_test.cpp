#include "control/net/openmetrics.h"

#include <gtest/gtest.h>

namespace bellrock::net {
namespace {

TEST(OpenMetrics, ACountersSamplesEndInTotalAndAGaugesDoNot) {
  OpenMetrics page;
  page.counter("a_b", "Help.", 7);
  page.gauge("c", "More help.", 0);
  EXPECT_EQ(std::move(page).end(),
            "# TYPE a_b counter\n# HELP a_b Help.\na_b_total 7\n"
            "# TYPE c gauge\n# HELP c More help.\nc 0\n# EOF\n");
}

TEST(OpenMetrics, LabelValuesCannotEndTheirQuotesOrTheirLine) {
  OpenMetrics page;
  page.family("a", "gauge", "Help.");
  page.sample({{"x", "q\"\\\n"}, {"y", ""}}, std::uint64_t{1});
  EXPECT_NE(std::move(page).end().find("\na{x=\"q\\\"\\\\\\n\",y=\"\"} 1\n"), std::string::npos);
}

TEST(OpenMetrics, NumbersReadBackAsTheyWere) {
  OpenMetrics page;
  page.family("a", "gauge", "Help.");
  page.sample({}, 0.992);
  page.sample({}, -1.5e-9);
  page.sample({}, ~std::uint64_t{0});
  EXPECT_NE(std::move(page).end().find("\na 0.992\na -1.5e-09\na 18446744073709551615\n"), std::string::npos);
}

}  // namespace
}  // namespace bellrock::net
