// One record of the spool as bytes: a head with lengths and a CRC, the Record message, the frame. Pure; `read_record`
// takes any bytes (a record may be torn by a power cut, or damaged by the disk).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/agent/ledger.h"
#include "control/proto/frame_codec.h"
#include "dataplane/base/bytes.h"

namespace bellrock::agent {

struct RecordMeta {
  std::uint64_t number = 0;
  control::Id128 boot{};
  std::uint64_t seq = 0;
  proto::Digest digest{};
  std::array<std::uint8_t, 32> snapshot{};
  std::vector<harvest::Part> parts;
  Ledger ledger;
  std::int64_t appended_unix_ms = 0;
  std::uint64_t replaces = 0;
};

struct ReadRecord {
  RecordMeta meta;
  std::size_t frame_offset = 0;  // in the bytes that were read
  std::uint32_t frame_bytes = 0;
  std::size_t end = 0;  // where the next record begins
};

std::string encode_record(const RecordMeta& meta, Bytes frame);
// The record at `offset`; none where there is no whole, undamaged one.
std::optional<ReadRecord> read_record(Bytes file, std::size_t offset);

}  // namespace bellrock::agent
