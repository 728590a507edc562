#include "control/cli/sink.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>

#include "control/cli/exit_code.h"
#include "control/cli/output.h"

namespace bellrock::cli {
namespace {

// The wrong way round on purpose: reading from what should be written, and writing to what should be read, fails.
int fill_closed_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) == -1) (void)::open("/dev/null", descriptor == 0 ? O_WRONLY : O_RDONLY);
  }
  return STDOUT_FILENO;
}

}  // namespace

Sink::Sink(int descriptor) : descriptor_(descriptor) { setp(buffer_.data(), buffer_.data() + buffer_.size()); }

Sink::~Sink() { drain(); }

int Sink::finish() {
  drain();
  return error_;
}

Sink::int_type Sink::overflow(int_type c) {
  drain();
  if (error_ != 0) return traits_type::eof();
  if (!traits_type::eq_int_type(c, traits_type::eof())) sputc(traits_type::to_char_type(c));
  return traits_type::not_eof(c);
}

int Sink::sync() {
  drain();
  return error_ == 0 ? 0 : -1;
}

void Sink::drain() {
  const char* at = pbase();
  while (error_ == 0 && at != pptr()) {
    const ssize_t written = ::write(descriptor_, at, static_cast<std::size_t>(pptr() - at));
    if (written >= 0) {
      at += written;
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  setp(buffer_.data(), buffer_.data() + buffer_.size());
}

StandardOutput::StandardOutput() : sink_(fill_closed_descriptors()), before_(std::cout.rdbuf(&sink_)) {}

StandardOutput::~StandardOutput() { std::cout.rdbuf(before_); }

int StandardOutput::finish(int exit_code, std::ostream& err) {
  const int error = sink_.finish();
  if (error == 0) return exit_code;
  err << cannot_write("standard output", error) << '\n';
  return exit_code == kDone ? kUnusable : exit_code;
}

std::string cannot_write(const std::string& name, int error) {
  return "bellrock: cannot write " + printable(name) + ": " + std::strerror(error);
}

}  // namespace bellrock::cli
