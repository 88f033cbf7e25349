#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <set>

#include "adapters/sandbox/user_namespace.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "commands/bundle_command.hpp"
#include "services/bundle/bundle_format.hpp"
#include "services/image/image_import.hpp"
#include "store/blob_store.hpp"
#include "store/catalog.hpp"
#include "tree/disk_sink.hpp"
#include "tree/safe_folder.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t most_record = std::uint64_t{256} << 20;

// What belongs into the project's folder waits in a folder below it until all was seen to be right.
class Opening {
 public:
  Opening(const Invocation& invocation, fs::path file, MappedIds ids)
      : invocation_(invocation),
        file_(std::move(file)),
        name_(file_.filename().string()),
        ids_(ids),
        store_(invocation.store_path()),
        state_((make_directories(invocation.directory / ".mlrepro"), invocation.directory / ".mlrepro")),
        waiting_(state_, "opening") {}

  int open() {
    read();
    check_project();
    bring_local_sources();
    move_project();
    enter_records();
    return say();
  }

 private:
  void read() {
    const UniqueFd fd = open_bundle();
    std::uint64_t total = 0;
    std::uint64_t done = 0;
    read_bundle(
        read_from(fd.get(), file_), name_,
        [&](const BundleIndex& index) {
          lock_id_ = index.lock_id;
          for (const auto& member : index.members)
            total += member.size;
        },
        [&](const BundleMember& member, const Content& content) {
          take(member, [&](const std::function<void(std::string_view)>& piece) {
            content([&](std::string_view part) {
              piece(part);
              invocation_.progress->update("open", done += part.size(), total, Unit::bytes);
            });
          });
        });
    invocation_.progress->finish("open");
    if (image_) finish_image();
  }

  [[nodiscard]] UniqueFd open_bundle() const {
    UniqueFd fd(::open(file_.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.valid()) return fd;
    if (errno != ENOENT) throw system_error(errno, "open " + file_.string());
    throw Error(ErrorKind::input, "file-missing", "there is no file " + file_.string());
  }

  void take(const BundleMember& member, const Content& content) {
    const std::string folder = member.path.substr(0, member.path.find('/'));
    const std::string rest = member.path.substr(folder.size() + 1);
    if (image_ && (folder != "image" || rest.substr(0, 64) != image_digest_.hex())) finish_image();
    if (folder == "blobs") {
      auto writer = store_.writer();
      content([&](std::string_view piece) { writer.write(piece); });
      writer.commit_as(member.sha256, member.size, name_ + ": " + member.path);
      ++blobs_;
    } else if (folder == "image" && ids_ != MappedIds::outside) {
      if (!image_) {
        image_digest_ = *Sha256::parse(rest.substr(0, 64));
        image_.emplace(invocation_.images_path(), image_digest_, ids_ == MappedIds::all);
      }
      image_->take(rest.substr(65), member.size, content);
    } else if (folder == "project") {
      TreeEntry entry;
      entry.path = rest;
      entry.size = member.size;
      DiskSink(waiting_.path(), false).add(entry, content);
    } else if (folder == "records") {
      if (member.size > most_record)
        throw Error(ErrorKind::input, "bad-bundle", name_ + ": " + member.path + " is too large");
      std::string text;
      content([&](std::string_view piece) { text += piece; });
      // Looked at when all of the bundle has proved right.
      records_.emplace_back(member.path, std::move(text));
    }
  }

  void finish_image() {
    image_->commit(*invocation_.progress);
    image_.reset();
    ++images_;
  }

  void check_project() {
    const fs::path lock_path = waiting_.path() / "mlrepro.lock";
    lock_ = read_lockfile(lock_path);
    if (lock_.id().tagged() != lock_id_) {
      throw Error(ErrorKind::input, "bad-bundle",
                  name_ + ": project/mlrepro.lock is not the lock that the bundle was made of");
    }
    (void)read_manifest(waiting_.path() / "mlrepro.toml");
  }

  // Files and folders of the project that packages are made of: the store holds what was locked.
  void bring_local_sources() {
    for (const auto& target : lock_.views()) {
      if (!*target.python) continue;
      for (const auto& package : (*target.python)->packages) {
        if (package.origin && !package.origin->path.empty()) bring_local_source(package);
      }
    }
  }

  void bring_local_source(const PythonPackage& package) {
    const fs::path path = fs::path(package.origin->path).lexically_normal();
    if (path.is_absolute() || *path.begin() == "..") {
      invocation_.progress->warning(package.name + " comes from " + path.string() +
                                    ", outside the project: it must lie there to be built");
      return;
    }
    const fs::path blob = store_.get(package.file.sha256, package.file.name);
    const std::string below = path == "." ? "" : path.string();
    DiskSink sink(waiting_.path(), false);
    SafeFolder there(waiting_.path());
    const auto add = [&](TreeEntry entry, const Content& content) {
      if (!there.status(entry.path)) sink.add(entry, content);
    };
    if (!package.file.name.ends_with(".tar")) {
      TreeEntry entry;
      entry.path = below;
      entry.size = fs::file_size(blob);
      return add(entry, [&](const auto& piece) { read_chunks(blob, piece); });
    }
    const UniqueFd fd = open_file(blob, O_RDONLY);
    read_tar(read_from(fd.get(), blob), package.file.name, [&](TreeEntry entry, const Content& content) {
      if (entry.path == ".mlrepro" || entry.path.starts_with(".mlrepro/")) return;
      entry.path = below.empty() ? entry.path : (fs::path(below) / entry.path).lexically_normal().string();
      add(entry, content);
    });
  }

  // The lock last: until it is there, no command takes the folder for a project that is whole.
  void move_project() {
    std::vector<std::string> paths;
    for (const auto& entry : fs::recursive_directory_iterator(waiting_.path())) {
      if (!entry.is_directory() || entry.is_symlink())
        paths.push_back(entry.path().lexically_relative(waiting_.path()).string());
    }
    std::sort(paths.begin(), paths.end(), [](const auto& a, const auto& b) {
      return std::pair(a == "mlrepro.lock", a) < std::pair(b == "mlrepro.lock", b);
    });
    SafeFolder folder(invocation_.directory);
    SafeFolder waiting(waiting_.path());
    const auto same = [&](const std::string& path) {
      const auto here = folder.read(path, std::uint64_t{1} << 30);
      return here && here == waiting.read(path, std::uint64_t{1} << 30);
    };
    std::erase_if(paths, [&](const auto& path) {
      if (!folder.status(path)) return false;
      if (same(path)) return true;
      throw Error(ErrorKind::input, "file-exists",
                  "cannot open the bundle here: " + path + " is there already, and is another one",
                  "open it in an empty folder: mlrepro -C FOLDER bundle --open FILE");
    });
    const std::string from = ".mlrepro/" + waiting_.path().filename().string() + "/";
    for (const auto& path : paths)
      folder.rename(from + path, path);
  }

  void enter_records() {
    std::vector<RunRecord> records;
    for (const auto& [path, text] : records_)
      records.push_back(parse_run_record(parse_json(text, path), path));
    if (records.empty()) return;
    std::stable_sort(records.begin(), records.end(),
                     [](const auto& a, const auto& b) { return a.started < b.started; });
    Catalog catalog(state_ / "records.db");
    std::set<std::string> ids;
    std::set<std::string> names;
    for (const auto& each : catalog.list()) {
      ids.insert(each.id);
      names.insert(each.name);
    }
    for (auto& record : records) {
      // A record that is here already stays as it is; a name that is taken gives way.
      if (!ids.insert(record.id).second) continue;
      if (!names.insert(record.name).second) record.name = record.id;
      catalog.put(record);
    }
  }

  int say() const {
    invocation_.answer->line("opened " + file_.string() + ": " + std::to_string(blobs_) + " files, " +
                                 std::to_string(images_) + " images and " + std::to_string(records_.size()) +
                                 " records",
                             Tone::good);
    if (ids_ == MappedIds::outside)
      invocation_.answer->line("its image is left out: there are no user namespaces here");
    invocation_.answer->document({{"kind", "bundle"},
                                  {"version", 1},
                                  {"action", "open"},
                                  {"file", file_.string()},
                                  {"lock_id", lock_id_},
                                  {"blobs", blobs_},
                                  {"images", images_},
                                  {"records", records_.size()}});
    return exit_done;
  }

  const Invocation& invocation_;
  fs::path file_;
  std::string name_;
  MappedIds ids_;
  BlobStore store_;
  fs::path state_;
  TemporaryDirectory waiting_;
  std::string lock_id_;
  Lockfile lock_;
  std::optional<ImageImport> image_;
  Sha256 image_digest_;
  std::vector<std::pair<std::string, std::string>> records_;  // path, text
  std::uint64_t blobs_ = 0;
  std::uint64_t images_ = 0;
};

}  // namespace

int open_bundle_command(const Invocation& invocation, const std::string& file) {
  return Opening(invocation, fs::absolute(file), try_user_namespace()).open();
}

}  // namespace mlrepro
