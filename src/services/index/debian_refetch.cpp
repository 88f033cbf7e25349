#include "base/error.hpp"
#include "services/index/debian_index.hpp"
#include "services/index/debian_places.hpp"
#include "standards/deb/release.hpp"

namespace mlrepro {
namespace {

void fetch_into_store(HttpClient& client, const BlobStore& store, const std::string& url,
                      const Sha256& digest, std::uint64_t size) {
  if (store.contains(digest, size)) return;
  HttpRequest request;
  request.url = url;
  request.side = Side::os;
  request.max_bytes = std::uint64_t{1} << 30;
  request.as_served = true;
  client.submit(std::move(request), [&store, digest](const HttpResponse& response) {
    if (response.status == 200 && sha256(response.body) == digest) store.put(response.body);
  });
}

}  // namespace

void refetch_debian_chain(const OsSection& os, const std::vector<DebianSource>& sources, HttpClient& client,
                          const BlobStore& store) {
  for (const auto& release : os.releases) {
    for (const auto& uri : archives_of(release, sources)) {
      const std::string folder = uri + "/dists/" + release.suite + "/";
      fetch_into_store(client, store, folder + "InRelease", release.sha256, release.size);
      for (const auto& index : release.indexes) {
        fetch_into_store(client, store, folder + deb::by_hash_path(index.path, index.sha256), index.sha256,
                         index.size);
      }
    }
  }
  client.run();
}

}  // namespace mlrepro
