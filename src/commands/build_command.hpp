// mlrepro build: lock -> store -> root filesystem -> image, its digest written into the lock.
#pragma once

#include <string>
#include <vector>

#include "commands/chosen_target.hpp"
#include "commands/invocation.hpp"
#include "services/image/image_builder.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

struct BuildOptions {
  std::vector<std::string> outputs;  // KIND:PATH
  bool no_cache = false;             // builds again even where the image is there, and compares
  bool no_check_imports = false;
  bool twice = false;  // builds a second time under perturbed surroundings, compares the trees
  TargetChoice target = {};
};

[[nodiscard]] int build_command(const Invocation& invocation, const BuildOptions& options);

// The image of `lock`, which is one target of the project's lock; built if it is not there yet; writes the
// digest into a lock that has none. Where it is built and a package cannot be imported, that is a warning:
// the command may not need it. Throws Error(input, "image-differs") where the lock names another digest than
// this build gave, and Error(surroundings, "foreign-architecture") where it cannot be built here.
[[nodiscard]] RealisedImage realise(const Invocation& invocation, const Manifest& manifest, Lockfile& lock,
                                    bool build_again);

// What build_image needs to know of a manifest and its lock.
[[nodiscard]] BuildRequest build_request(const Invocation& invocation, const Lockfile& lock,
                                         const BlobStore& store);

}  // namespace mlrepro
