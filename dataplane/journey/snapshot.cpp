#include "dataplane/journey/snapshot.h"

#include <array>
#include <bit>
#include <concepts>
#include <cstring>
#include <string>

#include "dataplane/journey/snapshot_fields.h"

namespace bellrock::journey {
namespace {

constexpr std::array<std::uint8_t, 8> kMagic{'B', 'R', 'S', 'N', 'A', 'P', '\r', '\n'};

// Integers are little-endian, texts and lists are preceded by their 32-bit length.
class Writer {
 public:
  static constexpr bool kReading = false;
  explicit Writer(std::vector<std::uint8_t>& out) : out_(out) {}

  template <typename... T>
  void operator()(const T&... values) {
    (one(values), ...);
  }

 private:
  template <std::integral T>
  void one(T value) {
    const auto bits = static_cast<std::uint64_t>(value);
    for (std::size_t i = 0; i < sizeof value; ++i) out_.push_back(static_cast<std::uint8_t>(bits >> (8 * i)));
  }
  void one(double value) { one(std::bit_cast<std::uint64_t>(value)); }
  template <typename T>
  requires std::is_enum_v<T>
  void one(T value) { one(static_cast<std::uint8_t>(value)); }
  template <typename Tag, typename Rep>
  void one(Id<Tag, Rep> id) {
    one(id.value);
  }
  void one(const std::string& text) {
    one(static_cast<std::uint32_t>(text.size()));
    out_.insert(out_.end(), text.begin(), text.end());
  }
  template <typename Vector>
  void one(const Bounded<Vector>& list) {
    one(static_cast<std::uint32_t>(list.items.size()));
    for (const auto& item : list.items) one(item);
  }
  template <typename T>
  requires std::is_class_v<T>
  void one(const T& object) { visit(*this, object); }

  std::vector<std::uint8_t>& out_;
};

// After the first failure everything reads as nothing, and `failed_at` says where that was.
class Reader {
 public:
  static constexpr bool kReading = true;
  explicit Reader(Bytes in) : in_(in) {}

  template <typename... T>
  void operator()(T&&... values) {
    (one(values), ...);
  }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] std::int64_t at() const { return static_cast<std::int64_t>(at_); }
  [[nodiscard]] bool ended() const { return at_ == in_.size(); }

 private:
  bool take(std::size_t count, Bytes& out) {
    if (failed_ || in_.size() - at_ < count) return fail();
    out = in_.subspan(at_, count);
    at_ += count;
    return true;
  }
  bool fail() {
    failed_ = true;
    return false;
  }
  std::size_t length(std::size_t max) {
    std::uint32_t count = 0;
    one(count);
    // An element is at least one byte, so what is left bounds the memory that a length can claim.
    if (count > max || count > in_.size() - at_) fail();
    return failed_ ? 0 : count;
  }

  template <std::integral T>
  void one(T& value) {
    Bytes raw;
    if (!take(sizeof value, raw)) return;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < sizeof value; ++i) bits |= std::uint64_t{raw[i]} << (8 * i);
    value = static_cast<T>(bits);
  }
  void one(bool& value) {
    std::uint8_t byte = 0;
    one(byte);
    if (byte > 1) fail();
    value = byte == 1;
  }
  void one(double& value) {
    std::uint64_t bits = 0;
    one(bits);
    value = std::bit_cast<double>(bits);
  }
  template <typename T>
  requires std::is_enum_v<T>
  void one(T& value) {
    std::uint8_t byte = 0;
    one(byte);
    if (byte > static_cast<std::uint8_t>(last_of(T{}))) {
      fail();
      return;
    }
    value = static_cast<T>(byte);
  }
  template <typename Tag, typename Rep>
  void one(Id<Tag, Rep>& id) {
    one(id.value);
  }
  void one(std::string& value) {
    Bytes raw;
    if (take(length(kConfigTextBytesMax), raw)) value.assign(text(raw));
  }
  template <typename Vector>
  void one(Bounded<Vector>& list) {
    const std::size_t count = length(list.max);
    list.items.clear();
    for (std::size_t i = 0; i < count && !failed_; ++i) one(list.items.emplace_back());
  }
  template <typename T>
  requires std::is_class_v<T>
  void one(T& object) { visit(*this, object); }

  Bytes in_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace

std::vector<std::uint8_t> encode(const Definition& definition) {
  std::vector<std::uint8_t> out(kMagic.begin(), kMagic.end());
  Writer writer(out);
  writer(kSnapshotFormat);
  visit(writer, definition);
  return out;
}

Result<Definition> decode(Bytes snapshot) {
  if (snapshot.size() < kMagic.size() || std::memcmp(snapshot.data(), kMagic.data(), kMagic.size()) != 0) {
    return Failure{Error{"not a compiled configuration", 0}};
  }
  Reader reader(snapshot.subspan(kMagic.size()));
  std::uint32_t format = 0;
  reader(format);
  if (reader.failed() || format != kSnapshotFormat) {
    return Failure{Error{"compiled configuration of another version", static_cast<std::int64_t>(format)}};
  }
  Definition definition;
  visit(reader, definition);
  const std::int64_t offset = static_cast<std::int64_t>(kMagic.size()) + reader.at();
  if (reader.failed()) return Failure{Error{"compiled configuration is damaged or cut short", offset}};
  if (!reader.ended()) return Failure{Error{"compiled configuration has bytes behind its end", offset}};
  TRY(check(definition));
  return definition;
}

}  // namespace bellrock::journey
