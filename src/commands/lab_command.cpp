#include "commands/lab_command.hpp"

#include <algorithm>
#include <cstdio>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "services/run/published_ports.hpp"

namespace mlrepro {
namespace {

constexpr std::uint16_t usual_port = 8888;

struct Server {
  const char* package;
  const char* program;
  const char* page;
};
constexpr Server servers[] = {{"jupyterlab", "jupyter-lab", "/lab"},
                              {"notebook", "jupyter-notebook", "/tree"}};

const Server& server_of(const Lockfile& lock) {
  for (const auto& server : servers) {
    if (lock.python && std::any_of(lock.python->packages.begin(), lock.python->packages.end(),
                                   [&](const auto& package) { return package.name == server.package; }))
      return server;
  }
  throw Error(ErrorKind::input, "no-jupyter",
              "the lock has no Jupyter server: neither jupyterlab nor notebook",
              "add jupyterlab to python.requirements in mlrepro.toml, then mlrepro lock");
}

PublishedPort free_port(const std::optional<std::uint16_t>& asked) {
  std::vector<PublishedPort> ports{{"127.0.0.1", asked.value_or(usual_port), usual_port, false}};
  try {
    take_ports(ports);
  } catch (const Error& error) {
    if (asked || error.code() != "port-taken") throw;
    ports.front().outside = 0;
    take_ports(ports);
  }
  return ports.front();
}

}  // namespace

int lab_command(const Invocation& invocation, LabOptions options) {
  const Server& server = server_of(read_target(invocation, invocation.read_manifest(), options.run.target));
  const auto settle = [&](RunOptions& run) {
    const PublishedPort port = free_port(options.port);
    const std::string token = random_hex(24);
    run.command = {server.program, "--ip=0.0.0.0", "--port=" + std::to_string(port.inside), "--no-browser",
                   "--allow-root"};
    // Not on the command line, which every user of the machine can read.
    run.environment.push_back("JUPYTER_TOKEN=" + token);
    if (!run.user.empty()) run.environment.insert(run.environment.begin(), "HOME=/tmp");
    run.network = "private";
    run.ports.push_back(port.address + ":" + std::to_string(port.outside) + ":" +
                        std::to_string(port.inside));
    const std::string address = "http://" + address_of(port) + server.page + "?token=" + token;
    Answer& answer = *invocation.answer;
    if (answer.wants_document()) {
      answer.document({{"kind", "lab"}, {"version", 1}, {"address", address}, {"token", token}});
    } else {
      answer.line(address);
      // It is wanted while the server runs, also by a program that reads it from a pipe.
      std::fflush(stdout);
    }
  };
  options.run.no_record = true;
  options.run.health = false;
  return run_command(invocation, options.run, settle);
}

}  // namespace mlrepro
