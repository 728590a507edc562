// Values of the headers that a server looks at beyond those of flow/message.h, and what they mean. Pure functions.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace bellrock::server {

// Asked of the parser behind the headers that the configuration names.
enum class Extra : std::uint8_t {
  kConnection,
  kContentLength,
  kTransferEncoding,
  kExpect,
  kAccept,
  kAcceptEncoding,
  kIfNoneMatch,
  kRequestMethod,   // Access-Control-Request-Method
  kRequestHeaders,  // Access-Control-Request-Headers
  kFaroSession,
  kCount
};
inline constexpr std::array<std::string_view, static_cast<std::size_t>(Extra::kCount)> kExtraNames{
    "connection",
    "content-length",
    "transfer-encoding",
    "expect",
    "accept",
    "accept-encoding",
    "if-none-match",
    "access-control-request-method",
    "access-control-request-headers",
    "x-faro-session-id"};

// Longer ones are not echoed: a host name has 253 characters, a port 5.
inline constexpr std::size_t kOriginBytesMax = 272;
inline constexpr std::size_t kRequestHeadersBytesMax = 1'024;

// RFC 9110 5.6.1: whether a list of tokens has this one, written in lower case.
bool has_token(std::string_view list, std::string_view token);

// May be echoed: not empty, visible ASCII, not too long. The browser made it, so it is no more than compared by one.
bool is_origin(std::string_view value);

// RFC 9110 5.6.1, 5.1: header names with commas between them, or nothing.
bool is_name_list(std::string_view value);

// RFC 9110 12.5.3: gzip, or anything, with a weight above 0.
bool accepts_gzip(std::string_view accept_encoding);

// RFC 9110 13.1.2, weak comparison; etag with its quotes.
bool none_match_fails(std::string_view if_none_match, std::string_view etag);

}  // namespace bellrock::server
