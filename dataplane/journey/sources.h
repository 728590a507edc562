// Reads the value that an identity or a dimension takes from a message. Borrowed text in, borrowed text out; absent is
// a view with data() == nullptr. Nothing is allocated. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "dataplane/flow/beacon.h"
#include "dataplane/flow/message.h"
#include "dataplane/journey/definition.h"

namespace bellrock::journey {

// The value of the first cookie with this name in a Cookie header (RFC 6265 4.2.1), without surrounding quotes. Pairs
// are separated by ';' and any blanks, as servers take them.
std::string_view cookie_value(std::string_view header, std::string_view name);

// Of "a=1&b=2": the value of b is "2".
std::string_view subfield_value(std::string_view value, std::string_view name);

// A message: a request, and the beacon if it is one of those that the request carried; and who sent it.
struct Carried {
  const HttpRequest& request;
  const Beacon* beacon = nullptr;
  VisitorSigns signs{};
};

// A Source, looked up once. Views into the definition, which outlives it.
class SourceReader {
 public:
  explicit SourceReader(const Source& source);

  // Text as it was sent; not for numbers, booleans and what is built in.
  [[nodiscard]] std::string_view text(const Carried& message) const;

 protected:
  [[nodiscard]] const Source& source() const { return source_; }

 private:
  [[nodiscard]] std::string_view beacon_field(const Beacon& beacon) const;

  const Source& source_;
  std::string_view Beacon::*field_ = nullptr;
};

// The value as text, whatever it was sent as: a query parameter decoded, numbers and booleans as they are written.
class TextReader : private SourceReader {
 public:
  using SourceReader::SourceReader;

  [[nodiscard]] bool present(const Carried& message) const;
  // Nothing where the message has no value, or none that fits into `scratch`, in which the text may be.
  [[nodiscard]] std::string_view text(const Carried& message, std::span<char> scratch) const;
};

class DimensionReader : private SourceReader {
 public:
  DimensionReader(const Dimension& dimension, const VisitorRules& visitors);

  // 1 + index into the closed set; 0: a value that is not in it. Nothing: the message does not say.
  [[nodiscard]] std::optional<std::uint8_t> value(const Carried& message) const;

 private:
  [[nodiscard]] std::uint8_t find(std::string_view text) const;
  [[nodiscard]] std::optional<std::uint8_t> sign_value(std::size_t sign) const;
  [[nodiscard]] std::optional<std::uint8_t> attr_value(const Beacon& beacon) const;

  const Dimension& dimension_;
  // kDevice, kBrowser: the value of each, and where it is unknown none.
  std::vector<std::uint8_t> by_sign_;
};

}  // namespace bellrock::journey
