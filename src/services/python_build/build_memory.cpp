#include "services/python_build/build_memory.hpp"

#include <utility>

#include "base/error.hpp"
#include "base/file.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr int format = 1;
constexpr std::uint64_t most_bytes = std::uint64_t{16} << 20;

Json to_json(const python::CoreMetadata& metadata) {
  return {{"metadata_version", metadata.metadata_version},
          {"name", metadata.name},
          {"version", metadata.version.str()},
          {"requires_dist", metadata.requires_dist},
          {"requires_python", metadata.requires_python ? Json(*metadata.requires_python) : Json()},
          {"provides_extra", metadata.provides_extra}};
}

python::CoreMetadata metadata_from(const Json& json) {
  python::CoreMetadata out;
  out.metadata_version = json.at("metadata_version").get<std::string>();
  out.name = json.at("name").get<std::string>();
  out.version = python::Version::parse(json.at("version").get<std::string>()).value();
  out.requires_dist = json.at("requires_dist").get<std::vector<std::string>>();
  if (json.at("requires_python").is_string())
    out.requires_python = json.at("requires_python").get<std::string>();
  out.provides_extra = json.at("provides_extra").get<std::vector<std::string>>();
  return out;
}

Json to_json(const PythonFile& wheel) {
  return {{"name", wheel.name}, {"size", wheel.size}, {"sha256", wheel.sha256.hex()}};
}

PythonFile wheel_from(const Json& json) {
  return {json.at("name").get<std::string>(), json.at("size").get<std::uint64_t>(),
          Sha256::parse(json.at("sha256").get<std::string>()).value()};
}

std::vector<std::string> lines_from(const Json& json) {
  return json.get<std::vector<std::string>>();
}

}  // namespace

BuildMemory::BuildMemory(fs::path folder, const Sha256& tree, std::int64_t source_date_epoch)
    : folder_(std::move(folder)), tree_(tree), source_date_epoch_(source_date_epoch) {}

fs::path BuildMemory::file_of(const char* question, const SourceFile& source,
                              const PythonBuild& build) const {
  Json inputs = {{"memory", format},
                 {"question", question},
                 {"name", source.name},
                 {"version", source.version},
                 {"source", source.file.sha256.hex()},
                 {"subdirectory", source.subdirectory},
                 {"backend", build.backend},
                 {"backend_path", build.backend_path},
                 {"tree", tree_.hex()},
                 {"epoch", source_date_epoch_},
                 {"packages", Json::array()}};
  if (!source.described.empty()) inputs["described"] = source.described;
  for (const auto& package : build.packages)
    inputs["packages"].push_back(package.name + " " + package.file.sha256.hex());
  return folder_ / ("built-" + sha256(canonical_json(inputs)).hex());
}

template <typename T>
std::optional<T> BuildMemory::find(const char* question, const SourceFile& source, const PythonBuild& build,
                                   T (*read)(const Json&)) const {
  const fs::path file = file_of(question, source, build);
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return std::nullopt;
  try {
    return read(parse_json(read_file(file, most_bytes), file.string()));
  } catch (const Error&) {
    return std::nullopt;
  } catch (const Json::exception&) {
    return std::nullopt;
  } catch (const std::bad_optional_access&) {
    return std::nullopt;
  }
}

std::optional<std::vector<std::string>> BuildMemory::requirements(const SourceFile& source,
                                                                  const PythonBuild& build) const {
  return find("requires", source, build, &lines_from);
}

std::optional<python::CoreMetadata> BuildMemory::metadata(const SourceFile& source,
                                                          const PythonBuild& build) const {
  return find("metadata", source, build, &metadata_from);
}

std::optional<PythonFile> BuildMemory::wheel(const SourceFile& source, const PythonBuild& build) const {
  return find("wheel", source, build, &wheel_from);
}

void BuildMemory::keep(const SourceFile& source, const PythonBuild& build,
                       const std::vector<std::string>& requirements) const {
  write_file_atomically(file_of("requires", source, build), pretty_json(Json(requirements)));
}

void BuildMemory::keep(const SourceFile& source, const PythonBuild& build,
                       const python::CoreMetadata& metadata) const {
  write_file_atomically(file_of("metadata", source, build), pretty_json(to_json(metadata)));
}

void BuildMemory::keep(const SourceFile& source, const PythonBuild& build, const PythonFile& wheel) const {
  write_file_atomically(file_of("wheel", source, build), pretty_json(to_json(wheel)));
}

}  // namespace mlrepro
