#include "services/index/debian_offers.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "services/index/kept_answer.hpp"

namespace mlrepro {
namespace {

constexpr std::uint64_t largest_release = std::uint64_t{64} << 20;

std::string release_url(const DebianSource& source) {
  return source.uri + "/dists/" + source.suite + "/InRelease";
}

class Offers {
 public:
  Offers(const std::vector<DebianSource>& sources, HttpClient& client, const BlobStore& store,
         const std::filesystem::path& cache, Progress& progress, const std::vector<LockedRelease>& before)
      : sources_(sources),
        client_(client),
        store_(store),
        kept_(cache),
        progress_(progress),
        before_(before) {}

  std::vector<OfferedRelease> fetch() {
    std::vector<std::optional<std::string>> bodies(sources_.size());
    std::vector<std::optional<Error>> failures(sources_.size());
    std::vector<std::optional<HttpResponse>> fresh(sources_.size());
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      HttpRequest request;
      request.url = release_url(sources_[i]);
      request.side = Side::os;
      request.max_bytes = largest_release;
      // What a proxy kept may be older than the indexes that the mirror still has.
      request.headers = {{"Cache-Control", "max-age=0"}};
      request.failed = [i, &failures](const Error& error) {
        failures[i] = error.code() != "too-large"
                          ? error
                          : Error(error.kind(), "bad-release", error.message() + ": it is no InRelease",
                                  "check the address of the archive in apt's sources or [[os.index]]");
      };
      auto kept = kept_.find(request.url);
      if (kept && client_.offline()) {
        bodies[i] = std::move(kept->body);
        continue;
      }
      if (kept) kept->validators.ask_whether_same(request);
      client_.submit(std::move(request), [this, i, kept = std::move(kept), &bodies, &failures,
                                          &fresh](const HttpResponse& response) {
        if (response.status == 304 && kept) {
          bodies[i] = kept->body;
          return;
        }
        if (response.status == 200) {
          bodies[i] = response.body;
          fresh[i] = response;
          return;
        }
        failures[i] = Error(
            ErrorKind::surroundings, "http-status",
            (response.status == 404 || response.status == 410 ? "the archive has no suite "
                                                              : "the archive does not show its suite ") +
                sources_[i].suite + ": status " + status_words(response) + " for " +
                without_credentials(response.url),
            status_advice(response,
                          "check os.suite and os.suites in mlrepro.toml, or apt's sources; "
                          "[[os.index]] names another archive"));
      });
    }
    client_.run();
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (!bodies[i]) continue;
      VerifiedRelease verified = verify_release(*bodies[i], sources_[i], now());
      // Only what is good: a server that is asked with its validators would say of bad bytes too that they
      // stand.
      if (fresh[i]) kept_.keep(release_url(sources_[i]), *fresh[i]);
      offers_.push_back({&sources_[i], std::move(verified), std::move(*bodies[i])});
    }
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (!failures[i]) continue;
      if (!is_served(sources_[i]) && !has_other_mirror(sources_[i])) throw std::move(*failures[i]);
      if (failures[i]->code() == "network")
        progress_.note("left out: " + without_credentials(sources_[i].uri) + ": " + failures[i]->message());
    }
    drop_strangers();
    for (const auto& offer : offers_) {
      refuse_older(offer);
      const LockedRelease& locked = offer.verified.locked;
      if (!store_.contains(locked.sha256, locked.size)) store_.put(offer.body);
    }
    return std::move(offers_);
  }

 private:
  // Dates are RFC 3339 in UTC: their order is that of their text.
  void refuse_older(const OfferedRelease& offer) const {
    const LockedRelease& is = offer.verified.locked;
    if (offer.source->as_of) return;  // an older state is what was asked for
    for (const auto& locked : before_) {
      if (locked.source != is.source || is.date >= locked.date) continue;
      throw Error(
          ErrorKind::input, "replayed",
          "InRelease of " + is.source + " is of " + is.date + ", older than the one locked, of " +
              locked.date,
          "the mirror is behind, or an old state of the archive is replayed: use another mirror, or remove "
          "the lock to accept the older state");
    }
  }

  // Whether an archive of the distribution itself serves the suite of this source, which is one of the
  // machine's.
  [[nodiscard]] bool is_served(const DebianSource& source) const {
    return !source.origin.empty() &&
           std::any_of(offers_.begin(), offers_.end(), [&](const OfferedRelease& offer) {
             return offer.source->suite == source.suite && is_own(offer);
           });
  }

  // Whether another place that was asked for the same, under the same keys, answered.
  [[nodiscard]] bool has_other_mirror(const DebianSource& source) const {
    return std::any_of(offers_.begin(), offers_.end(), [&](const OfferedRelease& offer) {
      const DebianSource& other = *offer.source;
      return other.suite == source.suite && other.components == source.components &&
             other.keyrings == source.keyrings && other.only_keys == source.only_keys;
    });
  }

  // "Debian", also "Debian Backports".
  static bool is_own(const OfferedRelease& offer) {
    const std::string own = to_lower(offer.source->origin);
    const std::string is = to_lower(offer.verified.release.origin);
    return is == own || (!own.empty() && is.starts_with(own + " "));
  }

  // Third parties' archives, and further mirrors of an archive that is there already.
  void drop_strangers() {
    std::vector<OfferedRelease> kept;
    for (auto& offer : offers_) {
      const std::string name = offer.verified.locked.source;
      if (!is_own(offer) && is_served(*offer.source)) {
        progress_.note("left out: " + name + " at " + without_credentials(offer.source->uri) +
                       ", which is no archive of " + offer.source->origin +
                       " (name it under [[os.index]] to use it)");
        continue;
      }
      const auto same = std::find_if(kept.begin(), kept.end(), [&](const OfferedRelease& other) {
        return other.verified.locked.source == name && other.source->suite == offer.source->suite;
      });
      if (same == kept.end()) {
        kept.push_back(std::move(offer));
      } else {
        same->mirrors.push_back(offer.source->uri);
      }
    }
    offers_ = std::move(kept);
  }

  const std::vector<DebianSource>& sources_;
  HttpClient& client_;
  const BlobStore& store_;
  KeptAnswers kept_;
  Progress& progress_;
  const std::vector<LockedRelease>& before_;
  std::vector<OfferedRelease> offers_;
};

}  // namespace

std::vector<OfferedRelease> offered_releases(const std::vector<DebianSource>& sources, HttpClient& client,
                                             const BlobStore& store, const std::filesystem::path& cache,
                                             Progress& progress, const std::vector<LockedRelease>& before) {
  return Offers(sources, client, store, cache, progress, before).fetch();
}

}  // namespace mlrepro
