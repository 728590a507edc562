// Bodies of several beacons, and the same beacon in every syntax and order.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/unit/dataplane/beacon/carry.h"

namespace bellrock::beacon {
namespace {

constexpr BeaconReject kAccepted = BeaconReject::kCount;
using enum BeaconReject;
using Verdicts = std::vector<BeaconReject>;

std::string vitals(int n) { return R"({"v":1,"sid":"s","type":"vitals","page":"/","n":)" + std::to_string(n) + '}'; }

class Bodies : public testing::Test {
 protected:
  Reader reader_{kBodyBytesMax};
  Verdicts read(std::string_view body, std::string_view type = "text/plain;charset=UTF-8") {
    return verdicts(reader_, body, type);
  }
};

TEST_F(Bodies, AnArrayGivesItsElements) {
  EXPECT_EQ(read("[]"), Verdicts{});
  EXPECT_EQ(read(" [ ] "), Verdicts{});
  EXPECT_EQ(read("[" + vitals(1) + "]"), Verdicts{kAccepted});
  EXPECT_EQ(read("[\n" + vitals(1) + " , " + vitals(2) + ",\n" + vitals(3) + "\n]\n"), Verdicts(3, kAccepted));
}

TEST_F(Bodies, AnElementIsRefusedAlone) {
  for (const auto& [bad, why] : {std::pair<std::string, BeaconReject>{"1", kWrongType},
                                 {"\"a,]\"", kWrongType},
                                 {"[{},[]]", kWrongType},
                                 {"null", kWrongType},
                                 {"nul", kNotJson},
                                 {"{\"v\":tru}", kNotJson},
                                 {"{\"v\":1 2}", kNotJson},
                                 {"{\"v\":\"]\\\"\" 2}", kNotJson},
                                 {"{} {}", kNotJson},
                                 {"", kNotJson},
                                 {"{\"v\":\"\xff\"}", kBadUtf8},
                                 {"{\"v\":\"\t\"}", kNotJson},
                                 {"{\"v\":2}", kUnsupportedVersion},
                                 {"{}", kMissingField}}) {
    EXPECT_EQ(read("[" + vitals(1) + "," + bad + "," + vitals(2) + "]"), (Verdicts{kAccepted, why, kAccepted})) << bad;
    if (bad.empty()) continue;
    EXPECT_EQ(read("[" + bad + "," + vitals(2) + "]"), (Verdicts{why, kAccepted})) << bad;
    EXPECT_EQ(read("[" + vitals(2) + "," + bad + "]"), (Verdicts{kAccepted, why})) << bad;
  }
}

TEST_F(Bodies, WhatHasNoBoundaryIsRefusedWithTheRest) {
  for (const auto& [tail, why] : {std::pair<std::string, BeaconReject>{",{\"v\":[1}," + vitals(3) + "]", kNotJson},
                                  {",]", kNotJson},
                                  {"] x", kNotJson},
                                  {"]]", kNotJson},
                                  {"],[" + vitals(3) + "]", kNotJson},
                                  {"", kTruncatedBody},
                                  {",", kTruncatedBody},
                                  {",{\"v\":1", kTruncatedBody},
                                  {",{\"v\":\"a", kTruncatedBody},
                                  {",{\"v\":\"\xff\"" + vitals(3), kBadUtf8}}) {
    EXPECT_EQ(read("[" + vitals(1) + "," + vitals(2) + tail), (Verdicts{kAccepted, kAccepted, why})) << tail;
  }
  EXPECT_EQ(read("["), Verdicts{kTruncatedBody});
  EXPECT_EQ(read("[}"), Verdicts{kNotJson});
}

TEST_F(Bodies, LinesAreBeaconsOfTheirOwn) {
  EXPECT_EQ(read(vitals(1) + "\n" + vitals(2)), Verdicts(2, kAccepted));
  EXPECT_EQ(read("\n\n" + vitals(1) + "\r\n \r\n" + vitals(2) + "\n\n"), Verdicts(2, kAccepted));
  EXPECT_EQ(read(vitals(1) + "\n{\"v\":\n" + vitals(2)), (Verdicts{kAccepted, kTruncatedBody, kAccepted}));
  EXPECT_EQ(read(vitals(1) + "\n{\"v\":\"\xff\"}\n" + vitals(2)), (Verdicts{kAccepted, kBadUtf8, kAccepted}));
  EXPECT_EQ(read(vitals(1) + "\nundefined\n" + vitals(2)), (Verdicts{kAccepted, kNotJson, kAccepted}));
  EXPECT_EQ(read("{\"v\":\"a\n" + vitals(2)), (Verdicts{kTruncatedBody, kAccepted}));
  EXPECT_EQ(read("{\"v\":2}\n" + vitals(2)), (Verdicts{kUnsupportedVersion, kAccepted}));
  EXPECT_EQ(read("{\"v\" 2}\n" + vitals(2)), (Verdicts{kNotJson, kAccepted}));
}

TEST_F(Bodies, AnObjectOverSeveralLinesIsOne) {
  EXPECT_EQ(read("{\n \"v\": 1,\n \"sid\": \"s\",\n \"type\": \"vitals\",\n \"page\": \"/\"\n}\n"),
            Verdicts{kAccepted});
  EXPECT_EQ(read("{\"later\":[\n" + vitals(1) + "\n],\"v\":1,\"sid\":\"s\",\"type\":\"vitals\",\"page\":\"/\"}"),
            Verdicts{kAccepted});
  // Not JSON as a whole, and its first line is none either: nothing inside it is taken for a beacon.
  EXPECT_EQ(read("{\"later\":[\n" + vitals(1) + "\n],oops}"), Verdicts{kNotJson});
}

TEST_F(Bodies, ThereAreAtMostSoManyBeaconsInOne) {
  std::string array = "[", lines;
  for (std::size_t i = 0; i < kBeaconsPerBodyMax; ++i) {
    array += (i == 0 ? "" : ",") + vitals(static_cast<int>(i % 9));
    lines += vitals(static_cast<int>(i % 9)) + "\n";
  }
  ASSERT_LT(lines.size(), kBodyBytesMax);
  EXPECT_EQ(read(array + "]"), Verdicts(kBeaconsPerBodyMax, kAccepted));
  EXPECT_EQ(read(lines), Verdicts(kBeaconsPerBodyMax, kAccepted));
  Verdicts over(kBeaconsPerBodyMax, kAccepted);
  over.push_back(kTooManyBeacons);
  EXPECT_EQ(read(array + ",{},{}]"), over);
  EXPECT_EQ(read(lines + "{}\n{}"), over);
}

TEST_F(Bodies, ContentDecidesBeforeContentType) {
  const std::string form = "v=1&sid=s&type=vitals&page=/";
  for (const char* type : {"", "text/plain", "application/json", "application/x-www-form-urlencoded", "image/png"}) {
    EXPECT_EQ(read(vitals(1), type), Verdicts{kAccepted}) << type;
    EXPECT_EQ(read(form, type), Verdicts{kAccepted}) << type;
    EXPECT_EQ(reader_.beacon().dialect, Dialect::kNativeForm) << type;
  }
  EXPECT_EQ(read("hello", "text/plain"), Verdicts{kNotJson});
  EXPECT_EQ(read("hello", "Application/X-WWW-Form-URLEncoded ; charset=utf-8"), Verdicts{kMissingField});
  EXPECT_EQ(read("\"v=1\"", "application/json"), Verdicts{kNotJson});
  EXPECT_EQ(read("--x\r\nContent-Disposition: form-data; name=\"v\"\r\n", "multipart/form-data; boundary=x"),
            Verdicts{kUnknownDialect});
  EXPECT_EQ(query_verdicts(reader_, form), Verdicts{kAccepted});
  EXPECT_EQ(reader_.beacon().dialect, Dialect::kNativeQuery);
}

// A random beacon as fields that each syntax can spell.
struct Spelled {
  std::string name, json, plain;  // the JSON value, and the same as a form's value before percent-coding
  bool number = false;
};

std::string escaped(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (c == '\n')
      out += "\\n";
    else if (c == '/')
      out += "\\/";
    else if (c == 'a')
      out += "\\u0061";
    else
      out += c;
  }
  return out + '"';
}
std::string percent_coded(std::string_view text, std::mt19937_64& random) {
  std::string out;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (c == ' ' && random() % 2 == 0)
      out += '+';
    else if (plain && random() % 8 != 0)
      out += c;
    else {
      char coded[4];
      std::snprintf(coded, sizeof coded, random() % 2 == 0 ? "%%%02x" : "%%%02X", static_cast<unsigned char>(c));
      out += coded;
    }
  }
  return out;
}
std::string random_string(std::mt19937_64& random, std::size_t bytes_max) {
  constexpr std::string_view kAlphabet[] = {"a", "b", "é", "😀", "\"", "\\", "\n", "/", " ", "+", "%", "&", "=", "7"};
  std::string text;
  const std::size_t bytes = random() % (bytes_max + 4);
  while (text.size() < bytes) text += kAlphabet[random() % std::size(kAlphabet)];
  return text;
}
std::vector<Spelled> random_beacon(std::mt19937_64& random) {
  std::vector<Spelled> fields;
  const auto text = [&](const char* name, const std::string& value) {
    fields.push_back({name, escaped(value), value, false});
  };
  const auto number = [&](const char* name) {
    const char* kSpellings[] = {"812", "812.0", "8.12e+02", "-0.5", "1e3", "0", "59.9", "7", "\"7\"", "1.79e12"};
    const std::string value = kSpellings[random() % std::size(kSpellings)];
    fields.push_back({name, value, value, true});
  };
  if (random() % 16 != 0) fields.push_back({"v", "1", random() % 2 == 0 ? "1" : "1.0", true});
  if (random() % 16 != 0) text("sid", random_string(random, 62));
  if (random() % 16 != 0) text("page", "/" + random_string(random, 40));
  constexpr const char* kTypes[] = {"step", "vitals", "error", "feedback", "click", "action", "none"};
  text("type", kTypes[random() % std::size(kTypes)]);
  for (const char* name : {"name", "kind", "msg", "code", "pv", "rel"}) {
    if (random() % 2 == 0) text(name, random_string(random, name[0] == 'c' ? 62 : 20));
  }
  for (const char* name : {"ts", "dur", "score", "n", "value", "lcp"}) {
    if (random() % 2 == 0) number(name);
  }
  for (const char* name : {"ok", "ret", "synthetic"}) {
    const char* value = random() % 2 == 0 ? "true" : "false";
    if (random() % 2 == 0) fields.push_back({name, value, value, false});
  }
  if (random() % 3 == 0) {
    const std::string attrs = "{\"k\":" + escaped(random_string(random, 12)) + ",\"n\":1.5,\"b\":true}";
    fields.push_back({"attrs", attrs, attrs, false});
  }
  return fields;
}

// Everything that a beacon says, as text.
std::string described(BeaconReject reject, const Beacon& b) {
  std::string out = reject == kAccepted ? "" : std::string(kBeaconRejectNames[static_cast<std::size_t>(reject)]);
  if (reject != kAccepted) return out;
  out += kBeaconTypeNames[static_cast<std::size_t>(b.type)];
  for (const auto text : {b.sid, b.page, b.name, b.pv, b.msg, b.code, b.kind, b.cur, b.rel, b.exp, b.conn, b.replay}) {
    out += '|';
    out += text.data() == nullptr ? "-" : std::string(text);
  }
  for (const double n : {b.ts, b.dur, b.n, b.t, b.lcp, b.inp, b.cls, b.fcp, b.ttfb, b.dcl, b.load, b.score, b.x, b.y,
                         b.w, b.h, b.value}) {
    out += '|' + std::to_string(n);
  }
  for (const bool flag : {b.has_ok, b.ok, b.has_ret, b.ret, b.synthetic}) out += flag ? '1' : '0';
  for (std::size_t i = 0; i < b.attr_count; ++i) {
    out += '|' + std::string(b.attrs[i].name) + '=' + std::string(b.attrs[i].text) + std::to_string(b.attrs[i].number);
  }
  return out;
}

std::string json_of(const std::vector<Spelled>& fields) {
  std::string out = "{";
  for (const Spelled& field : fields) out += (out.size() > 1 ? "," : "") + ('"' + field.name) + "\":" + field.json;
  return out + '}';
}
std::string form_of(const std::vector<Spelled>& fields, std::mt19937_64& random) {
  std::string out;
  for (const Spelled& field : fields) {
    // A JSON text in quotes is no number; a form's value has no quotes to tell, so there it is spelled as no number.
    const std::string value = field.number && field.plain == "\"7\"" ? "seven" : field.plain;
    out += (out.empty() ? "" : "&") + percent_coded(field.name, random) + '=' + percent_coded(value, random);
  }
  return out;
}

TEST_F(Bodies, OrderAndSyntaxOfTheFieldsDoNotMatter) {
  std::mt19937_64 random(5);
  HeaderValues headers{};
  int accepted = 0;
  const auto read_one = [&](std::string_view body, std::string_view query) {
    std::string out;
    int count = 0;
    read_each(reader_, request_of(body, query, headers), [&](BeaconReject reject, const Beacon& beacon) {
      out = described(reject, beacon);
      ++count;
    });
    EXPECT_EQ(count, 1);
    return out;
  };
  for (int i = 0; i < 4'000; ++i) {
    std::vector<Spelled> fields = random_beacon(random);
    const std::string json = json_of(fields);
    const GuardedText body(json);
    const std::string expected = read_one(body.text(), {});
    accepted += expected.find('|') != std::string::npos;
    std::shuffle(fields.begin(), fields.end(), random);
    const GuardedText shuffled(json_of(fields));
    ASSERT_EQ(read_one(shuffled.text(), {}), expected) << json;
    const GuardedText form(form_of(fields, random));
    ASSERT_EQ(read_one(form.text(), {}), expected) << json << "\n" << form.text();
    const GuardedText query(form_of(fields, random));
    ASSERT_EQ(read_one({}, query.text()), expected) << json << "\n" << query.text();
  }
  EXPECT_GT(accepted, 400);
}

}  // namespace
}  // namespace bellrock::beacon
