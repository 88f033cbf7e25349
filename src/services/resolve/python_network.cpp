// Resolving over the indexes themselves.
#include <algorithm>

#include "base/error.hpp"
#include "services/index/find_links.hpp"
#include "services/index/index_cache.hpp"
#include "services/resolve/python_memory.hpp"
#include "services/resolve/python_resolver.hpp"
#include "services/resolve/python_source.hpp"

namespace mlrepro {
namespace {

class NetworkSource final : public PythonSource {
 public:
  NetworkSource(const PythonRequest& request, HttpClient& client, const BlobStore& store)
      : index_(request.indexes, client, store, request.cache),
        links_(request.find_links, client),
        sources_(request.sources) {}
  void page(const std::string& name, std::function<void(const ProjectPage&)> answer) override {
    if (links_.empty()) return index_.page(name, std::move(answer));
    index_.page(name, [this, name, answer = std::move(answer)](const ProjectPage& page) {
      answer(with_links(page, name));
    });
  }
  void metadata(const python::SimpleFile& file, std::function<void(const WheelMetadata&)> answer) override {
    if (file.filename.ends_with(".whl")) return index_.metadata(file, std::move(answer));
    index_.source(file, [this, file, answer = std::move(answer)](std::uint64_t size, const std::string& why) {
      answer(source_metadata(file, size, why));
    });
  }
  void identify(const python::SimpleFile& file,
                std::function<void(const Sha256&, std::uint64_t)> answer) override {
    index_.identify(file, std::move(answer));
  }
  [[nodiscard]] bool is_known_to_stand(const std::string& name,
                                       const std::vector<std::uint64_t>& marks) const override {
    return links_.empty() && index_.is_known_to_stand(name, marks);
  }
  void wait() override { index_.run(); }

 private:
  // Further candidates, as pip has them; one that the index lists too is the index's.
  [[nodiscard]] ProjectPage with_links(ProjectPage page, const std::string& name) {
    std::vector<python::SimpleFile> files = page.files.all();
    const std::size_t listed = files.size();
    for (auto& file : links_.files_of(name)) {
      const auto end = files.begin() + static_cast<std::ptrdiff_t>(listed);
      const bool known = std::any_of(files.begin(), end, [&](const auto& other) {
        return other.filename == file.filename && (!file.sha256 || other.sha256 == file.sha256);
      });
      if (!known) files.push_back(std::move(file));
    }
    page.files = PageFiles(files);
    if (!page.known && !files.empty()) {
      page.known = true;
      page.index = find_links_name;
    }
    return page;
  }

  [[nodiscard]] WheelMetadata source_metadata(const python::SimpleFile& file, std::uint64_t size,
                                              const std::string& why) const {
    WheelMetadata answer;
    answer.wheel_size = size;
    answer.unusable = why;
    if (!why.empty()) return answer;
    try {
      if (auto metadata = sources_->metadata({{}, {}, {file.filename, size, *file.sha256}, {}})) {
        answer.metadata = std::move(*metadata);
        return answer;
      }
      answer.needs_build = true;
      if (const std::string no = sources_->cannot_build(); !no.empty())
        answer.unusable = "only a build tells what it requires, and " + no;
    } catch (const Error& error) {
      if (error.code() != "bad-sdist") throw;
      answer.unusable = error.message();
    }
    return answer;
  }

  PypiIndex index_;
  FindLinks links_;
  SourceBuilder* sources_;
};

}  // namespace

std::unique_ptr<PythonSource> network_source(const PythonRequest& request, HttpClient& client,
                                             const BlobStore& store) {
  return std::make_unique<NetworkSource>(request, client, store);
}

std::variant<PythonSolution, Conflict> resolve_python(const PythonRequest& request, HttpClient& client,
                                                      const BlobStore& store, Progress& progress) {
  NetworkSource source(request, client, store);
  const IndexCache answers(request.cache / "answers");
  const std::string key = solution_key(request, solving_build());
  if (const auto found = key.empty() ? std::nullopt : answers.find(key)) {
    const auto kept = parse_kept_solution(found->text);
    if (auto solution = kept ? again(*kept, source, progress) : std::nullopt) return std::move(*solution);
  }
  WitnessedSource witnessed(source);
  WitnessedProgress said(progress);
  auto answer = resolve_python(request, witnessed, said);
  auto* solution = std::get_if<PythonSolution>(&answer);
  if (solution == nullptr) return answer;
  auto pages = witnessed.pages();
  if (request.sources != nullptr) {
    solution->builds = request.sources->builds(solution->packages, solution->exclude_newer);
    pages = both(pages, request.sources->pages_read());
  }
  if (pages && !key.empty()) answers.keep(key, render_kept_solution({*pages, said.lines(), *solution}));
  return answer;
}

}  // namespace mlrepro
