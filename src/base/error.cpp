#include "base/error.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

namespace mlrepro {

Error::Error(ErrorKind kind, std::string code, std::string message, std::string hint)
    : kind_(kind), code_(std::move(code)), message_(std::move(message)), hint_(std::move(hint)) {}

Error& Error::within(std::string frame) {
  context_.push_back(std::move(frame));
  return *this;
}

Error system_error(int error_number, const std::string& what) {
  std::string hint;
  std::string code = "system";
  if (error_number == ENOSPC || error_number == EDQUOT) {
    code = "disk-full";
    hint = "free some space, or name another folder with --cache-dir";
  } else if (error_number == EACCES || error_number == EPERM || error_number == EROFS) {
    code = "permission";
  }
  // generic_category gives strerror's text in the C locale, without strerror's shared buffer.
  return Error(ErrorKind::surroundings, code,
               "cannot " + what + ": " + std::generic_category().message(error_number), hint);
}

}  // namespace mlrepro
