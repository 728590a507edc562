// bellrock-central: takes delta frames, keeps what they add up to, answers with the state of the objectives.
// Exit codes: 0 stopped by a signal, 2 usage, 3 invalid configuration, 8 store or address in use, 10 store unusable.
#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/config/loader.h"
#include "control/plane/api.h"
#include "control/store/sqlite_store.h"

namespace {

using namespace bellrock;

constexpr int kDone = 0, kUsage = 2, kInvalidConfiguration = 3, kInUse = 8, kUnusable = 10;

std::int64_t unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

template <typename... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
  fmt::print(stderr, "bellrock-central: {}\n", fmt::format(format, std::forward<Args>(args)...));
}

sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any thread: they inherit it
  return signals;
}

config::Loaded read_files(const std::vector<std::string>& files) {
  config::Loaded loaded = config::load(files);
  for (const auto& diagnostic : loaded.diagnostics) fmt::print(stderr, "{}\n", config::to_line(diagnostic));
  return loaded;
}

// How one configuration was served, and what comes after it.
struct Served {
  int exit_code = kDone;
  bool started = false;                // it could be served at all
  std::optional<config::Loaded> next;  // SIGHUP: this one, which is valid
};

// Waits for a signal that ends this, and returns it; meanwhile has old windows deleted once an hour.
int wait_for_signal(const sigset_t& signals, store::SeriesStore& store, plane::Intake& intake, Duration retention) {
  constexpr timespec kPoll{60, 0};
  std::int64_t trimmed_hour = 0;
  for (;;) {
    const std::int64_t now = unix_ms() / 1'000;
    if (now / plane::kHourSeconds != trimmed_hour) {
      trimmed_hour = now / plane::kHourSeconds;
      intake.run_between([&store, now, retention] {
        const auto trimmed = store.trim(now - plane::kFineSeconds, now - retention / kSecond);
        if (!trimmed.ok()) say("cannot delete old windows: {}", trimmed.error().message);
      });
    }
    const int signal = sigtimedwait(&signals, nullptr, &kPoll);
    if (signal > 0) return signal;
  }
}

// Until SIGINT or SIGTERM, or until SIGHUP finds another valid configuration in the files.
std::optional<config::Loaded> wait_for_end(const std::vector<std::string>& files, const sigset_t& signals,
                                           store::SeriesStore& store, plane::Intake& intake, Duration retention) {
  while (wait_for_signal(signals, store, intake, retention) == SIGHUP) {
    config::Loaded loaded = read_files(files);
    if (loaded.ok()) return loaded;
    say("reload refused: the files are not valid, see above; the configuration in force stays");
  }
  return std::nullopt;
}

Served serve(const config::Loaded& loaded, const std::vector<std::string>& files) {
  const auto& settings = loaded.central;
  const auto options = net::listen_at(settings.listen);
  if (!options.ok()) {
    say("listen: {}: {}", settings.listen, options.error().what);
    return {.exit_code = kInvalidConfiguration};
  }
  const sigset_t signals = block_signals();
  auto store = store::open_sqlite(settings.database);
  if (!store.ok()) {
    say("{}", store.error().message);
    return {.exit_code = store.error().in_use ? kInUse : kUnusable};
  }
  const plane::Catalog catalog = plane::make_catalog(loaded.definition);
  plane::Intake intake(**store, unix_ms);
  plane::Api api(**store, intake, catalog, {BELLROCK_VERSION, settings.title, unix_ms() / 1'000}, unix_ms);
  auto server = net::HttpServer::start(
      *options, [&](net::Request request, net::Respond respond) { api.handle(std::move(request), respond); });
  if (!server.ok()) {
    say("{}", server.error().message);
    return {.exit_code = kInUse};
  }
  std::size_t objectives = 0;
  for (const auto& journey : catalog) objectives += journey.objectives.size();
  say("listening at http://{}:{}/, {} journeys, {} objectives, store {}", options->host, (*server)->port(),
      catalog.size(), objectives, settings.database);
  auto next = wait_for_end(files, signals, **store, intake, settings.retention);
  say(next ? "reloading" : "stopping");
  (*server)->stop();
  intake.stop();
  return {.started = true, .next = std::move(next)};
}

// One configuration after the other. A reload closes the address for a moment; agents try again. What turns out not to
// be servable (its store, its address) gives way to the one before it.
int serve_all(config::Loaded loaded, const std::vector<std::string>& files) {
  std::optional<config::Loaded> before;
  for (;;) {
    Served served = serve(loaded, files);
    if (served.next) {
      before = std::exchange(loaded, std::move(*served.next));
    } else if (!served.started && before) {
      say("reload refused: the configuration before it is in force again");
      loaded = std::move(*before);
      before.reset();
    } else {
      return served.exit_code;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Bellrock's centre: takes delta frames from edge agents, keeps counts, serves SLOs, API and page.",
               "bellrock-central");
  std::vector<std::string> files;
  bool check = false;
  app.add_option("--config", files, "Configuration files or directories: Central, Site, Identity and Journey documents")
      ->required();
  app.add_flag("--check", check, "Check the configuration and end");
  app.set_version_flag("--version", "bellrock-central " BELLROCK_VERSION);
  app.footer(
      "SIGHUP reads the files again: what is valid takes effect at once; what is not is reported, and the\n"
      "configuration in force stays.\n\nExample:\n  bellrock-central --config /etc/bellrock");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  config::Loaded loaded = read_files(files);
  if (!loaded.ok()) return kInvalidConfiguration;
  return check ? kDone : serve_all(std::move(loaded), files);
}
