// The operating system of an image while it is built: from packages alone, over a base image, or taken over
// from an image that is there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "services/image/base_changes.hpp"
#include "services/image/image_builder.hpp"
#include "services/image/image_documents.hpp"
#include "services/image/kept_os.hpp"
#include "services/image/path_ledger.hpp"
#include "services/image/phase_times.hpp"

namespace mlrepro {

class OsPart {
 public:
  // In `folder`/rootfs; `folder`/log has what scripts said. Throws Error(input, "no-os") where the lock has
  // none.
  OsPart(const BuildRequest& request, const std::filesystem::path& folder, PhaseTimes& times,
         Progress& progress);

  // From an image that is there, where that can be.
  void take_over();
  [[nodiscard]] bool is_taken_over() const noexcept { return kept_os_.has_value(); }

  // `debs`: the checked files, one for each package of the lock; none where it was taken over. `meanwhile` is
  // called, if at all, once nothing of what is beside the tree is touched any more.
  void install(const std::vector<std::filesystem::path>& debs, const std::function<void()>& meanwhile);
  // The same tree on every machine. May be called again, after what ran in it.
  void make_canonical();
  // make_canonical(), and the environment, which is in the tree now.
  void settle();
  // The layers, and what else an image says of its tree.
  void make_layers(ImageContent& content);

 private:
  void make_system_folders() const;
  void open_base();
  [[nodiscard]] LayerKind own_kind() const;
  [[nodiscard]] Layer write_os_layer() const;

  const Lockfile& lock_;
  const BuildRequest& request_;
  std::filesystem::path folder_;
  std::filesystem::path tree_;
  std::filesystem::path log_;
  std::int64_t epoch_ = 0;
  PhaseTimes& times_;
  Progress& progress_;
  std::optional<KeptOs> kept_os_;  // taken over
  PathLedger ledger_;
  TreeRecords before_;   // of a base, before anything was added
  ChangeLayer changes_;  // what was
};

}  // namespace mlrepro
