// What the reader takes for JSON is what simdjson's DOM parser takes for JSON, and what it then says about an object is
// what the plainest reading of the rules says (reference.h). Two differences are meant, and are the only ones allowed:
//  - half a surrogate pair in an escape is U+FFFD here, an error there (pages hold such strings);
//  - an integer beyond 64 bits is a number here, an error there (RFC 8259 has no such bound).
#include <gtest/gtest.h>

#include <random>

#include "dataplane/beacon/json_scalars.h"
#include "tests/unit/dataplane/beacon/carry.h"
#include "tests/unit/dataplane/beacon/reference.h"

namespace bellrock::beacon {
namespace {

const std::vector<std::string> kSeeds{
    R"({"v":1,"sid":"s","ts":1790000000000,"type":"step","page":"/cart","name":"cart","dur":812,"ok":true})",
    R"({"v":1,"sid":"abc-def","ts":1.79e12,"type":"action","page":"https://a.example/p?q#f","name":"add","attrs":{"a":"x","b":-1.5,"c":true}})",
    R"({ "v" : 1 , "sid" : "\u0061\n\"" , "type" : "vitals" , "page" : "/" , "lcp" : 1200.5 , "cls" : 0.01 })",
    R"({"v":1,"sid":"s","type":"error","page":"/é😀","name":"TypeError","msg":"a\\b\/c","code":"E1","later":[1,[2,{"x":null}],"y",{}]})",
    R"({"v":2,"sid":"s","type":"feedback","page":"/","kind":"nps","score":9,"text":"\ud83d\ude00","n":3,"value":100,"cur":"EUR"})",
    R"({"v":1,"sid":"s","type":"click","page":"/","x":1,"y":2,"w":3,"h":4,"kind":"rage","synthetic":false,"ret":true,"attrs":{}})",
    R"({"sid":"s","sid":2,"later":{"a":{"b":{"c":[[[]]]}}},"v":-0,"dur":1e-7,"t":123456789012345678})",
};
constexpr std::string_view kPieces[] = {
    "{", "}",    "[",        "]",  ",",   ":",     "\"",    "\\",      "\\u00e9",     "\\ud800",
    "e", "E+",   "-",        ".",  "0",   "1",     "1e400", "null",    "true",        "false",
    " ", "\n",   "\t",       "{}", "[]",  "\"a\"", "\xc3",  "\xa9",    "\xff",        "1.5",
    "/", "\\\"", "\"v\":1,", "é",  "\\n", "\x01",  "00",    "\"sid\"", "\"attrs\":{", "1e-400"};

std::string mutated(std::mt19937_64& random) {
  std::string text = kSeeds[random() % kSeeds.size()];
  for (std::size_t edits = 1 + random() % 4; edits > 0; --edits) {
    const std::size_t at = random() % (text.size() + 1);
    const std::size_t bytes = random() % 4;
    switch (random() % 6) {
      case 0:
        text.erase(at, bytes);
        break;
      case 1:
        if (at < text.size()) text[at] = static_cast<char>(random());
        break;
      case 2:
      case 3:
        text.insert(at, kPieces[random() % std::size(kPieces)]);
        break;
      case 4:
        text.insert(at, text.substr(random() % (text.size() + 1), random() % 24));
        break;
      default:
        text.replace(at, std::min(bytes, text.size() - at), kPieces[random() % std::size(kPieces)]);
    }
  }
  return text;
}

// The same text without the two differences: every surrogate escape is U+FFFD, every run of digits at most 18 long.
std::string without_differences(std::string_view text) {
  std::string same;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    digits = is_digit(text[i]) ? digits + 1 : 0;
    if (digits > 18) continue;
    const bool surrogate = text[i] == '\\' && i + 5 < text.size() && text[i + 1] == 'u' &&
                           (text[i + 2] | 0x20) == 'd' &&
                           std::string_view("89abcdefABCDEF").find(text[i + 3]) != std::string_view::npos &&
                           std::isxdigit(static_cast<unsigned char>(text[i + 4])) != 0 &&
                           std::isxdigit(static_cast<unsigned char>(text[i + 5])) != 0;
    if (surrogate) {
      same += "\\ufffd";
      i += 5;
    } else if (text[i] == '\\' && i + 1 < text.size()) {
      same += text.substr(i++, 2);
    } else {
      same += text[i];
    }
  }
  return same;
}

bool about_json(BeaconReject verdict) {
  return verdict == BeaconReject::kNotJson || verdict == BeaconReject::kBadUtf8 ||
         verdict == BeaconReject::kTruncatedBody;
}

class Verdict : public testing::Test {
 protected:
  simdjson::dom::parser parser_;
  Reader reader_{kBodyBytesMax};
  std::string body_;
  HeaderValues headers_{};

  BeaconReject read(std::string_view text) {
    body_.assign(text);
    body_ += "}}}}}}}}";  // nobody may look there
    reader_.start(request_of(std::string_view(body_).substr(0, text.size()), {}, headers_));
    return reader_.next() == Reader::Step::kBeacon ? BeaconReject::kCount : reader_.reject();
  }

  void compare_values(const Reference& reference) {
    const Beacon& beacon = reader_.beacon();
    EXPECT_EQ(beacon.sid, reference.text("sid"));
    EXPECT_EQ(beacon.page, reference.path());
    EXPECT_EQ(beacon.name, reference.text("name"));
    EXPECT_EQ(beacon.msg, reference.text("msg"));
    EXPECT_EQ(beacon.kind, reference.text("kind"));
    EXPECT_EQ(kBeaconTypeNames[static_cast<std::size_t>(beacon.type)], reference.text("type"));
    for (const auto& [name, value] : {std::pair{"ts", beacon.ts},
                                      {"dur", beacon.dur},
                                      {"n", beacon.n},
                                      {"t", beacon.t},
                                      {"lcp", beacon.lcp},
                                      {"cls", beacon.cls},
                                      {"score", beacon.score},
                                      {"x", beacon.x},
                                      {"h", beacon.h},
                                      {"value", beacon.value}}) {
      const double expected = reference.number(name);
      EXPECT_TRUE(value == expected || (std::isnan(value) && std::isnan(expected))) << name << value << expected;
    }
  }

  // 0: refused as JSON, 1: as a beacon, 2: accepted.
  int check(const std::string& text) {
    const BeaconReject verdict = read(text);
    simdjson::dom::element document;
    const std::string same = without_differences(text);
    const auto error = parser_.parse(same).get(document);
    EXPECT_EQ(about_json(verdict), error != simdjson::SUCCESS) << error << "\n" << text;
    const bool utf8 = simdjson::validate_utf8(text);
    EXPECT_TRUE(utf8 ? verdict != BeaconReject::kBadUtf8
                     : (verdict == BeaconReject::kBadUtf8 || verdict == BeaconReject::kTruncatedBody))
        << text;
    if (error != simdjson::SUCCESS || about_json(verdict)) return 0;
    const simdjson::dom::object object = document;
    const Reference reference(object);
    EXPECT_EQ(verdict, reference.verdict()) << text;
    if (verdict != BeaconReject::kCount) return 1;
    if (same == text) compare_values(reference);
    return 2;
  }
};

TEST_F(Verdict, EqualsTheDomParsersOnMutatedBeacons) {
  constexpr int kTexts = 500'000;
  std::mt19937_64 random(20261125);
  std::array<int, 3> kinds{};
  for (int i = 0; i < kTexts && !HasFailure(); ++i) {
    const std::string text = mutated(random);
    // Arrays and lines have more than one verdict; what starts otherwise is another test's.
    const bool object = !text.empty() && (text.front() == '{' || text.front() == ' ');
    if (!object || text.find('\n') != std::string::npos || text.find_first_not_of(' ') == std::string::npos) continue;
    if (text[text.find_first_not_of(' ')] != '{') continue;
    ++kinds[static_cast<std::size_t>(check(text))];
  }
  // All three happen often enough to mean something.
  EXPECT_GT(kinds[0] + kinds[1] + kinds[2], 200'000);
  EXPECT_GT(kinds[0], 20'000);
  EXPECT_GT(kinds[1], 20'000);
  EXPECT_GT(kinds[2], 20'000);
}

TEST_F(Verdict, EqualsTheDomParsersOnEveryCut) {
  for (const std::string& seed : kSeeds) {
    for (std::size_t bytes = 1; bytes <= seed.size(); ++bytes) {
      check(seed.substr(0, bytes));
      for (const char* tail : {"}", "\"}", "]}", "null}", ",\"a\":1}", "\"a\"}"}) check(seed.substr(0, bytes) + tail);
    }
  }
}

TEST_F(Verdict, NestingHasTheDomParsersBound) {
  for (std::size_t depth = 1'018; depth < 1'030; ++depth) {
    for (const auto& [open, close] : {std::pair{"[", "]"}, {"{\"a\":", "}"}}) {
      std::string text = "{\"later\":";
      for (std::size_t i = 0; i < depth; ++i) text += open;
      text += open[0] == '[' ? "" : "1";
      for (std::size_t i = 0; i < depth; ++i) text += close;
      check(text + "}");
    }
  }
  EXPECT_EQ(read("{\"later\":" + std::string(30'000, '[') + std::string(30'000, ']') + "}"), BeaconReject::kNotJson);
}

TEST_F(Verdict, TheMeantDifferencesAreTheOnlyOnes) {
  simdjson::dom::element document;
  const std::string surrogate = R"({"v":1,"sid":"\ud83d","type":"vitals","page":"/"})";
  EXPECT_NE(parser_.parse(surrogate).get(document), simdjson::SUCCESS);
  EXPECT_EQ(read(surrogate), BeaconReject::kCount);
  EXPECT_EQ(reader_.beacon().sid, "\xef\xbf\xbd");
  const std::string wide = R"({"v":1,"sid":"s","type":"vitals","page":"/","t":123456789012345678901234567890})";
  EXPECT_NE(parser_.parse(wide).get(document), simdjson::SUCCESS);
  EXPECT_EQ(read(wide), BeaconReject::kCount);
  EXPECT_EQ(reader_.beacon().t, 123456789012345678901234567890.0);
}

}  // namespace
}  // namespace bellrock::beacon
