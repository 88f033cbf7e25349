#include "services/fetch/fetcher.hpp"

#include <memory>
#include <optional>

#include "base/error.hpp"

namespace mlrepro {
namespace {

class Fetching {
 public:
  Fetching(HttpClient& client, const BlobStore& store, Progress& progress)
      : client_(client), store_(store), progress_(progress) {}

  void fetch(const std::vector<FetchItem>& items) {
    for (const auto& item : items) {
      if (store_.contains(item.sha256, item.size)) continue;
      total_ += item.size;
      request(item, 0);
    }
    if (total_ == 0) return;
    client_.run();
    progress_.finish("fetch");
  }

 private:
  // One file from one of its URLs; what has come of it goes into the store once it proves right.
  struct Arrival {
    std::optional<BlobStore::Writer> writer;
  };

  void request(const FetchItem& item, std::size_t url) {
    if (item.urls.empty()) {
      throw Error(ErrorKind::surroundings, "network", "nothing tells where to fetch " + item.what + " from");
    }
    auto arrival = std::make_shared<Arrival>();
    arrival->writer.emplace(store_.writer());
    HttpRequest http;
    http.url = item.urls[url];
    http.max_bytes = item.size;
    http.sink = [this, arrival](std::string_view piece) {
      arrival->writer->write(piece);
      done_ += piece.size();
      progress_.update("fetch", done_, total_, Unit::bytes);
    };
    http.restart = [this, arrival] {
      done_ -= arrival->writer->size();
      arrival->writer.reset();
      arrival->writer.emplace(store_.writer());
    };
    client_.submit(std::move(http), [this, &item, url, arrival](const HttpResponse& response) {
      const bool last = url + 1 == item.urls.size();
      if (response.status != 200) {
        if (last) {
          throw Error(ErrorKind::surroundings, "http-status",
                      "cannot fetch " + item.what + ": the server answered " +
                          std::to_string(response.status) + " for " + without_credentials(response.url),
                      "it may have left the index: mlrepro lock --upgrade looks for what there is now");
        }
        return request(item, url + 1);
      }
      try {
        arrival->writer->commit_as(item.sha256, item.size, item.what);
      } catch (const Error& error) {
        if (last || error.code() != "hash-mismatch") throw;
        done_ -= arrival->writer->size();
        request(item, url + 1);
      }
    });
  }

  HttpClient& client_;
  const BlobStore& store_;
  Progress& progress_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace

void fetch_all(const std::vector<FetchItem>& items, HttpClient& client, const BlobStore& store,
               Progress& progress) {
  Fetching(client, store, progress).fetch(items);
}

}  // namespace mlrepro
