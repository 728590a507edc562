#include "dataplane/http/response_head.h"

#include "dataplane/http/char_class.h"

namespace bellrock::http {
namespace {

constexpr std::string_view kVersion = "HTTP/1.";
constexpr std::size_t kStatusAt = 9;
constexpr std::size_t kStatusEnd = 12;

// HTTP/1.x SP 3DIGIT [SP reason]; `line` is complete, or ends with the byte that broke it.
HttpError check_status_line(Bytes line) {
  for (std::size_t at = 0; at < kStatusEnd; ++at) {
    if (at == line.size()) return HttpError::kBadStatusLine;
    const std::uint8_t byte = line[at];
    bool fits = false;
    if (at < kVersion.size()) {
      fits = byte == static_cast<std::uint8_t>(kVersion[at]);
    } else if (at == kVersion.size()) {
      fits = byte == '0' || byte == '1';
    } else if (at < kStatusAt) {
      fits = byte == ' ';
    } else if (at == kStatusAt) {
      fits = byte >= '1' && byte <= '5';
    } else {
      fits = is_digit(byte);
    }
    if (fits) continue;
    const bool in_version = at >= kVersion.size() - 2 && at <= kVersion.size();
    return line_end_error(byte, in_version ? HttpError::kBadVersion : HttpError::kBadStatusLine);
  }
  if (line.size() > kStatusEnd && line[kStatusEnd] != ' ') {
    return line_end_error(line[kStatusEnd], HttpError::kBadStatusLine);
  }
  for (std::size_t at = kStatusEnd; at < line.size(); ++at) {
    if (kIsControl[line[at]]) return line_end_error(line[at], HttpError::kBadStatusLine);
  }
  return kNoError;
}

// The body ends with the last chunk only if `chunked` is the last coding.
bool ends_chunked(std::string_view codings) {
  const std::size_t comma = codings.rfind(',');
  const std::string_view last = comma == std::string_view::npos ? codings : codings.substr(comma + 1);
  const Bytes last_bytes = bytes(last);
  return equals_ignoring_case(trim(last_bytes.data(), last_bytes.data() + last_bytes.size()), "chunked");
}

// RFC 9110 8.3.1: type "/" subtype, case-insensitive; parameters follow a semicolon.
bool is_html(std::string_view type) {
  const std::string_view essence = type.substr(0, type.find(';'));
  const Bytes essence_bytes = bytes(essence);
  return equals_ignoring_case(trim(essence_bytes.data(), essence_bytes.data() + essence_bytes.size()), "text/html");
}

}  // namespace

ResponseParser::ResponseParser(const ScanKernel& kernel, bool types)
    : kernel_(kernel), table_(make_response_headers(types)) {}

HttpError ResponseParser::check_first_line(Bytes line) { return check_status_line(line); }

HeadResult ResponseParser::parse(Bytes bytes, ResponseHead& out, bool stopped) {
  HeadScan scan = kernel_.scan_head(bytes.data(), bytes.size(), lines_);
  if (scan.state == ScanState::kPartial && scan.bytes < kHeadBytesMax) {
    if (!stopped) return {};
    scan.state = ScanState::kBroken;
  }
  const Bytes head = bytes.first(scan.bytes);
  HttpError error = kNoError;
  if (lines_.count > 0) error = check_status_line(head.first(lines_.ends[0]));
  if (error == kNoError) error = parse_headers(head, out);
  if (error != kNoError) return {HeadState::kError, error, 0};
  switch (scan.state) {
    case ScanState::kComplete:
      out.status = (head[kStatusAt] - 48u) * 100 + (head[kStatusAt + 1] - 48u) * 10 + (head[kStatusAt + 2] - 48u);
      return {HeadState::kComplete, kNoError, scan.bytes};
    case ScanState::kTooManyLines:
      return {HeadState::kError, HttpError::kTooManyHeaders, 0};
    case ScanState::kPartial:
      return {HeadState::kError, HttpError::kHeadTooLong, 0};
    case ScanState::kBroken:
      break;
  }
  const Bytes line = head.subspan(lines_.begin(lines_.count));
  if (lines_.count > 0) return {HeadState::kError, header_line_error(line), 0};
  error = check_status_line(line);
  return {HeadState::kError, error == kNoError ? HttpError::kBareLineEnd : error, 0};
}

HttpError ResponseParser::parse_headers(Bytes head, ResponseHead& out) {
  bool has_length = false, has_codings = false, chunked = false, has_type = false;
  out.html = false;
  std::uint64_t length = 0;
  const HttpError error = walk_headers(head.data(), head.size(), lines_, kernel_, table_,
                                       [&](const KnownHeader& known, std::string_view value) -> HttpError {
                                         if (known.role == HeaderRole::kTransferEncoding) {
                                           has_codings = true;
                                           chunked = ends_chunked(value);
                                           return kNoError;
                                         }
                                         if (known.role == HeaderRole::kContentType) {
                                           if (!has_type) out.html = is_html(value);
                                           has_type = true;
                                           return kNoError;
                                         }
                                         std::uint64_t again = 0;
                                         if (!parse_length(value, again)) return HttpError::kBadContentLength;
                                         if (has_length && again != length) return HttpError::kConflictingLength;
                                         has_length = true;
                                         length = again;
                                         return kNoError;
                                       });
  if (error != kNoError) return error;
  out.framing = {};
  if (chunked) {
    out.framing.kind = BodyKind::kChunked;
  } else if (has_codings || !has_length) {
    out.framing.kind = BodyKind::kUntilClose;
  } else if (length > 0) {
    out.framing = {BodyKind::kLength, length};
  }
  return kNoError;
}

}  // namespace bellrock::http
