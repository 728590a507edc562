#include "dataplane/app/run_capture.h"

#include <cinttypes>
#include <cstdio>
#include <memory>

#include "dataplane/app/process.h"
#include "dataplane/app/router.h"

namespace bellrock::app {
namespace {

// The board's age fixes the shift, so a restart shifts by the same time; whole windows keep their borders.
Result<Duration> shift_of(const Job& job, const std::string& path) {
  if (!job.options.rebase_to_now) return Duration{0};
  TRY_ASSIGN(const auto extent, io::measure_pcap(path));
  return (job.board.created().ns - extent.last.ns) / kWindow * kWindow;
}

void say_where(std::uint32_t worker, const board::CoreControl& control) {
  if (control.position > 0) {
    std::fprintf(stderr, "bellrock-edge: worker %u goes on at packet %" PRIu64 "\n", worker, control.position);
  }
  if (control.events_done > Order::kExpiryBase) {
    std::fprintf(stderr, "bellrock-edge: worker %u has counted %" PRIu64 " events of ended connections before it\n",
                 worker, control.events_done - Order::kExpiryBase);
  } else if (control.events_done > 0) {
    std::fprintf(stderr, "bellrock-edge: worker %u has counted %" PRIu64 " events of packet %" PRIu64 "\n", worker,
                 control.events_done, control.part_end - 1);
  }
}

void run(const WorkerSetup& setup, io::PcapFile& file) {
  auto worker = std::make_unique<Worker<io::PcapFile>>(setup, file);
  while (!stop_is_requested()) {
    if (!worker->run_once({})) return;
  }
  worker->stop();
}

}  // namespace

std::string capture_of(const Job& job) {
  return job.options.pcap.empty() ? job.definition.port.pcap_file : job.options.pcap;
}

Result<std::vector<io::PcapFile>> open_capture(const Job& job) {
  const std::string path = capture_of(job);
  TRY_ASSIGN(const Duration shift, shift_of(job, path));
  TRY_ASSIGN(const std::uint64_t mark, io::capture_mark(path));
  const auto another = job.board.enter_capture(mark);
  if (!another.ok()) return Failure{Error{another.error().what, 0}};
  if (*another) std::fprintf(stderr, "bellrock-edge: another capture than before: from its first packet\n");
  std::vector<io::PcapFile> files;
  for (std::uint32_t i = 0; i < job.board.workers(); ++i) {
    TRY_ASSIGN(auto file, io::PcapFile::open(path, shift));
    const board::CoreControl& control = job.board.core(i).control;
    say_where(i, control);
    TRY(file.seek(control.position));
    files.push_back(std::move(file));
  }
  return files;
}

int run_capture(const Job& job) {
  const std::string path = capture_of(job);
  auto opened = open_capture(job);
  if (!opened.ok()) return fail(kUnusable, path.c_str(), describe(opened.error()));
  std::vector<io::PcapFile>& files = *opened;
  if (!drop_privileges(job.options.user)) return fail(kNoRights, "cannot become user", job.options.user);
  run_workers(job.board.workers(),
              [&](std::uint32_t i) { run(job.worker(i, Pace::kFile, true, wait_for_agent), files[i]); });
  if (const Error* error = files[0].error(); error != nullptr) return fail(kUnusable, path.c_str(), describe(*error));
  return kDone;
}

}  // namespace bellrock::app
