#include "base/late_library.hpp"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

#include "base/error.hpp"
#include "base/text.hpp"

namespace mlrepro {

LateLibrary::LateLibrary(const std::string& names, std::initializer_list<Entry> functions) {
  if (functions.size() == 0) return;
  const auto reason = [] {
    const char* const words = ::dlerror();
    return std::string(words == nullptr ? "unknown reason" : words);
  };
  void* library = nullptr;
  std::string name;
  for (const auto& each : split_words(names)) {
    name = each;
    library = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library != nullptr) break;
  }
  if (library == nullptr) {
    throw Error(ErrorKind::surroundings, "library", name + " cannot be loaded: " + reason(),
                "install the package that has it");
  }
  for (const auto& [function, at] : functions) {
    void* const found = ::dlsym(library, function);
    if (found == nullptr) {
      throw Error(ErrorKind::surroundings, "library", name + " is of another version: " + reason(),
                  "install the version that this program was built with");
    }
    *at = found;
  }
}

void called_before_load() {
  std::fputs("mlrepro: a library was called before it was loaded\n", stderr);
  std::abort();
}

}  // namespace mlrepro
