#include "services/index/pypi_index.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>

#include "base/error.hpp"

namespace mlrepro {

namespace {

bool is_local(const HttpRequest& request) {
  return request.url.starts_with("file:");
}

}  // namespace

HttpRequest page_request(std::string index, const std::string& name) {
  while (index.ends_with('/'))
    index.pop_back();
  HttpRequest request;
  request.url = index + "/" + name + "/";
  request.headers = {{"Accept", std::string(python::simple_accept)}};
  return request;
}

PypiIndex::PypiIndex(std::vector<PythonIndexConfig> indexes, HttpClient& client, const BlobStore& store,
                     std::filesystem::path cache)
    : indexes_(std::move(indexes)),
      client_(client),
      store_(store),
      kept_metadata_(cache),
      kept_pages_(cache / "pages") {}

std::vector<PythonIndexConfig> indexes_for(const std::vector<PythonIndexConfig>& indexes,
                                           std::string_view name) {
  const auto names_it = [&](const PythonIndexConfig& index) {
    return std::any_of(index.packages.begin(), index.packages.end(), [&](const std::string& pattern) {
      return pattern.ends_with('*')
                 ? name.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1))
                 : name == pattern;
    });
  };
  std::vector<PythonIndexConfig> chosen;
  std::copy_if(indexes.begin(), indexes.end(), std::back_inserter(chosen), names_it);
  if (!chosen.empty()) return chosen;
  std::copy_if(indexes.begin(), indexes.end(), std::back_inserter(chosen),
               [](const auto& index) { return !index.only_named; });
  return chosen;
}

// What is known without asking is answered from here and not in the middle of the question: a long chain of
// such answers would pile up on the stack.
void PypiIndex::later(std::function<void()> job) {
  jobs_.push_back(std::move(job));
}

void PypiIndex::work() {
  if (working_) return;
  working_ = true;
  try {
    while (!jobs_.empty()) {
      const auto job = std::move(jobs_.front());
      jobs_.pop_front();
      job();
    }
  } catch (...) {
    jobs_.clear();
    working_ = false;
    throw;
  }
  working_ = false;
}

void PypiIndex::ask(HttpRequest request, HttpClient::Handler handler) {
  client_.submit(std::move(request), [this, handler = std::move(handler)](const HttpResponse& response) {
    handler(response);
    work();
  });
}

void PypiIndex::run() {
  do {
    work();
    client_.run();
  } while (!jobs_.empty());
}

void PypiIndex::page(const std::string& name, std::function<void(const ProjectPage&)> answer) {
  later([this, name, answer = std::move(answer)] {
    const auto known = pages_.find(name);
    if (known != pages_.end()) return answer(known->second);
    ask_page(name, indexes_for(indexes_, name), {}, answer);
  });
}

bool PypiIndex::is_known_to_stand(const std::string& name, const std::vector<std::uint64_t>& marks) const {
  const auto asked = indexes_for(indexes_, name);
  if (!client_.offline() || marks.size() > asked.size()) return false;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const HttpRequest request = page_request(asked[i].url, name);
    if (is_local(request) || kept_pages_.mark(cache_key(request.url)) != marks[i]) return false;
  }
  return true;
}

void PypiIndex::ask_page(const std::string& name, std::vector<PythonIndexConfig> left,
                         std::vector<std::uint64_t> marks, std::function<void(const ProjectPage&)> answer) {
  if (left.empty()) return answer(pages_[name] = ProjectPage{false, {}, {}, std::move(marks)});
  const PythonIndexConfig index = left.front();
  left.erase(left.begin());
  HttpRequest request = page_request(index.url, name);
  const std::string key = cache_key(request.url);
  std::uint64_t mark = 0;
  auto kept = std::make_shared<std::optional<KeptPage>>();
  if (auto found = kept_pages_.find(key)) {
    mark = found->mark;
    *kept = parse_kept_page(std::move(found->text));
  }
  const auto use = [this, name, index, left = std::move(left), marks = std::move(marks),
                    answer = std::move(answer)](KeptPage page, std::uint64_t page_mark) {
    auto with_this = marks;
    with_this.push_back(page_mark);
    if (!page.known)
      return ask_page(name, left, std::move(with_this), answer);  // as deep as there are indexes
    answer(pages_[name] = ProjectPage{true, index.name, std::move(page.files), std::move(with_this)});
  };
  if (*kept && client_.offline() && !is_local(request)) return use(std::move(**kept), mark);
  if (*kept) (*kept)->validators.ask_whether_same(request);
  ask(std::move(request), [this, name, key, mark, kept, use](const HttpResponse& response) {
    if (response.status == 304 && *kept) return use(std::move(**kept), mark);
    KeptPage page = read_page(name, response);
    const std::string bytes = render_kept_page(page);
    kept_pages_.keep(key, bytes);
    use(std::move(page), IndexCache::mark_of(bytes));
  });
}

KeptPage PypiIndex::read_page(const std::string& name, const HttpResponse& response) const {
  KeptPage out;
  // 410 is what an index says of a project that was there.
  if (response.status == 404 || response.status == 410) return out;
  const std::string url = without_credentials(response.url);
  if (response.status == 401 || response.status == 403) {
    throw Error(ErrorKind::surroundings, "http-status",
                "the index refuses to show the project " + name + " (" + std::to_string(response.status) +
                    ") at " + url,
                "it may need a user name and password, from ~/.netrc or in the index's URL");
  }
  if (response.status != 200) {
    throw Error(ErrorKind::surroundings, "http-status",
                "the index answered " + status_words(response) + " for the project " + name + " at " + url,
                status_advice(response, "check the index that pip is configured with, or [[python.index]]"));
  }
  // Links are resolved without the index's own credentials: the client knows which host has them.
  auto page = python::parse_simple_page(response.body, url, response.header("content-type").value_or(""));
  if (!page) {
    throw Error(ErrorKind::input, "bad-index",
                "the page of the project " + name + " at " + url +
                    " is neither PEP 503 HTML nor PEP 691 JSON of version 1",
                "check the address of the index: it usually ends in /simple");
  }
  if (page->is_form) {
    throw Error(ErrorKind::surroundings, "not-an-index",
                url + " shows a form in place of the files of the project " + name +
                    ": a login page, or a notice of the network",
                "open it in a browser, and check the address of the index and its credentials");
  }
  out.known = true;
  out.validators = Validators::of(response);
  out.files = PageFiles(page->files);
  return out;
}

}  // namespace mlrepro
