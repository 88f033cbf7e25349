#include <set>
#include <utility>

#include "adapters/archive/decompress.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "services/index/debian_index.hpp"
#include "services/index/debian_release.hpp"
#include "standards/deb/control.hpp"

namespace mlrepro {
namespace {

using Named = std::set<std::string>;  // what a Packages file says of a package, as one line

std::string line_of(std::string_view name, std::string_view version, std::string_view architecture,
                    std::string_view path, std::string_view size, std::string_view digest) {
  std::string line;
  for (const auto part : {name, version, architecture, path, size, digest})
    line += std::string(part) + "\n";
  return line;
}

// Keeps of every stanza whose Filename is wanted what it says; memory holds one stanza at a time.
void collect(const std::filesystem::path& file, const std::set<std::string, std::less<>>& wanted_paths,
             Named& named) {
  deb::ControlStream stream(file.filename().string(), [&](const deb::Stanza& stanza) {
    const auto path = stanza.get("Filename");
    if (!wanted_paths.contains(path)) return;
    named.insert(line_of(stanza.get("Package"), stanza.get("Version"), stanza.get("Architecture"), path,
                         stanza.get("Size"), stanza.get("SHA256")));
  });
  decompress_file(file, [&](std::string_view piece) {
    stream.feed(piece);
    return true;
  });
  stream.finish();
}

class ChainChecker {
 public:
  ChainChecker(const OsSection& os, const std::vector<DebianSource>& sources, const BlobStore& store)
      : os_(os), sources_(sources), store_(store) {}

  std::vector<ChainCheck> check() {
    std::set<std::string, std::less<>> paths;
    for (const auto& package : os_.packages)
      paths.insert(package.path);
    for (const auto& release : os_.releases) {
      Named named;
      // A link that is missing leaves what hangs on it unproved, which is one message and not hundreds.
      if (check_release(release) && check_indexes(release, paths, named)) check_packages(release, named);
    }
    std::set<std::string> known;
    for (const auto& release : os_.releases)
      known.insert(release.source);
    for (const auto& package : os_.packages) {
      if (!known.contains(package.source))
        bad(package.name, "its source \"" + package.source + "\" is not among the locked releases");
    }
    return std::move(checks_);
  }

 private:
  void good(const std::string& subject, const std::string& detail) {
    checks_.push_back({subject, true, false, detail});
  }
  void bad(const std::string& subject, const std::string& detail) {
    checks_.push_back({subject, false, false, detail});
  }

  std::optional<std::filesystem::path> blob(const Sha256& digest, const std::string& subject) {
    std::string damage;
    auto path = store_.find(digest, &damage);
    if (!path)
      checks_.push_back(
          {subject, false, damage.empty(), damage.empty() ? "it is not in the store any more" : damage});
    return path;
  }

  bool check_release(const LockedRelease& locked) {
    const std::string subject = "InRelease of " + locked.source;
    const auto path = blob(locked.sha256, subject);
    if (!path) return false;
    const std::string bytes = read_file(*path);
    std::string reason = "no configured source has the suite " + locked.suite;
    for (const auto& source : sources_) {
      if (source.suite != locked.suite) continue;
      try {
        const VerifiedRelease verified = verify_release(bytes, source, std::nullopt);
        release_ = verified.release;
        const LockedRelease& is = verified.locked;
        if (is.source == locked.source && is.date == locked.date && is.signed_by == locked.signed_by &&
            is.size == locked.size) {
          good(subject, "signed by " + join(is.signed_by, ", "));
          return true;
        }
        reason = "the lock tells another source, date, size or signer than the file";
      } catch (const Error& error) {
        reason = error.message();
      }
    }
    bad(subject, reason);
    return false;
  }

  bool check_indexes(const LockedRelease& locked, const std::set<std::string, std::less<>>& paths,
                     Named& named) {
    bool all = true;
    for (const auto& index : locked.indexes) {
      const std::string subject = index.path + " of " + locked.source;
      const auto listed = release_.files.find(index.path);
      if (listed == release_.files.end() || listed->second.sha256 != index.sha256 ||
          listed->second.size != index.size) {
        bad(subject, "the signed InRelease names another size or SHA-256");
        all = false;
        continue;
      }
      const auto path = blob(index.sha256, subject);
      if (!path) {
        all = false;
        continue;
      }
      collect(*path, paths, named);
      good(subject, "as InRelease names it");
    }
    return all;
  }

  void check_packages(const LockedRelease& locked, const Named& named) {
    for (const auto& package : os_.packages) {
      if (package.source != locked.source) continue;
      const std::string subject = package.name + " " + package.version;
      const std::string line = line_of(package.name, package.version, package.architecture, package.path,
                                       std::to_string(package.size), package.sha256.hex());
      if (named.contains(line)) {
        good(subject, "as its Packages file names it");
      } else {
        bad(subject, "no signed index of " + locked.source + " names this file with this size and SHA-256");
      }
    }
  }

  const OsSection& os_;
  const std::vector<DebianSource>& sources_;
  const BlobStore& store_;
  deb::Release release_;
  std::vector<ChainCheck> checks_;
};

}  // namespace

std::vector<ChainCheck> check_debian_chain(const OsSection& os, const std::vector<DebianSource>& sources,
                                           const BlobStore& store) {
  return ChainChecker(os, sources, store).check();
}

}  // namespace mlrepro
