// Shared libraries that are loaded when a command first has a use for them. To load libcurl, libgit2 and
// librnp with all that they need takes two thirds of the start of a program, and most commands use none of
// them.
//
//   #define FOO_FUNCTIONS(each) each(foo_open) each(foo_close)
//   FOO_FUNCTIONS(MLREPRO_LATE_FUNCTION)
//   void load_foo() {
//     static const LateLibrary library("libfoo.so.1", {FOO_FUNCTIONS(MLREPRO_LATE_ENTRY)});
//   }
//
// defines foo_open and foo_close, as their header declares them, as jumps to where load_foo() found them:
// whoever calls them, calls it before. A function that is left out is linked as usual, and the library loaded
// at the start.
#pragma once

#include <initializer_list>
#include <string>

namespace mlrepro {

class LateLibrary {
 public:
  struct Entry {
    const char* name;
    void** at;
  };
  // `names` are sonames with a space between, the first of which that is there is loaded. Throws
  // Error(surroundings, "library") naming the library, or the function that it lacks. What was loaded
  // stays so: C libraries have threads and thread-local data that outlive the handle.
  LateLibrary(const std::string& names, std::initializer_list<Entry> functions);
};

// Where the jumps lead before that.
[[noreturn]] void called_before_load();

}  // namespace mlrepro

#if defined(__x86_64__)
#define MLREPRO_LATE_JUMP(name) "  endbr64\n  jmp *mlrepro_late_" #name "(%rip)\n"
#elif defined(__aarch64__)
#define MLREPRO_LATE_JUMP(name)                 \
  "  hint #34\n" /* bti c */                    \
  "  adrp x16, mlrepro_late_" #name             \
  "\n"                                          \
  "  ldr x16, [x16, #:lo12:mlrepro_late_" #name \
  "]\n"                                         \
  "  br x16\n"
#endif

#ifdef MLREPRO_LATE_JUMP
#define MLREPRO_LATE_FUNCTION(name)                                                       \
  extern "C" __attribute__((visibility("hidden"))) void* mlrepro_late_##name;             \
  void* mlrepro_late_##name = reinterpret_cast<void*>(&mlrepro::called_before_load);      \
  asm(".pushsection .text\n.p2align 4\n.globl " #name "\n.hidden " #name "\n.type " #name \
      ", %function\n" #name ":\n" MLREPRO_LATE_JUMP(name) ".size " #name ", . - " #name "\n.popsection\n");
#define MLREPRO_LATE_ENTRY(name) {#name, &mlrepro_late_##name},
#else  // another machine: everything is linked as usual
#define MLREPRO_LATE_FUNCTION(name)
#define MLREPRO_LATE_ENTRY(name)
#endif
