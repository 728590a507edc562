// Routes of the centre: which request is answered by what. Called on the server's threads. Spans of time and the number
// of slices are bounded (range.h), and what is not understood is refused by the parameter's name.
#pragma once

#include "control/net/http_server.h"
#include "control/plane/intake.h"
#include "control/plane/outbox.h"
#include "control/plane/status.h"
#include "control/plane/watch.h"

namespace bellrock::plane {

// Who may follow /api/v1/live at the same time: each holds one of the server's connections, and agents need theirs.
inline constexpr std::size_t kLiveReadersMax = 200;

class Api {
 public:
  // All of it must outlive the server that calls `handle`.
  // Without a watch, alerts are not shown.
  Api(store::SeriesStore& store, Intake& intake, const Catalog& catalog, Process process, UnixMs clock,
      const Watch* watch = nullptr)
      : store_(store),
        intake_(intake),
        catalog_(catalog),
        process_(std::move(process)),
        clock_(std::move(clock)),
        watch_(watch) {}

  void handle(net::Request request, const net::Respond& respond);

  // Its troubles are problems of the status. Before the first request; outlives the server too.
  void watch_outbox(const Outbox& outbox) { outbox_ = &outbox; }

  // It may take as long to answer as the store takes.
  static bool asks_the_store(const net::Request& request);

  // To those who follow /api/v1/live; any thread. Costs nothing while nobody does.
  void tell_status();
  void tell(const KeptIncident& incident);
  void tell(const store::JournalEntry& entry);  // a change or a correction that was just written

 private:
  net::Response get(const net::Request& request);
  net::Response overview(const net::Request& request);
  net::Response composite(const net::Request& request);
  net::Response slo(const net::Request& request);
  net::Response slo_part(const net::Request& request, const slo::Objective& objective, const std::string& part);
  net::Response explain(const net::Request& request, const slo::Objective& objective);
  net::Response budget(const net::Request& request, const slo::Objective& objective);
  net::Response releases(const net::Request& request, const slo::Objective& objective);
  net::Response gate(const net::Request& request, const slo::Objective& objective);
  net::Response slos(const net::Request& request);
  net::Response journeys(const net::Request& request);
  net::Response effects(const net::Request& request);
  net::Response vital_groups(const net::Request& request);
  net::Response click_map(const net::Request& request);
  net::Response storyboards(const net::Request& request);
  net::Response heatmap(const net::Request& request);
  net::Response changes(const net::Request& request);
  net::Response incidents(const net::Request& request);
  net::Response entry(const net::Request& request);
  net::Response exported(const net::Request& request);
  void write(const net::Request& request, const net::Respond& respond);
  std::optional<net::Response> refuse_one_more(const store::JournalEntry& entry);
  net::Response status();
  net::Response live(const net::Request& request);
  net::Response metrics();
  net::Response ready();

  // Answers with the JSON that `make` returns for a fresh snapshot.
  template <typename Make>
  net::Response view(Make&& make);
  // The same for a question that has a range and nothing else.
  template <typename Make>
  net::Response ranged(const net::Request& request, Make&& make);
  template <typename Make>
  net::Response of_journeys(const net::Request& request, Make&& make);
  [[nodiscard]] std::shared_ptr<const WatchState> watched() const { return watch_ ? watch_->state() : nullptr; }

  store::SeriesStore& store_;
  Intake& intake_;
  const Catalog& catalog_;
  Process process_;
  UnixMs clock_;
  const Watch* watch_;
  const Outbox* outbox_ = nullptr;
  net::EventHub live_{kLiveReadersMax};
};

}  // namespace bellrock::plane
