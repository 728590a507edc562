#include "dataplane/board/board.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>

#include "dataplane/board/mapping_guard.h"
#include "dataplane/board/rehash.h"

namespace bellrock::board {

namespace {

constexpr SipKey kChecksumKey{0x62656c6c726f636b, 0x626f6172645f6872};
constexpr std::size_t kPathBytesMax = 4'096;
constexpr Duration kLockRetry = 5 * kMillisecond;
constexpr Duration kTakeOverGrace = 2 * kSecond;  // the agent holds the edge's lock while it does a dead edge's work

Failure<BoardError> failure(BoardFault fault, const char* what, std::int64_t detail = 0) {
  return Failure{BoardError{fault, what, detail, false}};
}

BoardFault fault_of(int error) {
  switch (error) {
    case ENOENT:
      return BoardFault::kMissing;
    case EEXIST:
      return BoardFault::kExists;
    case EACCES:
    case EPERM:
      return BoardFault::kNoRights;
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
      return BoardFault::kNoRoom;
    default:
      return BoardFault::kSystem;
  }
}

Failure<BoardError> system_failure(const char* what, int error) {
  return Failure{BoardError{fault_of(error), what, error, true}};
}

std::uint64_t checksum_of(const Header& header) {
  return siphash64(kChecksumKey, Bytes(reinterpret_cast<const std::uint8_t*>(&header), offsetof(Header, checksum)));
}

// Closes what was opened unless it is handed on.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

int lock_byte(int fd, Role role, short type, int command, struct flock& range) {
  range = {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_start = static_cast<off_t>(role);
  range.l_len = 1;
  return ::fcntl(fd, command, &range);
}

// hugetlbfs gives whole huge pages only.
std::uint64_t file_bytes(int fd, std::uint64_t bytes) {
  struct statfs system {};
  if (::fstatfs(fd, &system) != 0 || system.f_type != HUGETLBFS_MAGIC) return bytes;
  const auto page = static_cast<std::uint64_t>(system.f_bsize);
  return (bytes + page - 1) / page * page;
}

class TemporaryName {
 public:
  static Result<TemporaryName, BoardError> beside(const char* path) {
    TemporaryName name;
    const int written = std::snprintf(name.text_, sizeof name.text_, "%s.new", path);
    if (written < 0 || static_cast<std::size_t>(written) >= sizeof name.text_) {
      return failure(BoardFault::kSystem, "the board's path is too long");
    }
    return name;
  }
  [[nodiscard]] const char* text() const { return text_; }

 private:
  char text_[kPathBytesMax];
};

Status<BoardError> check_header(const Header& header, std::uint64_t file_size) {
  if (header.magic != kMagic) return failure(BoardFault::kForeign, "not a board");
  if (header.abi != abi_hash()) return failure(BoardFault::kForeign, "the board is of another version");
  if (header.checksum != checksum_of(header)) return failure(BoardFault::kForeign, "the board's header is damaged");
  const Result<Layout> layout = Layout::make(header.sizes);
  if (!layout.ok() || layout->bytes() != header.bytes || file_size < header.bytes) {
    return failure(BoardFault::kForeign, "the board's size is wrong", static_cast<std::int64_t>(file_size));
  }
  return Done{};
}

}  // namespace

Result<Board, BoardError> Board::map(int fd, const Layout& layout, bool named) {
  File file(fd);
  void* base = ::mmap(nullptr, layout.bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (base == MAP_FAILED) return system_failure("cannot map the board", errno);
  ::madvise(base, layout.bytes(), MADV_DONTDUMP);              // keys and sessions stay out of core files
  if (named && ::mlock(base, layout.bytes()) != 0) errno = 0;  // as far as the limits allow
  return Board(file.release(), static_cast<std::byte*>(base), layout, named);
}

void Board::initialise(const BoardSpec& spec) {
  Header& to = *new (base_) Header{};
  to.magic = kMagic;
  to.abi = abi_hash();
  to.board_id = spec.board_id;
  to.sizes = spec.sizes;
  to.bytes = layout_.bytes();
  to.snapshot_hash = spec.snapshot_hash;
  to.created_unix_ns = spec.created_unix_ns;
  to.checksum = checksum_of(to);
  keys() = spec.keys;
  write_snapshot(0, spec.snapshot);
  for (std::uint32_t from = 0; from < workers(); ++from) {
    for (std::uint32_t to_core = 0; to_core < workers(); ++to_core) new (&ring(from, to_core)) EventRing;
  }
  for (std::uint32_t i = 0; i < workers(); ++i) core(i).control.session_keys.current = spec.session_key;
  board_id_ = spec.board_id;
  snapshot_hash_ = spec.snapshot_hash;
}

// A new board under its temporary name, with the agent's lock.
Result<Board, BoardError> Board::create_beside(const char* temporary, const BoardSpec& spec) {
  const Result<Layout> layout = Layout::make(spec.sizes);
  if (!layout.ok()) return failure(BoardFault::kSystem, layout.error().what, layout.error().detail);
  if (spec.snapshot.size() > spec.sizes.snapshot_bytes_max) {
    return failure(BoardFault::kNoRoom, "the snapshot does not fit");
  }
  ::unlink(temporary);  // of a creation that was cut off
  File file(::open(temporary, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.get() < 0) return system_failure("cannot create the board", errno);
  // All pages now: a file system that fills up later would be a SIGBUS.
  const int full = ::posix_fallocate(file.get(), 0, static_cast<off_t>(file_bytes(file.get(), layout->bytes())));
  if (full != 0) return system_failure("cannot allocate the board", full);
  Result<Board, BoardError> board = map(file.release(), *layout, true);
  if (!board.ok()) return board;
  board->initialise(spec);
  if (const auto locked = board->lock(Role::kAgent); !locked.ok()) return Failure{locked.error()};
  return board;
}

Result<Board, BoardError> Board::create(const char* path, const BoardSpec& spec) {
  TRY_ASSIGN(const TemporaryName temporary, TemporaryName::beside(path));
  Result<Board, BoardError> board = create_beside(temporary.text(), spec);
  if (board.ok() && ::link(temporary.text(), path) != 0) {
    board = system_failure("cannot put the board in place", errno);
  }
  ::unlink(temporary.text());
  return board;
}

Result<Board, BoardError> Board::create_from(const char* path, const BoardSpec& spec, Board& old,
                                             const journey::Definition& definition) {
  TRY_ASSIGN(const TemporaryName temporary, TemporaryName::beside(path));
  Result<Board, BoardError> board = create_beside(temporary.text(), spec);
  if (board.ok()) {
    const auto filled = rehash(old, *board, definition);
    if (!filled.ok()) board = Failure{filled.error()};
  }
  if (board.ok() && old.torn()) board = failure(BoardFault::kTorn, "the board was cut while it was moved");
  if (board.ok() && ::rename(temporary.text(), path) != 0) {
    board = system_failure("cannot put the board in place", errno);
  }
  if (!board.ok()) ::unlink(temporary.text());
  return board;
}

Result<Board, BoardError> Board::create_anonymous(const BoardSpec& spec) {
  const Result<Layout> layout = Layout::make(spec.sizes);
  if (!layout.ok()) return failure(BoardFault::kSystem, layout.error().what, layout.error().detail);
  if (spec.snapshot.size() > spec.sizes.snapshot_bytes_max) {
    return failure(BoardFault::kNoRoom, "the snapshot does not fit");
  }
  File file(::memfd_create("bellrock-board", MFD_CLOEXEC));
  if (file.get() < 0) return system_failure("cannot create the board", errno);
  if (::ftruncate(file.get(), static_cast<off_t>(layout->bytes())) != 0) {
    return system_failure("cannot allocate the board", errno);
  }
  Result<Board, BoardError> board = map(file.release(), *layout, false);
  if (board.ok()) board->initialise(spec);
  return board;
}

Result<Board, BoardError> Board::attach(const char* path) {
  File file(::open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (file.get() < 0) return system_failure("cannot open the board", errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return system_failure("cannot read the board", errno);
  Header header{};
  if (!S_ISREG(status.st_mode) ||
      ::pread(file.get(), static_cast<void*>(&header), sizeof header, 0) != static_cast<ssize_t>(sizeof header)) {
    return failure(BoardFault::kForeign, "not a board");
  }
  TRY(check_header(header, static_cast<std::uint64_t>(status.st_size)));
  Result<Board, BoardError> board = map(file.release(), *Layout::make(header.sizes), true);
  if (!board.ok()) return board;
  board->board_id_ = header.board_id;
  board->snapshot_hash_ = header.snapshot_hash;
  return board;
}

Board::Board(int fd, std::byte* base, const Layout& layout, bool named)
    : fd_(fd), base_(base), layout_(layout), named_(named), guard_(named ? guard_mapping(base, layout.bytes()) : -1) {}

Board::Board(Board&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      base_(std::exchange(other.base_, nullptr)),
      layout_(other.layout_),
      named_(other.named_),
      guard_(std::exchange(other.guard_, -1)),
      board_id_(other.board_id_),
      snapshot_hash_(other.snapshot_hash_) {}

Board& Board::operator=(Board&& other) noexcept {
  if (this != &other) {
    this->~Board();
    new (this) Board(std::move(other));
  }
  return *this;
}

Board::~Board() {
  unguard_mapping(guard_);
  if (base_ != nullptr) ::munmap(base_, layout_.bytes());
  if (fd_ >= 0) ::close(fd_);
}

Status<BoardError> Board::lock(Role role) {
  struct flock range;
  if (lock_byte(fd_, role, F_WRLCK, F_OFD_SETLK, range) == 0) return Done{};
  if (errno != EAGAIN && errno != EACCES) return system_failure("cannot lock the board", errno);
  return failure(BoardFault::kInUse, role == Role::kEdge ? "another edge, or the agent for a moment, holds the board"
                                                         : "another agent holds the board");
}

void Board::unlock(Role role) {
  struct flock range;
  lock_byte(fd_, role, F_UNLCK, F_OFD_SETLK, range);
}

bool Board::held_by_other(Role role) const {
  struct flock range;
  return lock_byte(fd_, role, F_WRLCK, F_OFD_GETLK, range) == 0 && range.l_type != F_UNLCK;
}

Status<BoardError> Board::take_edge(std::uint32_t wanted_workers, Duration wait) {
  wait = std::max(wait, kTakeOverGrace);
  Status<BoardError> locked = lock(Role::kEdge);
  for (Duration waited = 0; !locked.ok() && locked.error().fault == BoardFault::kInUse && waited < wait;
       waited += kLockRetry) {
    const struct timespec pause { 0, kLockRetry };
    ::nanosleep(&pause, nullptr);
    locked = lock(Role::kEdge);
  }
  if (!locked.ok()) return locked;
  const auto refuse = [this](Failure<BoardError> why) {
    unlock(Role::kEdge);
    return why;
  };
  struct stat status {};
  if (named_ && (::fstat(fd_, &status) != 0 || status.st_nlink == 0)) {
    return refuse(failure(BoardFault::kMissing, "the board was replaced"));
  }
  if (workers() != wanted_workers) {
    return refuse(failure(BoardFault::kWorkers, "the board was made for another number of workers", workers()));
  }
  if (const auto rolled = roll_back(); !rolled.ok()) return refuse(Failure{rolled.error()});
  header().settled.store(0);
  header().attaches.store(header().attaches.load() + 1);
  return Done{};
}

Status<BoardError> Board::roll_back() {
  for (std::uint32_t i = 0; i < workers(); ++i) {
    if (!journal(i).roll_back()) return failure(BoardFault::kForeign, "a core's journal is damaged", i);
  }
  return Done{};
}

Result<bool, BoardError> Board::enter_capture(std::uint64_t mark) {
  if (header().capture.load() == mark) return false;
  bool moved = false;
  for (std::uint32_t i = 0; i < workers(); ++i) {
    moved = moved || core(i).control.position != 0;
    for (std::uint32_t from = 0; workers() > 1 && from < workers(); ++from) {
      if (ring(from, i).read_available() == 0) continue;
      return failure(BoardFault::kForeign, "events of another capture wait on the board: read that one to its end");
    }
  }
  if (held_events() != 0) {
    return failure(BoardFault::kForeign, "events of another capture are held on the board: read that one to its end");
  }
  header().capture.store(0);  // killed from here on: entered again
  for (std::uint32_t i = 0; i < workers(); ++i) {
    CoreControl& control = core(i).control;
    control.position = control.part_end = control.events_done = 0;
  }
  header().capture.store(mark);
  return moved;
}

bool Board::still_at(const char* path) const {
  struct stat mine {
  }, there{};
  return ::fstat(fd_, &mine) == 0 && ::stat(path, &there) == 0 && mine.st_dev == there.st_dev &&
         mine.st_ino == there.st_ino;
}

bool Board::torn() const {
  if (!named_) return false;
  struct stat status {};
  const bool cut = ::fstat(fd_, &status) != 0 || static_cast<std::uint64_t>(status.st_size) < layout_.bytes();
  return cut || header().magic != kMagic || mapping_torn(guard_);
}

void Board::discard(const char* path) {
  if (still_at(path)) ::unlink(path);
  (void)!::ftruncate(fd_, 0);
}

CoreView Board::core(std::uint32_t core) {
  CHECK(core < workers());
  const CoreLayout l = layout_.core(core);
  const Sizes& s = sizes();
  const std::size_t bank = sketch::bank_bytes(s.cells, s.pages);
  auto* headers = at<BankHeader>(l.bank_headers);
  return {*at<CoreControl>(l.control),
          *at<JournalRecord>(l.journal),
          std::span<std::uint64_t, counter::kCount>(at<std::uint64_t>(l.counters), counter::kCount),
          {&headers[0], &headers[1]},
          {{at<std::byte>(l.keys), sketch::keys_bytes(s.cells)},
           {std::span{at<std::byte>(l.banks[0]), bank}, std::span{at<std::byte>(l.banks[1]), bank}}},
          {at<std::byte>(l.sessions), session_bytes(s)},
          {at<std::byte>(l.held), s.held == 0 ? 0 : journey::HeldEvents::bytes_needed(s.held)},
          {at<std::byte>(l.clicks), s.click_places == 0 ? 0 : journey::ClickMap::bytes_needed(s.click_places)},
          {at<std::byte>(l.trails), journey::TrailTable::bytes_needed(s.trails)},
          {at<std::byte>(l.stories), journey::Storyboards::bytes_needed(s.attempts, s.stories)},
          {at<std::byte>(l.seen_pages), journey::SeenPages::bytes_needed(s.seen_pages)},
          {at<std::byte>(l.seen_beacons), journey::SeenBeacons::bytes_needed(s.seen_beacons)}};
}

void Board::write_snapshot(unsigned slot, Bytes snapshot) {
  auto& to = *at<SnapshotSlot>(layout_.snapshot_slot(slot));
  if (!snapshot.empty()) std::memcpy(&to + 1, snapshot.data(), snapshot.size());
  to.bytes = snapshot.size();
  to.checksum = siphash64(kChecksumKey, snapshot);
  header().snapshot_slot.store(slot);
}

Status<BoardError> Board::replace_snapshot(Bytes snapshot) {
  if (snapshot.size() > sizes().snapshot_bytes_max) return failure(BoardFault::kNoRoom, "the snapshot does not fit");
  write_snapshot(static_cast<unsigned>(header().snapshot_slot.load() & 1) ^ 1, snapshot);
  return Done{};
}

Result<std::vector<std::uint8_t>, BoardError> Board::snapshot() const {
  const auto& from = *at<SnapshotSlot>(layout_.snapshot_slot(header().snapshot_slot.load() & 1));
  const std::uint64_t bytes = std::atomic_ref(const_cast<std::uint64_t&>(from.bytes)).load(std::memory_order_relaxed);
  if (bytes > sizes().snapshot_bytes_max) return failure(BoardFault::kForeign, "the board's snapshot is damaged");
  const auto* data = reinterpret_cast<const std::uint8_t*>(&from + 1);
  std::vector<std::uint8_t> copy(data, data + bytes);
  if (siphash64(kChecksumKey, copy) != from.checksum) {
    return failure(BoardFault::kForeign, "the board's snapshot is damaged");
  }
  return copy;
}

}  // namespace bellrock::board
