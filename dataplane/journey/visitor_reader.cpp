#include "dataplane/journey/visitor_reader.h"

#include <algorithm>
#include <cstring>

#include "dataplane/base/bytes.h"
#include "dataplane/base/check.h"

namespace bellrock::journey {
namespace {

constexpr std::size_t kFields = static_cast<std::size_t>(VisitorField::kCount);

// Spreads what differs between browsers; no more is asked of it.
std::size_t place_of(std::string_view text) {
  constexpr std::uint64_t kSpread = 0x9e37'79b9'7f4a'7c15;
  const std::uint8_t* const from = bytes(text).data();
  std::uint64_t hash = text.size();
  for (std::size_t at = 0; at + 8 <= text.size(); at += 8) hash = (hash ^ load_le64(from + at)) * kSpread;
  if (text.size() >= 8) {
    hash = (hash ^ load_le64(from + text.size() - 8)) * kSpread;
  } else {
    for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * kSpread;
  }
  return hash >> 32;
}

bool same_without_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return without_case(static_cast<std::uint8_t>(x)) == without_case(static_cast<std::uint8_t>(y));
  });
}

// A scanner knows each text once.
std::uint16_t token_number(std::vector<Token>& tokens, const Token& token) {
  const auto same = [&](const Token& other) {
    return other.at_start == token.at_start && same_without_case(other.text, token.text);
  };
  const auto known = std::find_if(tokens.begin(), tokens.end(), same);
  if (known != tokens.end()) return static_cast<std::uint16_t>(known - tokens.begin());
  tokens.push_back(token);
  return static_cast<std::uint16_t>(tokens.size() - 1);
}

}  // namespace

VisitorReader::VisitorReader(const VisitorRules& rules)
    : filtered_(rules.filtered), kept_(std::make_unique<std::array<Kept, kKept>>()) {
  std::array<std::vector<Token>, kFields> tokens;
  for (const VisitorRule& rule : rules.rules) {
    std::vector<Token>& its = tokens[static_cast<std::size_t>(rule.field)];
    Rule made{.field = static_cast<std::uint8_t>(rule.field), .value = rule.value};
    if (!rule.text.empty()) made.token = token_number(its, {rule.text, rule.at_start});
    made.lacks_from = static_cast<std::uint16_t>(lacks_.size());
    for (const std::string& text : rule.lacks) lacks_.push_back(token_number(its, {text, false}));
    made.lacks_to = static_cast<std::uint16_t>(lacks_.size());
    rules_[static_cast<std::size_t>(rule.aspect)].push_back(made);
  }
  for (const auto& its : tokens) scanners_.emplace_back(its);
}

VisitorReader::Texts VisitorReader::texts_of(const HttpRequest& request) {
  return {request.header(Header::kUserAgent), request.header(Header::kChUa), request.header(Header::kChUaMobile),
          request.header(Header::kChUaPlatform)};
}

VisitorSigns VisitorReader::read(const Texts& texts) {
  std::array<std::uint16_t, kFields> sizes;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < kFields; ++i) bytes += sizes[i] = static_cast<std::uint16_t>(texts[i].size());
  // A head is no longer than 32 KiB, so that sizes are whole.
  if (bytes == 0 || bytes > kKeptBytes) return evaluate(texts);
  Kept& kept = (*kept_)[place_of(texts[0]) % kKept];
  if (kept.sizes == sizes) {
    const char* at = kept.text.data();
    bool same = true;
    for (std::size_t i = 0; i < kFields && same; at += sizes[i++]) {
      same = sizes[i] == 0 || std::memcmp(at, texts[i].data(), sizes[i]) == 0;
    }
    if (same) return kept.signs;
  }
  kept.signs = evaluate(texts);
  kept.sizes = sizes;
  char* at = kept.text.data();
  for (const std::string_view text : texts) at = std::copy(text.begin(), text.end(), at);
  return kept.signs;
}

VisitorSigns VisitorReader::evaluate(const Texts& texts) const {
  std::array<TokenSet, kFields> found;
  Texts looked_at;
  for (std::size_t i = 0; i < kFields; ++i) {
    looked_at[i] = texts[i].substr(0, kVisitorTextBytesMax);
    scanners_[i].scan(looked_at[i], found[i]);
  }
  return {.kind = static_cast<VisitorClass>(first_of(VisitorAspect::kClass, looked_at, found)),
          .device = static_cast<Device>(first_of(VisitorAspect::kDevice, looked_at, found)),
          .browser = first_of(VisitorAspect::kBrowser, looked_at, found)};
}

// The value of the first rule that holds.
std::uint8_t VisitorReader::first_of(VisitorAspect aspect, const Texts& texts, const Found& found) const {
  for (const Rule& rule : rules_[static_cast<std::size_t>(aspect)]) {
    const TokenSet& its = found[rule.field];
    if (rule.token == kAnything ? texts[rule.field].empty() : !its.has(rule.token)) continue;
    const auto lacking = std::span(lacks_).subspan(rule.lacks_from, rule.lacks_to - rule.lacks_from);
    if (std::none_of(lacking.begin(), lacking.end(), [&](std::uint16_t token) { return its.has(token); })) {
      return rule.value;
    }
  }
  return 0;
}

Filter VisitorReader::filter(VisitorSigns signs, const HttpRequest& request, bool synthetic) const {
  const auto filters = [this](Filter filter) { return (filtered_ & filter_bit(filter)) != 0; };
  if (signs.kind == VisitorClass::kBot && filters(Filter::kBot)) return Filter::kBot;
  if ((synthetic || signs.kind == VisitorClass::kSynthetic) && filters(Filter::kSynthetic)) return Filter::kSynthetic;
  return filters(Filter::kOptedOut) && opts_out(request) ? Filter::kOptedOut : Filter::kNone;
}

}  // namespace bellrock::journey
