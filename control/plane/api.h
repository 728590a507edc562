// Routes of the centre: which request is answered by what. Called on the server's threads.
#pragma once

#include "control/net/http_server.h"
#include "control/plane/intake.h"
#include "control/plane/status.h"
#include "control/plane/watch.h"

namespace bellrock::plane {

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

 private:
  net::Response get(const net::Request& request);
  net::Response slo(const net::Request& request);
  net::Response events(const net::Request& request);
  void write(const net::Request& request, const net::Respond& respond);
  net::Response heatmap(const net::Request& request);
  net::Response metrics();
  net::Response ready();

  // Answers with the JSON that `make` returns for a fresh snapshot.
  template <typename Make>
  net::Response view(Make&& make);

  store::SeriesStore& store_;
  Intake& intake_;
  const Catalog& catalog_;
  Process process_;
  UnixMs clock_;
  const Watch* watch_;
};

}  // namespace bellrock::plane
