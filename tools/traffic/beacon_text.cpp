#include "tools/traffic/beacon_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>

#include "tools/traffic/compress.h"

namespace bellrock::traffic {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;  // name, JSON value

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }
std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

// The spellings of one whole number that the format allows.
std::string spelled(double value, Random& random) {
  std::array<char, 40> text{};
  constexpr std::array<const char*, 4> kForms{"%.0f", "%.0f", "%.1f", "%.6e"};
  std::snprintf(text.data(), text.size(), random.pick(kForms), value);
  return text.data();
}

// A JSON string; now and then with a character written as an escape.
std::string spelled(std::string_view value, Random& random) {
  if (value.empty() || !random.chance(0.05)) return quoted(value);
  const std::size_t at = random.below(value.size());
  std::array<char, 8> escape{};
  std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(value[at])));
  return "\"" + std::string(value.substr(0, at)) + escape.data() + std::string(value.substr(at + 1)) + "\"";
}

std::string hex(std::uint64_t value) {
  std::array<char, 20> text{};
  std::snprintf(text.data(), text.size(), "%llx", static_cast<unsigned long long>(value));
  return text.data();
}

void add_type_fields(Fields& fields, const Saying& saying, Random& random) {
  switch (saying.type) {
    case BeaconType::kVitals:
      fields.emplace_back("lcp", number(static_cast<double>(random.log_normal(1'600, 0.5))));
      fields.emplace_back("inp", number(static_cast<double>(random.log_normal(90, 0.8))));
      fields.emplace_back("cls", number(random.unit() * 0.3));
      fields.emplace_back("fcp", number(static_cast<double>(random.log_normal(900, 0.5))));
      fields.emplace_back("ttfb", number(static_cast<double>(random.log_normal(180, 0.6))));
      break;
    case BeaconType::kError:
      fields.emplace_back("msg", quoted("Cannot read properties of undefined \xe2\x80\x94 caf\xc3\xa9"));
      fields.emplace_back("code", quoted("E" + std::to_string(random.below(40))));
      break;
    case BeaconType::kFeedback:
      fields.emplace_back("kind", quoted("ces"));
      fields.emplace_back("score", std::to_string(random.between(1, 7)));
      fields.emplace_back("text", quoted("easy enough"));
      break;
    case BeaconType::kClick:
      fields.emplace_back("kind", quoted(random.chance(0.1) ? "rage" : "click"));
      fields.emplace_back("x", std::to_string(random.between(0, 1'280)));
      fields.emplace_back("y", std::to_string(random.between(0, 4'000)));
      fields.emplace_back("w", "1280");
      fields.emplace_back("h", "4000");
      break;
    default:
      break;
  }
}

std::string page_text(const Saying& saying, const Sender& sender, Random& random) {
  switch (random.below(6)) {
    case 0:
      return "http://" + sender.host + saying.page + "?from=mail#top";
    case 1:
      return saying.page + "?utm=spring";
    default:
      return saying.page;
  }
}

Fields fields_of(const Saying& saying, Sender& sender, Random& random, BeaconTruth& truth) {
  truth.type = saying.type;
  truth.page = std::string(kRouteTexts[static_cast<std::size_t>(saying.route)]);
  Fields fields;
  fields.emplace_back("v", "1");
  fields.emplace_back("sid", quoted(sender.sid));
  fields.emplace_back("type", quoted(kBeaconTypeNames[static_cast<std::size_t>(saying.type)]));
  fields.emplace_back("page", quoted(page_text(saying, sender, random)));
  fields.emplace_back("ts", std::to_string(sender.wall_ms));
  fields.emplace_back("n", std::to_string(sender.n++));
  fields.emplace_back("t", number(sender.monotonic_ms));
  fields.emplace_back("pv", quoted(hex(sender.page_view)));
  const bool named =
      saying.type == BeaconType::kStep || saying.type == BeaconType::kAction || saying.type == BeaconType::kError;
  if (named) {
    truth.name = saying.name;
    fields.emplace_back("name", spelled(saying.name, random));
  }
  if (saying.type == BeaconType::kStep || saying.type == BeaconType::kAction) {
    const std::string dur = spelled(saying.dur_ms, random);
    truth.has_dur = truth.has_ok = true;
    truth.dur_ms = std::strtod(dur.c_str(), nullptr);
    truth.ok = saying.ok;
    fields.emplace_back("dur", dur);
    fields.emplace_back("ok", saying.ok ? "true" : "false");
  }
  add_type_fields(fields, saying, random);
  return fields;
}

std::string object(Fields fields, const Saying& saying, Random& random) {
  if (!saying.attrs.empty()) fields.emplace_back("attrs", "{" + saying.attrs + "}");
  if (random.chance(0.3)) fields.emplace_back("rel", quoted("2024.22." + std::to_string(random.below(4))));
  if (random.chance(0.3)) fields.emplace_back("conn", quoted("4g"));
  if (random.chance(0.05)) fields.emplace_back("x_debug", "{\"a\":[1,2,{\"sid\":\"not this one\"}],\"b\":null}");
  if (random.chance(0.5)) {
    for (std::size_t i = fields.size(); i > 1; --i) std::swap(fields[i - 1], fields[random.below(i)]);
  }
  const std::string_view space = random.chance(0.1) ? " " : "";
  std::string text = "{";
  for (const auto& [name, value] : fields) {
    if (text.size() > 1) text.append(",").append(space);
    text.append("\"").append(name).append("\":").append(space).append(value);
  }
  return text + "}";
}

std::string url_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~') {
      out.push_back(c);
    } else {
      std::array<char, 4> escape{};
      std::snprintf(escape.data(), escape.size(), "%%%02X", byte);
      out += escape.data();
    }
  }
  return out;
}

std::string form(const Fields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    const bool is_text = value.front() == '"';
    const std::string_view plain = is_text ? std::string_view(value).substr(1, value.size() - 2) : value;
    text.append(text.empty() ? "" : "&").append(name).append("=").append(url_encoded(plain));
  }
  return text;
}

Ask beacon_post(std::string body, std::string_view content_type) {
  return {.method = "POST",
          .target = "/rum",
          .route = Route::kBeacon,
          .fetch = Fetch::kBeacon,
          .body = std::move(body),
          .content_type = std::string(content_type)};
}

void compress(Ask& ask, Random& random) {
  constexpr std::array<std::string_view, 4> kCodings{"gzip", "deflate", "deflate", "br"};
  const std::size_t which = random.below(kCodings.size());
  ask.body = which == 0 ? gzip(ask.body) : which == 3 ? brotli(ask.body) : deflate(ask.body, which == 1);
  ask.extra = "Content-Encoding: " + std::string(kCodings[which]) + "\r\n";
}

bool fits_form(const Saying& saying) { return saying.attrs.empty(); }

// One saying as a form body or a query string.
Carrier carry_flat(const Saying& saying, Sender& sender, Random& random) {
  Carrier carrier;
  BeaconTruth& truth = carrier.beacons.emplace_back();
  Fields fields = fields_of(saying, sender, random, truth);
  for (auto& [name, value] : fields) {  // escapes are JSON's
    if (name == "name") value = quoted(saying.name);
  }
  const std::string text = form(fields);
  const bool query = random.chance(0.5);
  truth.dialect = query ? Dialect::kNativeQuery : Dialect::kNativeForm;
  if (query) {
    carrier.ask = {.target = "/rum?" + text, .route = Route::kBeacon, .fetch = Fetch::kBeacon};
  } else {
    carrier.ask = beacon_post(text, "application/x-www-form-urlencoded");
  }
  return carrier;
}

}  // namespace

Carrier carry(const std::vector<Saying>& sayings, Sender& sender, double gzip_chance, double chunked, Random& random) {
  if (sayings.size() == 1 && fits_form(sayings.front()) && random.chance(0.08)) {
    return carry_flat(sayings.front(), sender, random);
  }
  Carrier carrier;
  const bool lines = random.chance(0.3);
  const bool array = !lines && (sayings.size() > 1 || random.chance(0.1));
  std::string body = array ? "[" : "";
  for (const Saying& saying : sayings) {
    if (!carrier.beacons.empty()) body += lines ? "\n" : ",";
    BeaconTruth& truth = carrier.beacons.emplace_back();
    body += object(fields_of(saying, sender, random, truth), saying, random);
  }
  if (array) body += "]";
  if (lines && random.chance(0.5)) body += "\n";
  carrier.ask = beacon_post(std::move(body), random.chance(0.8) ? "text/plain;charset=UTF-8" : "application/json");
  if (random.chance(gzip_chance)) compress(carrier.ask, random);
  carrier.ask.chunked = random.chance(chunked);
  return carrier;
}

namespace {

constexpr std::string_view kStart = "{\"v\":1,\"sid\":\"invalid\",\"type\":\"vitals\",\"page\":\"/\"";

std::string many_attrs() {
  std::string text(kStart);
  text += ",\"attrs\":{";
  for (int i = 0; i < 33; ++i) text.append(i == 0 ? "" : ",").append("\"a" + std::to_string(i) + "\":1");
  return text + "}}";
}

// Bodies whose fault is one and plain.
std::string invalid_body(BeaconReject reject) {
  switch (reject) {
    case BeaconReject::kNotJson:
      return R"({"v":1,"sid":"invalid" "type":"vitals","page":"/"})";
    case BeaconReject::kTruncatedBody:
      return R"({"v":1,"sid":"invalid","type":"vit)";
    case BeaconReject::kBadUtf8:
      return std::string(kStart) + ",\"rel\":\"\xff\xfe\"}";
    case BeaconReject::kMissingField:
      return R"({"v":1,"type":"vitals","page":"/"})";
    case BeaconReject::kWrongType:
      return R"({"v":1,"sid":12345,"type":"vitals","page":"/"})";
    case BeaconReject::kUnsupportedVersion:
      return R"({"v":2,"sid":"invalid","type":"vitals","page":"/"})";
    case BeaconReject::kTooLarge:
      return std::string(kStart) + ",\"msg\":\"" + std::string(70'000, 'x') + "\"}";
    case BeaconReject::kFieldTooLong:
      return R"({"v":1,"sid":")" + std::string(65, 's') + R"(","type":"vitals","page":"/"})";
    case BeaconReject::kTooManyAttrs:
      return many_attrs();
    case BeaconReject::kBadEncoding:
      return "\x1f\x8b\x08 this is not a deflate stream";
    case BeaconReject::kBombBody:
      return gzip(std::string(kStart) + std::string(60'000, ' ') + "}");
    default:
      return std::string(kStart) + ",\"rel\":\"" + std::string(900, 'r') + "\"}";
  }
}

}  // namespace

Carrier carry_invalid(Sender& sender, Random& random, bool& cut_short) {
  constexpr std::array kRejects{
      BeaconReject::kNotJson,      BeaconReject::kTruncatedBody, BeaconReject::kBadUtf8,
      BeaconReject::kMissingField, BeaconReject::kWrongType,     BeaconReject::kUnsupportedVersion,
      BeaconReject::kTooLarge,     BeaconReject::kFieldTooLong,  BeaconReject::kTooManyAttrs,
      BeaconReject::kBadEncoding,  BeaconReject::kBombBody,      BeaconReject::kIncompleteBody};
  constexpr std::array<double, 12> kShares{10, 10, 10, 10, 10, 10, 1, 10, 10, 5, 3, 5};
  const BeaconReject reject = kRejects[random.weighted(kShares)];
  Carrier carrier;
  cut_short = reject == BeaconReject::kIncompleteBody;
  std::string body = invalid_body(reject);
  const bool coded = reject == BeaconReject::kBadEncoding || reject == BeaconReject::kBombBody;
  if (reject == BeaconReject::kMissingField && random.chance(0.5)) {  // between two good ones
    const Saying saying{.page = "/", .route = Route::kHome};
    BeaconTruth first, last;
    const std::string before = object(fields_of(saying, sender, random, first), saying, random);
    const std::string after = object(fields_of(saying, sender, random, last), saying, random);
    body = "[" + before + "," + body + "," + after + "]";
    carrier.beacons = {first, {.rejected = reject}, last};
  } else {
    carrier.beacons = {{.rejected = reject}};
  }
  carrier.ask = beacon_post(std::move(body), "application/json");
  if (coded) carrier.ask.extra = "Content-Encoding: gzip\r\n";
  return carrier;
}

}  // namespace bellrock::traffic
