// Where a command's bytes go: standard output or a file. A stream over it behaves as any other; the first write that
// fails is remembered with the system's reason, so that no command ends well when what it said was not written.
// One thread. Holds kBytes of buffer.
#pragma once

#include <array>
#include <iosfwd>
#include <streambuf>
#include <string>

namespace bellrock::cli {

class Sink : public std::streambuf {
 public:
  // Borrows the descriptor.
  explicit Sink(int descriptor);
  ~Sink() override;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  // Writes what is held back; errno of the first write that failed, or 0. Nothing is written after a failure.
  int finish();

 protected:
  int_type overflow(int_type c) override;
  int sync() override;

 private:
  static constexpr std::size_t kBytes = 64 * 1024;

  void drain();

  int descriptor_;
  int error_ = 0;
  std::array<char, kBytes> buffer_;
};

// std::cout over a Sink, for as long as this lives. Closed standard descriptors are filled first, so that no file
// opened later takes their place and gets what was meant for a terminal.
class StandardOutput {
 public:
  StandardOutput();
  ~StandardOutput();
  StandardOutput(const StandardOutput&) = delete;
  StandardOutput& operator=(const StandardOutput&) = delete;

  // The exit code of a command that ended with `exit_code`: kUnusable instead of kDone when standard output did not
  // take everything, which `err` is told in any case.
  int finish(int exit_code, std::ostream& err);

 private:
  Sink sink_;
  std::streambuf* before_;
};

// "bellrock: cannot write NAME: No space left on device"
std::string cannot_write(const std::string& name, int error);

}  // namespace bellrock::cli
