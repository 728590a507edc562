// The short way for plain objects says what the way by the index says, or says nothing: whatever it expects because of
// the objects before, and however nearly a text is what it expects.
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "dataplane/beacon/json_index.h"
#include "dataplane/beacon/json_walker.h"
#include "dataplane/beacon/native_json.h"
#include "dataplane/beacon/plain_json.h"
#include "dataplane/beacon/plain_text.h"
#include "tests/unit/dataplane/beacon/carry.h"

namespace bellrock::beacon {
namespace {

const std::vector<std::string> kPlain{
    R"({"v":1,"sid":"8f2c-1","ts":1790000000000,"type":"step","page":"/cart","name":"cart","dur":812.5,"ok":true,"n":7})",
    R"({"v":1,"sid":"8f2c-1","ts":1790000000001,"type":"step","page":"/pay","name":"paid","dur":13,"ok":false,"pv":"p"})",
    R"({"v":1,"sid":"s","type":"vitals","page":"/","lcp":1200.25,"cls":0.01,"inp":-0,"conn":"4g","note":"xxxxxxxxxxxxxxxx"})",
    R"({"v":1,"sid":"abc-def","ts":1.79e12,"type":"action","page":"https://a.example/p?q#f","name":"add","attrs":{"a":"x","b":-1.5,"c":true,"a":2}})",
    R"({"attrs":{},"synthetic":true,"ret":false,"type":"click","v":1,"sid":"s","page":"/","x":1,"y":2,"w":3,"h":4,"z":null})",
    R"({"a_key_of_more_than_sixteen_bytes":"","sid":"s","sid":2,"v":1,"t":123456789012345,"type":"vitals","page":"/"})",
    R"({"v":1,"sid":"s","type":"vitals","page":"/","n":1})",
    R"({"v":1,"sid":"s","type":"vitals","page":"/","attrs":{"k":1}})",
};

class Plain : public testing::Test {
 protected:
  PlainJson plain_;
  Draft draft_;

  bool read_plain(std::string_view text) {
    draft_.reset(Dialect::kNativeJson);
    return plain_.read(text, draft_);
  }

  // As the reader did before there was a short way.
  BeaconReject read_by_index(std::string_view text, Draft& draft) {
    draft.reset(Dialect::kNativeJson);
    scratch_.clear();
    if (index_.build(text) != BeaconReject::kCount) return BeaconReject::kNotJson;
    JsonWalker walker(text, index_.tokens(), scratch_);
    const bool json = walker.peek() == '{' && read_native_json(walker, draft) && walker.at_end();
    return json ? draft.finish() : BeaconReject::kNotJson;
  }

  // Whether the short way took it.
  bool check(std::string_view text) {
    const GuardedText guarded(text);
    if (!read_plain(guarded.text())) return false;
    Draft other;
    EXPECT_EQ(draft_.finish(), read_by_index(guarded.text(), other)) << text;
    // Both began as the same bytes, and borrow from the same text.
    const Beacon &a = draft_.beacon(), &b = other.beacon();
    EXPECT_EQ(std::memcmp(&a, &b, offsetof(Beacon, attrs)), 0) << text;
    EXPECT_EQ(a.attr_count, b.attr_count) << text;
    for (std::size_t i = 0; i < a.attr_count && i < b.attr_count; ++i) {
      EXPECT_EQ(a.attrs[i].name, b.attrs[i].name) << text;
      EXPECT_EQ(a.attrs[i].type, b.attrs[i].type) << text;
      EXPECT_EQ(a.attrs[i].text, b.attrs[i].text) << text;
      EXPECT_EQ(a.attrs[i].number, b.attrs[i].number) << text;
    }
    return true;
  }

 private:
  std::vector<char> memory_ = std::vector<char>(3 * kBodyBytesMax);
  Scratch scratch_{memory_};
  JsonIndex index_{kBodyBytesMax};
};

TEST_F(Plain, TakesWhatPagesWrite) {
  for (int round = 0; round < 3; ++round) {
    for (const std::string& text : kPlain) EXPECT_TRUE(check(text)) << text;
  }
}

TEST_F(Plain, LeavesTheRest) {
  for (const char* other : {"",
                            "{",
                            "{}x}",
                            "{\"v\":1} ",
                            " {\"v\":1}",
                            "{\"v\": 1}",
                            "{\"v\":[]}",
                            "{\"later\":{}}",
                            "{\"sid\":\"\\n\"}",
                            "{\"sid\":\"é\"}",
                            "{\"v\":1}}",
                            "{\"v\":1,}",
                            "{\"v\":}",
                            "{\"v\":tru}",
                            "{\"v\":truex}",
                            "{\"v\":01}",
                            "{\"v\":1x}",
                            "{\"v\"}",
                            "{\"attrs\":{\"a\":{}}}",
                            "{\"attrs\":{}",
                            "{\"attrs\":{}}}",
                            "{\"sid\":\"}",
                            "{\"attrs\":{\"a\":1}",
                            "{,}",
                            "{\"\x01\":1}"}) {
    EXPECT_FALSE(check(other)) << other;
  }
  EXPECT_TRUE(check("{}"));
}

// What the object before made it expect is right but for one byte, or one more or less, at every place.
TEST_F(Plain, IsNotMisledByWhatItExpects) {
  constexpr std::string_view kBytes("\"\\:,{}[]0159.-eE tnfaz_\x00\x1f\x7f\x80\xff", 28);
  std::size_t taken = 0, left = 0;
  for (const std::string& text : kPlain) {
    for (std::size_t at = 0; at < text.size(); ++at) {
      for (const char byte : kBytes) {
        std::string replaced = text, longer = text;
        replaced[at] = byte;
        longer.insert(at, 1, byte);
        for (const std::string& near : {replaced, longer}) {
          read_plain(text);
          ++(check(near) ? taken : left);
        }
      }
      std::string shorter = text;
      read_plain(text);
      ++(check(shorter.erase(at, 1)) ? taken : left);
    }
  }
  EXPECT_GT(taken, 5'000u);
  EXPECT_GT(left, 5'000u);
}

// A key is expected, and another comes that begins or ends as it, or is another object's.
TEST_F(Plain, ExpectsAnotherKeyFromThenOn) {
  for (const std::string& first : kPlain) {
    for (const std::string& second : kPlain) {
      for (const std::string* text : {&first, &second, &first, &second}) EXPECT_TRUE(check(*text));
    }
  }
  for (const char* key : {"sid", "si", "side", "s", "pag", "page", "pages", "synthetic", "synthetix", "synthetics"}) {
    EXPECT_TRUE(check(R"({"v":1,")" + std::string(key) + R"(":"a","type":"vitals"})"));
    EXPECT_TRUE(check(R"({"v":1,")" + std::string(key) + R"(":true})")) << key;
  }
}

using Skip = const char* (*)(const char* at, const char* end);

TEST(PlainText, EveryWayStopsAtTheFirstByteThatIsNotPlain) {
  std::vector<Skip> ways{internal::skip_plain_singly, internal::skip_plain_long, skip_plain};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") != 0) ways.push_back(internal::skip_plain_avx2);
  if (__builtin_cpu_supports("avx512bw") != 0) ways.push_back(internal::skip_plain_avx512);
#endif
  for (std::size_t size = 0; size < 200; ++size) {
    const GuardedText text(std::string(size, 'x'));
    auto* const begin = const_cast<char*>(text.text().data());
    for (const Skip way : ways) EXPECT_EQ(way(begin, begin + size), begin + size);
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = size < 80 ? 0 : 0x1f; byte < 256; byte += size < 80 ? 1 : 3) {
        begin[at] = static_cast<char>(byte);
        const bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
        for (const Skip way : ways) ASSERT_EQ(way(begin, begin + size), plain ? begin + size : begin + at) << byte;
      }
      begin[at] = static_cast<char>('a' + at % 26);
    }
  }
}

}  // namespace
}  // namespace bellrock::beacon
