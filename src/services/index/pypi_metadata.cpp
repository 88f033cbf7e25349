#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "codec/zip_directory.hpp"
#include "services/index/pypi_index.hpp"
#include "standards/python/wheel_metadata.hpp"
#include "store/arriving_blob.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t tail_size = 16 * 1024;
constexpr std::uint64_t largest_tail = 512 * 1024;
constexpr std::uint64_t worth_a_request = 64 * 1024;  // bytes read for nothing
constexpr std::uint64_t piece_size = std::uint64_t{1} << 20;
constexpr std::uint64_t largest_directory = std::uint64_t{64} << 20;
constexpr std::uint64_t largest_wheel = std::uint64_t{8} << 30;
constexpr std::size_t kept_in_memory = std::size_t{16} << 20;

constexpr const char* later_or_another = "try again later, or exclude this version";

void refuse(const PypiIndex::Answer& answer, std::string why) {
  answer({{}, 0, std::move(why)});
}

// The header fields alone: what follows the first empty line is a description for people.
std::string_view head_of(std::string_view text) {
  const auto end = std::min(text.find("\n\n"), text.find("\n\r\n"));
  return end == std::string_view::npos ? text : text.substr(0, end + 1);
}

// A wheel's last bytes, or all of it from a server that knows no ranges: small ones in memory, large ones in
// the store, so that nothing is sent twice.
struct Arriving {
  std::string bytes;
  std::optional<BlobStore::Writer> writer;

  void take(std::string_view piece, const BlobStore& store) {
    if (!writer && bytes.size() + piece.size() > kept_in_memory) {
      writer.emplace(store.writer());
      writer->write(bytes);
      bytes = {};
    }
    if (writer) {
      writer->write(piece);
    } else {
      bytes += piece;
    }
  }
  void restart() {
    bytes.clear();
    writer.reset();
  }
};

}  // namespace

void PypiIndex::metadata(const python::SimpleFile& file, Answer answer) {
  later([this, file, answer = std::move(answer)] { find_metadata_of(file, answer); });
}

void PypiIndex::find_metadata_of(const python::SimpleFile& file, const Answer& answer) {
  if (file.sha256) {
    if (const auto kept = kept_metadata_.find(file.sha256->hex())) {
      CacheReader in(kept->text);
      const std::uint64_t size = in.number();
      auto metadata = python::metadata_of_wheel(file.filename, in.rest());
      if (metadata && !in.failed()) return answer({std::move(*metadata), size});
    }
  }
  if (file.core_metadata) return ask_sidecar(file, answer);
  if (file.url.starts_with("file:")) return ask_wheel(file, answer);  // libcurl has no end of a short file
  ask_tail(file, answer);
}

void PypiIndex::keep(const python::SimpleFile& file, const std::string& text, std::uint64_t size,
                     const Answer& answer) {
  auto metadata = python::metadata_of_wheel(file.filename, text);
  if (!metadata) return refuse(answer, "its METADATA names another project or version, or cannot be read");
  if (file.sha256) keep_metadata(*file.sha256, size, head_of(text));
  answer({std::move(*metadata), size});
}

// The wheel's size stands before its metadata.
void PypiIndex::keep_metadata(const Sha256& wheel, std::uint64_t size, std::string_view text) const {
  CacheWriter out;
  out.number(size);
  out.raw(text);
  kept_metadata_.keep(wheel.hex(), out.bytes());
}

void PypiIndex::identify(const python::SimpleFile& file, Identity answer) {
  HttpRequest request;
  request.url = file.url;
  request.max_bytes = file.size.value_or(largest_wheel);
  ArrivingBlob writer;
  if (file.sha256) {
    request.suffix = 1;
    request.sink = [](std::string_view) {};
  } else {
    writer = arrive_in(store_, request);
  }
  ask(std::move(request), [this, file, answer, writer](const HttpResponse& response) {
    const auto total = response.total_size();
    if (response.status / 100 != 2 || (file.sha256 && !total))
      throw not_fetched(file.filename, response, later_or_another);
    if (!file.sha256) {
      const std::uint64_t size = (*writer)->size();
      return answer((*writer)->commit(), size);
    }
    if (const auto kept = kept_metadata_.find(file.sha256->hex())) {
      CacheReader in(kept->text);
      (void)in.number();
      keep_metadata(*file.sha256, *total, in.rest());
    }
    answer(*file.sha256, *total);
  });
}

void PypiIndex::ask_sidecar(const python::SimpleFile& file, const Answer& answer) {
  HttpRequest request;
  request.url = file.url + ".metadata";
  request.max_bytes = python::largest_metadata;
  ask(std::move(request), [this, file, answer](const HttpResponse& response) {
    const bool right = response.status == 200 &&
                       (!file.core_metadata_sha256 || sha256(response.body) == *file.core_metadata_sha256) &&
                       python::metadata_of_wheel(file.filename, response.body);
    if (!right) return ask_tail(file, answer);
    keep(file, response.body, file.size.value_or(0), answer);
  });
}

std::uint64_t& PypiIndex::tail_of(const python::SimpleFile& file) {
  const std::string_view project = std::string_view(file.filename).substr(0, file.filename.find('-'));
  const auto known = tails_.find(project);
  return known != tails_.end() ? known->second : tails_.emplace(project, tail_size).first->second;
}

void PypiIndex::expect_tail(const python::SimpleFile& file, std::uint64_t total,
                            const ZipDirectory& directory, const ZipEntry* metadata) {
  std::uint64_t from = directory.offset;
  if (metadata != nullptr && metadata->header_offset < from &&
      from - metadata->header_offset < worth_a_request)
    from = metadata->header_offset;
  if (from > total) return;
  const std::uint64_t needed = total - from;
  const std::uint64_t roomy = needed + needed / 16;  // the next one may be longer
  if (roomy > tail_size && roomy <= largest_tail) tail_of(file) = roomy;
}

void PypiIndex::ask_tail(const python::SimpleFile& file, const Answer& answer) {
  HttpRequest request;
  request.url = file.url;
  request.suffix = tail_of(file);
  request.max_bytes = file.size.value_or(largest_wheel);
  auto arriving = std::make_shared<Arriving>();
  request.sink = [this, arriving](std::string_view piece) { arriving->take(piece, store_); };
  request.restart = [arriving] { arriving->restart(); };
  ask(std::move(request), [this, file, answer, arriving](const HttpResponse& response) {
    const bool whole = response.status == 200;
    if (whole && arriving->writer) {
      Sha256 digest;
      if (file.sha256) {
        arriving->writer->commit_as(*file.sha256, file.size, file.filename);
        digest = *file.sha256;
      } else {
        digest = arriving->writer->commit();
      }
      return read_stored(digest, file, answer);
    }
    if (whole && file.sha256 && sha256(arriving->bytes) != *file.sha256) {
      throw Error(ErrorKind::input, "hash-mismatch",
                  file.filename + " is not the file that its index tells the SHA-256 of",
                  "try again, or use another index");
    }
    HttpResponse part = response;
    part.body = std::move(arriving->bytes);
    if (whole && part.body.empty()) return refuse(answer, "it is empty");
    read_tail(file, part, answer);
  });
}

void PypiIndex::read_tail(const python::SimpleFile& file, const HttpResponse& response,
                          const Answer& answer) {
  if (response.status == 404 || response.status == 410)
    return refuse(answer,
                  "the index lists it, but it is not there (" + std::to_string(response.status) + ")");
  const bool whole = response.status == 200;
  const auto total = whole ? std::optional<std::uint64_t>(response.body.size()) : response.total_size();
  if (response.status / 100 != 2 || !total || *total < response.body.size()) return ask_wheel(file, answer);
  const auto directory = find_zip_directory(response.body, *total);
  if (!directory || directory->size > largest_directory) {
    if (whole) return refuse(answer, "it is no zip archive");
    return ask_wheel(file, answer);
  }
  const std::uint64_t tail_start = *total - response.body.size();
  if (directory->offset >= tail_start) {
    const auto at = static_cast<std::size_t>(directory->offset - tail_start);
    const std::string bytes = response.body.substr(at, static_cast<std::size_t>(directory->size));
    return ask_member(file, *total, *directory, bytes, response.body, answer);
  }
  ask_pieces(file, directory->offset, directory->size,
             [this, file, answer, total = *total, directory = *directory,
              tail = response.body](const std::optional<std::string>& bytes) {
               if (!bytes) return ask_wheel(file, answer);
               ask_member(file, total, directory, *bytes, tail, answer);
             });
}

// Servers that keep large files in parts answer a long range of one late (seconds, for 2.5 MB of a wheel of
// 600 MB), and short ones at once.
void PypiIndex::ask_pieces(const python::SimpleFile& file, std::uint64_t offset, std::uint64_t size,
                           std::function<void(const std::optional<std::string>&)> answer) {
  struct Pieces {
    std::vector<std::string> bytes;
    std::size_t missing = 0;
    bool failed = false;
  };
  if (size == 0) return answer(std::string());
  auto pieces = std::make_shared<Pieces>();
  pieces->missing = static_cast<std::size_t>((size + piece_size - 1) / piece_size);
  pieces->bytes.resize(pieces->missing);
  for (std::size_t i = 0; i < pieces->bytes.size(); ++i) {
    const std::uint64_t from = offset + i * piece_size;
    HttpRequest request;
    request.url = file.url;
    request.range = {from, std::min(from + piece_size, offset + size) - 1};
    request.max_bytes = request.range->second - from + 1;
    ask(std::move(request), [pieces, answer, i](const HttpResponse& response) {
      pieces->failed = pieces->failed || response.status != 206;
      pieces->bytes[i] = response.body;
      if (--pieces->missing > 0) return;
      if (pieces->failed) return answer(std::nullopt);
      std::string whole;
      for (const auto& piece : pieces->bytes)
        whole += piece;
      answer(whole);
    });
  }
}

void PypiIndex::ask_member(const python::SimpleFile& file, std::uint64_t total, const ZipDirectory& directory,
                           const std::string& bytes, const std::string& tail, const Answer& answer) {
  const auto members = parse_zip_directory(bytes, directory.entries);
  const ZipEntry* member = members ? python::find_metadata(*members) : nullptr;
  const bool whole = tail.size() == total;
  expect_tail(file, total, directory, member);
  if (member == nullptr || member->header_offset >= total ||
      member->compressed_size > python::largest_metadata) {
    if (whole) return refuse(answer, "it has no METADATA");
    return ask_wheel(file, answer);
  }
  const std::uint64_t tail_start = total - tail.size();
  if (member->header_offset >= tail_start) {
    const auto at = static_cast<std::size_t>(member->header_offset - tail_start);
    if (const auto text =
            extract_zip_member(std::string_view(tail).substr(at), *member, python::largest_metadata)) {
      return keep(file, *text, total, answer);
    }
    if (whole) return refuse(answer, "its METADATA cannot be read");
  }
  HttpRequest request;
  request.url = file.url;
  const std::uint64_t last = member->header_offset + usual_zip_member_size(*member);
  request.range = {member->header_offset, std::min(last, total) - 1};
  request.max_bytes = last - member->header_offset;
  ask(std::move(request), [this, file, total, answer, member = *member](const HttpResponse& response) {
    const auto text = response.status == 206
                          ? extract_zip_member(response.body, member, python::largest_metadata)
                          : std::nullopt;
    if (!text) return ask_wheel(file, answer);
    keep(file, *text, total, answer);
  });
}

void PypiIndex::ask_wheel(const python::SimpleFile& file, const Answer& answer) {
  HttpRequest request;
  request.url = file.url;
  request.max_bytes = file.size.value_or(largest_wheel);
  const auto writer = arrive_in(store_, request);
  ask(std::move(request), [this, file, answer, writer](const HttpResponse& response) {
    if (response.status != 200) throw not_fetched(file.filename, response, later_or_another);
    if (!file.sha256) return read_stored((*writer)->commit(), file, answer);
    (*writer)->commit_as(*file.sha256, file.size, file.filename);
    read_stored(*file.sha256, file, answer);
  });
}

void PypiIndex::read_stored(const Sha256& digest, const python::SimpleFile& file, const Answer& answer) {
  const fs::path path = store_.get(digest, file.filename);
  const auto said = python::read_wheel_text(path);
  if (!said.unusable.empty()) return refuse(answer, said.unusable);
  keep(file, said.metadata, fs::file_size(path), answer);
}

}  // namespace mlrepro
