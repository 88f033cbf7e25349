// A blob whose bytes come from a server.
#pragma once

#include <memory>
#include <optional>

#include "adapters/net/http_client.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

// Never empty but for those who reset it.
using ArrivingBlob = std::shared_ptr<std::optional<BlobStore::Writer>>;

// The request's answer goes into it; what had come is dropped where the server starts over. The caller
// commits it when the answer is there.
[[nodiscard]] ArrivingBlob arrive_in(const BlobStore& store, HttpRequest& request);

// Where the answer has another status than one with the bytes. `hint` as of Error.
[[nodiscard]] Error not_fetched(const std::string& what, const HttpResponse& response, std::string hint);

}  // namespace mlrepro
