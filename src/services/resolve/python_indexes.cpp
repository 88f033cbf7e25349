#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "services/index/pip_config.hpp"
#include "services/resolve/python_resolver.hpp"

namespace mlrepro {
namespace {

PythonIndexConfig index_at(std::string name, std::string_view url, const std::string& where) {
  url = trim(url);
  while (url.ends_with('/'))
    url.remove_suffix(1);
  if (!url.starts_with("https://") && !url.starts_with("http://")) {
    throw Error(ErrorKind::input, "bad-index-url",
                where + " names the Python index \"" + std::string(url) + "\", which is no URL",
                "give an address that begins with https:// or http://");
  }
  return {std::move(name), std::string(url)};
}

// uv allows a name before the address: "internal=https://...".
std::string_view without_uv_name(std::string_view text) {
  const auto equals = text.find('=');
  return equals < text.find("://") ? text.substr(equals + 1) : text;
}

std::vector<PythonIndexConfig> main_indexes(const PythonConfig& python) {
  std::vector<PythonIndexConfig> out;
  for (const auto& index : python.indexes) {
    out.push_back(index_at(index.name, index.url, "mlrepro.toml"));
    out.back().packages = index.packages;
    out.back().only_named = index.only_named;
  }
  if (!out.empty()) return out;
  if (const auto url = environment(env::pip_index_url))
    return {index_at(std::string(pypi_name), *url, env::pip_index_url)};
  if (const auto url = environment(env::uv_default_index)) {
    return {index_at(std::string(pypi_name), without_uv_name(*url), env::uv_default_index)};
  }
  if (const auto url = configured_index(pip_config_files(pip_places()))) {
    return {index_at(std::string(pypi_name), *url, "pip's configuration")};
  }
  if (const auto url = default_index_of_pip()) return {index_at(std::string(pypi_name), *url, "pip")};
  throw Error(ErrorKind::surroundings, "no-python-index",
              "no Python index is known: PIP_INDEX_URL and UV_DEFAULT_INDEX are not set, pip's configuration "
              "names none, and no pip is installed",
              "name one in mlrepro.toml under [[python.index]]: name, url");
}

}  // namespace

std::vector<PythonIndexConfig> python_indexes(const PythonConfig& python) {
  if (python.no_index) return {};
  std::vector<PythonIndexConfig> out;
  for (const auto& index : python.extra_indexes)
    out.push_back(index_at(index.name, index.url, "a requirements file"));
  const auto others = main_indexes(python);
  out.insert(out.end(), others.begin(), others.end());
  return out;
}

}  // namespace mlrepro
