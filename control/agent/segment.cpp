#include "control/agent/segment.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace bellrock::agent {

std::string Segment::path_of(const std::string& directory, std::uint64_t number) {
  char name[32];
  std::snprintf(name, sizeof name, "%020llu.spool", static_cast<unsigned long long>(number));
  return directory + "/" + name;
}

Result<Segment, FileError> Segment::create(const std::string& directory, std::uint64_t number) {
  const std::string path = path_of(directory, number);
  FileDescriptor file(::open(path.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600));
  if (!file.valid()) return Failure{file_error("cannot create", path)};
  TRY(sync_directory(directory));
  return Segment(path, std::move(file), 0);
}

Result<Segment, FileError> Segment::open(const std::string& path, const OnRecord& on_record, bool& damaged) {
  TRY_ASSIGN(const auto content, read_file(path));
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file.valid() || !content) return Failure{file_error("cannot open", path)};
  std::size_t end = 0;
  while (const auto record = read_record(bellrock::bytes(*content), end)) {
    on_record(*record);
    end = record->end;
  }
  if (end != content->size()) {
    damaged = true;
    if (::ftruncate(file.get(), static_cast<off_t>(end)) != 0) return Failure{file_error("cannot cut", path)};
  }
  return Segment(path, std::move(file), end);
}

Result<std::uint64_t, FileError> Segment::append(std::string_view record) {
  const std::uint64_t offset = bytes_;
  for (std::size_t done = 0; done < record.size();) {
    const ssize_t written =
        ::pwrite(file_.get(), record.data() + done, record.size() - done, static_cast<off_t>(offset + done));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      const FileError error = file_error("cannot write", path_);
      if (::ftruncate(file_.get(), static_cast<off_t>(offset)) != 0) errno = 0;  // the CRC shows it
      return Failure{error};
    }
    done += static_cast<std::size_t>(written);
  }
  if (::fdatasync(file_.get()) != 0) return Failure{file_error("cannot sync", path_)};
  bytes_ = offset + record.size();
  return offset;
}

Result<std::vector<std::uint8_t>, FileError> Segment::read(std::uint64_t offset, std::size_t size) const {
  std::vector<std::uint8_t> out(size);
  const ssize_t got = ::pread(file_.get(), out.data(), size, static_cast<off_t>(offset));
  if (got != static_cast<ssize_t>(size)) return Failure{file_error("cannot read", path_)};
  return out;
}

void Segment::remove() { ::unlink(path_.c_str()); }

}  // namespace bellrock::agent
