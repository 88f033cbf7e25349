#include "services/index/debian_index.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "base/error.hpp"
#include "services/index/debian_offers.hpp"
#include "store/arriving_blob.hpp"

namespace mlrepro {
namespace {

struct Wanted {
  std::size_t release = 0;  // index into the offers
  const DebianSource* source = nullptr;
  LockedIndex index;
  std::vector<std::string> urls = {};  // in the order of asking
};

// The smallest form first: xz, gz, zstd, plain.
std::optional<LockedIndex> find_index(const deb::Release& release, const std::string& component,
                                      const std::string& architecture) {
  for (const char* ending : {".xz", ".gz", ".zst", ""}) {
    const std::string path = component + "/binary-" + architecture + "/Packages" + ending;
    const auto found = release.files.find(path);
    if (found != release.files.end())
      return LockedIndex{component, path, found->second.size, found->second.sha256};
  }
  return std::nullopt;
}

// Each archive by hash where the Release announces that, then by name: mirrors that announce by-hash but lack
// the file still serve it so.
std::vector<std::string> index_urls(const OfferedRelease& offer, const LockedIndex& index) {
  std::vector<std::string> uris{offer.source->uri};
  uris.insert(uris.end(), offer.mirrors.begin(), offer.mirrors.end());
  std::vector<std::string> urls;
  for (const auto& uri : uris) {
    const std::string folder = uri + "/dists/" + offer.source->suite + "/";
    if (offer.verified.release.acquire_by_hash)
      urls.push_back(folder + deb::by_hash_path(index.path, index.sha256));
    urls.push_back(folder + index.path);
  }
  return urls;
}

class IndexLoader {
 public:
  IndexLoader(std::vector<OfferedRelease> offers, const std::string& architecture, HttpClient& client,
              const BlobStore& store, Progress& progress)
      : architecture_(architecture),
        client_(client),
        store_(store),
        progress_(progress),
        offers_(std::move(offers)) {}

  DebianIndex load() {
    find_indexes();
    std::set<Sha256> asked;
    for (const auto& wanted : wanted_) {
      if (!asked.insert(wanted.index.sha256).second || store_.find(wanted.index.sha256)) continue;
      total_ += wanted.index.size;
      fetch_index(wanted, 0, std::nullopt);
    }
    client_.run();
    if (total_ > 0) progress_.finish("package indexes");
    return assemble();
  }

 private:
  void find_indexes() {
    for (std::size_t i = 0; i < offers_.size(); ++i) {
      const DebianSource& source = *offers_[i].source;
      const deb::Release& release = offers_[i].verified.release;
      std::vector<std::string> architectures{architecture_};
      if (release.architecture_all_separate) architectures.emplace_back("all");
      for (const auto& component : source.components) {
        bool found = false;
        for (const auto& architecture : architectures) {
          const auto index = find_index(release, component, architecture);
          if (index) wanted_.push_back({i, &source, *index, index_urls(offers_[i], *index)});
          found = found || index.has_value();
        }
        if (!found) progress_.note(source.suite + " has no component " + component + " for " + architecture_);
      }
    }
    if (wanted_.empty()) {
      throw Error(ErrorKind::input, "no-index", "no configured suite has packages for " + architecture_,
                  "check the components of apt's sources");
    }
  }

  // From the first of its URLs that serves it. `mismatch`: other bytes came from one before.
  void fetch_index(const Wanted& wanted, std::size_t url, std::optional<Error> mismatch) {
    const std::string what = wanted.index.path + " of " + wanted.source->suite;
    const bool last = url + 1 == wanted.urls.size();
    HttpRequest request;
    request.url = wanted.urls[url];
    request.side = Side::os;
    request.max_bytes = wanted.index.size;
    const auto writer = arrive_in(store_, request);
    const auto ask_next = [this, &wanted, url, writer](std::optional<Error> because) {
      received_ -= (*writer)->size();
      writer->reset();
      fetch_index(wanted, url + 1, std::move(because));
    };
    request.sink = [this, take = std::move(request.sink)](std::string_view piece) {
      take(piece);
      received_ += piece.size();
      progress_.update("package indexes", received_, total_, Unit::bytes);
    };
    request.restart = [this, writer, again = std::move(request.restart)] {
      received_ -= (*writer)->size();
      again();
    };
    if (!last) request.failed = [ask_next, mismatch](const Error&) { ask_next(mismatch); };
    client_.submit(
        std::move(request), [&wanted, last, ask_next, writer, what, mismatch](const HttpResponse& response) {
          if (response.status == 200) {
            try {
              return (*writer)->commit_as(wanted.index.sha256, wanted.index.size, what);
            } catch (const Error& error) {
              if (last || error.code() != "hash-mismatch") throw;
              return ask_next(error);
            }
          }
          if (!last) return ask_next(mismatch);
          if (mismatch) throw Error(*mismatch);
          throw not_fetched(what, response, "the mirror may be in the middle of an update: try again");
        });
  }

  DebianIndex assemble() {
    DebianIndex result;
    for (const auto& wanted : wanted_) {
      LockedRelease& release = offers_[wanted.release].verified.locked;
      release.indexes.push_back(wanted.index);
      result.files.push_back(
          {release.source, wanted.source->uri, wanted.index,
           store_.get(wanted.index.sha256, wanted.index.path + " of " + wanted.source->suite),
           facts_of(offers_[wanted.release].verified.release, wanted.index.component)});
    }
    for (auto& offer : offers_) {
      LockedRelease& release = offer.verified.locked;
      std::sort(release.indexes.begin(), release.indexes.end(),
                [](const auto& a, const auto& b) { return a.path < b.path; });
      result.releases.push_back(std::move(release));
    }
    std::sort(result.releases.begin(), result.releases.end(),
              [](const auto& a, const auto& b) { return a.source < b.source; });
    return result;
  }

  const std::string& architecture_;
  HttpClient& client_;
  const BlobStore& store_;
  Progress& progress_;
  std::vector<OfferedRelease> offers_;
  std::vector<Wanted> wanted_;
  std::uint64_t received_ = 0;
  std::uint64_t total_ = 0;
};

// No clock that is right says this: certificates and keys fail by it, and the reasons do not name it.
constexpr UnixTime earliest = 1735689600;  // 2025-01-01T00:00:00Z

Error with_clock(const Error& error) {
  if (now() >= earliest) return error;
  return Error(error.kind(), error.code(), error.message(),
               "set the clock of this machine: it says " + format_rfc3339(now()));
}

}  // namespace

DebianIndex load_debian_index(const std::vector<DebianSource>& sources, const std::string& architecture,
                              HttpClient& client, const BlobStore& store, const std::filesystem::path& cache,
                              Progress& progress, const std::vector<LockedRelease>& before) {
  const auto once = [&] {
    return IndexLoader(offered_releases(sources, client, store, cache, progress, before), architecture,
                       client, store, progress)
        .load();
  };
  const auto is_other = [](const Error& error) {
    return error.code() == "hash-mismatch" || error.code() == "too-large";
  };
  try {
    return once();
  } catch (const Error& error) {
    if (error.code() == "network") throw with_clock(error);
    if (!is_other(error)) throw;
    progress.note(error.message() + "; reading the archive's InRelease again");
  }
  // A mirror without by-hash may have moved on between InRelease and index: then all of it once more.
  try {
    return once();
  } catch (const Error& error) {
    if (!is_other(error)) throw;
    throw Error(ErrorKind::input, "hash-mismatch",
                "an index is not the one that the signed InRelease names: " + error.message(),
                "the mirror changes while it is read, or serves other bytes than were signed: try again "
                "later, or use another mirror");
  }
}

}  // namespace mlrepro
