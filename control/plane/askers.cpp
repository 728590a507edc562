#include "control/plane/askers.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "control/plane/answers.h"

namespace bellrock::plane {

void Askers::ask(std::function<void(const net::Respond&)> question, const net::Respond& respond) {
  if (waiting_.fetch_add(1) >= waiting_max_) {
    --waiting_;
    net::Response busy = problem(503, "busy", "too many questions wait for the store");
    busy.headers.emplace_back("Retry-After", "5");
    add_security_headers(busy);
    return respond(std::move(busy));
  }
  boost::asio::post(*pool_, [this, question = std::move(question), respond] {
    question(respond);
    --waiting_;
  });
}

void Askers::stop() {
  if (!pool_) return;
  pool_->stop();
  pool_->join();
  pool_.reset();
}

}  // namespace bellrock::plane
