// The state of all connections of one core and every decision of reassembly that calls no handler. The Reassembler
// (reassembler.h) is this plus the calls. One core only; all memory is taken at construction.
#pragma once

#include <array>
#include <bitset>
#include <optional>
#include <span>

#include "dataplane/base/counters.h"
#include "dataplane/base/sequence.h"
#include "dataplane/flow/segment.h"
#include "dataplane/tcp/connection.h"
#include "dataplane/tcp/connection_table.h"
#include "dataplane/tcp/gap_policy.h"
#include "dataplane/tcp/wait_heap.h"

namespace bellrock::tcp {

struct ReassemblyLimits {
  std::uint32_t connections = 0;
  Duration idle = kMinute;                      // a connection without packets for longer is closed
  std::span<const std::uint16_t> server_ports;  // copied; tells the server of a connection seen without its SYN
  std::size_t out_of_order_bytes = std::size_t{32} << 20;  // per core
};

class Streams {
 public:
  [[nodiscard]] std::uint32_t live() const { return table_.live(); }
  [[nodiscard]] std::size_t out_of_order_blocks_free() const { return store_.free_blocks(); }

 protected:
  Streams(const ReassemblyLimits& limits, SipKey secret, Counters& counters);

  // --- reading a segment's headers
  void note_acknowledgement(ConnectionIndex c, unsigned side, std::uint32_t ack);
  // Not too far from what is expected.
  [[nodiscard]] bool is_plausible(ConnectionIndex c, unsigned side, std::uint32_t sequence) const;
  void note_sight(Half& half, std::uint32_t sequence, bool empty) const;
  void latch_fin(ConnectionIndex c, unsigned side, std::uint32_t sequence, const Segment& segment);

  enum class SynKind : std::uint8_t { kKnown, kStarts, kForeign, kReplaces };
  // kKnown: another copy; kStarts: it now tells where its side begins; kForeign: not this connection's, remembered as
  // new_syn; kReplaces: a new connection has begun.
  SynKind judge_syn(ConnectionIndex c, unsigned side, const Segment& segment, std::uint64_t ordinal);
  [[nodiscard]] bool confirms_new_syn(ConnectionIndex c, unsigned side, const Segment& segment) const;
  [[nodiscard]] bool syn_fits_pieces(ConnectionIndex c, unsigned side, std::uint32_t isn) const;
  void start_by_syn(ConnectionIndex c, const NewSyn& syn);
  // The first that a side sent after its SYN acknowledges the other's SYN and nothing else: the other stream begins
  // there, even if neither its SYN nor its first bytes were captured.
  void start_by_first_ack(ConnectionIndex c, unsigned side, std::uint32_t sequence, std::uint32_t ack);
  // `side` sends bytes while it is not known where the other stream begins: not behind `ack`.
  void note_awaited(ConnectionIndex c, unsigned side, std::uint32_t ack);
  [[nodiscard]] bool opens_anew(const Connection& finished, unsigned side, const Segment& segment) const;
  [[nodiscard]] bool reset_is_valid(const Connection& connection, unsigned side, const Segment& segment) const;
  // A segment outside the window, but the other side's acknowledgements (or, without any, more such segments) agree
  // with it: where its stream continues.
  std::optional<std::uint32_t> resynchronise(ConnectionIndex c, unsigned side, const Segment& segment);

  // --- order
  // The sender had received bytes of the other side that are still missing here: what it sent belongs behind them.
  [[nodiscard]] bool held(ConnectionIndex c, unsigned side, std::uint32_t ack) const;
  [[nodiscard]] bool ready(ConnectionIndex c, unsigned side) const;
  // The side whose next piece or end is due, or none.
  [[nodiscard]] std::optional<unsigned> next_due(ConnectionIndex c) const;
  // How much of the next piece of a side goes before the other's next piece, if that one's turn is not now: all, unless
  // the piece was sent again with new bytes behind those that the other acknowledges.
  [[nodiscard]] std::size_t known_to_next(ConnectionIndex c, unsigned side, const Piece& piece) const;
  [[nodiscard]] bool only_fin_missing(ConnectionIndex c, unsigned side) const;
  [[nodiscard]] bool reset_reached(ConnectionIndex c) const;

  // --- waiting
  // Looks what each side waits for and sets deadlines; `now` is when that became known.
  void await(ConnectionIndex c, Instant now);
  [[nodiscard]] std::optional<unsigned> soonest_side(ConnectionIndex c) const;
  // A side that no SYN gave a beginning begins with the first that was captured of it, or where the other side awaited
  // it when it sent the first that was captured there: what lies between was missed.
  void start_where_seen(ConnectionIndex c, unsigned side);
  // A side's deadline has come: up to where its holes are lost now, if they are.
  std::optional<std::uint32_t> lost_until(ConnectionIndex c, unsigned side);
  // Up to where its first hole goes.
  [[nodiscard]] std::uint32_t first_hole_end(ConnectionIndex c, unsigned side) const;
  void forget_pieces(ConnectionIndex c, unsigned side);

  StoreResult keep(ConnectionIndex c, unsigned side, Piece& piece);

  // --- roles
  [[nodiscard]] unsigned guess_client(ConnectionIndex c) const;

  [[nodiscard]] Direction direction(const Connection& connection, unsigned side) const {
    return side == connection.client ? Direction::kToServer : Direction::kToClient;
  }

  ConnectionTable table_;
  HugeArray<Details> details_;
  OutOfOrderStore store_;
  WaitHeap heap_;
  Counters& counters_;
  Duration idle_;
  std::bitset<65'536> server_ports_;

 private:
  struct Want {
    Awaited kind = Awaited::kNothing;
    std::uint32_t edge = 0;
  };
  [[nodiscard]] Want wanted(ConnectionIndex c, unsigned side) const;
  [[nodiscard]] std::int32_t surely_sent(ConnectionIndex c, unsigned side) const;
  [[nodiscard]] Piece due(ConnectionIndex c, unsigned side) const;
  [[nodiscard]] bool fin_due(const Half& half) const;
  [[nodiscard]] int looks_like(ConnectionIndex c, unsigned side) const;
};

}  // namespace bellrock::tcp
