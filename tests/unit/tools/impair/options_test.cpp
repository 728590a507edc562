#include "tools/impair/options.h"

#include <gtest/gtest.h>

namespace bellrock::impair {
namespace {

int read(std::vector<const char*> arguments, Options& options) {
  arguments.insert(arguments.begin(), "bellrock-impair");
  return read_options(static_cast<int>(arguments.size()), arguments.data(), options);
}

TEST(ImpairOptions, ReadOneValueForBothDirectionsOrTwo) {
  Options o;
  ASSERT_EQ(read({"--loss", "0.05", "va", "vb", "--delay", "20,1.5", "--segment", "1-64,7", "--mtu", "1280", "--seed",
                  "9", "--reorder", "0,1", "--reorder-by", "3", "--duration", "2.5"},
                 o),
            -1);
  EXPECT_EQ(o.interfaces[0], "va");
  EXPECT_EQ(o.interfaces[1], "vb");
  EXPECT_EQ(o.seed, 9U);
  EXPECT_EQ(o.duration_s, 2.5);
  EXPECT_EQ(o.rates[0].loss, 0.05);
  EXPECT_EQ(o.rates[1].loss, 0.05);
  EXPECT_EQ(o.rates[0].delay_us, 20'000);
  EXPECT_EQ(o.rates[1].delay_us, 1'500);
  EXPECT_EQ(o.rates[0].pieces.min, 1U);
  EXPECT_EQ(o.rates[0].pieces.max, 64U);
  EXPECT_EQ(o.rates[1].pieces.min, 7U);
  EXPECT_EQ(o.rates[1].pieces.max, 7U);
  EXPECT_EQ(o.rates[1].mtu, 1'280U);
  EXPECT_EQ(o.rates[0].reorder, 0);
  EXPECT_EQ(o.rates[1].reorder, 1);
  EXPECT_EQ(o.rates[1].reorder_us, 3'000);
}

TEST(ImpairOptions, RefuseWhatCannotBe) {
  for (const auto& [name, value] : {std::pair{"--loss", "1.1"},
                                    {"--loss", "-0.1"},
                                    {"--loss", "0.1,"},
                                    {"--loss", "0.1,0.1,0.1"},
                                    {"--loss", "5%"},
                                    {"--segment", "0"},
                                    {"--segment", "9-3"},
                                    {"--segment", "1-"},
                                    {"--delay", "x"},
                                    {"--mtu", "67"},
                                    {"--mtu", "70000"},
                                    {"--duration", "-1"}}) {
    Options options;
    EXPECT_EQ(read({"va", "vb", name, value}, options), 2) << name << ' ' << value;
  }
  Options options;
  EXPECT_EQ(read({"va"}, options), 2);
  EXPECT_EQ(read({"--help"}, options), 0);
}

}  // namespace
}  // namespace bellrock::impair
