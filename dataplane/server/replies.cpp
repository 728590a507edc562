#include "dataplane/server/replies.h"

#include <cstdio>

#include "dataplane/base/check.h"

namespace bellrock::server {
namespace {

using responder::kNoReply;
using responder::ReplyId;

// What CORS needs beside the origin (Fetch standard 3.3): credentials, and the headers that senders read.
constexpr std::string_view kCredentials = "Access-Control-Allow-Credentials: true\r\n";
constexpr std::string_view kExposed =
    "Access-Control-Expose-Headers: Retry-After, X-Sentry-Rate-Limits, X-Faro-Session-Status, Etag\r\n";
constexpr std::string_view kVary = "Vary: Origin\r\n";

// All of a reply but what it echoes.
constexpr std::size_t kFixedBytesMax = 512;

class Text {
 public:
  Text(std::uint8_t* at, std::size_t room) : at_(at), room_(room) {}
  Text& add(std::string_view part) {
    CHECK(size_ + part.size() <= room_);
    if (!part.empty()) std::memcpy(at_ + size_, part.data(), part.size());
    size_ += part.size();
    return *this;
  }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::uint8_t* at_;
  std::size_t room_;
  std::size_t size_ = 0;
};

void begin(Text& out, Answer answer) { out.add("HTTP/1.1 ").add(text_of(answer).status_line).add("\r\n"); }

void end(Text& out, bool closes, std::string_view body) {
  if (closes) out.add("Connection: close\r\n");
  out.add("\r\n").add(body);
}

void allow(Text& out, std::string_view origin) {
  out.add("Access-Control-Allow-Origin: ").add(origin).add("\r\n").add(kCredentials).add(kVary);
}

// Answers to beacons depend on whether an origin was sent.
bool varies(Answer answer) { return answer >= Answer::kNoContent && answer <= Answer::kBeaconOptions; }

std::string etag_of(Bytes script, std::string_view variant) {
  const Hash128 hash = siphash128({0x62656c6c, 0x726f636b}, script);
  std::array<char, 33> hex;
  std::snprintf(hex.data(), hex.size(), "%016llx%016llx", static_cast<unsigned long long>(hash.high),
                static_cast<unsigned long long>(hash.low));
  return "\"" + std::string(hex.data()) + std::string(variant) + "\"";
}

}  // namespace

Replies::Replies(const Config& config, responder::ReplyTable& table, Counters& counters)
    : table_(table),
      counters_(counters),
      answers_(table, config.cors_answers, kOriginBytesMax, kFixedBytesMax + kOriginBytesMax, config.secret),
      preflights_(table, config.cors_preflights, kOriginBytesMax + kRequestHeadersBytesMax,
                  kFixedBytesMax + kOriginBytesMax + kRequestHeadersBytesMax, config.secret),
      max_age_("Access-Control-Max-Age: " + std::to_string(config.cors_max_age_s) + "\r\n") {
  static_assert(2 * kAnswers <= ReplyCache::kKindsMax);
  for (std::size_t i = 0; i < kAnswers; ++i) {
    const auto answer = static_cast<Answer>(i);
    if (answer >= Answer::kSnippet && answer <= Answer::kNotModifiedGzip) continue;
    std::string headers(text_of(answer).headers);
    if (varies(answer)) headers += kVary;
    add_plain(answer, headers, text_of(answer).body);
  }
  if (!config.snippet.plain.empty()) add_snippet(config.snippet);
}

void Replies::add_plain(Answer answer, std::string_view headers, std::string_view body) {
  for (const bool closes : {false, true}) {
    const std::size_t room = kFixedBytesMax + headers.size() + body.size();
    Text out(memory_.emplace_back(std::make_unique<std::uint8_t[]>(room)).get(), room);
    begin(out, answer);
    out.add(headers);
    end(out, closes && answer != Answer::kContinue, body);
    const ReplyId id = table_.add({memory_.back().get(), out.size()});
    CHECK(id != kNoReply);
    plain_[static_cast<std::size_t>(answer)][closes ? 1 : 0] = id;
  }
}

// A script that pages of any origin load: what may be read is the same for all of them, so that the answer is constant.
void Replies::add_snippet(const SnippetConfig& config) {
  const bool has_gzip = !config.gzip.empty();
  for (const bool gzip : {false, true}) {
    if (gzip && !has_gzip) break;
    const Bytes body = gzip ? config.gzip : config.plain;
    etags_[gzip ? 1 : 0] = etag_of(config.plain, gzip ? "-gzip" : "");
    std::string shared = "ETag: " + etags_[gzip ? 1 : 0] +
                         "\r\nCache-Control: public, max-age=" + std::to_string(config.max_age_s) +
                         "\r\nAccess-Control-Allow-Origin: *\r\nCross-Origin-Resource-Policy: cross-origin\r\n";
    if (has_gzip) shared += "Vary: Accept-Encoding\r\n";
    std::string full = shared + "Content-Type: text/javascript; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n";
    if (gzip) full += "Content-Encoding: gzip\r\n";
    full += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    add_plain(gzip ? Answer::kSnippetGzip : Answer::kSnippet, full, text(body));
    add_plain(gzip ? Answer::kSnippetGzipHead : Answer::kSnippetHead, full, "");
    add_plain(gzip ? Answer::kNotModifiedGzip : Answer::kNotModified, shared, "");
  }
}

ReplyId Replies::find_or_render(Answer answer, bool closes, const ReplyCache::Key& key) {
  if (!is_origin(key.origin)) {
    counters_.add(ServerCount::kCorsOriginIgnored);
    return plain(answer, closes);
  }
  const ReplyId id = answers_.find(key);
  if (id != kNoReply) return id;
  const ReplyCache::Added added = answers_.add(key, [&](std::uint8_t* at) {
    Text out(at, kFixedBytesMax + kOriginBytesMax);
    begin(out, answer);
    allow(out, key.origin);
    out.add(kExposed).add(text_of(answer).headers);
    end(out, closes, text_of(answer).body);
    return out.size();
  });
  if (count(added) != kNoReply) return added.id;
  counters_.add(ServerCount::kCorsUncached);
  return plain(answer, closes);
}

ReplyId Replies::count(const ReplyCache::Added& added) {
  if (added.id != kNoReply) counters_.add(ServerCount::kCorsRendered);
  if (added.revoked) counters_.add(ServerCount::kCorsRevoked);
  return added.id;
}

ReplyId Replies::preflight(bool closes, std::string_view origin, std::string_view headers) {
  const ReplyCache::Key key{kind_of(Answer::kPreflight, closes), origin, headers};
  const ReplyId id = preflights_.find(key);
  if (id != kNoReply) return id;
  return count(preflights_.add(key, [&](std::uint8_t* at) {
    Text out(at, kFixedBytesMax + kOriginBytesMax + kRequestHeadersBytesMax);
    begin(out, Answer::kPreflight);
    allow(out, origin);
    out.add(text_of(Answer::kPreflight).headers);
    if (!headers.empty()) out.add("Access-Control-Allow-Headers: ").add(headers).add("\r\n");
    out.add(max_age_);
    end(out, closes, "");
    return out.size();
  }));
}

}  // namespace bellrock::server
