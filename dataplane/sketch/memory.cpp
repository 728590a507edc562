#include "dataplane/sketch/memory.h"

#include "dataplane/base/check.h"

namespace bellrock::sketch {

namespace {

template <typename T>
std::span<T> take(std::byte*& at, std::size_t count) {
  T* first = reinterpret_cast<T*>(at);
  at += count * sizeof(T);
  return {first, count};
}

constexpr std::size_t to_line(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace

std::size_t keys_bytes(std::uint32_t cells) {
  return to_line(sizeof(KeysHeader) + cells * (sizeof(CellKey) + sizeof(std::uint32_t)) +
                 lookup_slots(cells) * sizeof(std::uint32_t));
}

std::size_t bank_bytes(std::uint32_t cells, std::uint32_t pages) {
  return sizeof(PoolHeader) + std::size_t{cells} * sizeof(Cell) + std::size_t{pages} * sizeof(Page);
}

KeysView view_keys(std::span<std::byte> memory, std::uint32_t cells) {
  CHECK(memory.size() >= keys_bytes(cells));
  std::byte* at = memory.data();
  KeysView view{};
  view.header = take<KeysHeader>(at, 1).data();
  view.keys = take<CellKey>(at, cells);
  view.owned = take<std::uint32_t>(at, cells);
  view.lookup = take<std::uint32_t>(at, lookup_slots(cells));
  return view;
}

BankView view_bank(std::span<std::byte> memory, std::uint32_t cells, std::uint32_t pages) {
  CHECK(memory.size() >= bank_bytes(cells, pages));
  std::byte* at = memory.data();
  BankView view{};
  view.pool = take<PoolHeader>(at, 1).data();
  view.cells = take<Cell>(at, cells);
  view.pages = take<Page>(at, pages);
  return view;
}

}  // namespace bellrock::sketch
