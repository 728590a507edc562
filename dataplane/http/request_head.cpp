#include "dataplane/http/request_head.h"

#include <algorithm>
#include <cstring>

#include "dataplane/http/authority.h"
#include "dataplane/http/char_class.h"

namespace bellrock::http {
namespace {

constexpr std::size_t kMethodBytesMax = 32;
constexpr std::string_view kVersionPrefix = " HTTP/1.";
constexpr std::size_t kVersionBytes = 9;  // with the space before it

Method method_of(std::string_view text) {
  for (std::size_t i = 0; i + 1 < kMethodNames.size(); ++i) {
    if (text == kMethodNames[i]) return static_cast<Method>(i);
  }
  return Method::kOther;
}

bool ends_with_version(std::string_view line) {
  if (line.size() < kVersionBytes) return false;
  const std::string_view version = line.substr(line.size() - kVersionBytes);
  return version.starts_with(kVersionPrefix) && is_digit(static_cast<std::uint8_t>(version.back()));
}

bool is_ascii(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::uint64_t seen = 0;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) seen |= load_le64(bytes(text).data() + at);
  for (; at < text.size(); ++at) seen |= static_cast<std::uint8_t>(text[at]);
  return (seen & kHighBits) == 0;
}

// The first error, in byte order, of a request line that is known to have one (or is cut).
HttpError request_line_error(Bytes line, bool ascii) {
  std::size_t at = 0;
  while (at < line.size() && at <= kMethodBytesMax && kIsToken[line[at]]) ++at;
  if (at > kMethodBytesMax) return HttpError::kBadRequestLine;
  if (at == line.size() || at == 0 || line[at] != ' ') {
    return at < line.size() ? line_end_error(line[at], HttpError::kBadRequestLine) : HttpError::kBadRequestLine;
  }
  const std::size_t target = ++at;
  while (at < line.size() && kIsTarget[line[at]] && !(ascii && line[at] >= 0x80)) ++at;
  if (at == line.size() || at == target) return HttpError::kBadRequestLine;
  if (line[at] != ' ') return line_end_error(line[at], HttpError::kBadTarget);
  const std::string_view version = text(line.subspan(at + 1));
  for (const char c : version) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (kIsControl[byte]) return line_end_error(byte, HttpError::kBadVersion);
    if (is_blank(byte)) return HttpError::kBadRequestLine;
  }
  return version.starts_with("HTTP/") ? HttpError::kBadVersion : HttpError::kBadRequestLine;
}

}  // namespace

RequestParser::RequestParser(const ScanKernel& kernel, std::span<const std::string> extra_headers, Targets targets)
    : kernel_(kernel),
      ascii_(targets == Targets::kAscii),
      table_(make_request_headers(extra_headers)),
      value_count_(static_cast<std::size_t>(Header::kCount) + extra_headers.size()) {}

HeadResult RequestParser::parse(Bytes bytes, RequestHead& out, bool stopped) {
  if (const std::size_t known = parse_known(bytes, out)) return {HeadState::kComplete, kNoError, known};
  HeadScan scan = kernel_.scan_head(bytes.data(), bytes.size(), lines_);
  if (scan.state == ScanState::kPartial && scan.bytes < kHeadBytesMax) {
    if (!stopped) return {};
    scan.state = ScanState::kBroken;
  }
  const Bytes head = bytes.first(scan.bytes);
  readable_end_ = bytes.data() + bytes.size();
  HttpError error = kNoError;
  if (lines_.count > 0) error = parse_first_line(head.first(lines_.ends[0]), out.message);
  out.http_1_0 = http_1_0_;
  if (error == kNoError) error = parse_headers(head, out);
  if (error != kNoError) return {HeadState::kError, error, 0};
  switch (scan.state) {
    case ScanState::kComplete:
      if (!has_host_ && !http_1_0_) return {HeadState::kError, HttpError::kBadHeaderValue, 0};
      keep(head.subspan(lines_.begin(1)), out);
      complete_values(out);
      return {HeadState::kComplete, kNoError, scan.bytes};
    case ScanState::kTooManyLines:
      return {HeadState::kError, HttpError::kTooManyHeaders, 0};
    case ScanState::kPartial:
      return {HeadState::kError, HttpError::kHeadTooLong, 0};
    case ScanState::kBroken:
      break;
  }
  const Bytes line = head.subspan(lines_.begin(lines_.count));
  return {HeadState::kError, lines_.count == 0 ? request_line_error(line, ascii_) : header_line_error(line), 0};
}

// The same as without the table: the first line is read as ever, and of the block every byte is what it was when it was
// read, but for digits, which are read again.
std::size_t RequestParser::parse_known(Bytes bytes, RequestHead& out) {
  constexpr std::size_t kLineMax = 1'024;
  const std::size_t line = kernel_.find_control(bytes.data(), std::min(bytes.size(), kLineMax));
  const std::size_t begin = line + 2;
  if (begin > bytes.size() || bytes[line] != '\r' || bytes[line + 1] != '\n') return 0;
  const HeaderBlock* const block = blocks_.find(bytes.subspan(begin));
  if (block == nullptr) return 0;
  readable_end_ = bytes.data() + bytes.size();
  if (parse_first_line(bytes.first(line), out.message) != kNoError || http_1_0_) return 0;
  begin_values(out);
  const char* const text = bellrock::text(bytes).data() + begin;
  if (block->length_digits > 0) {
    if (!parse_length({text + block->length_at, block->length_digits}, out.framing.length)) return 0;
    if (out.framing.length > 0) out.framing.kind = BodyKind::kLength;
  }
  for (std::size_t i = 0; i < block->value_count; ++i) {
    const HeaderBlock::Value& value = block->values[i];
    values_[value.slot] = {text + value.at, value.bytes};
  }
  out.message.header_block = block->number;
  out.http_1_0 = false;
  out.expects = block->expects;
  out.repeated = block->repeated;
  complete_values(out);
  return begin + block->bytes;
}

// HTTP/1.0 reads Transfer-Encoding otherwise, and a cookie is one visitor's own: such blocks are not kept.
void RequestParser::keep(Bytes block, const RequestHead& out) {
  if (http_1_0_ || out.framing.kind == BodyKind::kChunked) return;
  if (values_[static_cast<std::size_t>(Header::kCookie)].data() != nullptr) return;
  HeaderBlock* const place = blocks_.place_for(block, length_);
  if (place == nullptr) return;
  const auto place_of = [&](std::string_view value) {
    return static_cast<std::uint16_t>(bellrock::bytes(value).data() - block.data());
  };
  place->expects = out.expects;
  place->repeated = out.repeated;
  place->value_count = 0;
  for (std::size_t slot = 0; slot < value_count_; ++slot) {
    const std::string_view value = values_[slot];
    if (value.data() == nullptr) continue;
    if (place->value_count == HeaderBlock::kValuesMax) {
      place->bytes = 0;
      return;
    }
    place->values[place->value_count++] = {place_of(value), static_cast<std::uint16_t>(value.size()),
                                           static_cast<std::uint8_t>(slot)};
  }
}

HttpError RequestParser::check_first_line(Bytes line) {
  HttpRequest ignored;
  readable_end_ = line.data() + line.size();
  return parse_first_line(line, ignored);
}

HttpError RequestParser::parse_first_line(Bytes line, HttpRequest& out) {
  const std::string_view all = text(line);
  std::size_t method_bytes = 0;
  while (method_bytes < line.size() && kIsToken[line[method_bytes]]) ++method_bytes;
  if (method_bytes == 0 || method_bytes > kMethodBytesMax || method_bytes + 1 + kVersionBytes >= all.size() ||
      all[method_bytes] != ' ' || !ends_with_version(all)) {
    return request_line_error(line, ascii_);
  }
  const std::string_view target = all.substr(method_bytes + 1, all.size() - method_bytes - 1 - kVersionBytes);
  const TargetScan scan = kernel_.scan_target(bytes(target).data(), target.size(),
                                              static_cast<std::size_t>(readable_end_ - bytes(target).data()));
  if (scan.valid_bytes != target.size() || (ascii_ && !is_ascii(target))) return request_line_error(line, ascii_);
  http_1_0_ = all.back() == '0';  // a later 1.x is read as 1.1 (RFC 9110 2.5)
  authority_ = {};
  out.query = {};
  out.method_text = all.substr(0, method_bytes);
  out.method = method_of(out.method_text);
  out.target = target;
  return parse_target(target, scan.path_bytes, out);
}

// RFC 9112 3.2: origin-form, absolute-form, authority-form (CONNECT only), asterisk-form (OPTIONS only).
HttpError RequestParser::parse_target(std::string_view target, std::size_t path_bytes, HttpRequest& out) {
  if (out.method == Method::kConnect) {
    out.path = {};
    const bool authority = is_host(target) && target.find(':') != std::string_view::npos;
    return authority ? kNoError : HttpError::kBadTarget;
  }
  if (target.front() == '/') {
    out.path = target.substr(0, path_bytes);
    if (path_bytes < target.size()) out.query = target.substr(path_bytes + 1);
    return kNoError;
  }
  if (target == "*" && out.method == Method::kOptions) {
    out.path = target;
    return kNoError;
  }
  return parse_absolute(target, out);
}

HttpError RequestParser::parse_absolute(std::string_view target, HttpRequest& out) {
  const std::size_t scheme_bytes = target.find("://");
  if (scheme_bytes == std::string_view::npos || !is_alpha(static_cast<std::uint8_t>(target.front()))) {
    return HttpError::kBadTarget;
  }
  for (const char c : target.substr(0, scheme_bytes)) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (!is_alpha(byte) && !is_digit(byte) && c != '+' && c != '-' && c != '.') return HttpError::kBadTarget;
  }
  const std::string_view rest = target.substr(scheme_bytes + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  if (authority.empty() || !is_host(authority) || (ascii_ && !is_authority(authority))) return HttpError::kBadTarget;
  const std::string_view path = rest.substr(authority.size());
  const std::size_t path_bytes = std::min(path.find('?'), path.size());
  out.path = path_bytes == 0 ? std::string_view{"/"} : path.substr(0, path_bytes);
  if (path_bytes < path.size()) out.query = path.substr(path_bytes + 1);
  authority_ = authority;
  return kNoError;
}

void RequestParser::begin_values(RequestHead& out) {
  std::memset(static_cast<void*>(values_.data()), 0, value_count_ * sizeof values_[0]);  // all of them absent
  out.message.headers = &values_;
  out.message.header_block = 0;
  out.message.body = {};
  out.message.body_error = BeaconReject::kCount;
  out.message.body_bytes = 0;
  out.framing = {};
  out.expects = false;
  out.repeated = 0;
}

HttpError RequestParser::parse_headers(Bytes head, RequestHead& out) {
  begin_values(out);
  bool has_length = false, chunked = false;
  has_host_ = false;
  length_ = {};
  const HttpError error =
      walk_headers(head.data(), static_cast<std::size_t>(readable_end_ - head.data()), lines_, kernel_, table_,
                   [&](const KnownHeader& known, std::string_view value) -> HttpError {
                     if (known.slot != kNoSlot) {
                       if (values_[known.slot].data() != nullptr) {
                         out.repeated |= std::uint64_t{1} << known.slot;
                       } else {
                         values_[known.slot] = value;
                       }
                     }
                     switch (known.role) {
                       case HeaderRole::kHost:
                         if (has_host_ || !is_host(value) || (ascii_ && !is_authority(value)))
                           return HttpError::kBadHeaderValue;
                         has_host_ = true;
                         break;
                       case HeaderRole::kContentLength:
                         if (has_length || chunked) return HttpError::kConflictingLength;
                         if (!parse_length(value, out.framing.length)) return HttpError::kBadContentLength;
                         has_length = true;
                         length_ = value;
                         break;
                       case HeaderRole::kTransferEncoding:
                         if (has_length) return HttpError::kConflictingLength;
                         if (chunked || http_1_0_ || !equals_ignoring_case(value, "chunked")) {
                           return HttpError::kBadTransferEncoding;
                         }
                         chunked = true;
                         break;
                       case HeaderRole::kExpect:
                         out.expects = true;
                         break;
                       case HeaderRole::kContentType:  // responses' only
                       case HeaderRole::kNone:
                         break;
                     }
                     return kNoError;
                   });
  if (error != kNoError) return error;
  if (chunked) out.framing.kind = BodyKind::kChunked;
  if (out.framing.length > 0) out.framing.kind = BodyKind::kLength;
  return kNoError;
}

void RequestParser::complete_values(RequestHead& out) {
  // RFC 9112 3.2.2: an absolute-form target replaces the Host header.
  if (!authority_.empty()) values_[static_cast<std::size_t>(Header::kHost)] = authority_;
  for (const HeaderTable::Copy copy : table_.copies()) {
    values_[copy.to] = values_[copy.from];
    out.repeated |= (out.repeated >> copy.from & 1) << copy.to;
  }
}

}  // namespace bellrock::http
