#include "services/resolve/kept_solution.hpp"

#include <limits>

#include "services/index/index_cache.hpp"
#include "services/index/validators.hpp"

namespace mlrepro {
namespace {

template <typename List, typename Write>
void write_list(CacheWriter& out, const List& list, Write write) {
  out.number(list.size());
  for (const auto& each : list)
    write(each);
}

void write_texts(CacheWriter& out, const auto& list) {
  write_list(out, list, [&](const std::string& text) { out.text(text); });
}

void write_flag(CacheWriter& out, bool flag) {
  out.number(flag ? 1 : 0);
}

void write_time(CacheWriter& out, const std::optional<UnixTime>& time) {
  write_flag(out, time.has_value());
  if (time) out.number(static_cast<std::uint64_t>(*time));
}

void write_digest(CacheWriter& out, const Sha256& digest) {
  out.text(digest.hex());
}

void write_interpreter(CacheWriter& out, const PythonInterpreter& interpreter) {
  for (const auto* text :
       {&interpreter.package, &interpreter.version, &interpreter.implementation, &interpreter.libc})
    out.text(*text);
  write_texts(out, interpreter.tags);
}

// Every element takes a byte at least: what claims to be longer than its bytes is refused before it is
// allocated.
template <typename Read>
void read_list(CacheReader& in, Read read) {
  const std::uint64_t count = in.number();
  if (count > in.rest().size()) {
    (void)in.raw(std::numeric_limits<std::size_t>::max());
    return;
  }
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i)
    read();
}

std::string read_text(CacheReader& in) {
  return std::string(in.text());
}

std::vector<std::string> read_texts(CacheReader& in) {
  std::vector<std::string> out;
  read_list(in, [&] { out.push_back(read_text(in)); });
  return out;
}

std::optional<UnixTime> read_time(CacheReader& in) {
  if (in.number() == 0) return std::nullopt;
  return static_cast<UnixTime>(in.number());
}

PythonInterpreter read_interpreter(CacheReader& in) {
  PythonInterpreter out;
  for (auto* text : {&out.package, &out.version, &out.implementation, &out.libc})
    *text = read_text(in);
  out.tags = read_texts(in);
  return out;
}

void write_package(CacheWriter& out, const PythonPackage& package) {
  for (const auto* text : {&package.name, &package.version, &package.source, &package.file.name})
    out.text(*text);
  out.number(package.file.size);
  write_digest(out, package.file.sha256);
  write_texts(out, package.requires_);
  write_texts(out, package.extras);
  write_flag(out, package.requested);
  write_texts(out, package.required_by);
}

std::optional<PythonPackage> read_package(CacheReader& in) {
  PythonPackage out;
  for (auto* text : {&out.name, &out.version, &out.source, &out.file.name})
    *text = read_text(in);
  out.file.size = in.number();
  const auto digest = Sha256::parse(in.text());
  if (!digest) return std::nullopt;
  out.file.sha256 = *digest;
  out.requires_ = read_texts(in);
  out.extras = read_texts(in);
  out.requested = in.number() != 0;
  out.required_by = read_texts(in);
  return out;
}

}  // namespace

std::string solution_key(const PythonRequest& request, std::string_view build) {
  // By name, so that a further member does not go unseen.
  const auto& [requirements, constraints, hashes, overrides, requires_python, interpreter, machine, indexes,
               find_links, prereleases, exclude_newer, exclude_newer_than_pins, preferred, moving, cache,
               no_build, no_binary, sources, ground, direct] = request;
  if (build.empty() || !find_links.empty() || !direct.empty()) return {};
  CacheWriter out;
  out.text(build);
  write_texts(out, requirements);
  write_texts(out, constraints);
  write_list(out, hashes, [&](const auto& entry) {
    out.text(entry.first);
    write_list(out, entry.second, [&](const Sha256& digest) { write_digest(out, digest); });
  });
  write_texts(out, overrides);
  write_flag(out, requires_python.has_value());
  out.text(requires_python.value_or(""));
  write_interpreter(out, interpreter);
  out.text(machine);
  write_list(out, indexes, [&](const PythonIndexConfig& index) {
    out.text(index.name);
    out.text(cache_key(index.url));
    write_texts(out, index.packages);
    write_flag(out, index.only_named);
  });
  out.text(prereleases);
  write_time(out, exclude_newer);
  write_flag(out, exclude_newer_than_pins);
  write_list(out, preferred, [&](const auto& entry) {
    out.text(entry.first);
    out.text(entry.second);
  });
  write_texts(out, moving);
  write_texts(out, no_build);
  write_texts(out, no_binary);
  write_flag(out, sources != nullptr);
  for (const auto* text : {&ground.suite, &ground.python, &ground.libc})  // in messages
    out.text(*text);
  (void)cache;
  return sha256(out.bytes()).hex();
}

std::string render_kept_solution(const KeptSolution& kept) {
  CacheWriter out;
  write_list(out, kept.pages, [&](const PageRead& page) {
    out.text(page.project);
    write_list(out, page.marks, [&](std::uint64_t mark) { out.number(mark); });
  });
  write_list(out, kept.lines, [&](const SaidLine& line) {
    write_flag(out, line.is_warning);
    out.text(line.text);
  });
  write_interpreter(out, kept.solution.interpreter);
  write_list(out, kept.solution.packages, [&](const PythonPackage& package) { write_package(out, package); });
  write_list(out, kept.solution.urls, [&](const auto& entry) {
    out.text(entry.first);
    out.text(entry.second);
  });
  write_time(out, kept.solution.exclude_newer);
  return out.take();
}

std::optional<KeptSolution> parse_kept_solution(std::string_view bytes) {
  CacheReader in(bytes);
  KeptSolution out;
  bool whole = true;
  read_list(in, [&] {
    PageRead page{read_text(in), {}};
    read_list(in, [&] { page.marks.push_back(in.number()); });
    out.pages.push_back(std::move(page));
  });
  read_list(in, [&] {
    const bool is_warning = in.number() != 0;
    out.lines.push_back({is_warning, read_text(in)});
  });
  out.solution.interpreter = read_interpreter(in);
  read_list(in, [&] {
    auto package = read_package(in);
    whole = whole && package;
    if (package) out.solution.packages.push_back(std::move(*package));
  });
  read_list(in, [&] {
    std::string file = read_text(in);
    out.solution.urls[std::move(file)] = read_text(in);
  });
  out.solution.exclude_newer = read_time(in);
  if (!whole || in.failed() || !in.rest().empty()) return std::nullopt;
  return out;
}

}  // namespace mlrepro
