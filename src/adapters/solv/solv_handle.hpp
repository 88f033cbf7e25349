// Owners of libsolv's objects, for the .cpp files of this room only: libsolv's headers reach no further.
#pragma once

#include <cstdio>
#include <cstring>
#include <memory>

// struct Solvable has a member named `requires`, a keyword of C++20; libsolv's own switch renames it.
#define LIBSOLV_SOLVABLE_PREPEND_DEP
extern "C" {
#include <solv/bitmap.h>
#include <solv/evr.h>
#include <solv/pool.h>
#include <solv/poolarch.h>
#include <solv/problems.h>
#include <solv/queue.h>
#include <solv/repo.h>
#include <solv/solver.h>
}

#include "adapters/solv/solv_library.hpp"
#include "base/handle.hpp"

namespace mlrepro::solv {

using PoolHandle = std::unique_ptr<Pool, Deleter<pool_free>>;
using SolverHandle = std::unique_ptr<Solver, Deleter<solver_free>>;

inline PoolHandle new_pool() {
  load_solv();
  return PoolHandle(pool_create());
}

class BitMap {
 public:
  BitMap() {
    load_solv();
    map_init(&map_, 0);
  }
  BitMap(const BitMap&) = delete;
  BitMap& operator=(const BitMap&) = delete;
  ~BitMap() { map_free(&map_); }
  [[nodiscard]] Map* get() noexcept { return &map_; }

  // Holds at least `bits`, none of them set.
  void clear(int bits) {
    map_grow(&map_, bits);
    map_empty(&map_);
  }
  // libsolv's MAPSET narrows an int without a cast.
  void set(Id bit) noexcept {
    auto& byte = map_.map[bit >> 3];
    byte = static_cast<unsigned char>(byte | 1U << (bit & 7));
  }
  [[nodiscard]] bool has(Id bit) const noexcept {
    return (bit >> 3) < map_.size && (map_.map[bit >> 3] & 1U << (bit & 7)) != 0;
  }

 private:
  Map map_;
};

class IdQueue {
 public:
  IdQueue() {
    load_solv();
    queue_init(&queue_);
  }
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

// The pair that a relation is, or nullptr for a plain name. libsolv's own macros do not pass
// -Wsign-conversion; an id of a relation has the top bit set (pooltypes.h).
inline const Reldep* pair_of(const Pool* pool, Id id) noexcept {
  return id >= 0 ? nullptr : pool->rels + (static_cast<unsigned>(id) ^ 0x80000000U);
}
inline Id relation_id(unsigned index) noexcept {
  return static_cast<Id>(index | 0x80000000U);
}

}  // namespace mlrepro::solv
