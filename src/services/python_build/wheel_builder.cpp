#include "services/python_build/wheel_builder.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "adapters/sandbox/room.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/sorted.hpp"
#include "base/text.hpp"
#include "services/image/maintainer_room.hpp"
#include "services/image/wheel_installer.hpp"
#include "services/image/wheel_layout.hpp"
#include "services/python_build/build_failure.hpp"
#include "services/python_build/built_wheel.hpp"
#include "services/python_build/hook_script.hpp"
#include "services/python_build/source_archive.hpp"
#include "standards/python/name.hpp"
#include "standards/python/requirement.hpp"
#include "standards/python/wheel_name.hpp"
#include "tree/disk_sink.hpp"
#include "tree/disk_source.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t most_answer = std::uint64_t{16} << 20;
constexpr std::size_t tail_shown = 3000;
constexpr std::size_t tail_judged = 200'000;
constexpr const char* answer_file = "build/answer.json";
constexpr const char* output_folder = "build/output";

std::string named(const BuildTask& task) {
  return task.version.empty() ? task.name : task.name + " " + task.version;
}

// One room with the task's environment and source in it.
class Room {
 public:
  Room(const BuildPlace& place, const BlobStore& store, const BuildTask& task)
      : place_(place), task_(task), scratch_(place.scratch, "build") {
    // Written by root of the room, which a group of the machine may not join.
    fs::permissions(scratch_.path(), static_cast<fs::perms>(0755));
    upper_ = scratch_.path() / "upper";
    make_directories(upper_);
    install(store);
    unpack(store);
    environment_ = room_environment(place.source_date_epoch);
    std::erase_if(environment_, [](const std::string& line) {
      return line.starts_with("HOME=") || line.starts_with("PATH=");
    });
    const std::string prefix = "/" + std::string(environment_prefix);
    for (const std::string& line :
         {std::string("HOME=/build/home"),
          "PATH=" + prefix + "/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          std::string("PYTHONDONTWRITEBYTECODE=1"), std::string("PYTHONNOUSERSITE=1"),
          "VIRTUAL_ENV=" + prefix}) {
      environment_.push_back(line);
    }
  }

  // What the hook returned; absent where the backend has none of that name.
  std::optional<Json> call(const std::string& hook, const Json& arguments) {
    const Json request = {{"source", source_},
                          {"backend", task_.build_system.backend},
                          {"backend_path", task_.build_system.backend_path},
                          {"hook", hook},
                          {"arguments", arguments},
                          {"answer", "/" + std::string(answer_file)}};
    const int status = run({std::string(environment_python), "-c", std::string(hook_script), request.dump()});
    if (status != 0) fail(hook + " ended with exit status " + std::to_string(status));
    const auto text = SafeFolder(upper_).read(answer_file, most_answer);
    if (!text) fail(hook + " ended the interpreter before it answered");
    SafeFolder(upper_).remove(answer_file);
    const Json answer = parse_json(*text, "the answer of " + hook);
    if (answer.contains("missing")) return std::nullopt;
    return answer.at("result");
  }

  // A plain file that the hook left in the output folder, and no link to anything else.
  fs::path output(const std::string& name) {
    const std::string path = std::string(output_folder) + "/" + name;
    const auto info = SafeFolder(upper_).status(path);
    if (!info || !S_ISREG(info->st_mode)) fail("it left no file " + name);
    return upper_ / path;
  }

  [[noreturn]] void fail(const std::string& why) const {
    const std::string log = log_tail(log_file(), tail_judged);
    if (log.find("No space left on device") != std::string::npos)
      throw system_error(ENOSPC, "build " + named(task_));
    const std::string tail(trim(log_tail(log_file(), tail_shown)));
    throw Error(ErrorKind::input, "build-failed",
                "cannot build " + named(task_) + " from " + task_.source.file.name + ": " + why +
                    (tail.empty() ? std::string() : "; the last lines were\n" + tail),
                hint_of_failure(log));
  }

  std::string log_text() const { return log_tail(log_file(), tail_judged); }

 private:
  fs::path log_file() const { return scratch_.path() / "log"; }

  void install(const BlobStore& store) {
    PythonSection section;
    section.interpreter = place_.interpreter;
    section.packages = task_.packages;
    std::vector<fs::path> wheels;
    for (const auto& package : section.packages)
      wheels.push_back(store.get(package.file.sha256, package.file.name));
    NoProgress quiet;
    (void)install_wheels(section, wheels, place_.tree, upper_, quiet);
  }

  void unpack(const BlobStore& store) {
    const std::string& name = task_.source.file.name;
    const fs::path archive = store.get(task_.source.file.sha256, name);
    for (const char* folder : {"build/home", output_folder, "build/unpacked"})
      make_directories(upper_ / folder);
    const std::string top = unpack_source(archive, name, upper_ / "build/unpacked", place_.source_date_epoch);
    std::string folder = "build/" + task_.name + (task_.version.empty() ? "" : "-" + task_.version);
    SafeFolder upper(upper_);
    upper.rename(top.empty() ? "build/unpacked" : "build/unpacked/" + top, folder);
    if (!task_.source.described.empty()) tell_tags(upper_ / folder);
    if (!task_.source.subdirectory.empty()) folder += "/" + task_.source.subdirectory;
    check_tree_path(folder);
    const auto info = upper.status(folder);
    if (!info || !S_ISDIR(info->st_mode)) {
      throw Error(
          ErrorKind::input, "bad-sdist",
          name + " has no folder " + (task_.source.subdirectory.empty() ? top : task_.source.subdirectory));
    }
    source_ = "/" + folder;
  }

  // The form that git archive gives to a .git_archival.txt, which setuptools_scm and its kin read where there
  // is no repository; one of the project's own still has its placeholders.
  void tell_tags(const fs::path& folder) {
    const std::string& described = task_.source.described;
    std::string text = "describe-name: " + described + "\n";
    // Releases that do not know that line read this one.
    const auto distance = described.rfind("-0-g");
    if (distance != std::string::npos) text += "ref-names: tag: " + described.substr(0, distance) + "\n";
    const fs::path file = folder / ".git_archival.txt";
    fs::remove(file);
    write_file_atomically(file, text);
    fs::permissions(file, static_cast<fs::perms>(0644));
  }

  int run(const std::vector<std::string>& arguments) {
    RoomCommand command{place_.tree, arguments, environment_, {}, log_file(), scratch_.path()};
    if (!copied_) {
      try {
        return run_in_room(command);
      } catch (const Error& error) {
        if (error.code() != "no-overlay") throw;
        copy_tree();
      }
    }
    command.root = upper_;
    command.writes.clear();
    return run_in_room(command);
  }

  // Where nothing can lie over the tree: into a copy of it.
  void copy_tree() {
    const fs::path copy = scratch_.path() / "copy";
    fs::create_directory(copy);
    fs::permissions(copy, static_cast<fs::perms>(0755));
    DiskSink sink(copy);
    const auto all = [](std::string_view, EntryType) { return Choice::take; };
    push_folder(place_.tree, all, sink);
    push_folder(upper_, all, sink);
    sink.finish();
    upper_ = copy;
    copied_ = true;
  }

  const BuildPlace& place_;
  const BuildTask& task_;
  TemporaryDirectory scratch_;
  fs::path upper_;  // where what is written lies
  bool copied_ = false;
  std::string source_;  // in the room
  std::vector<std::string> environment_;
};

std::string built_wheel(Room& room, const BuildTask& task) {
  const auto answer = room.call("build_wheel", Json::array({"/" + std::string(output_folder)}));
  if (!answer) room.fail("its backend " + task.build_system.backend + " has no build_wheel");
  if (!answer->is_string()) room.fail("build_wheel returned no file name");
  auto name = answer->get<std::string>();
  const auto parsed = python::WheelName::parse(name);
  if (!parsed || name.find('/') != std::string::npos)
    room.fail("build_wheel returned \"" + name + "\", which names no wheel");
  if (parsed->name != task.name || (!task.version.empty() && parsed->version.str() != task.version))
    room.fail("it gave " + name + ", another project's or version's wheel");
  return name;
}

// Absent where the backend cannot, or what it left is no metadata: then the wheel tells.
std::optional<python::CoreMetadata> prepared_metadata(Room& room) {
  const auto answer =
      room.call("prepare_metadata_for_build_wheel", Json::array({"/" + std::string(output_folder)}));
  if (!answer || !answer->is_string()) return std::nullopt;
  const auto folder = answer->get<std::string>();
  if (folder.empty() || folder.find('/') != std::string::npos) return std::nullopt;
  const fs::path file = room.output(folder + "/METADATA");
  return python::CoreMetadata::parse(read_file(file, most_answer));
}

std::vector<std::string> asked_requirements(Room& room) {
  const auto answer = room.call("get_requires_for_build_wheel", Json::array());
  std::vector<std::string> lines;
  if (!answer || answer->is_null()) return lines;
  if (!answer->is_array()) room.fail("get_requires_for_build_wheel returned no list");
  for (const auto& line : *answer) {
    const auto requirement =
        line.is_string() ? python::Requirement::parse(line.get<std::string>()) : std::nullopt;
    if (!requirement)
      room.fail("get_requires_for_build_wheel returned " + line.dump() + ", which is not PEP 508");
    lines.push_back(line.get<std::string>());
  }
  sort_unique(lines);
  return lines;
}

python::CoreMetadata asked_metadata(Room& room, const BuildTask& task) {
  auto metadata = prepared_metadata(room);
  if (!metadata) {
    const std::string name = built_wheel(room, task);
    metadata = metadata_of_built(room.output(name), name);
  }
  if (python::normalise_name(metadata->name) != task.name ||
      (!task.version.empty() && metadata->version.str() != task.version)) {
    room.fail("its metadata are those of " + metadata->name + " " + metadata->version.str());
  }
  return *metadata;
}

}  // namespace

WheelBuilder::WheelBuilder(BuildPlace place, const BlobStore& store, Progress& progress)
    : place_(std::move(place)), store_(store), progress_(progress) {}

WheelBuilder::Asked WheelBuilder::ask(const BuildTask& task, bool metadata_too) const {
  Room room(place_, store_, task);
  Asked asked{asked_requirements(room), std::nullopt};
  const auto& known = task.build_system.requires_;
  const bool no_more = std::all_of(
      asked.requirements.begin(), asked.requirements.end(),
      [&](const auto& line) { return std::find(known.begin(), known.end(), line) != known.end(); });
  if (metadata_too && no_more) {
    progress_.note("building " + named(task) + " for its metadata");
    asked.metadata = asked_metadata(room, task);
  }
  return asked;
}

python::CoreMetadata WheelBuilder::metadata(const BuildTask& task) const {
  progress_.note("building " + named(task) + " for its metadata");
  Room room(place_, store_, task);
  return asked_metadata(room, task);
}

PythonFile WheelBuilder::wheel(const BuildTask& task) const {
  Room room(place_, store_, task);
  const std::string name = built_wheel(room, task);
  return keep_wheel(room.output(name), name, place_.source_date_epoch, store_);
}

}  // namespace mlrepro
