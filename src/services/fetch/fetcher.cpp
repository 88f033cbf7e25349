#include "services/fetch/fetcher.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "base/error.hpp"
#include "store/arrival_claims.hpp"

namespace mlrepro {
namespace {

class Fetching {
 public:
  Fetching(HttpClient& client, const BlobStore& store, Progress& progress)
      : client_(client), store_(store), progress_(progress), claims_(store.root()) {}

  void fetch(const std::vector<FetchItem>& items) {
    std::set<Sha256> asked;
    std::vector<const FetchItem*> others;  // that another process is fetching
    for (const auto& item : items) {
      if (store_.contains(item.sha256, item.size) || !asked.insert(item.sha256).second) continue;
      total_ += item.size;
      if (!claims_.claim(item.sha256)) {
        others.push_back(&item);
      } else if (store_.contains(item.sha256, item.size)) {
        claims_.release(item.sha256);  // it has come meanwhile
      } else {
        request(item, 0, false);
      }
    }
    if (asked.empty()) return;
    client_.run();
    // Nothing is claimed by us any more, so that no two wait for each other.
    for (const auto* item : others)
      await(*item);
    progress_.finish("fetch");
  }

 private:
  // What has come of one file; it goes into the store once it proves right. The writer is made with the first
  // byte: a thousand files that wait hold no descriptor each.
  using Arrival = std::optional<BlobStore::Writer>;

  void drop(Arrival& arrival) {
    if (arrival) done_ -= arrival->size();
    arrival.reset();
  }

  // Until the other process has it, or has given up.
  void await(const FetchItem& item) {
    while (!claims_.claim(item.sha256)) {
      if (store_.contains(item.sha256, item.size)) return;
      progress_.update("fetch", done_, total_, Unit::bytes);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    if (!store_.contains(item.sha256, item.size)) {
      request(item, 0, false);
      client_.run();
    }
    claims_.release(item.sha256);
  }

  void take(Arrival& arrival, std::string_view piece) {
    if (!arrival) arrival.emplace(store_.writer());
    arrival->write(piece);
    done_ += piece.size();
    progress_.update("fetch", done_, total_, Unit::bytes);
  }

  // `again`: the parts that came from this URL were not of one file, so it is asked for the whole.
  void request(const FetchItem& item, std::size_t url, bool again) {
    if (item.urls.empty()) {
      throw Error(ErrorKind::surroundings, "network", "nothing tells where to fetch " + item.what + " from");
    }
    const bool last = url + 1 == item.urls.size();
    const auto arrival = std::make_shared<Arrival>();
    HttpRequest http;
    http.url = item.urls[url];
    http.side = item.side;
    http.max_bytes = item.size;
    http.sink = [this, arrival](std::string_view piece) { take(*arrival, piece); };
    http.restart = [this, arrival] { drop(*arrival); };
    if (!last) {
      http.failed = [this, &item, url, arrival](const Error&) {
        drop(*arrival);
        request(item, url + 1, false);
      };
    }
    client_.submit(std::move(http), [this, &item, url, again, last, arrival](const HttpResponse& response) {
      if (response.status != 200) {
        drop(*arrival);
        if (last) throw refused(item, response);
        return request(item, url + 1, false);
      }
      if (!*arrival) arrival->emplace(store_.writer());
      const std::uint64_t size = (*arrival)->size();
      try {
        (*arrival)->commit_as(item.sha256, item.size, item.what);
        arrival->reset();
        claims_.release(item.sha256);
      } catch (const Error& error) {
        const bool once_more = response.resumed && !again;
        if (error.code() != "hash-mismatch" || (last && !once_more)) throw;
        arrival->reset();
        done_ -= size;
        request(item, once_more ? url : url + 1, once_more);
      }
    });
  }

  static Error refused(const FetchItem& item, const HttpResponse& response) {
    return Error(
        ErrorKind::surroundings, "http-status",
        "cannot fetch " + item.what + ": the server answered " + status_words(response) + " for " +
            without_credentials(response.url),
        status_advice(response,
                      "it may have left the index: mlrepro lock --upgrade looks for what there is now"));
  }

  HttpClient& client_;
  const BlobStore& store_;
  Progress& progress_;
  ArrivalClaims claims_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace

void fetch_all(const std::vector<FetchItem>& items, HttpClient& client, const BlobStore& store,
               Progress& progress) {
  Fetching(client, store, progress).fetch(items);
}

}  // namespace mlrepro
