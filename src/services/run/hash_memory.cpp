#include "services/run/hash_memory.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <map>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/file_stamp.hpp"
#include "base/parallel.hpp"
#include "codec/json.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

struct Known {
  std::string stamp;
  Sha256 sha256;
};

std::map<std::string, Known> read_memory(const fs::path& file) {
  std::map<std::string, Known> known;
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return known;
  try {
    const Json document = parse_json(read_file(file, 16U << 20), file.string());
    for (const auto& [path, entry] : document.items()) {
      const auto digest = Sha256::parse(entry.at("sha256").get<std::string>());
      if (digest) known[path] = {entry.at("stamp").get<std::string>(), *digest};
    }
  } catch (const Error&) {
    known.clear();
  } catch (const Json::exception&) {
    known.clear();
  }
  return known;
}

}  // namespace

std::vector<RecordedFile> hash_remembered(const std::vector<fs::path>& files, const fs::path& memory) {
  std::map<std::string, Known> known = read_memory(memory);
  std::vector<RecordedFile> hashed(files.size());
  std::vector<std::string> stamps(files.size());
  std::vector<std::size_t> unknown;
  for (std::size_t i = 0; i < files.size(); ++i) {
    struct stat info {};
    if (::stat(files[i].c_str(), &info) != 0) throw system_error(errno, "read " + files[i].string());
    hashed[i].path = files[i].string();
    hashed[i].size = static_cast<std::uint64_t>(info.st_size);
    stamps[i] = stamp_of(info);
    const auto found = known.find(hashed[i].path);
    if (found != known.end() && found->second.stamp == stamps[i]) {
      hashed[i].sha256 = found->second.sha256;
    } else {
      unknown.push_back(i);
    }
  }
  if (unknown.empty()) return hashed;
  run_parallel(unknown.size(),
               [&](std::size_t i) { hashed[unknown[i]].sha256 = sha256_file(files[unknown[i]]); });
  Json document = Json::object();
  for (const std::size_t i : unknown)
    known[hashed[i].path] = {stamps[i], hashed[i].sha256};
  for (const auto& [path, entry] : known)
    document[path] = {{"stamp", entry.stamp}, {"sha256", entry.sha256.hex()}};
  write_file_atomically(memory, pretty_json(document));
  return hashed;
}

}  // namespace mlrepro
