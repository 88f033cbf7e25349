// The commands of a RUN instruction that install something.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "services/init/draft.hpp"
#include "standards/docker/expansion.hpp"
#include "standards/docker/logical_text.hpp"

namespace mlrepro {

// What the commands need to know of the Dockerfile around them.
struct BuildContext {
  std::string file;              // the Dockerfile's name for people
  std::filesystem::path folder;  // of the build context
  // The file of the context that stands at a path of the image, as "requirements.txt"; empty: none.
  std::function<std::string(const std::string& path)> source_of;
  // Its name from the manifest's folder.
  std::function<std::string(const std::string& path)> shown;
};

// Takes over what `script` installs; notes the commands that cannot be. `variables` are the values of ARG and
// ENV that the script names.
void draft_commands(Draft& draft, const docker::LogicalText& script, const docker::Variables& variables,
                    const BuildContext& context);

}  // namespace mlrepro
