#include "control/agent/spool_record.h"

#include <spool.pb.h>
#include <zlib.h>

#include <cstddef>
#include <cstring>

namespace bellrock::agent {

namespace {

constexpr std::uint32_t kMagic = 0x50535242;  // "BRSP"
constexpr std::uint32_t kMetaBytesMax = 16 * 1024 * 1024;

struct Head {
  std::uint32_t magic = kMagic;
  std::uint32_t crc = 0;  // of all that follows this field
  std::uint32_t meta_bytes = 0;
  std::uint32_t frame_bytes = 0;
};

std::uint32_t crc_of(const Head& head, Bytes payload) {
  const auto* lengths = reinterpret_cast<const Bytef*>(&head.meta_bytes);
  const auto crc = crc32(0, lengths, sizeof head - offsetof(Head, meta_bytes));
  return static_cast<std::uint32_t>(crc32_z(crc, payload.data(), payload.size()));
}

template <std::size_t N>
std::string to_text(const std::array<std::uint8_t, N>& from) {
  return {reinterpret_cast<const char*>(from.data()), N};
}
template <std::size_t N>
bool from_text(const std::string& from, std::array<std::uint8_t, N>& to) {
  if (from.size() != N) return false;
  std::memcpy(to.data(), from.data(), N);
  return true;
}

void to_wire(const Ledger& from, wire::Ledger& to) {
  to.set_board_id(to_text(from.board_id));
  to.mutable_epochs()->Add(from.epochs.begin(), from.epochs.end());
  to.set_closed(from.closed);
  to.set_unseeded(!from.seeded);
  to.set_harvested(from.harvested);
  if (from.edge) {
    to.set_edge_known(true);
    to.set_edge_running(from.edge->running);
    to.set_edge_since_unix_ms(from.edge->since_unix_ms);
  }
  for (const auto& [journey, totals] : from.journeys) {
    wire::JourneyTotals& row = *to.add_journeys();
    row.set_journey(journey);
    row.set_starts(totals.starts);
    row.set_outcomes(totals.outcomes);
    row.set_open(totals.open);
  }
}

bool from_wire(const wire::Ledger& from, Ledger& to) {
  to.epochs.assign(from.epochs().begin(), from.epochs().end());
  to.closed = from.closed();
  to.seeded = !from.unseeded();
  to.harvested = from.harvested();
  if (from.edge_known()) to.edge = {from.edge_running(), from.edge_since_unix_ms()};
  for (const auto& row : from.journeys()) to.journeys[row.journey()] = {row.starts(), row.outcomes(), row.open()};
  return from_text(from.board_id(), to.board_id);
}

std::string encode_meta(const RecordMeta& meta) {
  wire::Record record;
  record.set_number(meta.number);
  record.set_boot(to_text(meta.boot));
  record.set_seq(meta.seq);
  record.set_digest(to_text(meta.digest));
  record.set_snapshot(to_text(meta.snapshot));
  for (const harvest::Part& part : meta.parts) {
    wire::Part& row = *record.add_parts();
    row.set_core(part.core);
    row.set_epoch(part.epoch);
    row.set_window(part.window);
  }
  to_wire(meta.ledger, *record.mutable_ledger());
  record.set_appended_unix_ms(meta.appended_unix_ms);
  record.set_replaces(meta.replaces);
  return record.SerializeAsString();
}

bool decode_meta(Bytes bytes, RecordMeta& meta) {
  wire::Record record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  meta.number = record.number();
  meta.seq = record.seq();
  for (const auto& row : record.parts()) meta.parts.push_back({row.core(), row.epoch(), row.window()});
  meta.appended_unix_ms = record.appended_unix_ms();
  meta.replaces = record.replaces();
  return from_text(record.boot(), meta.boot) && from_text(record.digest(), meta.digest) &&
         from_text(record.snapshot(), meta.snapshot) && from_wire(record.ledger(), meta.ledger);
}

}  // namespace

std::string encode_record(const RecordMeta& meta, Bytes frame) {
  std::string payload = encode_meta(meta);
  Head head;
  head.meta_bytes = static_cast<std::uint32_t>(payload.size());
  head.frame_bytes = static_cast<std::uint32_t>(frame.size());
  payload.append(text(frame));
  head.crc = crc_of(head, bytes(payload));
  return std::string(reinterpret_cast<const char*>(&head), sizeof head) + payload;
}

std::optional<ReadRecord> read_record(Bytes file, std::size_t offset) {
  if (offset > file.size() || file.size() - offset < sizeof(Head)) return std::nullopt;
  Head head;
  std::memcpy(&head, file.data() + offset, sizeof head);
  const Bytes rest = file.subspan(offset + sizeof head);
  if (head.magic != kMagic || head.meta_bytes > kMetaBytesMax || head.frame_bytes > proto::kFrameBytesMax) {
    return std::nullopt;
  }
  const std::size_t payload = std::size_t{head.meta_bytes} + head.frame_bytes;
  if (rest.size() < payload || crc_of(head, rest.first(payload)) != head.crc) return std::nullopt;
  ReadRecord record;
  if (!decode_meta(rest.first(head.meta_bytes), record.meta)) return std::nullopt;
  record.frame_offset = offset + sizeof head + head.meta_bytes;
  record.frame_bytes = head.frame_bytes;
  record.end = offset + sizeof head + payload;
  return record;
}

}  // namespace bellrock::agent
