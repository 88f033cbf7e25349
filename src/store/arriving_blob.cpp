#include "store/arriving_blob.hpp"

namespace mlrepro {

ArrivingBlob arrive_in(const BlobStore& store, HttpRequest& request) {
  auto writer = std::make_shared<std::optional<BlobStore::Writer>>(store.writer());
  request.sink = [writer](std::string_view piece) { (*writer)->write(piece); };
  request.restart = [&store, writer] {
    writer->reset();
    writer->emplace(store.writer());
  };
  return writer;
}

Error not_fetched(const std::string& what, const HttpResponse& response, std::string hint) {
  return Error(ErrorKind::surroundings, "http-status",
               "cannot fetch " + what + ": status " + status_words(response) + " for " +
                   without_credentials(response.url),
               status_advice(response, std::move(hint)));
}

}  // namespace mlrepro
