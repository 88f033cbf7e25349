#include "adapters/container/process_limits.hpp"

#include <sys/resource.h>

#include <array>

namespace mlrepro {
namespace {

constexpr std::array kinds{
    LimitKind{"core", "RLIMIT_CORE", RLIMIT_CORE},
    LimitKind{"cpu", "RLIMIT_CPU", RLIMIT_CPU},
    LimitKind{"data", "RLIMIT_DATA", RLIMIT_DATA},
    LimitKind{"fsize", "RLIMIT_FSIZE", RLIMIT_FSIZE},
    LimitKind{"locks", "RLIMIT_LOCKS", RLIMIT_LOCKS},
    LimitKind{"memlock", "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
    LimitKind{"msgqueue", "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
    LimitKind{"nice", "RLIMIT_NICE", RLIMIT_NICE},
    LimitKind{"nofile", "RLIMIT_NOFILE", RLIMIT_NOFILE},
    LimitKind{"nproc", "RLIMIT_NPROC", RLIMIT_NPROC},
    LimitKind{"rss", "RLIMIT_RSS", RLIMIT_RSS},
    LimitKind{"rtprio", "RLIMIT_RTPRIO", RLIMIT_RTPRIO},
    LimitKind{"rttime", "RLIMIT_RTTIME", RLIMIT_RTTIME},
    LimitKind{"sigpending", "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    LimitKind{"stack", "RLIMIT_STACK", RLIMIT_STACK},
};

}  // namespace

std::span<const LimitKind> limit_kinds() {
  return kinds;
}

}  // namespace mlrepro
