// A key made in the test through librnp, which signs what the test wants signed.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace mlrepro::test {

class OpenpgpKey {
 public:
  struct Made {
    UnixTime at = 0;              // when; 0: now
    std::uint32_t lifetime = 0;   // of the primary key in seconds; 0: for ever
    bool signing_subkey = false;  // signs with a subkey that lives for ever
  };
  OpenpgpKey();
  explicit OpenpgpKey(const Made& made);
  ~OpenpgpKey();

  [[nodiscard]] std::string public_key(bool armored) const;
  [[nodiscard]] std::string fingerprint() const;  // of the primary key
  [[nodiscard]] std::string signer() const;       // of the key that signs
  void revoke();
  // Clearsigned by this key and then by each of `also`. `at` 0: now.
  [[nodiscard]] std::string clearsign(std::string_view text, const std::string& hash = "SHA256",
                                      UnixTime at = 0, const std::vector<const OpenpgpKey*>& also = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mlrepro::test
