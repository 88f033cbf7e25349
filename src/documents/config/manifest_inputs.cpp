// What of a manifest decides its lock.

#include "base/sorted.hpp"
#include "documents/config/direct_line.hpp"
#include "documents/config/manifest.hpp"
#include "standards/python/direct_url.hpp"

namespace mlrepro {
namespace {

// Which index a package comes from decides the lock; where that index lies does not.
Json index_choices(const std::vector<PythonIndexConfig>& indexes) {
  const bool plain = indexes.size() <= 1 && (indexes.empty() || indexes[0].packages.empty());
  Json list = Json::array();
  if (plain) return list;
  for (const auto& index : indexes) {
    list.push_back(
        {{"name", index.name}, {"packages", sorted_unique(index.packages)}, {"explicit", index.only_named}});
  }
  return list;
}

// The hashes of a requirements file are many, and the lock has those that count: their digest tells a change.
Sha256 digest_of(const std::map<std::string, std::vector<Sha256>>& hashes) {
  std::string text;
  for (const auto& [name, digests] : hashes) {
    for (const auto& digest : sorted_unique(digests))
      text += name + " " + digest.hex() + "\n";
  }
  return sha256(text);
}

}  // namespace

Json Manifest::normalised() const {
  const auto lines = [](std::vector<std::string> list) {
    for (auto& line : list)
      line = public_line(line);
    return sorted_unique(std::move(list));
  };
  Json json = Json::object();
  json["platforms"] = sorted_unique(platforms);
  if (exclude_newer_than_pins) json["exclude-newer"] = "pins";
  if (exclude_newer) json["exclude-newer"] = format_rfc3339(*exclude_newer);
  if (os) json["os"] = os->normalised();
  if (python) {
    Json section = {{"requirements", lines(python->requirements)}, {"prereleases", python->prereleases}};
    if (!python->constraints.empty()) section["constraints"] = lines(python->constraints);
    if (!python->overrides.empty()) section["overrides"] = lines(python->overrides);
    if (!python->find_links.empty()) {
      auto places = python->find_links;
      for (auto& place : places)
        place = python::without_userinfo(place);
      section["find-links"] = sorted_unique(std::move(places));
    }
    if (python->no_index) section["no-index"] = true;
    if (!python->no_build.empty()) section["no-build"] = sorted_unique(python->no_build);
    if (!python->no_binary.empty()) section["no-binary"] = sorted_unique(python->no_binary);
    if (python->requires_python) section["requires-python"] = *python->requires_python;
    if (python->version) section["version"] = *python->version;
    if (!python->versions.empty()) section["versions"] = python->versions;
    for (const auto& pylock : python->pylocks) {
      Json scope = {{"environments", sorted_unique(pylock.environments)}};
      if (pylock.requires_python) scope["requires-python"] = *pylock.requires_python;
      section["pylocks"].push_back(std::move(scope));
    }
    auto indexes = python->extra_indexes;
    indexes.insert(indexes.end(), python->indexes.begin(), python->indexes.end());
    if (auto list = index_choices(indexes); !list.empty()) section["indexes"] = std::move(list);
    if (!python->hashes.empty()) section["hashes"] = digest_of(python->hashes).tagged();
    json["python"] = section;
  }
  if (!data.empty()) json["data"] = sorted_unique(data);
  return json;
}

}  // namespace mlrepro
