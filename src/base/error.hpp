// The one exception type of mlrepro.
//
// Thrown at the point of failure, given a context frame where more is known, caught once in cli/main.
// An outcome that a user asked about ("no solution", "different") is a value, never an Error.
#pragma once

#include <exception>
#include <string>
#include <vector>

namespace mlrepro {

// What failed decides the exit status (CLI contract): input 2, surroundings 3, interrupted 130.
enum class ErrorKind {
  input,         // a flag, manifest, lock, archive or index that is wrong
  surroundings,  // network, disk, permissions, container runtime
  interrupted,   // the user asked us to stop
  internal,      // a broken promise of our own; reported as surroundings with a request to tell us
};

class Error : public std::exception {
 public:
  // `code` is a stable word for machines ("unknown-key", "hash-mismatch", "network"); `message` says what
  // failed on what and why; `hint` says what to do next and may be empty.
  Error(ErrorKind kind, std::string code, std::string message, std::string hint = {});

  // Adds an outer frame ("while reading mlrepro.toml"); returns *this so that `throw e.within(...)` reads
  // well.
  Error& within(std::string frame);

  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
  [[nodiscard]] const std::string& code() const noexcept { return code_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  [[nodiscard]] const std::string& hint() const noexcept { return hint_; }
  // Innermost first.
  [[nodiscard]] const std::vector<std::string>& context() const noexcept { return context_; }
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorKind kind_;
  std::string code_;
  std::string message_;
  std::string hint_;
  std::vector<std::string> context_;
};

// An Error from errno: "cannot <what>: No space left on device". ENOSPC, EROFS, EACCES and the like are
// surroundings; ENOENT too, since a missing input file is better reported by its reader.
[[nodiscard]] Error system_error(int error_number, const std::string& what);

}  // namespace mlrepro
