// A child applies frames and says after each acknowledgement how far it is; it is killed at a random moment. The store
// must then hold exactly the acknowledged frames, or one more whose acknowledgement was on its way.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include "tests/unit/control/store/backend.h"
#include "tests/unit/control/store/frames.h"

namespace bellrock::store {
namespace {

constexpr std::uint64_t kSeed = 21;

[[noreturn]] void write_until_killed(Backend& backend, int ready) {
  auto store = backend.try_open();
  if (!store.ok()) ::_exit(2);
  auto seq = static_cast<std::uint64_t>(0);
  {
    const auto sources = (*(*store)->snapshot())->sources();
    if (!sources->empty()) seq = sources->at(0).applied;
  }
  for (;;) {
    const auto frame = any_frame(++seq, kSeed);
    const ReceivedFrame one = received(frame);
    const auto applied = (*store)->apply({&one, 1});
    // A server may still have been at the frame of the child before.
    if (!applied.ok() || applied->at(0) > Applied::kRepeated) ::_exit(3);
    if (::write(ready, &seq, sizeof seq) != sizeof seq) ::_exit(4);
  }
}

TEST(StoreCrash, HoldsExactlyWhatWasAcknowledgedAfterKills) {
  const auto backend = make_backend();
  std::mt19937_64 random(kSeed);
  Model model;
  std::uint64_t applied = 0;
  for (int round = 0; round < backend->kills(); ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      write_until_killed(*backend, ends[1]);
    }
    ::close(ends[1]);
    std::uint64_t acknowledged = applied, seq = 0;
    const bool at_work = round % 3 != 0;  // else it may be killed while it opens and recovers
    if (at_work) {
      ASSERT_EQ(::read(ends[0], &acknowledged, sizeof acknowledged), ssize_t{sizeof acknowledged});
    }
    ::usleep(static_cast<useconds_t>(random() % 40'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer failed by itself: " << WEXITSTATUS(status);
    while (::read(ends[0], &seq, sizeof seq) == sizeof seq) acknowledged = seq;
    ::close(ends[0]);

    auto store = backend->try_open();
    ASSERT_TRUE(store.ok()) << store.error().message;
    const auto snapshot = (*store)->snapshot();
    const auto sources = (*snapshot)->sources();
    const std::uint64_t held = sources->empty() ? 0 : sources->at(0).applied;
    ASSERT_TRUE(held == acknowledged || held == acknowledged + 1) << held << " of " << acknowledged;
    while (applied < held) add(model, any_frame(++applied, kSeed));
    EXPECT_EQ(sums(**snapshot), model);
    const auto all = (*snapshot)->conservation();
    EXPECT_EQ(all->recorded, all->kept);
  }
  EXPECT_GE(applied, static_cast<std::uint64_t>(backend->kills() * 2 / 3));
}

}  // namespace
}  // namespace bellrock::store
