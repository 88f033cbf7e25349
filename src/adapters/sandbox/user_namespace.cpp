#include "adapters/sandbox/user_namespace.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/pipe.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace mlrepro {
namespace {

constexpr unsigned long long wanted_ids = 65535;
// What an id looks like that has no place in a namespace.
constexpr uid_t overflow_id = 65534;

[[noreturn]] void no_subordinate_ids(const std::string& why) {
  throw Error(
      ErrorKind::surroundings, "no-subuid", "cannot build an image as this user: " + why,
      "ask for lines like \"USER:100000:65536\" in /etc/subuid and /etc/subgid and the package "
      "uidmap, build as root, "
      "open a bundle of an image that was built elsewhere, or set os.base to an image that has all of "
      "os.packages");
}

// First id of a range of at least 65,535 that `file` (subuid(5)) gives to the user, by name or number.
std::string first_subordinate_id(const char* file, const std::string& user, const std::string& uid) {
  std::string text;
  try {
    text = read_file(file, std::uint64_t{16} << 20);
  } catch (const Error&) {
    no_subordinate_ids(std::string(file) + " cannot be read");
  }
  for (const auto line : split(text, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() != 3 || (fields[0] != user && fields[0] != uid)) continue;
    const auto first = parse_number(fields[1]);
    const auto count = parse_number(trim(fields[2]));
    if (first && count && *count >= wanted_ids) return std::to_string(*first);
  }
  no_subordinate_ids(std::string(file) + " gives " + user + " no range of 65536 ids");
}

std::string helper(const char* name) {
  const auto found = find_program(name);
  if (!found) no_subordinate_ids(std::string("the program ") + name + " is missing");
  return found->string();
}

[[noreturn]] void no_user_namespace(int error) {
  if (error == EINVAL)
    throw Error(ErrorKind::internal, "threads", "a user namespace was asked for after threads had started");
  throw Error(ErrorKind::surroundings, "no-user-namespaces",
              "cannot do this as this user: " + system_error(error, "make a user namespace").message(),
              "allow them (sysctl kernel.unprivileged_userns_clone, user.max_user_namespaces, "
              "kernel.apparmor_restrict_unprivileged_userns), or do it as root");
}

void write_map(const char* file, const std::string& text) {
  const UniqueFd fd = open_file(file, O_WRONLY);
  write_all(fd.get(), text, file);
}

struct IdMap {
  std::string program;
  std::vector<std::string> arguments;
};

// Runs in the helper process, forked from a program without threads: ordinary calls are safe.
int run_map(const IdMap& map) {
  const pid_t child = ::fork();
  if (child < 0) return 1;
  if (child == 0) {
    std::vector<std::string> arguments = map.arguments;
    const auto argv = exec_words(arguments);
    ::execv(map.program.c_str(), argv.data());
    ::_exit(127);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace

void enter_user_namespace() {
  if (::geteuid() == 0) return;
  const std::string uid = std::to_string(::geteuid());
  const std::string gid = std::to_string(::getegid());
  const passwd* account = ::getpwuid(::geteuid());
  const std::string user = account != nullptr ? account->pw_name : uid;
  const std::string target = std::to_string(::getpid());
  const std::string ids = std::to_string(wanted_ids);
  const auto map = [&](const char* program, const char* file, const std::string& own) {
    return IdMap{helper(program),
                 {program, target, "0", own, "1", "1", first_subordinate_id(file, user, uid), ids}};
  };
  const IdMap uids = map("newuidmap", "/etc/subuid", uid);
  const IdMap gids = map("newgidmap", "/etc/subgid", gid);

  // The maps are written from outside the new namespace, so the helper is forked before it and waits.
  Pipe start;
  const pid_t child = ::fork();
  if (child < 0) throw system_error(errno, "fork");
  if (child == 0) {
    start.write_end.reset();
    char go = 0;
    if (::read(start.read_end.get(), &go, 1) != 1) ::_exit(1);
    const int status = run_map(uids);
    ::_exit(status != 0 ? status : run_map(gids));
  }
  const int error = ::unshare(CLONE_NEWUSER) == 0 ? 0 : errno;
  if (error == 0 && ::write(start.write_end.get(), "g", 1) != 1) throw system_error(errno, "write to a pipe");
  start.write_end.reset();
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (error != 0) no_user_namespace(error);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    no_subordinate_ids("newuidmap or newgidmap refused the ids of " + user);
  if (::setgroups(0, nullptr) != 0 || ::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) {
    throw system_error(errno, "become root of the user namespace");
  }
}

MappedIds enter_any_user_namespace() {
  try {
    enter_user_namespace();
    return MappedIds::all;
  } catch (const Error& error) {
    // After it was made nothing can be mapped any more.
    if (error.code() != "no-subuid" || ::geteuid() == overflow_id) throw;
  }
  const std::string uid = std::to_string(::geteuid());
  const std::string gid = std::to_string(::getegid());
  if (::unshare(CLONE_NEWUSER) != 0) no_user_namespace(errno);
  // user_namespaces(7): without privilege outside, groups must be given up first.
  write_map("/proc/self/setgroups", "deny");
  write_map("/proc/self/uid_map", "0 " + uid + " 1\n");
  write_map("/proc/self/gid_map", "0 " + gid + " 1\n");
  if (::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0)
    throw system_error(errno, "become root of the user namespace");
  return MappedIds::own;
}

bool has_all_ids() {
  const std::string map = read_file("/proc/self/uid_map", 65536);
  unsigned long long ids = 0;
  for (const auto line : split(map, '\n')) {
    const auto words = split_words(line);
    if (words.size() == 3) ids += parse_number(words[2]).value_or(0);
  }
  return ids >= wanted_ids;
}

void require_all_ids() {
  if (!has_all_ids()) no_subordinate_ids("it has its own id alone");
}

MappedIds try_user_namespace(std::string* why) {
  try {
    return enter_any_user_namespace();
  } catch (const Error& error) {
    if (why != nullptr) *why = error.message();
    return MappedIds::outside;
  }
}

}  // namespace mlrepro
