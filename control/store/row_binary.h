// ClickHouse's format RowBinary: values of rows one after the other, integers little-endian, texts and arrays after
// their length as a varint. Plain values, one thread each.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "control/flow/bucket_codec.h"
#include "control/store/sqlite.h"
#include "dataplane/base/bytes.h"

namespace bellrock::store {

class RowWriter {
 public:
  template <typename Integer>
  RowWriter& number(Integer value) {
    static_assert(std::is_integral_v<Integer>);
    rows_.append(reinterpret_cast<const char*>(&value), sizeof value);  // x86 is little-endian
    return *this;
  }
  RowWriter& length(std::size_t size) {
    control::append_varint(rows_, size);
    return *this;
  }
  RowWriter& text(std::string_view value) {
    length(value.size());
    rows_.append(value);
    return *this;
  }
  RowWriter& blob(Bytes value) { return text(bellrock::text(value)); }

  [[nodiscard]] const std::string& rows() const { return rows_; }
  [[nodiscard]] bool empty() const { return rows_.empty(); }

 private:
  std::string rows_;
};

// Reads what the server sent; throws SqlError where it ends too early.
class RowReader {
 public:
  explicit RowReader(std::string rows) : rows_(std::move(rows)), rest_(bytes(rows_)) {}
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;

  [[nodiscard]] bool more() const { return !rest_.empty(); }

  template <typename Integer>
  Integer number() {
    Integer value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::uint64_t count() { return number<std::uint64_t>(); }
  std::int64_t integer() { return number<std::int64_t>(); }
  // Of a text or an array; nothing has more elements than bytes are left.
  std::size_t length() {
    const auto size = control::take_varint(rest_);
    if (!size || *size > rest_.size()) throw SqlError("the database's answer is cut");
    return *size;
  }
  std::string text() { return std::string(bellrock::text(take(length()))); }
  template <std::size_t N>
  void read(std::array<std::uint8_t, N>& to) {
    const Bytes from = take(length());
    if (from.size() != N) throw SqlError("a stored value has the wrong size");
    std::copy(from.begin(), from.end(), to.begin());
  }

 private:
  Bytes take(std::size_t size) {
    if (size > rest_.size()) throw SqlError("the database's answer is cut");
    const Bytes taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }

  std::string rows_;
  Bytes rest_;
};

}  // namespace bellrock::store
