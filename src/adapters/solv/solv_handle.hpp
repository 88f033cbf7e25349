// Owners of libsolv's objects, for the .cpp files of this room only: libsolv's headers reach no further.
#pragma once

#include <cstdio>
#include <cstring>
#include <memory>

// struct Solvable has a member named `requires`, a keyword of C++20; libsolv's own switch renames it.
#define LIBSOLV_SOLVABLE_PREPEND_DEP
extern "C" {
#include <solv/evr.h>
#include <solv/pool.h>
#include <solv/poolarch.h>
#include <solv/problems.h>
#include <solv/queue.h>
#include <solv/repo.h>
#include <solv/solver.h>
}

#include "base/handle.hpp"

namespace mlrepro::solv {

using PoolHandle = std::unique_ptr<Pool, Deleter<pool_free>>;
using SolverHandle = std::unique_ptr<Solver, Deleter<solver_free>>;

class IdQueue {
 public:
  IdQueue() { queue_init(&queue_); }
  IdQueue(const IdQueue&) = delete;
  IdQueue& operator=(const IdQueue&) = delete;
  ~IdQueue() { queue_free(&queue_); }

  [[nodiscard]] Queue* get() noexcept { return &queue_; }
  [[nodiscard]] int size() const noexcept { return queue_.count; }
  [[nodiscard]] Id operator[](int index) const noexcept { return queue_.elements[index]; }
  [[nodiscard]] const Id* begin() const noexcept { return queue_.elements; }
  [[nodiscard]] const Id* end() const noexcept { return queue_.elements + queue_.count; }
  void push(Id id) { queue_push(&queue_, id); }
  void push(Id first, Id second) { queue_push2(&queue_, first, second); }
  void clear() { queue_empty(&queue_); }

 private:
  Queue queue_;
};

}  // namespace mlrepro::solv
