// A closed room: a command run with a tree as its root, in mount, PID, UTS, IPC and network namespaces of its
// own.
//
// Inside: /proc; /dev with null, zero, full, random, urandom, tty, pts, shm; empty tmpfs on /tmp and /run;
// host name "mlrepro"; loopback alone, up; umask 022; no controlling terminal; no capability beyond what a
// container usually has, less mknod. What syncs to disk does nothing there (the caller syncs once at the
// end). All of it ends with the command, also when we are killed.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace mlrepro {

struct RoomCommand {
  std::filesystem::path root;            // has folders proc, dev, tmp, run
  std::vector<std::string> arguments;    // arguments[0]: absolute path inside
  std::vector<std::string> environment;  // "NAME=value", all of it
  std::string input;                     // standard input
  std::filesystem::path log;             // standard output and error are appended to it
  // Where set: `root` is only read, and what the command writes goes to `writes`/upper, a tree that lies over
  // it (overlayfs). One command at a time may write to one such folder; its upper may hold files beforehand.
  std::filesystem::path writes = {};
  // Where true: `root` is only read, and what the command writes is forgotten. It goes to a layer in memory;
  // where no overlay can be, nothing but /dev, /tmp and /run can be written to.
  bool forget_writes = false;
  std::optional<double> timeout_seconds = {};  // then SIGKILL for all in the room, and status 124
};

// The exit status as a shell reports it (128 + N for signal N), 124 at the timeout. Needs root, or the
// namespace of enter_user_namespace(). Throws Error(surroundings, "no-namespaces") where the kernel refuses,
// Error(surroundings, "no-overlay") where the file system of `writes` cannot lie over another,
// Error(surroundings) where a mount fails, and Error(input, "cannot-execute") where the command cannot be
// executed. May be called from several threads.
[[nodiscard]] int run_in_room(const RoomCommand& command);

// Tries whether rooms can be made at all, before long work: throws Error(surroundings, "no-root") for a user
// outside of a user namespace, Error(surroundings, "no-namespaces") where the kernel or a container forbids
// them.
void require_namespaces();

}  // namespace mlrepro
