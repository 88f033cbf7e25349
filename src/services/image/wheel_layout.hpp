// Where the members of a wheel go (PyPA "Binary distribution format"), decided before anything is written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/archive/zip_archive.hpp"
#include "codec/digest.hpp"
#include "documents/lockfile/lockfile.hpp"
#include "standards/python/record.hpp"

namespace mlrepro {

// The fixed prefix of every image: scripts and bytecode name it.
inline constexpr std::string_view environment_prefix = "opt/env";
inline constexpr std::string_view environment_python = "/opt/env/bin/python3";
// PATH in an image, without and with the environment.
inline constexpr std::string_view search_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
inline constexpr std::string_view environment_search_path =
    "/opt/env/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
// "3.11" -> "opt/env/lib/python3.11/site-packages"
[[nodiscard]] std::string site_packages(std::string_view minor);

struct PlannedFile {
  ZipMember member;
  std::string target;            // below the image's root
  Sha256 sha256;                 // of the member, by RECORD
  std::uint32_t mode = 0644;     // 0755 where the archive marks it executable, and for scripts
  bool rewrite_shebang = false;  // of .data/scripts: "#!python" becomes the environment's interpreter
};

struct GeneratedFile {
  std::string target;
  std::string bytes;
  std::uint32_t mode = 0644;
};

struct WheelPlan {
  std::string name;                // "numpy 2.0", for messages
  std::string site;                // site_packages() of the interpreter
  std::string record;              // target of RECORD
  std::vector<PlannedFile> files;  // by target
  std::vector<GeneratedFile>
      generated;  // scripts of entry points, INSTALLER, REQUESTED; RECORD is made at the end
};

// `python` is "3.11". Throws Error(input, "bad-wheel") where a path leaves its place or would replace the
// interpreter, where a file is not in RECORD or the reverse, where Wheel-Version is not 1.x, or the wheel is
// another project's.
[[nodiscard]] WheelPlan plan_wheel(const ZipArchive& wheel, const PythonPackage& package,
                                   std::string_view python);

// What RECORD names a target: relative to site-packages, "../../../bin/f2py".
[[nodiscard]] std::string record_path(const WheelPlan& plan, const std::string& target);

}  // namespace mlrepro
