// MD5 (RFC 1321): dpkg's md5sums want it, nothing here trusts it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace mlrepro {

class Md5Hasher {
 public:
  Md5Hasher();
  ~Md5Hasher();
  void update(std::string_view bytes);
  // 32 lower-case hexadecimal digits of all that was given. The hasher is then used up.
  [[nodiscard]] std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mlrepro
