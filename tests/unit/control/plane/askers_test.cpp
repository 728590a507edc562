#include "control/plane/askers.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/support/in_the_end.h"

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
  const auto answered = [&] {
    const std::lock_guard lock(mutex);
    return statuses.size();
  };
  ASSERT_TRUE(in_the_end([&] { return answered() == 4; }));
  askers.stop();
  EXPECT_EQ(statuses, (std::vector<unsigned>{503, 200, 200, 200}));
}

TEST(Askers, AStopWaitsForWhatIsUnderWayAndHoldsNothingOfTheRest) {
  Askers askers(1, 10);
  std::promise<void> begun;
  bool ended = false;
  askers.ask(
      [&](const net::Respond&) {
        begun.set_value();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));  // the store takes its time
        ended = true;
      },
      {});
  auto waiting = std::make_shared<int>(0);
  const std::weak_ptr<int> held = waiting;
  askers.ask([waiting = std::move(waiting)](const net::Respond&) {}, {});
  begun.get_future().wait();
  askers.stop();
  EXPECT_TRUE(ended);
  EXPECT_TRUE(held.expired());
}

}  // namespace
}  // namespace bellrock::plane
