#include "services/resolve/kept_solution.hpp"

#include "adapters/solv/rank_solver.hpp"
#include "base/build_id.hpp"
#include "services/index/validators.hpp"
#include "services/resolve/kept_fields.hpp"

namespace mlrepro {

template <kept::Is<PageRead> T>
auto members(T& value) {
  auto& [project, marks] = value;
  return std::tie(project, marks);
}

template <kept::Is<SaidLine> T>
auto members(T& value) {
  auto& [is_warning, text] = value;
  return std::tie(is_warning, text);
}

template <kept::Is<PythonSolution> T>
auto members(T& value) {
  auto& [interpreter, packages, urls, exclude_newer, builds] = value;
  return std::tie(interpreter, packages, urls, exclude_newer, builds);
}

template <kept::Is<KeptSolution> T>
auto members(T& value) {
  auto& [pages, lines, solution] = value;
  return std::tie(pages, lines, solution);
}

namespace {

template <typename... T>
void put_all(CacheWriter& out, const T&... values) {
  (kept::put(out, values), ...);
}

template <typename T>
std::optional<T> parsed(std::string_view bytes) {
  CacheReader in(bytes);
  T out = kept::take<T>(in);
  if (in.failed() || !in.rest().empty()) return std::nullopt;
  return out;
}

template <typename T>
std::string rendered(const T& value) {
  CacheWriter out;
  kept::put(out, value);
  return out.take();
}

}  // namespace

std::string solving_build() {
  return build_id().empty() ? std::string() : std::string(build_id()) + " " + solver_version();
}

// Both name the members of the request, so that a further one does not go unseen.

std::string solution_key(const PythonRequest& request, std::string_view build) {
  const auto& [requirements, constraints, hashes, overrides, requires_python, interpreter, machine, indexes,
               find_links, prereleases, exclude_newer, exclude_newer_than_pins, preferred, moving, cache,
               no_build, no_binary, sources, ground, direct] = request;
  if (build.empty() || !find_links.empty() || !direct.empty()) return {};
  CacheWriter out;
  out.text("python");
  out.text(build);
  put_all(out, requirements, constraints, hashes, overrides, requires_python, interpreter, machine,
          prereleases, exclude_newer, exclude_newer_than_pins, preferred, moving, no_build, no_binary);
  out.number(indexes.size());
  for (const auto& index : indexes)
    put_all(out, index.name, cache_key(index.url), index.packages, index.only_named);
  put_all(out, sources != nullptr, sources != nullptr ? sources->grounds() : std::string());
  put_all(out, ground.suite, ground.python, ground.libc);  // in messages
  (void)cache;
  return sha256(out.bytes()).hex();
}

std::string render_kept_solution(const KeptSolution& kept) {
  return rendered(kept);
}

std::optional<KeptSolution> parse_kept_solution(std::string_view bytes) {
  return parsed<KeptSolution>(bytes);
}

std::string solution_key(const OsRequest& request, std::string_view build) {
  const auto& [files, architecture, base, packages, recommends, recommends_of, exclude, pins, preferred,
               installed, cache] = request;
  if (build.empty() || cache.empty() || installed) return {};
  CacheWriter out;
  out.text("os");
  out.text(build);
  out.number(files.size());
  for (const auto& file : files)
    put_all(out, file.source, file.locked.sha256, file.release);
  put_all(out, architecture, base, packages, recommends, recommends_of, exclude, pins, preferred);
  return sha256(out.bytes()).hex();
}

std::string render_kept_packages(const OsSolution& solution) {
  return rendered(solution.packages);
}

std::optional<OsSolution> parse_kept_packages(std::string_view bytes) {
  auto packages = parsed<std::vector<OsPackage>>(bytes);
  if (!packages) return std::nullopt;
  return OsSolution{std::move(*packages)};
}

}  // namespace mlrepro
