// How the spool finds its state again: boot, declared losses, progress, records.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sstream>

#include "control/agent/spool.h"

namespace bellrock::agent {

namespace {

// Written without a sync: a kill cannot undo it, and after a power cut an older one only means some frames are sent
// twice, which the centre knows.
struct Progress {
  static constexpr std::uint64_t kMark = 0x70726f6772657373;
  std::uint64_t done_through = 0, attempted = 0, check = kMark;
  [[nodiscard]] bool valid() const { return check == (done_through ^ attempted ^ kMark); }
};

bool parse_boot(std::string_view text, control::Id128& boot) {
  if (text.size() < 2 * boot.size()) return false;
  for (std::size_t i = 0; i < boot.size(); ++i) {
    const std::string digits(text.substr(2 * i, 2));
    if (digits.find_first_not_of("0123456789abcdef") != std::string::npos) return false;
    boot[i] = static_cast<std::uint8_t>(std::stoul(digits, nullptr, 16));
  }
  return true;
}

}  // namespace

Spool::Spool(std::string directory, std::uint64_t bytes_max)
    : directory_(std::move(directory)), bytes_max_(bytes_max) {}

Result<std::unique_ptr<Spool>, FileError> Spool::open(const std::string& state_directory, std::uint64_t bytes_max) {
  std::unique_ptr<Spool> spool(new Spool(state_directory, bytes_max));
  TRY(spool->load());
  return spool;
}

Status<FileError> Spool::load() {
  TRY(make_directory(directory_));
  TRY(make_directory(path("spool")));
  TRY_ASSIGN(lock_, lock_file(path("lock")));
  TRY(load_boot());
  TRY(load_lost());
  TRY(load_progress());
  TRY(load_segments());
  // Frames were sent under this boot, but how many is not known any more: its numbers must not be used again.
  const bool forgotten = segments_.empty() && attempted_ != 0;
  if (forgotten) TRY(take_new_boot());
  return restamp();
}

Status<FileError> Spool::load_boot() {
  TRY_ASSIGN(const auto text, read_file(path("boot")));
  if (text && parse_boot(*text, boot_)) return Done{};
  fill_random(boot_.data(), boot_.size());
  return replace_file(path("boot"), to_hex(boot_) + "\n");
}

Status<FileError> Spool::load_lost() {
  TRY_ASSIGN(const auto text, read_file(path("lost")));
  if (!text) return Done{};
  std::istringstream lines(*text);
  std::string boot;
  lines >> boot;
  if (boot != to_hex(boot_)) return Done{};
  for (control::SeqRange range; lines >> range.first >> range.last;) lost_.push_back(range);
  return Done{};
}

Status<FileError> Spool::store_lost() const {
  std::string text = to_hex(boot_) + "\n";
  for (const auto& range : lost_) text += std::to_string(range.first) + " " + std::to_string(range.last) + "\n";
  return replace_file(path("lost"), text);
}

Status<FileError> Spool::load_progress() {
  progress_ = FileDescriptor(::open(path("progress").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  if (!progress_.valid()) return Failure{file_error("cannot open", path("progress"))};
  Progress progress;
  if (::pread(progress_.get(), &progress, sizeof progress, 0) == sizeof progress && progress.valid()) {
    done_through_ = progress.done_through;
    attempted_ = progress.attempted;
  }
  next_number_ = std::max(done_through_, attempted_) + 1;
  return Done{};
}

void Spool::store_progress() {
  done_through_ = pending_.empty() ? next_number_ - 1 : pending_.front().number - 1;
  Progress progress{done_through_, attempted_, Progress::kMark ^ done_through_ ^ attempted_};
  if (::pwrite(progress_.get(), &progress, sizeof progress, 0) != sizeof progress) errno = 0;
}

Status<FileError> Spool::load_segments() {
  std::vector<std::pair<std::uint64_t, std::string>> files;
  for (const auto& file : std::filesystem::directory_iterator(path("spool"))) {
    std::uint64_t number = 0;
    if (file.path().extension() == ".spool") std::istringstream(file.path().stem().string()) >> number;
    if (number != 0) files.emplace_back(number, file.path().string());
  }
  std::sort(files.begin(), files.end());
  for (const auto& entry : files) {
    const std::uint64_t number = entry.first;
    bool damaged = false;
    std::vector<Entry> entries;
    TRY_ASSIGN(Segment segment,
               Segment::open(
                   entry.second, [&](const ReadRecord& r) { load_record(r, number, entries); }, damaged));
    status_.damaged_segments += damaged;
    const std::uint64_t count = entries.size();
    pending_.insert(pending_.end(), entries.begin(), entries.end());
    segments_.push_back({number, std::move(segment), count});
  }
  for (const std::uint64_t number : replaced_) settle(number);
  replaced_.clear();
  remove_settled_segments();
  return Done{};
}

void Spool::load_record(const ReadRecord& record, std::uint64_t segment, std::vector<Entry>& entries) {
  const RecordMeta& meta = record.meta;
  if (meta.boot == boot_) {
    // Records of one boot are numbered in step with their sequence. What is missing between two was not yet sent; what
    // is missing before the first was settled, unless the progress file says otherwise.
    if (next_seq_ == 1 && done_through_ == 0) next_seq_ = meta.seq;
    for (std::uint64_t seq = next_seq_; seq < meta.seq; ++seq) {
      const bool was_pending = meta.number - (meta.seq - seq) > done_through_;
      if (!was_pending || declared_lost(seq)) continue;
      declare_lost(seq);
      ++status_.lost_frames;
    }
    next_seq_ = meta.seq + 1;
  }
  next_number_ = std::max(next_number_, meta.number + 1);
  ledger_ = meta.ledger;
  if (meta.replaces != 0) replaced_.push_back(meta.replaces);
  const bool given_up = meta.boot == boot_ && declared_lost(meta.seq);
  if (meta.number <= done_through_ || given_up) return;
  entries.push_back(
      {meta.number, meta.seq, meta.boot, segment, record.frame_offset, record.frame_bytes, meta.appended_unix_ms});
}

}  // namespace bellrock::agent
