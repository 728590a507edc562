// The bounded queue of frames on disk: from the harvest, before a bank is cleared, until the centre has them. Owns the
// node's identity (boot, seq) and the ledger. The harvest appends on one thread, the uplink takes on another.
//
// In the state directory: boot, lost, progress; spool/NNN.spool (segments of records); quarantine/ (frames the centre
// refused). Records leave in order. The newest segment stays when all of it was sent: it holds the last sequence number
// and the ledger. A full spool gives up the oldest frames that were never sent; their numbers are declared lost in the
// frames that follow.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "control/agent/files.h"
#include "control/agent/ledger.h"
#include "control/agent/segment.h"
#include "control/flow/delta_frame.h"

namespace bellrock::agent {

struct SpoolStatus {
  std::uint64_t bytes = 0, bytes_max = 0;
  std::uint64_t pending = 0;        // frames not yet taken by the centre
  std::int64_t oldest_unix_ms = 0;  // of them; 0: none
  std::uint64_t appended = 0;       // since the start of the process, as all below
  std::uint64_t lost_frames = 0;    // given up by a full spool, or damaged on disk
  std::uint64_t refused_frames = 0;
  std::uint64_t new_boots = 0;
  std::uint64_t damaged_segments = 0;
};

class Spool {
 public:
  static Result<std::unique_ptr<Spool>, FileError> open(const std::string& state_directory, std::uint64_t bytes_max);

  // The harvest's side. The ledger of the newest record; the frame gets its identity here, and is durable on return.
  [[nodiscard]] Ledger ledger() const;
  Status<FileError> append(control::DeltaFrame frame, const Ledger& ledger, const std::vector<harvest::Part>& parts);

  // The uplink's side: the oldest frame, the same until it is settled in one of three ways.
  struct Outgoing {
    std::uint64_t number = 0;
    std::vector<std::uint8_t> bytes;
  };
  Result<std::optional<Outgoing>, FileError> next();
  void accepted(std::uint64_t number);              // the centre has it
  Status<FileError> refused(std::uint64_t number);  // kept in quarantine/, its number declared lost
  Status<FileError> conflict(
      std::uint64_t number);  // somebody else has used this identity: all goes on under a new one

  void wait(std::int64_t milliseconds);  // until there is something to send, at most this long
  void wake();
  [[nodiscard]] SpoolStatus status() const;
  [[nodiscard]] control::Id128 boot() const;

 private:
  struct Entry {
    std::uint64_t number = 0, seq = 0;
    control::Id128 boot{};
    std::uint64_t segment = 0, offset = 0;
    std::uint32_t bytes = 0;
    std::int64_t appended_unix_ms = 0;
  };
  struct Held {
    std::uint64_t number = 0;
    Segment segment;
    std::uint64_t pending = 0;
  };

  Spool(std::string directory, std::uint64_t bytes_max);
  Status<FileError> load();
  Status<FileError> load_boot();
  Status<FileError> load_lost();
  Status<FileError> load_progress();
  Status<FileError> load_segments();
  void load_record(const ReadRecord& record, std::uint64_t segment, std::vector<Entry>& entries);

  Status<FileError> append_locked(control::DeltaFrame&& frame, const Ledger& ledger,
                                  const std::vector<harvest::Part>& parts, std::uint64_t replaces);
  void stamp(control::DeltaFrame& frame) const;
  Result<Held*, FileError> segment_for(std::uint64_t bytes);
  Status<FileError> make_room(std::uint64_t bytes);
  Result<bool, FileError> give_up_oldest();
  Status<FileError> take_new_boot();
  Status<FileError> restamp();
  void quarantine(const Entry& entry, Bytes frame);
  Result<std::vector<std::uint8_t>, FileError> read(const Entry& entry) const;
  void settle(std::uint64_t number);
  void remove_settled_segments();
  Status<FileError> store_lost() const;
  void store_progress();
  void declare_lost(std::uint64_t seq);
  [[nodiscard]] bool declared_lost(std::uint64_t seq) const;
  [[nodiscard]] const Entry* find(std::uint64_t number) const;
  [[nodiscard]] std::uint64_t bytes_held() const;
  [[nodiscard]] std::string path(const char* name) const { return directory_ + "/" + name; }

  const std::string directory_;
  const std::uint64_t bytes_max_;
  FileDescriptor lock_, progress_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  control::Id128 boot_{};
  std::uint64_t next_seq_ = 1, next_number_ = 1;
  std::uint64_t done_through_ = 0;  // no record up to this number is pending
  std::uint64_t attempted_ = 0;     // the highest record number that was ever sent
  std::deque<Held> segments_;
  std::deque<Entry> pending_;
  std::vector<control::SeqRange> lost_;  // of this boot, not yet known to the centre
  std::uint64_t lost_declared_by_ = 0;   // the first record that declares all of them
  std::vector<std::uint64_t> replaced_;  // while loading
  Ledger ledger_;
  bool woken_ = false;
  SpoolStatus status_;
};

}  // namespace bellrock::agent
