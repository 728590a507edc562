// Forms and queries: percent-coding, and boomerang's own beacons (README.md).
#include <gtest/gtest.h>

#include "tests/unit/dataplane/beacon/carry.h"

namespace bellrock::beacon {
namespace {

using enum BeaconReject;
constexpr BeaconReject kAccepted = BeaconReject::kCount;

class Form : public testing::Test {
 protected:
  Reader reader_{kBodyBytesMax};
  std::unique_ptr<GuardedText> text_;
  HeaderValues headers_{};

  BeaconReject read(std::string_view query) {
    text_ = std::make_unique<GuardedText>(query);
    reader_.start(request_of({}, text_->text(), headers_));
    return reader_.next() == Reader::Step::kBeacon ? kAccepted : reader_.reject();
  }
  const Beacon& beacon() { return reader_.beacon(); }
};

TEST_F(Form, IsDecodedAsBrowsersCodeIt) {
  EXPECT_EQ(read("v=1&sid=a+b%20c%2Bd&type=vitals&page=%2Fcart%3Fx%3D1&rel=100%&pv=%4&exp=%zz&%63onn=4g"), kAccepted);
  EXPECT_EQ(beacon().sid, "a b c+d");
  EXPECT_EQ(beacon().page, "/cart");
  EXPECT_EQ(beacon().rel, "100%");
  EXPECT_EQ(beacon().pv, "%4");
  EXPECT_EQ(beacon().exp, "%zz");
  EXPECT_EQ(beacon().conn, "4g");
}

TEST_F(Form, EmptyPairsAndPairsWithoutValueAreHarmless) {
  EXPECT_EQ(read("&&v=1&sid=s&type=vitals&page=/&&cur&=x&"), kAccepted);
  EXPECT_NE(beacon().cur.data(), nullptr);
  EXPECT_EQ(beacon().cur, "");
  EXPECT_EQ(beacon().rel.data(), nullptr);
}

TEST_F(Form, UtfEightIsJudgedAfterDecoding) {
  EXPECT_EQ(read("v=1&sid=%C3%A9&type=vitals&page=/"), kAccepted);
  EXPECT_EQ(beacon().sid, "é");
  EXPECT_EQ(read("v=1&sid=%C3&type=vitals&page=/"), kBadUtf8);
  EXPECT_EQ(read("v=1&sid=s&type=vitals&page=/&later=%FF"), kBadUtf8);
  EXPECT_EQ(read("v=1&sid=s&type=vitals&page=/&%FF=later"), kBadUtf8);
  EXPECT_EQ(read("v=1&sid=\xc3%A9&type=vitals&page=/"), kAccepted);
}

TEST_F(Form, ValuesHaveTypesToo) {
  EXPECT_EQ(read("v=1&sid=s&type=step&page=/&name=n&dur=8.12e%2B02&ok=1&ts=1"), kAccepted);
  EXPECT_EQ(beacon().dur, 812);
  EXPECT_TRUE(beacon().ok);
  EXPECT_EQ(read("v=1&sid=s&type=step&page=/&name=n&dur=8.12e+02&ok=0&ts=1"), kWrongType) << "+ is a space";
  for (const char* dur : {"", "1s", " 1", "0x1", "inf", "nan", "1e999"}) {
    EXPECT_EQ(read(std::string("v=1&sid=s&type=vitals&page=/&dur=") + dur), kWrongType) << dur;
  }
  for (const char* ok : {"", "yes", "TRUE", "2"}) {
    EXPECT_EQ(read(std::string("v=1&sid=s&type=vitals&page=/&ok=") + ok), kWrongType) << ok;
  }
  EXPECT_EQ(read("v=2&sid=s&type=vitals&page=/"), kUnsupportedVersion);
  EXPECT_EQ(read("v=1.815.1&sid=s&type=vitals&page=/"), kWrongType);
  EXPECT_EQ(read("sid=s&type=vitals&page=/"), kMissingField);
}

TEST_F(Form, AttrsAreAJsonText) {
  EXPECT_EQ(read("v=1&sid=s&type=vitals&page=/&attrs=%7B%22a%22:%22%5Cu0062%22,%22c%22:1%7D"), kAccepted);
  ASSERT_EQ(beacon().attr_count, 2u);
  EXPECT_EQ(beacon().attrs[0].text, "b");
  EXPECT_EQ(beacon().attrs[1].number, 1);
  for (const char* attrs : {"", "1", "[]", "{", "{\"a\":1}x", "{\"a\":tru}", "{\"a\":null}"}) {
    EXPECT_EQ(read(std::string("v=1&sid=s&type=vitals&page=/&attrs=") + attrs), kWrongType) << attrs;
  }
}

// As boomerang 1.815.1 sends them.
constexpr const char* kPageLoad =
    "rt.start=navigation&rt.tstart=1795339609100&rt.end=1795339609912&t_done=812&t_resp=120&pt.lcp=700&"
    "u=http%3A%2F%2Flocalhost%3A18080%2Fcheckout%2Fpayment%3Fid%3D7&rt.si=621ffde0-c0cd-4400-9fc8-f80c1f476e16-towctn&"
    "rt.ss=1795339499473&rt.sl=9&pid=54b0l4d5&n=11&v=1.815.1&sb=1";

TEST_F(Form, BoomerangsNamesAreRead) {
  EXPECT_EQ(read(kPageLoad), kAccepted);
  EXPECT_EQ(beacon().type, BeaconType::kVitals);
  EXPECT_EQ(beacon().sid, "621ffde0-c0cd-4400-9fc8-f80c1f476e16-towctn");
  EXPECT_EQ(beacon().page, "/checkout/payment");
  EXPECT_EQ(beacon().dur, 812);
  EXPECT_EQ(beacon().n, 11);
}

TEST_F(Form, BoomerangsBeaconWithANameIsAnAction) {
  EXPECT_EQ(read(std::string(kPageLoad) + "&name=payment"), kAccepted);
  EXPECT_EQ(beacon().type, BeaconType::kAction);
  EXPECT_EQ(beacon().name, "payment");
}

TEST_F(Form, BoomerangsBeaconMaySayItsType) {
  EXPECT_EQ(read(std::string(kPageLoad) + "&type=step&name=payment&ok=true&ts=1795339609100"), kAccepted);
  EXPECT_EQ(beacon().type, BeaconType::kStep);
  EXPECT_EQ(read(std::string(kPageLoad) + "&type=step"), kMissingField);
}

TEST_F(Form, BoomerangsUnloadDoesNotRepeatTheDuration) {
  EXPECT_EQ(read(std::string(kPageLoad) + "&rt.quit="), kAccepted);
  EXPECT_TRUE(Beacon::absent(beacon().dur));
  EXPECT_EQ(read("rt.quit=&" + std::string(kPageLoad)), kAccepted);
  EXPECT_TRUE(Beacon::absent(beacon().dur));
}

TEST_F(Form, TheNamesAloneDoNotMakeItBoomerangs) {
  EXPECT_EQ(read("u=/&t_done=5&sid=s&v=1&type=vitals"), kAccepted);
  EXPECT_EQ(beacon().dur, 5);
  EXPECT_EQ(read("u=/&t_done=5&sid=s&v=1"), kMissingField);
}

TEST_F(Form, TheFirstOfANameAndItsOtherNameCounts) {
  EXPECT_EQ(read("v=1&type=vitals&sid=a&rt.si=b&u=/1&page=/2&t_done=1&dur=2"), kAccepted);
  EXPECT_EQ(beacon().sid, "a");
  EXPECT_EQ(beacon().page, "/1");
  EXPECT_EQ(beacon().dur, 1);
}

}  // namespace
}  // namespace bellrock::beacon
