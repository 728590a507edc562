// JSON's numbers and string escapes, read as RFC 8259 has them. Pure functions over borrowed bytes, any thread.
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace bellrock::beacon {

inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') <= 9; }

// Reads the number at `at`, which ends at `limit` at the latest. Where it ends, or nullptr if none is there or if it is
// too large for a double (RFC 8259 6 lets us set that bound). `value` is the nearest double.
const char* parse_number(const char* at, const char* limit, double& value);

// Undoes the escapes of a string's inside, which is UTF-8 without control bytes. What it writes is never longer than
// `text`; `out` may be the text itself. Where the written bytes end, or nullptr: an escape that does not exist.
// Half a surrogate pair becomes U+FFFD: JSON.stringify writes such strings, and pages hold them.
char* unescape(std::string_view text, char* out);

}  // namespace bellrock::beacon
