// Where the centre keeps what nodes send: the interface that every back end implements.
// Writes come from one thread (intake); snapshots may be taken and read on any number of threads meanwhile.
// A frame is applied and recorded in one durable step, so that a repeat changes nothing, whatever is killed when.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "control/flow/delta_frame.h"
#include "control/flow/series.h"
#include "control/flow/storyboard.h"
#include "control/store/journal.h"
#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"

namespace bellrock::store {

// The back end failed: disk full, file damaged, in use. Nothing of the call was applied.
struct StoreError {
  std::string message;
  bool in_use = false;  // another process has the store open
};

struct ReceivedFrame {
  const control::DeltaFrame* frame = nullptr;
  std::array<std::uint8_t, 32> digest{};
  std::int64_t received_unix_ms = 0;
};

enum class Applied : std::uint8_t {
  kApplied,
  kRepeated,  // known already
  kConflict,  // this (node, boot, seq) was seen with another digest, or it is one that the node had done with before
  kTooMany,   // a count would pass its 62 bits, or the node came under too many boots today
};

struct RefusedFrame {
  std::int64_t received_unix_ms = 0;
  std::string reason;
  Bytes bytes;
};

// Bounds of what is kept aside.
inline constexpr std::int64_t kAsideFramesMax = 1'000;
inline constexpr std::int64_t kAsideBytesMax = 64 * 1024 * 1024;

// Sequence numbers below oldest_seq_held whose digests are still known: a cloned machine that lags behind its twin by
// less is found out.
inline constexpr std::uint64_t kSeqsRemembered = 4'096;

// Which series, over which time: [from, to) in Unix seconds, both multiples of 10. Empty and unset mean all.
struct SeriesQuery {
  std::string journey;
  std::optional<CellKind> kind;
  std::optional<CellScope> scope;
  std::string item;
  std::int64_t from = 0;
  std::int64_t to = 0;
  bool once = false;  // not asked for again soon: what is kept of it in memory would take others' place
};

// Of one journey, over the minutes that begin in [from, to), Unix seconds.
struct StoryQuery {
  std::string journey;
  std::string outcome;  // empty: all
  std::int64_t from = 0;
  std::int64_t to = 0;
};

// One (node, boot): everything that an agent sent since its state directory was made.
struct SourceStatus {
  std::string node;
  control::Id128 boot{};
  control::Id128 board_id{};
  std::array<std::uint8_t, 32> snapshot{};
  std::uint64_t newest_seq = 0;
  std::uint64_t oldest_seq_held = 0;
  std::uint64_t applied = 0, repeated = 0, conflicts = 0;
  std::uint64_t lost = 0;  // declared lost by the node
  // When a frame came that declared some lost which none before it had; 0: none did.
  std::int64_t last_lost_unix_ms = 0;
  std::uint64_t recorded = 0;     // Σ of its frames
  std::uint64_t unexplained = 0;  // below oldest_seq_held, neither applied nor declared lost
  std::int64_t first_seen_unix_ms = 0, last_seen_unix_ms = 0;
  std::map<std::string, std::uint64_t> open;      // of its newest frame
  std::map<std::string, std::uint64_t> counters;  // of its newest frame
  std::optional<control::EdgeState> edge;         // of its newest frame
  std::optional<control::ClockState> clock;       // of its newest frame
};

// n of a series of scope total over all time, whatever was trimmed since.
struct LifetimeCount {
  control::SeriesKey key;
  std::uint64_t n = 0;
};

// Attempts over all time, for the law starts = ended + open + board_lost.
struct JourneyLedger {
  std::uint64_t starts = 0, ended = 0, open = 0, board_lost = 0;
};

// recorded = kept + trimmed, always.
struct Conservation {
  std::uint64_t recorded = 0;  // Σ over all applied frames
  std::uint64_t kept = 0;      // Σ n over all series kept
  std::uint64_t trimmed = 0;   // Σ n of what was deleted for its age
};

struct AsideSummary {
  std::uint64_t refused = 0;  // ever
  std::uint64_t kept = 0;     // of them, to be looked at
  std::string last_reason;
  std::int64_t last_unix_ms = 0;
};

// Counts of one series in one slice of a span, without their latencies.
struct CountSlice {
  std::int64_t start_unix_s = 0;
  std::size_t series = 0;  // index into Counts::keys
  std::uint64_t n = 0;
};
struct Counts {
  std::vector<control::SeriesKey> keys;
  std::vector<CountSlice> slices;  // by series, then by time
};

// Minutes of [from, to) in which a node sent a frame, and the first such minute ever (none before the first frame).
struct Heard {
  std::int64_t minutes = 0;
  std::optional<std::int64_t> first;
};

// How long each resolution is kept. All whole hours, in rising order from the end.
struct Retention {
  std::int64_t fine_before = 0;     // windows of 10 s before this become minutes
  std::int64_t minutes_before = 0;  // minutes and storyboards before this are deleted; their hours stay
  std::int64_t before = 0;          // everything before this is deleted
};

// One moment of the store: all calls on one snapshot see the same frames.
class StoreSnapshot {
 public:
  virtual ~StoreSnapshot() = default;
  virtual Result<std::vector<control::SeriesSum>, StoreError> sums(const SeriesQuery& query) = 0;
  // Cut into slices of `step_s`, a multiple of 10, counted from `from`; slices without counts are left out.
  virtual Result<std::vector<control::SeriesSlice>, StoreError> slices(const SeriesQuery& query,
                                                                       std::int64_t step_s) = 0;
  // The same as `slices` without latencies, which costs a fraction.
  virtual Result<Counts, StoreError> counts(const SeriesQuery& query, std::int64_t step_s) = 0;
  // A fair sample of all attempts that failed, of each outcome: control::keep_lowest of what was sent.
  virtual Result<std::vector<control::Storyboard>, StoreError> storyboards(const StoryQuery& query) = 0;
  virtual Result<Heard, StoreError> heard(std::int64_t from, std::int64_t to) = 0;
  // Entries of one kind, the newest first, at most `max`.
  virtual Result<std::vector<JournalEntry>, StoreError> journal(const std::string& kind, std::size_t max) = 0;
  // Open attempts of vanished boards by journey, over whole hours that meet [from, to).
  virtual Result<std::map<std::string, std::uint64_t>, StoreError> board_lost(std::int64_t from, std::int64_t to) = 0;
  virtual Result<std::vector<SourceStatus>, StoreError> sources() = 0;
  virtual Result<std::vector<LifetimeCount>, StoreError> lifetime() = 0;
  virtual Result<std::map<std::string, JourneyLedger>, StoreError> ledger() = 0;
  virtual Result<Conservation, StoreError> conservation() = 0;
  virtual Result<AsideSummary, StoreError> aside() = 0;
  // What is wrong with the back end though it works: sentences for a person.
  [[nodiscard]] virtual std::vector<std::string> problems() const { return {}; }
};

class SeriesStore {
 public:
  virtual ~SeriesStore() = default;

  // Applies frames in order, each wholly or not at all, and makes them durable before it returns.
  virtual Result<std::vector<Applied>, StoreError> apply(std::span<const ReceivedFrame> frames) = 0;

  // Keeps bytes that are no frame, for a person to look at. Bounded: the oldest go first.
  virtual Status<StoreError> keep_aside(const RefusedFrame& refused) = 0;

  // Rolls up and deletes what is older than `keep` says.
  virtual Status<StoreError> trim(const Retention& keep) = 0;

  // Adds an entry, or rewrites the one of the same kind and key; its id. Refused where it would pass kJournalMax or
  // kJournalBodyMax. The writing thread.
  virtual Result<std::int64_t, StoreError> write_journal(const JournalEntry& entry) = 0;

  // The start of the oldest window that frames brought since the last call, or none. For one reader, any thread: what
  // it has read before that is still true.
  virtual std::optional<std::int64_t> take_oldest_touched() = 0;

  virtual Result<std::unique_ptr<StoreSnapshot>, StoreError> snapshot() = 0;
};

// Series, cells and bytes on disk would grow for ever with hostile names; these are the bounds. Days are the centre's.
struct SeriesLimits {
  std::size_t all = 1'000'000;
  std::size_t node_series_a_day = 262'144;  // new ones: what one frame may hold (proto::kSeriesMax)
  std::size_t node_boots_a_day = 100;
};

}  // namespace bellrock::store
