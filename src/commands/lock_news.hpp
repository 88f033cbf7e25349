// What `mlrepro lock` says of the lock that it has made: to people, and as a document.
#pragma once

#include <string>
#include <vector>

#include "adapters/net/http_client.hpp"
#include "commands/answer.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "documents/lockfile/lockfile_diff.hpp"
#include "services/resolve/module_twins.hpp"

namespace mlrepro {

struct LockNews {
  const Lockfile& after;
  Sha256 id;             // of `after`
  std::string name;      // of the file
  bool first = false;    // there was no lock before
  bool changed = false;  // the file's bytes
  bool dry_run = false;
  std::vector<LockChange> changes;  // since the lock before; none where there was none
  std::vector<ModuleTwin> twins;
};

void tell(const LockNews& news, Answer& answer);
[[nodiscard]] Json to_json(const LockNews& news, const NetworkUse& network, double seconds);

}  // namespace mlrepro
