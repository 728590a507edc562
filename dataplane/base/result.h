// Result<T, E>: a value or an error, returned by everything that can fail. It allocates nothing and throws nothing.
// On the packet path E is `Drop` (counters.h): bad input is an outcome, not an exception.
#pragma once

#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#include "dataplane/base/check.h"

namespace bellrock {

// A failure of our own machinery: what failed, and one number that says more (errno, an offset, a line).
struct Error {
  const char* what = "";
  std::int64_t detail = 0;
};

template <typename E>
struct Failure {
  E error;
};
template <typename E>
Failure(E) -> Failure<E>;

namespace internal {

// Where a Result is plain data it is copied as such, which the compiler keeps in registers.
template <typename T, typename E, bool = std::is_trivially_copyable_v<T>&& std::is_trivially_copyable_v<E>>
struct ResultStorage {
  explicit ResultStorage(T&& from) : value(std::move(from)), ok(true) {}
  explicit ResultStorage(Failure<E>&& from) : error(std::move(from.error)), ok(false) {}
  union {
    T value;
    E error;
  };
  bool ok;
};

template <typename T, typename E>
struct ResultStorage<T, E, false> {
  explicit ResultStorage(T&& from) : value(std::move(from)), ok(true) {}
  explicit ResultStorage(Failure<E>&& from) : error(std::move(from.error)), ok(false) {}
  ResultStorage(const ResultStorage& other) : ok(other.ok) { construct(other); }
  ResultStorage(ResultStorage&& other) noexcept : ok(other.ok) { construct(std::move(other)); }
  ResultStorage& operator=(ResultStorage other) noexcept {
    destroy();
    ok = other.ok;
    construct(std::move(other));
    return *this;
  }
  ~ResultStorage() { destroy(); }

  template <typename R>
  void construct(R&& other) {
    if (ok) {
      new (&value) T(std::forward<R>(other).value);
    } else {
      new (&error) E(std::forward<R>(other).error);
    }
  }
  void destroy() {
    if (ok) {
      value.~T();
    } else {
      error.~E();
    }
  }
  union {
    T value;
    E error;
  };
  bool ok;
};

}  // namespace internal

template <typename T, typename E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : stored_(std::move(value)) {}
  template <typename F>
  requires std::is_convertible_v<F, E> Result(Failure<F> failure) : stored_(Failure<E>{std::move(failure.error)}) {}

  [[nodiscard]] bool ok() const { return stored_.ok; }
  explicit operator bool() const { return stored_.ok; }
  [[nodiscard]] T& value() & { return CHECK(stored_.ok), stored_.value; }
  [[nodiscard]] const T& value() const& { return CHECK(stored_.ok), stored_.value; }
  [[nodiscard]] T&& value() && { return CHECK(stored_.ok), std::move(stored_.value); }
  [[nodiscard]] const E& error() const { return CHECK(!stored_.ok), stored_.error; }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  internal::ResultStorage<T, E> stored_;
};

struct Done {};
template <typename E = Error>
using Status = Result<Done, E>;

}  // namespace bellrock

#define BELLROCK_JOIN_(a, b) a##b
#define BELLROCK_JOIN(a, b) BELLROCK_JOIN_(a, b)
#define BELLROCK_TRY_ASSIGN_(temporary, declaration, expression)                 \
  auto temporary = (expression);                                                 \
  if (!temporary.ok()) return ::bellrock::Failure{std::move(temporary).error()}; \
  declaration = std::move(temporary).value()

// TRY_ASSIGN(const auto x, f()): x is f()'s value, or the enclosing function returns f()'s error.
#define TRY_ASSIGN(declaration, expression) \
  BELLROCK_TRY_ASSIGN_(BELLROCK_JOIN(try_result_, __LINE__), declaration, expression)

// TRY(f()): go on, or return f()'s error.
#define TRY(expression)                                                              \
  do {                                                                               \
    auto try_status = (expression);                                                  \
    if (!try_status.ok()) return ::bellrock::Failure{std::move(try_status).error()}; \
  } while (false)
