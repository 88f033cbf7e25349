#include "services/image/filesystem_image.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <future>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/pipe.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "services/image/tree_owners.hpp"
#include "tree/tar_sink.hpp"

namespace mlrepro {
namespace fs = std::filesystem;
namespace {

// Of every erofs image written here: what tells two file systems apart is their content.
constexpr const char* erofs_uuid = "6d6c7265-7072-4f6f-8000-65726f667300";

Command command_of(const char* program, const char* package, std::int64_t epoch) {
  const auto found = find_program(program);
  if (!found) {
    throw Error(ErrorKind::surroundings, "program-missing",
                std::string("cannot write this output: ") + program + " is not on PATH",
                std::string("install the package ") + package);
  }
  Command command;
  command.arguments = {found->string()};
  command.environment = {{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "TZ=UTC",
                          "SOURCE_DATE_EPOCH=" + std::to_string(epoch)}};
  return command;
}

void check(const ProcessResult& result, const std::string& program) {
  if (result.exit_status == 0) return;
  const std::string said(trim(result.errors.empty() ? result.output : result.errors));
  constexpr std::size_t most = 500;
  throw Error(ErrorKind::surroundings, "filesystem-image",
              program + " failed with status " + std::to_string(result.exit_status) + ": " +
                  (said.size() > most ? said.substr(0, most) + "..." : said),
              program == "mksquashfs" ? "mksquashfs 4.5 or newer is needed, and space for the file"
                                      : "mkfs.erofs 1.5 or newer is needed, and space for the file");
}

// Through a tar: so it sees neither the order of a folder on this disk nor labels of this machine.
void write_squashfs(const fs::path& root, const fs::path& file, std::int64_t epoch, Progress& progress) {
  Command command = command_of("mksquashfs", "squashfs-tools", epoch);
  const std::string time = std::to_string(epoch);
  for (const char* word : {"-",          file.c_str(),   "-tar",
                           "-noappend",  "-no-progress", "-quiet",
                           "-comp",      "zstd",         "-Xcompression-level",
                           "6",          "-b",           "128K",
                           "-root-mode", "0755",         "-root-uid",
                           "0",          "-root-gid",    "0",
                           "-root-time", time.c_str()})
    command.arguments.emplace_back(word);
  Pipe pipe;
  command.before_exec = [in = pipe.read_end.get()] { return ::dup2(in, 0) < 0 ? errno : 0; };
  auto work = std::async(std::launch::async, [&] {
    ProcessResult result = run_process(command);
    pipe.read_end.reset();  // then our writing fails, where the program ended early
    return result;
  });
  std::uint64_t done = 0;
  std::exception_ptr failure;
  try {
    std::string buffer;
    constexpr std::size_t block = std::size_t{256} << 10;
    const auto flush = [&] {
      write_all(pipe.write_end.get(), buffer, "the pipe to mksquashfs");
      progress.update("output", done += buffer.size(), 0, Unit::bytes);
      buffer.clear();
    };
    TarSink sink([&](std::string_view piece) {
      buffer.append(piece);
      if (buffer.size() >= block) flush();
    });
    push_image_tree(root, {}, sink);
    sink.finish();
    flush();
  } catch (...) {
    failure = std::current_exception();
  }
  pipe.write_end.reset();
  check(work.get(), "mksquashfs");
  if (failure) std::rethrow_exception(failure);
}

void write_erofs(const fs::path& root, const fs::path& file, std::int64_t epoch) {
  if (!TreeOwners(root).empty()) {
    throw Error(ErrorKind::surroundings, "no-subuid",
                "cannot write this image as erofs: its files belong to users that you have no ids for here",
                "write it as squashfs, or where you have subordinate ids");
  }
  Command command = command_of("mkfs.erofs", "erofs-utils", epoch);
  // The time is that of the file system; --preserve-mtime, after it, lets each file have its own.
  const std::string time = "-T" + std::to_string(epoch);
  const std::string uuid = std::string("-U") + erofs_uuid;
  for (const char* word :
       {"--quiet", "-zlz4", time.c_str(), "--preserve-mtime", uuid.c_str(), file.c_str(), root.c_str()})
    command.arguments.emplace_back(word);
  check(run_process(command), "mkfs.erofs");
}

}  // namespace

void write_filesystem_image(FilesystemKind kind, const fs::path& root, const fs::path& file,
                            std::int64_t epoch, Progress& progress) {
  if (kind == FilesystemKind::squashfs) {
    write_squashfs(root, file, epoch, progress);
  } else {
    write_erofs(root, file, epoch);
  }
  progress.finish("output");
}

}  // namespace mlrepro
