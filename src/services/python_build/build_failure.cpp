#include "services/python_build/build_failure.hpp"

#include <array>
#include <set>
#include <vector>

#include "base/text.hpp"

namespace mlrepro {
namespace {

struct Known {
  std::string_view name;      // of a program or a header
  std::string_view packages;  // of Debian, one word each
};

constexpr std::array<Known, 24> programs{{{"gcc", "gcc python3-dev"},
                                          {"cc", "gcc python3-dev"},
                                          {"x86_64-linux-gnu-gcc", "gcc python3-dev"},
                                          {"aarch64-linux-gnu-gcc", "gcc python3-dev"},
                                          {"g++", "g++ python3-dev"},
                                          {"c++", "g++ python3-dev"},
                                          {"x86_64-linux-gnu-g++", "g++ python3-dev"},
                                          {"aarch64-linux-gnu-g++", "g++ python3-dev"},
                                          {"clang", "clang"},
                                          {"gfortran", "gfortran"},
                                          {"make", "make"},
                                          {"cmake", "cmake"},
                                          {"ninja", "ninja-build"},
                                          {"cargo", "cargo"},
                                          {"rustc", "rustc"},
                                          {"git", "git"},
                                          {"swig", "swig"},
                                          {"pkg-config", "pkg-config"},
                                          {"pg_config", "libpq-dev"},
                                          {"mysql_config", "default-libmysqlclient-dev"},
                                          {"llvm-config", "llvm-dev"},
                                          {"xml2-config", "libxml2-dev"},
                                          {"xslt-config", "libxslt1-dev"},
                                          {"krb5-config", "libkrb5-dev"}}};

constexpr std::array<Known, 14> headers{{{"Python.h", "python3-dev"},
                                         {"ffi.h", "libffi-dev"},
                                         {"openssl/", "libssl-dev"},
                                         {"zlib.h", "zlib1g-dev"},
                                         {"jpeglib.h", "libjpeg-dev"},
                                         {"png.h", "libpng-dev"},
                                         {"libxml/", "libxml2-dev"},
                                         {"libxslt/", "libxslt1-dev"},
                                         {"libpq-fe.h", "libpq-dev"},
                                         {"mpi.h", "libopenmpi-dev"},
                                         {"hdf5.h", "libhdf5-dev"},
                                         {"portaudio.h", "portaudio19-dev"},
                                         {"sndfile.h", "libsndfile1-dev"},
                                         {"math.h", "libc6-dev"}}};

bool says(std::string_view line, std::initializer_list<std::string_view> phrases) {
  for (const auto phrase : phrases) {
    if (line.find(phrase) != std::string_view::npos) return true;
  }
  return false;
}

// `name` as a word of its own: "'gcc'", "gcc:", "/gcc".
bool names(std::string_view line, std::string_view name) {
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '.';
  };
  for (auto at = line.find(name); at != std::string_view::npos; at = line.find(name, at + 1)) {
    const auto end = at + name.size();
    if ((at == 0 || !is_part(line[at - 1])) &&
        (end == line.size() || !is_part(line[end]) || line[end] == '.'))
      return true;
  }
  return false;
}

std::string_view quoted(std::string_view line, std::string_view mark) {
  const auto at = line.find(mark);
  if (at == std::string_view::npos) return {};
  const auto rest = line.substr(at + mark.size());
  return rest.substr(0, rest.find_first_of("'\" :"));
}

std::string add(const std::set<std::string>& packages) {
  const std::vector<std::string> list(packages.begin(), packages.end());
  return "add " + join(list, " and ") + " to os.packages and lock again";
}

}  // namespace

std::string hint_of_failure(std::string_view log) {
  std::set<std::string> packages;
  std::string header;
  std::string module;
  bool network = false;
  for (const auto line : split(log, '\n')) {
    const bool absent = says(line, {"No such file or directory", "not found", "not find", "is not installed",
                                    "unable to execute", "Unknown compiler"});
    if (absent) {
      for (const auto& program : programs) {
        if (!names(line, program.name) || says(line, {".h:"})) continue;
        for (const auto package : split_words(program.packages))
          packages.emplace(package);
      }
    }
    if (const auto at = line.find("fatal error: "); at != std::string_view::npos) {
      header = quoted(line, "fatal error: ");
      for (const auto& known : headers) {
        if (header.starts_with(known.name)) packages.emplace(known.packages);
      }
    }
    if (const auto name = quoted(line, "No module named '"); !name.empty()) module = name;
    network = network || says(line, {"name resolution", "Network is unreachable", "Could not resolve host",
                                     "Failed to establish a new connection", "Name or service not known"});
  }
  if (!packages.empty()) return add(packages);
  if (network) {
    return "sources are built without network, and this one asks for it: use a version that has a wheel, or "
           "a "
           "source that holds all it needs";
  }
  if (!header.empty())
    return "add the Debian package that holds " + header + " to os.packages and lock again";
  if (!module.empty()) {
    return "its build imports " + module +
           ", which its build requirements do not bring: use another version, or one that has a wheel";
  }
  return "use a version that has a wheel, or add what its build needs to os.packages";
}

}  // namespace mlrepro
