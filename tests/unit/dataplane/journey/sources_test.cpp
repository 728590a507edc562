#include "dataplane/journey/sources.h"

#include <gtest/gtest.h>

#include "dataplane/journey/site_matcher.h"

namespace bellrock::journey {
namespace {

TEST(Cookies, TheFirstPairOfTheExactNameCounts) {
  EXPECT_EQ(cookie_value("a=1; sid=abc; sid=def", "sid"), "abc");
  EXPECT_EQ(cookie_value("sid=abc", "sid"), "abc");
  EXPECT_EQ(cookie_value("xsid=1;sid=2", "sid"), "2");
  EXPECT_EQ(cookie_value("sid2=1;\t sid=a=b ; c=3", "sid"), "a=b");
  EXPECT_EQ(cookie_value("sid=\"quoted\"", "sid"), "quoted");
  EXPECT_EQ(cookie_value("sid=\"", "sid"), "\"");
}

TEST(Cookies, NamesAreExactAndAbsentIsNotEmpty) {
  EXPECT_EQ(cookie_value("SID=1", "sid").data(), nullptr);
  EXPECT_EQ(cookie_value("sid", "sid").data(), nullptr);
  EXPECT_EQ(cookie_value("", "sid").data(), nullptr);
  EXPECT_NE(cookie_value("sid=", "sid").data(), nullptr);
  EXPECT_TRUE(cookie_value("sid=", "sid").empty());
}

TEST(Cookies, ASubfieldIsOneOfThePartsOfAValue) {
  EXPECT_EQ(subfield_value("z=1&dm=shop.example&si=4f2a&ss=9", "si"), "4f2a");
  EXPECT_EQ(subfield_value("si=4f2a", "si"), "4f2a");
  EXPECT_EQ(subfield_value("xsi=1", "si").data(), nullptr);
}

class SourceReaders : public testing::Test {
 protected:
  SourceReaders() {
    headers_[static_cast<std::size_t>(Header::kCookie)] = "RT=\"z=1&si=77\"; plan=gold";
    headers_[static_cast<std::size_t>(Header::kCount)] = "blue";
    request_.headers = &headers_;
    request_.query = "lang=d%65&x=";
    beacon_.sid = "s1";
    beacon_.rel = "";
    beacon_.type = BeaconType::kAction;
    beacon_.attrs[0] = {"n", Attr::Type::kNumber, {}, 2};
    beacon_.attrs[1] = {"t", Attr::Type::kString, "two", 0};
    beacon_.attrs[2] = {"b", Attr::Type::kBool, {}, 1};
    beacon_.attr_count = 3;
  }
  std::string_view text(const Source& source, bool with_beacon = true) const {
    return SourceReader(source).text({request_, with_beacon ? &beacon_ : nullptr});
  }
  std::optional<int> value(Source source, std::vector<std::string> values) const {
    const Dimension dimension{"d", std::move(source), std::move(values), {}};
    VisitorRules visitors;
    visitors.browsers = {"edge", "safari"};
    const auto value = DimensionReader(dimension, visitors).value({request_, &beacon_, signs_});
    return value ? std::optional<int>{*value} : std::nullopt;
  }

  HeaderValues headers_{};
  HttpRequest request_;
  Beacon beacon_;
  VisitorSigns signs_{.kind = VisitorClass::kHuman, .device = Device::kPhone, .browser = 2};
};

TEST_F(SourceReaders, ReadEveryKindOfSource) {
  EXPECT_EQ(text({SourceKind::kCookie, 0, "RT", "si"}), "77");
  EXPECT_EQ(text({SourceKind::kCookie, 0, "plan", ""}), "gold");
  EXPECT_EQ(text({SourceKind::kCookie, 0, "plan", "si"}).data(), nullptr);
  EXPECT_EQ(text({SourceKind::kHeader, static_cast<std::uint8_t>(Header::kCount), "x-color", ""}), "blue");
  EXPECT_EQ(text({SourceKind::kQuery, 0, "lang", ""}), "d%65");
  EXPECT_EQ(text({SourceKind::kBeaconField, 0, "sid", ""}), "s1");
  EXPECT_EQ(text({SourceKind::kBeaconField, 0, "type", ""}), "action");
  EXPECT_EQ(text({SourceKind::kBeaconField, 0, "nonsense", ""}).data(), nullptr);
  EXPECT_EQ(text({SourceKind::kBeaconField, 0, "sid", ""}, false).data(), nullptr);
  EXPECT_EQ(text({SourceKind::kBeaconAttr, 0, "t", ""}), "two");
  EXPECT_EQ(text({SourceKind::kBeaconAttr, 0, "n", ""}).data(), nullptr);
}

TEST_F(SourceReaders, ADimensionIsAnIndexOrOtherOrNotSaid) {
  EXPECT_EQ(value({SourceKind::kCookie, 0, "plan", ""}, {"free", "gold"}), 2);
  EXPECT_EQ(value({SourceKind::kCookie, 0, "plan", ""}, {"free"}), 0);
  EXPECT_EQ(value({SourceKind::kCookie, 0, "nothing", ""}, {"free"}), std::nullopt);
  EXPECT_EQ(value({SourceKind::kQuery, 0, "lang", ""}, {"en", "de"}), 2);
  EXPECT_EQ(value({SourceKind::kQuery, 0, "x", ""}, {"en", "de"}), 0);
  EXPECT_EQ(value({SourceKind::kQuery, 0, "y", ""}, {"en", "de"}), std::nullopt);
  EXPECT_EQ(value({SourceKind::kBeaconAttr, 0, "n", ""}, {"1", "2"}), 2);
  EXPECT_EQ(value({SourceKind::kBeaconAttr, 0, "b", ""}, {"false", "true"}), 2);
  EXPECT_EQ(value({SourceKind::kBeaconAttr, 0, "t", ""}, {"two"}), 1);
  EXPECT_EQ(value({SourceKind::kBeaconField, 0, "rel", ""}, {"a"}), 0);
  EXPECT_EQ(value({SourceKind::kBeaconField, 0, "exp", ""}, {"a"}), std::nullopt);
  EXPECT_EQ(value({SourceKind::kDevice, 0, "", ""}, {"tablet", "phone"}), 2);
  EXPECT_EQ(value({SourceKind::kDevice, 0, "", ""}, {"desktop"}), 0);
  EXPECT_EQ(value({SourceKind::kBrowser, 0, "", ""}, {"chrome", "safari"}), 2);
  EXPECT_EQ(value({SourceKind::kBrowser, 0, "", ""}, {"edge"}), 0);
  signs_ = {};
  EXPECT_EQ(value({SourceKind::kDevice, 0, "", ""}, {"desktop"}), std::nullopt);
  EXPECT_EQ(value({SourceKind::kBrowser, 0, "", ""}, {"edge"}), std::nullopt);
}

TEST(Sites, HostsAreComparedWithoutCaseAndPort) {
  EXPECT_EQ(HostName("Shop.Example:8080").text(), "shop.example");
  EXPECT_EQ(HostName("[2001:db8::1]:80").text(), "[2001:db8::1]");
  EXPECT_EQ(HostName("[2001:db8::1]").text(), "[2001:db8::1]");
  EXPECT_EQ(HostName("[broken").text(), "[broken");
  EXPECT_EQ(HostName(std::string(300, 'a')).text(), "");
  EXPECT_EQ(HostName(std::string(256, 'A')).text(), std::string(256, 'a'));
}

TEST(Sites, BeaconPathsBelongToTheirSitesHosts) {
  const std::vector<Site> sites = {{"shop", {"shop.example", "www.shop.example"}, {"/rum"}},
                                   {"blog", {"blog.example"}, {"/b", "/rum2"}}};
  const SiteMatcher matcher(sites);
  EXPECT_TRUE(matcher.knows("WWW.shop.example:80"));
  EXPECT_FALSE(matcher.knows("other.example"));
  EXPECT_FALSE(matcher.knows(""));
  EXPECT_TRUE(matcher.is_beacon_path("shop.example", "/rum"));
  EXPECT_FALSE(matcher.is_beacon_path("shop.example", "/rum2"));
  EXPECT_TRUE(matcher.is_beacon_path("blog.example", "/rum2"));
  EXPECT_FALSE(matcher.is_beacon_path("blog.example", "/rum"));
  EXPECT_FALSE(matcher.is_beacon_path("shop.example", "/RUM"));
}

TEST(Sites, ASiteWithoutHostsAndNoSiteAtAllAreEveryHost) {
  const std::vector<Site> any = {{"shop", {"shop.example"}, {"/rum"}}, {"rest", {}, {"/r"}}};
  EXPECT_TRUE(SiteMatcher(any).knows("whoever"));
  EXPECT_TRUE(SiteMatcher(any).is_beacon_path("whoever", "/r"));
  EXPECT_FALSE(SiteMatcher(any).is_beacon_path("whoever", "/rum"));
  const std::vector<Site> none;
  EXPECT_TRUE(SiteMatcher(none).knows("whoever"));
  EXPECT_FALSE(SiteMatcher(none).is_beacon_path("whoever", "/rum"));
}

}  // namespace
}  // namespace bellrock::journey
