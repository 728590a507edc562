#include "control/store/cell_row.h"

#include <charconv>

#include "control/flow/bucket_codec.h"

namespace bellrock::store {
namespace {

// Takes a line off the front, without its end.
std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

}  // namespace

control::Distribution read_cell(const Statement& row, int column) {
  control::Distribution cell;
  cell.n = row.count(column);
  cell.sum_ns = control::Uint128{row.count(column + 1)} << 64 | row.count(column + 2);
  cell.min_ns = row.count(column + 3);
  cell.max_ns = row.count(column + 4);
  cell.zero = row.count(column + 5);
  cell.overflow = row.count(column + 6);
  auto buckets = control::unpack(static_cast<std::int32_t>(row.integer(column + 7)), row.blob(column + 8));
  if (!buckets) throw SqlError("a stored histogram is damaged");
  cell.buckets = std::move(*buckets);
  return cell;
}

bool add_to_cell(Statement& read, Statement& write, std::int64_t series, std::int64_t start,
                 const control::Distribution& delta) {
  control::Distribution cell;
  if (read.start(series, start).next()) {
    cell = read_cell(read, 0);
    read.done();
  }
  if (delta.n > kCountMax - cell.n) return false;
  merge(cell, delta);
  const auto packed = control::pack(cell.buckets);
  write.start(series, start, cell.n, static_cast<std::uint64_t>(cell.sum_ns >> 64),
              static_cast<std::uint64_t>(cell.sum_ns), cell.min_ns, cell.max_ns, cell.zero, cell.overflow, packed.first,
              bytes(packed.bytes));
  write.run();
  return true;
}

std::string write_levels(const std::map<std::string, std::uint64_t>& levels) {
  std::string text;
  for (const auto& [name, value] : levels) text += name + '=' + std::to_string(value) + '\n';
  return text;
}

std::map<std::string, std::uint64_t> read_levels(const std::string& text) {
  std::map<std::string, std::uint64_t> levels;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = take_line(rest);
    const std::size_t equals = line.rfind('=');
    if (equals == std::string_view::npos) throw SqlError("a stored counter is damaged");
    std::from_chars(line.data() + equals + 1, line.data() + line.size(), levels[std::string(line.substr(0, equals))]);
  }
  return levels;
}

std::string write_dimensions(const Dimensions& dimensions) {
  std::string text;
  for (const auto& [name, value] : dimensions) text += name + '\n' + value + '\n';
  return text;
}

Dimensions read_dimensions(const std::string& text) {
  Dimensions dimensions;
  for (std::string_view rest = text; !rest.empty();) {
    auto& [name, value] = dimensions.emplace_back();
    name = take_line(rest);
    value = take_line(rest);
  }
  return dimensions;
}

}  // namespace bellrock::store
