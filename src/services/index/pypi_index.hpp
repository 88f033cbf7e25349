// A Python package index over HTTP: project pages (PEP 503, 691) and wheels' metadata (PEP 658, 714; else the
// METADATA member read by ranges out of the wheel; else the whole wheel).
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/net/http_client.hpp"
#include "codec/zip_directory.hpp"
#include "documents/config/manifest.hpp"
#include "services/index/index_cache.hpp"
#include "services/index/kept_page.hpp"
#include "standards/python/metadata.hpp"
#include "store/blob_store.hpp"

namespace mlrepro {

struct ProjectPage {
  bool known = false;  // an index has the project
  std::string index;   // its logical name: "pypi"
  PageFiles files;
  // Of what each index that was asked said, in order: the same marks, the same page.
  std::vector<std::uint64_t> marks = {};
};

struct WheelMetadata {
  python::CoreMetadata metadata;
  std::uint64_t wheel_size = 0;  // bytes of the wheel, or of the source
  // Why the wheel cannot be taken: it is not there, or what it says of itself cannot be read. Empty: it can.
  std::string unusable = {};
  bool needs_build = false;  // of a source whose metadata only a build tells
};

// The request for a project's page below the index at `index`.
[[nodiscard]] HttpRequest page_request(std::string index, const std::string& name);

// Those to ask for a project (normalised name), in order: the ones that name it, else all that are not
// explicit.
[[nodiscard]] std::vector<PythonIndexConfig> indexes_for(const std::vector<PythonIndexConfig>& indexes,
                                                         std::string_view name);

class PypiIndex {
 public:
  using Answer = std::function<void(const WheelMetadata&)>;

  // `cache` keeps metadata by the wheel's SHA-256, and pages by their address. A page is asked for again with
  // the validators that it came with; offline, it is what it was.
  PypiIndex(std::vector<PythonIndexConfig> indexes, HttpClient& client, const BlobStore& store,
            std::filesystem::path cache);

  // Both ask and answer during run(). A project that no index knows is an answer (known = false).
  // The first of indexes_for() that knows a name is the one whose files count.
  void page(const std::string& name, std::function<void(const ProjectPage&)> answer);
  // Whether page() would tell what it told with those marks: known without reading it offline alone.
  [[nodiscard]] bool is_known_to_stand(const std::string& name,
                                       const std::vector<std::uint64_t>& marks) const;
  // One that is of no use is an answer, not an error: whoever reads old versions meets such. A server without
  // ranges sends the whole wheel, which is then kept in the store where it is large.
  void metadata(const python::SimpleFile& file, Answer answer);
  // What a lock needs of a wheel and its page may not tell: digest and size. Reads the whole wheel where the
  // page tells no digest.
  using Identity = std::function<void(const Sha256& sha256, std::uint64_t size)>;
  void identify(const python::SimpleFile& file, Identity answer);
  // Brings a file that is no wheel into the store; its size, or why it is of no use.
  void source(const python::SimpleFile& file,
              std::function<void(std::uint64_t size, const std::string& unusable)> answer);

  // Returns when all is answered; throws as HttpClient::run() does: what is left is not answered.
  void run();

 private:
  void later(std::function<void()> job);
  void work();
  void ask(HttpRequest request, HttpClient::Handler handler);
  void ask_page(const std::string& name, std::vector<PythonIndexConfig> left,
                std::vector<std::uint64_t> marks, std::function<void(const ProjectPage&)> answer);
  [[nodiscard]] KeptPage read_page(const std::string& name, const HttpResponse& response) const;
  void find_metadata_of(const python::SimpleFile& file, const Answer& answer);
  void ask_sidecar(const python::SimpleFile& file, const Answer& answer);
  // How much of a wheel's end to ask for: what the project's last wheel would have needed to be read in one
  // request, where that is not much more.
  std::uint64_t& tail_of(const python::SimpleFile& file);
  void expect_tail(const python::SimpleFile& file, std::uint64_t total, const ZipDirectory& directory,
                   const ZipEntry* metadata);
  void ask_tail(const python::SimpleFile& file, const Answer& answer);
  void read_tail(const python::SimpleFile& file, const HttpResponse& response, const Answer& answer);
  // That part of the file; nothing where the server does not give parts.
  void ask_pieces(const python::SimpleFile& file, std::uint64_t offset, std::uint64_t size,
                  std::function<void(const std::optional<std::string>&)> answer);
  void ask_member(const python::SimpleFile& file, std::uint64_t total, const ZipDirectory& directory,
                  const std::string& bytes, const std::string& tail, const Answer& answer);
  void ask_wheel(const python::SimpleFile& file, const Answer& answer);
  void read_stored(const Sha256& digest, const python::SimpleFile& file, const Answer& answer);
  void keep(const python::SimpleFile& file, const std::string& text, std::uint64_t size,
            const Answer& answer);
  void keep_metadata(const Sha256& wheel, std::uint64_t size, std::string_view text) const;

  std::vector<PythonIndexConfig> indexes_;
  HttpClient& client_;
  const BlobStore& store_;
  IndexCache kept_metadata_;
  IndexCache kept_pages_;
  std::map<std::string, ProjectPage> pages_;
  std::map<std::string, std::uint64_t, std::less<>> tails_;  // by what file names begin with
  std::deque<std::function<void()>> jobs_;
  bool working_ = false;
};

}  // namespace mlrepro
