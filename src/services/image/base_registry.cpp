#include "services/image/base_registry.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "codec/json.hpp"
#include "standards/python/url.hpp"
#include "store/arriving_blob.hpp"

namespace mlrepro {
namespace {

constexpr std::uint64_t most_token_bytes = std::uint64_t{1} << 20;

constexpr std::string_view accepted =
    "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json";

bool is_loopback(const std::string& host) {
  const std::string name = host.substr(0, host.rfind(':'));
  return name == "localhost" || name.starts_with("127.");
}

std::string escaped(const std::string& text) {
  return python::percent_encode(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
  });
}

class Registry {
 public:
  Registry(const oci::RegistryName& name, HttpClient& client, const BlobStore& store)
      : name_(name), client_(client), store_(store) {
    base_ = (is_loopback(name.host) ? "http://" : "https://") + name.host + "/v2/" + name.repository + "/";
  }

  void fetch(const WantedBlob& blob) {
    for (const bool again : {false, true}) {
      HttpRequest request;
      request.url = base_ + (blob.is_manifest ? "manifests/" : "blobs/") + blob.digest.tagged();
      request.side = Side::os;
      request.max_bytes = blob.size.value_or(most_manifest_bytes);
      request.as_served = true;
      if (blob.is_manifest) request.headers.emplace_back("Accept", accepted);
      if (!token_.empty()) request.headers.emplace_back("Authorization", "Bearer " + token_);
      const ArrivingBlob arriving = arrive_in(store_, request);
      const HttpResponse response = ask(std::move(request));
      if (response.status == 401 && !again) {
        get_token(blob, response);
        continue;
      }
      if (response.status != 200) {
        throw not_fetched(blob.what, response,
                          "does the registry have it, and for everybody? os.base is " + name_.host + "/" +
                              name_.repository);
      }
      (*arriving)->commit_as(blob.digest, blob.size, blob.what);
      return;
    }
  }

 private:
  HttpResponse ask(HttpRequest request) {
    HttpResponse answer;
    client_.submit(std::move(request), [&](const HttpResponse& response) { answer = response; });
    client_.run();
    return answer;
  }

  void get_token(const WantedBlob& blob, const HttpResponse& refusal) {
    const auto place = oci::parse_bearer(refusal.header("www-authenticate").value_or(""));
    const bool safe = place && (place->realm.starts_with("https://") ||
                                (is_loopback(name_.host) && place->realm.starts_with("http://")));
    if (!safe) {
      throw not_fetched(blob.what, refusal,
                        "the registry wants a login; push the image to one that does not");
    }
    HttpRequest request;
    request.url = place->realm + (place->realm.find('?') == std::string::npos ? "?" : "&") +
                  "service=" + escaped(place->service) + "&scope=" +
                  escaped(place->scope.empty() ? "repository:" + name_.repository + ":pull" : place->scope);
    request.side = Side::os;
    request.max_bytes = most_token_bytes;
    const HttpResponse response = ask(std::move(request));
    if (response.status != 200) throw not_fetched("a token to pull " + name_.repository, response, "");
    const Json json = parse_json(response.body, "the registry's token");
    for (const auto* key : {"token", "access_token"}) {
      if (json.is_object() && json.contains(key) && json[key].is_string())
        token_ = json[key].get<std::string>();
    }
    const bool is_plain =
        std::all_of(token_.begin(), token_.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (token_.empty() || !is_plain) {
      throw Error(ErrorKind::surroundings, "registry-token",
                  "cannot fetch " + blob.what + ": the answer of " + without_credentials(place->realm) +
                      " has no token");
    }
  }

  const oci::RegistryName& name_;
  HttpClient& client_;
  const BlobStore& store_;
  std::string base_;
  std::string token_;
};

}  // namespace

void fetch_from_registry(const oci::RegistryName& name, const std::vector<WantedBlob>& blobs,
                         HttpClient& client, const BlobStore& store, Progress& progress) {
  Registry registry(name, client, store);
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    progress.update("base image", i, blobs.size(), Unit::items);
    registry.fetch(blobs[i]);
  }
}

}  // namespace mlrepro
