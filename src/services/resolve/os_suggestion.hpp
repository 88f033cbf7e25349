// Which wishes a refusal of OS packages rests on, and the nearest change that takes it away, both found by
// solving again.
#pragma once

#include <chrono>
#include <string>
#include <variant>
#include <vector>

#include "adapters/solv/debian_solver.hpp"
#include "services/resolve/conflict.hpp"
#include "services/resolve/os_wish.hpp"

namespace mlrepro {

class OsTrials {
 public:
  // `task` holds the wishes' alternatives in the order of `wishes`. Both and the pool must outlive this.
  OsTrials(DebianPool& pool, const DebianSolveRequest& task, const std::vector<OsWish>& wishes);

  // The same failure with each problem told by as few wishes as it needs; problems of the base set alone and
  // of wishes that nothing meets stay as they are. Bounded in time (1 s).
  [[nodiscard]] DebianFailure minimal(const DebianFailure& failure);

  // Fills in the suggestions of `conflict`, whose entries are the failure's problems: changes that were
  // solved, each as if the other problems were settled. An entry keeps its own where none was found. Bounded
  // in time (2 s).
  void suggest(Conflict& conflict, const DebianFailure& failure);

 private:
  struct Change {
    DebianSolveRequest task;
    std::string words;
    std::string name;  // of the package whose version tells what the change gives; may be empty
  };
  using Solved = std::variant<DebianChoice, DebianFailure>;

  [[nodiscard]] DebianSolveRequest with_wishes(const std::vector<std::size_t>& chosen) const;
  [[nodiscard]] std::vector<std::size_t> involved(const std::vector<DebianStep>& problem) const;
  [[nodiscard]] std::vector<Change> changes(const std::vector<DebianStep>& problem,
                                            const DebianSolveRequest& base) const;
  void change_wish(std::size_t wish, const DebianSolveRequest& base, std::vector<Change>& into) const;
  void lift(const DebianLabel& barred, const DebianSolveRequest& base, std::vector<Change>& into) const;

  DebianPool& pool_;
  const DebianSolveRequest& task_;
  const std::vector<OsWish>& wishes_;
};

}  // namespace mlrepro
