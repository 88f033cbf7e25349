#include "services/resolve/kept_solution.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "services/resolve/python_memory.hpp"

namespace mlrepro {
namespace {

KeptSolution some_answer() {
  PythonPackage package;
  package.name = "a";
  package.version = "1.0";
  package.source = "test";
  package.file = {"a-1.0-py3-none-any.whl", 1234567890123, sha256("a")};
  package.requires_ = {"b>=1", "c"};
  package.extras = {"x"};
  package.requested = true;
  PythonPackage other = package;
  other.name = "b";
  other.requested = false;
  other.required_by = {"a"};
  KeptSolution kept;
  kept.pages = {{"a", {1, ~std::uint64_t{0}}}, {"b", {}}};
  kept.lines = {{true, "a warning"}, {false, "a note"}};
  kept.solution.interpreter = {
      "python3", "3.11.2", "cpython", "glibc 2.36", {"cp311-cp311-x", "py3-none-any"}};
  kept.solution.packages = {package, other};
  kept.solution.urls = {{"a-1.0-py3-none-any.whl", "https://files.example.org/a"}};
  kept.solution.exclude_newer = 1700000000;
  PythonBuild build;
  build.name = "b";
  build.version = "1.0";
  build.source = sha256("b");
  build.backend = "setuptools.build_meta";
  build.backend_path = {"tools"};
  build.requires_ = {"setuptools"};
  build.packages = {package};
  build.packages.front().origin =
      PythonOrigin{"", "here", VcsPin{"https://git.test/b", "c", "t"}, "sub", "v1"};
  kept.solution.builds = {build};
  return kept;
}

PythonRequest some_question() {
  PythonRequest request;
  request.requirements = {"a"};
  request.interpreter = {"python3", "3.11.2", "cpython", "glibc 2.36", {}};
  request.machine = "x86_64";
  request.indexes = {{"test", "https://index.test/simple"}};
  request.prereleases = "stable-first";
  return request;
}

TEST(KeptSolution, IsReadAsItWasWritten) {
  const auto kept = some_answer();
  const std::string bytes = render_kept_solution(kept);
  const auto read = parse_kept_solution(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->pages, kept.pages);
  EXPECT_EQ(read->lines, kept.lines);
  EXPECT_EQ(render_kept_solution(*read), bytes);
  ASSERT_EQ(read->solution.packages.size(), 2U);
  EXPECT_EQ(read->solution.packages[1].required_by, std::vector<std::string>{"a"});
  EXPECT_EQ(read->solution.packages[0].file.sha256, sha256("a"));
  EXPECT_EQ(read->solution.exclude_newer, 1700000000);
  EXPECT_EQ(read->solution.urls, kept.solution.urls);
  ASSERT_EQ(read->solution.builds.size(), 1U);
  EXPECT_EQ(read->solution.builds[0].source, sha256("b"));
  EXPECT_EQ(read->solution.builds[0].packages.front().origin->vcs->tree, "t");
}

TEST(KeptSolution, CutOrLongerBytesAreNone) {
  const std::string bytes = render_kept_solution(some_answer());
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(parse_kept_solution(std::string_view(bytes).substr(0, length))) << length;
  EXPECT_FALSE(parse_kept_solution(bytes + '\0'));
}

TEST(KeptSolution, CountsAreHeldAgainstTheBytes) {
  EXPECT_FALSE(parse_kept_solution("\xff\xff\xff\xff\xff\xff\xff\xff\x7f"));
}

TEST(KeptSolution, EachPartOfTheQuestionHasItsKey) {
  const std::vector<std::function<void(PythonRequest&)>> changes = {
      [](auto&) {},
      [](auto& request) { request.requirements = {"b"}; },
      [](auto& request) {
        request.requirements = {"a", "a"};
      },
      [](auto& request) { request.constraints = {"a"}; },
      [](auto& request) { request.hashes["a"] = {sha256("a")}; },
      [](auto& request) { request.hashes["a"] = {}; },
      [](auto& request) { request.overrides = {"a"}; },
      [](auto& request) { request.requires_python = ">=3.8"; },
      [](auto& request) { request.requires_python = ""; },
      [](auto& request) { request.interpreter.version = "3.12.1"; },
      [](auto& request) { request.interpreter.libc = "glibc 2.31"; },
      [](auto& request) { request.machine = "aarch64"; },
      [](auto& request) { request.indexes[0].url += "/more"; },
      [](auto& request) { request.indexes[0].name = "other"; },
      [](auto& request) { request.indexes[0].packages = {"a"}; },
      [](auto& request) { request.indexes[0].only_named = true; },
      [](auto& request) { request.indexes.push_back(request.indexes[0]); },
      [](auto& request) { request.prereleases = "never"; },
      [](auto& request) { request.exclude_newer = 0; },
      [](auto& request) { request.exclude_newer_than_pins = true; },
      [](auto& request) { request.preferred["a"] = "1"; },
      [](auto& request) { request.moving = {"a"}; },
      [](auto& request) { request.no_build = {"a"}; },
      [](auto& request) { request.no_binary = {"a"}; },
      [](auto& request) { request.ground.suite = "bookworm"; },
  };
  std::set<std::string> keys;
  for (const auto& change : changes) {
    PythonRequest request = some_question();
    change(request);
    keys.insert(solution_key(request, "build"));
  }
  EXPECT_EQ(keys.size(), changes.size());
  EXPECT_FALSE(keys.contains(""));
  EXPECT_FALSE(keys.contains(solution_key(some_question(), "another build")));
}

class Builder final : public SourceBuilder {
 public:
  explicit Builder(std::string grounds) : grounds_(std::move(grounds)) {}
  std::optional<python::CoreMetadata> metadata(const SourceFile&) override { return std::nullopt; }
  [[nodiscard]] std::string cannot_build() const override { return {}; }
  std::vector<python::CoreMetadata> built_metadata(const std::vector<SourceFile>&,
                                                   const std::vector<SourceFile>&,
                                                   std::optional<UnixTime>) override {
    return {};
  }
  std::vector<PythonBuild> builds(const std::vector<PythonPackage>&, std::optional<UnixTime>) override {
    return {};
  }
  [[nodiscard]] std::string grounds() const override { return grounds_; }
  [[nodiscard]] std::optional<std::vector<PageRead>> pages_read() const override { return std::nullopt; }

 private:
  std::string grounds_;
};

TEST(KeptSolution, WhatSourcesAreBuiltOnIsPartOfTheQuestion) {
  Builder one("bookworm");
  Builder same("bookworm");
  Builder other("trixie");
  PythonRequest request = some_question();
  const std::string without = solution_key(request, "build");
  request.sources = &one;
  const std::string key = solution_key(request, "build");
  EXPECT_NE(key, without);
  request.sources = &same;
  EXPECT_EQ(solution_key(request, "build"), key);
  request.sources = &other;
  EXPECT_NE(solution_key(request, "build"), key);
}

TEST(KeptSolution, PagesOfTwoAnswersAreThoseOfBothWhereTheyAgree) {
  const std::vector<PageRead> one = {{"a", {1}}, {"c", {3}}};
  const std::vector<PageRead> two = {{"b", {2}}, {"c", {3}}};
  const std::vector<PageRead> all = {{"a", {1}}, {"b", {2}}, {"c", {3}}};
  EXPECT_EQ(both(one, two), all);
  EXPECT_EQ(both(one, std::nullopt), std::nullopt);
  EXPECT_EQ(both(one, std::vector<PageRead>{{"c", {4}}}), std::nullopt);
}

OsRequest some_os_question() {
  OsRequest request;
  request.files = {{"debian bookworm", "https://debian.test", {"main", "p", 1, sha256("p")}, "/store/p", {}}};
  request.architecture = "amd64";
  request.base = "essential";
  request.packages = {"python3"};
  request.cache = "/cache";
  return request;
}

TEST(KeptPackages, EachPartOfTheQuestionHasItsKey) {
  const std::vector<std::function<void(OsRequest&)>> changes = {
      [](auto&) {},
      [](auto& request) { request.files[0].source = "other"; },
      [](auto& request) { request.files[0].locked.sha256 = sha256("q"); },
      [](auto& request) { request.files[0].release.not_automatic = true; },
      [](auto& request) { request.files[0].release.suite = "stable"; },
      [](auto& request) { request.files.push_back(request.files[0]); },
      [](auto& request) { request.architecture = "arm64"; },
      [](auto& request) { request.base = "minbase"; },
      [](auto& request) {
        request.packages = {"python3", "git"};
      },
      [](auto& request) { request.recommends = true; },
      [](auto& request) { request.recommends_of = {"git"}; },
      [](auto& request) { request.exclude = {"git"}; },
      [](auto& request) {
        request.pins = {{{"git"}, "stable", "", 900}};
      },
      [](auto& request) {
        request.pins = {{{"git"}, "stable", "", -1}};
      },
      [](auto& request) { request.preferred["git"] = "1"; },
  };
  std::set<std::string> keys;
  for (const auto& change : changes) {
    OsRequest request = some_os_question();
    change(request);
    keys.insert(solution_key(request, "build"));
  }
  EXPECT_EQ(keys.size(), changes.size());
  OsRequest request = some_os_question();
  request.files[0].path = "/elsewhere";
  request.files[0].uri = "https://mirror.test";
  request.cache = "/elsewhere";
  EXPECT_TRUE(keys.contains(solution_key(request, "build")));
  request.cache.clear();
  EXPECT_EQ(solution_key(request, "build"), "");
}

TEST(KeptPackages, AreReadAsTheyWereWritten) {
  OsSolution solution;
  solution.packages = {
      {"git", "1:2.39", "amd64", "debian bookworm", "pool/g", 12, sha256("g"), true, false, {}},
      {"libc6", "2.36", "amd64", "debian bookworm", "pool/l", 3, sha256("l"), false, true, {"git"}}};
  const std::string bytes = render_kept_packages(solution);
  const auto read = parse_kept_packages(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(render_kept_packages(*read), bytes);
  ASSERT_EQ(read->packages.size(), 2U);
  EXPECT_EQ(read->packages[1].required_by, std::vector<std::string>{"git"});
  EXPECT_EQ(read->packages[0].sha256, sha256("g"));
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(parse_kept_packages(std::string_view(bytes).substr(0, length))) << length;
}

TEST(KeptSolution, CredentialsAndTheCacheDoNotMatter) {
  PythonRequest request = some_question();
  const std::string key = solution_key(request, "build");
  request.cache = "/elsewhere";
  request.indexes[0].url = "https://user:word@index.test/simple";
  EXPECT_EQ(solution_key(request, "build"), key);
}

TEST(KeptSolution, WhatOtherFilesDecideHasNoKey) {
  PythonRequest request = some_question();
  EXPECT_EQ(solution_key(request, ""), "");
  request.find_links = {"/wheels"};
  EXPECT_EQ(solution_key(request, "build"), "");
  request = some_question();
  request.direct["a"] = {};
  EXPECT_EQ(solution_key(request, "build"), "");
}

}  // namespace
}  // namespace mlrepro
