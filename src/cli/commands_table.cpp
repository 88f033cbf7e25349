#include "cli/commands_table.hpp"

#include <CLI/CLI.hpp>
#include <memory>
#include <type_traits>

#include "base/text.hpp"
#include "commands/build_command.hpp"
#include "commands/bundle_command.hpp"
#include "commands/export_command.hpp"
#include "commands/init_command.hpp"
#include "commands/lab_command.hpp"
#include "commands/lock_command.hpp"
#include "commands/lock_in_use.hpp"
#include "commands/run_command.hpp"
#include "commands/runs_command.hpp"
#include "commands/shell_command.hpp"
#include "commands/store_command.hpp"
#include "commands/tree_command.hpp"
#include "commands/verify_command.hpp"
#include "commands/why_command.hpp"
#include "commands/why_size.hpp"

namespace mlrepro {
namespace {

using Words = std::vector<std::string>;

class Table {
 public:
  Table(CLI::App& app, bool& json) : app_(app), json_(json) {}

  // Options live as long as the action that reads them.
  template <typename Options, typename Call>
  CLI::App& add(CLI::App& parent, const std::string& name, const std::string& help,
                const std::function<void(CLI::App&, Options&)>& declare, Call call) {
    CLI::App& command = *parent.add_subcommand(name, help);
    auto options = std::make_shared<Options>();
    declare(command, *options);
    command.add_flag("--json", json_, "One JSON document on standard output");
    const std::string full = &parent == &app_ ? name : parent.get_name() + " " + name;
    declared.push_back(
        {&command, full,
         [options, call](const Invocation& invocation, const Words& words) {
           if constexpr (std::is_invocable_v<Call, const Invocation&, const Options&, const Words&>) {
             return call(invocation, *options, words);
           } else {
             return call(invocation, *options);
           }
         },
         false});
    return command;
  }

  std::vector<DeclaredCommand> declared;

 private:
  CLI::App& app_;
  bool& json_;
};

struct Nothing {};

// `tree --python` was a flag before there were targets.
void declare_target(CLI::App& command, TargetChoice& target, bool python = true) {
  command.add_option("--platform", target.platform, "Of a lock for several: linux/amd64 or linux/arm64")
      ->type_name("PLATFORM");
  command
      .add_option(python ? "--python" : "--interpreter", target.python,
                  "Of a lock for several interpreters: 3.12")
      ->type_name("VERSION");
}

void declare_lock(CLI::App& command, LockOptions& options) {
  auto* upgrade = command.add_flag("--upgrade", options.upgrade, "Look for newer versions of everything");
  command
      .add_option("--upgrade-package", options.upgrade_packages,
                  "Look for newer versions of NAME alone (repeatable)")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command.add_flag("--dry-run", options.dry_run, "Say what would change, write nothing");
  command
      .add_flag("--check", options.check,
                "Only say whether the lock satisfies the manifest: no network, no solve")
      ->excludes(upgrade);
}

void declare_tree(CLI::App& command, TreeOptions& options) {
  command.add_flag("--os", options.os, "The OS packages alone");
  command.add_flag("--python", options.python, "The Python packages alone");
  command.add_option("--invert", options.invert, "The packages that need NAME")->type_name("NAME");
  command.add_option("--depth", options.depth, "So many levels below each root")->type_name("N");
  declare_target(command, options.target, false);
}

void declare_build(CLI::App& command, BuildOptions& options) {
  command
      .add_option(
          "-o,--output", options.outputs,
          "Also write oci:DIR, rootfs:DIR, {oci-archive,docker-archive,squashfs,erofs}:FILE (repeatable)")
      ->type_name("KIND:PATH")
      ->allow_extra_args(false);
  command.add_flag("--no-cache", options.no_cache, "Build again even where the image is there, and compare");
  command.add_flag("--no-check-imports", options.no_check_imports,
                   "Do not try to import the requested Python packages");
  command.add_flag("--twice", options.twice,
                   "Build a second time under perturbed surroundings; name what differs");
  declare_target(command, options.target);
}

// What run, shell and lab say of the container alike.
void declare_container(CLI::App& command, RunOptions& options) {
  const auto several = [](CLI::Option* option, const char* type) {
    option->type_name(type)->allow_extra_args(false);
  };
  several(command.add_option("-v,--volume", options.volumes, "Mount a file or folder (repeatable)"),
          "SRC:DST[:ro]");
  several(command.add_option("-e,--env", options.environment, "Set a variable, or pass ours on (repeatable)"),
          "NAME[=VALUE]");
  several(command.add_option("--env-file", options.env_files, "Variables from a file (repeatable)"), "FILE");
  command.add_option("-w,--workdir", options.workdir, "Working folder in the environment")->type_name("DIR");
  command.add_option("--user", options.user, "User and group inside")->type_name("UID[:GID]");
  several(command.add_option("-p,--publish", options.ports, "Publish a port (repeatable)"),
          "[[ADDR:]PORT:]PORT[/udp]");
  command.add_option("--gpus", options.gpus, "GPUs to use: all, none (default) or device=0,1")
      ->type_name("GPUS");
  command.add_option("--shm-size", options.shm_size, "Size of /dev/shm")->type_name("SIZE");
  several(command.add_option("--ulimit", options.ulimits, "Limit of a process, as nofile (repeatable)"),
          "NAME=SOFT[:HARD]");
  command.add_option("-m,--memory", options.memory, "Memory at most, by cgroups")->type_name("SIZE");
  command.add_option("--cpus", options.cpus, "CPU time at most, by cgroups: 1.5")->type_name("N");
  command.add_flag("--read-only", options.read_only,
                   "No scratch layer: the environment cannot be written to");
  command
      .add_option("--runtime", options.runtime, "What makes the container: crun, runc or bwrap (bubblewrap)")
      ->type_name("PROGRAM");
  declare_target(command, options.target);
}

void declare_network(CLI::App& command, RunOptions& options) {
  command.add_option("--network", options.network, "none (default) or host")
      ->check(CLI::IsMember({"none", "host"}));
}

void declare_run(CLI::App& command, RunOptions& options) {
  declare_container(command, options);
  declare_network(command, options);
  command.add_option("--determinism", options.determinism, "Which switches are set: off, warn or strict")
      ->check(CLI::IsMember({"off", "warn", "strict"}));
  command.add_option("--name", options.name, "Name of the record")->type_name("NAME");
  command.add_option("--repeat", options.repeat, "So many runs one after another: NAME-1, NAME-2 ...")
      ->type_name("N")
      ->check(CLI::Range(1U, 10000U));
  command.add_option("--timeout", options.timeout, "Stop it after so many seconds")->type_name("SECONDS");
  command.add_flag("-i,--interactive", options.interactive, "Keep standard input open");
  command.add_flag("-t,--tty", options.terminal, "Give it a terminal");
  command.add_flag("--no-record", options.no_record, "Leave no record");
  command.prefix_command();
  command.footer(
      "The command follows the options, best after --. Without one the manifest's run.command is run.\n"
      "The exit status is the command's own; 125 where mlrepro failed, 126 and 127 where the command\n"
      "cannot be run or is not found.");
}

void declare_lab(CLI::App& command, LabOptions& options) {
  command
      .add_option("--port", options.port, "Port of this machine's loopback (default: 8888, or a free one)")
      ->type_name("PORT")
      ->check(CLI::Range(1, 65535));
  declare_container(command, options.run);
}

void declare_verify(CLI::App& command, VerifyOptions& options) {
  command.add_flag("--lock", options.lock, "Check the lock and the files it names");
  command.add_flag("--image", options.image, "Build the image again and compare");
  command
      .add_option("--run", options.run,
                  "Check this run's inputs and outputs (a RUN, or a FILE of runs show --json)")
      ->type_name("RUN|FILE");
  command.add_flag("--replay", options.replay, "Do the run again and compare its outputs byte for byte");
  declare_target(command, options.target);
}

}  // namespace

std::vector<DeclaredCommand> declare_commands(CLI::App& app, bool& json) {
  Table table(app, json);
  table.add<InitOptions>(
      app, "init", "Write a manifest from what the project already says",
      [](CLI::App& command, InitOptions& options) {
        command
            .add_option(
                "--from", options.from,
                "A Dockerfile, requirements.txt, pyproject.toml, pylock.toml or folder (default: the folder)")
            ->type_name("PATH");
        command.add_flag("--force", options.force, "Replace a manifest that is there");
      },
      init_command);
  table.add<LockOptions>(app, "lock", "Pin OS and Python packages into mlrepro.lock", declare_lock,
                         with_cache(lock_command));
  table.add<TreeOptions>(app, "tree", "Show what the lock holds and what needs what", declare_tree,
                         tree_command);
  struct Asked {
    std::string package;
    bool size = false;
    TargetChoice target;
  };
  table.add<Asked>(
      app, "why", "Say what brought a package into the lock",
      [](CLI::App& command, Asked& asked) {
        auto* name = command.add_option("NAME", asked.package, "Which package");
        command.add_flag("--size", asked.size, "What it costs; without NAME, what each requested one costs");
        command.callback([&asked, name] {
          if (!asked.size && name->empty()) throw CLI::RequiredError("NAME");
        });
        declare_target(command, asked.target);
      },
      [](const Invocation& invocation, const Asked& asked) {
        return asked.size ? why_size_command(invocation, asked.package, asked.target)
                          : why_command(invocation, asked.package, asked.target);
      });
  table.add<BuildOptions>(app, "build", "Build the image that the lock describes", declare_build,
                          with_cache(build_command));
  table.add<RunOptions>(app, "run", "Run a command in the locked environment and record it", declare_run,
                        [](const Invocation& invocation, RunOptions options, const Words& words) {
                          options.command = words;
                          note_lock_in_use(invocation);
                          return run_command(invocation, options);
                        });
  table.declared.back().takes_command = true;
  table.add<RunOptions>(
      app, "shell", "Open a shell in the locked environment",
      [](CLI::App& command, RunOptions& options) {
        declare_container(command, options);
        declare_network(command, options);
      },
      shell_command);
  table.add<LabOptions>(app, "lab", "Serve Jupyter from the locked environment", declare_lab, lab_command);
  table.add<VerifyOptions>(app, "verify", "Say whether lock, image and runs still hold", declare_verify,
                           with_cache(verify_command));

  table.add<ExportOptions>(
      app, "export", "Write the lock in another tool's format",
      [](CLI::App& command, ExportOptions& options) {
        command.add_option("KIND", options.kind, join(export_kinds(), " or "))->required();
        command.add_option("-o,--output", options.output, "Write to FILE")->type_name("FILE");
        declare_target(command, options.target);
      },
      export_command);

  table.add<BundleOptions>(
      app, "bundle", "Put lock, files, image and records into one file, or open such a file",
      [](CLI::App& command, BundleOptions& options) {
        command.add_option("-o,--output", options.output, "Write FILE, from this project")->type_name("FILE");
        command.add_option("--open", options.open, "Open FILE here, into this folder and the store")
            ->type_name("FILE");
      },
      with_cache(bundle_command));

  auto& runs = table.add<Nothing>(
      app, "runs", "List and show the recorded runs", [](CLI::App&, Nothing&) {},
      [](const Invocation& invocation, const Nothing&) { return runs_list_command(invocation); });
  table.add<Nothing>(
      runs, "list", "The runs of this project, newest first", [](CLI::App&, Nothing&) {},
      [](const Invocation& invocation, const Nothing&) { return runs_list_command(invocation); });
  struct Shown {
    std::string run = "latest";
  };
  table.add<Shown>(
      runs, "show", "One run: an id, a prefix of it, a name, latest or latest~N",
      [](CLI::App& command, Shown& shown) {
        command.add_option("RUN", shown.run, "Which run (default: latest)");
      },
      [](const Invocation& invocation, const Shown& shown) {
        return runs_show_command(invocation, shown.run);
      });

  auto& store = table.add<Nothing>(
      app, "store", "Look into the cache and store, check it, clean it up", [](CLI::App&, Nothing&) {},
      [](const Invocation& invocation, const Nothing&) { return store_info_command(invocation); });
  table.add<Nothing>(
      store, "info", "Where it lies and how much it holds", [](CLI::App&, Nothing&) {},
      [](const Invocation& invocation, const Nothing&) { return store_info_command(invocation); });
  table.add<Nothing>(
      store, "check", "Hash every blob and image again, set damaged ones aside", [](CLI::App&, Nothing&) {},
      [](const Invocation& invocation, const Nothing&) { return store_check_command(invocation); });
  table.add<GcOptions>(
      store, "gc", "Remove what no lock in use needs",
      [](CLI::App& command, GcOptions& options) {
        command
            .add_option("--keep-days", options.keep_days,
                        "Keep what was used in the last N days (default: 0)")
            ->type_name("N")
            ->check(CLI::Range(0, 36500));
        command.add_flag("--dry-run", options.dry_run, "Say what would be removed, remove nothing");
      },
      store_gc_command);
  return std::move(table.declared);
}

}  // namespace mlrepro
