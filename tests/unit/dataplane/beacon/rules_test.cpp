// One row for each rule of the native beacon's document (dataplane/beacon/README.md).
#include <gtest/gtest.h>

#include "tests/unit/dataplane/beacon/carry.h"

namespace bellrock::beacon {
namespace {

constexpr BeaconReject kAccepted = BeaconReject::kCount;
constexpr std::string_view kStep =
    R"({"v":1,"sid":"s","ts":1790000000000,"type":"step","page":"/cart","name":"cart","dur":812,"ok":true})";

std::string name_of(BeaconReject reject) {
  return reject == kAccepted ? "accepted" : std::string(kBeaconRejectNames[static_cast<std::size_t>(reject)]);
}

// kStep with `from` replaced by `to`.
std::string with(std::string_view from, std::string_view to) {
  std::string body(kStep);
  const std::size_t at = body.find(from);
  CHECK(at != std::string::npos);
  return body.replace(at, from.size(), to);
}
std::string plus(std::string_view fields) { return with("\"v\":1", "\"v\":1," + std::string(fields)); }
std::string quoted(std::size_t bytes) { return '"' + std::string(bytes, 'a') + '"'; }
std::string of_type(std::string_view type, std::string_view fields) {
  return R"({"v":1,"sid":"s","page":"/","type":")" + std::string(type) + '"' + std::string(fields) + '}';
}
std::string attrs(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "\"a" : ",\"a") + std::to_string(i) + "\":1";
  return "\"attrs\":{" + text + '}';
}

struct Rule {
  std::string what, body;
  BeaconReject expected;
};

std::vector<Rule> rules_of_presence() {
  using enum BeaconReject;
  return {
      {"a step", std::string(kStep), kAccepted},
      {"white space everywhere", " \t\r\n{ \"v\" : 1 ,\n\"sid\":\"s\" , \"type\" :\t\"vitals\",\"page\":\"/\" } \r\n",
       kAccepted},
      {"version 2", with("\"v\":1", "\"v\":2"), kUnsupportedVersion},
      {"version 1.5", with("\"v\":1", "\"v\":1.5"), kUnsupportedVersion},
      {"version 1.0", with("\"v\":1", "\"v\":1.0"), kAccepted},
      {"version as text", with("\"v\":1", "\"v\":\"1\""), kWrongType},
      {"another version has its own types", with("\"v\":1,\"sid\":\"s\"", "\"v\":2,\"sid\":7"), kUnsupportedVersion},
      {"no version", with("\"v\":1,", ""), kMissingField},
      {"no session", with("\"sid\":\"s\",", ""), kMissingField},
      {"an empty session is none", with("\"sid\":\"s\"", "\"sid\":\"\""), kMissingField},
      {"no type", with("\"type\":\"step\",", ""), kMissingField},
      {"no page", with("\"page\":\"/cart\",", ""), kMissingField},
      {"a step without name", with("\"name\":\"cart\",", ""), kMissingField},
      {"a step without duration", with("\"dur\":812,", ""), kMissingField},
      {"a step without ok", with(",\"ok\":true", ""), kMissingField},
      {"a step without ts", with("\"ts\":1790000000000,", ""), kMissingField},
      {"vitals need no more", of_type("vitals", ""), kAccepted},
      {"a click needs no more", of_type("click", ""), kAccepted},
      {"an action needs a name", of_type("action", ""), kMissingField},
      {"an action", of_type("action", ",\"name\":\"add\""), kAccepted},
      {"an error needs a name", of_type("error", ",\"msg\":\"m\""), kMissingField},
      {"an error", of_type("error", ",\"name\":\"TypeError\""), kAccepted},
      {"feedback needs a kind", of_type("feedback", ",\"score\":3"), kMissingField},
      {"feedback needs a score", of_type("feedback", ",\"kind\":\"ces\""), kMissingField},
      {"feedback", of_type("feedback", ",\"kind\":\"ces\",\"score\":3,\"text\":\"well\""), kAccepted},
      {"feedback text is a text", of_type("feedback", ",\"kind\":\"ces\",\"score\":3,\"text\":1"), kWrongType},
      {"a type that there is not", of_type("stepp", ""), kWrongType},
  };
}

std::vector<Rule> rules_of_values() {
  using enum BeaconReject;
  return {
      {"a session of 64", with("\"s\"", quoted(64)), kAccepted},
      {"a session of 65", with("\"s\"", quoted(65)), kFieldTooLong},
      {"a page of 2048", with("\"/cart\"", quoted(2'048)), kAccepted},
      {"a page of 2049", with("\"/cart\"", quoted(2'049)), kFieldTooLong},
      {"only the path counts", with("/cart", "https://shop.example/cart?q=" + std::string(4'000, 'q')), kAccepted},
      {"a name of 128", with("\"cart\"", quoted(128)), kAccepted},
      {"a name of 129", with("\"cart\"", quoted(129)), kFieldTooLong},
      {"lengths are of what escapes stand for", with("\"s\"", "\"" + std::string(63, 'a') + "\\u0062\""), kAccepted},
      {"lengths are bytes", with("\"s\"", "\"" + std::string(63, 'a') + "é\""), kFieldTooLong},
      {"a message of 1024", plus("\"msg\":" + quoted(1'024)), kAccepted},
      {"a message of 1025", plus("\"msg\":" + quoted(1'025)), kFieldTooLong},
      {"a code of 64", plus("\"code\":" + quoted(64)), kAccepted},
      {"a code of 65", plus("\"code\":" + quoted(65)), kFieldTooLong},
      {"null is no text", with("\"cart\"", "null"), kWrongType},
      {"a number is no text", with("\"cart\"", "7"), kWrongType},
      {"text is no number", with("812", "\"812\""), kWrongType},
      {"1 is not true", with("true", "1"), kWrongType},
      {"an object is no text", with("\"cart\"", "{\"a\":[]}"), kWrongType},
      {"a negative duration is the matcher's to judge", with("812", "-812"), kAccepted},
      {"value is whole", plus("\"value\":59.9"), kWrongType},
      {"value may be written in any way", plus("\"value\":5.99e3"), kAccepted},
      {"n is whole", plus("\"n\":1.5"), kWrongType},
      {"n is not negative", plus("\"n\":-1"), kWrongType},
      {"attrs of three types", plus(R"("attrs":{"a":"x","b":1.5,"c":false})"), kAccepted},
      {"attrs hold no null", plus(R"("attrs":{"a":null})"), kWrongType},
      {"attrs hold no array", plus(R"("attrs":{"a":[1]})"), kWrongType},
      {"attrs hold no object", plus(R"("attrs":{"a":{}})"), kWrongType},
      {"attrs are an object", plus("\"attrs\":[]"), kWrongType},
      {"attrs are not a text", plus("\"attrs\":\"a\""), kWrongType},
      {"no attrs", plus("\"attrs\":{}"), kAccepted},
      {"32 attrs", plus(attrs(32)), kAccepted},
      {"33 attrs", plus(attrs(33)), kTooManyAttrs},
      {"a repeated attr counts once", plus("\"attrs\":{\"a\":1,\"a\":null}"), kAccepted},
      {"unknown fields are ignored", plus(R"("later":{"a":[1,{"b":null}]},"more":"x")"), kAccepted},
      {"unknown fields are JSON nevertheless", plus(R"("later":[1,,2])"), kNotJson},
      {"unknown words are no JSON", plus("\"later\":tru"), kNotJson},
      {"unknown texts have known escapes", plus(R"("later":"\q")"), kNotJson},
      {"the first of two counts", plus("\"name\":\"first\""), kAccepted},
      {"the first of two is judged", plus("\"name\":1"), kWrongType},
      {"the second of two is not judged", with("\"ok\":true", "\"ok\":true,\"ok\":7,\"v\":9"), kAccepted},
      {"an escaped key is the same key", with("\"sid\"", "\"\\u0073i\\u0064\""), kAccepted},
      {"an escaped key is a repetition", with("\"ok\":true", "\"ok\":true,\"\\u006fk\":7"), kAccepted},
      {"case matters", with("\"sid\"", "\"Sid\""), kMissingField},
  };
}

std::vector<Rule> rules_of_syntax() {
  using enum BeaconReject;
  return {
      {"an array is no step", "[[]]", kWrongType},
      {"garbage", "hello", kNotJson},
      {"a comma too many", with("true}", "true,}"), kNotJson},
      {"a comma too few", with("1,\"sid\"", "1 \"sid\""), kNotJson},
      {"something behind it", std::string(kStep) + " x", kNotJson},
      {"a bracket too many", std::string(kStep) + "}", kNotJson},
      {"another object on its line", std::string(kStep) + std::string(kStep), kNotJson},
      {"a leading zero", with("812", "0812"), kNotJson},
      {"a hexadecimal number", with("812", "0x812"), kNotJson},
      {"not a number", with("812", "NaN"), kNotJson},
      {"no finite number", with("812", "1e999"), kNotJson},
      {"single quotes", with("\"cart\"", "'cart'"), kNotJson},
      {"a control byte in a text", with("\"cart\"", "\"ca\trt\""), kNotJson},
      {"a comment", plus("/* */ \"a\":1"), kNotJson},
      {"a byte that is no UTF-8", with("\"cart\"", "\"ca\xffrt\""), kBadUtf8},
      {"an overlong form", with("\"cart\"", "\"ca\xc0\xafrt\""), kBadUtf8},
      {"a surrogate in UTF-8", with("\"cart\"", "\"ca\xed\xa0\x80rt\""), kBadUtf8},
      {"bad UTF-8 in a field nobody knows", plus("\"later\":\"\xff\""), kBadUtf8},
      {"bad UTF-8 goes before bad JSON", with("\"cart\"", "\"ca\xffrt\",,"), kBadUtf8},
      {"half a surrogate pair", with("\"cart\"", "\"ca\\ud83d\""), kAccepted},
      {"no body but white space", " \r\n", kNotJson},
  };
}

std::vector<Rule> rules() {
  std::vector<Rule> all = rules_of_presence();
  for (const auto& more : {rules_of_values(), rules_of_syntax()}) all.insert(all.end(), more.begin(), more.end());
  return all;
}

TEST(NativeBeaconRules, EachRuleOfTheDocumentHolds) {
  Reader reader(kBodyBytesMax);
  for (const Rule& rule : rules()) {
    const auto all = verdicts(reader, rule.body);
    ASSERT_EQ(all.size(), 1u) << rule.what << "\n" << rule.body;
    EXPECT_EQ(name_of(all[0]), name_of(rule.expected)) << rule.what << "\n" << rule.body;
  }
}

TEST(NativeBeaconRules, TheSameAsAnElementOfAnArray) {
  Reader reader(kBodyBytesMax);
  for (const Rule& rule : rules()) {
    // A few rows end their own boundary: there the array sees something else.
    if (rule.what.starts_with("a bracket") || rule.what.starts_with("no body")) continue;
    const auto all = verdicts(reader, "[" + std::string(kStep) + ",\n" + rule.body + "," + std::string(kStep) + "]");
    ASSERT_EQ(all.size(), 3u) << rule.what << "\n" << rule.body;
    EXPECT_EQ(name_of(all[0]), "accepted") << rule.what;
    EXPECT_EQ(name_of(all[1]), name_of(rule.expected)) << rule.what << "\n" << rule.body;
    EXPECT_EQ(name_of(all[2]), "accepted") << rule.what;
  }
}

TEST(NativeBeaconRules, TheSameAsALine) {
  Reader reader(kBodyBytesMax);
  for (const Rule& rule : rules()) {
    if (rule.body.find('\n') != std::string::npos) continue;
    const auto all = verdicts(reader, std::string(kStep) + "\r\n\n" + rule.body + "\n" + std::string(kStep) + "\n");
    ASSERT_EQ(all.size(), 3u) << rule.what << "\n" << rule.body;
    EXPECT_EQ(name_of(all[0]), "accepted") << rule.what;
    EXPECT_EQ(name_of(all[1]), name_of(rule.expected)) << rule.what << "\n" << rule.body;
    EXPECT_EQ(name_of(all[2]), "accepted") << rule.what;
  }
}

TEST(NativeBeaconRules, ABodyCutAnywhereIsTruncated) {
  Reader reader(kBodyBytesMax);
  const std::string body = plus(R"("attrs":{"a":"é\n","b":[true,null],"c":-1.5e+3},"later":[{"x":false},"😀"])");
  ASSERT_EQ(verdicts(reader, body).size(), 1u);
  for (std::size_t bytes = 1; bytes < body.size(); ++bytes) {
    const auto all = verdicts(reader, std::string_view(body).substr(0, bytes));
    ASSERT_EQ(all.size(), 1u) << bytes;
    EXPECT_EQ(name_of(all[0]), "truncated") << body.substr(0, bytes);
  }
}

TEST(NativeBeaconRules, ACarrierWithoutItsBodyIsOneRefusedBeacon) {
  Reader reader(kBodyBytesMax);
  const HeaderValues headers{};
  for (const auto why : {BeaconReject::kTooLarge, BeaconReject::kIncompleteBody, BeaconReject::kBadEncoding}) {
    HttpRequest request = request_of({}, "v=1", headers);
    request.body_error = why;
    std::vector<BeaconReject> all;
    read_each(reader, request, [&](BeaconReject r, const Beacon&) { all.push_back(r); });
    EXPECT_EQ(all, std::vector{why});
  }
}

TEST(NativeBeaconRules, ABodyOverTheLimitIsTooLarge) {
  constexpr std::size_t kLimit = 512;
  Reader reader(kLimit);
  const std::string filler = plus("\"later\":\"" + std::string(kLimit, ' ') + '"');
  const std::string fits = with("\"v\":1", "\"later\":" + quoted(kLimit - kStep.size() - 11) + ",\"v\":1");
  ASSERT_EQ(fits.size(), kLimit);
  EXPECT_EQ(verdicts(reader, fits), std::vector{kAccepted});
  EXPECT_EQ(verdicts(reader, fits + " "), std::vector{BeaconReject::kTooLarge});
  EXPECT_EQ(verdicts(reader, filler), std::vector{BeaconReject::kTooLarge});
}

}  // namespace
}  // namespace bellrock::beacon
