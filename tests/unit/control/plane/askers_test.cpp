#include "control/plane/askers.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace bellrock::plane {
namespace {

TEST(Askers, WhoComesWhenAllPlacesAreTakenIsToldToComeAgain) {
  Askers askers(2, 3);
  std::promise<void> store;  // hangs until it is let go
  const auto hangs = store.get_future().share();
  std::mutex mutex;
  std::vector<unsigned> statuses;
  const auto note = [&](const net::Response& response) {
    const std::lock_guard lock(mutex);
    statuses.push_back(response.status);
  };
  for (int i = 0; i < 4; ++i) {
    askers.ask(
        [hangs](const net::Respond& respond) {
          hangs.wait();
          respond({200, "text/plain", "", {}});
        },
        note);
  }
  {
    const std::lock_guard lock(mutex);
    EXPECT_EQ(statuses, std::vector<unsigned>{503});  // at once, though nobody else is answered yet
  }
  store.set_value();
  while (true) {
    const std::lock_guard lock(mutex);
    if (statuses.size() == 4) break;
  }
  EXPECT_EQ(statuses, (std::vector<unsigned>{503, 200, 200, 200}));
  askers.stop();
}

TEST(Askers, AStopLetsGoWhatWaits) {
  std::promise<void> store;
  const auto hangs = store.get_future().share();
  auto waiting = std::make_shared<int>(0);
  const std::weak_ptr<int> held = waiting;
  Askers askers(1, 10);
  std::promise<void> begun;
  askers.ask([&begun, hangs](const net::Respond&) { begun.set_value(), hangs.wait(); }, {});
  askers.ask([waiting = std::move(waiting)](const net::Respond&) { ADD_FAILURE(); }, {});
  begun.get_future().wait();
  std::thread end([&] { askers.stop(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  store.set_value();
  end.join();
  EXPECT_TRUE(held.expired());
}

}  // namespace
}  // namespace bellrock::plane
