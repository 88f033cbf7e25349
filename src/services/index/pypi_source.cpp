#include "base/error.hpp"
#include "services/index/pypi_index.hpp"
#include "store/arriving_blob.hpp"

namespace mlrepro {
namespace {

constexpr std::uint64_t largest_source = std::uint64_t{4} << 30;

}  // namespace

void PypiIndex::source(const python::SimpleFile& file,
                       std::function<void(std::uint64_t, const std::string&)> answer) {
  if (const auto known = store_.find(*file.sha256)) return answer(std::filesystem::file_size(*known), {});
  HttpRequest request;
  request.url = file.url;
  request.max_bytes = largest_source;
  const auto writer = arrive_in(store_, request);
  ask(std::move(request), [file, answer = std::move(answer), writer](const HttpResponse& response) {
    if (response.status == 404 || response.status == 410) {
      return answer(0, "the index lists it, but it is not there (" + std::to_string(response.status) + ")");
    }
    if (response.status != 200) {
      throw not_fetched(file.filename, response, "try again later, or exclude this version");
    }
    const std::uint64_t size = (*writer)->size();
    (*writer)->commit_as(*file.sha256, file.size, file.filename);
    answer(size, {});
  });
}

}  // namespace mlrepro
