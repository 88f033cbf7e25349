#include "services/image/wheel_installer.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "adapters/sandbox/room.hpp"
#include "base/error.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"
#include "services/image/maintainer_room.hpp"
#include "services/image/wheel_layout.hpp"
#include "standards/python/minor_version.hpp"
#include "tree/disk_sink.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t job_bytes = std::uint64_t{32} << 20;
constexpr std::uint64_t most_script = std::uint64_t{1} << 30;

void put(DiskSink& sink, const std::string& path, std::string_view bytes, std::uint32_t mode = 0644) {
  TreeEntry entry;
  entry.path = path;
  entry.mode = mode;
  entry.size = bytes.size();
  sink.add(entry, [&](const auto& piece) { piece(bytes); });
}

void put_link(DiskSink& sink, const std::string& path, const std::string& target) {
  TreeEntry entry;
  entry.path = path;
  entry.type = EntryType::symlink;
  entry.target = target;
  sink.add(entry, {});
}

// A script of a wheel begins with "#!python" or "#!pythonw", for the installer to replace.
std::string with_interpreter(const std::string& script) {
  if (!std::string_view(script).starts_with("#!python")) return script;
  const auto end = std::min(script.find('\n'), script.size());
  return "#!" + std::string(environment_python) + script.substr(end);
}

class Installer {
 public:
  Installer(const PythonSection& section, const std::vector<fs::path>& wheels, const fs::path& tree,
            const fs::path& root, Progress& progress)
      : section_(section),
        wheels_(wheels),
        tree_(tree),
        root_(root),
        progress_(progress),
        series_(python_series(section.interpreter)) {}

  std::vector<std::vector<std::string>> run() {
    make_environment();
    plans_.resize(section_.packages.size());
    run_parallel(plans_.size(), [&](std::size_t i) {
      plans_[i] =
          plan_wheel(ZipArchive(wheels_[i], section_.packages[i].file.name), section_.packages[i], series_);
    });
    resolve_conflicts();
    records_.resize(plans_.size());
    make_jobs();
    run_parallel(jobs_.size(), [&](std::size_t i) { extract(jobs_[i]); });
    write_generated();
    progress_.finish("install");
    return sources();
  }

 private:
  struct Job {
    std::size_t plan;
    std::size_t first;
    std::size_t last;
  };

  void make_environment() const {
    SafeFolder folder(tree_);
    const std::string python = "usr/bin/python" + series_;
    if (!folder.status(python)) {
      throw Error(ErrorKind::input, "no-interpreter",
                  "the image has no /" + python + ", which the wheels are locked for",
                  "add python3 to [os] packages and lock again");
    }
    DiskSink sink(root_);
    const std::string prefix(environment_prefix);
    put(sink, prefix + "/pyvenv.cfg",
        "home = /usr/bin\ninclude-system-site-packages = false\nversion = " + section_.interpreter.version +
            "\n");
    put_link(sink, prefix + "/bin/python3", "/" + python);
    put_link(sink, prefix + "/bin/python", "python3");
    put_link(sink, prefix + "/bin/python" + series_, "python3");
    TreeEntry site;
    site.path = site_packages(series_);
    site.type = EntryType::directory;
    site.mode = 0755;
    sink.add(site, {});
  }

  // Before anything is written: who brings a path that another brings too, or below which another brings
  // something.
  void resolve_conflicts() {
    struct Owner {
      std::size_t plan;
      Sha256 sha256;
    };
    std::map<std::string, Owner> owners;
    const auto claim = [&](std::size_t plan, const std::string& target, const Sha256& digest) {
      const auto [known, fresh] = owners.try_emplace(target, Owner{plan, digest});
      if (fresh) return true;
      if (known->second.sha256 == digest) return false;
      conflict("/" + target, plans_[known->second.plan].name, plans_[plan].name);
    };
    skipped_.resize(plans_.size());
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      for (std::size_t k = 0; k < plans_[i].files.size(); ++k) {
        const auto& file = plans_[i].files[k];
        if (!claim(i, file.target, file.sha256)) skipped_[i].insert(file.target);
      }
      for (const auto& file : plans_[i].generated) {
        if (!claim(i, file.target, sha256(file.bytes))) skipped_[i].insert(file.target);
      }
      claim(i, plans_[i].record, Sha256());
    }
    for (const auto& [target, owner] : owners) {
      for (auto slash = target.rfind('/'); slash != std::string::npos && slash > 0;
           slash = target.rfind('/', slash - 1)) {
        const auto above = owners.find(target.substr(0, slash));
        if (above != owners.end())
          conflict("/" + above->first, plans_[above->second.plan].name, plans_[owner.plan].name);
      }
    }
  }

  [[noreturn]] static void conflict(const std::string& path, const std::string& a, const std::string& b) {
    throw Error(ErrorKind::input, "file-conflict",
                "the wheels of " + a + " and " + b + " both bring " + path + ", with different content",
                "leave one of them out of the manifest, or lock other versions");
  }

  void make_jobs() {
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      records_[i].resize(plans_[i].files.size());
      std::size_t first = 0;
      std::uint64_t bytes = 0;
      for (std::size_t k = 0; k < plans_[i].files.size(); ++k) {
        bytes += plans_[i].files[k].member.size;
        total_ += plans_[i].files[k].member.size;
        if (bytes < job_bytes) continue;
        jobs_.push_back({i, first, k + 1});
        first = k + 1;
        bytes = 0;
      }
      if (first < plans_[i].files.size()) jobs_.push_back({i, first, plans_[i].files.size()});
    }
  }

  void extract(const Job& job) {
    const WheelPlan& plan = plans_[job.plan];
    const ZipArchive wheel(wheels_[job.plan], section_.packages[job.plan].file.name);
    DiskSink sink(root_);
    for (std::size_t k = job.first; k < job.last; ++k) {
      const PlannedFile& file = plan.files[k];
      // RECORD names what is on disk, which another wheel may have brought with the same bytes.
      records_[job.plan][k] = file.rewrite_shebang ? write_script(wheel, sink, job.plan, file)
                                                   : write_file(wheel, sink, job.plan, file);
      progress_.update("install", done_ += file.member.size, total_, Unit::bytes);
    }
  }

  [[nodiscard]] bool skipped(std::size_t plan, const std::string& target) const {
    return skipped_[plan].contains(target);
  }

  void check_digest(std::size_t plan, const PlannedFile& file, const Sha256& digest) const {
    if (digest == file.sha256) return;
    throw Error(ErrorKind::input, "bad-wheel",
                "cannot install " + section_.packages[plan].file.name + ": " + file.member.name +
                    " does not fit the hash in RECORD",
                "the wheel itself is broken: lock another version, or tell its maintainers");
  }

  python::RecordEntry write_file(const ZipArchive& wheel, DiskSink& sink, std::size_t plan,
                                 const PlannedFile& file) {
    Sha256Hasher hasher;
    const auto read = [&](const std::function<void(std::string_view)>& piece) {
      wheel.read(file.member, [&](std::string_view bytes) {
        hasher.update(bytes);
        piece(bytes);
      });
    };
    if (skipped(plan, file.target)) {
      read([](std::string_view) {});
    } else {
      TreeEntry entry;
      entry.path = file.target;
      entry.mode = file.mode;
      entry.size = file.member.size;
      sink.add(entry, read);
    }
    check_digest(plan, file, hasher.finish());
    return {record_path(plans_[plan], file.target), python::record_hash(file.sha256), file.member.size};
  }

  python::RecordEntry write_script(const ZipArchive& wheel, DiskSink& sink, std::size_t plan,
                                   const PlannedFile& file) {
    std::string text = wheel.read_text(file.member, most_script);
    check_digest(plan, file, sha256(text));
    text = with_interpreter(text);
    if (!skipped(plan, file.target)) put(sink, file.target, text, file.mode);
    return {record_path(plans_[plan], file.target), python::record_hash(sha256(text)), text.size()};
  }

  void write_generated() {
    DiskSink sink(root_);
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      auto entries = std::move(records_[i]);
      for (const auto& file : plans_[i].generated) {
        if (!skipped(i, file.target)) put(sink, file.target, file.bytes, file.mode);
        entries.push_back({record_path(plans_[i], file.target), python::record_hash(sha256(file.bytes)),
                           file.bytes.size()});
      }
      python::RecordEntry own;
      own.path = record_path(plans_[i], plans_[i].record);
      entries.push_back(std::move(own));
      put(sink, plans_[i].record, python::render_record(std::move(entries)));
    }
  }

  [[nodiscard]] std::vector<std::vector<std::string>> sources() const {
    std::vector<std::vector<std::string>> lists(plans_.size());
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      for (const auto& file : plans_[i].files) {
        if (file.target.ends_with(".py") && file.target.starts_with(plans_[i].site) &&
            !skipped(i, file.target)) {
          lists[i].push_back("/" + file.target);
        }
      }
    }
    return lists;
  }

  const PythonSection& section_;
  const std::vector<fs::path>& wheels_;
  const fs::path& tree_;
  const fs::path& root_;
  Progress& progress_;
  std::string series_;
  std::vector<WheelPlan> plans_;
  std::vector<std::set<std::string>> skipped_;
  std::vector<std::vector<python::RecordEntry>> records_;
  std::vector<Job> jobs_;
  std::uint64_t total_ = 0;
  std::atomic<std::uint64_t> done_{0};
};

}  // namespace

std::string python_series(const PythonInterpreter& interpreter) {
  const auto parts = split(interpreter.version, '.');
  if (parts.size() < 2 || !parse_number(parts[0]) || !parse_number(parts[1])) {
    throw Error(ErrorKind::input, "bad-lock",
                "the lock's interpreter has no version: \"" + interpreter.version + "\"");
  }
  return python::minor_of(interpreter.version);
}

std::vector<std::vector<std::string>> install_wheels(const PythonSection& section,
                                                     const std::vector<fs::path>& wheels,
                                                     const fs::path& tree, const fs::path& root,
                                                     Progress& progress) {
  return Installer(section, wheels, tree, root, progress).run();
}

void compile_bytecode(const PythonSection& section, const std::vector<std::vector<std::string>>& sources,
                      const fs::path& tree, const fs::path& log_folder, std::int64_t source_date_epoch,
                      Progress& progress, const std::function<void(std::size_t)>& compiled) {
  const std::string python = "/usr/bin/python" + python_series(section.interpreter);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (!sources[i].empty()) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return sources[a].size() > sources[b].size(); });
  std::atomic<std::uint64_t> done{0};
  run_parallel(order.size(), [&](std::size_t k) {
    const std::size_t i = order[k];
    // -S: no .pth file of a package runs. compileall's exit status 1 means that some file is no Python 3.
    const int status = run_in_room({tree,
                                    {python, "-B", "-S", "-W", "ignore", "-m", "compileall", "-q", "-f",
                                     "--invalidation-mode", "unchecked-hash", "-i", "-"},
                                    room_environment(source_date_epoch),
                                    join(sources[i], "\n") + "\n",
                                    log_folder / ("compile-" + std::to_string(i) + ".log")});
    if (status > 1) {
      throw Error(ErrorKind::input, "compile-failed",
                  "cannot compile the sources of " + section.packages[i].name + ": exit status " +
                      std::to_string(status));
    }
    if (compiled) compiled(i);
    progress.update("compile", ++done, order.size(), Unit::items);
  });
  progress.finish("compile");
}

}  // namespace mlrepro
